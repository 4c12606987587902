package folds

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func newTestPlan(t *testing.T) *Plan {
	t.Helper()
	var id []string
	var group, label []int
	for i := range 60 {
		id, group, label = append(id, fmt.Sprint("row ", i)), append(group, i/3), append(label, i/3%2)
	}
	p, err := New(id, group, label, 2, Settings{Folds: 3, Inner: 2, Repeats: 2, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Some of the rows, in another order, keep their groups and folds.
func TestPlanFor(t *testing.T) {
	p := newTestPlan(t)
	var ids []string
	for i := 58; i >= 0; i -= 2 {
		ids = append(ids, p.IDs[i])
	}
	q, err := p.For(ids)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(q.IDs, ids) || q.Folds != p.Folds || q.Inner != p.Inner || len(q.Units) != len(p.Units) {
		t.Fatalf("found %d units of %d and %d folds for %q", len(q.Units), q.Folds, q.Inner, q.IDs)
	}
	for k, id := range ids {
		i := slices.Index(p.IDs, id)
		if q.Group[k] != p.Group[i] {
			t.Errorf("%s: group %d, want %d", id, q.Group[k], p.Group[i])
		}
		for n, u := range q.Units {
			want := p.Units[n]
			if u.Repeat != want.Repeat || u.Fold != want.Fold || u.Test[k] != want.Test[i] || u.InnerFold[k] != want.InnerFold[i] {
				t.Errorf("%s, unit %d: repeat %d, fold %d, test %v, inner fold %d", id, n, u.Repeat, u.Fold, u.Test[k], u.InnerFold[k])
			}
		}
	}
	for _, c := range []struct {
		ids  []string
		want string
	}{
		{[]string{"row 1", "row 99"}, `found id "row 99" in row 1`},
		{[]string{"row 1", "row 2", "row 1"}, `found id "row 1" in rows 0 and 2`},
	} {
		if _, err := p.For(c.ids); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.ids, err, c.want)
		}
	}
}

// Every row is tested once in each repeat, by other folds, and the training
// rows of a unit are all others.
func TestPlanUnits(t *testing.T) {
	p := newTestPlan(t)
	if p.Repeats() != 2 || slices.Equal(p.OuterFold(0), p.OuterFold(1)) {
		t.Errorf("%d repeats with the folds %v and %v, want two that differ", p.Repeats(), p.OuterFold(0), p.OuterFold(1))
	}
	for n, u := range p.Units {
		if u.Repeat != n/3 || u.Fold != n%3 {
			t.Errorf("unit %d is fold %d of repeat %d", n, u.Fold, u.Repeat)
		}
		train, without := u.Train(), u.Without(1)
		for i, test := range u.Test {
			if test != (p.OuterFold(u.Repeat)[i] == u.Fold) || train[i] == test || test != (u.InnerFold[i] == -1) || without[i] != (u.InnerFold[i] == 0) {
				t.Fatalf("unit %d, row %d: test %v, train %v, inner fold %d, without the second %v", n, i, test, train[i], u.InnerFold[i], without[i])
			}
		}
	}
}
