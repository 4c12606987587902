// Package gap measures the action-commitment gap: what a probe decodes from a
// model's hidden states against what the model then does, on the same rows.
//
// A row has a label Y, the model's behaviour B mapped to the label's alphabet,
// and a probe's out-of-fold prediction Ŷ and score s. The model "knows but does
// not act" where the probe is right and the behaviour is wrong. [Measure] gives
// that share and its counterpart, the tests that belong to them, and the
// controls under which the gap could be an artefact: calibrated behaviour, a
// text-only predictor, and the probe's AUROC among rows of equal behaviour.
//
// A difference of accuracies may be one of sensitivity or one of bias. Signal
// detection ([Observer], [Decompose]) parts the two, [NetAt] says what the gap
// is at another base rate, and a graded behaviour m needs no threshold at all.
//
// All intervals of a table come from one set of cluster bootstrap draws
// ([Bootstrap]), so they are intervals of paired differences.
package gap

import (
	"fmt"

	"tell/estimate"
)

// Neither is the behaviour of a row whose model acted as if the label were
// neither 0 nor 1. Such rows are reported separately ([Result.Neither]).
const Neither = -1

// Unstated is the value of [Data.Knows] on a row that does not say.
const Unstated = -1

// Data is what the gap is measured from. Every slice that is given has one
// element for each row.
type Data struct {
	Label      []int     // Y: 0 or 1
	Behaviour  []int     // B: 0, 1 or Neither
	Prediction []int     // Ŷ: the probe's out-of-fold prediction, 0 or 1
	Score      []float64 // s: the probe's out-of-fold P(Y=1), or any score that grows with it
	Graded     []float64 // m: how far the behaviour goes toward label 1, on any scale, such as the log-odds of agreeing with it; NaN where it is not stated; nil if there is none
	Knows      []int     // K: 1 where the model is known to know the label, 0 where not, Unstated; nil if there is none
	Calibrated []int     // out-of-fold label predicted from B alone, 0 or 1 wherever B is; nil if there is none
	Text       []int     // out-of-fold label predicted from the prompt's text alone, 0 or 1; nil if there is none
	Group      []int     // rows of equal code are dependent; nil if all rows are independent
	Condition  []string  // nil if there are none
	Strata     []Stratum
}

// A Stratum is a declared partition of the rows.
type Stratum struct {
	Name  string
	Value []string
}

// Settings are the settings of a measurement. The zero value is ready to use.
type Settings struct {
	Bootstrap estimate.Bootstrap
}

// Measure computes the gap on all rows, in each condition and in each value of
// each stratum, and where groups are given the paired differences of these to
// the first. Data of the wrong length or alphabet is an error that names the
// row; a quantity that the rows do not determine is not.
func Measure(d Data, s Settings) (*Result, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if err := s.Bootstrap.Check(); err != nil {
		return nil, fmt.Errorf("gap: %w", err)
	}
	all := allRows(len(d.Label))
	r := &Result{
		Summary: summarize(&d, all, s, registry),
		Neither: neither(&d, all, s),
	}
	if d.Condition != nil {
		r.Conditions, r.Contrasts = breakDown(&d, d.Condition, s, perSlice, perContrast)
	}
	for _, st := range d.Strata {
		b := Breakdown{Name: st.Name}
		b.Slices, b.Contrasts = breakDown(&d, st.Value, s, perSlice, perContrast)
		r.Strata = append(r.Strata, b)
	}
	r.Warnings = warnings(&d, r.Summary)
	return r, nil
}

// breakDown measures the rows of each value, in the order of names, and
// compares the further values with the first.
func breakDown(d *Data, value []string, s Settings, ofSlice, ofContrast []estimator) ([]Slice, []Contrast) {
	number, order := estimate.Numbered(value)
	rows := make(map[string][]int)
	for i, k := range number {
		rows[order[k]] = append(rows[order[k]], i)
	}
	out := make([]Slice, len(order))
	for k, v := range order {
		out[k] = Slice{Value: v, Summary: summarize(d, rows[v], s, ofSlice), Neither: neither(d, rows[v], s)}
	}
	if d.Group == nil {
		return out, nil
	}
	var contrasts []Contrast
	for _, v := range order[1:] {
		c := contrast(d, rows[order[0]], rows[v], s, ofContrast)
		c.Value, c.Reference = v, order[0]
		contrasts = append(contrasts, c)
	}
	return out, contrasts
}

func allRows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}
