package solve

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// shifted is the Cholesky factor U of I + cK = UᵀU, with the blocks on its
// diagonal inverted, so that a solution is matrix products alone.
type shifted struct {
	c        float64
	m        int
	upper    []float64 // m x m
	inverted []float64 // blocks of m x tile
}

// make factors I + cK for the leading m rows and columns of a Gram matrix with
// the stride given, or with a smaller c where rounding leaves that no Cholesky
// factor. It reports false where no c will do, as with numbers too large to
// square.
func (s *shifted) make(gram []float64, stride, m int, c float64) bool {
	s.m, s.upper, s.inverted = m, grow(s.upper, m*m), grow(s.inverted, m*tile)
	for ok := false; !ok; c /= 16 {
		if c == 0 || math.IsNaN(c) {
			return false
		}
		s.c = c
		for i := range m {
			scaleTo(s.upper[i*m+i:(i+1)*m], c, gram[i*stride+i:i*stride+m])
			s.upper[i*m+i]++
		}
		ok = cholesky(s.upper, m)
	}
	for lo := 0; lo < m; lo += tile {
		k := min(tile, m-lo)
		dst := s.inverted[lo*tile : lo*tile+k*k]
		clear(dst)
		for i := range k {
			copy(dst[i*k+i:(i+1)*k], s.upper[(lo+i)*m+lo+i:(lo+i)*m+lo+k])
		}
		lapack.Dtrtri(blas.Upper, blas.NonUnit, k, dst, k)
	}
	return true
}

// makeAtOnce is make for one c, in matrix products alone: halves are factored one after
// the other, down to tiles, whose inverses multiply what lies beside them. Its last
// digits are not those of make.
func (s *shifted) makeAtOnce(gram []float64, stride, m int, c float64) bool {
	s.c, s.m, s.upper, s.inverted = c, m, grow(s.upper, m*m), grow(s.inverted, m*tile)
	for i := range m {
		scaleTo(s.upper[i*m+i:(i+1)*m], c, gram[i*stride+i:i*stride+m])
		s.upper[i*m+i]++
	}
	return s.factorHalves(0, m, make([]float64, tile*m))
}

// factorHalves factors the rows and columns [lo, hi) of upper.
func (s *shifted) factorHalves(lo, hi int, scratch []float64) bool {
	m := s.m
	if k := hi - lo; k <= tile {
		diagonal := s.upper[lo*m+lo:]
		if !lapack.Dpotf2(blas.Upper, k, diagonal, m) {
			return false
		}
		inverse := s.inverted[lo*tile : lo*tile+k*k]
		clear(inverse)
		for i := range k {
			copy(inverse[i*k+i:(i+1)*k], diagonal[i*m+i:i*m+k])
		}
		lapack.Dtrtri(blas.Upper, blas.NonUnit, k, inverse, k)
		return true
	}
	mid := halfway(lo, hi)
	if !s.factorHalves(lo, mid, scratch) {
		return false
	}
	s.divideHalves(lo, mid, mid, hi, scratch)
	simd.Dsyrk(blas.Upper, blas.Trans, hi-mid, mid-lo, -1, s.upper[lo*m+mid:], m, 1, s.upper[mid*m+mid:], m)
	return s.factorHalves(mid, hi, scratch)
}

// divideHalves replaces the rows [lo, hi) of the columns [left, right) by their product
// with the transposed inverse of the factor of the rows.
func (s *shifted) divideHalves(lo, hi, left, right int, scratch []float64) {
	m, width := s.m, right-left
	if k := hi - lo; k <= tile {
		part := general(k, width, m, s.upper[lo*m+left:])
		old := general(k, width, width, scratch[:k*width])
		for i := range k {
			copy(old.Data[i*width:(i+1)*width], part.Data[i*m:])
		}
		gemm(blas.Trans, blas.NoTrans, 1, general(k, k, k, s.inverted[lo*tile:lo*tile+k*k]), old, 0, part)
		return
	}
	mid := halfway(lo, hi)
	s.divideHalves(lo, mid, left, right, scratch)
	gemm(blas.Trans, blas.NoTrans, -1, general(mid-lo, hi-mid, m, s.upper[lo*m+mid:]), general(mid-lo, width, m, s.upper[lo*m+left:]),
		1, general(hi-mid, width, m, s.upper[mid*m+left:]))
	s.divideHalves(mid, hi, left, right, scratch)
}

// halfway is about the middle, a whole number of tiles from lo.
func halfway(lo, hi int) int {
	return lo + ((hi-lo)/tile+1)/2*tile
}

// strays tells whether a mean curvature is too far from the number factored.
func (s *shifted) strays(c float64) bool { return c > 2*s.c || s.c > 2*c }

// solve replaces the k rows of z by their products with (I + cK)⁻¹: first
// those with U⁻¹, block by block from the left, then those with U⁻ᵀ from the
// right.
func (s *shifted) solve(z []float64, k int) {
	m := s.m
	scratch := make([]float64, k*tile)
	last := (m - 1) / tile * tile
	for lo := 0; lo < m; lo += tile {
		width := min(tile, m-lo)
		part := general(k, width, m, z[lo:])
		if lo > 0 {
			gemm(blas.NoTrans, blas.NoTrans, -1, general(k, lo, m, z), general(lo, width, m, s.upper[lo:]), 1, part)
		}
		s.invert(part, lo, blas.NoTrans, scratch)
	}
	for lo := last; lo >= 0; lo -= tile {
		width := min(tile, m-lo)
		part := general(k, width, m, z[lo:])
		if hi := lo + width; hi < m {
			gemm(blas.NoTrans, blas.Trans, -1, general(k, m-hi, m, z[hi:]), general(width, m-hi, m, s.upper[lo*m+hi:]), 1, part)
		}
		s.invert(part, lo, blas.Trans, scratch)
	}
}

// invert multiplies the columns of z from lo on by the inverse of a diagonal
// tile of U, or its transpose.
func (s *shifted) invert(part blas64.General, lo int, t blas.Transpose, scratch []float64) {
	width := part.Cols
	old := general(part.Rows, width, width, scratch[:part.Rows*width])
	for i := range part.Rows {
		copy(old.Data[i*width:(i+1)*width], part.Data[i*part.Stride:])
	}
	gemm(blas.NoTrans, t, 1, old, general(width, width, width, s.inverted[lo*tile:lo*tile+width*width]), 0, part)
}
