package solve_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/internal/solve"
)

func TestWeightedLogisticEqualsScikitLearn(t *testing.T) {
	var ref struct {
		Layer       int
		C           []float64
		Weights     [][]float64
		Objective   []float64
		Probability [][]float64
	}
	raw, err := os.ReadFile(testdata("logistic", "weights.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	x, y := capitals(t, ref.Layer)
	var splits []solve.Split
	for _, w := range ref.Weights {
		s := everyRow(len(y))
		s.Weight = w
		splits = append(splits, s)
	}
	err = solve.Logistic{}.Fit(t.Context(), x, splits, solve.Targets(y), ref.C, func(f *solve.Fit) {
		want := f.Split*len(ref.C) + f.CIndex
		if excess := f.Objective/ref.Objective[want] - 1; math.Abs(excess) > 1e-6 || f.Status != solve.Converged {
			t.Errorf("weights %d, C %g: %s at objective %v, scikit-learn %v", f.Split, f.C, f.Status, f.Objective, ref.Objective[want])
		}
		for i, p := range ref.Probability[want] {
			if got := solve.Sigmoid(f.Margin[i]); math.Abs(got-p) > 1e-4 {
				t.Errorf("weights %d, C %g, row %d: P = %v, scikit-learn %v", f.Split, f.C, i, got, p)
				break
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A whole weight is as many copies of the row, whatever the kind of probe and
// whether or not columns are standardised.
func TestWeightsAreCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, d := rapid.IntRange(4, 25).Draw(t, "rows"), rapid.IntRange(1, 30).Draw(t, "columns")
		C := math.Pow(10, rapid.Float64Range(-3, 1).Draw(t, "log C"))
		raw := rapid.Bool().Draw(t, "raw")
		targets := rapid.SampledFrom([]int{1, 20}).Draw(t, "targets")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		data, y, weight := make([]float64, n*d), make([]int, n), make([]float64, n)
		for i := range data {
			data[i] = 1 + math.Pow(10, float64(i%d%3)-1)*rng.NormFloat64()
		}
		split := everyRow(n)
		for i := range y {
			y[i], weight[i], split.Train[i] = rng.IntN(2), float64(rng.IntN(4)), rng.IntN(5) > 0
		}
		copy(y, []int{0, 1})
		for i := range 2 {
			weight[i], split.Train[i] = 1+float64(rng.IntN(3)), true
		}
		split.Weight = weight
		var copies []float64
		var labels []int
		for i := range y {
			for range int(weight[i]) {
				if split.Train[i] {
					copies, labels = append(copies, data[i*d:(i+1)*d]...), append(labels, y[i])
				}
			}
		}
		fit := func(family solve.Family, data []float64, y []int, s solve.Split) (w []float64, b, objective float64) {
			x, err := solve.NewDense(len(y), d, data)
			if err != nil {
				t.Fatal(err)
			}
			// Many targets on few rows would be trained on a Gram matrix.
			same := solve.Targets(slices.Repeat([][]int{y}, targets)...)
			err = family.Fit(context.Background(), x, []solve.Split{s}, same, []float64{C}, func(f *solve.Fit) {
				w, b, objective = slices.Clone(f.Weights), f.Intercept, f.Objective
			})
			if err != nil {
				t.Fatal(err)
			}
			return w, b, objective
		}
		for name, family := range map[string]solve.Family{
			"logistic":  solve.Logistic{Tol: 1e-12, Raw: raw},
			"mass-mean": solve.MassMean{Tol: 1e-12, Raw: raw},
		} {
			w, b, f := fit(family, data, y, split)
			w2, b2, f2 := fit(family, copies, labels, everyRow(len(labels)))
			if math.Abs(f-f2) > 1e-9*(1+f2) || math.Abs(b-b2) > 1e-4*(1+math.Abs(b2)) {
				t.Fatalf("%s: objective %v and intercept %v with weights, %v and %v with copies", name, f, b, f2, b2)
			}
			for j := range w {
				if math.Abs(w[j]-w2[j]) > 1e-4*(1+math.Abs(w2[j])) {
					t.Fatalf("%s: weights %v, with copies %v", name, w, w2)
				}
			}
		}
	})
}

func TestRowWeightsAreChecked(t *testing.T) {
	x, err := solve.NewDense(4, 1, []float64{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	for want, weight := range map[string][]float64{
		"split 0: found 3 weights, expected 4":            {1, 1, 1},
		"row 2: found weight -1":                          {1, 1, -1, 1},
		"row 0: found weight NaN":                         {math.NaN(), 1, 1, 1},
		"row 1: found weight +Inf":                        {1, math.Inf(1), 1, 1},
		"found label 1 on all 2 training rows":            {1, 0, 1, 0},
		"found label 1 on all 0 training rows, expected ": {0, 0, 0, 0},
	} {
		s := everyRow(4)
		s.Weight = weight
		err := solve.Logistic{}.Fit(t.Context(), x, []solve.Split{s}, solve.Targets([]int{1, 0, 1, 0}), []float64{1}, func(*solve.Fit) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("weights %v: error %v, want one that says %q", weight, err, want)
		}
	}
}
