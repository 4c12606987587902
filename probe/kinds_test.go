package probe_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tell/estimate"
	"tell/folds"
	"tell/metric"
	"tell/probe"
	"tell/target"
)

// plantedKind gives 120 rows in 40 groups, one direction of which carries a target of the
// kind, and noise.
func plantedKind(kind target.Kind, noise float64) (x [][]float64, y target.Column, group []string) {
	r := rand.New(rand.NewPCG(7, 3))
	n := 120
	y = target.Column{Kind: kind, Values: make([]float64, n)}
	if kind == target.KindShare {
		y.N = make([]float64, n)
	}
	if kind == target.KindClass || kind == target.KindOrdinal || kind == target.KindBinary {
		y.Levels = []string{"low", "mid", "high"}
	}
	if kind == target.KindBinary {
		y.Levels = []string{"no", "yes"}
	}
	for i := range n {
		row := make([]float64, 6)
		for j := range row {
			row[j] = r.NormFloat64()
		}
		at := row[0] + noise*r.NormFloat64()
		switch kind {
		case target.KindNumber:
			y.Values[i] = 10 + 3*at
		case target.KindShare:
			y.N[i] = float64(r.IntN(6))
			for range int(y.N[i]) {
				if r.Float64() < 1/(1+math.Exp(-2*at)) {
					y.Values[i] += 1 / y.N[i]
				}
			}
			y.Values[i] = min(1, y.Values[i])
		case target.KindBinary:
			if at > 0 {
				y.Values[i] = 1
			}
		default:
			switch {
			case at > 0.4:
				y.Values[i] = 2
			case at > -0.4:
				y.Values[i] = 1
			}
		}
		x, group = append(x, row), append(group, "group "+strconv.Itoa(i/3))
	}
	return x, y, group
}

// Every family on every kind of target: the scores are those of the kept probes on
// their test rows, C has the smallest loss, and what is planted is found.
func TestCrossValidateEveryFamily(t *testing.T) {
	for _, kind := range target.Kinds() {
		for _, family := range probe.FamiliesFor(kind) {
			t.Run(string(kind)+"/"+family, func(t *testing.T) {
				x, y, group := plantedKind(kind, 0.3)
				s := &probe.Settings{Family: family, Group: group, Repeats: 2, Seed: 4, C: []float64{1e-3, 1e-1, 1}, Coordinates: 2, Bootstrap: estimate.Bootstrap{Draws: 40}}
				o, err := probe.CrossValidate(t.Context(), probe.Slices(x), y, s)
				if err != nil {
					t.Fatal(err)
				}
				if o.NotConverged > 0 || o.Fits != 10*6*3 {
					t.Errorf("%d of %d probes did not converge", o.NotConverged, o.Fits)
				}
				w := o.Width
				for k, u := range o.Plan.Units {
					p, err := o.Probes[k].Predict(probe.Slices(x))
					if err != nil {
						t.Fatal(err)
					}
					for i, test := range u.Test {
						for l := range w {
							if got := o.Score[u.Repeat][i*w+l]; test && math.Abs(got-p[i*w+l]) > 1e-9 {
								t.Fatalf("repeat %d, fold %d, row %d: score %v, kept probe %v", u.Repeat, u.Fold, i, got, p[i*w+l])
							}
						}
					}
				}
				m, _ := metric.Headline(kind)
				measured, err := o.Metrics()
				if e := metric.Of(m.Key, measured); err != nil || !(e.Value > 0.6) {
					t.Errorf("%s = %v, %v of a planted direction", m.Key, e, err)
				}
				again := *s
				again.Seed = 4
				null, err := probe.Permutations(t.Context(), probe.Slices(x), y, &again, 0.1, 19)
				if err != nil || null.Key != m.Key || slices.Max(null.Draws) >= null.Observed {
					t.Errorf("permutations %+v, %v", null, err)
				}
			})
		}
	}
}

// A loss is that of the probes of the inner folds on the rows that they did not see.
func TestLossOfEveryKind(t *testing.T) {
	for _, kind := range target.Kinds() {
		x, y, group := plantedKind(kind, 0.3)
		s := &probe.Settings{Group: group, Seed: 4, C: []float64{0.1}}
		o, err := probe.CrossValidate(t.Context(), probe.Slices(x), y, s)
		if err != nil {
			t.Fatal(err)
		}
		u := o.Plan.Units[2]
		total, weight := 0.0, 0.0
		for f := range o.Plan.Inner {
			var rows []int
			var some [][]float64
			for i, in := range u.Without(f) {
				if in {
					rows, some = append(rows, i), append(some, x[i])
				}
			}
			p, err := probe.Train(t.Context(), probe.Slices(some), y.At(rows), &probe.Settings{C: []float64{0.1}})
			if err != nil {
				t.Fatal(err)
			}
			score, err := p.Predict(probe.Slices(x))
			if err != nil {
				t.Fatal(err)
			}
			for i, fold := range u.InnerFold {
				if fold != f {
					continue
				}
				w, loss := 1.0, 0.0
				switch v := y.Values[i]; kind {
				case target.KindNumber:
					loss = (v - score[i]) * (v - score[i])
				case target.KindBinary, target.KindShare:
					loss = -v*math.Log(score[i]) - (1-v)*math.Log(1-score[i])
				default:
					loss = -math.Log(score[i*3+int(v)])
				}
				if y.N != nil {
					w = y.N[i]
				}
				total += w * loss
				weight += w
			}
		}
		// The mean is over all training rows, each of which one inner fold validates.
		if want := total / weight; !(math.Abs(o.Loss[2]/want-1) < 1e-4) {
			t.Errorf("%s: loss %v, recomputed %v", kind, o.Loss[2], want)
		}
	}
}

// A whole weight is as many copies of the row, and balanced labels weigh alike.
func TestWeightsAreCopies(t *testing.T) {
	for _, kind := range target.Kinds() {
		for _, family := range probe.FamiliesFor(kind) {
			if family == "lda" {
				continue // which takes no weights
			}
			x, y, _ := plantedKind(kind, 0.3)
			weight := make([]float64, len(x))
			var rows []int
			var copied [][]float64
			for i := range x {
				weight[i] = float64(i % 3)
				for range i % 3 {
					rows, copied = append(rows, i), append(copied, x[i])
				}
			}
			s := &probe.Settings{Family: family, C: []float64{0.1}, Coordinates: 2, Tol: 1e-12}
			of := func(x [][]float64, y target.Column, s *probe.Settings) []float64 {
				p, err := probe.Train(t.Context(), probe.Slices(x), y, s)
				if err != nil {
					t.Fatal(err)
				}
				score, err := p.Predict(probe.Slices(x[:1]))
				if err != nil {
					t.Fatal(err)
				}
				return score
			}
			weighted := *s
			weighted.Weight = weight
			first := append([][]float64{x[0]}, copied...)
			a := of(x, y, &weighted)
			// The first row is put before the copies without a weight of its own.
			one := *s
			one.Weight = slices.Repeat([]float64{1}, len(first))
			one.Weight[0] = 0
			b := of(first, y.At(append([]int{0}, rows...)), &one)
			for k := range a {
				if math.Abs(a[k]-b[k]) > 1e-6 {
					t.Errorf("%s, %s: score %v with weights, %v with copies", kind, family, a, b)
				}
			}
		}
	}
	x, y, _ := plantedKind(target.KindBinary, 0.3)
	for i := range y.Values {
		if i%4 != 0 {
			y.Values[i] = 0
		}
	}
	ones := 0.0
	for _, v := range y.Values {
		ones += v
	}
	n := float64(y.Len())
	weight := make([]float64, y.Len())
	for i, v := range y.Values {
		weight[i] = n / (2 * (n - ones))
		if v == 1 {
			weight[i] = n / (2 * ones)
		}
	}
	a, err := probe.Train(t.Context(), probe.Slices(x), y, &probe.Settings{C: []float64{0.1}, Balanced: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := probe.Train(t.Context(), probe.Slices(x), y, &probe.Settings{C: []float64{0.1}, Weight: weight})
	if err != nil || !slices.Equal(a.Weights, b.Weights) {
		t.Errorf("balanced weights %v, those of the formula %v, %v", a.Weights, b.Weights, err)
	}
	// Rows of label 1 that weigh three times as much are as many copies, and scikit-learn
	// 1.9 balances what rows weigh.
	tripled, all := make([]float64, y.Len()), n+2*ones
	for i, v := range y.Values {
		tripled[i], weight[i] = 1+2*v, all/(2*(n-ones))
		if v == 1 {
			weight[i] = all / (2 * ones)
		}
	}
	a, err = probe.Train(t.Context(), probe.Slices(x), y, &probe.Settings{C: []float64{0.1}, Balanced: true, Weight: tripled})
	if err != nil {
		t.Fatal(err)
	}
	b, err = probe.Train(t.Context(), probe.Slices(x), y, &probe.Settings{C: []float64{0.1}, Weight: weight})
	if err != nil || !floats.EqualApprox(a.Weights, b.Weights, 1e-9) {
		t.Errorf("balanced weights of weighted rows %v, those of the formula %v, %v", a.Weights, b.Weights, err)
	}
}

func TestTargetsThatCannotBeTrained(t *testing.T) {
	x, y, group := plantedKind(target.KindClass, 0.3)
	number, _, _ := plantedKind(target.KindNumber, 0.3)
	thousand := target.Column{Kind: target.KindClass, Values: make([]float64, len(x))}
	for i := range 1000 {
		thousand.Levels = append(thousand.Levels, "class "+strconv.Itoa(i))
	}
	single := target.Column{Kind: target.KindClass, Values: make([]float64, len(x)), Levels: []string{"a"}}
	rare, ordinal := y, y
	rare.Values = make([]float64, len(x))
	rare.Values[0], rare.Values[1] = 1, 2
	ordinal.Kind = target.KindOrdinal
	ordinal.Values = make([]float64, len(x))
	for i := range ordinal.Values {
		ordinal.Values[i] = float64(i%2) * 2
	}
	for _, c := range []struct {
		name string
		y    target.Column
		s    probe.Settings
		want string
	}{
		{"equal numbers", target.Number(slices.Repeat([]float64{3}, len(x))), probe.Settings{}, "found the number 3 on all 120 rows, expected different numbers"},
		{"numbers too large to square", target.Number(append([]float64{1e200}, make([]float64, len(x)-1)...)), probe.Settings{}, "found numbers from 0 to 1e+200, whose variance is no float64 above 0"},
		{"numbers too small to square", target.Number(append([]float64{1e-200}, make([]float64, len(x)-1)...)), probe.Settings{}, "found numbers from 0 to 1e-200, whose variance is no float64 above 0"},
		{"infinite number", target.Number(append([]float64{math.Inf(1)}, make([]float64, len(x)-1)...)), probe.Settings{}, "row 0: found +Inf, expected a finite number"},
		{"share", target.Share(append([]float64{1.5}, make([]float64, len(x)-1)...), nil), probe.Settings{}, "row 0: found share 1.5, expected 0 to 1"},
		{"counts", target.Share(make([]float64, len(x)), slices.Repeat([]float64{-2}, len(x))), probe.Settings{}, "found a share of -2 judgements"},
		{"equal shares", target.Share(slices.Repeat([]float64{0.5}, len(x)), nil), probe.Settings{}, "found the share 0.5 on all 120 rows"},
		{"1,000 classes", thousand, probe.Settings{}, "found 1000 levels of a target of kind class, expected 2 to 100; merge classes"},
		{"one class", single, probe.Settings{}, "found one value on all rows of a target of kind class, expected 2 to 100 levels"},
		{"rare class", rare, probe.Settings{Folds: 5}, `found level "mid" with 1 rows in 1 groups, "high" with 1 rows in 1 groups, expected at least 5 groups`},
		{"missing level", ordinal, probe.Settings{}, `found level "mid" with 0 rows in 0 groups`},
		{"weights", y, probe.Settings{Weight: []float64{1}}, "found 1 weights for 120 rows"},
		{"large weight", y, probe.Settings{Weight: append([]float64{1e308}, make([]float64, len(x)-1)...)}, "row 0: found weight 1e+308, expected 1e+100 or less"},
		{"negative weight", y, probe.Settings{Weight: append([]float64{-1}, make([]float64, len(x)-1)...)}, "row 0: found weight -1"},
		{"balanced numbers", target.Number(column(number, 0)), probe.Settings{Balanced: true}, "has no levels to balance"},
		{"family", y, probe.Settings{Family: "ridge"}, "a ridge probe cannot be trained on a target of kind class"},
	} {
		c.s.Group = group
		_, err := probe.CrossValidate(t.Context(), probe.Slices(x), c.y, &c.s)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	// A plan made for other rows may leave a fold without a level.
	groups, _ := estimate.Numbered(group)
	plan := &folds.Plan{IDs: make([]string, 0), Group: groups, Folds: 2, Inner: 2}
	for i := range x {
		plan.IDs = append(plan.IDs, strconv.Itoa(i))
	}
	for f := range 2 {
		u := folds.Unit{Fold: f, Test: make([]bool, len(x)), InnerFold: make([]int, len(x))}
		for i, v := range y.Values {
			u.Test[i] = (v == 2) == (f == 0)
			if u.InnerFold[i] = i % 2; u.Test[i] {
				u.InnerFold[i] = -1
			}
		}
		plan.Units = append(plan.Units, u)
	}
	_, err := probe.CrossValidate(t.Context(), probe.Slices(x), y, &probe.Settings{Plan: plan})
	if err == nil || !strings.Contains(err.Error(), `repeat 0, fold 0: found none of the`) || !strings.Contains(err.Error(), `rows of level "high" to train on`) {
		t.Errorf("a fold without a level: %v", err)
	}
}

func column(x [][]float64, j int) []float64 {
	c := make([]float64, len(x))
	for i, row := range x {
		c[i] = row[j]
	}
	return c
}

// How hard is a question, and can its difficulty be read off the states?
func ExampleCrossValidate_number() {
	rng := rand.New(rand.NewPCG(1, 1))
	var x [][]float64
	var steps []float64
	for i := range 60 {
		s := float64(1 + i%6)
		x = append(x, []float64{s + rng.NormFloat64(), rng.NormFloat64()})
		steps = append(steps, s)
	}
	o, err := probe.CrossValidate(context.Background(), probe.Slices(x), target.Number(steps), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := o.Metrics()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("Spearman %.2f\n", metric.Of("spearman", m).Value)
	// Output:
	// Spearman 0.88
}
