package run

import (
	"slices"
	"testing"
)

// Scores of the same states that were summed in another order are the same, and
// others are not.
func TestSnapped(t *testing.T) {
	own := []float64{0.25, 0.75}
	for _, c := range []struct{ off, want float64 }{{1e-12, 0.25}, {1e-6, 0.25 + 1e-6}} {
		if got := snapped([]float64{0.25 + c.off, 0.75}, own); !slices.Equal(got, []float64{c.want, 0.75}) {
			t.Errorf("found %v of scores that are %v off, expected %v first", got, c.off, c.want)
		}
	}
}
