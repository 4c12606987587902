package estimate

import (
	"slices"
	"testing"
)

func TestMaxP(t *testing.T) {
	p, corrected := MaxP([]float64{0.9, 0.6}, [][]float64{{0.5, 0.8, 0.5}, {0.7, 0.5, 0.5}})
	if !slices.Equal(p, []float64{1. / 4, 2. / 4}) || !slices.Equal(corrected, []float64{1. / 4, 3. / 4}) {
		t.Errorf("p = %v, corrected %v; want [.25 .5] and [.25 .75]", p, corrected)
	}
}
