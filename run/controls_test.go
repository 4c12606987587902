package run_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tell/compare"
	"tell/estimate"
	"tell/result"
	"tell/run"
	"tell/study"
	"tell/target"
)

// controlled is the toy study with all controls, of a kind of target.
func controlled(t *testing.T, y, controls, probe, lines string) *study.Study {
	t.Helper()
	text := strings.Replace(string(toy(t, nil, lines).Source), "target: y\n", "target: "+y+"\n", 1)
	text = strings.Replace(text, "permutations: 19, bootstrap: 100", "permutations: 0, bootstrap: 100, "+controls, 1)
	return load(t, strings.Replace(text, "C: [0.01, 1]", "C: [0.01, 1], "+probe, 1))
}

// Controls go from the study to the table, from parts on two machines to the same
// bytes, and agree with a second look at the scores.
func TestControls(t *testing.T) {
	for kind, c := range map[target.Kind]struct {
		target, controls string
		blocks           []result.Block
	}{
		target.KindBinary: {"y", "fpr: 0.1, description: 2, selectivity: act, learning: true", []result.Block{result.ROC, result.Description, result.Selectivity, result.Learning}},
		target.KindClass:  {`{label: 'y == 1 ? "a" : act == 0 ? "b" : "c"', kind: class}`, "description: 2, selectivity: act, learning: true", []result.Block{result.Description, result.Selectivity, result.Learning}},
		target.KindNumber: {"{label: y * 3 + act / 10, kind: number}", "learning: true", []result.Block{result.Learning}},
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := controlled(t, c.target, c.controls, "residualise: [act]", "text: question\nnuisance: [act]\n")
			if kind == target.KindNumber {
				s.Probe.Kind = "ridge"
			}
			r, scores := runs(t, s, run.Options{})
			for _, b := range c.blocks {
				if len(r.Table.In(b)) == 0 {
					t.Errorf("found nothing in the block %s", b)
				}
			}
			first := map[target.Kind]string{target.KindBinary: "auroc", target.KindClass: "macro_auroc", target.KindNumber: "spearman"}[kind]
			own, left := r.Table.In(result.Nested).Estimate(first), r.Table.In(result.Baseline).Of(result.Residualised).Estimate(first)
			if !left.OK() || own.Value < 0.99 && left.Value == own.Value {
				t.Errorf("%s is %v, and %v on residualised states", first, own, left)
			}
			for _, name := range []string{result.Probe, result.Text, result.Nuisance} {
				lessons := r.Table.In(result.Learning).Of(name)
				if len(lessons) != 5 {
					t.Fatalf("%s has %d lessons, want 5: of 1, 2, 4, 8 and 15 groups", name, len(lessons))
				}
				if last := lessons[4]; last.Subset.Value != "15" || !last.Estimate.OK() {
					t.Errorf("%s ends at %v with %s groups, want 15", name, last.Estimate, last.Subset.Value)
				}
			}
			if kind == target.KindBinary {
				secondLook(t, r, scores)
			}
			want, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			parts := filepath.Join(t.TempDir(), "parts")
			for i := 2; i > 0; i-- {
				if err := run.Share(t.Context(), s, run.Options{Parts: parts, Workers: 1}, i, 2); err != nil {
					t.Fatal(err)
				}
			}
			merged, _, err := run.Merge(t.Context(), s, run.Options{Parts: parts})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(merged); string(got) != string(want) {
				t.Error("parts give other results")
			}
		})
	}
}

// secondLook computes from the scores what the controls say.
func secondLook(t *testing.T, r *result.Result, scores []result.Score) {
	t.Helper()
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) < 1e-9) {
			t.Errorf("%s: found %v, want %v", what, got, want)
		}
	}
	recall := 0.0
	for _, at := range scores {
		var above, of [2]float64
		for _, s := range scores {
			of[s.Label]++
			if s.Score > at.Score {
				above[s.Label]++
			}
		}
		if above[0] <= 0.1*of[0] {
			recall = max(recall, above[1]/of[1])
		}
	}
	roc := r.Table.In(result.ROC).Of(result.Probe)
	near("recall", roc.Estimate(compare.KeyRecallAtFPR).Value, recall)
	if e := roc.Estimate(compare.KeyRealisedFPR); e.Value > 0.1 || e.Interval != nil {
		t.Errorf("realised %v", e)
	}
	// The learning curve ends at the mean over folds of what the probe of each does.
	var within [4]struct{ ordered, pairs, rows float64 }
	for _, a := range scores {
		of := &within[a.Fold]
		of.rows++
		for _, b := range scores {
			switch {
			case a.Fold != b.Fold || a.Label <= b.Label:
			case a.Score > b.Score:
				of.ordered, of.pairs = of.ordered+1, of.pairs+1
			case a.Score == b.Score:
				of.ordered, of.pairs = of.ordered+0.5, of.pairs+1
			default:
				of.pairs++
			}
		}
	}
	last := 0.0
	for _, of := range within {
		last += of.ordered / of.pairs * of.rows / float64(len(scores))
	}
	learned := r.Table.In(result.Learning).Of(result.Probe)
	near("the end of the learning curve", learned[len(learned)-1].Estimate.Value, last)
	of := r.Table.In(result.Description)
	all := of.Of(result.Probe).At(result.None, result.None)
	bits, share := all.Estimate(compare.KeyDescription), of.Of(result.Majority).Estimate(compare.KeyDescription)
	near("bits saved", all.Estimate(compare.KeyDescriptionLead).Value, share.Value-bits.Value)
	near("compression", all.Estimate(compare.KeyCompression).Value, 1/bits.Value)
	near("no layer is chosen, and layer 1 is the one to read", math.Round(bits.Value-of.Of(result.Probe).At(1, 0).Estimate(compare.KeyDescription).Value), 0)
	if blind := of.Of(result.Probe).At(0, 0).Estimate(compare.KeyDescription).Value; !(bits.Value < blind-0.2) {
		t.Errorf("%v bits a row, %v by a layer without the label", bits, blind)
	}
	selected := r.Table.In(result.Selectivity)
	near("accuracy", selected.Estimate("accuracy").Value, nestedValue(r, "accuracy"))
	near("selectivity", selected.Estimate(compare.KeySelectivity).Value, selected.Estimate("accuracy").Value-selected.Estimate(compare.KeyControlAccuracy).Value)
}

// The control tasks are those of the layer that is chosen, also where another layer
// knows the values of the column.
func TestSelectivityOfChosenLayer(t *testing.T) {
	s := toy(t, func(x []float64) {
		for i := range 60 {
			x[i*6+i%3] += 5 // layer 0 tells act, layer 1 the label
		}
	}, "")
	s.Probe.C, s.Controls.Permutations, s.Controls.Selectivity = study.Grid{1}, 0, "act"
	accuracy := func(layers ...int) float64 {
		s.Layers = layers
		r, _ := runs(t, s, run.Options{})
		if r.Protocol.Selectivity != "act" {
			t.Errorf("found the column %q", r.Protocol.Selectivity)
		}
		return r.Table.In(result.Selectivity).Estimate(compare.KeyControlAccuracy).Value
	}
	if both, one, other := accuracy(0, 1), accuracy(1), accuracy(0); both != one || other < both+0.2 {
		t.Errorf("accuracy on control tasks is %v, %v of the chosen layer and %v of the other", both, one, other)
	}
}

// The accuracy beside control tasks is that of the probe, with an interval that is wider
// by what halves of the training groups differ.
func TestSelectivityHasRoomForTraining(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	s := toy(t, func(x []float64) {
		for i := range x {
			x[i] = x[i]/4 + rng.NormFloat64()
		}
	}, "")
	s.Layers, s.Probe.C, s.Controls.Permutations, s.Controls.Selectivity = []int{1}, study.Grid{1}, 0, "act"
	r, _ := runs(t, s, run.Options{})
	own, with := r.Table.In(result.Nested).Estimate("accuracy"), r.Table.In(result.Selectivity).Estimate("accuracy")
	wide := func(e estimate.Estimate) float64 { return e.Interval.High - e.Interval.Low }
	if own.Value != with.Value || wide(with) < 1.05*wide(own) || wide(with) > 2.5*wide(own) {
		t.Errorf("found %v, and %v beside control tasks", own, with)
	}
	// The halves are those of a learning curve, where there is one.
	s.Controls.Learning = true
	r, _ = runs(t, s, run.Options{})
	if also := r.Table.In(result.Selectivity).Estimate("accuracy"); also.Value != with.Value || math.Abs(wide(also)-wide(with)) > 1e-9 {
		t.Errorf("found %v, and %v with a learning curve", with, also)
	}
}

// A weight of 2 for every row is twice the C, and rows of weight 0 teach nothing.
func TestWeights(t *testing.T) {
	plain, scores := runs(t, controlled(t, "y", "description: 0", "tol: 1e-12", ""), run.Options{})
	s := controlled(t, "y", "description: 0", "tol: 1e-12", "weight: y * 0 + 2\n")
	s.Probe.C = study.Grid{0.005, 0.5}
	_, doubled := runs(t, s, run.Options{})
	for i := range scores {
		if math.Abs(scores[i].Score-doubled[i].Score) > 1e-5 {
			t.Fatalf("row %d: %v, with doubled weights and half the C %v", i, scores[i].Score, doubled[i].Score)
		}
	}
	// Half of the rows of label 1 have states of label 0.
	spoil := func(x []float64) {
		for i := range 60 {
			if i%2 == 1 {
				x[i*6+3] -= 6 * float64(i/3%2)
			}
		}
	}
	text := func(lines string) *study.Study {
		return load(t, strings.Replace(string(toy(t, spoil, lines).Source), "permutations: 19", "permutations: 0", 1))
	}
	all, _ := runs(t, text(""), run.Options{})
	weighted, _ := runs(t, text("weight: 'act == 0 ? 3 : 1'\nclass_weight: balanced\n"), run.Options{})
	if fmt.Sprint(all.Table) == fmt.Sprint(weighted.Table) || fmt.Sprint(plain.Table) == fmt.Sprint(all.Table) {
		t.Error("weights change nothing")
	}
	if p := weighted.Protocol; p.Weight != "act == 0 ? 3 : 1" || p.ClassWeight != "balanced" || all.Protocol.Weight+all.Protocol.ClassWeight != "" {
		t.Errorf("found weights %q and %q in the protocol", p.Weight, p.ClassWeight)
	}
	for lines, want := range map[string]string{
		"weight: y\n": "weight: fold 0 of repeat 0 leaves 0 rows of label 0 and",
	} {
		if _, _, err := run.Run(t.Context(), toy(t, nil, lines), run.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: found %v, want %q", lines, err, want)
		}
	}
}

// Columns that tell the label are warned of where they are regressed out.
func TestLabelInSpan(t *testing.T) {
	for column, want := range map[string]bool{"2 * y + 0.5": true, "act": false} {
		r, _ := runs(t, controlled(t, "y", "learning: false", fmt.Sprintf("residualise: [%s]", column), "nuisance: [act]\n"), run.Options{})
		found := slices.ContainsFunc(r.Warnings, func(w result.Warning) bool {
			return w.Code == "label-in-span" && strings.Contains(w.Message, "tell 100% of")
		})
		if found != want {
			t.Errorf("%s: warnings %v", column, r.Warnings)
		}
		for _, b := range r.Predictors {
			if want := "can be told linearly from " + column + ","; b.Name == result.Residualised && !strings.Contains(b.Note, want) {
				t.Errorf("found the note %q, want %q in it", b.Note, want)
			}
			if want := "regression on the column act"; b.Name == result.Nuisance && !strings.HasSuffix(b.Note, want) {
				t.Errorf("found the note %q, want %q at its end", b.Note, want)
			}
		}
		if e := r.Table.In(result.Baseline).Of(result.Residualised).Estimate("auroc"); want && math.Abs(e.Value-0.5) > 0.1 {
			t.Errorf("AUROC %v without the label", e)
		}
	}
}
