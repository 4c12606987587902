package hidden_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"tell/estimate"
	"tell/folds"
	"tell/hidden"
	"tell/hidden/internal/firstlevel"
	"tell/target"
)

func classes(groups int) firstlevel.Levels {
	return firstlevel.Levels{Kind: target.KindClass, Levels: 4, Groups: groups, PerGroup: 6, CueRight: 0.6, BehaviourRight: 0.6, KnowledgeRight: 0.6, Noise: 3}
}

func ordered(groups int) firstlevel.Levels {
	w := classes(groups)
	w.Kind = target.KindOrdinal
	return w
}

func drawn(t *testing.T, w firstlevel.Levels, seed uint64) hidden.Data {
	t.Helper()
	d, err := w.Draw(seed)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func measure(t *testing.T, d hidden.Data, s hidden.Settings) *hidden.Result {
	t.Helper()
	r, err := hidden.Measure(context.Background(), d, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Of a copy of the class that cue and behaviour do not depend on, a large sample gives
// the conditional mutual information.
func TestKnownInformationOfClasses(t *testing.T) {
	for name, at := range map[string]struct {
		set func(*firstlevel.Levels)
		off float64 // of the truth
	}{
		"knows apart": {func(*firstlevel.Levels) {}, 0.04}, "knows nothing": {func(w *firstlevel.Levels) { w.KnowsNothing = true }, 0.02},
	} {
		w := classes(120)
		w.Levels = 3
		at.set(&w)
		s := few
		s.C = []float64{1}
		r := measure(t, drawn(t, w, 1), s)
		if e := r.Information.Estimate; math.Abs(e.Value-w.Truth()) > at.off {
			t.Errorf("%s: found %v, truth %.3f", name, e, w.Truth())
		}
		if r.Found() != (w.Truth() > 0) {
			t.Errorf("%s: found: %v, %v, p %v", name, r.Found(), r.Information.Estimate, r.Information.Null.P)
		}
	}
}

// Levels that follow a cumulative logit of a discrete score have an information that
// is a sum.
func TestKnownInformationOfOrderedLevels(t *testing.T) {
	d := drawn(t, ordered(100), 2)
	cuts := []float64{-1.5, 0, 1}
	score := make([]float64, d.Target.Len())
	p := make([][4]float64, 3)
	below := func(cut int, x float64) float64 {
		switch {
		case cut < 0:
			return 0
		case cut == len(cuts):
			return 1
		}
		return 1 / (1 + math.Exp(1.5*x-cuts[cut]))
	}
	var truth float64
	for v := range p {
		for y := range 4 {
			p[v][y] = below(y, float64(v-1)) - below(y-1, float64(v-1))
		}
	}
	for v := range p {
		for y, q := range p[v] {
			truth += q / 3 * math.Log2(q/((p[0][y]+p[1][y]+p[2][y])/3))
		}
	}
	// The rivals know nothing of these levels, whose shares are exact at every score.
	at := [3]int{}
	for i := range score {
		v := i % 3
		score[i] = float64(v - 1)
		u := math.Mod(0.5+float64(at[v])*0.6180339887498949, 1)
		at[v]++
		level := 0
		for ; level < 3 && u >= below(level, score[i]); level++ {
		}
		d.Target.Values[i] = float64(level)
	}
	d.Probe = hidden.Column(d.Plan, "probe", score)
	s := few
	s.C = []float64{1}
	r := measure(t, d, s)
	if e := r.Information.Estimate; math.Abs(e.Value-truth) > 0.02 {
		t.Errorf("found %v, truth %.3f", e, truth)
	}
	if !r.Found() {
		t.Errorf("found nothing: %v, p %v", r.Information.Estimate, r.Information.Null.P)
	}
}

// Where the states hold nothing but cue and behaviour, p is at most .05 in about one
// sample of twenty or fewer, and next to none is claimed. More draws are for
// hidden/internal/validity.
func TestNullOfLevels(t *testing.T) {
	const runs = 12
	for name, w := range map[string]firstlevel.Levels{"classes": classes(20), "ordered": ordered(20)} {
		w.KnowsNothing, w.Levels = true, 3
		small, claims := 0, 0
		for seed := range uint64(runs) {
			r := measure(t, drawn(t, w, seed), hidden.Settings{
				C: []float64{0.1}, Permutations: 19, Seed: seed, Bootstrap: estimate.Bootstrap{Draws: 40, Workers: 1},
			})
			if r.Information.Null.P <= 0.05 {
				small++
			}
			if r.Found() {
				claims++
			}
		}
		t.Logf("%s: p <= .05 in %d of %d, %d claims", name, small, runs, claims)
		if small > 3 || claims > 1 {
			t.Errorf("%s: p <= .05 in %d of %d, %d claims", name, small, runs, claims)
		}
	}
}

// Two ordered levels are labels 0 and 1.
func TestTwoOrderedLevels(t *testing.T) {
	_, d := readReference(t)
	want := measure(t, d, few)
	d.Target.Kind, d.Target.Levels = target.KindOrdinal, []string{"0", "1"}
	got := measure(t, d, few)
	compareTwo(t, want, got)
}

// Two classes are labels 0 and 1 at twice the C.
func TestTwoClasses(t *testing.T) {
	_, d := readReference(t)
	want := measure(t, d, few)
	s := few
	for _, c := range []float64{0.001, 0.01, 0.1, 1, 10} {
		s.C = append(s.C, c/2)
	}
	d.Target.Kind, d.Target.Levels = target.KindClass, []string{"0", "1"}
	d.Probe, d.Rivals[0] = halved(d.Probe), halved(d.Rivals[0])
	got := measure(t, d, s)
	for i := range got.C0 {
		got.C0[i] *= 2
		got.C1[i] *= 2
	}
	compareTwo(t, want, got)
}

// halved gives logits as logarithms of two probabilities up to a constant.
func halved(p hidden.Predictor) hidden.Predictor {
	for _, of := range [][][]float64{p.Inner, p.Score} {
		for k, row := range of {
			var both []float64
			for _, x := range row {
				both = append(both, -x/2, x/2)
			}
			of[k] = both
		}
	}
	return p
}

func compareTwo(t *testing.T, want, got *hidden.Result) {
	t.Helper()
	if !reflect.DeepEqual(got.C1, want.C1) {
		t.Errorf("C: found %v, want %v", got.C1, want.C1)
	}
	for i, p := range want.J1 {
		if math.Abs(got.J1[2*i+1]-p) > 1e-9 {
			t.Fatalf("row %d: J1 is %v, want %v", i, got.J1[2*i+1], p)
		}
	}
	for k, a := range []*hidden.Added{&got.Information, &got.AUROC, &got.Accuracy} {
		b := []*hidden.Added{&want.Information, &want.AUROC, &want.Accuracy}[k]
		if math.Abs(a.Estimate.Value-b.Estimate.Value) > 1e-9 || math.Abs(a.Estimate.Interval.Low-b.Estimate.Interval.Low) > 1e-9 ||
			a.Null.P != b.Null.P || math.Abs(a.Null.Mean-b.Null.Mean) > 1e-7 {
			t.Errorf("%s: found %v, null %v %v, want %v, %v %v", a.Key, a.Estimate, a.Null.Mean, a.Null.P, b.Estimate, b.Null.Mean, b.Null.P)
		}
	}
	for k, r := range got.Rivals {
		if math.Abs(r.AUROC.Value-want.Rivals[k].AUROC.Value) > 1e-9 || r.Null.P != want.Rivals[k].Null.P {
			t.Errorf("%s: found %v, p %v, want %v, p %v", r.Name, r.AUROC, r.Null.P, want.Rivals[k].AUROC, want.Rivals[k].Null.P)
		}
	}
}

// The order of the classes, and which one log-odds are against, change nothing.
func TestOrderOfClasses(t *testing.T) {
	d := drawn(t, classes(20), 3)
	s := few
	s.C = []float64{0.1, 1}
	want := measure(t, d, s)
	k := len(d.Target.Levels)
	turned := func(of [][]float64) [][]float64 {
		out := make([][]float64, len(of))
		for r, row := range of {
			out[r] = make([]float64, len(row))
			for i, x := range row {
				out[r][i/k*k+(i%k+1)%k] = x
			}
		}
		return out
	}
	for i, y := range d.Target.Values {
		d.Target.Values[i] = float64((int(y) + 1) % k)
	}
	for _, p := range []*hidden.Predictor{&d.Probe, &d.Rivals[1]} {
		p.Inner, p.Score = turned(p.Inner), turned(p.Score)
	}
	got := measure(t, d, s)
	if a, b := got.Information, want.Information; math.Abs(a.Estimate.Value-b.Estimate.Value) > 1e-9 || math.Abs(a.Null.Mean-b.Null.Mean) > 1e-7 {
		t.Errorf("found %v, null %v, want %v, %v", a.Estimate, a.Null.Mean, b.Estimate, b.Null.Mean)
	}
}

func TestWrongLevels(t *testing.T) {
	for want, change := range map[string]func(d *hidden.Data){
		`found "3", which 0 of all 120 rows are of, on none of the 96 training rows, expected every label`: func(d *hidden.Data) {
			for i, y := range d.Target.Values {
				d.Target.Values[i] = min(y, 2)
			}
		},
		"found 13 levels, expected at most 12": func(d *hidden.Data) { d.Target.Levels = strings.Split("abcdefghijklm", "") },
	} {
		d := drawn(t, classes(20), 1)
		change(&d)
		_, err := hidden.Measure(context.Background(), d, few)
		var none *hidden.Unestimable
		if !errors.As(err, &none) || !strings.Contains(none.Reason, want) {
			t.Errorf("found %v, want %q", err, want)
		}
	}
	for want, change := range map[string]func(d *hidden.Data){
		"probe: scores of repeat 0: found 120, expected 480, 4 for each of 120 rows": func(d *hidden.Data) { d.Probe.Score[0] = d.Probe.Score[0][:120] },
		"text: inner scores of repeat 0, fold 1: found 3, expected 480":              func(d *hidden.Data) { d.Rivals[1].Inner[1] = d.Rivals[1].Inner[1][:3] },
		"found NaN, expected a number":                                               func(d *hidden.Data) { d.Probe.Score[0][7] = math.NaN() },
		"found one value on all rows":                                                func(d *hidden.Data) { d.Probe.Inner[0] = filled(480, 1) },
	} {
		d := drawn(t, classes(20), 1)
		change(&d)
		_, err := hidden.Measure(context.Background(), d, few)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want %q", err, want)
		}
	}
}

// levelReference is what scikit-learn and scipy give on made-up scores of levels, see
// make_levels.py; null is missing.
type levelReference struct {
	Folds, Inner, Levels int
	Grid                 []float64
	Cases                map[string]struct {
		Kind         target.Kind
		Text         bool
		Label, Group []int
		Acted        []int
		Number       []*float64
		Units        []struct {
			Fold      int
			InnerFold []int `json:"inner_fold"`
			Inner     map[string][]float64
		}
		Score       map[string][]float64
		J0, J1      struct{ C, P []float64 }
		LogLoss     [2]float64 `json:"log_loss"`
		Information float64    `json:"hidden_information"`
		AUROC       float64    `json:"hidden_auroc"`
		Accuracy    float64    `json:"hidden_accuracy"`
	}
}

func TestReferenceOfLevels(t *testing.T) {
	raw, err := os.ReadFile("../testdata/hidden/levels.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref levelReference
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	for name, c := range ref.Cases {
		p := &folds.Plan{Group: c.Group, Folds: ref.Folds, Inner: ref.Inner}
		y := target.Column{Kind: c.Kind}
		for k := range ref.Levels {
			y.Levels = append(y.Levels, strconv.Itoa(k))
		}
		number := make([]float64, len(c.Label))
		for i, v := range c.Label {
			p.IDs = append(p.IDs, strconv.Itoa(i))
			y.Values = append(y.Values, float64(v))
			number[i] = math.NaN()
			if x := c.Number[i]; x != nil {
				number[i] = *x
			}
			c.Acted[i]++
		}
		model := func(name string) hidden.Predictor {
			m := hidden.Predictor{Name: name, Score: hidden.Scores(y, [][]float64{c.Score[name]})}
			for _, u := range c.Units {
				m.Inner = append(m.Inner, hidden.Scores(y, [][]float64{u.Inner[name]})...)
			}
			return m
		}
		for _, u := range c.Units {
			unit := folds.Unit{Fold: u.Fold, InnerFold: u.InnerFold}
			for _, f := range u.InnerFold {
				unit.Test = append(unit.Test, f < 0)
			}
			p.Units = append(p.Units, unit)
		}
		behaviour := hidden.Levels(p, "behaviour", c.Acted, append([]string{"neither"}, y.Levels...)...)
		behaviour.Behaviour = true
		d := hidden.Data{Plan: p, Target: y, Probe: model("probe"), Rivals: []hidden.Predictor{hidden.Column(p, "number", number), behaviour}}
		if c.Text {
			d.Rivals = append(d.Rivals, model("text"))
		}
		s := few
		s.C = ref.Grid
		r := measure(t, d, s)
		loss := func(p []float64) (mean float64) {
			for i, v := range c.Label {
				mean -= math.Log(p[i*ref.Levels+v]) / float64(len(c.Label))
			}
			return mean
		}
		for _, at := range []struct {
			of        string
			got, want []float64
		}{
			{"C of J0", r.C0, c.J0.C}, {"C of J1", r.C1, c.J1.C}, {"J0", r.J0, c.J0.P}, {"J1", r.J1, c.J1.P},
			{"log loss", []float64{loss(r.J0), loss(r.J1)}, c.LogLoss[:]},
			{"differences", []float64{r.Information.Estimate.Value, r.AUROC.Estimate.Value, r.Accuracy.Estimate.Value},
				[]float64{c.Information, c.AUROC, c.Accuracy}},
		} {
			if len(at.got) != len(at.want) {
				t.Fatalf("%s: %s: found %d numbers, want %d", name, at.of, len(at.got), len(at.want))
			}
			for i, x := range at.got {
				if !(math.Abs(x-at.want[i]) <= 1e-6) {
					t.Errorf("%s: %s %d = %v, the reference is %v", name, at.of, i, x, at.want[i])
					break
				}
			}
		}
	}
}
