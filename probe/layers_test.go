package probe_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"tell/estimate"
	"tell/metric"
	"tell/probe"
	"tell/target"
)

// views are three sets of columns, each with a noisy copy of what is planted.
func views(t *testing.T, kind target.Kind) (curves []*probe.OutOfFold, y target.Column, s *probe.Settings) {
	t.Helper()
	x, y, group := plantedKind(kind, 0.1)
	s = &probe.Settings{Group: group, Seed: 2, Repeats: 2, C: []float64{1e-3, 1e-1}, Bootstrap: estimate.Bootstrap{Draws: 30}}
	r := rand.New(rand.NewPCG(8, 8))
	for range 3 {
		view := make([][]float64, len(x))
		for i, row := range x {
			view[i] = []float64{row[0] + 0.8*r.NormFloat64(), r.NormFloat64()}
		}
		o, err := probe.CrossValidate(t.Context(), probe.Slices(view), y, s)
		if err != nil {
			t.Fatal(err)
		}
		curves = append(curves, o)
	}
	return curves, y, s
}

// Three noisy layers together say more than each, whether averaged or stacked.
func TestAllLayers(t *testing.T) {
	for _, kind := range target.Kinds() {
		curves, y, s := views(t, kind)
		m, _ := metric.Headline(kind)
		best := 0.0
		value := func(score [][]float64) float64 {
			v, err := m.Value(y, probe.Mean(score), nil)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		for _, c := range curves {
			best = max(best, value(c.Score))
		}
		mean, err := probe.MeanOf(curves[0].Plan, y, append(curves, nil))
		if err != nil || !(value(mean) > best) {
			t.Errorf("%s: mean %v, best layer %v, %v", kind, value(mean), best, err)
		}
		stack, err := probe.Stack(t.Context(), y, append(curves, nil), &probe.Settings{C: s.C, Bootstrap: s.Bootstrap})
		if err != nil {
			t.Fatal(err)
		}
		if got := value(stack.Score); !(got > best-0.02) {
			t.Errorf("%s: stack %v, best layer %v", kind, got, best)
		}
		if stack.Width != curves[0].Width {
			t.Errorf("%s: stack of width %d", kind, stack.Width)
		}
	}
}

// The mean of one curve is the curve, and that of numbers the mean.
func TestMeanOf(t *testing.T) {
	for _, kind := range target.Kinds() {
		curves, y, _ := views(t, kind)
		one, err := probe.MeanOf(curves[0].Plan, y, curves[:1])
		if err != nil {
			t.Fatal(err)
		}
		all, err := probe.MeanOf(curves[0].Plan, y, curves)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range curves[0].Score[1] {
			if math.Abs(one[1][i]-s) > 1e-9 {
				t.Fatalf("%s: score %v became %v", kind, s, one[1][i])
			}
			if want := (s + curves[1].Score[1][i] + curves[2].Score[1][i]) / 3; kind == target.KindNumber && math.Abs(all[1][i]-want) > 1e-9 {
				t.Fatalf("mean %v, want %v", all[1][i], want)
			}
		}
	}
	curves, _, _ := views(t, target.KindNumber)
	if _, err := probe.MeanOf(curves[0].Plan, target.Binary(make([]int, 120)), nil); err == nil {
		t.Error("no curves gave a mean")
	}
	if _, err := probe.Stack(t.Context(), target.Binary(make([]int, 120)), nil, nil); err == nil {
		t.Error("no curves gave a stack")
	}
}

// A metric within folds is the mean of the folds' own.
func TestWithinFolds(t *testing.T) {
	curves, y, _ := views(t, target.KindNumber)
	o := curves[0]
	m, _ := metric.Named("spearman")
	total, rows := 0.0, 0.0
	for _, u := range o.Plan.Units {
		var some []int
		var score []float64
		for i, test := range u.Test {
			if test {
				some, score = append(some, i), append(score, o.Score[u.Repeat][i])
			}
		}
		v, err := m.Value(y.At(some), score, nil)
		if err != nil {
			t.Fatal(err)
		}
		total += v * float64(len(some))
		rows += float64(len(some))
	}
	if e := o.WithinFolds("spearman"); !(math.Abs(e.Value-total/rows) < 1e-12) || e.Interval == nil {
		t.Errorf("within folds %v, want %v", e, total/rows)
	}
	for _, key := range []string{"auroc", "wrong"} {
		if e := o.WithinFolds(key); e.OK() {
			t.Errorf("%s within folds of numbers: %v", key, e)
		}
	}
}

// More columns say more until all that carry the label are in; drawn at random they say
// less.
func TestSparsePath(t *testing.T) {
	x, y, group := plantedKind(target.KindBinary, 0.2)
	s := &probe.Settings{Group: group, C: []float64{0.1}, Bootstrap: estimate.Bootstrap{Draws: 20}}
	path, err := probe.SparsePath(t.Context(), probe.Slices(x), y, s, []int{1, 3, 6}, false)
	if err != nil {
		t.Fatal(err)
	}
	random, err := probe.SparsePath(t.Context(), probe.Slices(x), y, &probe.Settings{Group: group, C: s.C, Seed: 1, Bootstrap: s.Bootstrap}, []int{1}, true)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := path[0].AUROC().Value, random[0].AUROC().Value; !(a > 0.9 && b < a-0.2) {
		t.Errorf("one chosen column reads %v, one drawn %v", a, b)
	}
	if _, err := probe.SparsePath(t.Context(), probe.Slices(x), y, s, []int{0}, false); err == nil {
		t.Error("a probe of no columns was trained")
	}
}
