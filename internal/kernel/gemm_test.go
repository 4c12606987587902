package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"pgregory.net/rapid"
)

// A problem is a product in float64 and what it should give.
type problem struct {
	tA, tB        blas.Transpose
	m, n, k       int
	lda, ldb, ldc int
	a, b, c       []float64
	alpha, beta   float64
	part          triangle
}

func (q *problem) String() string {
	return fmt.Sprintf("%c%c m=%d n=%d k=%d lda=%d ldb=%d ldc=%d alpha=%v beta=%v part=%d",
		q.tA, q.tB, q.m, q.n, q.k, q.lda, q.ldb, q.ldc, q.alpha, q.beta, q.part)
}

func lineOf(data []float64, ld int, adjacent bool, i, k int) []float64 {
	line := make([]float64, k)
	for l := range line {
		line[l] = data[lines[float64]{ld: ld, adjacent: adjacent}.offset(i, l)]
	}
	return line
}

// want returns the result by the definition, with the sums of magnitudes that
// bound its error.
func (q *problem) want() (c, size []float64) {
	c = append(c, q.c...)
	size = make([]float64, len(c))
	columns := make([][]float64, q.n)
	for j := range columns {
		columns[j] = lineOf(q.b, q.ldb, q.tB == blas.NoTrans, j, q.k)
	}
	for i := range q.m {
		row := lineOf(q.a, q.lda, q.tA != blas.NoTrans, i, q.k)
		for j, column := range columns {
			if !q.part.holds(i, j) {
				continue
			}
			var sum, abs float64
			for l, v := range row {
				sum += v * column[l]
				abs += math.Abs(v * column[l])
			}
			at := i*q.ldc + j
			size[at] = math.Abs(q.alpha)*abs + math.Abs(q.beta*c[at])
			if q.beta == 0 {
				c[at] = q.alpha * sum
			} else {
				c[at] = q.alpha*sum + q.beta*c[at]
			}
		}
	}
	return c, size
}

// check compares a result with the definition to the bound
// |C - C_ref| <= (k+4) eps (|alpha| |A| |B| + |beta| |C|).
func (q *problem) check(t interface{ Fatalf(string, ...any) }, engine string, got []float64, eps float64) {
	want, size := q.want()
	for at, w := range want {
		g := got[at]
		if math.IsNaN(w) && math.IsNaN(g) || w == g {
			continue
		}
		if math.Abs(w-g) > float64(q.k+4)*eps*size[at] || math.IsNaN(w) != math.IsNaN(g) {
			t.Fatalf("%s %v: c[%d,%d] = %v, want %v", engine, q, at/q.ldc, at%q.ldc, g, w)
		}
	}
}

func convert[T element](from []float64) []T {
	to := make([]T, len(from))
	for i, v := range from {
		to[i] = T(v)
	}
	return to
}

func widen[T element](from []T) []float64 {
	to := make([]float64, len(from))
	for i, v := range from {
		to[i] = float64(v)
	}
	return to
}

// product states the problem to an engine.
func productOf[T element](q *problem) *product[T] {
	p, _ := gemm(q.tA, q.tB, q.m, q.n, q.k, T(q.alpha), convert[T](q.a), q.lda, convert[T](q.b), q.ldb, T(q.beta), convert[T](q.c), q.ldc)
	p.part = q.part
	return p
}

func epsilon[T element]() float64 {
	if T(1)+T(0x1p-30) == 1 {
		return 0x1p-23
	}
	return 0x1p-52
}

func each[T element](t interface{ Fatalf(string, ...any) }, engines []*engine[T], q *problem, workers int) {
	for _, e := range engines {
		p := productOf[T](q)
		e.product(p, workers)
		q.check(t, fmt.Sprintf("%s %T", e.name, T(0)), widen(p.c), epsilon[T]())
	}
}

// drawSize draws a dimension, often next to the edge of a tile or block.
func drawSize(t *rapid.T, label string, most int) int {
	edges := []int{1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 47, 48, 49, 95, 96, 97, 192, 193, 240, 241, 256, 257, 480, 481, 511, 512, 513}
	return min(most, rapid.OneOf(rapid.IntRange(1, 40), rapid.SampledFrom(edges), rapid.IntRange(1, most)).Draw(t, label))
}

func drawProblem(t *rapid.T) *problem {
	transpose := rapid.SampledFrom([]blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans})
	scalar := rapid.SampledFrom([]float64{0, 1, -1, 0.5, 3})
	pad := rapid.IntRange(0, 9)
	q := &problem{
		tA: transpose.Draw(t, "tA"), tB: transpose.Draw(t, "tB"),
		m: drawSize(t, "m", 520), n: drawSize(t, "n", 520), k: drawSize(t, "k", 520),
		alpha: rapid.SampledFrom([]float64{1, -1, 0.75}).Draw(t, "alpha"), beta: scalar.Draw(t, "beta"),
	}
	for q.m*q.n*q.k > 1<<22 { // keep it quick
		q.m, q.n, q.k = q.m/2+1, q.n/2+1, q.k/2+1
	}
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	side := func(rows, cols int, label string) ([]float64, int) {
		ld := cols + pad.Draw(t, label)
		return normal(rng, (rows-1)*ld+cols), ld
	}
	rows, cols := q.m, q.k
	if q.tA != blas.NoTrans {
		rows, cols = cols, rows
	}
	q.a, q.lda = side(rows, cols, "pad A")
	rows, cols = q.k, q.n
	if q.tB != blas.NoTrans {
		rows, cols = cols, rows
	}
	q.b, q.ldb = side(rows, cols, "pad B")
	q.c, q.ldc = side(q.m, q.n, "pad C")
	return q
}

// normal returns standard normal numbers that float32 holds exactly.
func normal(rng *rand.Rand, n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = float64(float32(rng.NormFloat64()))
	}
	return s
}

func TestProductMatchesDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawProblem(t)
		workers := rapid.IntRange(1, 4).Draw(t, "workers")
		each(t, doubles, q, workers)
		each(t, singles, q, workers)
	})
}
