package gap

import (
	"cmp"
	"slices"
	"tell/estimate"
)

// A sample is the rows of one summary, all with behaviour 0 or 1, laid out for
// repeated weighting.
type sample struct {
	group         []int
	cell          []int  // what each row shows, see outcome.cell
	order         []int  // rows by growing score
	lastOfTie     []bool // order[k] is the last row of its score
	hasCalibrated bool
	hasText       bool
}

// An outcome is everything that the estimators distinguish rows by, except the
// score.
type outcome struct {
	label, behaviour, probe, calibrated, text int // each 0 or 1
}

const cells = 1 << 5

func (o outcome) cell() int {
	return o.label | o.behaviour<<1 | o.probe<<2 | o.calibrated<<3 | o.text<<4
}

// outcomes inverts outcome.cell.
var outcomes = func() (o [cells]outcome) {
	for c := range o {
		o[c] = outcome{c & 1, c >> 1 & 1, c >> 2 & 1, c >> 3 & 1, c >> 4 & 1}
	}
	return o
}()

func newSample(d *Data, rows []int) *sample {
	s := &sample{hasCalibrated: d.Calibrated != nil, hasText: d.Text != nil}
	var score []float64
	for _, i := range rows {
		if d.Behaviour[i] == Neither {
			continue
		}
		o := outcome{label: d.Label[i], behaviour: d.Behaviour[i], probe: d.Prediction[i]}
		if s.hasCalibrated {
			o.calibrated = d.Calibrated[i]
		}
		if s.hasText {
			o.text = d.Text[i]
		}
		s.group = append(s.group, d.group(i))
		s.cell = append(s.cell, o.cell())
		score = append(score, d.Score[i])
	}
	s.order = allRows(len(score))
	slices.SortStableFunc(s.order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	s.lastOfTie = make([]bool, len(score))
	for k := range s.order {
		s.lastOfTie[k] = k+1 == len(s.order) || score[s.order[k]] != score[s.order[k+1]]
	}
	return s
}

// A view is a sample under one weighting of its rows, reduced to what the
// estimators need.
type view struct {
	*sample
	byOutcome [cells]float64
	total     float64
	// above[b] is the weight of pairs of rows with behaviour b, one of each
	// label, in which the row of label 1 has the higher score; ties count half.
	above [2]float64
}

func (s *sample) view(w []float64) *view {
	v := &view{sample: s}
	for i, c := range s.cell {
		v.byOutcome[c] += w[i]
		v.total += w[i]
	}
	var below [2]float64 // weight of label 0 at lower scores, by behaviour
	var tied [4]float64  // weight at this score, by label and behaviour as in outcome.cell
	for k, i := range s.order {
		tied[s.cell[i]&3] += w[i]
		if s.lastOfTie[k] {
			for b := range below {
				zero, one := tied[b<<1], tied[b<<1|1]
				v.above[b] += one * (below[b] + zero/2)
				below[b] += zero
			}
			tied = [4]float64{}
		}
	}
	return v
}

// unit is the view in which every row counts once.
func (s *sample) unit() *view {
	w := make([]float64, len(s.cell))
	for i := range w {
		w[i] = 1
	}
	return s.view(w)
}

// weight sums the weight of the rows that match.
func (v *view) weight(match func(outcome) bool) float64 {
	sum := 0.0
	for c, o := range outcomes {
		if v.byOutcome[c] != 0 && match(o) {
			sum += v.byOutcome[c]
		}
	}
	return sum
}

func (v *view) label(y int) float64 {
	return v.weight(func(o outcome) bool { return o.label == y })
}

func (v *view) table() Table {
	count := func(probe, behaviour bool) int {
		return int(v.weight(func(o outcome) bool {
			return (o.probe == o.label) == probe && (o.behaviour == o.label) == behaviour
		}))
	}
	return Table{
		BothRight: count(true, true), OnlyProbe: count(true, false),
		OnlyBehaviour: count(false, true), BothWrong: count(false, false),
	}
}

func (v *view) behaviours() (rows [2][2]int) {
	for b := range rows {
		zero, one := v.labelsAt(b)
		rows[b] = [2]int{int(zero), int(one)}
	}
	return rows
}

// A value is what an estimator finds at a view: x from rows of weight n and what
// must be said with it, or the reason why there is no x.
type value struct {
	x, n   float64
	note   estimate.Warning
	reason string
}

func ratio(part, whole float64, ifEmpty string) value {
	if whole == 0 {
		return value{reason: ifEmpty}
	}
	return value{x: part / whole, n: whole}
}

func (v *view) share(match func(outcome) bool) value {
	return ratio(v.weight(match), v.total, "no rows")
}

// minus is the difference of two values of the same rows.
func (a value) minus(b value) value {
	switch {
	case a.reason != "":
		return a
	case b.reason != "":
		return b
	}
	return value{x: a.x - b.x, n: a.n}
}
