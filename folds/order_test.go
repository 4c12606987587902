package folds

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A row keeps its folds and its permuted labels, whatever the order of rows and
// the numbers of groups and units.
func TestNothingFollowsTheOrderOfRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const groups, each = 14, 4
		var ids []string
		var group, label, unit []int
		for i := range groups * each {
			ids = append(ids, fmt.Sprint("row ", i))
			group = append(group, i/each)
			unit = append(unit, i/2)
			label = append(label, [][]int{{0, 0, 1, 1}, {1, 1, 1, 1}, {0, 0, 0, 0}}[i/each%3][i%each])
		}
		var names []string
		if rapid.Bool().Draw(t, "named") {
			for g := range groups {
				names = append(names, fmt.Sprint("group ", (g+5)%groups))
			}
		}
		if rapid.Bool().Draw(t, "single rows") {
			unit = nil
		}
		all := make([]int, len(ids))
		for i := range all {
			all[i] = i
		}
		order := rapid.Permutation(all).Draw(t, "order")
		renamed := rapid.Permutation(all[:groups]).Draw(t, "numbers of groups")
		s := Settings{Folds: 3, Inner: 2, Repeats: 2, Seed: 5, GroupNames: names}
		p, err := New(ids, group, label, 2, s)
		if err != nil {
			t.Fatal(err)
		}
		moved := pick(group, order)
		for i, g := range moved {
			moved[i] = renamed[g]
		}
		if names != nil {
			s.GroupNames = make([]string, groups)
			for g, name := range names {
				s.GroupNames[renamed[g]] = name
			}
		}
		q, err := New(pick(ids, order), moved, pick(label, order), 2, s)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(q.Group, pick(p.Group, order)) {
			t.Fatalf("groups %v, want %v", q.Group, pick(p.Group, order))
		}
		for k, u := range q.Units {
			if !slices.Equal(u.InnerFold, pick(p.Units[k].InnerFold, order)) {
				t.Fatalf("unit %d: inner folds %v, want %v", k, u.InnerFold, pick(p.Units[k].InnerFold, order))
			}
		}
		units := unit
		if unit != nil {
			units = pick(unit, order)
		}
		a, err := p.Permuter(label, p.OuterFold(0), unit)
		if err != nil {
			t.Fatal(err)
		}
		b, err := q.Permuter(pick(label, order), q.OuterFold(0), units)
		if err != nil {
			t.Fatal(err)
		}
		if x, y := pick(a.Draw(3, 1), order), b.Draw(3, 1); !slices.Equal(x, y) || a.Arrangements() != b.Arrangements() {
			t.Fatalf("labels %v of %v, want %v of %v", y, b.Arrangements(), x, a.Arrangements())
		}
	})
}

func TestNewRefusesAGroupWithoutName(t *testing.T) {
	_, err := New([]string{"a", "b"}, []int{0, 2}, []int{0, 1}, 2, Settings{Folds: 2, GroupNames: []string{"x", "y"}})
	if err == nil || !strings.Contains(err.Error(), "found group number 2 in row 1") {
		t.Errorf("error %v", err)
	}
}

func TestPermuterOfAnotherPlan(t *testing.T) {
	p := planOf(t)
	if _, err := p.Permuter([]int{0, 1}, nil, nil); err == nil {
		t.Error("2 labels for 24 rows: taken")
	}
}
