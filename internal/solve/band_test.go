package solve

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// What is divided gives the right-hand side again when it is multiplied, for sizes on
// both sides of the bandwidth, of a slab and of several slabs.
func TestBandDivides(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphas := []float64{0.1, 3}
	for _, m := range []int{1, 2, 3, bandwidth, bandwidth + 1, bandwidth + 2, 2*bandwidth + 1, slab, slab + 1, 2*slab + 45} {
		x, gram := make([]float64, m*(m+3)), make([]float64, m*m)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		syrk(blas.NoTrans, 1/float64(m), general(m, m+3, m+3, x), 0, gram, m)
		mirror(gram, m)
		var b band
		b.reduce(gram, m)
		right := make([]float64, 2*len(alphas)*m)
		for i := range right {
			right[i] = rng.NormFloat64()
		}
		z := append([]float64(nil), right...)
		if !b.divide(z, alphas) {
			t.Fatalf("%d rows: no factor", m)
		}
		for r := range 2 * len(alphas) {
			for i := range m {
				got := alphas[r/2]*z[r*m+i] + dot(gram[i*m:(i+1)*m], z[r*m:(r+1)*m])
				if !(math.Abs(got-right[r*m+i]) <= 1e-10) {
					t.Fatalf("%d rows, alpha %g: row %d gives %v, expected %v", m, alphas[r/2], i, got, right[r*m+i])
				}
			}
		}
	}
}

// A matrix that is not positive has no factor, and says so.
func TestBandWithoutFactor(t *testing.T) {
	const m = 40
	gram := make([]float64, m*m)
	for i := range m {
		gram[i*m+i] = float64(i - 5)
	}
	var b band
	b.reduce(gram, m)
	if b.divide(make([]float64, m), []float64{1}) {
		t.Error("a negative matrix was factored")
	}
	if !b.divide(make([]float64, m), []float64{6}) {
		t.Error("a positive matrix was not factored")
	}
}
