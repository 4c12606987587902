package probe_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tell/folds"
	"tell/metric"
	"tell/probe"
	"tell/target"
)

// planted returns labels, groups of four rows and a design whose first column
// carries the label with the given strength among noise.
func planted(t *testing.T, n, d int, strength float64, seed uint64) (x probe.Rows, y, group []int) {
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
	return probe.Dense(n, d, data), y, group
}

func plan(t *testing.T, y, group []int, repeats int) *folds.Plan {
	t.Helper()
	var id []string
	for i := range y {
		id = append(id, fmt.Sprint(i))
	}
	p, err := folds.New(id, group, y, 2, folds.Settings{Folds: 5, Inner: 4, Repeats: repeats, Seed: 1})
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
	score := func(y []int) []float64 {
		var curves []*probe.OutOfFold
		for _, x := range []probe.Rows{weak, strong} {
			o, err := probe.CrossValidate(t.Context(), x, target.Binary(y), &probe.Settings{Plan: p, C: C})
			if err != nil {
				t.Fatal(err)
			}
			curves = append(curves, o)
		}
		n, err := probe.Choose(p, curves)
		if err != nil {
			t.Fatal(err)
		}
		return n.Score[0]
	}
	before := score(y)
	for _, u := range p.Units {
		changed := slices.Clone(y)
		for i, test := range u.Test {
			if test {
				changed[i] = 1 - y[i]
			}
		}
		after := score(changed)
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
		o, err := probe.CrossValidate(t.Context(), x, target.Binary(y), &probe.Settings{Plan: p, C: []float64{0.01, 1}})
		if err != nil {
			t.Fatal(err)
		}
		if o.Fits != 2*5*(1+4)*2 || o.NotConverged != 0 {
			t.Errorf("%d fits, %d not converged; want 100 and 0", o.Fits, o.NotConverged)
		}
		curves = append(curves, o)
	}
	curves[1] = nil
	n, err := probe.Choose(p, curves)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range n.Choice {
		if c != 3 {
			t.Errorf("unit %d chose design %d, want 3", i, c)
		}
	}
	auroc, err := metric.AUROC(y, probe.Mean(n.Score))
	if err != nil || auroc < 0.85 {
		t.Errorf("AUROC %v (%v), want at least .85", auroc, err)
	}
}

// Features learned for each unit give what shared features give, when they are
// the same.
func TestWhatCannotBeChosenFrom(t *testing.T) {
	x, y, group := planted(t, 60, 4, 1, 2)
	C := []float64{1}
	p := plan(t, y, group, 1)
	same, err := probe.CrossValidate(t.Context(), x, target.Binary(y), &probe.Settings{Plan: plan(t, y, group, 1), C: C})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := probe.Choose(p, []*probe.OutOfFold{nil, same}); err != nil {
		t.Errorf("equal folds that were made twice: %v", err)
	}
	other, err := probe.CrossValidate(t.Context(), x, target.Binary(y), &probe.Settings{Seed: 99, C: C})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		plan   *folds.Plan
		curves []*probe.OutOfFold
		want   string
	}{
		{p, nil, "found no curve to choose"},
		{p, []*probe.OutOfFold{nil}, "found no curve to choose"},
		{p, []*probe.OutOfFold{same, other}, "curve 1 was not made on the folds to choose on"},
		{&folds.Plan{}, []*probe.OutOfFold{same}, "found 0 units of 0 folds"},
	} {
		if _, err := probe.Choose(c.plan, c.curves); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one that says %q", err, c.want)
		}
	}
	var empty probe.OutOfFold
	if e := empty.AUROC(); e.OK() {
		t.Errorf("the AUROC of no scores is %v", e)
	}
	if _, err := empty.Train(t.Context(), x); err == nil || empty.P() != nil {
		t.Errorf("no scores: %v, %v", empty.P(), err)
	}
}

func TestCrossValidateEach(t *testing.T) {
	x, y, group := planted(t, 120, 6, 0.5, 1)
	p := plan(t, y, group, 1)
	s := &probe.Settings{Plan: p, C: []float64{0.01, 1}, Tol: 1e-12}
	together, err := probe.CrossValidate(t.Context(), x, target.Binary(y), s)
	if err != nil {
		t.Fatal(err)
	}
	each, err := probe.CrossValidateEach(t.Context(), func([]bool) (probe.Rows, error) { return x, nil }, target.Binary(y), s)
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
	s := &probe.Settings{Plan: p, Seed: 7}
	null, err := probe.Permutations(t.Context(), x, target.Binary(y), s, 0.1, 99)
	if err != nil {
		t.Fatal(err)
	}
	if largest := slices.Max(null.Draws); len(null.Draws) != 99 || null.Observed <= largest {
		t.Errorf("observed AUROC %.3f, largest of %d draws %.3f; want 99 draws, all below the observed", null.Observed, len(null.Draws), largest)
	}
	again, err := probe.Permutations(t.Context(), x, target.Binary(y), s, 0.1, 99)
	if err != nil || !slices.Equal(null.Draws, again.Draws) {
		t.Errorf("the same seed gave other draws (%v)", err)
	}
}

// The mean over repeats is that of all of them, and of probabilities it is one.
func TestMeanOverRepeats(t *testing.T) {
	score := make([][]float64, 9)
	for r := range score {
		score[r] = []float64{1, float64(r%3) / 4}
	}
	if got, want := probe.Mean(score), []float64{1, 0.25}; !slices.Equal(got, want) {
		t.Errorf("mean %v, want %v", got, want)
	}
}
