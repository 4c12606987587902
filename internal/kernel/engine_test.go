package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/blas"
	"pgregory.net/rapid"
)

func checkEngines[T element](t failer, engines []*engine[T], q *problem, workers int) {
	t.Helper()
	for _, e := range engines {
		p := productOf[T](q)
		e.product(p, workers)
		check(t, q, e.name, p.c)
	}
}

func TestProduct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, workers := drawProblem(t), rapid.IntRange(1, 4).Draw(t, "workers")
		checkEngines(t, doubles, q, workers)
		checkEngines(t, singles, q, workers)
	})
}

func TestSymmetricProduct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, workers := drawSymmetric(t), rapid.IntRange(1, 4).Draw(t, "workers")
		checkEngines(t, doubles, q, workers)
		checkEngines(t, singles, q, workers)
	})
}

// Every number of columns has kernels of its own, and every remainder of the
// rows and of the sum another way through them.
func TestSkinnyProduct(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := 1; n <= 33; n++ {
		for _, tA := range transposeKinds[:2] {
			for _, tB := range transposeKinds[:2] {
				for _, size := range [][2]int{{17, 1}, {18, 6}, {19, 33}} {
					q := &problem{tA: tA, tB: tB, m: size[0], n: n, k: size[1], alpha: 0.75, beta: -0.5}
					q.fill(rng, 1, 2, 3)
					checkEngines(t, doubles, q, 1)
					checkEngines(t, singles, q, 1)
				}
			}
		}
	}
}

// Products that no dimension of which fits a block.
func TestLargeProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, size := range [][3]int{{7900, 2, 5}, {21, 3, 2070}, {2, 8000, 3}, {197, 500, 13}, {30, 19, 1050}} {
		for _, tA := range transposeKinds[:2] {
			q := &problem{tA: tA, tB: blas.NoTrans, m: size[0], n: size[1], k: size[2], alpha: 0.75, beta: -0.5}
			q.fill(rng, 1, 2, 3)
			checkEngines(t, doubles, q, 1)
			checkEngines(t, singles, q, 3)
		}
	}
}

// The bytes of a result depend neither on the number of workers nor on where
// the work was divided.
func TestWorkersDoNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, size := range [][3]int{{520, 30, 40}, {1101, 1, 130}, {233, 5, 700}, {150, 530, 20}, {3, 900, 70}, {30, 130, 515}, {1300, 16, 10}} {
		for _, tA := range transposeKinds[:2] {
			q := &problem{tA: tA, tB: blas.NoTrans, m: size[0], n: size[1], k: size[2], alpha: 1.25, beta: 0.5}
			q.fill(rng, 3, 0, 1)
			sameForWorkers(t, doubles, q)
			sameForWorkers(t, singles, q)
		}
	}
	for _, part := range []triangle{upper, lower} {
		q := &problem{tA: blas.NoTrans, tB: blas.Trans, m: 290, n: 290, k: 30, alpha: 1.25, beta: 0.5, part: part}
		q.fill(rng, 3, 0, 1)
		sameForWorkers(t, doubles, q)
		sameForWorkers(t, singles, q)
	}
}

func sameForWorkers[T element](t *testing.T, engines []*engine[T], q *problem) {
	t.Helper()
	p := productOf[T](q)
	before := slices.Clone(p.c)
	for _, e := range engines {
		copy(p.c, before)
		e.product(p, 1)
		alone := slices.Clone(p.c)
		for _, workers := range []int{2, 3, 7, 32} {
			copy(p.c, before)
			e.product(p, workers)
			if !slices.Equal(alone, p.c) {
				t.Fatalf("%s %T %v: %d workers give other bytes", e.name, T(0), q, workers)
			}
		}
	}
}

// A NaN or infinity reaches exactly the rows and columns it belongs to.
func TestSpecialValues(t *testing.T) {
	special := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	rapid.Check(t, func(t *rapid.T) {
		q := drawProblem(t)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "places"), 1))
		for _, s := range [][]float64{q.a, q.b, q.c} {
			for range rng.IntN(4) {
				s[rng.IntN(len(s))] = special[rng.IntN(len(special))]
			}
		}
		checkEngines(t, doubles, q, 1)
		checkEngines(t, singles, q, 1)
	})
}

func TestAligned(t *testing.T) {
	for n := range 50 {
		s := aligned[float32](n + 1)
		if at := uintptr(unsafe.Pointer(&s[0])); at%64 != 0 || len(s) != n+1 {
			t.Errorf("%d elements at %#x", len(s), at)
		}
	}
}

func TestTriangle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) span {
			lo := rapid.IntRange(0, 6).Draw(t, label)
			return span{lo, lo + rapid.IntRange(1, 6).Draw(t, label)}
		}
		part := rapid.SampledFrom([]triangle{whole, upper, lower}).Draw(t, "part")
		rows, cols := draw("rows"), draw("cols")
		held := 0
		for i := rows.lo; i < rows.hi; i++ {
			for j := cols.lo; j < cols.hi; j++ {
				if part.holds(i, j) {
					held++
				}
			}
		}
		if part.misses(rows, cols) != (held == 0) || part.covers(rows, cols) != (held == rows.len()*cols.len()) {
			t.Fatalf("triangle %d, rows %v, columns %v: %d elements held", part, rows, cols, held)
		}
	})
}
