package metric

import (
	"cmp"
	"fmt"
	"slices"

	"tell/estimate"
	"tell/target"
)

var auroc = Metric{
	Key: "auroc", Title: "AUROC", Unit: "probability", Kinds: binaryOnly, Chance: 0.5, Ranks: true,
	Definition: "probability that a row of label 1 has a higher score than a row of label 0, ties counted half (Mann-Whitney)",
	bind: func(y target.Column, score []float64) statistic {
		return NewRanking(y.Ints(), score).AUROC
	},
}

// AUROC is the probability that a row of label 1 has a higher score, of any
// size, than a row of label 0, ties counted half. Labels are 0 or 1.
func AUROC(y []int, score []float64) (float64, error) {
	if len(y) != len(score) {
		return 0, fmt.Errorf("metric: found %d scores for %d rows, expected as many", len(score), len(y))
	}
	for i, x := range score {
		switch {
		case x != x:
			return 0, fmt.Errorf("metric: score of row %d is %v, expected a number", i, x)
		case y[i] != 0 && y[i] != 1:
			return 0, fmt.Errorf("metric: row %d: found label %d, expected 0 or 1", i, y[i])
		}
	}
	v := NewRanking(y, score).AUROC(nil)
	if v.Reason != "" {
		return 0, fmt.Errorf("metric: auroc: %s", v.Reason)
	}
	return v.X, nil
}

// A Ranking is the rows in order of growing score, for the AUROC at many weights;
// [AUROC] would sort them anew each time.
type Ranking struct {
	row       []int
	label     []int
	lastOfTie []bool // the next row has a higher score
}

// NewRanking sorts the rows. Labels are 0 or 1, and no score is NaN.
func NewRanking(y []int, score []float64) *Ranking {
	n := len(y)
	r := &Ranking{row: make([]int, n), label: make([]int, n), lastOfTie: make([]bool, n)}
	for i := range n {
		r.row[i] = i
	}
	slices.SortStableFunc(r.row, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	for k, i := range r.row {
		r.label[k] = y[i]
		r.lastOfTie[k] = k+1 == n || score[i] != score[r.row[k+1]]
	}
	return r
}

// Relabelled is the same order of rows with other labels.
func (r *Ranking) Relabelled(y []int) *Ranking {
	s := &Ranking{row: r.row, label: make([]int, len(y)), lastOfTie: r.lastOfTie}
	for k, i := range r.row {
		s.label[k] = y[i]
	}
	return s
}

// Among is the same ranking where these rows, by their numbers, are among others that
// weights are of as well.
func (r *Ranking) Among(rows []int) *Ranking {
	s := &Ranking{row: make([]int, len(r.row)), label: r.label, lastOfTie: r.lastOfTie}
	for k, i := range r.row {
		s.row[k] = rows[i]
	}
	return s
}

// AUROC is the weight of pairs of one row of each label in which the row of
// label 1 scores higher, ties counted half, over the weight of all such pairs. A
// nil w is 1 for every row.
func (r *Ranking) AUROC(w []float64) estimate.Value {
	var above float64
	var below, tied [2]float64 // weight by label at lower scores, at this score
	for k, i := range r.row {
		weight := 1.0
		if w != nil {
			weight = w[i]
		}
		tied[r.label[k]] += weight
		if r.lastOfTie[k] {
			above += tied[1] * (below[0] + tied[0]/2)
			below[0] += tied[0]
			below[1] += tied[1]
			tied = [2]float64{}
		}
	}
	if reason := oneClass(below[0], below[1]); reason != "" {
		return estimate.Value{Reason: reason}
	}
	return estimate.Value{X: above / (below[0] * below[1])}
}
