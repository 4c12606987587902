package folds

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// planOf splits 24 rows about 12 cities, in two repeats.
func planOf(t interface{ Fatal(...any) }) *Plan {
	var ids []string
	var group, label []int
	for i := range 24 {
		ids = append(ids, fmt.Sprint("row ", i))
		group = append(group, i/2*3)
		label = append(label, i%2)
	}
	p, err := New(ids, group, label, 2, Settings{Folds: 3, Inner: 2, Repeats: 2, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every row is tested once in a repeat, and in inner validation once in every
// unit that trains on it; no group is parted; repeats differ.
func TestPlan(t *testing.T) {
	p := planOf(t)
	if len(p.Units) != 6 || p.Repeats() != 2 {
		t.Fatalf("%d units in %d repeats, want 6 in 2", len(p.Units), p.Repeats())
	}
	tested := make([]int, 24)
	for k, u := range p.Units {
		if u.Repeat != k/3 || u.Fold != k%3 {
			t.Errorf("unit %d is fold %d of repeat %d", k, u.Fold, u.Repeat)
		}
		outer, train := p.OuterFold(u.Repeat), u.Train()
		for i := range p.IDs {
			if u.Test[i] {
				tested[i]++
			}
			if u.Test[i] != (outer[i] == u.Fold) || u.Test[i] == train[i] || u.Test[i] != (u.InnerFold[i] == -1) {
				t.Errorf("unit %d, row %d: tested %v, trained %v, outer fold %d, inner %d", k, i, u.Test[i], train[i], outer[i], u.InnerFold[i])
			}
			for inner := range p.Inner {
				if u.Without(inner)[i] != (train[i] && u.InnerFold[i] != inner) {
					t.Errorf("unit %d, row %d: without inner fold %d", k, i, inner)
				}
			}
			if i%2 == 1 && (u.Test[i] != u.Test[i-1] || u.InnerFold[i] != u.InnerFold[i-1]) {
				t.Errorf("unit %d parts rows %d and %d of one group", k, i-1, i)
			}
		}
	}
	if want := slices.Repeat([]int{2}, 24); !slices.Equal(tested, want) {
		t.Errorf("rows were tested %v times, want 2, once in each repeat", tested)
	}
	if slices.Equal(p.OuterFold(0), p.OuterFold(1)) {
		t.Error("both repeats have the same folds")
	}
	if s := p.NewScores(); len(s) != 2 || len(s[0]) != 24 || len(s[1]) != 24 {
		t.Errorf("scores of %d repeats", len(s))
	}
}

// Rows of another dump keep their folds, whichever of them it has and in
// whatever order.
func TestPlanForKeepsFolds(t *testing.T) {
	p := planOf(t)
	at, _ := p.index()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.Permutation(p.IDs).Draw(t, "ids")
		ids = ids[:rapid.IntRange(0, len(ids)).Draw(t, "n")]
		q, err := p.For(ids)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(q.IDs, ids) || len(q.Group) != len(ids) || q.Folds != p.Folds || q.Inner != p.Inner || len(q.Units) != len(p.Units) {
			t.Fatalf("found %d ids, %d groups, %d units of %d and %d folds", len(q.IDs), len(q.Group), len(q.Units), q.Folds, q.Inner)
		}
		for i, id := range ids {
			row := at[id]
			if q.Group[i] != p.Group[row] {
				t.Errorf("%s: group %d, want %d", id, q.Group[i], p.Group[row])
			}
			for k, u := range q.Units {
				want := p.Units[k]
				if u.Repeat != want.Repeat || u.Fold != want.Fold || u.Test[i] != want.Test[row] || u.InnerFold[i] != want.InnerFold[row] {
					t.Errorf("unit %d, %s: %v, inner fold %d; want %v, %d", k, id, u.Test[i], u.InnerFold[i], want.Test[row], want.InnerFold[row])
				}
			}
		}
	})
}

// The plan for other rows shares no memory with the one it came from, nor with
// the ids.
func TestPlanForCopies(t *testing.T) {
	p := planOf(t)
	ids := slices.Clone(p.IDs)
	q, err := p.For(ids)
	if err != nil {
		t.Fatal(err)
	}
	ids[0], q.Group[0], q.Units[0].InnerFold[0] = "another", -9, -9
	q.Units[0].Test[0] = !q.Units[0].Test[0]
	if q.IDs[0] != "row 0" {
		t.Errorf("the ids were taken over: %q", q.IDs[0])
	}
	if fresh := planOf(t); p.Group[0] != fresh.Group[0] || p.Units[0].InnerFold[0] != fresh.Units[0].InnerFold[0] || p.Units[0].Test[0] != fresh.Units[0].Test[0] {
		t.Error("the first plan was changed")
	}
}

func TestPlanForRefuses(t *testing.T) {
	p := planOf(t)
	for _, c := range []struct {
		name  string
		ids   []string
		words []string
	}{
		{"an unknown id", []string{"row 3", "row 24"}, []string{`"row 24"`, "row 1", "24 ids"}},
		{"an empty id", []string{""}, []string{`""`, "row 0"}},
		{"an id twice", []string{"row 5", "row 1", "row 5"}, []string{`"row 5"`, "rows 0 and 2", "once"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := p.For(c.ids)
			says(t, err, c.words)
		})
	}
}

func TestNewRefuses(t *testing.T) {
	ids, group, label := []string{"a", "b", "c", "d"}, []int{0, 1, 2, 3}, []int{0, 1, 0, 1}
	two := Settings{Folds: 2, Inner: 2}
	for _, c := range []struct {
		name         string
		ids          []string
		group, label []int
		s            Settings
		words        []string
	}{
		{"an id twice", []string{"a", "b", "a", "d"}, group, label, two, []string{`"a"`, "rows 0 and 2"}},
		{"fewer groups than ids", ids, group[:3], label, two, []string{"4 ids", "3 group numbers"}},
		{"fewer labels than ids", ids, group, label[:3], two, []string{"3 labels", "4 group numbers"}},
		{"negative repeats", ids, group, label, Settings{Folds: 2, Inner: 2, Repeats: -1}, []string{"-1 repeats"}},
		{"negative folds", ids, group, label, Settings{Folds: -1}, []string{"-1 folds"}},
		{"more folds than groups", ids, group, label, Settings{}, []string{"4 groups", "5 folds"}},
		{"inner folds of one label", ids, group, label, two, []string{"repeat 0, fold 0", "inner"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(c.ids, c.group, c.label, 2, c.s)
			says(t, err, c.words)
		})
	}
}

func says(t *testing.T, err error, words []string) {
	t.Helper()
	if err == nil {
		t.Fatal("not refused")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// A plan follows its rows into another dump by their ids.
func ExamplePlan_For() {
	ids := []string{"Paris-0", "Paris-1", "Cairo-0", "Cairo-1", "Lima-0", "Lima-1", "Quito-0", "Quito-1"}
	city, label := []int{0, 0, 1, 1, 2, 2, 3, 3}, []int{0, 1, 0, 1, 0, 1, 0, 1}
	plan, err := New(ids, city, label, 2, Settings{Folds: 2, Inner: 2, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	other, err := plan.For([]string{"Quito-1", "Cairo-0", "Paris-1"})
	fmt.Println(plan.OuterFold(0))
	fmt.Println(other.OuterFold(0), err)
	_, err = plan.For([]string{"Rome-0"})
	fmt.Println(err)
	// Output:
	// [0 0 0 0 1 1 1 1]
	// [1 0 0] <nil>
	// folds: found id "Rome-0" in row 0, expected one of the 8 ids that were split
}
