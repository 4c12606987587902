package compare

import (
	"math/rand/v2"
	"testing"

	"tell/estimate"
)

// The answers of a study of 120 rows with 32 positions, at one draw.
func BenchmarkTrajectoryDraw(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	t := Trajectory{}
	for i := range 120 {
		score := make([]float64, 32)
		for j := range score {
			score[j] = rng.Float64()
		}
		t.Group, t.Fold = append(t.Group, i), append(t.Fold, i%5)
		t.Final, t.Stated = append(t.Final, rng.IntN(2)), append(t.Stated, 20+rng.IntN(12))
		if rng.IntN(4) > 0 {
			for j := range score {
				score[j] = (3*float64(t.Final[i]) + score[j]) / 4
			}
		}
		t.Probe.Score = append(t.Probe.Score, score)
	}
	t = t.withDefaults()
	r := newReader(&t, t.Probe)
	w := estimate.Bootstrap{Seed: 1}.Weights(t.Group, 0)
	for b.Loop() {
		r.read(r.choose(w))
	}
}
