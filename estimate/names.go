package estimate

import (
	"slices"

	"tell/internal/natural"
)

// CompareNames orders names as a reader would: numbers within them by their
// value, so that "item 2" comes before "item 10".
func CompareNames(a, b string) int { return natural.Compare(a, b) }

// Numbered numbers names in the order of [CompareNames] and returns the number of
// every row and the names. Draws follow the numbers of groups; numbers made so do
// not depend on the order of rows.
func Numbered(names []string) (number []int, sorted []string) {
	sorted = slices.Clone(names)
	slices.SortFunc(sorted, CompareNames)
	sorted = slices.Compact(sorted)
	at := make(map[string]int, len(sorted))
	for i, name := range sorted {
		at[name] = i
	}
	number = make([]int, len(names))
	for row, name := range names {
		number[row] = at[name]
	}
	return number, sorted
}
