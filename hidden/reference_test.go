package hidden_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"tell/estimate"
	"tell/folds"
	"tell/hidden"
	"tell/target"
)

// reference is what scikit-learn gives on made-up scores; null is missing.
type reference struct {
	Folds, Inner        int
	Grid                []float64
	Label, Group, Level []int
	Units               []struct {
		Repeat, Fold int
		InnerFold    []int `json:"inner_fold"`
		Inner        map[string][]*float64
	}
	Score       map[string][][]*float64
	J0, J1      struct{ C, P []float64 }
	Information float64 `json:"hidden_information"`
	AUROC       float64 `json:"hidden_auroc"`
	Accuracy    float64 `json:"hidden_accuracy"`
}

func readReference(t *testing.T) (reference, hidden.Data) {
	t.Helper()
	raw, err := os.ReadFile("../testdata/hidden/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	p := &folds.Plan{Group: ref.Group, Folds: ref.Folds, Inner: ref.Inner}
	for i := range ref.Label {
		p.IDs = append(p.IDs, strconv.Itoa(i))
	}
	numbers := func(x []*float64) []float64 {
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = math.NaN()
			if v != nil {
				out[i] = *v
			}
		}
		return out
	}
	predictor := func(name string) hidden.Predictor {
		c := hidden.Predictor{Name: name}
		for _, u := range ref.Units {
			c.Inner = append(c.Inner, numbers(u.Inner[name]))
		}
		for _, s := range ref.Score[name] {
			c.Score = append(c.Score, numbers(s))
		}
		return c
	}
	for _, u := range ref.Units {
		unit := folds.Unit{Repeat: u.Repeat, Fold: u.Fold, InnerFold: u.InnerFold}
		for _, f := range u.InnerFold {
			unit.Test = append(unit.Test, f < 0)
		}
		p.Units = append(p.Units, unit)
	}
	d := hidden.Data{Plan: p, Target: target.Binary(ref.Label), Probe: predictor("probe")}
	behaviour := hidden.Levels(p, "behaviour", ref.Level, "0", "1", "neither")
	behaviour.Behaviour = true
	d.Rivals = []hidden.Predictor{predictor("against"), behaviour}
	return ref, d
}

var few = hidden.Settings{Permutations: 19, Bootstrap: estimate.Bootstrap{Draws: 50}}

func TestScikitLearn(t *testing.T) {
	ref, d := readReference(t)
	s := few
	s.C = ref.Grid
	r, err := hidden.Measure(context.Background(), d, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []struct {
		name      string
		got, want []float64
	}{
		{"C of J0", r.C0, ref.J0.C}, {"C of J1", r.C1, ref.J1.C}, {"J0", r.J0, ref.J0.P}, {"J1", r.J1, ref.J1.P},
		{"differences", []float64{r.Information.Estimate.Value, r.AUROC.Estimate.Value, r.Accuracy.Estimate.Value},
			[]float64{ref.Information, ref.AUROC, ref.Accuracy}},
	} {
		if len(at.got) != len(at.want) {
			t.Fatalf("%s: found %d numbers, want %d", at.name, len(at.got), len(at.want))
		}
		for i, x := range at.got {
			if !(math.Abs(x-at.want[i]) <= 1e-6) {
				t.Errorf("%s %d = %v, scikit-learn gives %v", at.name, i, x, at.want[i])
			}
		}
	}
	var mean float64
	for _, g := range r.Gain {
		mean += g / float64(len(r.Gain))
	}
	if math.Abs(mean-r.Information.Estimate.Value) > 1e-12 {
		t.Errorf("the mean gain is %v, the information %v", mean, r.Information.Estimate.Value)
	}
	if !r.Found() {
		t.Errorf("nothing found: %v, null %v", r.Information.Estimate, r.Information.Null.P)
	}
	for _, rival := range r.Rivals {
		// The first has a sign against the label.
		if !(rival.AUROC.Value > 0.6) || !rival.Lead.OK() {
			t.Errorf("%s alone: AUROC %v, %q, lead %v", rival.Name, rival.AUROC, rival.AUROC.Notes(), rival.Lead)
		}
	}
}

// Without rivals J0 is the share of label 1 among the training rows.
func TestWithoutRivals(t *testing.T) {
	_, d := readReference(t)
	d.Rivals = nil
	r, err := hidden.Measure(context.Background(), d, few)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, len(r.J0))
	for _, u := range d.Plan.Units {
		var ones, all float64
		for i, test := range u.Test {
			if !test {
				ones += d.Target.Values[i]
				all++
			}
		}
		for i, test := range u.Test {
			if test {
				want[i] += ones / all / float64(d.Plan.Repeats())
			}
		}
	}
	for i, p := range r.J0 {
		if math.Abs(p-want[i]) > 1e-8 {
			t.Fatalf("row %d: J0 = %v, the training share is %v", i, p, want[i])
		}
	}
	if flags := r.Information.Estimate.Flags(); flags[len(flags)-1] != hidden.NoBehaviour {
		t.Errorf("flags %q, want %s", flags, hidden.NoBehaviour)
	}
}

// A probe that is a function of the rivals adds nothing, whatever its sign is
// flipped to.
func TestProbeOfRivals(t *testing.T) {
	ref, d := readReference(t)
	behaviour := make([]float64, len(ref.Level))
	for i, l := range ref.Level {
		behaviour[i] = 2*float64(l) - 0.3
	}
	d.Rivals = []hidden.Predictor{d.Rivals[1]}
	d.Probe = hidden.Column(d.Plan, "probe", behaviour)
	r, err := hidden.Measure(context.Background(), d, few)
	if err != nil {
		t.Fatal(err)
	}
	if in := r.Information; math.Abs(in.Estimate.Value) > 0.01 || in.Null.P != 1 || r.Found() {
		t.Errorf("information %v, p %v", in.Estimate, in.Null.P)
	}
}
