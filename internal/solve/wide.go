package solve

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/mat"
)

// suitsWide tells whether that many fits of few targets are stepped by the Gram matrix that
// all splits share: a product with it must be less work than two with the rows, and the
// fits so many that it pays for itself.
func suitsWide(n, d, fits int) bool { return n <= d*3/4 && n <= maxGram && fits >= manyFits }

const manyFits = 32

// wide looks for the weights of several splits among the combinations of the rows, as the
// dual does, but with one Gram matrix K for all of them, of columns standardised over all
// rows that train. Every split has its own scale, so that K only tells where to step: its
// product takes a step of conjugate gradients. What a step comes to is taken through the
// rows themselves, in double precision.
//
// The columns are centred alike for all splits, which moves the intercept alone. With
// Z and z the columns in the units of a split and in those of K, ZZᵀ is at most ratio
// times zzᵀ = K, so that K bounds the norm of the gradient.
type wide struct {
	op     operator // in the units of each split, about the means of all rows
	tol    float64
	means  []float64 // of the splits
	gram   []float32 // n x n
	size   float64   // its norm (Frobenius)
	ratio  []float64 // of every split, at least 1
	sketch *sketch   // of basis rank x n: the coefficients of directions

	split             []int
	vectors, products []float64 // k x n and k x d
	z, images         []float32 // k x n
}

// roundedShare is the share of the norm of K that a product with it may be off by.
const roundedShare = 0x1p-20

// alikeScales bounds the ratio of the variances of a column in two splits for one to stand
// for the other.
const alikeScales = 2

// errUnalike means that one Gram matrix does not stand for all splits.
var errUnalike = errors.New("solve: the splits have columns of different scales, or numbers that single precision does not hold")

// newWide forms the Gram matrix.
func newWide(x Design, splits []Split, l Logistic) (*wide, error) {
	n, d := x.Dims()
	last := len(splits)
	sc, err := newScaling(x, append(splits[:last:last], unionOf(splits, n)), l.Raw)
	if err != nil {
		return nil, err
	}
	mean, scale := sc.of(last, d)
	s := &wide{op: operator{x: x, n: n, d: d, scale: sc}, tol: l.tol(), means: slices.Clone(sc.mean), gram: make([]float32, n*n), ratio: make([]float64, last)}
	for i := range s.ratio {
		own, of := sc.of(i, d)
		s.ratio[i] = 1
		for j, v := range of {
			r := scale[j] / v * (scale[j] / v)
			if !(r <= alikeScales && r >= 1./alikeScales) {
				return nil, errUnalike
			}
			s.ratio[i] = max(s.ratio[i], r)
		}
		copy(own, mean) // s.means keeps those of the split
	}
	every := make([]int, n)
	for i := range every {
		every[i] = i
	}
	if err := measureGram(s.gram, x, every, mean, scale); err != nil {
		return nil, err
	}
	s.size = float64(blas32.Nrm2(blas32.Vector{N: len(s.gram), Inc: 1, Data: s.gram}))
	if s.size-s.size != 0 {
		return nil, errUnalike
	}
	s.sketch, err = s.newSketch(n)
	return s, err
}

// newSketch finds the leading subspace of K by subspace iteration.
func (s *wide) newSketch(n int) (*sketch, error) {
	r := min(maxRank, n)
	rng := rand.New(rand.NewPCG(1, uint64(r)))
	q, image := make([]float64, r*n), make([]float64, r*n)
	for i := range image {
		image[i] = rng.NormFloat64()
	}
	for range 3 {
		q, image = image, q
		orthonormalise(q, r, n)
		s.times(image, q, r)
	}
	inner := make([]float64, r*r)
	gemm(blas.NoTrans, blas.Trans, 1, general(r, n, n, q), general(r, n, n, image), 0, general(r, r, r, inner))
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(r, inner), true) {
		return nil, errUnalike
	}
	values := eigen.Values(nil)
	first := 0
	for first < r-1 && !(values[first] > 1e-6*values[r-1]) { // no more than rounding
		first++
	}
	if !(values[first] > 0) {
		return nil, errUnalike
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	k := r - first
	turn := make([]float64, k*r) // from q to the basis
	for c := range k {
		for i := range r {
			turn[c*r+i] = vectors.At(i, first+c) / math.Sqrt(values[first+c])
		}
	}
	found := &sketch{rank: k, basis: make([]float64, k*n), coords: make([]float64, n*k), tail: values[first] / float64(n)}
	gemm(blas.NoTrans, blas.NoTrans, 1, general(k, r, r, turn), general(r, n, n, q), 0, general(k, n, n, found.basis))
	gemm(blas.Trans, blas.Trans, 1, general(r, n, n, image), general(k, r, r, turn), 0, general(n, k, k, found.coords))
	return found, nil
}

// times sets dst = a K for the k x n matrix a.
func (s *wide) times(dst, a []float64, k int) {
	n := s.op.n
	s.z, s.images = grow(s.z, k*n), grow(s.images, k*n)
	units := make([]float64, k)
	for c := range k {
		row := a[c*n : (c+1)*n]
		units[c] = largest(row)
		narrow(s.z[c*n:(c+1)*n], row, 1/units[c])
	}
	gemm32(blas.NoTrans, blas.Trans, 1, general32(k, n, n, s.z), general32(n, n, n, s.gram), 0, general32(k, n, n, s.images))
	for c := range k {
		row := dst[c*n : (c+1)*n]
		for i, v := range s.images[c*n : (c+1)*n] {
			row[i] = float64(v) * units[c]
		}
	}
}

// timesEach sets s.products to the products with K of a vector of every column, which it
// leaves in s.vectors.
func (s *wide) timesEach(k int, of func(i int) []float64) {
	n := s.op.n
	s.vectors, s.products = grow(s.vectors, k*n), grow(s.products, k*n)
	for i := range k {
		copy(s.vectors[i*n:(i+1)*n], of(i))
	}
	s.times(s.products, s.vectors, k)
}

// inner implements space.
func (s *wide) inner(a []float64, p point) float64 { return dot(a, p.margin) - p.b*sum(a) }

// expand implements space.
func (s *wide) expand(columns []*column, C float64) error {
	deriveAll(columns, C)
	s.timesEach(len(columns), func(i int) []float64 { return columns[i].gradient })
	n := s.op.n
	for i, c := range columns {
		norm := max(0, dot(c.gradient, s.products[i*n:(i+1)*n]))
		c.norm = s.ratio[c.split] * (norm + roundedShare*s.size*dot(c.gradient, c.gradient))
	}
	return nil
}

// solve implements space by conjugate gradients, preconditioned as those of the primal.
func (s *wide) solve(ctx context.Context, columns []*column) error {
	s.vectors = grow(s.vectors, s.op.n*s.sketch.rank)
	for _, c := range columns {
		if c.own == nil || c.turns > patience || c.own.strays(c.total) {
			c.own = s.sketch.factor(c.own, c.curvature, c.total, s.vectors)
		}
		c.turns = 0
	}
	_, err := conjugateAll(ctx, columns, s.condition, func(e *combination) float64 {
		return max(modelled*e.product, fine*s.tol*e.objective)
	})
	if err != nil {
		return err
	}
	return s.measureSteps(columns)
}

// modelled is how far conjugate gradients reduce the squared residual: further than the
// scales of the splits agree would be in vain.
const modelled = 1e-3

// weigh returns the weights that a point of every column stands for, k x d, in the units
// of its split.
func (s *wide) weigh(columns []*column, of func(*column) point) ([]float64, error) {
	k, n, d := len(columns), s.op.n, s.op.d
	s.vectors, s.products, s.split = grow(s.vectors, k*n), grow(s.products, k*d), grow(s.split, k)
	for i, c := range columns {
		s.split[i] = c.split
		copy(s.vectors[i*n:], of(c).w)
	}
	return s.products, s.op.backward(s.products[:k*d], s.vectors[:k*n], s.split)
}

// measureSteps takes the margins of the steps through the rows.
func (s *wide) measureSteps(columns []*column) error {
	k, n, d := len(columns), s.op.n, s.op.d
	weights, err := s.weigh(columns, func(c *column) point { return c.step })
	if err != nil {
		return err
	}
	if err := s.op.forward(s.vectors, s.split, rowsOf(weights, k, d)); err != nil {
		return err
	}
	for i, c := range columns {
		for j, v := range s.vectors[i*n : (i+1)*n] {
			c.step.margin[j] = v + c.step.b
		}
	}
	return nil
}

// condition sets the conditioned residual of every combination and its image.
func (s *wide) condition(live []*combination) {
	k, n, r := len(live), s.op.n, s.sketch.rank
	s.timesEach(k, func(i int) []float64 { return live[i].residual })
	inner := make([]float64, k*r)
	coef, coords := general(k, r, r, inner), general(n, r, r, s.sketch.coords)
	gemm(blas.NoTrans, blas.NoTrans, 1, general(k, n, n, s.vectors), coords, 0, coef)
	for i, e := range live {
		e.own.correct(inner[i*r : (i+1)*r])
		scaleTo(s.vectors[i*n:(i+1)*n], 1/e.own.tail, s.vectors[i*n:(i+1)*n])
		scaleTo(s.products[i*n:(i+1)*n], 1/e.own.tail, s.products[i*n:(i+1)*n])
	}
	gemm(blas.NoTrans, blas.NoTrans, 1, coef, general(r, n, n, s.sketch.basis), 1, general(k, n, n, s.vectors))
	gemm(blas.NoTrans, blas.Trans, 1, coef, coords, 1, general(k, n, n, s.products))
	for i, e := range live {
		copy(e.conditioned, s.vectors[i*n:(i+1)*n])
		copy(e.conditionedImage, s.products[i*n:(i+1)*n])
	}
}

// sharpen implements space; the steps have all the digits there are.
func (s *wide) sharpen() bool { return false }

// fitWide trains few targets on few rows, and leaves to the primal what does not come to
// the optimum.
func (l Logistic) fitWide(ctx context.Context, x Design, splits []Split, targets [][]float64, grid []float64, visit func(*Fit)) error {
	if len(splits) == 0 || len(targets) == 0 {
		return nil
	}
	n, d := x.Dims()
	s, err := newWide(x, splits, l)
	if errors.Is(err, errUnalike) || errors.Is(err, errNoColumns) {
		return l.fitPrimal(ctx, x, splits, targets, grid, visit)
	}
	if err != nil {
		return err
	}
	together := targetsTogether(n, d, len(splits))
	for lo := 0; lo < len(targets); lo += together {
		hi := min(lo+together, len(targets))
		batch := &newton{Logistic: l, space: s}
		for i, split := range splits {
			for t := lo; t < hi; t++ {
				batch.columns = append(batch.columns, newColumn(i, t, split.signs(targets[t]), split.Weight, n))
			}
		}
		for j, C := range grid {
			if err := minimiseAll(ctx, []*newton{batch}, grid, j); err != nil {
				return err
			}
			if !batch.converged() {
				return l.leaveToPrimal(ctx, x, splits, targets, grid, 0, len(splits), lo, hi, j, visit)
			}
			if err := s.fits(batch.columns, C, j, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// fits hands over the probes of the columns.
func (s *wide) fits(columns []*column, C float64, index int, visit func(*Fit)) error {
	d := s.op.d
	weights, err := s.weigh(columns, func(c *column) point { return c.at })
	if err != nil {
		return err
	}
	for i, c := range columns {
		f := c.fit()
		mean, scale := s.op.scale.of(c.split, d)
		f.Weights = weights[i*d : (i+1)*d]
		f.Intercept = c.at.b + divide(f.Weights, f.Weights, scale, mean)
		f.Mean, f.Scale, f.Margin = s.means[c.split*d:(c.split+1)*d], scale, c.at.margin
		f.C, f.CIndex = C, index
		visit(f)
	}
	return nil
}
