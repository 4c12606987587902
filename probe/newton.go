package probe

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// solver advances the columns of a batch, one for every split and target, in
// lockstep.
type solver struct {
	Logistic
	op      operator
	splits  []Split
	targets [][]int
	sketch  *sketch
	columns []*column
	shared  []*small // by split

	products []float64 // 2 k x n, then 2 k x d
	scratch  []float64
}

// column is one logistic regression on its way to the optimum.
type column struct {
	split, target int
	sign          []float64 // 2y-1 on training rows, 0 elsewhere

	at   point
	last point // the optimum at the C before
	past point // the optimum at the C before that

	objective, excess float64
	iterations        int
	status            Status

	gradient  []float64 // with the intercept eliminated
	gradientB float64
	curvature []float64 // C p (1-p) on training rows, 0 elsewhere
	total     float64   // sum of the curvature
	cross     []float64 // Zᵀ curvature
	hessian   *small    // preconditioner: own, or shared with the split
	own       *small
	inner     int // conjugate gradient steps of the last Newton step

	step point
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
	blas64.Axpy(t, vector(q.w), vector(p.w))
	blas64.Axpy(t, vector(q.margin), vector(p.margin))
	p.b += t * q.b
}

func newSolver(x Design, splits []Split, targets [][]int, l Logistic) (*solver, error) {
	n, d := x.Dims()
	sc, err := newScaling(x, splits, l.Raw)
	if err != nil {
		return nil, err
	}
	trained := make([]bool, n)
	for _, s := range splits {
		for i, in := range s.Train {
			trained[i] = trained[i] || in
		}
	}
	sk, err := newSketch(x, trained, l.Raw)
	if err != nil {
		return nil, err
	}
	return &solver{Logistic: l, op: operator{x: x, n: n, d: d, scale: sc}, splits: splits, targets: targets, sketch: sk, shared: make([]*small, len(splits))}, nil
}

// begin sets up a column for every split and each of the targets [lo, hi).
func (s *solver) begin(lo, hi int) {
	s.columns = s.columns[:0]
	clear(s.shared)
	for i := range s.splits {
		for t := lo; t < hi; t++ {
			s.columns = append(s.columns, s.newColumn(i, t))
		}
	}
}

func (s *solver) newColumn(split, target int) *column {
	n, d := s.op.n, s.op.d
	c := &column{
		split: split, target: target,
		sign:     make([]float64, n),
		at:       newPoint(n, d),
		last:     newPoint(n, d),
		past:     newPoint(n, d),
		step:     newPoint(n, d),
		gradient: make([]float64, d), curvature: make([]float64, n), cross: make([]float64, d),
	}
	var count [2]float64
	for i, in := range s.splits[split].Train {
		if in {
			y := s.targets[target][i]
			c.sign[i] = float64(2*y - 1)
			count[y]++
		}
	}
	c.at.b = math.Log(count[1] / count[0])
	for i := range c.at.margin {
		c.at.margin[i] = c.at.b
	}
	return c
}

// start moves every column to where its optimum at grid[i] is expected: on the
// line through the optima of the two values before, as a function of log C.
func (s *solver) start(grid []float64, i int) {
	for _, c := range s.columns {
		c.iterations, c.status = 0, ""
		if i > 0 {
			c.past, c.last = c.last, c.past
			c.last.set(c.at)
		}
		c.objective = c.value(c.at, grid[i])
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
		if f := c.value(c.at, grid[i]); f < c.objective {
			c.objective = f
		} else {
			c.at.set(c.last)
		}
	}
}

// minimise brings every column to its optimum at C.
func (s *solver) minimise(ctx context.Context, C float64) error {
	active := append([]*column(nil), s.columns...)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.expand(active, C); err != nil {
			return err
		}
		active = s.keep(active, func(c *column) Status {
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
		if err := s.solve(active); err != nil {
			return err
		}
		active = s.keep(active, func(c *column) Status {
			c.iterations++
			if !c.search(C) {
				return Stalled
			}
			return ""
		})
	}
}

// keep drops the columns that settle gives a status.
func (s *solver) keep(columns []*column, settle func(*column) Status) []*column {
	kept := columns[:0]
	for _, c := range columns {
		if c.status = settle(c); c.status == "" {
			kept = append(kept, c)
		}
	}
	return kept
}

// expand takes the gradient and the Hessian of every column at its point.
func (s *solver) expand(columns []*column, C float64) error {
	k, n, d := len(columns), s.op.n, s.op.d
	s.products = grow(s.products, 2*k*(n+d))
	weights, images := s.products[:2*k*n], s.products[2*k*n:]
	split := make([]int, 2*k)
	for i, c := range columns {
		split[i], split[k+i] = c.split, c.split
		c.gradientB, c.total = c.residual(weights[i*n:(i+1)*n], C)
		copy(weights[(k+i)*n:], c.curvature)
	}
	if err := s.op.backward(images, weights, split); err != nil {
		return err
	}
	s.scratch = grow(s.scratch, n*s.sketch.rank)
	for i, c := range columns {
		copy(c.gradient, images[i*d:(i+1)*d])
		copy(c.cross, images[(k+i)*d:(k+i+1)*d])
		blas64.Axpy(1, vector(c.at.w), vector(c.gradient))
		c.excess = 0
		if c.total > 0 {
			blas64.Axpy(-c.gradientB/c.total, vector(c.cross), vector(c.gradient))
			c.excess = c.gradientB * c.gradientB / c.total / 2
		}
		c.excess += dot(c.gradient, c.gradient) / 2
	}
	return nil
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
		total += r[i]
		curvature += c.curvature[i]
	}
	return total, curvature
}

// value returns the objective at a point.
func (c *column) value(p point, C float64) float64 {
	return dot(p.w, p.w)/2 + C*c.loss(p.margin, nil, 0)
}

// loss returns the sum of log(1 + exp(-s m)) over the training rows, with the
// margins m + t step when step is not nil.
func (c *column) loss(margin, step []float64, t float64) float64 {
	var total float64
	for i, s := range c.sign {
		if s == 0 {
			continue
		}
		m := margin[i]
		if step != nil {
			m += t * step[i]
		}
		total += logisticLoss(s * m)
	}
	return total
}

// search moves along the step to a point of sufficient decrease (Armijo) and
// reports whether it found one.
func (c *column) search(C float64) bool {
	const sufficient = 1e-4
	ww, wx, xx := dot(c.at.w, c.at.w), dot(c.at.w, c.step.w), dot(c.step.w, c.step.w)
	slope := dot(c.gradient, c.step.w)
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

func (s *solver) fit(c *column) *Fit {
	d := s.op.d
	mean, scale := s.op.scale.of(c.split, d)
	f := &Fit{
		Split: c.split, Target: c.target,
		Weights: make([]float64, d), Margin: c.at.margin,
		Objective: c.objective, Excess: c.excess,
		Iterations: c.iterations, Status: c.status,
	}
	f.Intercept = c.at.b + divide(f.Weights, c.at.w, scale, mean)
	return f
}

func dot(a, b []float64) float64 { return blas64.Dot(vector(a), vector(b)) }
