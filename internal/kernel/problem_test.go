package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"pgregory.net/rapid"
)

// A problem is C = alpha*op(A)*op(B) + beta*C, with numbers that float32
// holds exactly. A symmetric problem has A for B and one triangle for C.
type problem struct {
	tA, tB        blas.Transpose
	m, n, k       int
	lda, ldb, ldc int
	a, b, c       []float64
	alpha, beta   float64
	part          triangle

	result, bound []float64 // of want
}

func (q *problem) String() string {
	return fmt.Sprintf("%c%c m=%d n=%d k=%d lda=%d ldb=%d ldc=%d alpha=%v beta=%v part=%d",
		q.tA, q.tB, q.m, q.n, q.k, q.lda, q.ldb, q.ldc, q.alpha, q.beta, q.part)
}

var transposeKinds = []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}

// drawSize draws a dimension, often one next to the edge of a tile or block.
func drawSize(t *rapid.T, label string, most int) int {
	edges := []int{1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 47, 48, 49, 95, 96, 97, 192, 193, 240, 241, 256, 257, 480, 481, 511, 512, 513, 1024, 1025, 1030}
	size := rapid.OneOf(rapid.IntRange(1, 40), rapid.SampledFrom(edges), rapid.IntRange(1, most)).Draw(t, label)
	return min(size, most)
}

// drawProblem draws a problem of at most half a million multiplications.
func drawProblem(t *rapid.T) *problem {
	const most = 1 << 19
	q := &problem{
		tA:    rapid.SampledFrom(transposeKinds).Draw(t, "tA"),
		tB:    rapid.SampledFrom(transposeKinds).Draw(t, "tB"),
		alpha: rapid.SampledFrom([]float64{1, -1, 0.75}).Draw(t, "alpha"),
		beta:  rapid.SampledFrom([]float64{0, 1, -0.5, 3}).Draw(t, "beta"),
	}
	q.k = drawSize(t, "k", 1100)
	q.m = drawSize(t, "m", min(600, most/q.k))
	q.n = drawSize(t, "n", max(1, min(600, most/q.k/q.m)))
	if rapid.Bool().Draw(t, "wide") {
		q.m, q.n = q.n, q.m
	}
	pad := rapid.IntRange(0, 9)
	q.fill(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)),
		pad.Draw(t, "pad A"), pad.Draw(t, "pad B"), pad.Draw(t, "pad C"))
	return q
}

// drawSymmetric draws a symmetric problem.
func drawSymmetric(t *rapid.T) *problem {
	q := drawProblem(t)
	q.part = rapid.SampledFrom([]triangle{upper, lower}).Draw(t, "part")
	q.m = min(q.m, int(math.Sqrt(float64(1<<19/q.k))))
	q.n = q.m
	q.tB = blas.Trans
	if q.tA != blas.NoTrans {
		q.tB = blas.NoTrans
	}
	q.fill(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed of A"), 1)), q.lda%7, 0, q.ldc%7)
	q.b, q.ldb = q.a, q.lda
	return q
}

// fill draws the matrices, with rows that are longer than they need be.
func (q *problem) fill(rng *rand.Rand, padA, padB, padC int) {
	side := func(rows, cols, pad int, transposed bool) ([]float64, int) {
		if transposed {
			rows, cols = cols, rows
		}
		ld := cols + pad
		return normal(rng, (rows-1)*ld+cols), ld
	}
	q.a, q.lda = side(q.m, q.k, padA, q.tA != blas.NoTrans)
	q.b, q.ldb = side(q.k, q.n, padB, q.tB != blas.NoTrans)
	q.c, q.ldc = side(q.m, q.n, padC, false)
}

// normal returns standard normal numbers that float32 holds exactly.
func normal(rng *rand.Rand, n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = float64(float32(rng.NormFloat64()))
	}
	return s
}

// line returns line i of an operand.
func line(s lines[float64], i, k int) []float64 {
	line := make([]float64, k)
	for l := range line {
		line[l] = s.data[s.offset(i, l)]
	}
	return line
}

// want returns the result by the definition, and for every element
// |alpha| |A| |B| + |beta| |C|.
func (q *problem) want() (c, size []float64) {
	if q.result == nil {
		q.result, q.bound = append(q.result, q.c...), make([]float64, len(q.c))
		columns := make([][]float64, q.n)
		for j := range columns {
			columns[j] = line(lines[float64]{q.b, q.ldb, q.tB == blas.NoTrans}, j, q.k)
		}
		for i := range q.m {
			row := line(lines[float64]{q.a, q.lda, q.tA != blas.NoTrans}, i, q.k)
			for j, column := range columns {
				if q.part.holds(i, j) {
					at := i*q.ldc + j
					q.result[at], q.bound[at] = q.element(row, column, q.c[at])
				}
			}
		}
	}
	return q.result, q.bound
}

func (q *problem) element(row, column []float64, c float64) (value, size float64) {
	if q.beta == 0 { // overwrites even NaN
		c = 0
	}
	var sum, abs float64
	for l, v := range row {
		term := v * column[l]
		sum += term
		abs += math.Abs(term)
	}
	return q.alpha*sum + q.beta*c, math.Abs(q.alpha)*abs + math.Abs(q.beta*c)
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// check compares a result with the definition, to the bound
// (k+4) eps (|alpha| |A| |B| + |beta| |C|). What lies between the rows and
// outside the triangle has a bound of zero.
func check[T element](t failer, q *problem, name string, got []T) {
	t.Helper()
	want, size := q.want()
	for at, w := range want {
		g := float64(got[at])
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		bound := float64(q.k+4) * epsilon[T]() * size[at]
		if !(math.Abs(g-w) <= bound) || math.IsInf(w, 0) {
			t.Fatalf("%s %T %v: c[%d,%d] = %v, want %v within %.1g", name, T(0), q, at/q.ldc, at%q.ldc, g, w, bound)
		}
	}
}

// epsilon is the distance from 1 to the next number of type T.
func epsilon[T element]() float64 {
	if T(1)+T(0x1p-30) == 1 {
		return 0x1p-23
	}
	return 0x1p-52
}

// narrow returns the numbers as type T, in memory of their own.
func narrow[T element](from []float64) []T {
	to := make([]T, len(from))
	for i, v := range from {
		to[i] = T(v)
	}
	return to
}

// productOf states the problem as the engines take it.
func productOf[T element](q *problem) *product[T] {
	return &product[T]{
		a: lines[T]{narrow[T](q.a), q.lda, q.tA != blas.NoTrans},
		b: lines[T]{narrow[T](q.b), q.ldb, q.tB == blas.NoTrans},
		c: narrow[T](q.c), ldc: q.ldc,
		m: q.m, n: q.n, k: q.k,
		alpha: T(q.alpha), beta: T(q.beta),
		part: q.part,
	}
}
