package solve

import (
	"context"
	"math"
	"slices"
)

// newton advances a batch of logistic regressions in lockstep.
type newton struct {
	Logistic
	space
	columns []*column
}

// space is where the weights of a batch are looked for.
type space interface {
	// inner is the inner product of the weights a and those of p.
	inner(a []float64, p point) float64
	// expand takes the gradient of every column at its point, with the
	// intercept eliminated, its squared norm and the curvature.
	expand(columns []*column, C float64) error
	// solve sets the step of every column to an approximate Newton step.
	solve(ctx context.Context, columns []*column) error
	// sharpen makes the steps to come more exact and reports whether it could.
	sharpen() bool
}

// column is one logistic regression on its way to the optimum.
type column struct {
	split, target int
	sign          []float64 // 2y-1 on training rows, 0 elsewhere
	weight        []float64 // of the rows, nil for 1 each

	at   point
	last point // the optimum at the C before
	past point // the optimum at the C before that

	objective, excess float64
	iterations        int
	status            Status

	gradient  []float64 // with the intercept eliminated
	gradientB float64
	norm      float64   // squared, of the gradient
	curvature []float64 // C weight p (1-p) on training rows, 0 elsewhere
	total     float64   // sum of the curvature

	step point

	// What the primal works with.
	vectors []float64 // 3 d numbers for conjugate gradients
	cross   []float64 // Zᵀ curvature
	hessian *small    // own, or shared with the split
	own     *small
	turns   int // conjugate gradient steps of the last Newton step
}

// point is a set of weights with the margins that they give.
type point struct {
	w, margin []float64
	b         float64
}

func newPoint(n, d int) point {
	return point{w: make([]float64, d), margin: make([]float64, n)}
}

func (p *point) set(q point) {
	copy(p.w, q.w)
	copy(p.margin, q.margin)
	p.b = q.b
}

// add sets p += t q.
func (p *point) add(t float64, q point) {
	axpy(t, q.w, p.w)
	axpy(t, q.margin, p.margin)
	p.b += t * q.b
}

// newColumn returns the regression of the signs, 2y-1 on training rows and 0
// elsewhere, whose rows count by weight, nil for 1 each, on d coordinates. Its
// coordinates begin at 0 and its intercept at what is best with them.
func newColumn(split, target int, sign, weight []float64, d int) *column {
	n := len(sign)
	c := &column{
		split: split, target: target, sign: sign, weight: weight,
		at:       newPoint(n, d),
		last:     newPoint(n, d),
		past:     newPoint(n, d),
		step:     newPoint(n, d),
		gradient: make([]float64, d), curvature: make([]float64, n),
	}
	var positive, negative float64
	for i, s := range sign {
		switch {
		case s > 0:
			positive += c.counts(i)
		case s < 0:
			negative += c.counts(i)
		}
	}
	c.at.b = math.Log(positive / negative)
	for i := range c.at.margin {
		c.at.margin[i] = c.at.b
	}
	return c
}

// counts is the weight of a row.
func (c *column) counts(row int) float64 {
	if c.weight == nil {
		return 1
	}
	return c.weight[row]
}

// start moves every column to where its optimum at grid[i] is expected: on the
// line through the optima of the two values before, as a function of log C.
func (s *newton) start(grid []float64, i int) {
	for _, c := range s.columns {
		c.iterations, c.status = 0, ""
		if i > 0 {
			c.past, c.last = c.last, c.past
			c.last.set(c.at)
		}
		c.objective = s.value(c, grid[i])
		if i < 2 {
			continue
		}
		before := math.Log(grid[i-1] / grid[i-2])
		if !(before > 0) {
			continue
		}
		t := min(2, math.Log(grid[i]/grid[i-1])/before)
		c.at.add(t, c.last)
		c.at.add(-t, c.past)
		if f := s.value(c, grid[i]); f < c.objective {
			c.objective = f
		} else {
			c.at.set(c.last)
		}
	}
}

// minimise brings every column to its optimum at C.
func (s *newton) minimise(ctx context.Context, C float64) error {
	active := append([]*column(nil), s.columns...)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.expand(active, C); err != nil {
			return err
		}
		active = keep(active, func(c *column) Status {
			c.excess = c.bound()
			switch {
			case c.excess <= s.tol()*c.objective:
				return Converged
			case c.iterations >= s.maxIter():
				return IterationLimit
			}
			return ""
		})
		if len(active) == 0 {
			return nil
		}
		if err := s.solve(ctx, active); err != nil {
			return err
		}
		active = keep(active, func(c *column) Status {
			c.iterations++
			if !s.search(c, C) && !s.sharpen() {
				return Stalled
			}
			return ""
		})
	}
}

// bound is at least the excess of the objective, see [Logistic].
func (c *column) bound() float64 {
	excess := c.norm / 2
	if c.total > 0 {
		excess += c.gradientB * c.gradientB / c.total / 2
	}
	return excess
}

// converged tells whether every column has.
func (s *newton) converged() bool {
	return !slices.ContainsFunc(s.columns, func(c *column) bool { return c.status != Converged })
}

// keep drops the columns that settle gives a status.
func keep(columns []*column, settle func(*column) Status) []*column {
	kept := columns[:0]
	for _, c := range columns {
		if c.status = settle(c); c.status == "" {
			kept = append(kept, c)
		}
	}
	return kept
}

// residual sets r to the derivative of the loss by every margin and the
// curvature to the second derivative, and returns their totals.
func (c *column) residual(r []float64, C float64) (total, curvature float64) {
	for i, s := range c.sign {
		if s == 0 {
			r[i] = 0
			continue
		}
		m := s * c.at.margin[i]
		e := math.Exp(-math.Abs(m))
		miss := 1 / (1 + e) // P(the other label)
		if m >= 0 {
			miss = e / (1 + e)
		}
		r[i] = -C * s * miss
		c.curvature[i] = C * e / ((1 + e) * (1 + e))
		if c.weight != nil {
			r[i] *= c.weight[i]
			c.curvature[i] *= c.weight[i]
		}
		total += r[i]
		curvature += c.curvature[i]
	}
	return total, curvature
}

// loss returns the weighted sum of log(1 + exp(-s m)) over the training rows,
// with the margins m + t step when step is not nil.
func (c *column) loss(margin, step []float64, t float64) float64 {
	sum := newLossSum()
	for i, s := range c.sign {
		if s == 0 {
			continue
		}
		m := margin[i]
		if step != nil {
			m += t * step[i]
		}
		if c.weight == nil {
			sum.add(s * m)
		} else {
			sum.total += c.weight[i] * LogisticLoss(s*m)
		}
	}
	return sum.sum()
}

// value returns the objective at a column's point.
func (s *newton) value(c *column, C float64) float64 {
	return s.inner(c.at.w, c.at)/2 + C*c.loss(c.at.margin, nil, 0)
}

// search moves along the step to a point of sufficient decrease (Armijo) and
// reports whether it found one.
func (s *newton) search(c *column, C float64) bool {
	const sufficient = 1e-4
	ww, wx, xx := s.inner(c.at.w, c.at), s.inner(c.at.w, c.step), s.inner(c.step.w, c.step)
	slope := s.inner(c.gradient, c.step)
	if c.total > 0 {
		slope -= c.gradientB * c.gradientB / c.total
	}
	for t := 1.0; t > 1e-10; t /= 2 {
		f := (ww+2*t*wx+t*t*xx)/2 + C*c.loss(c.at.margin, c.step.margin, t)
		if f < c.objective+sufficient*t*slope {
			c.at.add(t, c.step)
			c.objective = f
			return true
		}
	}
	return false
}

// clearStep sets the step to what a Newton step does to the intercept alone.
func (c *column) clearStep() {
	clear(c.step.w)
	clear(c.step.margin)
	c.step.b = 0
	if c.total > 0 {
		c.step.b = -c.gradientB / c.total
	}
}

// reduction is how far one Newton step reduces the squared norm of its
// residual. The gradient squared over the objective is a measure of the
// distance that needs no scale: quadratic convergence near the optimum, no
// oversolving far from it.
func (c *column) reduction() float64 {
	return min(loosest*loosest, math.Sqrt(c.norm/(2*c.objective)))
}

// loosest is the largest reduction of the residual that a Newton step may stop
// at (the forcing term of Eisenstat and Walker 1996).
const loosest = 0.5

// fine is the share of the tolerance below which a residual need not be
// reduced.
const fine = 1. / 50
