package solve

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// The reference adds log(1+exp(-m)) up in 200 bits, from exp in double
// precision.
func TestLossSumIsTheSumOfLosses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []float64{1e-3, 1, 10, 1000} {
		for _, centre := range []float64{0, -3, 3, 50} {
			got, want := newLossSum(), new(big.Float).SetPrec(200)
			for range 5000 {
				m := centre + size*rng.NormFloat64()
				got.add(m)
				want.Add(want, big.NewFloat(math.Log1p(math.Exp(-math.Abs(m)))))
				want.Add(want, big.NewFloat(max(0, -m)))
			}
			w, _ := want.Float64()
			if g := got.sum(); math.Abs(g/w-1) > 1e-13 {
				t.Errorf("margins around %g, spread %g: found %v, expected %v", centre, size, g, w)
			}
		}
	}
}
