package solve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"

	"tell/internal/kernel"
)

type bothPrecisions interface {
	blas.Float64
	blas.Float32
}

// register puts a BLAS behind blas64 and blas32 until the test ends.
func register(t *testing.T, impl bothPrecisions) {
	before64, before32 := blas64.Implementation(), blas32.Implementation()
	t.Cleanup(func() {
		blas64.Use(before64)
		blas32.Use(before32)
	})
	blas64.Use(impl)
	blas32.Use(impl)
}

func normal(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func checkBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("%s: other bits", what)
	}
}

// The factor is to the bit what LAPACK gives on the kernels.
func TestCholeskyIsThatOfLAPACK(t *testing.T) {
	register(t, kernel.Implementation{})
	rng := rand.New(rand.NewPCG(1, 3))
	for _, m := range []int{1, 2, 63, 64, 65, 128, 150, 321} {
		for _, shift := range []float64{1, -float64(m)} {
			x, a := normal(rng, m*m), make([]float64, m*m)
			syrk(blas.NoTrans, 1, general(m, m, m, x), 0, a, m)
			for i := range m {
				a[i*m+i] += shift
			}
			want := slices.Clone(a)
			_, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: m, Stride: m, Data: want})
			if got := cholesky(a, m); got != ok {
				t.Errorf("%d rows: a factor: %v, want %v", m, got, ok)
			}
			checkBits(t, fmt.Sprintf("%d rows, diagonal shifted by %v", m, shift), a, want)
		}
	}
}

// So is the basis, whatever rows and columns are zero.
func TestOrthonormaliseIsThatOfLAPACK(t *testing.T) {
	register(t, kernel.Implementation{})
	rng := rand.New(rand.NewPCG(1, 4))
	for _, size := range [][4]int{{1, 1}, {1, 50}, {2, 2}, {7, 7}, {7, 300}, {maxRank, maxRank}, {maxRank, 576}, {maxRank, 1000}, {maxRank, 576, 0, 33}, {maxRank, 576, 9, 0}, {40, 300, 40, 0}} {
		k, d, zeroRows, zeroColumns := size[0], size[1], size[2], size[3]
		a := normal(rng, k*d)
		clear(a[(k-zeroRows)*d:])
		for i := range k {
			clear(a[(i+1)*d-zeroColumns : (i+1)*d])
		}
		want := general(k, d, d, slices.Clone(a))
		tau, work := make([]float64, k), make([]float64, 64*k)
		lapack64.Gelqf(want, tau, work, len(work))
		lapack64.Orglq(want, tau, work, len(work))
		orthonormalise(a, k, d)
		checkBits(t, fmt.Sprint(size), a, want.Data)
	}
}

// refusing is a BLAS that no product large enough for the kernels may reach.
type refusing struct {
	gonum.Implementation
	t *testing.T
}

func (r refusing) Dgemm(_, _ blas.Transpose, m, n, k int, _ float64, _ []float64, _ int, _ []float64, _ int, _ float64, _ []float64, _ int) {
	r.t.Errorf("Dgemm of %d x %d x %d on the registered BLAS", m, n, k)
}

func (r refusing) Sgemm(_, _ blas.Transpose, m, n, k int, _ float32, _ []float32, _ int, _ []float32, _ int, _ float32, _ []float32, _ int) {
	r.t.Errorf("Sgemm of %d x %d x %d on the registered BLAS", m, n, k)
}

func (r refusing) Dsyrk(_ blas.Uplo, _ blas.Transpose, n, k int, _ float64, _ []float64, _ int, _ float64, _ []float64, _ int) {
	r.t.Errorf("Dsyrk of %d x %d on the registered BLAS", n, k)
}

func (r refusing) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if m*n >= 4096 {
		r.t.Errorf("Dgemv of %d x %d on the registered BLAS", m, n)
	}
	r.Implementation.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// The probes are the same to the bit whatever BLAS the program registers.
func TestRegisteredBLASIsNotUsed(t *testing.T) {
	const n, d = 200, 220
	x := rankDeficient(n, d)
	splits := []Split{{Train: make([]bool, n)}, {Train: make([]bool, n)}}
	for i := range n {
		splits[0].Train[i], splits[1].Train[i] = true, i%5 != 0
	}
	grid := []float64{1e-4, 1e-2, 1}
	probes := func(t *testing.T, impl bothPrecisions, family Family, targets int) map[task]Fit {
		register(t, impl)
		return collect(t, func(visit func(*Fit)) error {
			return family.Fit(t.Context(), x, splits, randomLabels(n, targets), grid, visit)
		})
	}
	for _, c := range []struct {
		name    string
		family  Family
		targets int
	}{{"primal", Logistic{}, 1}, {"dual", Logistic{}, manyTargets}, {"mass-mean", MassMean{}, 1}} {
		t.Run(c.name, func(t *testing.T) {
			want := probes(t, kernel.Implementation{}, c.family, c.targets)
			for _, impl := range []bothPrecisions{gonum.Implementation{}, refusing{t: t}} {
				for at, f := range probes(t, impl, c.family, c.targets) {
					what := fmt.Sprintf("%T, %v", impl, at)
					checkBits(t, what, f.Weights, want[at].Weights)
					checkBits(t, what, f.Margin, want[at].Margin)
					checkBits(t, what, []float64{f.Objective, f.Intercept}, []float64{want[at].Objective, want[at].Intercept})
				}
			}
		})
	}
}
