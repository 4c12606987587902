package natural

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestCompare(t *testing.T) {
	order := []string{"", " 9", "0", "00-", "09", "9", "9 ", "09-", "9-", "18446744073709551615", "18446744073709551616", "a", "a00", "a0b", "a1", "a1b2", "a1b10", "a10"}
	for i, a := range order {
		for j, b := range order {
			if got := Compare(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}

func TestOrderIsTotal(t *testing.T) {
	name := rapid.StringMatching(`[a0.é9 -]{0,24}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := name.Draw(t, "a"), name.Draw(t, "b"), name.Draw(t, "c")
		if Compare(a, b) != -Compare(b, a) || (Compare(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q: %d and back %d", a, b, Compare(a, b), Compare(b, a))
		}
		sorted := []string{a, b, c}
		slices.SortFunc(sorted, Compare)
		if Compare(sorted[0], sorted[2]) > 0 {
			t.Fatalf("%q goes in circles", sorted)
		}
	})
}
