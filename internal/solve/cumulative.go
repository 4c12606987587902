package solve

import (
	"context"
	"math"
	"slices"

	"tell/target"
)

// Cumulative trains cumulative logit models for ordered levels (proportional odds,
// McCullagh 1980), of one direction and ascending cut points:
// P(y <= k) = 1/(1+exp(-(cut_k - wᵀz))). It minimises
//
//	1/2 |w|² - C Σ v log P(y)
//
// over standardised rows z, with v the row's weight, as in [Logistic]. Cut points are
// not penalised. Without a penalty it is the model of statsmodels' OrderedModel.
type Cumulative struct {
	// Tol, MaxIter and Raw are those of Logistic.
	Tol     float64
	MaxIter int
	Raw     bool
	// Levels is the number of levels.
	Levels int
}

var cumulativeFamily = definition{
	name: "cumulative", kinds: []target.Kind{target.KindOrdinal},
	make:  func(_ target.Kind, o Options) Family { return Cumulative{Tol: o.Tol, Raw: o.Raw, Levels: o.Levels} },
	bytes: likelihoodBytes,
}

// Fit implements Family.
func (m Cumulative) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	return glm{Logistic{Tol: m.Tol, MaxIter: m.MaxIter, Raw: m.Raw}, orderedLoss{m.Levels}}.Fit(ctx, x, splits, targets, C, visit)
}

// orderedLoss is the likelihood of an ordered level: with a and b the cut points above
// and below the level, each less the margin,
//
//	-ln P = log(1+exp(-a)) + log(1+exp(b)) - log(1-exp(b-a)).
type orderedLoss struct{ levels int }

func (l orderedLoss) check(n int, splits []Split, targets [][]float64, C []float64) error {
	return checkLevels(n, splits, targets, C, l.levels)
}

func (l orderedLoss) outputs() int { return 1 }

func (l orderedLoss) start(d rowsOfOne) []float64 {
	count, all := make([]float64, l.levels), 0.0
	for i, row := range d.row {
		count[int(d.y[row])] += d.weight[i]
		all += d.weight[i]
	}
	cuts, below := make([]float64, l.levels-1), 0.0
	for k := range cuts {
		below += count[k]
		cuts[k] = math.Log(below / (all - below))
	}
	return cuts
}

func (l orderedLoss) value(d rowsOfOne, margin, cuts []float64) float64 {
	for k := 1; k < len(cuts); k++ {
		if !(cuts[k] > cuts[k-1]) {
			return math.Inf(1)
		}
	}
	total := 0.0
	for i, row := range d.row {
		total += d.weight[i] * cumulativeLoss(int(d.y[row]), margin[row], cuts)
	}
	return total
}

func (l orderedLoss) expand(d rowsOfOne, margin, cuts, r, diagonal []float64, c *curvature) {
	k := len(cuts)
	c.mixed = grow(c.mixed, 2*len(d.row))
	clear(c.gradient)
	clear(c.hessian)
	for i, row := range d.row {
		y, v := int(d.y[row]), d.weight[i]
		var above, under, slope float64 // second derivatives at the cut points, first by the margin
		if y < k {
			p := Sigmoid(margin[row] - cuts[y])
			above = p * (1 - p)
			slope += p
			c.gradient[y] -= v * p
			c.hessian[y*k+y] += v * above
		}
		if y > 0 {
			p := Sigmoid(cuts[y-1] - margin[row])
			under = p * (1 - p)
			slope -= p
			c.gradient[y-1] += v * p
			c.hessian[(y-1)*k+y-1] += v * under
		}
		if y > 0 && y < k {
			e := math.Expm1(cuts[y] - cuts[y-1])
			first, second := v/e, v*(e+1)/(e*e)
			c.gradient[y] -= first
			c.gradient[y-1] += first
			c.hessian[y*k+y] += second
			c.hessian[(y-1)*k+y-1] += second
			c.hessian[(y-1)*k+y] -= second
		}
		r[row] = v * slope
		diagonal[row] = v * (above + under)
		c.mixed[2*i], c.mixed[2*i+1] = v*under, v*above
	}
}

func (l orderedLoss) bend(d rowsOfOne, c *curvature, image, by []float64) {
	clear(by)
	for i, row := range d.row {
		y := int(d.y[row])
		under, above, u := c.mixed[2*i], c.mixed[2*i+1], image[row]
		if y < len(by) {
			by[y] -= above * u
		}
		if y > 0 {
			by[y-1] -= under * u
		}
		image[row] = (under + above) * u
	}
}

func (l orderedLoss) unbend(d rowsOfOne, c *curvature, step, rows []float64) {
	for i, row := range d.row {
		y := int(d.y[row])
		if y < len(step) {
			rows[row] -= c.mixed[2*i+1] * step[y]
		}
		if y > 0 {
			rows[row] -= c.mixed[2*i] * step[y-1]
		}
	}
}

// finish moves the intercept of the standardisation to the cut points.
func (l orderedLoss) finish(f *Fit, cuts []float64) {
	shift := f.Intercepts[0]
	f.Cuts, f.Intercepts = slices.Clone(cuts), nil
	for k := range f.Cuts {
		f.Cuts[k] -= shift
	}
	for i := range f.Margin {
		f.Margin[i] -= shift
	}
}
