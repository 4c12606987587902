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
	clear(f.inverted)
	if !f.halves(0, m) {
		return false
	}
	if f.few {
		mirror(f.upper, m)
	}
	return true
}

// corner is the size up to which a part of the diagonal is factored and inverted in plain
// loops.
const corner = 16

// halves factors rows and columns [lo, hi): the first half of them, what lies right of it,
// and the other half less the product of that. Most of the work so is in long sums.
func (f *factor[T]) halves(lo, hi int) bool {
	if hi-lo <= corner {
		inverse, stride := f.inverse(lo)
		return factorCorner(f.upper[lo*f.m+lo:], f.m, inverse, stride, hi-lo)
	}
	m, mid := f.m, f.middle(lo, hi)
	if !f.halves(lo, mid) {
		return false
	}
	f.right(lo, mid, mid, hi)
	a, b := mid-lo, hi-mid
	above, rest := f.upper[lo*m+mid:], f.upper[mid*m+mid:]
	if b <= 128 { // few tiles of the kernels lie below the diagonal
		gemmOf(blas.Trans, blas.NoTrans, b, b, a, -1, above, m, above, m, 1, rest, m)
	} else {
		syrkOf(blas.Trans, b, a, -1, above, m, 1, rest, m)
	}
	if !f.halves(mid, hi) {
		return false
	}
	if hi-lo <= f.tile {
		// The inverse of (A B; 0 C) is (A⁻¹ -A⁻¹BC⁻¹; 0 C⁻¹).
		left, stride := f.inverse(lo)
		last, _ := f.inverse(mid)
		gemmOf(blas.NoTrans, blas.NoTrans, a, b, a, -1, left, stride, above, m, 0, f.scratch, b)
		gemmOf(blas.NoTrans, blas.NoTrans, a, b, b, 1, f.scratch, b, last, stride, 0, left[a:], stride)
	}
	return true
}

// middle divides [lo, hi) into halves of whole tiles, or one tile into halves of whole corners.
func (f *factor[T]) middle(lo, hi int) int {
	unit := corner
	if hi-lo > f.tile {
		unit = f.tile
	}
	units := (hi - lo + unit - 1) / unit
	return lo + (units+1)/2*unit
}

// inverse is the inverted tile from its row and column lo on, and what its rows lie apart.
func (f *factor[T]) inverse(lo int) ([]T, int) {
	at := lo % f.tile
	stride := min(f.tile, f.m-(lo-at))
	return f.inverted[(lo-at)*f.tile+at*stride+at:], stride
}

// right multiplies the columns [from, to) of the rows [lo, hi) by the inverse of the
// transposed factor of these rows.
func (f *factor[T]) right(lo, hi, from, to int) {
	m, rows, k := f.m, hi-lo, to-from
	if rows > f.tile {
		mid := f.middle(lo, hi)
		f.right(lo, mid, from, to)
		gemmOf(blas.Trans, blas.NoTrans, hi-mid, k, mid-lo, -1, f.upper[lo*m+mid:], m, f.upper[lo*m+from:], m, 1, f.upper[mid*m+from:], m)
		f.right(mid, hi, from, to)
		return
	}
	part := f.upper[lo*m+from:]
	for i := range rows {
		copy(f.scratch[i*k:(i+1)*k], part[i*m:])
	}
	inverse, stride := f.inverse(lo)
	gemmOf(blas.Trans, blas.NoTrans, rows, k, rows, 1, inverse, stride, f.scratch, k, 0, part, m)
}

// factorCorner replaces the upper triangle of the k x k matrix a by its factor, and sets
// that of inverse to the factor's inverse.
func factorCorner[T number](a []T, lda int, inverse []T, ldi, k int) bool {
	var u, v [corner][corner]T
	for i := range k {
		copy(u[i][i:k], a[i*lda+i:])
	}
	for i := range k {
		row := &u[i]
		if !(row[i] > 0) || math.IsInf(float64(row[i]), 1) {
			return false
		}
		scaleRow(1/T(math.Sqrt(float64(row[i]))), row[i:k])
		for r := i + 1; r < k; r++ {
			times, to := row[r], &u[r]
			for j := r; j < corner; j++ {
				to[j] -= times * row[j]
			}
		}
	}
	for i := k - 1; i >= 0; i-- {
		row := &v[i]
		for l := i + 1; l < k; l++ {
			times, from := u[i][l], &v[l]
			for j := l; j < corner; j++ {
				row[j] -= times * from[j]
			}
		}
		row[i] = 1
		scaleRow(1/u[i][i], row[i:k])
	}
	for i := range k {
		copy(a[i*lda+i:], u[i][i:k])
		copy(inverse[i*ldi+i:], v[i][i:k])
	}
	return true
}

// solve replaces the k rows of z by their products with (UᵀU)⁻¹: first
// those with U⁻¹, tile by tile from the left, then those with U⁻ᵀ from the
// right.
func (f *factor[T]) solve(z []T, k int) {
	f.whiten(z, k)
	f.finish(z, k)
}

// least is about the smallest eigenvalue of the matrix, by inverse iteration.
func (f *factor[T]) least() float64 {
	v := make([]T, f.m)
	for i := range v { // no eigenvector itself, as ones are for rows that sum to 0
		v[i] = T(int32(uint32(i+1)*2654435769)) / (1 << 31)
	}
	found := 0.
	for range 6 {
		f.solve(v, 1)
		square := 0.
		for _, u := range v {
			square += float64(u) * float64(u)
		}
		found = 1 / math.Sqrt(square)
		scaleRow(T(found), v)
	}
	return found
}

// finish makes of whitened rows what solve does.
func (f *factor[T]) finish(z []T, k int) {
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
