package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Rows are added in their order, to the last bit.
func TestAddRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{0, 1, 31, 32, 63, 64, 65, 130, 200} {
		const rows, places = 37, 3
		a, c, which := make([]float32, rows*n), make([]float32, places*n), make([][]int, places)
		for i := range a {
			a[i] = float32(rng.NormFloat64())
		}
		for i := range c {
			c[i] = float32(rng.NormFloat64())
		}
		want := slices.Clone(c)
		for i := range rows {
			r := rng.IntN(places) // the last place gets none
			if r == places-1 {
				continue
			}
			which[r] = append(which[r], i)
			for j := range n {
				want[r*n+j] += a[i*n+j]
			}
		}
		for _, e := range append(slices.Clone(singles), nil) {
			got := slices.Clone(c)
			e.addRows(got, a, n, which)
			if !slices.Equal(got, want) {
				t.Errorf("%d numbers, engine %+v: found %v, expected %v", n, e, got, want)
			}
		}
	}
}
