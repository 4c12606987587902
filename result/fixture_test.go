package result

import (
	"flag"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"pgregory.net/rapid"

	"tell/estimate"
	"tell/gap"
	"tell/target"
)

var update = flag.Bool("update", false, "rewrite the golden files and docs/results.md")

// golden compares got with a file, or rewrites the file.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(path, want, "found", got); d != nil {
		t.Errorf("%s\nif the change is meant: go generate ./result", d)
	}
}

// made is a small result with a row of every sort.
func made() *Result {
	between := func(value, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: value, Interval: &estimate.Interval{Low: low, High: high, Level: 0.8}, N: 24, Groups: 6, Method: "BCa"}
	}
	few := between(0.875, 0.75, 1)
	few.Warn(estimate.FewGroups, "only %d groups", 6)
	few.Warn(estimate.DrawsLeftOut, "3 of 200 draws gave no value")
	neutral := "neutral"
	embeddings := 0
	return &Result{
		Schema:   Schema,
		Name:     "made up <for tests>",
		Warnings: []Warning{{Code: "duplicate-rows", Message: "2 rows are the same", Advice: "group them"}},
		Data: Data{Format: "npy", DType: "f16", Rows: 24, Layers: 2, Positions: 1, Width: 8, Used: 24, Groups: 6, Group: "city",
			Target: "user_wrong", Kind: target.KindBinary, LabelNames: []string{"right", "wrong"}, Labels: []int{12, 12},
			Behaviour: []Count{{"right", 10}, {"wrong", 12}, {"neither", 2}}, ActsAs: &ActsAs{"agrees", "not agrees"}},
		Reading:    Reading{Position: "last", Positions: []string{"last"}, Layers: []string{"0", "1"}, Embeddings: &embeddings},
		Protocol:   Protocol{Probe: "logistic", C: []float64{0.01, 1}, Folds: 3, InnerFolds: 3, Repeats: 2, Permutations: 20, PermutationC: 0.01, Bootstrap: 200, Level: 0.8, Seed: math.MaxUint64, Tol: 1e-8},
		Sites:      []Site{{Layer: 0, C: []float64{1, 1, 0.01}}, {Layer: 1, Name: "block 1", C: []float64{0.01, 0.01, 1}, NotConverged: 1}},
		Predictors: []Predictor{{Name: Text, Note: "words and characters"}},
		Choices:    []Choice{{Repeat: 0, Fold: 0, Layer: 1, C: 0.01}},
		Table: Table{
			{Block: Curve, Layer: 0, Position: 0, Predictor: Probe, Key: "auroc", Unit: UnitProbability, Estimate: few},
			{Block: Curve, Layer: 1, Position: 0, Predictor: Probe, Key: KeyPermuted, Unit: UnitProbability,
				Estimate: estimate.Estimate{Value: 0.1 + 0.2, N: 24, Groups: 6}, Null: &Null{Mean: 0.5, P: 1.0 / 21}},
			{Block: Nested, Target: "user_wrong", Train: "a", Test: "b", Dump: "base", Layer: None, Position: None, Predictor: Probe, Key: "brier", Unit: "squared probability", Estimate: between(0, 0, 1e-21)},
			{Block: Baseline, Layer: None, Position: None, Predictor: Text, Key: "auroc" + Difference, Unit: UnitProbability, Estimate: between(-0.125, -0.25, 0.0625)},
			{Block: Gap, Layer: None, Position: None, Predictor: Probe, Subset: NeitherBehaviour, Key: "rows", Unit: UnitRows, Estimate: estimate.Estimate{Value: 2, N: 2}},
			{Block: Slice, Layer: None, Position: None, Predictor: Probe, Subset: Subset{Column: Condition, Value: "=doubt, \"mild\""}, Key: gap.KeyMatchedAUROC, Unit: UnitProbability,
				Estimate: estimate.NotEstimable(12, 0, "no behaviour has rows of both labels")},
			{Block: Contrast, Layer: None, Position: None, Predictor: Probe, Subset: Subset{Column: Condition, Value: "doubt", Reference: &neutral}, Key: gap.KeyNet, Unit: UnitDifference, Estimate: between(0.25, 0, 0.5)},
		},
		Definitions: []Definition{{Key: "auroc", Term: "AUROC", Text: "ties counted half"}},
		Provenance: Provenance{Tell: "0.2.0", Go: "go1.26", Platform: "linux/amd64", Instructions: "AVX2", Command: "tell run study.yaml",
			Study: Input{Path: "study.yaml", Size: 12, SHA256: "00"}, Text: "name: made up\n", Files: []Input{{Path: "states.npy", Size: 960, SHA256: "01"}}, Plan: "02", Seed: 1},
	}
}

// madeScores are rows with everything that is hard to write.
func madeScores() []Score {
	of := func(repeat int, id, text string, behaviour int, textScore float64) Score {
		return Score{ID: id, Row: 7, Repeat: repeat, Fold: 2, Layer: 1, Score: 1.0 / 3, Label: 1, Behaviour: behaviour,
			TextScore: textScore, BehaviourScore: 0.5, Group: "Paris", Condition: "doubt",
			Strata: []StratumValue{{"template", "-1"}, {"a b", "@home"}}, Text: text, Said: "No, \"Paris\"\r\nis in France", Run: "02"}
	}
	return []Score{
		of(0, "r1", "=HYPERLINK(1)", 0, math.NaN()),
		of(0, "r2", "'=1", gap.Neither, 1e-300),
		of(1, "r1", "", 1, 1),
		of(1, "r2", "Zürich\tand\nmore", gap.Neither, 0),
	}
}

func drawScores(t *rapid.T) []Score {
	text := rapid.String()
	count := rapid.IntRange(0, math.MaxInt)
	site := rapid.IntRange(None, math.MaxInt)
	probability := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Just(math.NaN()))
	strata := rapid.SliceOfNDistinct(text, 0, 3, rapid.ID[string]).Draw(t, "strata")
	row := rapid.Custom(func(t *rapid.T) Score {
		s := Score{
			ID: text.Draw(t, "id"), Row: count.Draw(t, "row"), Repeat: count.Draw(t, "repeat"), Fold: count.Draw(t, "fold"),
			Layer: site.Draw(t, "layer"), Position: site.Draw(t, "position"),
			Score:      probability.Draw(t, "score"),
			Prediction: rapid.IntRange(0, 1).Draw(t, "prediction"), Label: rapid.IntRange(0, 1).Draw(t, "label"),
			Behaviour: rapid.SampledFrom([]int{0, 1, gap.Neither}).Draw(t, "behaviour"),
			TextScore: probability.Draw(t, "text score"), BehaviourScore: probability.Draw(t, "behaviour score"),
			Group: text.Draw(t, "group"), Condition: text.Draw(t, "condition"), Text: text.Draw(t, "text"), Said: text.Draw(t, "said"),
		}
		for _, name := range strata {
			s.Strata = append(s.Strata, StratumValue{Name: name, Value: text.Draw(t, "stratum")})
		}
		return s
	})
	return rapid.SliceOfNDistinct(row, 0, 8, func(s Score) string { return fmt.Sprint(s.Repeat, " ", s.ID) }).Draw(t, "scores")
}
