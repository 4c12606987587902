package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

func random[T element](n int) []T {
	rng := rand.New(rand.NewPCG(1, 2))
	s := make([]T, n)
	for i := range s {
		s[i] = T(rng.NormFloat64())
	}
	return s
}

// gflops reports the rate of a benchmark whose iterations take ops additions
// and as many multiplications.
func gflops(b *testing.B, ops float64, run func()) {
	for b.Loop() {
		run()
	}
	b.ReportMetric(2*ops*float64(b.N)/1e9/b.Elapsed().Seconds(), "GFLOPS")
}

// The layer of a dump: examples by width.
const examples, width = 2000, 4096

func BenchmarkGram(b *testing.B) {
	x64, x32 := random[float64](examples*width), random[float32](examples*width)
	c64, c32 := make([]float64, width*width), make([]float32, width*width)
	const ops = examples * width * (width + 1) / 2
	for _, workers := range []int{1, 2} {
		impl := Implementation{Workers: workers}
		b.Run(fmt.Sprintf("float64/workers=%d", workers), func(b *testing.B) {
			gflops(b, ops, func() {
				impl.Dsyrk(blas.Upper, blas.Trans, width, examples, 1, x64, width, 0, c64, width)
			})
		})
		b.Run(fmt.Sprintf("float32/workers=%d", workers), func(b *testing.B) {
			gflops(b, ops, func() {
				impl.Ssyrk(blas.Upper, blas.Trans, width, examples, 1, x32, width, 0, c32, width)
			})
		})
	}
	b.Run("float64/gonum", func(b *testing.B) {
		gflops(b, ops, func() {
			gonum.Implementation{}.Dsyrk(blas.Upper, blas.Trans, width, examples, 1, x64, width, 0, c64, width)
		})
	})
	b.Run("float32/gonum", func(b *testing.B) {
		gflops(b, ops, func() {
			gonum.Implementation{}.Ssyrk(blas.Upper, blas.Trans, width, examples, 1, x32, width, 0, c32, width)
		})
	})
}

var columnCounts = []int{1, 2, 4, 8, 16, 64, 512}

// BenchmarkForward multiplies the layer with columns of weights: X W.
func BenchmarkForward(b *testing.B) {
	skinnyBenchmark(b, blas.NoTrans, examples, width)
}

// BenchmarkGradient multiplies the transposed layer with columns of
// residuals: Xᵀ R.
func BenchmarkGradient(b *testing.B) {
	skinnyBenchmark(b, blas.Trans, width, examples)
}

func skinnyBenchmark(b *testing.B, tX blas.Transpose, m, k int) {
	x64, x32 := random[float64](examples*width), random[float32](examples*width)
	for _, n := range columnCounts {
		w64, w32 := random[float64](k*n), random[float32](k*n)
		c64, c32 := make([]float64, m*n), make([]float32, m*n)
		for _, workers := range []int{1, 2} {
			impl := Implementation{Workers: workers}
			b.Run(fmt.Sprintf("float64/columns=%d/workers=%d", n, workers), func(b *testing.B) {
				gflops(b, float64(m*n*k), func() { impl.Dgemm(tX, blas.NoTrans, m, n, k, 1, x64, width, w64, n, 0, c64, n) })
			})
			b.Run(fmt.Sprintf("float32/columns=%d/workers=%d", n, workers), func(b *testing.B) {
				gflops(b, float64(m*n*k), func() { impl.Sgemm(tX, blas.NoTrans, m, n, k, 1, x32, width, w32, n, 0, c32, n) })
			})
		}
		b.Run(fmt.Sprintf("float64/columns=%d/gonum", n), func(b *testing.B) {
			gflops(b, float64(m*n*k), func() {
				gonum.Implementation{}.Dgemm(tX, blas.NoTrans, m, n, k, 1, x64, width, w64, n, 0, c64, n)
			})
		})
		b.Run(fmt.Sprintf("float32/columns=%d/gonum", n), func(b *testing.B) {
			gflops(b, float64(m*n*k), func() {
				gonum.Implementation{}.Sgemm(tX, blas.NoTrans, m, n, k, 1, x32, width, w32, n, 0, c32, n)
			})
		})
	}
}
