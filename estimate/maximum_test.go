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

// A draw that comes to just what was observed counts against it, both for the
// design alone and in the maximum over designs.
func TestMaxPCountsDrawsThatEqualTheObserved(t *testing.T) {
	for _, c := range []struct {
		observed     []float64
		null         [][]float64
		p, corrected []float64
	}{
		{[]float64{0.75}, [][]float64{{0.75, 0.5, 0.75}}, []float64{3. / 4}, []float64{3. / 4}},
		{[]float64{0.75, 0.5}, [][]float64{{0.25, 0.5, 0.25}, {0.75, 0.25, 0.25}}, []float64{1. / 4, 2. / 4}, []float64{2. / 4, 3. / 4}},
		{[]float64{0.75, 0.75}, [][]float64{{0.25, 0.5, 0.25}, {0.25, 0.75, 0.25}}, []float64{1. / 4, 2. / 4}, []float64{2. / 4, 2. / 4}},
	} {
		p, corrected := MaxP(c.observed, c.null)
		if !slices.Equal(p, c.p) || !slices.Equal(corrected, c.corrected) {
			t.Errorf("observed %v, draws %v: p = %v, corrected %v; want %v and %v", c.observed, c.null, p, corrected, c.p, c.corrected)
		}
	}
}
