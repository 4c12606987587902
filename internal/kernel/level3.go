package kernel

import "gonum.org/v1/gonum/blas"

// Dgemm performs C = alpha * A * B + beta * C, with A, B or both transposed
// as tA and tB say.
func (impl Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if p, ok := gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc); ok && double != nil {
		double.product(p, impl.workers(m*n*k))
		return
	}
	impl.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Sgemm performs C = alpha * A * B + beta * C, with A, B or both transposed
// as tA and tB say.
func (impl Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if p, ok := gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc); ok && single != nil {
		single.product(p, impl.workers(m*n*k))
		return
	}
	impl.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dsyrk performs C = alpha * A * Aᵀ + beta * C, or C = alpha * Aᵀ * A + beta * C
// if tA says so, on the triangle ul of the symmetric matrix C.
func (impl Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if p, ok := syrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc); ok && double != nil {
		double.product(p, impl.workers(n*n*k/2))
		return
	}
	impl.Implementation.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
}

// Ssyrk performs C = alpha * A * Aᵀ + beta * C, or C = alpha * Aᵀ * A + beta * C
// if tA says so, on the triangle ul of the symmetric matrix C.
func (impl Implementation) Ssyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	if p, ok := syrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc); ok && single != nil {
		single.product(p, impl.workers(n*n*k/2))
		return
	}
	impl.Implementation.Ssyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
}

// gemm returns the product that the arguments ask for, and whether it is one
// for the kernels.
func gemm[T element](tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) (*product[T], bool) {
	count[T](2*m*n*k, m*k+k*n+m*n)
	p := &product[T]{
		a: lines[T]{a, lda, tA != blas.NoTrans},
		b: lines[T]{b, ldb, tB == blas.NoTrans},
		c: c, ldc: ldc,
		m: m, n: n, k: k,
		alpha: alpha, beta: beta,
	}
	return p, transposes(tA) && transposes(tB) && p.worthwhile()
}

// syrk is gemm for a symmetric result.
func syrk[T element](ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) (*product[T], bool) {
	count[T](n*n*k, n*k+n*n/2)
	rows := lines[T]{a, lda, tA != blas.NoTrans}
	p := &product[T]{
		a: rows, b: rows,
		c: c, ldc: ldc,
		m: n, n: n, k: k,
		alpha: alpha, beta: beta,
		part: upper,
	}
	if ul == blas.Lower {
		p.part = lower
	}
	return p, transposes(tA) && (ul == blas.Upper || ul == blas.Lower) && p.worthwhile()
}

func transposes(t blas.Transpose) bool {
	return t == blas.NoTrans || t == blas.Trans || t == blas.ConjTrans
}
