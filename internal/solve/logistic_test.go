package solve_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"pgregory.net/rapid"

	"tell/activations"
	"tell/internal/solve"
)

func testdata(path ...string) string {
	return filepath.Join(append([]string{"..", "..", "testdata"}, path...)...)
}

// capitals returns the labelled rows of one layer of the real dump.
func capitals(t testing.TB, layer int) (x *solve.Dense, y []int) {
	t.Helper()
	dump, err := activations.Open(activations.Spec{Paths: []string{testdata("capitals", "hidden_states.npy")}})
	if err != nil {
		t.Fatal(err)
	}
	defer dump.Close()
	examples, err := activations.ReadExamples(testdata("capitals", "examples.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	label, _ := examples.Column("user_wrong")
	width := dump.Shape().Width
	var data []float64
	for i := range examples.Len() {
		if v := label.Value(i).(int); v >= 0 {
			row := make([]float64, width)
			if err := dump.ReadFloat64(row, layer, 0, i, i+1); err != nil {
				t.Fatal(err)
			}
			data = append(data, row...)
			y = append(y, v)
		}
	}
	x, err = solve.NewDense(len(y), width, data)
	if err != nil {
		t.Fatal(err)
	}
	return x, y
}

// shuffled gives n shuffles of the labels.
func shuffled(y []int, n int) [][]float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	targets := solve.Targets(slices.Repeat([][]int{y}, n)...)
	for _, t := range targets {
		rng.Shuffle(len(t), func(i, j int) { t[i], t[j] = t[j], t[i] })
	}
	return targets
}

func everyRow(n int) solve.Split {
	train := make([]bool, n)
	for i := range train {
		train[i] = true
	}
	return solve.Split{Train: train}
}

func TestLogisticEqualsScikitLearn(t *testing.T) {
	var ref struct {
		Layers    []int
		C         []float64
		HeldOut   []int `json:"held_out"`
		Objective [][][]float64
	}
	raw, err := os.ReadFile(testdata("logistic", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	want, err := activations.Open(activations.Spec{
		Paths: []string{testdata("logistic", "probabilities.npy")},
		Axes:  []activations.Axis{activations.Layer, activations.Position, activations.Row, activations.Width},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()

	for l, layer := range ref.Layers {
		x, y := capitals(t, layer)
		splits := []solve.Split{everyRow(len(y)), everyRow(len(y))}
		for _, i := range ref.HeldOut {
			splits[1].Train[i] = false
		}
		seen := 0
		err := solve.Logistic{}.Fit(t.Context(), x, splits, solve.Targets(y), ref.C, func(f *solve.Fit) {
			seen++
			if f.Status != solve.Converged {
				t.Errorf("layer %d, split %d, C %g: %s", layer, f.Split, f.C, f.Status)
			}
			objective := ref.Objective[l][f.Split][f.CIndex]
			if excess := f.Objective/objective - 1; math.Abs(excess) > 1e-6 {
				t.Errorf("layer %d, split %d, C %g: objective %v, scikit-learn %v (%.1e)", layer, f.Split, f.C, f.Objective, objective, excess)
			}
			p := make([]float64, len(y))
			if err := want.ReadFloat64(p, l, f.Split, f.CIndex, f.CIndex+1); err != nil {
				t.Fatal(err)
			}
			for i := range p {
				if got := solve.Sigmoid(f.Margin[i]); math.Abs(got-p[i]) > 1e-4 {
					t.Errorf("layer %d, split %d, C %g, row %d: P = %v, scikit-learn %v", layer, f.Split, f.C, i, got, p[i])
					break
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if seen != 2*len(ref.C) {
			t.Errorf("layer %d: %d fits, want %d", layer, seen, 2*len(ref.C))
		}
	}
}

// minimiser finds the optimum of scikit-learn's objective with gonum's own
// optimiser, by formulas that share nothing with the solver.
func minimiser(x *mat.Dense, y []int, train []bool, C float64) (w []float64, b float64) {
	n, d := x.Dims()
	z := mat.NewDense(n, d, nil)
	for j := range d {
		var count, mean, variance float64
		for i := range n {
			if train[i] {
				count++
				mean += x.At(i, j)
			}
		}
		mean /= count
		for i := range n {
			if train[i] {
				variance += (x.At(i, j) - mean) * (x.At(i, j) - mean) / count
			}
		}
		if variance == 0 {
			variance = 1
		}
		for i := range n {
			z.Set(i, j, (x.At(i, j)-mean)/math.Sqrt(variance))
		}
	}
	margin := func(p []float64, i int) float64 { return floats.Dot(z.RawRowView(i), p[:d]) + p[d] }
	problem := optimize.Problem{
		Func: func(p []float64) float64 {
			f := floats.Dot(p[:d], p[:d]) / 2
			for i := range n {
				if train[i] {
					f += C * math.Log1p(math.Exp(-float64(2*y[i]-1)*margin(p, i)))
				}
			}
			return f
		},
		Grad: func(g, p []float64) {
			copy(g, p)
			g[d] = 0
			for i := range n {
				if train[i] {
					r := C * (solve.Sigmoid(margin(p, i)) - float64(y[i]))
					floats.AddScaled(g[:d], r, z.RawRowView(i))
					g[d] += r
				}
			}
		},
	}
	r, err := optimize.Minimize(problem, make([]float64, d+1), &optimize.Settings{GradientThreshold: 1e-9}, &optimize.BFGS{})
	if err != nil && r == nil {
		panic(err)
	}
	return r.X[:d], r.F
}

func TestLogisticReachesTheOptimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 30).Draw(t, "rows")
		d := rapid.IntRange(1, 12).Draw(t, "columns")
		C := math.Pow(10, rapid.Float64Range(-3, 2).Draw(t, "log C"))
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		data := make([]float64, n*d)
		for i := range data {
			data[i] = 3 + math.Pow(10, float64(i%d%3))*rng.NormFloat64()
		}
		y, split := make([]int, n), everyRow(n)
		for i := range y {
			y[i] = rng.IntN(2)
			split.Train[i] = rng.IntN(4) > 0
		}
		copy(y, []int{0, 1})
		split.Train[0], split.Train[1] = true, true

		x, err := solve.NewDense(n, d, data)
		if err != nil {
			t.Fatal(err)
		}
		_, best := minimiser(mat.NewDense(n, d, data), y, split.Train, C)
		err = solve.Logistic{Tol: 1e-9}.Fit(context.Background(), x, []solve.Split{split}, solve.Targets(y), []float64{C}, func(f *solve.Fit) {
			if f.Status != solve.Converged {
				t.Fatalf("%s after %d steps", f.Status, f.Iterations)
			}
			if math.Abs(f.Objective-best) > 1e-6*best {
				t.Fatalf("objective %v, gonum's BFGS %v", f.Objective, best)
			}
			for i := range n {
				m := floats.Dot(f.Weights, data[i*d:(i+1)*d]) + f.Intercept
				if math.Abs(m-f.Margin[i]) > 1e-6*(1+math.Abs(m)) {
					t.Fatalf("row %d: margin %v, but weights and intercept give %v", i, f.Margin[i], m)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever shares a batch with a column, the column reaches the same optimum.
func TestLogisticColumnsAreIndependent(t *testing.T) {
	x, y := capitals(t, 6)
	C := []float64{0.01, 1, 100}
	splits := []solve.Split{everyRow(len(y)), everyRow(len(y)), everyRow(len(y))}
	for i := range y {
		splits[1].Train[i] = i%3 > 0
		splits[2].Train[i] = i < 400
	}
	flipped := make([]int, len(y))
	for i := range y {
		flipped[i] = 1 - y[i]
	}
	objective := func(splits []solve.Split, targets [][]float64) (f []float64) {
		err := solve.Logistic{Tol: 1e-10}.Fit(t.Context(), x, splits, targets, C, func(fit *solve.Fit) {
			f = append(f, fit.Objective)
		})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	together := objective(splits, solve.Targets(y, flipped))
	for s := range splits {
		alone := objective(splits[s:s+1], solve.Targets(y))
		for c := range C {
			for target := range 2 {
				got := together[c*6+s*2+target]
				if math.Abs(got-alone[c]) > 1e-9*alone[c] {
					t.Errorf("split %d, C %g, target %d: %v in a batch, %v alone", s, C[c], target, got, alone[c])
				}
			}
		}
	}
}

// foldsAndAll leaves out each of five folds, and then no row.
func foldsAndAll(n int) []solve.Split {
	splits := make([]solve.Split, 6)
	for f := range splits {
		splits[f] = everyRow(n)
		for i := range n {
			splits[f].Train[i] = i/6%5 != f
		}
	}
	return splits
}

// Splits that are trained side by side give the same bytes however many
// processors there are for them, in every way that a number of targets takes.
func TestOnAnyNumberOfProcessors(t *testing.T) {
	x, y := capitals(t, 15)
	splits := foldsAndAll(len(y))
	targets := shuffled(y, 20)
	for name, of := range map[string]struct {
		family solve.Family
		C      []float64 // so many that shares of other widths are other bytes
	}{
		"logistic": {solve.Logistic{}, []float64{1e-5, 0.01, 1, 10}},
		"ridge":    {solve.Ridge{}, []float64{1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100}},
	} {
		fits := func(processors int, targets [][]float64) []float64 {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			var f []float64
			err := of.family.Fit(t.Context(), x, splits, targets, of.C, func(fit *solve.Fit) {
				f = append(append(f, fit.Objective, fit.Excess, fit.Intercept), fit.Margin...)
			})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		for _, n := range []int{1, len(targets)} {
			if !slices.Equal(fits(1, targets[:n]), fits(8, targets[:n])) {
				t.Errorf("%s, %d targets: one processor and eight give different numbers", name, n)
			}
		}
	}
}

func TestLogisticSeparableAtHugeC(t *testing.T) {
	x, err := solve.NewDense(6, 2, []float64{0, 1, 1, 1, 2, 1, 10, 1, 11, 1, 12, 1})
	if err != nil {
		t.Fatal(err)
	}
	y := []int{0, 0, 0, 1, 1, 1}
	err = solve.Logistic{}.Fit(t.Context(), x, []solve.Split{everyRow(6)}, solve.Targets(y), []float64{1e8, 1e12}, func(f *solve.Fit) {
		if f.Status != solve.Converged {
			t.Errorf("C %g: %s", f.C, f.Status)
		}
		if math.IsNaN(f.Objective) || math.IsInf(f.Objective, 0) || f.Weights[1] != 0 {
			t.Errorf("C %g: objective %v, weights %v; want finite, and 0 for the constant column", f.C, f.Objective, f.Weights)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLogisticRefuses(t *testing.T) {
	x, err := solve.NewDense(4, 1, []float64{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	all := []solve.Split{everyRow(4)}
	for _, test := range []struct {
		name    string
		splits  []solve.Split
		y       []int
		C       float64
		problem string
	}{
		{"C", all, []int{0, 1, 0, 1}, 0, "found C = 0, expected a positive finite number"},
		{"NaN", all, []int{0, 1, 0, 1}, math.NaN(), "found C = NaN, expected a positive finite number"},
		{"labels", all, []int{0, 1, 0}, 1, "target 0: found 3 labels, expected 4, one for each row"},
		{"label", all, []int{0, 1, 2, 1}, 1, "target 0, row 2: found label 2, expected 0 or 1"},
		{"class", all, []int{1, 1, 1, 1}, 1, "split 0, target 0: found label 1 on all 4 training rows, expected both labels"},
		{"rows", []solve.Split{everyRow(3)}, []int{0, 1, 0, 1}, 1, "split 0: found 3 rows, expected 4"},
	} {
		err := solve.Logistic{}.Fit(t.Context(), x, test.splits, solve.Targets(test.y), []float64{test.C}, func(*solve.Fit) {})
		if err == nil || err.Error() != test.problem {
			t.Errorf("%s: error %v, want %s", test.name, err, test.problem)
		}
	}

	_, err = solve.NewDense(2, 2, []float64{1, 2, math.Inf(1), 4})
	var bad *solve.NotFiniteError
	if !errors.As(err, &bad) || bad.Row != 1 || bad.Column != 0 {
		t.Errorf("infinite element: error %v, want row 1, column 0", err)
	}
}

func TestLogisticStopsWhenTold(t *testing.T) {
	x, y := capitals(t, 6)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := solve.Logistic{}.Fit(ctx, x, []solve.Split{everyRow(len(y))}, solve.Targets(y), []float64{1}, func(*solve.Fit) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func ExampleLogistic() {
	x, err := solve.NewDense(4, 1, []float64{1, 3, 1, 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	all := solve.Split{Train: []bool{true, true, true, true}}
	err = solve.Logistic{}.Fit(context.Background(), x, []solve.Split{all}, solve.Targets([]int{0, 1, 0, 1}), []float64{1}, func(f *solve.Fit) {
		fmt.Printf("w = %.3f, b = %.3f, %s\n", f.Weights[0], f.Intercept, f.Status)
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: w = 1.043, b = -2.085, converged
}
