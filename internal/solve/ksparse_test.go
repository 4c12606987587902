package solve_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tell/internal/solve"
)

// The columns are those of the largest differences, and the probe is the logistic one on
// them.
func TestKSparse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	const n, d = 80, 12
	data, y := make([]float64, n*d), make([]float64, n)
	for i := range n {
		y[i] = float64(i % 2)
		for j := range d {
			data[i*d+j] = r.NormFloat64() * float64(1+j)
		}
		data[i*d+2] += 3 * y[i]
		data[i*d+7] -= 9 * y[i]
	}
	x, err := solve.NewDense(n, d, data)
	if err != nil {
		t.Fatal(err)
	}
	split := everyRow(n)
	for i := range 10 {
		split.Train[i] = false
	}
	few := make([]float64, 0, 2*n)
	for i := range n {
		few = append(few, data[i*d+2], data[i*d+7])
	}
	two, err := solve.NewDense(n, 2, few)
	if err != nil {
		t.Fatal(err)
	}
	var want *solve.Fit
	err = solve.Logistic{Tol: 1e-12}.Fit(t.Context(), two, []solve.Split{split}, [][]float64{y}, []float64{0.3}, func(f *solve.Fit) { want = f })
	if err != nil {
		t.Fatal(err)
	}
	shuffled := slices.Clone(y)
	r.Shuffle(n, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	err = solve.KSparse{K: 2, Tol: 1e-12}.Fit(t.Context(), x, []solve.Split{split}, [][]float64{shuffled, y}, []float64{0.3}, func(f *solve.Fit) {
		if f.Target != 1 {
			return
		}
		for j, w := range f.Weights {
			expected := 0.0
			switch j {
			case 2:
				expected = want.Weights[0]
			case 7:
				expected = want.Weights[1]
			}
			if math.Abs(w-expected) > 1e-9 {
				t.Errorf("column %d has weight %v, want %v", j, w, expected)
			}
		}
		for i, m := range f.Margin {
			if math.Abs(m-want.Margin[i]) > 1e-9 {
				t.Fatalf("row %d: margin %v, want %v", i, m, want.Margin[i])
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var drawn [][]int
	err = solve.KSparse{K: 3, Random: true, Seed: 5}.Fit(t.Context(), x, []solve.Split{split, everyRow(n)}, [][]float64{y, shuffled}, []float64{0.3}, func(f *solve.Fit) {
		var at []int
		for j, w := range f.Weights {
			if w != 0 {
				at = append(at, j)
			}
		}
		drawn = append(drawn, at)
	})
	if err != nil || len(drawn) != 4 || len(drawn[0]) != 3 {
		t.Fatalf("drew %v, %v", drawn, err)
	}
	for _, at := range drawn {
		if !slices.Equal(at, drawn[0]) {
			t.Errorf("drew %v", drawn)
		}
	}
}

// Without a penalty the ordered model is statsmodels' OrderedModel, and the one of shares
// its GLM.
func TestUnpenalisedModels(t *testing.T) {
	ref := readReference(t).Unpenalised
	x := states(t, 1, ref.Columns[0], ref.Columns[1], "arithmetic", "layers.npy")
	const C = 1e9
	n, _ := x.Dims()
	err := solve.Cumulative{Levels: 3, Tol: 1e-14}.Fit(t.Context(), x, []solve.Split{everyRow(n)}, [][]float64{ref.Y}, []float64{C}, func(f *solve.Fit) {
		if loglike := -f.Objective / C; math.Abs(loglike/ref.Loglike-1) > 1e-6 {
			t.Errorf("log-likelihood %v, statsmodels %v", loglike, ref.Loglike)
		}
		compareScores(t, "ordinal", 3, readReference(t).Every, f, ref.Prediction)
	})
	if err != nil {
		t.Fatal(err)
	}
	var y, weight []float64
	for _, c := range readReference(t).Cases {
		if c.Family == "share" {
			y, weight = c.Y, c.Weight
		}
	}
	shares := states(t, 0, ref.ShareColumns[0], ref.ShareColumns[1], "families", "taste.npy")
	split := everyRow(len(y))
	split.Weight = weight
	err = solve.Share{Tol: 1e-14}.Fit(t.Context(), shares, []solve.Split{split}, [][]float64{y}, []float64{C}, func(f *solve.Fit) {
		kept := -1
		for i, w := range weight {
			if w == 0 {
				continue
			}
			if kept++; kept%11 == 0 {
				if p := solve.Sigmoid(f.Margin[i]); math.Abs(p-ref.SharePrediction[kept/11]) > 1e-5 {
					t.Errorf("row %d: share %v, statsmodels %v", i, p, ref.SharePrediction[kept/11])
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
