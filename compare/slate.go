package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tell/estimate"
)

// A slate is lines to be estimated together, each a function of what the
// weights of the rows make of the data.
type slate[View any] struct {
	lines   []Line
	measure []func(View) estimate.Value
	used    [][]bool // rows that a line is about, nil for all
}

func (s *slate[View]) add(l Line, used []bool, measure func(View) estimate.Value) {
	s.lines = append(s.lines, l)
	s.measure = append(s.measure, measure)
	s.used = append(s.used, used)
}

// estimate fills in the lines with shared draws of one bootstrap.
func (s *slate[View]) estimate(b estimate.Bootstrap, group []int, view func(w []float64) View) []Line {
	estimates := b.Estimate(group, len(s.lines), func(w []float64, out []estimate.Value) {
		v := view(w)
		for k, f := range s.measure {
			out[k] = f(v)
		}
	})
	for k, e := range estimates {
		if s.used[k] != nil {
			e.N, e.Groups = countUsed(s.used[k], group)
		}
		s.lines[k].Estimate = e
	}
	return s.lines
}

func countUsed(used []bool, group []int) (rows, groups int) {
	seen := make(map[int]bool)
	for i, u := range used {
		if u {
			rows++
			seen[group[i]] = true
		}
	}
	return rows, len(seen)
}

// countLine is the line of a number of rows, which has no interval.
func countLine(l Line, n int) Line {
	l.Estimate = estimate.Estimate{Value: float64(n), N: n, Method: "counted"}
	return l
}

// shareOf is the weighted share of rows that hit, among those that are used. what
// names these where there are none.
func shareOf(w []float64, used []bool, hit func(i int) float64, what string) estimate.Value {
	var sum, total float64
	for i, weight := range w {
		if used == nil || used[i] {
			sum += weight * hit(i)
			total += weight
		}
	}
	if total == 0 {
		return estimate.Value{Reason: "no " + what}
	}
	return estimate.Value{X: sum / total}
}

// A draw of a null counts as reaching what was observed from here on, so that
// sums in another order do not part equal values.
const rounding = 1e-12

// nullOf sets an observed value against draws: the share of them, the observed
// among them, whose distance from center is at least the observed one. oneSided
// counts only those above.
func nullOf(observed, center float64, draws []float64, oneSided bool) *Null {
	if len(draws) == 0 {
		return nil
	}
	n := &Null{}
	reach := 1
	for _, x := range draws {
		n.Mean += x / float64(len(draws))
		if oneSided && x >= observed-rounding || !oneSided && math.Abs(x-center) >= math.Abs(observed-center)-rounding {
			reach++
		}
	}
	n.P = float64(reach) / float64(len(draws)+1)
	return n
}

// rowIDs are the ids of rows for errors; nil gives rows their numbers.
type rowIDs []string

// list names how many rows there are and the first of them.
func (ids rowIDs) list(rows []int) string {
	const most = 3
	var names []string
	for _, i := range rows[:min(most, len(rows))] {
		if ids == nil {
			names = append(names, fmt.Sprintf("row %d", i))
		} else {
			names = append(names, fmt.Sprintf("%q", ids[i]))
		}
	}
	text := strings.Join(names, ", ")
	switch {
	case len(rows) > most:
		return fmt.Sprintf("%d rows, first %s", len(rows), text)
	case len(rows) == 1:
		return text
	}
	return fmt.Sprintf("%d rows: %s", len(rows), text)
}

// check refuses ids that are not one for each row.
func (ids rowIDs) check(n int) error {
	if ids == nil {
		return nil
	}
	if len(ids) != n {
		return fmt.Errorf("found %d ids, expected %d, one for each row", len(ids), n)
	}
	seen := make(map[string]bool)
	var twice []int
	for i, id := range ids {
		if seen[id] {
			twice = append(twice, i)
		}
		seen[id] = true
	}
	if len(twice) > 0 {
		return fmt.Errorf("found ids that occur again: %s; expected every id once", ids.list(twice))
	}
	return nil
}

// checkLength refuses a column that is not as long as there are rows.
func checkLength(column string, found, rows int) error {
	if found != rows {
		return fmt.Errorf("%s: found %d values, expected %d, one for each row", column, found, rows)
	}
	return nil
}

// values refuses rows on which a column is not what it can be.
func (ids rowIDs) values(column, expected string, n int, wrong func(i int) bool) error {
	var rows []int
	for i := range n {
		if wrong(i) {
			rows = append(rows, i)
		}
	}
	if len(rows) > 0 {
		return fmt.Errorf("%s: not %s on %s; correct these rows or leave them out", column, expected, ids.list(rows))
	}
	return nil
}

// folds refuses folds that leave nothing to choose in.
func (ids rowIDs) folds(group, fold []int) error {
	of := make(map[int]int)
	var parted []int
	for i, g := range group {
		f, seen := of[g]
		if seen && f != fold[i] {
			parted = append(parted, i)
		}
		if !seen {
			of[g] = fold[i]
		}
	}
	if len(parted) > 0 {
		return fmt.Errorf("folds part a group: %s; expected the rows of a group in one fold", ids.list(parted))
	}
	if len(distinctInts(fold)) < 2 {
		return fmt.Errorf("found one fold, expected two or more: what is chosen must be chosen on other rows")
	}
	return nil
}

func distinctInts(x []int) []int {
	x = slices.Clone(x)
	slices.Sort(x)
	return slices.Compact(x)
}

func isProbability(p float64) bool { return p >= 0 && p <= 1 }

func isLabel(y int) bool { return y == 0 || y == 1 }

// midranks are the ranks of values from 1, the mean rank where values are equal.
func midranks(x []float64) []float64 {
	row := ascending(x)
	r := make([]float64, len(x))
	for a := 0; a < len(row); {
		b := a
		for b < len(row) && x[row[b]] == x[row[a]] {
			b++
		}
		for _, i := range row[a:b] {
			r[i] = float64(a+b+1) / 2
		}
		a = b
	}
	return r
}

// rankShares are the midranks as shares of the values, between 0 and 1.
func rankShares(x []float64) []float64 {
	r := midranks(x)
	for i := range r {
		r[i] = (r[i] - 0.5) / float64(len(x))
	}
	return r
}

// ascending are the numbers of rows in order of growing value.
func ascending(x []float64) []int {
	row := make([]int, len(x))
	for i := range row {
		row[i] = i
	}
	slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	return row
}

// pairsInOrder is the AUROC: the share of pairs of a row of label 1 and one of
// label 0 in which the former has the higher value, ties half. row is the order
// of growing value; label and weight are asked for by row.
func pairsInOrder(value []float64, row []int, label func(i int) int, weight func(i int) float64) estimate.Value {
	var above float64
	var below, tied [2]float64
	for k, i := range row {
		tied[label(i)] += weight(i)
		if k+1 == len(row) || value[i] != value[row[k+1]] {
			above += tied[1] * (below[0] + tied[0]/2)
			below[0] += tied[0]
			below[1] += tied[1]
			tied = [2]float64{}
		}
	}
	switch {
	case below[0]+below[1] == 0:
		return estimate.Value{Reason: "no rows"}
	case below[1] == 0:
		return estimate.Value{Reason: "no row has label 1"}
	case below[0] == 0:
		return estimate.Value{Reason: "no row has label 0"}
	}
	return estimate.Value{X: above / (below[0] * below[1])}
}
