package gap

import "math"

// A sample is the rows of one summary, laid out for repeated weighting.
type sample struct {
	group                                       []int
	cell                                        []int // what each row shows, see outcome.cell and neitherCell
	knows                                       []int // of each row, Unstated where nothing is given
	byScore                                     ranking
	byGraded, byScoreWhereGraded                ranking // of the rows that state a graded behaviour
	hasCalibrated, hasText, hasGraded, hasKnows bool
	level                                       float64 // of the study's intervals
}

// An outcome is everything that the estimators distinguish rows of behaviour 0
// or 1 by, except the scores.
type outcome struct {
	label, behaviour, probe, calibrated, text int // each 0 or 1
}

const cells = 1 << 5

func (o outcome) cell() int {
	return o.label | o.behaviour<<1 | o.probe<<2 | o.calibrated<<3 | o.text<<4
}

// neitherCell is the cell of a row of neither behaviour. As in outcome.cell, the
// lowest bit is the label.
func neitherCell(label, probe int) int { return cells | label | probe<<1 }

// outcomes inverts outcome.cell.
var outcomes = func() (o [cells]outcome) {
	for c := range o {
		o[c] = outcome{c & 1, c >> 1 & 1, c >> 2 & 1, c >> 3 & 1, c >> 4 & 1}
	}
	return o
}()

// keep says which rows are in a sample.
type keep bool

const (
	sided    keep = false // those of behaviour 0 or 1
	everyRow keep = true  // those of neither too
)

func newSample(d *Data, rows []int, keep keep) *sample {
	s := &sample{hasCalibrated: d.Calibrated != nil, hasText: d.Text != nil, hasGraded: d.Graded != nil, hasKnows: d.Knows != nil}
	var score, graded []float64
	for _, i := range rows {
		if d.Behaviour[i] == Neither && keep == sided {
			continue
		}
		cell := neitherCell(d.Label[i], d.Prediction[i])
		if d.Behaviour[i] != Neither {
			o := outcome{label: d.Label[i], behaviour: d.Behaviour[i], probe: d.Prediction[i]}
			if s.hasCalibrated {
				o.calibrated = d.Calibrated[i]
			}
			if s.hasText {
				o.text = d.Text[i]
			}
			cell = o.cell()
		}
		s.group = append(s.group, d.group(i))
		s.cell = append(s.cell, cell)
		score = append(score, d.Score[i])
		if s.hasGraded {
			graded = append(graded, d.Graded[i])
		}
		if s.hasKnows {
			s.knows = append(s.knows, d.Knows[i])
		}
	}
	s.byScore = rank(score)
	if s.hasGraded {
		s.byGraded = rank(graded)
		for i, m := range graded {
			if math.IsNaN(m) {
				score[i] = m
			}
		}
		s.byScoreWhereGraded = rank(score)
	}
	return s
}

// A view is a sample under one weighting of its rows, reduced to what the
// estimators need. All but neither is about rows of behaviour 0 or 1.
type view struct {
	*sample
	w         []float64 // of each row, on loan
	byOutcome [cells]float64
	total     float64
	ofLabel   [2]float64                  // weight of the rows of each label
	says1     [len(predictors)][2]float64 // of those, the weight on which a predictor says 1
	// above[b] is the weight of pairs of rows with behaviour b, one of each
	// label, in which the row of label 1 has the higher score; ties count half.
	// aboveByLabel[y] is that of pairs with label y, one of each behaviour, in
	// which the row of behaviour 1 has the higher score.
	above, aboveByLabel [2]float64
	// known[k][wrong] is the weight of rows with K=k on which the probe is right,
	// by the behaviour being wrong.
	known [2][2]float64
	// neither is the weight of the rows of neither behaviour, neitherRight of
	// those among them on which the probe is right.
	neither, neitherRight float64
}

func (s *sample) view(w []float64) *view {
	v := &view{sample: s, w: w}
	for i, c := range s.cell {
		switch {
		case c < cells:
			v.byOutcome[c] += w[i]
			v.total += w[i]
		default:
			v.neither += w[i]
			if c == neitherCell(c&1, c&1) {
				v.neitherRight += w[i]
			}
		}
	}
	for c, w := range v.byOutcome {
		o := outcomes[c]
		v.ofLabel[o.label] += w
		for p := range predictors {
			if o.guess(predictor(p)) == 1 {
				v.says1[p][o.label] += w
			}
		}
	}
	v.countKnown()
	v.countPairs()
	return v
}

func (v *view) countKnown() {
	for i, k := range v.knows {
		if c := v.cell[i]; k != Unstated && c < cells && outcomes[c].probe == outcomes[c].label {
			v.known[k][outcomes[c].label^outcomes[c].behaviour] += v.w[i]
		}
	}
}

// countPairs fills in above and aboveByLabel in one pass by growing score.
func (v *view) countPairs() {
	var below, tied [4]float64 // weight at lower scores and at this one, by label and behaviour as in outcome.cell
	for k, i := range v.byScore.row {
		if c := v.cell[i]; c < cells {
			tied[c&3] += v.w[i]
		}
		if v.byScore.lastOfTie[k] {
			for x := range 2 {
				v.above[x] += tied[x<<1|1] * (below[x<<1] + tied[x<<1]/2)
				v.aboveByLabel[x] += tied[x|2] * (below[x] + tied[x]/2)
			}
			for c := range tied {
				below[c] += tied[c]
			}
			tied = [4]float64{}
		}
	}
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
