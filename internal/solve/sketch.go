package solve

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"
)

// sketch is an orthonormal basis of (nearly) the leading singular subspace of
// the standardised data and the data's coordinates in it. It is found by
// randomised subspace iteration (Halko, Martinsson and Tropp 2011, algorithm
// 4.4) on all rows that any split trains on, and is shared by all columns.
//
// In that subspace the Hessian of any column, I + BᵀDB for the coordinates B
// and the column's own weights D, is small enough to be formed and factored
// exactly. Outside it the Hessian is taken to be a multiple of the identity,
// with the smallest singular value found as the data's spread. The separable
// columns at large C need the exact weights: there D spans many orders of
// magnitude, and a preconditioner with the mean of D gains nothing.
type sketch struct {
	rank   int
	basis  []float64 // rank x d, orthonormal rows; nil where that is the whole space
	coords []float64 // n x rank
	tail   float64   // variance left in a direction outside the subspace
}

// maxRank is where, on real hidden states, the cost of forming the small
// Hessian meets the steps that it saves.
const maxRank = 64

// newSketch finds the subspace of the rows that train holds, which are those of
// a split of x's, of d columns.
func newSketch(x multiplier, train []bool, d, split int) (*sketch, error) {
	n, trained := len(train), 0
	weight := make([]float64, n)
	for i, in := range train {
		if in {
			trained++
			weight[i] = 1
		}
	}
	r := min(maxRank, d, trained)
	s := &sketch{rank: r, basis: make([]float64, r*d)}
	rng := rand.New(rand.NewPCG(1, uint64(r)))
	for i := range s.basis {
		s.basis[i] = rng.NormFloat64()
	}
	of, weights := slices.Repeat([]int{split}, r), slices.Repeat([][]float64{weight}, r)
	next, image, sums := make([]float64, r*d), make([]float64, r*n), make([]float64, r)
	for range 2 {
		if err := x.gram(next, image, sums, of, rowsOf(s.basis, r, d), weights); err != nil {
			return nil, err
		}
		s.basis, next = next, s.basis
		orthonormalise(s.basis, r, d)
	}
	if err := x.forward(image, of, rowsOf(s.basis, r, d)); err != nil {
		return nil, err
	}
	s.coords = make([]float64, n*r)
	for c := range r {
		for i := range n {
			s.coords[i*r+c] = image[c*n+i] * weight[i]
		}
	}
	return s, s.measureTail(trained)
}

// rowsOf views a row-major matrix as its rows.
func rowsOf(a []float64, k, d int) [][]float64 {
	rows := make([][]float64, k)
	for c := range rows {
		rows[c] = a[c*d : (c+1)*d]
	}
	return rows
}

// measureTail takes the smallest Ritz value as the spread outside the
// subspace.
func (s *sketch) measureTail(n int) error {
	if s.rank == 0 || n == 0 {
		return nil
	}
	g := make([]float64, s.rank*s.rank)
	syrk(blas.Trans, 1/float64(n), general(len(s.coords)/s.rank, s.rank, s.rank, s.coords), 0, g, s.rank)
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(s.rank, g), false) {
		return errors.New("found numbers too large to square, expected columns of a magnitude below 1e150")
	}
	s.tail = max(0, eigen.Values(nil)[0])
	return nil
}

// small is the Hessian of one column inside the sketch's subspace, factored.
type small struct {
	chol []float64 // upper Cholesky factor, rank x rank
	tail float64   // the Hessian outside the subspace is this times I

	total float64 // sum of the row weights it was made with
}

// strays tells whether row weights of that sum are too far from those that p
// was made with.
func (p *small) strays(total float64) bool { return total > 2*p.total || p.total > 2*total }

// factor forms I + Bᵀ(D - ddᵀ/Σd)B, the Hessian with the intercept eliminated,
// for the row weights d whose sum is total, in p or, when p is nil, in a new
// one. scratch holds n x rank numbers.
func (s *sketch) factor(p *small, d []float64, total float64, scratch []float64) *small {
	r := s.rank
	if p == nil {
		p = &small{chol: make([]float64, r*r)}
	}
	p.total, p.tail = total, 1+total*s.tail
	if r == 0 {
		return p
	}
	rows := 0
	sum := make([]float64, r)
	for i, w := range d {
		if w == 0 {
			continue
		}
		root := math.Sqrt(w)
		dst := scratch[rows*r : (rows+1)*r]
		for c, v := range s.coords[i*r : (i+1)*r] {
			dst[c] = root * v
			sum[c] += w * v
		}
		rows++
	}
	syrk(blas.Trans, 1, general(rows, r, r, scratch), 0, p.chol, r)
	if total > 0 {
		simd.Dsyr(blas.Upper, r, -1/total, sum, 1, p.chol, r)
	}
	for c := range r {
		p.chol[c*r+c]++
	}
	// I plus a positive semidefinite matrix has a Cholesky factor unless the
	// weights are so large that rounding eats the I. Any positive definite
	// substitute is a valid preconditioner.
	if !cholesky(p.chol, r) {
		clear(p.chol)
		for c := range r {
			p.chol[c*r+c] = math.Sqrt(p.tail)
		}
	}
	return p
}

// apply sets z, a k x d matrix, to the preconditioned r, of which r[c] belongs
// to the column with the factor p[c]. scratch holds k x (d + rank) numbers.
func (s *sketch) apply(z []float64, r [][]float64, p []*small, scratch []float64) {
	k := len(p)
	if k == 0 {
		return
	}
	d := len(r[0])
	if s.basis == nil {
		for c := range k {
			copy(z[c*d:], r[c])
			p[c].solve(z[c*d : (c+1)*d])
		}
		return
	}
	for c := range k {
		scaleTo(z[c*d:(c+1)*d], 1/p[c].tail, r[c])
	}
	if s.rank == 0 {
		return
	}
	packed, inner := scratch[:k*d], scratch[k*d:k*(d+s.rank)]
	for c := range k {
		copy(packed[c*d:], r[c])
	}
	basis := general(s.rank, d, d, s.basis)
	coef := general(k, s.rank, s.rank, inner)
	gemm(blas.NoTrans, blas.Trans, 1, general(k, d, d, packed), basis, 0, coef)
	for c := range k {
		p[c].correct(inner[c*s.rank : (c+1)*s.rank])
	}
	gemm(blas.NoTrans, blas.NoTrans, 1, coef, basis, 1, general(k, d, d, z))
}

// correct turns coordinates in the subspace into what the inverse Hessian makes of them,
// less what it would make of them outside the subspace.
func (p *small) correct(row []float64) {
	solved := slices.Clone(row)
	p.solve(solved)
	for j, v := range solved {
		row[j] = v - row[j]/p.tail
	}
}

// solve multiplies coordinates by the inverse Hessian.
func (p *small) solve(row []float64) {
	r := len(row)
	simd.Dtrsv(blas.Upper, blas.Trans, blas.NonUnit, r, p.chol, r, row, 1)
	simd.Dtrsv(blas.Upper, blas.NoTrans, blas.NonUnit, r, p.chol, r, row, 1)
}

func scaleTo(dst []float64, a float64, x []float64) {
	for i, v := range x {
		dst[i] = a * v
	}
}
