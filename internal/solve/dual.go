package solve

import (
	"context"
	"errors"
	"slices"

	"gonum.org/v1/gonum/blas"
)

// suitsDual tells whether to train on the Gram matrix. It pays for itself where
// many targets share it, or where rows are so few that it costs next to
// nothing, and up to maxGram rows it takes no more memory than the primal's
// batches do. The answer must not depend on where the matrix lies, so that a
// streamed one gives the same bytes.
func suitsDual(n, d, targets int) bool {
	return n <= d && n <= maxGram && (targets >= manyTargets || n <= d/fewRows)
}

const (
	manyTargets = 16
	fewRows     = 8 // columns for every row
	maxGram     = 4096
)

// errUneven means that the curvature differs so much between rows, as it does
// at large C, that one number cannot replace it.
var errUneven = errors.New("solve: the curvature is too uneven for the dual")

// endurance is how many steps of conjugate gradients the dual may take before
// the primal, which preconditions with every column's own curvature, is the
// cheaper.
const endurance = 50

// dual looks for the weights of one split among the combinations of its
// training rows, w = Zᵀα, where the optimum lies (the representer theorem).
// With fewer rows than features that is an exact reduction: every step works
// on the Gram matrix K = ZZᵀ and never reads the features. Weights and
// gradients are given by their coefficients α, and their inner products are
// αᵀKβ.
//
// The Hessian with the curvature replaced by one number c is I + cZᵀZ, whose
// inverse takes Zᵀρ to Zᵀ(I + cK)⁻¹ρ. One factor of I + cK so preconditions the
// columns of all targets, and since K(I + cK)⁻¹ρ = (ρ - (I + cK)⁻¹ρ)/c, a step
// of conjugate gradients costs that one solution and no product with K.
type dual struct {
	tol float64
	// outside asks for the margins of rows outside training alone.
	outside bool
	split   int
	op      operator
	order   []int     // rows, the training rows first
	m       int       // training rows
	gram    []float64 // n x n, in that order
	factor  shifted
	single  *dualSingle // nil where all is in double precision

	residuals, products []float64 // k x m
}

// abreast is how many splits of n rows, each with a Gram matrix of its own, are
// trained on side by side.
func abreast(n int) int {
	if n > maxGram/2 {
		return 1
	}
	return 2
}

// fitDual trains a few splits after the other, each with one Gram matrix for
// all targets. From the first column on whose curvature is too uneven or whose
// last digits the Gram matrix has lost, everything is left to the primal.
func (l Logistic) fitDual(ctx context.Context, x Design, splits []Split, targets [][]float64, grid []float64, visit func(*Fit)) error {
	sc, err := newScaling(x, splits, l.Raw)
	if err != nil {
		return err
	}
	n, d := x.Dims()
	spaces := make([]dual, abreast(n))
	together := Together(n, d)
	for i := 0; i < len(splits); i += len(spaces) {
		batch := spaces[:min(len(spaces), len(splits)-i)]
		err := eachAtOnce(batch, func(k int) error {
			batch[k].outside = l.outside
			if err := batch[k].take(x, sc, i+k, splits[i+k], l.tol()); err != nil {
				return err
			}
			if l.outside {
				batch[k].toSingle(grid[len(grid)-1])
			}
			return nil
		})
		if errors.Is(err, errNoColumns) {
			return l.fitPrimal(ctx, x, splits, targets, grid, visit)
		}
		if err != nil {
			return err
		}
		for lo := 0; lo < len(targets); lo += together {
			hi := min(lo+together, len(targets))
			done, err := l.fitSpaces(ctx, batch, targets, lo, hi, grid, visit)
			if err != nil {
				return err
			}
			if done < len(grid) {
				return l.leaveToPrimal(ctx, x, splits, targets, grid, i, i+len(batch), lo, hi, done, visit)
			}
		}
	}
	return nil
}

// fitSpaces trains on the targets [lo, hi) and returns the number of values of
// C that all columns came to the optimum at.
func (l Logistic) fitSpaces(ctx context.Context, spaces []dual, targets [][]float64, lo, hi int, grid []float64, visit func(*Fit)) (int, error) {
	batches := make([]*newton, len(spaces))
	for k := range spaces {
		batches[k] = &newton{Logistic: l, space: &spaces[k], columns: spaces[k].begin(targets, lo, hi)}
	}
	for j, c := range grid {
		err := minimiseAll(ctx, batches, grid, j)
		if errors.Is(err, errUneven) || err == nil && slices.ContainsFunc(batches, func(b *newton) bool { return !b.converged() }) {
			return j, nil
		}
		if err != nil {
			return j, err
		}
		for k := range spaces {
			err := spaces[k].fits(batches[k].columns, func(f *Fit) {
				f.C, f.CIndex = c, j
				visit(f)
			})
			if err != nil {
				return j, err
			}
		}
	}
	return len(grid), nil
}

// leaveToPrimal trains what is left after the value before grid[j] of the
// targets [lo, hi) of the splits [first, end).
func (l Logistic) leaveToPrimal(ctx context.Context, x Design, splits []Split, targets [][]float64, grid []float64, first, end, lo, hi, j int, visit func(*Fit)) error {
	for _, left := range []struct{ split, splits, target, targets, c int }{
		{first, end, lo, hi, j},
		{first, end, hi, len(targets), 0},
		{end, len(splits), 0, len(targets), 0},
	} {
		err := l.fitPrimal(ctx, x, splits[left.split:left.splits], targets[left.target:left.targets], grid[left.c:], func(f *Fit) {
			f.Split, f.Target, f.CIndex = left.split+f.Split, left.target+f.Target, left.c+f.CIndex
			visit(f)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// begin sets up a column for each of the targets [lo, hi).
func (s *dual) begin(targets [][]float64, lo, hi int) []*column {
	var columns []*column
	for t := lo; t < hi; t++ {
		sign := make([]float64, s.m)
		for i, row := range s.order[:s.m] {
			sign[i] = 2*targets[t][row] - 1
		}
		columns = append(columns, newColumn(s.split, t, sign, nil, s.m))
	}
	return columns
}

// inner implements space.
func (s *dual) inner(a []float64, p point) float64 {
	return dot(a, p.margin) - p.b*sum(a)
}

// times sets dst = a K[:, lo:hi] for the k x m matrix a, by the rows of K in place of its
// columns, which is faster.
func (s *dual) times(dst, a []float64, k, lo, hi int) {
	n := len(s.order)
	gemm(blas.NoTrans, blas.Trans, 1, general(k, s.m, s.m, a), general(hi-lo, s.m, n, s.gram[lo*n:]), 0, general(k, hi-lo, hi-lo, dst))
}

// expand implements space. Steps in single precision leave their rounding in the
// margins, which are taken from the coefficients near the optimum and always at it.
func (s *dual) expand(columns []*column, C float64) error {
	if s.single == nil {
		deriveAll(columns, C)
		s.norms(columns)
		return nil
	}
	const near = 1e-2
	settled := which(columns, func(c *column) bool { return c.bound() <= near*c.objective }) // before the step
	s.settle(settled, C)
	deriveAll(columns, C)
	s.single.norms(columns)
	done := which(columns, func(c *column) bool { return c.bound() <= s.tol*c.objective })
	late := which(done, func(c *column) bool { return !slices.Contains(settled, c) })
	s.settle(late, C)
	deriveAll(late, C)
	s.norms(done)
	return nil
}

// which are the columns that something holds of.
func which(columns []*column, holds func(*column) bool) []*column {
	return slices.DeleteFunc(slices.Clone(columns), func(c *column) bool { return !holds(c) })
}

// deriveAll sets the gradients by the coefficients, with the intercept eliminated.
func deriveAll(columns []*column, C float64) {
	for _, c := range columns {
		c.gradientB, c.total = c.residual(c.gradient, C)
		axpy(1, c.at.w, c.gradient)
		if c.total > 0 {
			axpy(-c.gradientB/c.total, c.curvature, c.gradient)
		}
	}
}

// norms takes the squared norms of the gradients.
func (s *dual) norms(columns []*column) {
	products := s.imagesOf(columns, func(c *column) []float64 { return c.gradient })
	for i, c := range columns {
		c.norm = max(0, dot(c.gradient, products[i*s.m:(i+1)*s.m]))
	}
}

// settle takes margins and objectives from the coefficients.
func (s *dual) settle(columns []*column, C float64) {
	products := s.imagesOf(columns, func(c *column) []float64 { return c.at.w })
	for i, c := range columns {
		for j, v := range products[i*s.m : (i+1)*s.m] {
			c.at.margin[j] = v + c.at.b
		}
		c.objective = s.inner(c.at.w, c.at)/2 + C*c.loss(c.at.margin, nil, 0)
	}
}

// imagesOf are the products with K of one vector of every column.
func (s *dual) imagesOf(columns []*column, of func(*column) []float64) []float64 {
	k, m := len(columns), s.m
	s.residuals, s.products = grow(s.residuals, k*m), grow(s.products, k*m)
	if k == 0 {
		return nil
	}
	for i, c := range columns {
		copy(s.residuals[i*m:(i+1)*m], of(c))
	}
	s.times(s.products, s.residuals, k, 0, m)
	return s.products
}

// solve implements space by preconditioned conjugate gradients.
func (s *dual) solve(ctx context.Context, columns []*column) error {
	if !s.refactor(columns) {
		return errUneven
	}
	left, err := conjugateAll(ctx, columns, s.condition, func(e *combination) float64 {
		return max(e.reduction()*e.product, fine*s.tol*e.objective)
	})
	if err != nil {
		return err
	}
	if left > 0 {
		return errUneven
	}
	for _, c := range columns {
		for i := range c.step.margin {
			c.step.margin[i] += c.step.b
		}
	}
	return nil
}

// sharpen implements space; the steps have all the digits there are.
func (s *dual) sharpen() bool { return false }

// refactor rebuilds the preconditioner where the mean curvature of the
// columns has left the number that it was made with, and reports whether it
// could.
func (s *dual) refactor(columns []*column) bool {
	var c, diagonal float64
	for _, e := range columns {
		c += e.total / float64(len(columns)*s.m)
	}
	for i := range s.m {
		diagonal += s.gram[i*(len(s.order)+1)] / float64(s.m)
	}
	// Where cK is far below I there is nothing to precondition, and dividing
	// by c would only magnify rounding.
	if c*diagonal < 1e-3 {
		c = 1e-3 / max(diagonal, 1e-3)
	}
	if !s.factor.strays(c) {
		return true
	}
	if s.single != nil {
		s.factor.c = c
		return s.single.shift(c)
	}
	return s.factor.make(s.gram, len(s.order), s.m, c)
}

// condition sets the conditioned residual of every combination and its image.
func (s *dual) condition(live []*combination) {
	if s.single != nil {
		s.single.condition(live, s.factor.c)
		return
	}
	m := s.m
	z := grow(s.residuals, len(live)*m)
	for i, e := range live {
		copy(z[i*m:(i+1)*m], e.residual)
	}
	s.factor.solve(z, len(live))
	for i, e := range live {
		copy(e.conditioned, z[i*m:(i+1)*m])
		for j, v := range e.conditioned {
			e.conditionedImage[j] = (e.residual[j] - v) / s.factor.c
		}
	}
	s.residuals = z
}

// fits hands over the probes of the columns, those of permutations without weights.
func (s *dual) fits(columns []*column, visit func(*Fit)) error {
	k, m, n, d := len(columns), s.m, s.op.n, s.op.d
	if s.outside {
		s.fitsOutside(columns, visit)
		return nil
	}
	s.residuals = grow(s.residuals, k*m)
	alpha, margin, weights := make([]float64, k*n), make([]float64, k*n), make([]float64, k*d)
	for i, c := range columns {
		copy(s.residuals[i*m:], c.at.w)
		for j, a := range c.at.w {
			alpha[i*n+s.order[j]] = a
		}
	}
	s.products = grow(s.products, k*n)
	s.times(s.products, s.residuals, k, 0, n)
	if err := s.op.backward(weights, alpha, slices.Repeat([]int{s.split}, k)); err != nil {
		return err
	}
	mean, scale := s.op.scale.of(s.split, d)
	for i, c := range columns {
		f := c.fit()
		f.Weights = weights[i*d : (i+1)*d]
		f.Intercept = c.at.b + divide(f.Weights, f.Weights, scale, mean)
		f.Mean, f.Scale = mean, scale
		f.Margin = margin[i*n : (i+1)*n]
		for j, row := range s.order {
			f.Margin[row] = s.products[i*n+j] + c.at.b
		}
		visit(f)
	}
	return nil
}
