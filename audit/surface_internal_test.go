package audit

import (
	"slices"
	"testing"
)

// A value of one group is joined with the next ones until another group has something to say of it.
func TestNearby(t *testing.T) {
	for _, c := range []struct {
		x     []float64
		group []int
		want  []string
	}{
		{[]float64{1, 1, 2, 2}, []int{0, 1, 0, 1}, []string{"0", "0", "1", "1"}},
		{[]float64{4, 3, 2, 1}, []int{0, 1, 2, 3}, []string{"1", "1", "0", "0"}},
		{[]float64{1, 2, 3}, []int{0, 1, 2}, []string{"0", "0", "0"}}, // the last is alone
		{[]float64{1, 2, 3, 9}, []int{0, 0, 0, 1}, []string{"0", "0", "0", "0"}},
		{[]float64{5, 5}, []int{0, 0}, []string{"0", "0"}},
	} {
		if got := nearby(c.x, c.group); !slices.Equal(got, c.want) {
			t.Errorf("%v of groups %v: found %q, want %q", c.x, c.group, got, c.want)
		}
	}
}

// A row is judged by other groups alone, and by the label most frequent overall where they have none
// or tie.
func TestLevelAccuracy(t *testing.T) {
	for _, c := range []struct {
		levels       []string
		label, group []int
		right, base  float64
	}{
		{[]string{"a", "a", "b", "b", "b"}, []int{0, 0, 2, 2, 1}, []int{0, 1, 0, 1, 2}, 0.4, 0.4}, // of b, 2 and 1 tie for the first two
		{[]string{"a", "b", "c", "d"}, []int{0, 0, 0, 1}, []int{0, 1, 2, 3}, 0.75, 0.75},          // no other group
		{[]string{"a", "a", "a", "a"}, []int{1, 1, 0, 2}, []int{0, 0, 1, 2}, 0.5, 0.5},            // own group does not count
		{[]string{"a", "a", "a", "a", "b"}, []int{1, 2, 1, 2, 0}, []int{0, 1, 2, 3, 4}, 0, 0.4},   // others lean to the other label
	} {
		right, base := levelAccuracy(c.levels, c.label, c.group)
		if d := right - c.right; d > 1e-12 || d < -1e-12 || base != c.base {
			t.Errorf("%v, %v, %v: found %v and %v, want %v and %v", c.levels, c.label, c.group, right, base, c.right, c.base)
		}
	}
}
