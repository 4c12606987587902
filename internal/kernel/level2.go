package kernel

import "gonum.org/v1/gonum/blas"

// Dgemv computes y = alpha * A * x + beta * y, or y = alpha * Aᵀ * x + beta * y
// if tA says so.
func (impl Implementation) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if p, ok := gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY); ok && double != nil {
		double.skinny(p, impl.workers(m*n))
		return
	}
	impl.Implementation.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Sgemv computes y = alpha * A * x + beta * y, or y = alpha * Aᵀ * x + beta * y
// if tA says so.
func (impl Implementation) Sgemv(tA blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	if p, ok := gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY); ok && single != nil {
		single.skinny(p, impl.workers(m*n))
		return
	}
	impl.Implementation.Sgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// gemv returns the product with one column that the arguments ask for, and
// whether it is one for the kernels.
func gemv[T element](tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) (*skinnyProduct[T], bool) {
	p := &skinnyProduct[T]{
		a: lines[T]{a, lda, tA != blas.NoTrans},
		b: lines[T]{x, incX, true},
		c: y, rowStep: incY,
		m: m, n: 1, k: n,
		alpha: alpha, beta: beta,
	}
	if p.a.adjacent {
		p.m, p.k = n, m
	}
	return p, transposes(tA) && p.worthwhile()
}
