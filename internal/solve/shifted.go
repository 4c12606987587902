package solve

import (
	"math"

	"gonum.org/v1/gonum/blas"
)

// shifted is the Cholesky factor of I + cK.
type shifted struct {
	c float64
	factor[float64]
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
		if !(c > 0) || math.IsInf(c, 1) {
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

// makeAtOnce is make for one c, in products of matrices alone. Its last digits are not
// those of make.
func (s *shifted) makeAtOnce(gram []float64, stride, m int, c float64) bool {
	s.c, s.m, s.upper = c, m, grow(s.upper, m*m)
	for i := range m {
		scaleTo(s.upper[i*m+i:(i+1)*m], c, gram[i*stride+i:i*stride+m])
		s.upper[i*m+i]++
	}
	return s.factor.make(wideTile)
}

// strays tells whether a mean curvature is too far from the number factored.
func (s *shifted) strays(c float64) bool { return c > 2*s.c || s.c > 2*c }
