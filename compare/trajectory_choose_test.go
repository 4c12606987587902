package compare

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A threshold is the smallest confidence of a training position with which the
// training positions that are at least as sure have the precision.
func TestChooseIsTheSmallestConfidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Trajectory{Precision: rapid.SampledFrom([]float64{0.6, 0.75, 0.9, 1}).Draw(t, "precision")}
		var w []float64
		for i := range rapid.IntRange(2, 12).Draw(t, "rows") {
			n := rapid.IntRange(1, 8).Draw(t, "positions")
			x.Group = append(x.Group, i)
			x.Fold = append(x.Fold, rapid.IntRange(0, 3).Draw(t, "fold"))
			x.Final = append(x.Final, rapid.IntRange(0, 1).Draw(t, "final"))
			x.Stated = append(x.Stated, rapid.IntRange(-1, n).Draw(t, "stated"))
			score := make([]float64, n)
			for j := range score {
				score[j] = float64(rapid.IntRange(0, 40).Draw(t, "score")) / 40
			}
			x.Probe.Score = append(x.Probe.Score, score)
			w = append(w, float64(rapid.IntRange(0, 3).Draw(t, "weight")))
		}
		x = x.withDefaults()
		r := newReader(&x, x.Probe)
		found := r.choose(w)
		for k, f := range r.folds {
			want := math.Inf(1)
			for a := 40; a >= 20; a-- { // every confidence there is
				tau := max(float64(a)/40, 1-float64(40-a)/40)
				var all, right, here float64
				for i, score := range x.Probe.Score {
					for j, p := range score {
						sure := max(p, 1-p)
						if x.Fold[i] == f || x.Stated[i] >= 0 && j >= x.Stated[i] || sure < tau-1e-9 {
							continue
						}
						all += w[i]
						if (p >= 0.5) == (x.Final[i] == 1) {
							right += w[i]
						}
						if sure < tau+1e-9 {
							here += w[i]
						}
					}
				}
				if here > 0 && right >= (x.Precision-1e-9)*all {
					want = tau
				}
			}
			if !(math.Abs(found[k]-want) < 1e-9 || found[k] == want) {
				t.Fatalf("fold %d: found %v, expected %v", f, found[k], want)
			}
		}
	})
}
