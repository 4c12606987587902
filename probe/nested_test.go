package probe_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tell/probe"
)

// planted returns labels, groups of four rows and a design whose first column
// carries the label with the given strength among noise.
func planted(t *testing.T, n, d int, strength float64, seed uint64) (x *probe.Dense, y, group []int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	data := make([]float64, n*d)
	y, group = make([]int, n), make([]int, n)
	for i := range n {
		y[i], group[i] = rng.IntN(2), i/4
		for j := range d {
			data[i*d+j] = rng.NormFloat64()
		}
		data[i*d] += strength * float64(2*y[i]-1)
	}
	x, err := probe.NewDense(n, d, data)
	if err != nil {
		t.Fatal(err)
	}
	return x, y, group
}

func plan(t *testing.T, y, group []int, repeats int) *probe.Plan {
	t.Helper()
	p, err := probe.NewPlan(y, group, 5, 4, repeats, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlanKeepsGroupsTogether(t *testing.T) {
	_, y, group := planted(t, 120, 1, 1, 3)
	p := plan(t, y, group, 2)
	tested := make([]int, len(y))
	for _, u := range p.Units {
		test, inner := map[int]bool{}, map[int]int{}
		for i, g := range group {
			if was, seen := test[g]; seen && was != u.Test[i] {
				t.Fatalf("repeat %d, fold %d: group %d is on both sides", u.Repeat, u.Fold, g)
			}
			if was, seen := inner[g]; seen && was != u.InnerFold[i] {
				t.Fatalf("repeat %d, fold %d: group %d is in two inner folds", u.Repeat, u.Fold, g)
			}
			test[g], inner[g] = u.Test[i], u.InnerFold[i]
			if u.Test[i] {
				tested[i]++
			}
			if u.Test[i] != (u.InnerFold[i] < 0) {
				t.Fatalf("repeat %d, fold %d, row %d: test %v, inner fold %d", u.Repeat, u.Fold, i, u.Test[i], u.InnerFold[i])
			}
		}
	}
	for i, n := range tested {
		if n != p.Repeats() {
			t.Errorf("row %d is tested %d times in %d repeats", i, n, p.Repeats())
		}
	}
}

// The labels of the rows that a unit tests must not reach their scores, by any
// path: not by the fit, the standardisation, the choice of C or of the design.
func TestScoresAreBlindToTestLabels(t *testing.T) {
	weak, y, group := planted(t, 120, 6, 0.5, 1)
	strong, _, _ := planted(t, 120, 6, 0.7, 1)
	C := []float64{0.01, 1, 100}
	p := plan(t, y, group, 1)
	score := func(p *probe.Plan) []float64 {
		var curves []*probe.OutOfFold
		for _, x := range []*probe.Dense{weak, strong} {
			o, err := probe.CrossValidate(t.Context(), x, p, probe.Logistic{}, C)
			if err != nil {
				t.Fatal(err)
			}
			curves = append(curves, o)
		}
		return probe.Choose(p, curves).Score[0]
	}
	before := score(p)
	for _, u := range p.Units {
		changed := *p
		changed.Label = slices.Clone(y)
		for i, test := range u.Test {
			if test {
				changed.Label[i] = 1 - y[i]
			}
		}
		after := score(&changed)
		for i, test := range u.Test {
			if test && before[i] != after[i] {
				t.Errorf("fold %d, row %d: score %v becomes %v when the fold's labels are flipped", u.Fold, i, before[i], after[i])
			}
		}
	}
}

func TestChooseFindsTheInformativeDesign(t *testing.T) {
	_, y, group := planted(t, 200, 4, 0, 2)
	var curves []*probe.OutOfFold
	p := plan(t, y, group, 2)
	for i := range 5 {
		strength := 0.0
		if i == 3 {
			strength = 1
		}
		x, _, _ := planted(t, 200, 4, strength, 2)
		o, err := probe.CrossValidate(t.Context(), x, p, probe.Logistic{}, []float64{0.01, 1})
		if err != nil {
			t.Fatal(err)
		}
		if o.Fits != 2*5*(1+4)*2 || o.NotConverged != 0 {
			t.Errorf("%d fits, %d not converged; want 100 and 0", o.Fits, o.NotConverged)
		}
		curves = append(curves, o)
	}
	curves[1] = nil
	n := probe.Choose(p, curves)
	for i, c := range n.Choice {
		if c != 3 {
			t.Errorf("unit %d chose design %d, want 3", i, c)
		}
	}
	auroc, err := probe.AUROC(y, probe.MeanScore(n.Score), nil)
	if err != nil || auroc < 0.85 {
		t.Errorf("AUROC %v (%v), want at least .85", auroc, err)
	}
}

// Features learned for each unit give what shared features give, when they are
// the same.
func TestCrossValidateEach(t *testing.T) {
	x, y, group := planted(t, 120, 6, 0.5, 1)
	p := plan(t, y, group, 1)
	C := []float64{0.01, 1}
	together, err := probe.CrossValidate(t.Context(), x, p, probe.Logistic{Tol: 1e-12}, C)
	if err != nil {
		t.Fatal(err)
	}
	each, err := probe.CrossValidateEach(t.Context(), func(probe.Unit) (probe.Design, error) { return x, nil }, p, probe.Logistic{Tol: 1e-12}, C)
	if err != nil {
		t.Fatal(err)
	}
	for i := range y {
		if math.Abs(together.Score[0][i]-each.Score[0][i]) > 1e-5 {
			t.Errorf("row %d: %v together, %v each", i, together.Score[0][i], each.Score[0][i])
		}
	}
}

func TestPermutations(t *testing.T) {
	x, y, group := planted(t, 120, 5, 1, 4)
	p := plan(t, y, group, 1)
	observed, null, err := probe.Permutations(t.Context(), x, p, probe.Logistic{}, 0.1, 99, 7)
	if err != nil {
		t.Fatal(err)
	}
	if largest := slices.Max(null); len(null) != 99 || observed <= largest {
		t.Errorf("observed AUROC %.3f, largest of %d draws %.3f; want 99 draws, all below the observed", observed, len(null), largest)
	}
	_, again, err := probe.Permutations(t.Context(), x, p, probe.Logistic{}, 0.1, 99, 7)
	if err != nil || !slices.Equal(null, again) {
		t.Errorf("the same seed gave other draws (%v)", err)
	}
}

func TestMaxP(t *testing.T) {
	p, corrected := probe.MaxP([]float64{0.9, 0.6}, [][]float64{{0.5, 0.8, 0.5}, {0.7, 0.5, 0.5}})
	if !slices.Equal(p, []float64{1. / 4, 2. / 4}) || !slices.Equal(corrected, []float64{1. / 4, 3. / 4}) {
		t.Errorf("p = %v, corrected %v; want [.25 .5] and [.25 .75]", p, corrected)
	}
}

func TestMassMeanDirection(t *testing.T) {
	// Standardised columns are ±1, the class means (1, 0) and (-1, 0).
	x, err := probe.NewDense(4, 2, []float64{3, 10, 3, 30, 1, 10, 1, 30})
	if err != nil {
		t.Fatal(err)
	}
	err = probe.MassMean{}.Fit(t.Context(), x, []probe.Split{everyRow(4)}, [][]int{{1, 1, 0, 0}}, []float64{1}, func(f *probe.Fit) {
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
	x, err := probe.NewDense(n, d, data)
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
	splits := []probe.Split{everyRow(n), everyRow(n)}
	splits[1].Train[0] = false
	margin := make(map[[2]int]float64)
	fit := func(y [][]int, visit func(*probe.Fit)) {
		if err := (probe.MassMean{}).Fit(t.Context(), x, splits, y, []float64{1}, visit); err != nil {
			t.Fatal(err)
		}
	}
	fit(y, func(f *probe.Fit) { margin[[2]int{f.Split, f.Target}] = f.Margin[3] })
	if len(margin) != 2*targets {
		t.Fatalf("%d probes, expected %d", len(margin), 2*targets)
	}
	for _, target := range []int{0, 127, 128, 299} {
		fit(y[target:target+1], func(f *probe.Fit) {
			if got := margin[[2]int{f.Split, target}]; math.Abs(got-f.Margin[3]) > 1e-9 {
				t.Errorf("split %d, target %d: margin %v in a batch, %v alone", f.Split, target, got, f.Margin[3])
			}
		})
	}
}

func TestFamilies(t *testing.T) {
	for _, name := range probe.Families() {
		if _, err := probe.NewFamily(name, 0, false); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := probe.NewFamily("forest", 0, false)
	if err == nil || err.Error() != `probe kind: found "forest", expected one of logistic, mass-mean` {
		t.Errorf("error %v", err)
	}
}
