package probe

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tell/folds"
	"tell/target"
)

// What is trained on some rows is what the same folds give on these rows alone,
// and every other row is scored by the probe that saw no row of its fold.
func TestOnlySomeRowsTrain(t *testing.T) {
	const n, d = 120, 6
	r := rand.New(rand.NewPCG(7, 7))
	x := make([][]float64, n)
	y := make([]float64, n)
	id, group, stratum := make([]string, n), make([]int, n), make([]int, n)
	only := make([]bool, n)
	var kept []int
	for i := range n {
		y[i] = float64(i / 2 % 2)
		for range d {
			x[i] = append(x[i], r.NormFloat64()+y[i])
		}
		id[i], group[i], stratum[i] = string(rune('a'+i%26))+string(rune('a'+i/26)), i/4, int(y[i])
		if only[i] = i%2 == 0; only[i] {
			kept = append(kept, i)
		}
	}
	plan, err := folds.New(id, group, stratum, 2, folds.Settings{Folds: 3, Inner: 3, Repeats: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	label := slices.Clone(y)
	for i := range label {
		if !only[i] {
			label[i] = math.NaN() // never looked at
		}
	}
	all, err := CrossValidate(context.Background(), Slices(x), target.Column{Kind: target.KindBinary, Values: label, Levels: []string{"0", "1"}}, &Settings{Plan: plan, Only: only})
	if err != nil {
		t.Fatal(err)
	}
	var few [][]float64
	var ids []string
	var labels []int
	for _, i := range kept {
		few, ids, labels = append(few, x[i]), append(ids, id[i]), append(labels, int(y[i]))
	}
	part, err := plan.For(ids)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := CrossValidate(context.Background(), Slices(few), target.Binary(labels), &Settings{Plan: part})
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, a, b float64) {
		t.Helper()
		if math.Abs(a-b) > 1e-6*(1+math.Abs(b)) {
			t.Fatalf("%s: %v among all rows, %v on these alone", what, a, b)
		}
	}
	for u := range plan.Units {
		near("C", all.C[u], alone.C[u])
		near("loss", all.Loss[u], alone.Loss[u])
		for k, i := range kept {
			near("inner", all.Inner[u][i], alone.Inner[u][k])
		}
	}
	for c := range all.Grid {
		near("test loss", all.TestLoss[c], alone.TestLoss[c])
	}
	for k, u := range plan.Units {
		margin, err := all.Probes[k].Margin(Slices(x))
		if err != nil {
			t.Fatal(err)
		}
		for i, test := range u.Test {
			if test {
				near("score", all.Score[u.Repeat][i], 1/(1+math.Exp(-margin[i])))
			}
		}
	}
	for r := range alone.Score {
		for k, i := range kept {
			near("score", all.Score[r][i], alone.Score[r][k])
		}
	}
	near("AUROC", all.AUROC().Value, alone.AUROC().Value)
	final, err := all.Train(context.Background(), Slices(x))
	if err != nil {
		t.Fatal(err)
	}
	want, err := alone.Train(context.Background(), Slices(few))
	if err != nil {
		t.Fatal(err)
	}
	near("intercept", final.Intercept, want.Intercept)

	for name, s := range map[string]*Settings{"short": {Plan: plan, Only: only[:5]}, "one label": {Plan: plan, Only: make([]bool, n)}} {
		if _, err := CrossValidate(context.Background(), Slices(x), target.Column{Kind: target.KindBinary, Values: y, Levels: []string{"0", "1"}}, s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Permutations(context.Background(), Slices(x), target.Column{Kind: target.KindBinary, Values: y, Levels: []string{"0", "1"}}, &Settings{Plan: plan, Only: only}, 1, 5); err == nil {
		t.Error("permutations of some rows: no error")
	}
}
