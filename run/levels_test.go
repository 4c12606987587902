package run_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tell/gap"
	"tell/report"
	"tell/result"
	"tell/run"
)

// The gap of three classes, and of three ordered levels, goes from a study file to
// the table, is what the scores of the rows come to, and stands on the page.
func TestLevelGapStudies(t *testing.T) {
	if raceDetector {
		t.Skip("slow under the race detector; other studies run there")
	}
	for kind, c := range map[string]struct{ target, say string }{
		"class":   {`{label: 'y == 1 ? "a" : act == 0 ? "b" : "c"', kind: class}`, "class"},
		"ordinal": {`{label: 'y == 1 ? "a" : act == 0 ? "b" : "c"', kind: ordinal, order: [b, c, a]}`, "level"},
	} {
		t.Run(kind, func(t *testing.T) {
			s := toy(t, nil, "")
			text := strings.Replace(string(s.Source), "target: y\n", "target: "+c.target+`
decision:
  acts_as: 'item % 4 == 0 ? nil : act == 2 ? "a" : act == 1 ? "c" : "b"'
  scores: {a: act == 2 ? 0.5 : 0.25, b: act == 0 ? 0.5 : 0.25, c: act == 1 ? 0.5 : 0.25}
strata: [act]
text: question
`, 1)
			text = strings.Replace(text, "permutations: 19", "permutations: 0", 1)
			r, scores := runs(t, load(t, strings.Replace(text, "C: [0.01, 1], ", "C: 1, ", 1)), run.Options{})
			g := r.Table.In(result.Gap)
			for key, want := range countedAgain(scores) {
				if e := g.On(result.Subset{}).Estimate(key); !e.OK() || math.Abs(e.Value-want) > 1e-12 {
					t.Errorf("%s: found %v, want %v", key, e, want)
				}
			}
			var ofLabels int
			for y, name := range r.Data.LabelNames {
				of := slices.DeleteFunc(slices.Clone(scores), func(s result.Score) bool { return s.Label != y })
				rows := g.On(result.Subset{Column: result.LabelSubset, Value: name})
				if want := countedAgain(of); rows.Count("rows") != int(want["rows"]) || rows.Estimate(gap.KeyKBA).OK() && math.Abs(rows.Estimate(gap.KeyKBA).Value-want[gap.KeyKBA]) > 1e-12 {
					t.Errorf("label %s: found %d rows, KBA %v, want %v", name, rows.Count("rows"), rows.Estimate(gap.KeyKBA), want)
				}
				for b, acted := range r.Data.LabelNames {
					n := 0
					for _, s := range of {
						if s.Behaviour == b {
							n++
						}
					}
					if got := g.On(result.ActedAs(name, acted)).Count("rows"); got != n {
						t.Errorf("label %s acting as %s: found %d rows, want %d", name, acted, got, n)
					}
				}
				ofLabels += rows.Count("rows_neither")
			}
			if n := g.On(result.NeitherBehaviour).Count("rows"); n != 15 || ofLabels != n {
				t.Errorf("neither: found %d rows, and %d by label, want 15", n, ofLabels)
			}
			// The mean of what is added on the rows, by the name of the label.
			var gain float64
			for _, s := range scores {
				gain += s.Gain / float64(len(scores))
			}
			if e := r.Table.In(result.Hidden).Estimate("hidden_information"); !e.OK() || math.Abs(e.Value-gain) > 1e-12 {
				t.Errorf("hidden information: found %v, the mean over the rows is %v", e, gain)
			}
			if len(r.Table.In(result.Slice).Subsets()) != 3 || len(r.Table.In(result.Contrast).Subsets()) != 2 {
				t.Errorf("found slices %v and contrasts %v", r.Table.In(result.Slice).Subsets(), r.Table.In(result.Contrast).Subsets())
			}
			for _, key := range []string{gap.KeyAccuracyCalibrated, gap.KeyAccuracyText} {
				if e := g.On(result.Subset{}).Estimate(key); !e.OK() {
					t.Errorf("%s: %v", key, e)
				}
			}
			for _, b := range []string{result.Behaviour, result.Graded} {
				if e := r.Table.In(result.Baseline).Of(b).Estimate("level_accuracy"); !e.OK() {
					t.Errorf("baseline %s: %v", b, e)
				}
			}
			dir := t.TempDir()
			if err := report.Write(dir, r, scores); err != nil {
				t.Fatal(err)
			}
			page, err := os.ReadFile(filepath.Join(dir, report.PageFile))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"Label by label", "reads the right " + c.say, "with other shares of them anything between", "by label", "share of rows with a behaviour"} {
				if !bytes.Contains(page, []byte(want)) {
					t.Errorf("the page does not say %q", want)
				}
			}
			if bytes.Contains(page, []byte("behaviour 0 or 1")) {
				t.Error("the page speaks of behaviour 0 or 1")
			}
			first, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := runs(t, load(t, strings.Replace(text, "C: [0.01, 1], ", "C: 1, ", 1)), run.Options{Workers: 1})
			if second, _ := json.Marshal(again); !bytes.Equal(first, second) {
				t.Error("another number of workers gives other bytes")
			}
		})
	}
}

// countedAgain counts again what scores say of a gap.
func countedAgain(scores []result.Score) map[string]float64 {
	var rows, known, acted, kba, abk, agree float64
	for _, s := range scores {
		if s.Behaviour == gap.Neither {
			continue
		}
		rows++
		probe, behaviour := s.Prediction == s.Label, s.Behaviour == s.Label
		for _, of := range []struct {
			n  *float64
			is bool
		}{{&known, probe}, {&acted, behaviour}, {&kba, probe && !behaviour}, {&abk, behaviour && !probe}, {&agree, s.Prediction == s.Behaviour}} {
			if of.is {
				*of.n++
			}
		}
	}
	return map[string]float64{
		"rows": rows, gap.KeyAccuracyProbe: known / rows, gap.KeyAccuracyBehaviour: acted / rows, gap.KeyKBA: kba / rows, gap.KeyABK: abk / rows,
		gap.KeyNet: (known - acted) / rows, gap.KeyAgreement: agree / rows, gap.KeyAgainst: kba / known,
	}
}
