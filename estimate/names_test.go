package estimate

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbered(t *testing.T) {
	number, names := Numbered([]string{"item 10", "Paris", "item 2", "item 10", "7", "07"})
	if want := []string{"07", "7", "Paris", "item 2", "item 10"}; !slices.Equal(names, want) {
		t.Errorf("names in the order %q, want %q", names, want)
	}
	if want := []int{4, 2, 3, 4, 1, 0}; !slices.Equal(number, want) {
		t.Errorf("numbers %v, want %v", number, want)
	}
}

// An order that depends on where names stand would make folds follow the order of
// rows.
func TestNamesHaveOneOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[a0.é9 -]{0,24}`), 1, 12).Draw(t, "names")
		_, want := Numbered(names)
		if _, got := Numbered(rapid.Permutation(names).Draw(t, "again")); !slices.Equal(got, want) {
			t.Fatalf("%q and %q", got, want)
		}
	})
}

func TestDrawsDoNotFollowTheOrderOfRows(t *testing.T) {
	names := []string{"Rome", "Oslo", "Rome", "Bern", "Kyiv", "Bern", "Lima"}
	x := []float64{1, 5, 2, 8, 3, 9, 4}
	order := []int{6, 2, 5, 1, 0, 4, 3}
	moved, values := make([]string, len(x)), make([]float64, len(x))
	for k, i := range order {
		moved[k], values[k] = names[i], x[i]
	}
	here, _ := Numbered(names)
	there, _ := Numbered(moved)
	b := Bootstrap{Draws: 200, Seed: 3}
	one, two := b.Estimate(here, 1, meanOf(x))[0], b.Estimate(there, 1, meanOf(values))[0]
	if math.Abs(one.Interval.Low-two.Interval.Low) > 1e-12 || math.Abs(one.Interval.High-two.Interval.High) > 1e-12 {
		t.Errorf("%v and %v", one, two)
	}
}
