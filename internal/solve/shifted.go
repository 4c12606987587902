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
	tile     int       // rows of the blocks
	upper    []float64 // m x m
	inverted []float64 // the blocks, one after the other
}

// wideTile is the size of tiles for products that are packed: those of fewer columns
// are read where they lie, which pays once but not for every tile.
const wideTile = 96

// make factors I + cK for the leading m rows and columns of a Gram matrix with
// the stride given, or with a smaller c where rounding leaves that no Cholesky
// factor. It reports false where no c will do, as with numbers too large to
// square.
func (s *shifted) make(gram []float64, stride, m int, c float64) bool {
	s.m, s.tile, s.upper, s.inverted = m, tile, grow(s.upper, m*m), grow(s.inverted, m*tile)
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

// makeAtOnce is make for one c, in products of matrices alone: what lies right of a tile
// is multiplied by the inverse of the tile's factor, and what lies below both is updated
// by one symmetric product. Its last digits are not those of make.
func (s *shifted) makeAtOnce(gram []float64, stride, m int, c float64) bool {
	s.c, s.m, s.tile = c, m, wideTile
	s.upper, s.inverted = grow(s.upper, m*m), grow(s.inverted, m*wideTile)
	for i := range m {
		scaleTo(s.upper[i*m+i:(i+1)*m], c, gram[i*stride+i:i*stride+m])
		s.upper[i*m+i]++
	}
	scratch := make([]float64, wideTile*m)
	for lo := 0; lo < m; lo += wideTile {
		hi := min(lo+wideTile, m)
		k, right := hi-lo, m-hi
		diagonal := s.upper[lo*m+lo:]
		if !lapack.Dpotf2(blas.Upper, k, diagonal, m) {
			return false
		}
		inverse := s.inverted[lo*wideTile : lo*wideTile+k*k]
		invertUpper(inverse, diagonal, k, m)
		if right == 0 {
			break
		}
		part, old := general(k, right, m, s.upper[lo*m+hi:]), general(k, right, right, scratch)
		for i := range k {
			copy(old.Data[i*right:(i+1)*right], part.Data[i*m:])
		}
		gemm(blas.Trans, blas.NoTrans, 1, general(k, k, k, inverse), old, 0, part)
		simd.Dsyrk(blas.Upper, blas.Trans, right, k, -1, part.Data, m, 1, s.upper[hi*m+hi:], m)
	}
	return true
}

// invertUpper sets dst, k x k, to the inverse of the upper triangle u, whose rows lie
// stride apart.
func invertUpper(dst, u []float64, k, stride int) {
	clear(dst)
	for i := k - 1; i >= 0; i-- {
		row := dst[i*k+i : (i+1)*k]
		for j := i + 1; j < k; j++ {
			axpy(-u[i*stride+j], dst[j*k+j:(j+1)*k], row[j-i:])
		}
		row[0] = 1
		simd.Dscal(len(row), 1/u[i*stride+i], row, 1)
	}
}

// strays tells whether a mean curvature is too far from the number factored.
func (s *shifted) strays(c float64) bool { return c > 2*s.c || s.c > 2*c }

// solve replaces the k rows of z by their products with (I + cK)⁻¹: first
// those with U⁻¹, block by block from the left, then those with U⁻ᵀ from the
// right.
func (s *shifted) solve(z []float64, k int) {
	s.whiten(z, k)
	m, tile := s.m, s.tile
	scratch := make([]float64, k*tile)
	for lo := (m - 1) / tile * tile; lo >= 0; lo -= tile {
		width := min(tile, m-lo)
		part := general(k, width, m, z[lo:])
		if hi := lo + width; hi < m {
			gemm(blas.NoTrans, blas.Trans, -1, general(k, m-hi, m, z[hi:]), general(width, m-hi, m, s.upper[lo*m+hi:]), 1, part)
		}
		s.invert(part, lo, blas.Trans, scratch)
	}
}

// whiten replaces the k rows of z by their products with U⁻¹: the inner products of two
// rows become those with (I + cK)⁻¹ between them.
func (s *shifted) whiten(z []float64, k int) {
	m, tile := s.m, s.tile
	scratch := make([]float64, k*tile)
	for lo := 0; lo < m; lo += tile {
		width := min(tile, m-lo)
		part := general(k, width, m, z[lo:])
		if lo > 0 {
			gemm(blas.NoTrans, blas.NoTrans, -1, general(k, lo, m, z), general(lo, width, m, s.upper[lo:]), 1, part)
		}
		s.invert(part, lo, blas.NoTrans, scratch)
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
	gemm(blas.NoTrans, t, 1, old, general(width, width, width, s.inverted[lo*s.tile:lo*s.tile+width*width]), 0, part)
}
