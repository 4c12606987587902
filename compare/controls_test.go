package compare

import (
	"math"
	"strings"
	"testing"

	"tell/estimate"
	"tell/target"
)

var controlSettings = Settings{Bootstrap: estimate.Bootstrap{Draws: 200, Seed: 1}}

func controlLine(t *testing.T, lines []Line, predictor, key, value string) Line {
	t.Helper()
	for _, l := range lines {
		if l.Predictor == predictor && l.Key == key && l.Value == value {
			return l
		}
	}
	t.Fatalf("found no line of %s, %s, %q", predictor, key, value)
	return Line{}
}

// Codes of known length: two orders of 1 and 0.5 bits a row, shares of 1 bit.
func TestDescribe(t *testing.T) {
	group := []int{0, 0, 1, 1, 2, 3}
	flat := func(x float64) []float64 { return []float64{x, x, x, x, x, x} }
	code := Code{Predictor: "probe", Layer: 4, Position: 0, Bits: [][]float64{flat(1), flat(0.5)}}
	lines, err := Description{4, group, [][]float64{flat(1), flat(1)}, []Code{code}}.Measure(t.Context(), controlSettings)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{KeyDescription: 0.75, KeyCompression: 2 / 0.75, KeyDescriptionLead: 0.25} {
		if l := controlLine(t, lines, "probe", key, ""); math.Abs(l.Estimate.Value-want) > 1e-12 || l.Layer != 4 || l.Estimate.Groups != 4 {
			t.Errorf("%s: found %+v, want %v", key, l, want)
		}
	}
	if l := controlLine(t, lines, "majority", KeyCompression, ""); l.Estimate.Value != 2 || l.Layer != None {
		t.Errorf("shares: %+v", l)
	}
	if _, err := (Description{2, group, [][]float64{{1}}, nil}).Measure(t.Context(), controlSettings); err == nil || !strings.Contains(err.Error(), "expected as many") {
		t.Errorf("found %v", err)
	}
}

func TestSelectivity(t *testing.T) {
	nan := math.NaN()
	lines, err := Selectivity{[]float64{1, 1, 0, 1, 0, 1}, []float64{0.5, 0.25, 0, 1, nan, nan}, []int{0, 0, 1, 1, 2, 3}}.Measure(t.Context(), controlSettings)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{KeyAccuracy: 0.75, KeyControlAccuracy: 1.75 / 4, KeySelectivity: 1.25 / 4} {
		if l := controlLine(t, lines, "probe", key, ""); math.Abs(l.Estimate.Value-want) > 1e-12 || l.Estimate.N != 4 {
			t.Errorf("%s: found %+v, want %v on 4 rows", key, l, want)
		}
	}
	lines, err = Selectivity{[]float64{1}, []float64{nan}, []int{0}}.Measure(t.Context(), controlSettings)
	if err != nil || controlLine(t, lines, "probe", KeySelectivity, "").Estimate.OK() {
		t.Errorf("found %+v, %v where no value is known", lines, err)
	}
	if _, err := (Selectivity{[]float64{1}, nil, nil}).Measure(t.Context(), controlSettings); err == nil {
		t.Error("took columns of different lengths")
	}
}

// The mean over draws: AUROC 1 and 1/2, and none where a draw could not be trained.
func TestLearning(t *testing.T) {
	y, group := target.Binary([]int{0, 1, 0, 1}), []int{0, 0, 1, 1}
	right, same := []float64{0.1, 0.9, 0.2, 0.8}, []float64{0.5, 0.5, 0.5, 0.5}
	lines, err := Learning{y, group, []Lesson{{"probe", 3.4, [][]float64{right, same}}, {"text", 7, [][]float64{right, nil}}}}.Measure(t.Context(), controlSettings)
	if err != nil {
		t.Fatal(err)
	}
	if l := controlLine(t, lines, "probe", "auroc", "3"); l.Estimate.Value != 0.75 || l.Column != TrainingGroups {
		t.Errorf("found %+v", l)
	}
	if l := controlLine(t, lines, "text", "auroc", "7"); l.Estimate.Reason != "in 1 of 2 draws the training rows of some fold lack a level" {
		t.Errorf("found %+v", l)
	}
	if len(LearningQuantities()) < 4 {
		t.Errorf("found %v", LearningQuantities())
	}
}

func TestROCOfTwo(t *testing.T) {
	label, group := []int{0, 0, 0, 1, 1, 1}, []int{0, 1, 2, 0, 1, 2}
	lines, err := ROC{label, group, []Scored{{"probe", []float64{1, 2, 4, 3, 5, 6}}, {"text", []float64{1, 1, 1, 1, 1, 1}}}, 0.2}.Measure(t.Context(), controlSettings)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, key, rate string
		want            float64
	}{
		{"probe", KeyRecallAtFPR, "0.2", 2. / 3}, {"probe", KeyRealisedFPR, "0.2", 0}, {"probe", KeyROC, "0", 2. / 3}, {"probe", KeyROC, "0.4", 1},
		{"text", KeyRecallAtFPR, "0.2", 0}, {"text", KeyROC, "0.3", 0.3},
	} {
		if l := controlLine(t, lines, c.name, c.key, c.rate); math.Abs(l.Estimate.Value-c.want) > 1e-12 {
			t.Errorf("%v: found %+v", c, l.Estimate)
		}
	}
	if _, err := (ROC{label, group, []Scored{{"probe", []float64{1}}}, 0.2}).Measure(t.Context(), controlSettings); err == nil {
		t.Error("took one score for six rows")
	}
}
