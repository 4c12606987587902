package solve

import (
	"context"
	"math"

	"tell/target"
)

// Share trains L2-penalised logistic regressions of shares, with an unpenalised
// intercept. For shares s from 0 to 1 and standardised rows z it minimises
//
//	1/2 |w|² + C Σ v (s log(s/p) + (1-s) log((1-s)/(1-p))), p = 1/(1+exp(-(wᵀz + b)))
//
// with v the row's weight, as in [Logistic]. With v the number of judgements that a
// share is of, the sum is half the deviance of the binomial likelihood of their counts. The
// likelihood itself has the entropy of the shares in it, which no probe takes away: at large
// C a tolerance relative to that would leave much of the rest.
type Share struct {
	// Tol, MaxIter and Raw are those of Logistic.
	Tol     float64
	MaxIter int
	Raw     bool
}

var shareFamily = definition{
	name: "share", kinds: []target.Kind{target.KindShare},
	make:  func(_ target.Kind, o Options) Family { return Share{Tol: o.Tol, Raw: o.Raw} },
	bytes: likelihoodBytes,
}

// Fit implements Family.
func (m Share) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	return glm{Logistic{Tol: m.Tol, MaxIter: m.MaxIter, Raw: m.Raw}, shareLoss{}}.Fit(ctx, x, splits, targets, C, visit)
}

// shareLoss is the cross-entropy of a share.
type shareLoss struct{}

func (shareLoss) check(n int, splits []Split, targets [][]float64, C []float64) error {
	err := checkValues(n, targets, C, func(v float64) string {
		if !(v >= 0 && v <= 1) {
			return "a share from 0 to 1"
		}
		return ""
	})
	if err != nil {
		return err
	}
	return checkSplits(n, splits, targets, differ)
}

func (shareLoss) outputs() int { return 1 }

func (shareLoss) start(d rowsOfOne) []float64 {
	var s, all float64
	for i, row := range d.row {
		s += d.weight[i] * d.y[row]
		all += d.weight[i]
	}
	return []float64{math.Log(s / (all - s))}
}

func (shareLoss) value(d rowsOfOne, margin, b []float64) float64 {
	total := 0.0
	for i, row := range d.row {
		total += d.weight[i] * divergence(d.y[row], margin[row]+b[0])
	}
	return total
}

// divergence is what the share s loses by a margin m, 0 at the margin that gives s. Near it,
// where the difference of two entropies would have no digits, it is the series of
// log(1-s+s exp(x)) - sx, whose coefficients are the cumulants of a yes with probability s.
func divergence(s, m float64) float64 {
	if s > 0.5 {
		s, m = 1-s, -m
	}
	x := m - math.Log(s/(1-s))
	switch v := s * (1 - s); {
	case math.Abs(x) < 0.01:
		return v * x * x * (1./2 + x*((1-2*s)/6+x*((1-6*v)/24+x*((1-2*s)*(1-12*v)/120+x*(1-30*v+120*v*v)/720))))
	case math.Abs(x) < 1:
		return math.Log1p(s*math.Expm1(x)) - s*x
	}
	return LogisticLoss(-m) - s*m - target.Entropy(s)
}

func (shareLoss) expand(d rowsOfOne, margin, b, r, diagonal []float64, c *curvature) {
	clear(c.gradient)
	clear(c.hessian)
	for i, row := range d.row {
		p := Sigmoid(margin[row] + b[0])
		r[row] = d.weight[i] * (p - d.y[row])
		diagonal[row] = d.weight[i] * p * (1 - p)
		c.gradient[0] += r[row]
		c.hessian[0] += diagonal[row]
	}
	c.mixed = grow(c.mixed, len(d.row))
	for i, row := range d.row {
		c.mixed[i] = diagonal[row]
	}
}

func (shareLoss) bend(d rowsOfOne, c *curvature, image, by []float64) {
	by[0] = 0
	for i, row := range d.row {
		image[row] *= c.mixed[i]
		by[0] += image[row]
	}
}

func (shareLoss) unbend(d rowsOfOne, c *curvature, step, rows []float64) {
	for i, row := range d.row {
		rows[row] += c.mixed[i] * step[0]
	}
}

func (shareLoss) finish(f *Fit, b []float64) {
	f.Intercept, f.Intercepts = f.Intercepts[0]+b[0], nil
	for i := range f.Margin {
		f.Margin[i] += b[0]
	}
}
