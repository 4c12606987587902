package compare_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"tell/compare"
	"tell/estimate"
	"tell/target"
)

// evidence is a probe's P(label=1) of a row: what the label moves it by, and noise.
func evidence(rng *rand.Rand, label int, strength float64) float64 {
	return 1 / (1 + math.Exp(-(float64(2*label-1)*strength + rng.NormFloat64())))
}

// Under pressure a model says what it is told, and a probe still reads what it
// read before.
func ExampleCondition_Measure() {
	rng := rand.New(rand.NewPCG(1, 1))
	d := compare.Condition{Names: [2]string{"neutral", "pressure"}}
	for i := range 200 {
		y := rng.IntN(2)
		d.Pair, d.Group = append(d.Pair, strconv.Itoa(i)), append(d.Group, i/4)
		for k := range 2 {
			act := y
			if rng.Float64() < []float64{0.1, 0.4}[k] {
				act = 1 - y
			}
			d.Label[k] = append(d.Label[k], y)
			d.Score[k] = append(d.Score[k], evidence(rng, y, 1.5))
			d.Behaviour[k] = append(d.Behaviour[k], act)
		}
	}
	lines, err := d.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		switch l.Key {
		case compare.KeyFall, compare.KeyFallMatched, compare.KeyOverride, compare.KeyOverrideMatched:
			fmt.Printf("%s %q %v %v\n", l.Key, l.Predictor, l.Estimate, l.Estimate.Flags())
		}
	}
	// Output:
	// accuracy_fall "probe" 0.01 [-0.05, 0.06] []
	// accuracy_fall_matched "probe" 0.01 [-0.03, 0.13] []
	// accuracy_fall "behaviour" 0.24 [0.15, 0.33] []
	// override_share "" 0.979 [0.731, 1.225] []
	// override_share_matched "" 0.958 [0.686, 1.229] []
}

// A probe of bare statements is measured on conversations, in which the label has
// another direction in part.
func ExampleTransfer_Measure() {
	rng := rand.New(rand.NewPCG(1, 2))
	d := compare.Transfer{Sets: []string{"statements", "conversations"}, FPR: 0.1, Control: 0, Score: make([][]float64, 2), In: make([][]bool, 2)}
	for i := range 400 {
		y, set := rng.IntN(2), i/200
		d.ID, d.Group, d.Label = append(d.ID, strconv.Itoa(i)), append(d.Group, i/4), append(d.Label, y)
		for probe := range 2 {
			strength := 1.5
			if probe != set {
				strength = 0.7
			}
			d.Score[probe] = append(d.Score[probe], evidence(rng, y, strength))
			d.In[probe] = append(d.In[probe], probe == set)
		}
	}
	lines, err := d.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}, Permutations: 199})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		if l.Train != "statements" || l.Test != "conversations" {
			continue
		}
		switch l.Key {
		case compare.KeyAUROC:
			fmt.Printf("%s %v, p %.3f\n", l.Key, l.Estimate, l.Null.P)
		case compare.KeyRecovery, compare.KeyRealisedFPR, compare.KeyRecallAtFPR:
			fmt.Println(l.Key, l.Estimate)
		}
	}
	// Output:
	// auroc 0.82 [0.76, 0.87], p 0.005
	// recovery 0.67 [0.54, 0.78]
	// realised_fpr 0.09 [0.04, 0.16]
	// recall_at_fpr 0.81 [0.72, 0.88]
}

// Tuning changes what a model does and hardly what a probe reads.
func ExampleDumps_Measure() {
	rng := rand.New(rand.NewPCG(1, 3))
	d := compare.Dumps{Names: [2]string{"base", "tuned"}, Margin: 0.1}
	for i := range 400 {
		y := rng.IntN(2)
		d.ID, d.Group, d.Label = append(d.ID, strconv.Itoa(i)), append(d.Group, i/4), append(d.Label, y)
		for k := range 2 {
			act := y
			if rng.Float64() < []float64{0.4, 0.1}[k] {
				act = 1 - y
			}
			d.Score[k] = append(d.Score[k], evidence(rng, y, 1.5))
			d.Behaviour[k] = append(d.Behaviour[k], act)
		}
	}
	lines, err := d.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		if l.Test == "tuned-base" {
			fmt.Printf("%s %q %s %v\n", l.Key, l.Predictor, l.Estimate.Signed(), l.Estimate.Flags())
		}
	}
	// Output:
	// auroc_change "probe" +0.00 [-0.01, +0.02] [equivalent]
	// accuracy_change "probe" -0.00 [-0.04, +0.04] [equivalent]
	// accuracy_change "behaviour" +0.31 [+0.25, +0.37] [different]
	// net_gap_change "" -0.31 [-0.39, -0.24] [different]
}

// A direction is steered along by three doses, and so are 19 random ones.
func ExampleDoses_Measure() {
	rng := rand.New(rand.NewPCG(1, 4))
	series := func(name string, slope float64) compare.Series {
		s := compare.Series{Name: name, Dose: []float64{-4, 0, 4}}
		for _, dose := range s.Dose {
			says := make([]float64, 200)
			for i := range says {
				if rng.Float64() < 0.5+slope*dose {
					says[i] = 1
				}
			}
			s.Behaviour = append(s.Behaviour, says)
		}
		return s
	}
	d := compare.Doses{Series: series("user is wrong", -0.05), Unrelated: series("", 0).Behaviour}
	for i := range 200 {
		d.ID, d.Group = append(d.ID, strconv.Itoa(i)), append(d.Group, i/4)
	}
	for k := range 19 {
		d.Random = append(d.Random, series(fmt.Sprint("random ", k), 0.01*rng.NormFloat64()))
	}
	lines, err := d.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		switch l.Key {
		case compare.KeyDoseChange:
			fmt.Println(l.Key, l.Value, l.Estimate.Signed(), "p", l.Null.P)
		case compare.KeyDoseUnrelated:
			fmt.Println(l.Key, l.Value, l.Estimate.Signed())
		}
	}
	// Output:
	// dose_change -4 +0.23 [+0.13, +0.32] p 0.05
	// dose_change_unrelated -4 -0.01 [-0.12, +0.10]
	// dose_change 4 -0.18 [-0.27, -0.09] p 0.1
	// dose_change_unrelated 4 +0.01 [-0.11, +0.11]
}

// A direction that one layer writes is still there in the next, and not before.
func ExampleLayers_Measure() {
	rng := rand.New(rand.NewPCG(1, 5))
	d := compare.Layers{Tested: 12, Trained: []int{6, 12, 18}, Score: make([][]float64, 3)}
	var label []int
	for i := range 400 {
		y := rng.IntN(2)
		d.Group, label = append(d.Group, i/4), append(label, y)
		for k, strength := range []float64{0, 1.5, 1.2} {
			d.Score[k] = append(d.Score[k], evidence(rng, y, strength))
		}
	}
	d.Target = target.Binary(label)
	lines, err := d.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		if l.Key == compare.KeyAUROC {
			fmt.Println(l.Train, "on", l.Test, l.Estimate)
		}
	}
	// Output:
	// layer 6 on layer 12 0.49 [0.43, 0.54]
	// layer 12 on layer 12 0.98 [0.97, 0.99]
	// layer 18 on layer 12 0.95 [0.93, 0.97]
}

// The difficulty is read well, and the model spends hardly more on what is harder.
func ExampleEffort_Measure() {
	rng := rand.New(rand.NewPCG(1, 6))
	var d compare.Effort
	for i := range 200 {
		hard := float64(1 + rng.IntN(6))
		d.ID, d.Group, d.Difficulty = append(d.ID, strconv.Itoa(i)), append(d.Group, i/10), append(d.Difficulty, hard)
		d.Decoded = append(d.Decoded, hard+0.5*rng.NormFloat64())
		d.Effort = append(d.Effort, 40+hard+8*rng.NormFloat64())
	}
	lines, err := d.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 400, Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		switch l.Key {
		case compare.KeyRankDecoded, compare.KeyRankEffort, compare.KeyRankLead, compare.KeyEffortEasyOverAll:
			fmt.Println(l.Key, l.Estimate)
		}
	}
	// Output:
	// rank_decoded 0.95 [0.94, 0.97]
	// rank_effort 0.21 [0.06, 0.33]
	// rank_lead 0.74 [0.62, 0.90]
	// effort_easy_over_hard 0.91 [0.85, 1.01]
}
