package probe

import (
	"fmt"
	"math"
	"slices"

	"tell/internal/solve"
)

// Probe is a trained probe: P(label = 1) of a row x is 1/(1+exp(-m)) with the
// margin m = Weights·x + Intercept.
type Probe struct {
	// Family is the kind of probe, one of [Families], and C the inverse
	// penalty that it was trained with.
	Family string
	C      float64
	// Weights, Mean and Scale have one number for each column of the rows.
	// Weights and Intercept act on rows as they are stored: the
	// standardisation z = (x - Mean) / Scale that the probe was trained under
	// is folded in. The weights on z are Weights times Scale.
	Weights     []float64
	Intercept   float64
	Mean, Scale []float64
	// Levels names label 0 and label 1.
	Levels []string
	// Status says why the solver stopped: "converged" unless it could not.
	Status string

	// Site says what the probe was trained on, where that is a site of a dump.
	Site *Site
}

// Site is one layer of a dump at one position.
type Site struct {
	Layer    int    `json:"layer"`
	Position int    `json:"position"`
	Name     string `json:"name,omitempty"` // of the layer, as the dump calls it
}

// keep copies what a fit lends.
func (t *task) keep(f *solve.Fit) *Probe {
	return &Probe{
		Family: t.Family, C: f.C,
		Weights: slices.Clone(f.Weights), Intercept: f.Intercept,
		Mean: slices.Clone(f.Mean), Scale: slices.Clone(f.Scale),
		Levels: t.y.Levels,
		Status: string(f.Status),
	}
}

// Margin is Weights·x + Intercept for every row, above 0 where label 1 is the
// likelier one.
func (p *Probe) Margin(x Rows) ([]float64, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	n, d := x.Dims()
	if d != len(p.Weights) {
		return nil, fmt.Errorf("probe: found rows of %d numbers, expected %d, as the probe has weights", d, len(p.Weights))
	}
	margin := make([]float64, n)
	err := x.design.Pass(func(b solve.Block) { b.Forward(margin, p.Weights, 1) })
	if err != nil {
		return nil, err
	}
	for i := range margin {
		margin[i] += p.Intercept
	}
	return margin, nil
}

// Predict is P(label = 1) for every row. Rows of another width than the probe's
// are an error.
func (p *Probe) Predict(x Rows) ([]float64, error) {
	score, err := p.Margin(x)
	for i, m := range score {
		score[i] = solve.Sigmoid(m)
	}
	return score, err
}

// check reports what no trained probe can hold.
func (p *Probe) check() error {
	d := len(p.Weights)
	if d == 0 {
		return fmt.Errorf("found no weights, expected at least one")
	}
	for _, v := range []struct {
		name string
		x    []float64
		n    int
	}{{"weights", p.Weights, d}, {"intercept", []float64{p.Intercept}, 1}, {"mean", p.Mean, d}, {"scale", p.Scale, d}, {"C", []float64{p.C}, 1}} {
		if len(v.x) != v.n {
			return fmt.Errorf("%s: found %d numbers, expected %d, as there are weights", v.name, len(v.x), v.n)
		}
		for i, x := range v.x {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("%s[%d]: found %v, expected a finite number", v.name, i, x)
			}
		}
	}
	if !slices.Contains(Families(), p.Family) {
		return fmt.Errorf("family: found %q, expected one of %q", p.Family, Families())
	}
	return nil
}
