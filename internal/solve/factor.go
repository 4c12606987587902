package solve

import (
	"math"

	"gonum.org/v1/gonum/blas"
)

// number is a precision to compute in.
type number interface{ float32 | float64 }

// factor is the Cholesky factor U of a symmetric matrix UᵀU, with the tiles on its
// diagonal inverted, so that a solution is matrix products alone.
type factor[T number] struct {
	m, tile  int
	upper    []T  // m x m
	few      bool // Uᵀ lies below the diagonal, which is faster for few columns
	inverted []T  // the tiles, one after the other
	scratch  []T
}

// make factors the matrix in the upper triangle of f.upper, of m rows, and reports
// whether rounding leaves a factor.
func (f *factor[T]) make(tile int) bool {
	m := f.m
	f.tile, f.inverted, f.scratch = tile, grow(f.inverted, m*tile), grow(f.scratch, m*tile)
	if !f.halves(0, m) {
		return false
	}
	if f.few {
		mirror(f.upper, m)
	}
	return true
}

// halves factors rows and columns [lo, hi): the first half of them, what lies right of it,
// and the other half less the product of that. Most of the work so is in long sums.
func (f *factor[T]) halves(lo, hi int) bool {
	m, mid := f.m, f.middle(lo, hi)
	if mid == hi {
		return factorTile(f.upper[lo*m+lo:], f.inverted[lo*f.tile:], hi-lo, m)
	}
	if !f.halves(lo, mid) {
		return false
	}
	f.right(lo, mid, mid, hi)
	above, rest := f.upper[lo*m+mid:], f.upper[mid*m+mid:]
	if k := hi - mid; k <= 128 { // few tiles of the kernels lie below the diagonal
		gemmOf(blas.Trans, blas.NoTrans, k, k, mid-lo, -1, above, m, above, m, 1, rest, m)
	} else {
		syrkOf(blas.Trans, k, mid-lo, -1, above, m, 1, rest, m)
	}
	return f.halves(mid, hi)
}

// middle divides [lo, hi) into halves of whole tiles; of one tile it returns hi.
func (f *factor[T]) middle(lo, hi int) int {
	tiles := (hi - lo + f.tile - 1) / f.tile
	return min(lo+(tiles+1)/2*f.tile, hi)
}

// right multiplies the columns [from, to) of the rows [lo, hi) by the inverse of the
// transposed factor of these rows.
func (f *factor[T]) right(lo, hi, from, to int) {
	m, mid := f.m, f.middle(lo, hi)
	k := to - from
	if mid < hi {
		f.right(lo, mid, from, to)
		gemmOf(blas.Trans, blas.NoTrans, hi-mid, k, mid-lo, -1, f.upper[lo*m+mid:], m, f.upper[lo*m+from:], m, 1, f.upper[mid*m+from:], m)
		f.right(mid, hi, from, to)
		return
	}
	rows := hi - lo
	part := f.upper[lo*m+from:]
	for i := range rows {
		copy(f.scratch[i*k:(i+1)*k], part[i*m:])
	}
	gemmOf(blas.Trans, blas.NoTrans, rows, k, rows, 1, f.inverted[lo*f.tile:], rows, f.scratch, k, 0, part, m)
}

// factorTile replaces the upper triangle of the k x k matrix a, whose rows lie stride
// apart, by its factor, and sets inverse to that of the factor.
func factorTile[T number](a, inverse []T, k, stride int) bool {
	for i := range k {
		row := a[i*stride+i : i*stride+k]
		if !(row[0] > 0) || math.IsInf(float64(row[0]), 1) {
			return false
		}
		scaleRow(1/T(math.Sqrt(float64(row[0]))), row)
		for j := 1; j < len(row); j++ {
			axpyOf(-row[j], row[j:], a[(i+j)*stride+i+j:(i+j)*stride+k])
		}
	}
	invertTile(inverse, a, k, stride)
	return true
}

// invertTile sets inverse, k x k, to that of the upper triangle of a, whose rows lie stride
// apart.
func invertTile[T number](inverse, a []T, k, stride int) {
	clear(inverse[:k*k])
	for i := k - 1; i >= 0; i-- {
		row := inverse[i*k+i : (i+1)*k]
		for j := i + 1; j < k; j++ {
			axpyOf(-a[i*stride+j], inverse[j*k+j:(j+1)*k], row[j-i:])
		}
		row[0] = 1
		scaleRow(1/a[i*stride+i], row)
	}
}

// solve replaces the k rows of z by their products with (UᵀU)⁻¹: first
// those with U⁻¹, tile by tile from the left, then those with U⁻ᵀ from the
// right.
func (f *factor[T]) solve(z []T, k int) {
	f.whiten(z, k)
	m, tile := f.m, f.tile
	scratch := make([]T, k*tile)
	for lo := (m - 1) / tile * tile; lo >= 0; lo -= tile {
		width := min(tile, m-lo)
		if hi := lo + width; hi < m {
			gemmOf(blas.NoTrans, blas.Trans, k, width, m-hi, -1, z[hi:], m, f.upper[lo*m+hi:], m, 1, z[lo:], m)
		}
		f.invert(z, k, lo, blas.Trans, scratch)
	}
}

// whiten replaces the k rows of z by their products with U⁻¹: the inner products of two
// rows become those with (UᵀU)⁻¹ between them.
func (f *factor[T]) whiten(z []T, k int) {
	m, tile := f.m, f.tile
	scratch := make([]T, k*tile)
	for lo := 0; lo < m; lo += tile {
		width := min(tile, m-lo)
		if lo > 0 && f.few {
			gemmOf(blas.NoTrans, blas.Trans, k, width, lo, -1, z, m, f.upper[lo*m:], m, 1, z[lo:], m)
		} else if lo > 0 {
			gemmOf(blas.NoTrans, blas.NoTrans, k, width, lo, -1, z, m, f.upper[lo:], m, 1, z[lo:], m)
		}
		f.invert(z, k, lo, blas.NoTrans, scratch)
	}
}

// invert multiplies the columns of z from lo on by the inverse of a diagonal
// tile of U, or its transpose.
func (f *factor[T]) invert(z []T, k, lo int, t blas.Transpose, scratch []T) {
	width := min(f.tile, f.m-lo)
	for i := range k {
		copy(scratch[i*width:(i+1)*width], z[i*f.m+lo:])
	}
	gemmOf(blas.NoTrans, t, k, width, width, 1, scratch, width, f.inverted[lo*f.tile:], width, 0, z[lo:], f.m)
}

func scaleRow[T number](a T, x []T) {
	for i := range x {
		x[i] *= a
	}
}

func axpyOf[T number](a T, x, y []T) {
	switch x := any(x).(type) {
	case []float64:
		simd.Daxpy(len(x), float64(a), x, 1, any(y).([]float64), 1)
	case []float32:
		simd.Saxpy(len(x), float32(a), x, 1, any(y).([]float32), 1)
	}
}

func gemmOf[T number](tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	switch a := any(a).(type) {
	case []float64:
		simd.Dgemm(tA, tB, m, n, k, float64(alpha), a, lda, any(b).([]float64), ldb, float64(beta), any(c).([]float64), ldc)
	case []float32:
		simd.Sgemm(tA, tB, m, n, k, float32(alpha), a, lda, any(b).([]float32), ldb, float32(beta), any(c).([]float32), ldc)
	}
}

func syrkOf[T number](t blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	switch a := any(a).(type) {
	case []float64:
		simd.Dsyrk(blas.Upper, t, n, k, float64(alpha), a, lda, float64(beta), any(c).([]float64), ldc)
	case []float32:
		simd.Ssyrk(blas.Upper, t, n, k, float32(alpha), a, lda, float32(beta), any(c).([]float32), ldc)
	}
}
