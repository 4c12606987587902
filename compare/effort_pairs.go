package compare

import (
	"slices"

	"tell/estimate"
	"tell/metric"
)

// comparablePairs gives the share of the pairs of rows of different difficulty that x has
// in order, among those of which it is known which row took less: the one that did was not
// cut off. Of those that took the same, one that was cut off took more.
//
// In the order of spent a pair is comparable where the first of it was not cut off. All of
// them are counted within sets of rows, which are added up or taken away, so that a draw
// takes n log n, and n log² n where efforts are cut off at many values.
func comparablePairs(difficulty, x, spent []float64, cut []bool) func(w []float64) estimate.Value {
	type set struct {
		rows  []int
		sign  float64
		count func(w []float64) (inOrder, all float64)
	}
	var sets []set
	add := func(rows []int, sign float64) {
		if len(rows) > 1 {
			sets = append(sets, set{rows, sign, metric.Pairs(pick(difficulty, rows), pick(x, rows))})
		}
	}
	isCut := func(i int) bool { return cut[i] }
	var count func(rows []int)
	count = func(rows []int) {
		first := slices.IndexFunc(rows, isCut)
		if first < 0 {
			add(rows, 1)
			return
		}
		if first > 0 {
			add(rows, 1)
			rows = rows[first:]
			add(rows, -1)
		}
		if !slices.ContainsFunc(rows, func(i int) bool { return !cut[i] }) {
			return
		}
		low, high := rows[:len(rows)/2], rows[len(rows)/2:]
		count(low)
		count(high)
		whole := slices.DeleteFunc(slices.Clone(low), isCut)
		add(slices.Concat(whole, high), 1)
		add(whole, -1)
		add(high, -1)
	}
	count(ascending(spent))
	return func(w []float64) estimate.Value {
		var sum, all float64
		for _, s := range sets {
			a, b := s.count(pick(w, s.rows))
			sum += s.sign * a
			all += s.sign * b
		}
		return ratio(sum, all, "no pair of rows can be compared")
	}
}

// spent ranks the efforts, one that was cut off above equal ones that were not.
func (d *Effort) spent() []float64 {
	rank := midranks(d.Effort)
	for i := range rank {
		if d.Censored != nil && d.Censored[i] {
			rank[i] += 0.25
		}
	}
	return rank
}
