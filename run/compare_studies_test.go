package run_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tell/compare"
	"tell/metric"
	"tell/result"
	"tell/run"
	"tell/study"
	"tell/target"
)

// runExample runs a study of testdata with few draws, on some of its layers.
func runExample(t *testing.T, path string, layers ...int) result.Table {
	t.Helper()
	s, err := study.Load("../testdata/" + path)
	if err != nil {
		t.Fatal(err)
	}
	s.Controls.Permutations, s.Controls.Bootstrap, s.Layers = 20, 100, layers
	r, _, err := run.Run(t.Context(), s, run.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return r.Table
}

// linesOf prints the values of a key in a block, with two decimals: another
// instruction set may move the last digits.
func linesOf(t result.Table, block result.Block, key string) string {
	var b strings.Builder
	for _, row := range t.In(block).Of(result.Probe) {
		if row.Key != key {
			continue
		}
		value := "NE"
		if row.Estimate.OK() {
			value = strings.Replace(fmt.Sprintf("%.2f", row.Estimate.Value), "-0.00", "0.00", 1)
		}
		fmt.Fprintf(&b, "%s>%s %s\n", row.Train, row.Test, value)
	}
	return b.String()
}

// The matrix was computed apart for this dump (testdata/transfer/README.md): at
// layer 18 every cell lies within 0.07 of it, but for spanish to city, where that
// figure is of cities that the probe was trained on.
func TestTransferStudy(t *testing.T) {
	if raceDetector {
		t.Skip("slow under the race detector; other studies run there")
	}
	table := runExample(t, "transfer/study.yaml", 18)
	apart := map[string][7]float64{ // own, then city, animal, ... without it
		"city":       {.98, .82, .67, .62, .43, .52, .61},
		"animal":     {.84, .97, .65, .58, .38, .51, .60},
		"opposite":   {.98, .64, .53, .53, .53, .48, .51},
		"spanish":    {.59, .88, .68, .58, .41, .51, .58},
		"comparison": {.94, .26, .36, .57, .44, .50, .39},
		"symbols":    {.53, .54, .56, .40, .49, .48, .52},
		"context":    {.78, .97, .84, .42, .59, .38, .52},
	}
	sets := []string{"city", "animal", "opposite", "spanish", "comparison", "symbols", "context"}
	cells := 0
	for _, row := range table.In("transfer").Of(result.Probe) {
		if row.Key != "auroc" {
			continue
		}
		at := slices.Index(sets, row.Test)
		switch own := slices.Index(sets, row.Train); {
		case at == own:
			at = 0
		case at < own:
			at++
		}
		cells++
		want := apart[row.Train][at]
		off := row.Estimate.Value - want
		if leaked := row.Train == "spanish" && row.Test == "city"; leaked != (off < -0.07 || off > 0.07) {
			t.Errorf("%s on %s: found an AUROC of %.3f, computed apart %.2f", row.Train, row.Test, row.Estimate.Value, want)
		}
	}
	if cells != 49 {
		t.Errorf("found %d cells, expected 49", cells)
	}
	// The text alone, in every set by itself. Over 12 draws of the folds scikit-learn
	// gives values that lie 0.1 to either side of these.
	for set, want := range map[string]float64{"city": .62, "animal": .56, "opposite": .40, "spanish": .38, "comparison": .69, "symbols": .47, "context": .51} {
		for _, row := range table.In("transfer").Of(result.Text) {
			if off := row.Estimate.Value - want; row.Key == "auroc" && row.Train == set && row.Test == set && (off < -0.12 || off > 0.12) {
				t.Errorf("text alone on %s: found an AUROC of %.3f, computed apart %.2f", set, row.Estimate.Value, want)
			}
		}
	}
	if got, want := linesOf(table, "transfer", "mahalanobis_cosine_corrected"), "city>animal 0.90\n"; !strings.Contains(got, want) {
		t.Errorf("found cosines\n%sexpected %s", got, want)
	}
	if got, want := linesOf(table, "transfer", "pairs_lost"), strings.Join(sets, ">spanish-city 72.00\n")+">spanish-city 72.00\n"; got != want {
		t.Errorf("found pairs without a partner\n%sexpected\n%s", got, want)
	}
	if got, want := linesOf(table, "transfer", "recovery"), "spanish>symbols NE\n"; !strings.Contains(got, want) {
		t.Errorf("found recovery\n%sexpected %s", got, want)
	}
}

func TestKnowledgeAndActionStudy(t *testing.T) {
	if raceDetector {
		t.Skip("slow under the race detector; other studies run there")
	}
	table := runExample(t, "capitals/knowact.yaml", 12, 18)
	for _, c := range []struct{ key, want string }{
		{"auroc", "user_wrong>user_wrong 0.94\nbehaviour>behaviour 0.68\n"},
		{"labels_differ", "user_wrong>behaviour 167.00\n"},
		{"separation", "user_wrong>behaviour 0.71\nuser_wrong>behaviour 0.73\n"},
		{"cosine_corrected", "user_wrong>behaviour 0.81\nuser_wrong>behaviour 0.72\n"},
	} {
		if got := linesOf(table, "targets", c.key); !strings.Contains(got, c.want) {
			t.Errorf("%s: found\n%sexpected %s", c.key, got, c.want)
		}
	}
	if got, want := linesOf(table, "layers", "auroc"), "layer 12>layer 12 0.94\nlayer 18>layer 12 0.53\nlayer 12>layer 18 0.64\nlayer 18>layer 18 0.95\n"; got != want {
		t.Errorf("layers: found\n%sexpected\n%s", got, want)
	}
}

// What can be decoded of a share hardly changes with tuning, and the frozen probe falls.
// At this layer scikit-learn has .32 before and .35 after (by_sklearn.py).
func TestDisagreementStudy(t *testing.T) {
	if raceDetector {
		t.Skip("slow under the race detector; other studies run there")
	}
	s, err := study.Load("../testdata/disagreement/study.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const tuned = "own>own 0.28\nafter>after 0.36\nown>after 0.02\n>after-own 0.08\nown>after-own -0.26\n"
	s.Controls.Permutations, s.Controls.Bootstrap, s.Layers = 0, 100, []int{18}
	s.Probe.C, s.Probe.InnerFolds, s.Text = []float64{1e-4, 1e-3}, 2, ""
	r, _, err := run.Run(t.Context(), s, run.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := linesOf(r.Table, "dumps", "spearman")+linesOf(r.Table, "dumps", "spearman_change"), tuned; got != want {
		t.Errorf("found\n%sexpected\n%s", got, want)
	}
	of := r.Table.In(result.Disagreement)
	for key, want := range map[string]float64{"spearman": 0.91, "entropy_spearman": 0.73, "cross_entropy": 0.83, "total_variation": 0.08} {
		if got := of.On(result.Subset{}).Of(compare.Ceiling).Estimate(key).Value; math.Abs(got-want) > 0.011 {
			t.Errorf("ceiling of %s: found %.3f, expected %.2f", key, got, want)
		}
	}
	if n := len(of.Of(result.Probe)); n != 3*len(metric.For(target.KindShare)) {
		t.Errorf("found %d lines of the probe, expected every metric on three strata", n)
	}
}
