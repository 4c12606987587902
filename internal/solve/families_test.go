package solve_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"tell/activations"
	"tell/internal/solve"
	"tell/target"
)

// reference is what testdata/families/make_reference.py writes.
type reference struct {
	Every int
	Cases []struct {
		Name, Family string
		Kind         target.Kind
		Dump         string
		Y            []float64
		Levels       int
		Train        []int
		Weight       []float64
		C            []float64
		Objective    []float64
		Prediction   [][][]float64
	}
	// Margins are those of scikit-learn for the cases of LDA, one after the other.
	Margins     [][][]float64 `json:"lda_margins"`
	Unpenalised struct {
		Columns         [2]int
		Y               []float64
		Loglike         float64
		Prediction      [][]float64
		ShareColumns    [2]int    `json:"share_columns"`
		SharePrediction []float64 `json:"share_prediction"`
	}
}

func readReference(t testing.TB) (r reference) {
	t.Helper()
	raw, err := os.ReadFile(testdata("families", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// states reads one layer of a dump, and every step-th of its columns from first on.
func states(t testing.TB, layer, first, step int, path ...string) *solve.Dense {
	t.Helper()
	dump, err := activations.Open(activations.Spec{Paths: []string{testdata(path...)}})
	if err != nil {
		t.Fatal(err)
	}
	defer dump.Close()
	n, width := dump.Shape().Rows, dump.Shape().Width
	all := make([]float64, n*width)
	if err := dump.ReadFloat64(all, layer, 0, 0, n); err != nil {
		t.Fatal(err)
	}
	var data []float64
	for i := range n {
		for j := first; j < width; j += step {
			data = append(data, all[i*width+j])
		}
	}
	x, err := solve.NewDense(n, len(data)/n, data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func dumpOf(t testing.TB, name string) *solve.Dense {
	if name == "taste" {
		return states(t, 0, 0, 1, "families", "taste.npy")
	}
	return states(t, 1, 0, 1, "arithmetic", "layers.npy")
}

func TestFamiliesEqualTheirReferences(t *testing.T) {
	ref := readReference(t)
	seen := make(map[string]bool)
	for _, c := range ref.Cases {
		if !slices.Contains(solve.Families(), c.Family) {
			continue
		}
		t.Run(c.Family+"/"+c.Name, func(t *testing.T) {
			family, err := solve.NewFamily(c.Family, c.Kind, solve.Options{Levels: c.Levels})
			if err != nil {
				t.Fatal(err)
			}
			split := solve.Split{Train: make([]bool, len(c.Train)), Weight: c.Weight}
			for i, in := range c.Train {
				split.Train[i] = in == 1
			}
			fits := 0
			err = family.Fit(t.Context(), dumpOf(t, c.Dump), []solve.Split{split, everyRow(len(c.Y))}, [][]float64{c.Y}, c.C, func(f *solve.Fit) {
				if f.Split != 0 {
					return
				}
				fits++
				if f.Status != solve.Converged {
					t.Errorf("C %g: %s, excess %g of %g", f.C, f.Status, f.Excess, f.Objective)
				}
				if want := c.Objective[f.CIndex]; want != 0 && !(math.Abs(f.Objective/want-1) <= 1e-6) {
					t.Errorf("C %g: objective %v, reference %v", f.C, f.Objective, want)
				}
				compareScores(t, c.Kind, c.Levels, ref.Every, f, c.Prediction[f.CIndex])
			})
			if err != nil || fits != len(c.C) {
				t.Fatalf("%d fits, %v", fits, err)
			}
		})
		seen[c.Family] = true
	}
	for _, name := range []string{"ridge", "multinomial", "cumulative", "share"} {
		if !seen[name] {
			t.Errorf("no reference for %s", name)
		}
	}
}

func compareScores(t *testing.T, kind target.Kind, levels, every int, f *solve.Fit, want [][]float64) {
	t.Helper()
	width, n := solve.Width(kind, levels), len(f.Margin)/f.Outputs()
	score, margin := make([]float64, width), make([]float64, f.Outputs())
	worst, tol := 0.0, 1e-4
	for i, row := 0, 0; row < n; i, row = i+1, row+every {
		for k := range margin {
			margin[k] = f.Margin[k*n+row]
		}
		solve.Score(score, kind, margin, f.Cuts)
		for k, p := range score {
			worst = max(worst, math.Abs(p-want[i][k]))
		}
	}
	if !(worst <= tol) {
		t.Errorf("C %g: scores are up to %g away from the reference", f.C, worst)
	}
}
