package hidden_test

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tell/estimate"
	"tell/gap/planted"
	"tell/hidden"
	"tell/hidden/internal/firstlevel"
	"tell/target"
)

func TestWrongInput(t *testing.T) {
	for want, change := range map[string]func(d *hidden.Data){
		"against: inner scores of repeat 0, fold 1: row 5: found +Inf": func(d *hidden.Data) {
			d.Rivals[0].Inner[1][5] = math.Inf(1)
			d.Plan.Units[1].Test[5] = false
		},
		"probe: scores of repeat 1: row 3: found NaN":                          func(d *hidden.Data) { d.Probe.Score[1][3] = math.NaN() },
		"probe: scores of repeat 0: found 4, expected 120":                     func(d *hidden.Data) { d.Probe.Score[0] = d.Probe.Score[0][:4] },
		"probe: found inner scores of 3 units, expected 8":                     func(d *hidden.Data) { d.Probe.Inner = d.Probe.Inner[:3] },
		"against: found scores of 1 repeats, expected 2":                       func(d *hidden.Data) { d.Rivals[0].Score = d.Rivals[0].Score[:1] },
		"behaviour: scores of repeat 0: row 8: found 7, expected the index of": func(d *hidden.Data) { d.Rivals[1].Score[0] = filled(120, 7) },
		"probe: inner scores of repeat 0, fold 0: found one value on all rows": func(d *hidden.Data) { d.Probe.Inner[0] = filled(120, 2) },
		"probe: found levels":                      func(d *hidden.Data) { d.Probe.Levels = []string{"a"} },
		`found two predictors named "probe"`:       func(d *hidden.Data) { d.Rivals[0].Name = "probe" },
		"predictor 1 (0 is the probe) has no name": func(d *hidden.Data) { d.Rivals[0].Name = "" },
		"found 2 labels for folds of 120 rows":     func(d *hidden.Data) { d.Target = target.Binary([]int{0, 1}) },
		"row 2 has no label":                       func(d *hidden.Data) { d.Target.Values[2] = math.NaN() },
		"found a target of kind number":            func(d *hidden.Data) { d.Target = target.Number(filled(120, 1)) },
		"repeat 0, fold 0: found label 1 on none of the 88 training rows, expected ": func(d *hidden.Data) { clear(d.Target.Values) },
		"found no folds": func(d *hidden.Data) { d.Plan = nil },
	} {
		_, d := readReference(t)
		change(&d)
		_, err := hidden.Measure(context.Background(), d, few)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	_, d := readReference(t)
	if _, err := hidden.Measure(context.Background(), d, hidden.Settings{C: []float64{0}}); err == nil {
		t.Error("C = 0 is no error")
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := hidden.Measure(stopped, d, few); err != context.Canceled {
		t.Errorf("error %v after a cancel", err)
	}
}

func filled(n int, x float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = x
	}
	return v
}

func TestFlags(t *testing.T) {
	ref, d := readReference(t)
	label := make([]float64, len(ref.Label))
	noise := make([]float64, len(ref.Label))
	graded := make([]float64, len(ref.Label))
	for i, y := range ref.Label {
		label[i] = float64(y)
		noise[i] = math.Sin(float64(i * i))
		graded[i] = float64(y) + math.Sin(float64(i*i))
	}
	decision := d.Rivals[1]
	number := hidden.Column(d.Plan, "graded", graded)
	number.Behaviour = true
	for _, at := range []struct {
		rivals      []hidden.Predictor
		all, rival0 []string
	}{
		{[]hidden.Predictor{hidden.Column(d.Plan, "copy", label), decision},
			[]string{hidden.RivalIsLabel, hidden.NoGradedBehaviour}, []string{hidden.RivalIsLabel}},
		{[]hidden.Predictor{hidden.Column(d.Plan, "same", filled(len(label), 3)), number},
			nil, []string{hidden.ConstantRival, hidden.ControlWithoutPower}},
		{[]hidden.Predictor{hidden.Column(d.Plan, "noise", noise)},
			[]string{hidden.ControlWithoutPower, hidden.NoBehaviour}, []string{hidden.ControlWithoutPower}},
	} {
		d.Rivals = at.rivals
		r, err := hidden.Measure(context.Background(), d, few)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []struct {
			name string
			estimate.Estimate
			want []string
		}{{"information", r.Information.Estimate, at.all}, {at.rivals[0].Name, r.Rivals[0].AUROC, at.rival0}} {
			var flags []string
			for _, f := range e.Flags() {
				// How the interval came about is not looked at here.
				if !slices.Contains([]string{estimate.NoInterval, estimate.Biased}, f) {
					flags = append(flags, f)
				}
			}
			if !slices.Equal(flags, e.want) {
				t.Errorf("%s with %s: flags %q, want %q", e.name, at.rivals[0].Name, flags, e.want)
			}
		}
	}
}

// Bits beside a rival that is the label say how sure a regression is, and are not found.
func TestNothingIsFoundBesideTheLabel(t *testing.T) {
	var r hidden.Result
	r.Information.Estimate = estimate.Estimate{Value: 0.2, Interval: &estimate.Interval{Low: 0.1, High: 0.3, Level: 0.95}}
	r.Information.Null = hidden.Null{Draws: make([]float64, 200), P: 0.005}
	if !r.Found() {
		t.Error("found nothing, expected something")
	}
	r.AUROC.Estimate = estimate.Estimate{Value: -0.39, Interval: &estimate.Interval{Low: -0.5, High: -0.3, Level: 0.95}}
	if r.Found() {
		t.Error("found something with which the labels are told apart less well")
	}
	r.AUROC.Estimate.Interval.High = 0.1
	r.Information.Estimate.Warn(hidden.RivalIsLabel, "a rival tells the labels apart without an error")
	if r.Found() {
		t.Error("found something beside a rival that is the label")
	}
}

// The same data give the same numbers, whatever the number of workers.
func TestWorkers(t *testing.T) {
	_, d := readReference(t)
	var results []*hidden.Result
	for _, workers := range []int{1, 3} {
		s := few
		s.Bootstrap.Workers = workers
		r, err := hidden.Measure(context.Background(), d, s)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	if !reflect.DeepEqual(results[0], results[1]) {
		t.Error("1 and 3 workers give different results")
	}
}

// A large sample comes near the truth, and no world whose truth is 0 is claimed
// to hold anything. Many draws are for hidden/internal/validity.
func TestPlantedWorlds(t *testing.T) {
	for name, w := range map[string]planted.States{
		"only rivals": planted.OnlyRivals(), "log-odds given": planted.OwnLogOdds(true), "log-odds withheld": planted.OwnLogOdds(false),
		"knows apart": planted.KnowsApart(), "rare noise": planted.Rare(false), "rare knowledge": planted.Rare(true),
		"peer": planted.PeerKnows(), "labelled groups": planted.LabelledGroups(),
	} {
		w.Groups, w.Blur = 300, 0
		d, err := firstlevel.Planted(w, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		r, err := hidden.Measure(context.Background(), d, few)
		if err != nil {
			t.Fatal(err)
		}
		truth := w.Truth()
		for key, x := range map[string][2]float64{
			hidden.KeyInformation: {r.Information.Estimate.Value, truth.Information},
			hidden.KeyAUROC:       {r.AUROC.Estimate.Value, truth.AUROC},
		} {
			if math.Abs(x[0]-x[1]) > 0.03 {
				t.Errorf("%s: %s = %.4f, truth %.4f", name, key, x[0], x[1])
			}
		}
		if r.Found() != (truth.Information > 0.001) {
			t.Errorf("%s: found: %v, information %v, p %v, truth %.3f", name, r.Found(), r.Information.Estimate, r.Information.Null.P, truth.Information)
		}
		withheld := slices.Contains(r.Information.Estimate.Flags(), hidden.NoGradedBehaviour)
		if withheld == w.GivenGraded {
			t.Errorf("%s: flags %q", name, r.Information.Estimate.Flags())
		}
	}
}
