package metric

import (
	"testing"

	"pgregory.net/rapid"
)

func TestRelabelledRankingIsThatOfTheLabels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		score := rapid.SliceOfN(rapid.Float64Range(-2, 2), 2, 30).Draw(t, "score")
		draw := func(name string) []int {
			return rapid.SliceOfN(rapid.IntRange(0, 1), len(score), len(score)).Draw(t, name)
		}
		y, z := draw("labels"), draw("other labels")
		a, b := NewRanking(z, score).AUROC(nil), NewRanking(y, score).Relabelled(z).AUROC(nil)
		if a != b {
			t.Fatalf("%v relabelled, %v anew", b, a)
		}
	})
}
