package solve_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tell/internal/solve"
	"tell/target"
)

func TestMassMeanDirection(t *testing.T) {
	// Standardised columns are ±1, the class means (1, 0) and (-1, 0).
	x, err := solve.NewDense(4, 2, []float64{3, 10, 3, 30, 1, 10, 1, 30})
	if err != nil {
		t.Fatal(err)
	}
	err = solve.MassMean{}.Fit(t.Context(), x, []solve.Split{everyRow(4)}, solve.Targets([]int{1, 1, 0, 0}), []float64{1}, func(f *solve.Fit) {
		// The projection is ±1, and a minimises a²/2 + 4 log(1+exp(-a)).
		const a = 1.0428
		if math.Abs(f.Weights[0]-a) > 1e-3 || math.Abs(f.Weights[1]) > 1e-9 || math.Abs(f.Intercept+2*a) > 2e-3 {
			t.Errorf("weights %v, intercept %v; want [%v 0] and %v", f.Weights, f.Intercept, a, -2*a)
		}
		if math.Abs(f.Margin[0]-a) > 1e-3 {
			t.Errorf("margin %v, want %v", f.Margin[0], a)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// More columns than a batch holds are the same probes.
func TestMassMeanInBatches(t *testing.T) {
	const n, d, targets = 30, 4, 300
	rng := rand.New(rand.NewPCG(9, 9))
	data := make([]float64, n*d)
	for i := range data {
		data[i] = rng.NormFloat64()
	}
	x, err := solve.NewDense(n, d, data)
	if err != nil {
		t.Fatal(err)
	}
	y := make([][]int, targets)
	for i := range y {
		y[i] = make([]int, n)
		for row := range y[i] {
			y[i][row] = (row + i) % (2 + i%3) % 2
		}
	}
	splits := []solve.Split{everyRow(n), everyRow(n)}
	splits[1].Train[0] = false
	margin := make(map[[2]int]float64)
	fit := func(y [][]int, visit func(*solve.Fit)) {
		if err := (solve.MassMean{}).Fit(t.Context(), x, splits, solve.Targets(y...), []float64{1}, visit); err != nil {
			t.Fatal(err)
		}
	}
	fit(y, func(f *solve.Fit) { margin[[2]int{f.Split, f.Target}] = f.Margin[3] })
	if len(margin) != 2*targets {
		t.Fatalf("%d probes, expected %d", len(margin), 2*targets)
	}
	for _, target := range []int{0, 127, 128, 299} {
		fit(y[target:target+1], func(f *solve.Fit) {
			if got := margin[[2]int{f.Split, target}]; math.Abs(got-f.Margin[3]) > 1e-9 {
				t.Errorf("split %d, target %d: margin %v in a batch, %v alone", f.Split, target, got, f.Margin[3])
			}
		})
	}
}

func TestFamilies(t *testing.T) {
	for _, name := range solve.Families() {
		known := false
		for _, kind := range target.Kinds() {
			_, err := solve.NewFamily(name, kind, solve.Options{Levels: 3})
			known = known || err == nil
		}
		if !known {
			t.Errorf("%s is for no kind of target", name)
		}
	}
	_, err := solve.NewFamily("forest", target.KindBinary, solve.Options{})
	if err == nil || !strings.HasPrefix(err.Error(), `probe kind: found "forest", expected one of logistic, mass-mean, ridge`) {
		t.Errorf("error %v", err)
	}
}
