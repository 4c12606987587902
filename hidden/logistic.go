package hidden

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// logistic is the regression of labels 0 and 1. It minimises the objective of
// [solve.Logistic] by Newton's method with the exact Hessian.
type logistic struct {
	x [][]float64 // columns, standardised
	y []float64   // label 0 or 1, of each row

	p, rest, weight, weighted []float64 // by row
}

func (r *logistic) use(x [][]float64, y []float64) {
	r.x, r.y = x, y
	for _, v := range []*[]float64{&r.p, &r.rest, &r.weight, &r.weighted} {
		*v = sized(*v, len(y))
	}
}

func (r *logistic) params() (all, shape, intercepts int) { return len(r.x) + 1, 0, 1 }

func (r *logistic) begin([]float64) {}

// objective is that of solve.Logistic at w; it keeps P(label = 1) of every row.
func (r *logistic) objective(c float64, w []float64) float64 {
	linear(r.p, r.x, w)
	var loss float64
	product := 1.0 // of many 1+e, so that one logarithm serves them
	for i, m := range r.p {
		e := math.Exp(-math.Abs(m))
		p := 1 / (1 + e)
		if m < 0 {
			p *= e
		}
		r.p[i] = p
		if (m > 0) != (r.y[i] == 1) {
			loss += math.Abs(m)
		}
		if product *= 1 + e; product > 0x1p1000 {
			loss += math.Log(product)
			product = 1
		}
	}
	loss += math.Log(product)
	weights := w[:len(r.x)]
	return floats.Dot(weights, weights)/2 + c*loss
}

func (r *logistic) margins(dst []float64, x [][]float64, w []float64, _ int) { linear(dst, x, w) }

// linear sets dst to the margin of every row, whose intercept is the last of w.
func linear(dst []float64, x [][]float64, w []float64) {
	for i := range dst {
		dst[i] = w[len(w)-1]
	}
	for j, column := range x {
		floats.AddScaled(dst, w[j], column)
	}
}

func (r *logistic) derivatives(c float64, w, gradient, hessian []float64) {
	k := len(w)
	for i, p := range r.p {
		r.rest[i] = p - r.y[i]
		r.weight[i] = p * (1 - p)
	}
	last := hessian[(k-1)*k:]
	for a, x := range r.x {
		gradient[a] = c*floats.Dot(r.rest, x) + w[a]
		floats.MulTo(r.weighted, r.weight, x)
		for b := range a + 1 {
			hessian[a*k+b] = c * floats.Dot(r.weighted, r.x[b])
		}
		hessian[a*k+a]++
		last[a] = c * floats.Sum(r.weighted)
	}
	gradient[k-1] = c * floats.Sum(r.rest)
	last[k-1] = c * floats.Sum(r.weight)
}

func (r *logistic) predict(p []float64, x [][]float64, w, y []float64) float64 {
	linear(p, x, w)
	var loss float64
	for i, m := range p {
		// solve.LogisticLoss and solve.Sigmoid, with one exponential.
		e := math.Exp(-math.Abs(m))
		loss += math.Log1p(e) + max(0, (1-2*y[i])*m)
		if p[i] = 1 / (1 + e); m < 0 {
			p[i] = e / (1 + e)
		}
	}
	return loss
}

func (r *logistic) residual(dst []float64, y float64, p []float64) { dst[0] = y - p[0] }
