package report

import (
	"fmt"
	"strings"
	"testing"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

// withControls is the real study with controls: a lead in bits, a selectivity, and an
// AUROC on residualised states.
func withControls(t *testing.T, lead, selectivity, residualised float64) *result.Result {
	t.Helper()
	r, _ := capitals(t)
	at := func(x float64) estimate.Estimate {
		return estimate.Estimate{Value: x, N: 576, Groups: 96, Interval: &estimate.Interval{Low: x - 0.1, High: x + 0.1, Level: 0.95}}
	}
	line := func(predictor, key string, x float64) compare.Line {
		return compare.Line{Predictor: predictor, Layer: compare.None, Position: compare.None, Key: key, Estimate: at(x)}
	}
	add := func(b result.Block, lines ...compare.Line) {
		r.Table = append(r.Table, result.ComparedRows(b, lines)...)
	}
	add(result.Description, line("probe", compare.KeyDescription, 1-lead), line("probe", compare.KeyCompression, 1/(1-lead)), line("probe", compare.KeyDescriptionLead, lead))
	r.Protocol.Selectivity = "claim"
	add(result.Selectivity, line("probe", compare.KeyAccuracy, 0.6+selectivity), line("probe", compare.KeyControlAccuracy, 0.6), line("probe", compare.KeySelectivity, selectivity))
	for k, name := range []string{"probe", "text", "graded", "a rival with a long name of its own", "another"} {
		for n, groups := range []float64{5, 10, 20, 39, 77} {
			l := line(name, "auroc", 0.85+0.02*float64(n)-0.1*float64(k))
			l.Column, l.Value = compare.TrainingGroups, fmt.Sprint(groups)
			if name == "another" && n < 2 {
				l.Estimate = estimate.NotEstimable(576, 0, "in 1 of 5 draws the training rows of some fold lack a level")
			}
			add(result.Learning, l)
		}
		recall, realised := line(name, compare.KeyRecallAtFPR, 0.7), line(name, compare.KeyRealisedFPR, 0.04)
		recall.Column, recall.Value, realised.Column, realised.Value = compare.FalsePositives, "0.05", compare.FalsePositives, "0.05"
		add(result.ROC, recall, realised)
		for _, rate := range []float64{0, 0.075, 0.2, 0.5, 1} {
			l := line(name, compare.KeyROC, min(1, rate+0.3-0.05*float64(k)))
			l.Column, l.Value = compare.FalsePositives, fmt.Sprint(rate)
			add(result.ROC, l)
		}
	}
	r.Predictors = append(r.Predictors, result.Predictor{Name: result.Residualised, Note: "without the template"})
	r.Table = append(r.Table, result.Row{Block: result.Baseline, Layer: result.None, Position: result.None, Predictor: result.Residualised, Key: "auroc", Unit: "probability", Estimate: at(residualised)})
	return r
}

// A control says something where it takes something away, and nothing elsewhere.
func TestControlsInWords(t *testing.T) {
	if got := controlsSentences(withControls(t, 0.5, 0.3, 0.9)); got != nil {
		t.Errorf("found %q", got)
	}
	for want, r := range map[string]*result.Result{
		"These rows do not show that the states shorten an online code of the labels: probes save +0.050 bits a row":                                withControls(t, 0.05, 0.3, 0.9),
		"its accuracy, 65.0% on the rows of the control tasks, differs by +5.0 points from that on labels drawn at random for each value of claim ": withControls(t, 0.5, 0.05, 0.9),
		"With the columns regressed out of the states, the probe is not shown":                                                                      withControls(t, 0.5, 0.3, 0.55),
	} {
		if got := Compared(r); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}

// A control without an interval is not estimable, and its reason is said.
func TestControlsThatAreNotEstimable(t *testing.T) {
	without := func(key string, e estimate.Estimate) *result.Result {
		r := withControls(t, 0.5, 0.3, 0.9)
		for i := range r.Table {
			if r.Table[i].Key == key {
				r.Table[i].Estimate = e
			}
		}
		return r
	}
	lead := estimate.Estimate{Value: 0.5, N: 576, Groups: 96}
	bare := without(compare.KeyDescriptionLead, lead)
	lead.Warn(estimate.NoInterval, "no interval: one order of the groups does not show how much orders differ")
	for want, r := range map[string]*result.Result{
		"Whether probes save bits in an online code of the labels is not estimable: one order of the groups does not show how much orders differ.": without(compare.KeyDescriptionLead, lead),
		"Whether probes save bits in an online code of the labels is not estimable: there is no interval.":                                         bare,
		"Whether the probe reads more than it could know by heart is not estimable: no row has a value.":                                           without(compare.KeySelectivity, estimate.NotEstimable(576, 0, "no row has a value")),
	} {
		if got := controlsTexts(r); len(got) != 2 || got[0] != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}

func TestControlsOnThePage(t *testing.T) {
	var b strings.Builder
	if err := encodePage(&b, withControls(t, 0.5, 0.3, 0.9), nil); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{`id="roc"`, `id="controls"`, "Recall at a false-positive rate of at most 0.05", "at a false-positive rate of 0.075: ", "Compression", "Selectivity", "Accuracy on the label", "every value of claim a label", "Learning curve: AUROC by training groups. probe 0.85", "but the residualised probe"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	plain, _ := capitals(t)
	b.Reset()
	if err := encodePage(&b, plain, nil); err != nil {
		t.Fatal(err)
	}
	for _, not := range []string{`id="roc"`, `id="controls"`, "residualised"} {
		if strings.Contains(b.String(), not) {
			t.Errorf("the page of a study without controls has %q", not)
		}
	}
}
