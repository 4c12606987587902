package compare_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"tell/compare"
	"tell/estimate"
)

// What is true and what the model does are read at the same layer, from
// directions at an angle.
func ExampleTargets_Measure() {
	rng := rand.New(rand.NewPCG(1, 1))
	t := compare.Targets{Names: [2]string{"know", "act"}}
	var score [2][]float64
	for i := range 240 {
		t.Group, t.Fold = append(t.Group, i/4), append(t.Fold, i/4%5)
		for k, strength := range []float64{1.5, 0.5} {
			y := rng.IntN(2)
			t.Label[k] = append(t.Label[k], y)
			score[k] = append(score[k], 1/(1+math.Exp(-strength*float64(2*y-1)-rng.NormFloat64())))
		}
	}
	// Probes trained on one half of the groups and on the other.
	half := compare.Halving{{{1, 0.1}, {1, -0.1}}, {{0.7, 0.6}, {0.5, 0.8}}}
	t.Layers = []compare.TargetLayer{{Layer: 12, Score: score, Directions: &compare.Directions{Halvings: []compare.Halving{half}}}}
	lines, err := t.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}, Permutations: 199})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		switch l.Key {
		case compare.KeyTargetAUROC:
			if l.Train == l.Test {
				fmt.Printf("%s %s: %s\n", l.Key, l.Train, l.Estimate)
			}
		case compare.KeyTargetAUROCDifference:
			fmt.Printf("%s: %s, p %.3f\n", l.Key, l.Estimate.Signed(), l.Null.P)
		case compare.KeyCosineCorrected:
			fmt.Printf("%s: %.2f\n", l.Key, l.Estimate.Value)
		}
	}
	// Output:
	// auroc know: 0.99 [0.97, 1.00]
	// auroc act: 0.76 [0.68, 0.82]
	// target_auroc_difference: -0.23 [-0.31, -0.17], p 0.005
	// cosine_corrected: 0.67
}

// Answers that are decided early and stated late.
func ExampleTrajectory_Measure() {
	rng := rand.New(rand.NewPCG(1, 1))
	var t compare.Trajectory
	for i := range 60 {
		final, decided := rng.IntN(2), rng.IntN(8)
		score := make([]float64, 13)
		for p := range score {
			score[p] = 0.4 + 0.2*rng.Float64()
			if p >= decided {
				score[p] = 0.05 + 0.9*float64(final)
			}
		}
		t.Group, t.Fold = append(t.Group, i), append(t.Fold, i%5)
		t.Final, t.Stated = append(t.Final, final), append(t.Stated, 10)
		t.Probe.Score = append(t.Probe.Score, score)
	}
	t.Precision = 0.99
	lines, err := t.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		switch l.Key {
		case compare.KeyDecidedMedian:
			fmt.Printf("%s, %s: %g\n", l.Key, l.Predictor, l.Estimate.Value)
		case compare.KeyWaste:
			fmt.Printf("%s: %s\n", l.Key, l.Estimate)
		}
	}
	// Output:
	// decided_median, probe: 3
	// waste: 0.66 [0.60, 0.73]
	// decided_median, stated: 10
}

// A probe that puts answers in order better than their log-probability does.
func ExampleCandidates_Measure() {
	rng := rand.New(rand.NewPCG(1, 1))
	var c compare.Candidates
	var logp []float64
	for q := range 80 {
		for a := range 5 {
			right := 0
			if a < 2 {
				right = 1
			}
			c.Question, c.Fold, c.Right = append(c.Question, q), append(c.Fold, q%5), append(c.Right, right)
			c.Probe = append(c.Probe, 2*float64(right)+rng.NormFloat64())
			logp = append(logp, float64(right)+rng.NormFloat64())
		}
	}
	c.External = []compare.Scorer{{Name: "logp", Score: logp}}
	lines, err := c.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}, Permutations: 199})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		switch {
		case l.Key == compare.KeyK && l.Predictor != "logp":
			fmt.Printf("%s, %s: %s\n", l.Key, l.Predictor, l.Estimate)
		case l.Key == compare.KeyKGap:
			fmt.Printf("%s: %s, p %.3f\n", l.Key, l.Estimate.Signed(), l.Null.P)
		}
	}
	// Output:
	// k, probe: 0.93 [0.90, 0.95]
	// k, best external: 0.79 [0.73, 0.84]
	// k_gap: +0.14 [+0.08, +0.20], p 0.005
}
