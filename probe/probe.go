package probe

import (
	"fmt"
	"math"
	"slices"

	"tell/internal/solve"
	"tell/target"
)

// Probe is a trained probe. The margin of a row x is m = Weights·x + Intercept, and
// its score P(label = 1) = 1/(1+exp(-m)) of a binary target, the same of a share,
// and m itself of a number. A probe for classes has a margin for each, of which the
// probabilities are the softmax; one for ordered levels has cut points, and
// P(level <= k) = 1/(1+exp(-(Cuts[k] - m))).
type Probe struct {
	// Kind is the kind of target; empty stands for binary.
	Kind target.Kind
	// Family is the kind of probe, one of [Families], and C the inverse
	// penalty that it was trained with.
	Family string
	C      float64
	// Weights, Mean and Scale have one number for each column of the rows.
	// Weights and Intercept act on rows as they are stored: the
	// standardisation z = (x - Mean) / Scale that the probe was trained under
	// is folded in. The weights on z are Weights times Scale.
	// Those of several classes come one class after the other, and each has an
	// intercept of Intercepts instead.
	Weights     []float64
	Intercept   float64
	Intercepts  []float64
	Mean, Scale []float64
	// Cuts are the cut points between ordered levels, in ascending order.
	Cuts []float64
	// Levels names label 0 and label 1, or every level.
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
		Kind: t.y.Kind, Family: t.Family, C: f.C,
		Weights: slices.Clone(f.Weights), Intercept: f.Intercept,
		Intercepts: slices.Clone(f.Intercepts), Cuts: slices.Clone(f.Cuts),
		Mean: slices.Clone(f.Mean), Scale: slices.Clone(f.Scale),
		Levels: t.y.Levels,
		Status: string(f.Status),
	}
}

// outputs is the number of margins of a row.
func (p *Probe) outputs() int { return max(1, len(p.Intercepts)) }

// Width is the number of scores of a row: one for each level of a class or ordinal
// target, else 1.
func (p *Probe) Width() int { return solve.Width(p.Kind, len(p.Levels)) }

// Margin is Weights·x + Intercept for every row, above 0 where label 1 is the
// likelier one. Of several classes it is a number for each, row by row.
func (p *Probe) Margin(x Rows) ([]float64, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	n, d := x.Dims()
	k := p.outputs()
	if k*d != len(p.Weights) {
		return nil, fmt.Errorf("probe: found rows of %d numbers, expected %d, as the probe has weights", d, len(p.Weights)/k)
	}
	margin := make([]float64, k*n)
	err := x.design.Pass(func(b solve.Block) { b.Forward(margin, p.Weights, k) })
	if err != nil {
		return nil, err
	}
	if k == 1 {
		for i := range margin {
			margin[i] += p.Intercept
		}
		return margin, nil
	}
	byRow := make([]float64, k*n)
	for c, b := range p.Intercepts {
		for i := range n {
			byRow[i*k+c] = margin[c*n+i] + b
		}
	}
	return byRow, nil
}

// Predict is the score of every row, P(label = 1) of a binary target; of one with
// several levels the probability of each, row by row. Rows of another width than
// the probe's are an error.
func (p *Probe) Predict(x Rows) ([]float64, error) {
	margin, err := p.Margin(x)
	if err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	k, width := p.outputs(), p.Width()
	score := make([]float64, n*width)
	for i := range n {
		solve.Score(score[i*width:(i+1)*width], p.Kind, margin[i*k:(i+1)*k], p.Cuts)
	}
	return score, nil
}

// check reports what no trained probe can hold.
func (p *Probe) check() error {
	k := p.outputs()
	d := len(p.Weights) / k
	if d == 0 {
		return fmt.Errorf("found no weights, expected at least one")
	}
	if err := p.checkKind(); err != nil {
		return err
	}
	for _, v := range []struct {
		name string
		x    []float64
		n    int
	}{{"weights", p.Weights, k * d}, {"intercept", []float64{p.Intercept}, 1}, {"intercepts", p.Intercepts, len(p.Intercepts)}, {"cuts", p.Cuts, len(p.Cuts)}, {"mean", p.Mean, d}, {"scale", p.Scale, d}, {"C", []float64{p.C}, 1}} {
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

// checkKind reports levels, intercepts and cut points that do not go together.
func (p *Probe) checkKind() error {
	intercepts, cuts := 0, 0
	switch p.Kind {
	case target.KindClass:
		intercepts = len(p.Levels)
	case target.KindOrdinal:
		cuts = len(p.Levels) - 1
	case "", target.KindBinary, target.KindNumber, target.KindShare:
	default:
		return fmt.Errorf("kind of target: found %q, expected one of %v", p.Kind, target.Kinds())
	}
	leveled := p.Kind == target.KindClass || p.Kind == target.KindOrdinal
	if leveled && len(p.Levels) < 2 || len(p.Intercepts) != intercepts || len(p.Cuts) != cuts || !slices.IsSorted(p.Cuts) {
		return fmt.Errorf("found %d levels, %d intercepts and %d cut points in a probe for a target of kind %s, expected %d intercepts and %d ascending cut points",
			len(p.Levels), len(p.Intercepts), len(p.Cuts), p.Kind, intercepts, cuts)
	}
	return nil
}
