package kernel

import (
	"testing"

	"gonum.org/v1/gonum/blas"
)

// Products are counted whoever computes them, the kernels or gonum.
func TestCount(t *testing.T) {
	var operations, bytes int64
	Count = func(o, b int64) { operations, bytes = operations+o, bytes+b }
	defer func() { Count = nil }()
	check := func(what string, wantOperations, wantBytes int64) {
		t.Helper()
		if operations != wantOperations || bytes != wantBytes {
			t.Errorf("%s: %d operations and %d bytes, want %d and %d", what, operations, bytes, wantOperations, wantBytes)
		}
		operations, bytes = 0, 0
	}
	for _, n := range []int{2, 20} {
		a64, a32 := make([]float64, n*n), make([]float32, n*n)
		c64, c32 := make([]float64, n*n), make([]float32, n*n)
		square, cube := int64(n*n), int64(n*n*n)
		Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a64, n, a64, n, 0, c64, n)
		check("Dgemm", 2*cube, 8*3*square)
		Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a32, n, a32, n, 0, c32, n)
		check("Sgemm", 2*cube, 4*3*square)
		Implementation{}.Dsyrk(blas.Upper, blas.NoTrans, n, n, 1, a64, n, 0, c64, n)
		check("Dsyrk", cube, 8*(square+square/2))
		Implementation{}.Ssyrk(blas.Upper, blas.NoTrans, n, n, 1, a32, n, 0, c32, n)
		check("Ssyrk", cube, 4*(square+square/2))
	}
}
