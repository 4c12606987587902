package hidden_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"tell/estimate"
	"tell/folds"
	"tell/hidden"
	"tell/target"
)

// rivalP is the p of one rival of given strength on rows in groups: half of its
// noise is that of the group, and labels are half of each group's rows.
func rivalP(t *testing.T, seed uint64, strength float64) hidden.Null {
	t.Helper()
	const groups, each = 30, 4
	rng := rand.New(rand.NewPCG(seed, 9))
	var ids []string
	var group, label []int
	var rival, probe []float64
	for g := range groups {
		shared := rng.NormFloat64()
		for i := range each {
			ids = append(ids, fmt.Sprint(g, "-", i))
			group, label = append(group, g), append(label, i/2)
			rival = append(rival, strength*float64(i/2)+shared+rng.NormFloat64())
			probe = append(probe, rng.NormFloat64())
		}
	}
	plan, err := folds.New(ids, group, label, 2, folds.Settings{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	r, err := hidden.Measure(context.Background(), hidden.Data{
		Plan: plan, Target: target.Binary(label),
		Probe: hidden.Column(plan, "probe", probe), Rivals: []hidden.Predictor{hidden.Column(plan, "rival", rival)},
	}, hidden.Settings{Permutations: 19, Bootstrap: estimate.Bootstrap{Draws: 2, Workers: 1}, Seed: seed, C: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Rivals[0].Null
}

// A rival that knows nothing has a p of at most .05 in about one data set of
// twenty, one that knows the label in nearly all.
func TestNullOfARival(t *testing.T) {
	const runs = 240
	var rejected int
	var mean float64
	for seed := range uint64(runs) {
		n := rivalP(t, seed, 0)
		mean += n.Mean / runs
		if n.P <= 0.05 {
			rejected++
		}
	}
	t.Logf("p <= .05 in %d of %d, mean of the null %.3f", rejected, runs, mean)
	if rejected < 3 || rejected > 8*runs/100 || mean < 0.49 || mean > 0.51 {
		t.Errorf("p <= .05 in %d of %d data sets, the null's mean is %.3f; want about 12 and .5", rejected, runs, mean)
	}
	for seed := range uint64(10) {
		if n := rivalP(t, seed, 1.5); n.P > 0.05 {
			t.Errorf("a rival that knows the label: p %v, null mean %v", n.P, n.Mean)
		}
	}
}
