package solve

import (
	"context"
	"math"
)

// solve implements space by preconditioned conjugate gradients on the Hessian
// with the intercept eliminated,
//
//	I + Zᵀ(D - ddᵀ/Σd)Z.
func (s *primal) solve(ctx context.Context, columns []*column) error {
	n, d := s.n, s.d
	for _, c := range columns {
		if c.iterations >= doubt {
			s.sharpen()
		}
	}
	s.scratch = grow(s.scratch, n*s.sketch.rank)
	live := make([]*descent, len(columns))
	for i, c := range columns {
		s.factor(c)
		live[i] = newDescent(c, s.tol)
	}
	s.precondition(live)
	for _, e := range live {
		copy(e.direction, e.conditioned)
		e.product = dot(e.residual, e.conditioned)
	}
	split, direction, weight := make([]int, len(live)), make([][]float64, len(live)), make([][]float64, len(live))
	for iter := 0; iter < d+100; iter++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := len(live)
		s.products = grow(s.products, k*(n+d+1))
		curved, image, sums := s.products[:k*d], s.products[k*d:k*(d+n)], s.products[k*(d+n):]
		split, direction, weight = split[:k], direction[:k], weight[:k]
		for i, e := range live {
			split[i], direction[i], weight[i] = e.split, e.direction, e.curvature
		}
		if err := s.quick.gram(curved, image, sums, split, direction, weight); err != nil {
			return err
		}
		kept := live[:0]
		for i, e := range live {
			if !e.advance(curved[i*d:(i+1)*d], image[i*n:(i+1)*n], sums[i]) {
				kept = append(kept, e)
			}
		}
		live = kept
		if len(live) == 0 {
			break
		}
		s.precondition(live)
		for _, e := range live {
			e.turn()
		}
	}
	return s.finishSteps(columns)
}

// finishSteps makes the margins of the steps exact.
func (s *primal) finishSteps(columns []*column) error {
	if s.quick != s.exact {
		k, n := len(columns), s.n
		s.products = grow(s.products, k*n)
		split, w := make([]int, k), make([][]float64, k)
		for i, c := range columns {
			split[i], w[i] = c.split, c.step.w
		}
		if err := s.exact.forward(s.products, split, w); err != nil {
			return err
		}
		for i, c := range columns {
			copy(c.step.margin, s.products[i*n:(i+1)*n])
		}
	}
	for _, c := range columns {
		for i := range c.step.margin {
			c.step.margin[i] += c.step.b
		}
	}
	return nil
}

// doubt is how many Newton steps a column may take before its directions are
// assumed to lack digits.
const doubt = 12

// sharpen implements space.
func (s *primal) sharpen() bool {
	was := s.quick
	s.quick = s.exact
	return was != s.exact
}

// alike is how much the curvature of a column's rows may differ, largest over
// smallest, for the column to share a preconditioner with others of its split.
const alike = 4

// patience is how many steps conjugate gradients may take with a column's
// preconditioner before it is rebuilt.
const patience = 6

// factor gives a column its preconditioner. Where probabilities are moderate,
// as they are at small C, the curvature hardly differs between rows and
// columns, and one factor serves a whole split; it need not be exact.
func (s *primal) factor(c *column) {
	low, high := math.Inf(1), 0.0
	for i, sign := range c.sign {
		if sign != 0 {
			low, high = min(low, c.curvature[i]), max(high, c.curvature[i])
		}
	}
	if high > alike*low {
		if c.own == nil || c.hessian != c.own || c.turns > patience || c.own.strays(c.total) {
			c.own = s.sketch.factor(c.own, c.curvature, c.total, s.scratch)
		}
		c.hessian = c.own
		return
	}
	shared := s.shared[c.split]
	if shared == nil || shared.strays(c.total) {
		shared = s.sketch.factor(nil, c.curvature, c.total, s.scratch)
		s.shared[c.split] = shared
	}
	c.hessian = shared
}

// precondition sets the conditioned residual of every descent.
func (s *primal) precondition(live []*descent) {
	k, d := len(live), s.d
	s.scratch = grow(s.scratch, k*(2*d+s.sketch.rank))
	residual, factor := make([][]float64, k), make([]*small, k)
	for i, e := range live {
		residual[i], factor[i] = e.residual, e.hessian
	}
	z := s.scratch[:k*d]
	s.sketch.apply(z, residual, factor, s.scratch[k*d:])
	for i, e := range live {
		copy(e.conditioned, z[i*d:(i+1)*d])
	}
}

// descent is the conjugate gradient iteration of one column.
type descent struct {
	*column
	residual, direction, conditioned []float64

	product float64 // residualᵀ conditioned
	limit   float64 // squared norm of the residual to stop at
}

func newDescent(c *column, tol float64) *descent {
	d := len(c.gradient)
	c.turns = 0
	e := &descent{column: c, residual: c.vectors[:d], direction: c.vectors[d : 2*d], conditioned: c.vectors[2*d:]}
	for j, g := range c.gradient {
		e.residual[j] = -g
	}
	c.clearStep()
	e.limit = max(c.reduction()*c.norm, fine*tol*c.objective)
	return e
}

// advance takes one step along the direction, whose product with ZᵀDZ is
// curved, with image = Z direction and total the sum of D image. It reports
// whether the residual is small enough.
func (e *descent) advance(curved, image []float64, total float64) bool {
	e.turns++
	if e.total > 0 {
		axpy(-total/e.total, e.cross, curved)
	}
	axpy(1, e.direction, curved)
	curvature := dot(e.direction, curved)
	if !(curvature > 0) {
		return true // nothing is left but rounding
	}
	a := e.product / curvature
	axpy(a, e.direction, e.step.w)
	axpy(a, image, e.step.margin)
	axpy(-a, curved, e.residual)
	if e.total > 0 {
		e.step.b -= a * total / e.total
	}
	return dot(e.residual, e.residual) <= e.limit
}

// turn makes the conditioned residual conjugate to the directions before it.
func (e *descent) turn() {
	product := dot(e.residual, e.conditioned)
	beta := product / e.product
	e.product = product
	for j, z := range e.conditioned {
		e.direction[j] = z + beta*e.direction[j]
	}
}
