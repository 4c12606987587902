package hidden_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"tell/estimate"
	"tell/folds"
	"tell/hidden"
	"tell/target"
)

// A probe that reads what the model does and something else is held against the
// behaviour.
func ExampleMeasure() {
	rng := rand.New(rand.NewPCG(1, 1))
	var ids []string
	var label, behaviour, group []int
	var score []float64
	for i := range 300 {
		y := rng.IntN(2)
		b := y
		if rng.Float64() < 0.25 {
			b = 1 - y
		}
		ids = append(ids, strconv.Itoa(i))
		group = append(group, i/5)
		label, behaviour = append(label, y), append(behaviour, b)
		score = append(score, float64(b)+1.5*float64(y)+rng.NormFloat64())
	}
	plan, err := folds.New(ids, group, label, 2, folds.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	acted := hidden.Levels(plan, "behaviour", behaviour, "no", "yes")
	acted.Behaviour = true
	r, err := hidden.Measure(context.Background(), hidden.Data{
		Plan:   plan,
		Target: target.Binary(label),
		// A probe that is trained on the rows gives its inner scores instead.
		Probe:  hidden.Column(plan, "probe", score),
		Rivals: []hidden.Predictor{acted},
	}, hidden.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := r.Information
	fmt.Printf("%s: %s %s, p %.3f\n", in.Key, in.Estimate.Signed(), in.Unit, in.Null.P)
	fmt.Println("found:", r.Found())
	fmt.Println(in.Estimate.Notes()[0])
	// Output:
	// hidden_information: +0.25 [+0.17, +0.34] bits a row, p 0.005
	// found: true
	// no graded behaviour was given: what the probe adds may be how sure the model is of what it does
}
