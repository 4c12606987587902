package solve

import (
	"context"
	"math"
	"slices"
)

// A likelihood is a loss over margins: of each row a convex function of its q margins
// and of a few parameters that all rows share, such as intercepts or cut points. It
// is a file of this package; glm minimises
//
//	1/2 |W|² + C Σ v loss(y, W z, parameters)
//
// for it.
type likelihood interface {
	// check reports what it cannot be fitted to.
	check(n int, splits []Split, targets [][]float64, C []float64) error
	// outputs is the number q of margins of a row, which are kept output by output:
	// q x n numbers. If there are several, a row's may all be moved by one number.
	outputs() int
	// start returns the parameters that are best where all margins are 0.
	start(d rowsOfOne) []float64
	// value is the weighted loss, +Inf at parameters that it does not have.
	value(d rowsOfOne, margin, parameters []float64) float64
	// expand sets r to the derivatives by the margins, diagonal to the second ones,
	// and the curvature to what bend multiplies by.
	expand(d rowsOfOne, margin, parameters, r, diagonal []float64, c *curvature)
	// bend replaces image, the margins of a direction, by the product with the
	// second derivatives by margins, and sets by to the product with the mixed
	// ones: q x n and one number for each parameter.
	bend(d rowsOfOne, c *curvature, image, by []float64)
	// unbend adds the product of the mixed second derivatives with a change of the
	// parameters to rows, q x n.
	unbend(d rowsOfOne, c *curvature, step, rows []float64)
	// finish gives a fit its parameters. Its intercepts are those of the
	// standardisation, and its margins the weights' alone.
	finish(f *Fit, parameters []float64)
}

// rowsOfOne are the training rows of one problem.
type rowsOfOne struct {
	n      int // rows of the matrix
	row    []int
	y      []float64 // of all rows
	weight []float64 // of the training rows
}

// curvature is what a likelihood keeps of its second derivatives at a point.
type curvature struct {
	probability []float64 // whatever the likelihood needs, by row
	mixed       []float64
	gradient    []float64 // by the parameters
	hessian     []float64 // by the parameters
	chol        []float64 // of it
}

// glm trains probes of one likelihood. All splits and targets advance in lockstep, and
// so do the outputs of each: one reading of the matrix serves a step of every one.
// Each is a truncated Newton method as in [Logistic], with the parameters
// eliminated to second order. What remains is 1-strongly convex in W, so that half the
// squared norm of the gradient bounds the excess, with what a Newton step of the parameters
// takes away. Where rows are few, the rows of each split are reduced to as many coordinates.
type glm struct {
	Logistic
	likelihood
}

// problem is one probe on its way to the optimum.
type problem struct {
	split, target int
	rows          rowsOfOne
	at, last      state
	ahead         state // where the line search looks
	step          state

	loss              float64 // without C
	objective, excess float64
	iterations        int
	status            Status

	gradient, diagonal, residual []float64 // q x d, q x n, q x n
	norm                         float64
	c                            curvature
	factor                       []*small // by output
	turns                        int

	cg struct{ residual, direction, conditioned, curved, image []float64 }
	by []float64

	settled   []float64 // the Newton step of the parameters alone
	decrement float64   // of the objective by it, twice

	product, limit float64
}

// state is a set of weights and parameters with the margins that the weights give.
type state struct{ w, margin, parameters []float64 }

func newState(n, d, q, parameters int) state {
	return state{make([]float64, q*d), make([]float64, q*n), make([]float64, parameters)}
}

func (s *state) set(o state) {
	copy(s.w, o.w)
	copy(s.margin, o.margin)
	copy(s.parameters, o.parameters)
}

// Fit implements Family.
func (g glm) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	n, d := x.Dims()
	if err := g.check(n, splits, targets, C); err != nil {
		return err
	}
	grid := slices.Sorted(slices.Values(C))
	if suitsReduced(n, d, len(targets)*len(grid)*g.outputs()) {
		return g.fitReduced(ctx, x, splits, targets, grid, visit)
	}
	return g.fitPrimal(ctx, x, splits, targets, grid, visit)
}

func (g glm) fitPrimal(ctx context.Context, x Design, splits []Split, targets [][]float64, grid []float64, visit func(*Fit)) error {
	if len(splits) == 0 || len(targets) == 0 || len(grid) == 0 {
		return nil
	}
	s, err := newPrimal(x, splits, g.Logistic)
	if err != nil {
		return err
	}
	together := max(1, targetsTogether(s.n, s.d, len(splits))/g.outputs())
	for lo := 0; lo < len(targets); lo += together {
		var batches [][]*problem
		var spaces []*primal
		for _, share := range sharesOf(len(splits), s.n, s.d) {
			var batch []*problem
			for _, i := range share {
				for t := lo; t < min(lo+together, len(targets)); t++ {
					batch = append(batch, g.begin(s, splits[i], i, targets[t], t))
				}
			}
			batches, spaces = append(batches, batch), append(spaces, s.twin())
		}
		for i, c := range grid {
			err := eachAtOnce(batches, func(k int) error { return g.minimise(ctx, spaces[k], batches[k], grid, i) })
			if err != nil {
				return err
			}
			for _, batch := range batches {
				for _, p := range batch {
					f := g.result(s.scale, p.split, p, p.at.w, slices.Clone(p.at.margin))
					f.C, f.CIndex = c, i
					visit(f)
				}
			}
		}
	}
	return nil
}

func (g glm) begin(s *primal, split Split, i int, y []float64, t int) *problem {
	p := &problem{split: i, target: t, rows: rowsOfOne{n: s.n, y: y}}
	for row := range split.Train {
		if split.in(row) {
			p.rows.row = append(p.rows.row, row)
			p.rows.weight = append(p.rows.weight, split.weight(row))
		}
	}
	q := g.outputs()
	parameters := g.start(p.rows)
	k := len(parameters)
	for _, state := range []*state{&p.at, &p.last, &p.ahead, &p.step} {
		*state = newState(s.n, s.d, q, k)
	}
	copy(p.at.parameters, parameters)
	p.loss = g.value(p.rows, p.at.margin, p.at.parameters)
	p.gradient, p.diagonal, p.residual = make([]float64, q*s.d), make([]float64, q*s.n), make([]float64, q*s.n)
	p.c.gradient, p.c.hessian, p.c.chol = make([]float64, k), make([]float64, k*k), make([]float64, k*k)
	p.factor, p.by, p.settled = make([]*small, q), make([]float64, k), make([]float64, k)
	return p
}

// start moves a problem to where its optimum at grid[i] is expected, on the line
// through the two before.
func (g glm) startAt(p *problem, grid []float64, i int) {
	p.iterations, p.status = 0, ""
	C := grid[i]
	p.objective = dot(p.at.w, p.at.w)/2 + C*p.loss
	if i > 1 {
		if before := math.Log(grid[i-1] / grid[i-2]); before > 0 {
			t := min(2, math.Log(C/grid[i-1])/before)
			p.ahead.set(p.at)
			for _, part := range [][3][]float64{{p.ahead.w, p.at.w, p.last.w}, {p.ahead.margin, p.at.margin, p.last.margin}, {p.ahead.parameters, p.at.parameters, p.last.parameters}} {
				axpy(t, part[1], part[0])
				axpy(-t, part[2], part[0])
			}
			loss := g.value(p.rows, p.ahead.margin, p.ahead.parameters)
			if f := dot(p.ahead.w, p.ahead.w)/2 + C*loss; f < p.objective {
				p.objective, p.loss = f, loss
				p.last.set(p.at)
				p.at, p.ahead = p.ahead, p.at
				return
			}
		}
	}
	p.last.set(p.at)
}

func (g glm) minimise(ctx context.Context, s *primal, all []*problem, grid []float64, i int) error {
	C := grid[i]
	for _, p := range all {
		g.startAt(p, grid, i)
	}
	active := slices.Clone(all)
	for len(active) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, p := range active {
			g.derive(p, C)
		}
		if err := g.gradients(s, active, C); err != nil {
			return err
		}
		active = slices.DeleteFunc(active, func(p *problem) bool {
			p.excess = (p.norm+p.decrement)/2 + s.blur*C*C*dot(p.residual, p.residual)
			switch {
			case p.excess <= g.tol()*p.objective:
				p.status = Converged
			case p.iterations >= g.maxIter():
				p.status = IterationLimit
			}
			return p.status != ""
		})
		if len(active) == 0 {
			return nil
		}
		if slices.ContainsFunc(active, func(p *problem) bool { return p.iterations >= doubt }) {
			s.sharpen()
		}
		if err := g.solve(ctx, s, active, C); err != nil {
			return err
		}
		active = slices.DeleteFunc(active, func(p *problem) bool {
			p.iterations++
			if !g.search(p, C) && !s.sharpen() {
				p.status = Stalled
			}
			return p.status != ""
		})
	}
	return nil
}

// derive takes the derivatives at a problem's point. Its residual is less what a Newton
// step of the parameters alone makes of it, so that these are eliminated.
func (g glm) derive(p *problem, C float64) {
	g.expand(p.rows, p.at.margin, p.at.parameters, p.residual, p.diagonal, &p.c)
	p.c.factor()
	scaleTo(p.by, -1, p.c.gradient)
	p.c.divide(p.by)
	p.decrement = -C * dot(p.by, p.c.gradient)
	copy(p.settled, p.by)
	g.unbend(p.rows, &p.c, p.by, p.residual)
}

// factor factors the second derivatives by the parameters. Those of intercepts are
// the same for all of them moved together: the direction gets a curvature of its own.
func (c *curvature) factor() {
	k := len(c.gradient)
	largest := 0.0
	for i := range k {
		largest = max(largest, c.hessian[i*k+i])
	}
	for lift := 1e-13; ; lift *= 100 {
		copy(c.chol, c.hessian)
		for i := range k {
			c.chol[i*k+i] += lift*largest + 1e-300
		}
		if cholesky(c.chol, k) || !(lift < 1e6) {
			return
		}
	}
}

// divide solves for the second derivatives by the parameters.
func (c *curvature) divide(b []float64) {
	k := len(b)
	for i := range k {
		for j := range i {
			b[i] -= c.chol[j*k+i] * b[j]
		}
		b[i] /= c.chol[i*k+i]
	}
	for i := k - 1; i >= 0; i-- {
		for j := i + 1; j < k; j++ {
			b[i] -= c.chol[i*k+j] * b[j]
		}
		b[i] /= c.chol[i*k+i]
	}
}

// gradients takes the gradient by the weights of every problem.
func (g glm) gradients(s *primal, active []*problem, C float64) error {
	q, n, d := g.outputs(), s.n, s.d
	k := len(active) * q
	s.products = grow(s.products, k*(n+d))
	rows, images := s.products[:k*n], s.products[k*n:]
	for i, p := range active {
		scaleTo(rows[i*q*n:(i+1)*q*n], C, p.residual)
	}
	if err := s.exact.backward(images, rows, g.splits(active)); err != nil {
		return err
	}
	for i, p := range active {
		copy(p.gradient, images[i*q*d:(i+1)*q*d])
		axpy(1, p.at.w, p.gradient)
		p.norm = dot(p.gradient, p.gradient)
	}
	return nil
}

// splits gives the split of every output of the problems.
func (g glm) splits(problems []*problem) []int {
	var of []int
	for _, p := range problems {
		for range g.outputs() {
			of = append(of, p.split)
		}
	}
	return of
}

// solve sets the step of every problem to an approximate Newton step, by
// preconditioned conjugate gradients.
func (g glm) solve(ctx context.Context, s *primal, active []*problem, C float64) error {
	q, n, d := g.outputs(), s.n, s.d
	s.scratch = grow(s.scratch, max(n*s.sketch.rank, len(active)*q*(2*d+s.sketch.rank)))
	live := slices.Clone(active)
	for _, p := range live {
		if p.cg.residual == nil {
			p.cg.residual, p.cg.direction, p.cg.conditioned = make([]float64, q*d), make([]float64, q*d), make([]float64, q*d)
		}
		g.factorise(s, p, C)
		p.turns = 0
		scaleTo(p.cg.residual, -1, p.gradient)
		clear(p.step.w)
		clear(p.step.margin)
		copy(p.step.parameters, p.settled)
		reduction := min(loosest*loosest, math.Sqrt(p.norm/(2*p.objective)))
		p.limit = max(reduction*p.norm, fine*g.tol()*p.objective)
	}
	g.precondition(s, live)
	for _, p := range live {
		copy(p.cg.direction, p.cg.conditioned)
		p.product = dot(p.cg.residual, p.cg.conditioned)
	}
	for turn := 0; turn < d+100 && len(live) > 0; turn++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := len(live) * q
		s.products = grow(s.products, k*(2*n+d))
		image, bent, curved := s.products[:k*n], s.products[k*n:2*k*n], s.products[2*k*n:]
		of := g.splits(live)
		var directions [][]float64
		for _, p := range live {
			directions = append(directions, rowsOf(p.cg.direction, q, d)...)
		}
		if err := s.quick.forward(image, of, directions); err != nil {
			return err
		}
		for i, p := range live {
			p.cg.image = image[i*q*n : (i+1)*q*n]
			rows := bent[i*q*n : (i+1)*q*n]
			clear(rows)
			for o := range q {
				for _, row := range p.rows.row {
					rows[o*n+row] = p.cg.image[o*n+row]
				}
			}
			g.bend(p.rows, &p.c, rows, p.by)
			p.c.divide(p.by)
			scaleTo(p.by, -1, p.by)
			g.unbend(p.rows, &p.c, p.by, rows)
			scaleTo(rows, C, rows)
		}
		if err := s.quick.backward(curved, bent, of); err != nil {
			return err
		}
		live = slices.DeleteFunc(live, func(p *problem) bool {
			p.cg.curved, curved = curved[:q*d], curved[q*d:]
			return p.advance()
		})
		g.precondition(s, live)
		for _, p := range live {
			product := dot(p.cg.residual, p.cg.conditioned)
			beta := product / p.product
			p.product = product
			for j, z := range p.cg.conditioned {
				p.cg.direction[j] = z + beta*p.cg.direction[j]
			}
		}
	}
	if s.quick == s.exact {
		return nil
	}
	var steps [][]float64
	for _, p := range active {
		steps = append(steps, rowsOf(p.step.w, q, d)...)
	}
	s.products = grow(s.products, len(steps)*n)
	if err := s.exact.forward(s.products, g.splits(active), steps); err != nil {
		return err
	}
	for i, p := range active {
		copy(p.step.margin, s.products[i*q*n:(i+1)*q*n])
	}
	return nil
}

// advance takes one step of conjugate gradients, and reports whether it was the last.
func (p *problem) advance() bool {
	p.turns++
	axpy(1, p.cg.direction, p.cg.curved)
	curvature := dot(p.cg.direction, p.cg.curved)
	if !(curvature > 0) {
		return true
	}
	a := p.product / curvature
	axpy(a, p.cg.direction, p.step.w)
	axpy(a, p.cg.image, p.step.margin)
	axpy(a, p.by, p.step.parameters)
	axpy(-a, p.cg.curved, p.cg.residual)
	return dot(p.cg.residual, p.cg.residual) <= p.limit
}

// factorise gives every output of a problem a preconditioner of its own curvature,
// unless the one that it has still serves.
func (g glm) factorise(s *primal, p *problem, C float64) {
	n := s.n
	weighted := make([]float64, n)
	for o := range p.factor {
		total := 0.0
		for _, row := range p.rows.row {
			total += C * p.diagonal[o*n+row]
		}
		if f := p.factor[o]; f != nil && !f.strays(total) && p.turns <= patience {
			continue
		}
		clear(weighted)
		for _, row := range p.rows.row {
			weighted[row] = C * p.diagonal[o*n+row]
		}
		p.factor[o] = s.sketch.factor(p.factor[o], weighted, total, s.scratch)
	}
}

// precondition sets the conditioned residuals.
func (g glm) precondition(s *primal, live []*problem) {
	if len(live) == 0 {
		return
	}
	q, d := g.outputs(), s.d
	var residual [][]float64
	var factor []*small
	for _, p := range live {
		residual, factor = append(residual, rowsOf(p.cg.residual, q, d)...), append(factor, p.factor...)
	}
	k := len(residual)
	s.scratch = grow(s.scratch, k*(2*d+s.sketch.rank))
	z := s.scratch[:k*d]
	s.sketch.apply(z, residual, factor, s.scratch[k*d:])
	for i, p := range live {
		copy(p.cg.conditioned, z[i*q*d:(i+1)*q*d])
		centreOutputs(p.cg.conditioned, q)
	}
}

// centreOutputs takes the mean over several outputs from each. Moved together they change no
// loss, so that the weights of the optimum sum to 0; a preconditioner that leaves the
// sum takes twice the steps.
func centreOutputs(z []float64, q int) {
	if q == 1 {
		return
	}
	d := len(z) / q
	mean := make([]float64, d)
	for o := range q {
		axpy(1/float64(q), z[o*d:(o+1)*d], mean)
	}
	for o := range q {
		axpy(-1, mean, z[o*d:(o+1)*d])
	}
}

// search moves along the step to a point of sufficient decrease.
func (g glm) search(p *problem, C float64) bool {
	ww, wx, xx := dot(p.at.w, p.at.w), dot(p.at.w, p.step.w), dot(p.step.w, p.step.w)
	slope := dot(p.gradient, p.step.w) - p.decrement
	for t := 1.0; t > 1e-10; t /= 2 {
		copy(p.ahead.margin, p.at.margin)
		axpy(t, p.step.margin, p.ahead.margin)
		copy(p.ahead.parameters, p.at.parameters)
		axpy(t, p.step.parameters, p.ahead.parameters)
		loss := g.value(p.rows, p.ahead.margin, p.ahead.parameters)
		f := (ww+2*t*wx+t*t*xx)/2 + C*loss
		if f < p.objective+1e-4*t*slope {
			copy(p.ahead.w, p.at.w)
			axpy(t, p.step.w, p.ahead.w)
			p.at, p.ahead = p.ahead, p.at
			p.objective, p.loss = f, loss
			return true
		}
	}
	return false
}

// result lays a problem out as a probe of a split, of the weights w on standardised rows
// and their margins.
func (g glm) result(sc scaling, split int, p *problem, w, margin []float64) *Fit {
	q := g.outputs()
	d := len(w) / q
	mean, scale := sc.of(split, d)
	f := &Fit{Split: split, Target: p.target, Objective: p.objective, Excess: p.excess, Iterations: p.iterations, Status: p.status,
		Mean: mean, Scale: scale, Weights: make([]float64, q*d), Margin: margin, Intercepts: make([]float64, q)}
	for o := range q {
		f.Intercepts[o] = divide(f.Weights[o*d:(o+1)*d], w[o*d:(o+1)*d], scale, mean)
	}
	g.finish(f, p.at.parameters)
	return f
}
