package gap

import (
	"cmp"
	"math"
	"slices"
)

// A ranking is the rows that state a number, by growing number.
type ranking struct {
	row       []int
	lastOfTie []bool // the next row has a higher number
}

// rank leaves out the rows whose number is NaN.
func rank(x []float64) ranking {
	r := ranking{row: slices.DeleteFunc(allRows(len(x)), func(i int) bool { return math.IsNaN(x[i]) })}
	slices.SortStableFunc(r.row, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	r.lastOfTie = make([]bool, len(r.row))
	for k, i := range r.row {
		r.lastOfTie[k] = k+1 == len(r.row) || x[i] != x[r.row[k+1]]
	}
	return r
}

// constant reports whether all rows state the same number.
func (r ranking) constant() bool {
	return len(r.row) > 0 && slices.Index(r.lastOfTie, true) == len(r.row)-1
}
