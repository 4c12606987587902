package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	"pgregory.net/rapid"
)

var (
	_ blas.Float64 = Implementation{}
	_ blas.Float32 = Implementation{}
)

func (q *problem) dgemm(impl blas.Float64Level3) []float64 {
	c := narrow[float64](q.c)
	impl.Dgemm(q.tA, q.tB, q.m, q.n, q.k, q.alpha, q.a, q.lda, q.b, q.ldb, q.beta, c, q.ldc)
	return c
}

func (q *problem) sgemm(impl blas.Float32Level3) []float32 {
	c := narrow[float32](q.c)
	impl.Sgemm(q.tA, q.tB, q.m, q.n, q.k, float32(q.alpha), narrow[float32](q.a), q.lda, narrow[float32](q.b), q.ldb, float32(q.beta), c, q.ldc)
	return c
}

func (q *problem) uplo() blas.Uplo {
	if q.part == lower {
		return blas.Lower
	}
	return blas.Upper
}

func (q *problem) dsyrk(impl blas.Float64Level3) []float64 {
	c := narrow[float64](q.c)
	impl.Dsyrk(q.uplo(), q.tA, q.n, q.k, q.alpha, q.a, q.lda, q.beta, c, q.ldc)
	return c
}

func (q *problem) ssyrk(impl blas.Float32Level3) []float32 {
	c := narrow[float32](q.c)
	impl.Ssyrk(q.uplo(), q.tA, q.n, q.k, float32(q.alpha), narrow[float32](q.a), q.lda, float32(q.beta), c, q.ldc)
	return c
}

// Gonum and the kernels meet the same bound, on every side of the size where
// one takes over from the other.
func TestGemmAndGonum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawProblem(t)
		check(t, q, "gonum", q.dgemm(gonum.Implementation{}))
		check(t, q, "kernel", q.dgemm(Implementation{}))
		check(t, q, "gonum", q.sgemm(gonum.Implementation{}))
		check(t, q, "kernel", q.sgemm(Implementation{}))
	})
}

func TestSyrkAndGonum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawSymmetric(t)
		check(t, q, "gonum", q.dsyrk(gonum.Implementation{}))
		check(t, q, "kernel", q.dsyrk(Implementation{}))
		check(t, q, "gonum", q.ssyrk(gonum.Implementation{}))
		check(t, q, "kernel", q.ssyrk(Implementation{}))
	})
}

// A vector is a matrix with one column, or with rows incX apart.
func TestGemvAndGonum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := &problem{
			tA:    rapid.SampledFrom(transposeKinds).Draw(t, "tA"),
			tB:    blas.NoTrans,
			m:     drawSize(t, "m", 1100),
			n:     1,
			k:     drawSize(t, "k", 1100),
			alpha: rapid.SampledFrom([]float64{0, 1, -0.75}).Draw(t, "alpha"),
			beta:  rapid.SampledFrom([]float64{0, 1, 0.5}).Draw(t, "beta"),
		}
		pad := rapid.IntRange(0, 5)
		q.fill(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), pad.Draw(t, "pad A"), pad.Draw(t, "pad x"), pad.Draw(t, "pad y"))
		rows, cols := q.m, q.k
		if q.tA != blas.NoTrans {
			rows, cols = cols, rows
		}
		for _, impl := range []blas.Float64Level2{gonum.Implementation{}, Implementation{}} {
			y := narrow[float64](q.c)
			impl.Dgemv(q.tA, rows, cols, q.alpha, q.a, q.lda, q.b, q.ldb, q.beta, y, q.ldc)
			check(t, q, fmt.Sprintf("%T", impl), y)
		}
		for _, impl := range []blas.Float32Level2{gonum.Implementation{}, Implementation{}} {
			y := narrow[float32](q.c)
			impl.Sgemv(q.tA, rows, cols, float32(q.alpha), narrow[float32](q.a), q.lda, narrow[float32](q.b), q.ldb, float32(q.beta), y, q.ldc)
			check(t, q, fmt.Sprintf("%T", impl), y)
		}
	})
}

func TestGemvBackwards(t *testing.T) {
	const m, n = 150, 130
	rng := rand.New(rand.NewPCG(9, 9))
	a, x := normal(rng, m*n), normal(rng, 2*n)
	want, got := normal(rng, m), make([]float64, m)
	copy(got, want)
	gonum.Implementation{}.Dgemv(blas.NoTrans, m, n, 1, a, n, x, -2, 1, want, -1)
	Implementation{}.Dgemv(blas.NoTrans, m, n, 1, a, n, x, -2, 1, got, -1)
	for i, w := range want {
		if math.Abs(got[i]-w) > 1e-12 {
			t.Errorf("y[%d] = %v, want %v", i, got[i], w)
		}
	}
}

// Whatever makes gonum panic makes the kernels panic in the same words.
func TestPanics(t *testing.T) {
	const m, n, k = 40, 30, 20
	type arguments struct {
		ul                     blas.Uplo
		tA, tB                 blas.Transpose
		m, n, k                int
		lda, ldb, ldc          int
		lenA, lenB, lenC       int
		incX, incY, lenX, lenY int
	}
	good := arguments{blas.Upper, blas.NoTrans, blas.NoTrans, m, n, k, k, n, n, m * k, k * n, m * n, 1, 1, m, m}
	spoil := map[string]func(*arguments){
		"nothing":       func(*arguments) {},
		"triangle":      func(x *arguments) { x.ul = 'X' },
		"transpose A":   func(x *arguments) { x.tA = 'X' },
		"transpose B":   func(x *arguments) { x.tB = 'X' },
		"m":             func(x *arguments) { x.m = -1 },
		"n":             func(x *arguments) { x.n = -1 },
		"k":             func(x *arguments) { x.k = -1 },
		"lda":           func(x *arguments) { x.lda = k - 1 },
		"ldb":           func(x *arguments) { x.ldb = n - 1 },
		"ldc":           func(x *arguments) { x.ldc = n - 1 },
		"ldb, B turned": func(x *arguments) { x.tB, x.ldb = blas.Trans, k-1 },
		"lda, A turned": func(x *arguments) { x.tA, x.lda = blas.Trans, m-1 },
		"short A":       func(x *arguments) { x.lenA-- },
		"short B":       func(x *arguments) { x.lenB-- },
		"short C":       func(x *arguments) { x.lenC-- },
		"incX":          func(x *arguments) { x.incX = 0 },
		"incY":          func(x *arguments) { x.incY = 0 },
		"short x":       func(x *arguments) { x.lenX = k - 1 },
		"short y":       func(x *arguments) { x.lenY-- },
		"no rows":       func(x *arguments) { x.m = 0 },
		"no sum":        func(x *arguments) { x.k = 0 },
	}
	caught := func(call func()) (reason any) {
		defer func() { reason = recover() }()
		call()
		return nil
	}
	calls := func(impl interface {
		blas.Float64
		blas.Float32
	}, x arguments) map[string]any {
		a64, b64, c64 := make([]float64, x.lenA), make([]float64, x.lenB), make([]float64, x.lenC)
		a32, b32, c32 := make([]float32, x.lenA), make([]float32, x.lenB), make([]float32, x.lenC)
		x64, y64 := make([]float64, x.lenX), make([]float64, x.lenY)
		x32, y32 := make([]float32, x.lenX), make([]float32, x.lenY)
		return map[string]any{
			"Dgemm": caught(func() { impl.Dgemm(x.tA, x.tB, x.m, x.n, x.k, 1, a64, x.lda, b64, x.ldb, 0, c64, x.ldc) }),
			"Sgemm": caught(func() { impl.Sgemm(x.tA, x.tB, x.m, x.n, x.k, 1, a32, x.lda, b32, x.ldb, 0, c32, x.ldc) }),
			"Dsyrk": caught(func() { impl.Dsyrk(x.ul, x.tA, x.n, x.k, 1, a64, x.lda, 0, c64, x.ldc) }),
			"Ssyrk": caught(func() { impl.Ssyrk(x.ul, x.tA, x.n, x.k, 1, a32, x.lda, 0, c32, x.ldc) }),
			"Dgemv": caught(func() { impl.Dgemv(x.tA, x.m, x.k, 1, a64, x.lda, x64, x.incX, 0, y64, x.incY) }),
			"Sgemv": caught(func() { impl.Sgemv(x.tA, x.m, x.k, 1, a32, x.lda, x32, x.incX, 0, y32, x.incY) }),
		}
	}
	for name, change := range spoil {
		x := good
		change(&x)
		want := calls(gonum.Implementation{}, x)
		for routine, reason := range calls(Implementation{}, x) {
			if reason != want[routine] {
				t.Errorf("%s with bad %s panics with %v, gonum with %v", routine, name, reason, want[routine])
			}
		}
	}
}

// Calls from many goroutines share the pooled workspaces.
func TestConcurrentCalls(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	var wg sync.WaitGroup
	for i := range 8 {
		q := &problem{tA: transposeKinds[i%2], tB: transposeKinds[i/2%2], m: 130 + i, n: 20 + 30*(i%3), k: 300, alpha: 1, beta: 1}
		q.fill(rng, 0, 0, 0)
		wg.Go(func() {
			for range 3 {
				check(t, q, "kernel", q.dgemm(Implementation{}))
				check(t, q, "kernel", q.sgemm(Implementation{Workers: 1}))
			}
		})
	}
	wg.Wait()
	if n := computing.Load(); n != 0 {
		t.Errorf("%d goroutines are counted after the last call", n)
	}
}

// Products do not allocate once their workspace is there.
func TestAllocations(t *testing.T) {
	if double == nil {
		t.Skip("no kernel fits this processor")
	}
	q := &problem{tA: blas.NoTrans, tB: blas.NoTrans, m: 200, n: 64, k: 100, alpha: 1}
	q.fill(rand.New(rand.NewPCG(1, 1)), 0, 0, 0)
	impl := Implementation{Workers: 1}
	allocs := testing.AllocsPerRun(20, func() {
		impl.Dgemm(q.tA, q.tB, q.m, q.n, q.k, 1, q.a, q.lda, q.b, q.ldb, 0, q.c, q.ldc)
	})
	if allocs > 2 {
		t.Errorf("%v allocations a call", allocs)
	}
}

func ExampleImplementation() {
	x := []float64{1, 2, 3, 4, 5, 6} // 3 x 2
	gram := make([]float64, 4)
	Implementation{}.Dgemm(blas.Trans, blas.NoTrans, 2, 2, 3, 1, x, 2, x, 2, 0, gram, 2)
	fmt.Println(gram)
	// Output: [35 44 44 56]
}
