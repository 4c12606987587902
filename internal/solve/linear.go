package solve

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/gonum"

	"tell/internal/kernel"
)

// simd is the BLAS of this package. It is called as it is and never registered
// with blas64 and blas32, which belong to the program: probes are as fast in
// one that registers nothing, and what a program registers stays in force for
// the rest of it.
var simd kernel.Implementation

// lapack runs on what is registered with blas64. The routines taken from it
// call vector operations, and products with a vector that are below the size
// at which kernels take over, so that the kernels would change no byte.
var lapack gonum.Implementation

func general(rows, cols, stride int, data []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: data}
}

func general32(rows, cols, stride int, data []float32) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: stride, Data: data}
}

// gemm sets c = alpha a b + beta c, with a or b transposed as tA and tB say.
func gemm(tA, tB blas.Transpose, alpha float64, a, b blas64.General, beta float64, c blas64.General) {
	simd.Dgemm(tA, tB, c.Rows, c.Cols, terms(tA, a.Rows, a.Cols), alpha, a.Data, a.Stride, b.Data, b.Stride, beta, c.Data, c.Stride)
}

// gemm32 is gemm in single precision.
func gemm32(tA, tB blas.Transpose, alpha float32, a, b blas32.General, beta float32, c blas32.General) {
	simd.Sgemm(tA, tB, c.Rows, c.Cols, terms(tA, a.Rows, a.Cols), alpha, a.Data, a.Stride, b.Data, b.Stride, beta, c.Data, c.Stride)
}

// terms is the length of the sums in a product with a matrix on the left.
func terms(t blas.Transpose, rows, cols int) int {
	if t == blas.NoTrans {
		return cols
	}
	return rows
}

// syrk sets the upper triangle of the n x n matrix c to alpha a aᵀ + beta c, or
// to alpha aᵀ a + beta c if t says so.
func syrk(t blas.Transpose, alpha float64, a blas64.General, beta float64, c []float64, n int) {
	simd.Dsyrk(blas.Upper, t, n, terms(t, a.Rows, a.Cols), alpha, a.Data, a.Stride, beta, c, n)
}

// axpy adds a x to y.
func axpy(a float64, x, y []float64) { simd.Daxpy(len(x), a, x, 1, y, 1) }

func dot(a, b []float64) float64 { return simd.Ddot(len(a), a, 1, b, 1) }

// tile is the number of rows that a factor is made of at a time.
const tile = 64

// cholesky replaces the upper triangle of the m x m matrix a by its factor U,
// a = UᵀU, and reports false where rounding leaves none. It takes the steps of
// LAPACK's dpotrf.
func cholesky(a []float64, m int) bool {
	for lo := 0; lo < m; lo += tile {
		k := min(tile, m-lo)
		hi := lo + k
		diagonal := a[lo*m+lo:]
		simd.Dsyrk(blas.Upper, blas.Trans, k, lo, -1, a[lo:], m, 1, diagonal, m)
		if !lapack.Dpotf2(blas.Upper, k, diagonal, m) {
			return false
		}
		if hi < m {
			right := a[lo*m+hi:]
			simd.Dgemm(blas.Trans, blas.NoTrans, k, m-hi, lo, -1, a[lo:], m, a[hi:], m, 1, right, m)
			simd.Dtrsm(blas.Left, blas.Upper, blas.Trans, blas.NonUnit, k, m-hi, 1, diagonal, m, right, m)
		}
	}
	return true
}

// orthonormalise replaces the k rows of a, of length d >= k, by an orthonormal
// basis of their span: the rows of Q in a = LQ, found by the steps of LAPACK's
// dgelq2 and dorgl2.
func orthonormalise(a []float64, k, d int) {
	tau, scratch := make([]float64, k), make([]float64, k)
	// below reflects the rows after row i by the one that it keeps.
	below := func(i int) {
		if i == k-1 {
			return
		}
		row := a[i*d+i : (i+1)*d]
		first := row[0]
		row[0] = 1
		reflect(a[(i+1)*d+i:], k-i-1, d, row, tau[i], scratch)
		row[0] = first
	}
	for i := range k {
		row := a[i*d+i : (i+1)*d]
		row[0], tau[i] = lapack.Dlarfg(len(row), row[0], row[min(1, len(row)-1):], 1)
		below(i)
	}
	for i := k - 1; i >= 0; i-- {
		row := a[i*d+i : (i+1)*d]
		below(i)
		simd.Dscal(len(row)-1, -tau[i], row[1:], 1)
		row[0] = 1 - tau[i]
		clear(a[i*d : i*d+i])
	}
}

// reflect multiplies the k rows of c by I - tau v vᵀ. Zeros at the end of v and
// of c are left out, as LAPACK's dlarf does: the length of a sum decides the
// order that it is taken in.
func reflect(c []float64, k, stride int, v []float64, tau float64, scratch []float64) {
	if tau == 0 {
		return
	}
	n := len(v)
	for n > 0 && v[n-1] == 0 {
		n--
	}
	k = lapack.Iladlr(k, n, c, stride) + 1
	if n == 0 || k == 0 {
		return
	}
	simd.Dgemv(blas.NoTrans, k, n, 1, c, stride, v, 1, 0, scratch, 1)
	simd.Dger(k, n, -tau, scratch, 1, v, 1, c, stride)
}
