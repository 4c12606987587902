package compare

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tell/estimate"
)

func readReference(t *testing.T, name string, to any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "compare", "answers", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func closeTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: found %v, expected %v", what, got, want)
	}
}

// lineOf finds a line by what sets it apart; it stands for all rows.
func lineOf(t *testing.T, lines []Line, like Line) estimate.Estimate {
	t.Helper()
	return wholeLine(t, lines, like).Estimate
}

func wholeLine(t *testing.T, lines []Line, like Line) Line {
	t.Helper()
	var found []Line
	for _, l := range lines {
		if l.Key == like.Key && l.Predictor == like.Predictor && l.Layer == like.Layer && l.Position == like.Position &&
			l.Column == like.Column && l.Value == like.Value &&
			(like.Train == "" || l.Train == like.Train && l.Test == like.Test) {
			found = append(found, l)
		}
	}
	if len(found) != 1 {
		t.Fatalf("found %d lines like %+v, expected one", len(found), like)
	}
	return found[0]
}

func plainLine(predictor, key string) Line {
	return Line{Layer: None, Position: None, Predictor: predictor, Key: key}
}

// few draws: the reference is about values.
var fewDraws = Settings{Bootstrap: estimate.Bootstrap{Draws: 50, Seed: 1}}

type answersReference struct {
	KaplanMeier []struct {
		At     []int
		Seen   []bool
		Weight []float64
		Left   []float64
		Median *float64
	} `json:"kaplan_meier"`
	Cosines []struct {
		A, B, Covariance    []float64
		Cosine, Mahalanobis float64
	}
	Targets struct {
		Label       [2][]int
		Group, Fold []int
		Layers      []int
		Score       [][2][]float64
		AUROC       [][2][2]float64
		Reached     [2]float64
		Phi         float64
		Separation  []float64
	}
	Trajectory struct {
		Final, Truth, Group, Fold []int
		PrecisionAsked            float64 `json:"precision_asked"`
		Score                     [][]float64
		Position                  [][]int
		Stated, End, Places       []int
		Undecided, Unstated       []float64
		Tau, Precision            float64
		DecidedMedian             float64 `json:"decided_median"`
		PassageMedian             float64 `json:"first_passage_median"`
		StatedMedian              float64 `json:"stated_median"`
		Waste, Saved, Agreement   float64
		Before                    float64 `json:"decided_before_stated"`
		AccuracyStopped           float64 `json:"accuracy_stopped"`
		AccuracyFull              float64 `json:"accuracy_full"`
		NeverDecided              float64 `json:"never_decided"`
	}
}

func TestKaplanMeierReference(t *testing.T) {
	var r answersReference
	readReference(t, "reference.json", &r)
	for n, c := range r.KaplanMeier {
		s := newSurvival(c.At, c.Seen, c.Weight)
		for place, want := range c.Left {
			got := s.at(place)
			if got.Reason != "" {
				t.Fatalf("case %d, position %d: %s", n, place, got.Reason)
			}
			closeTo(t, "curve "+strconv.Itoa(n)+" at "+strconv.Itoa(place), got.X, want, 1e-12)
		}
		switch m := s.median(); {
		case c.Median == nil && m.Reason == "":
			t.Errorf("case %d: found median %v, expected none", n, m.X)
		case c.Median != nil:
			closeTo(t, "median", m.X, *c.Median, 0)
		}
	}
}

func TestCosineReference(t *testing.T) {
	var r answersReference
	readReference(t, "reference.json", &r)
	for _, c := range r.Cosines {
		d := len(c.A)
		s := mat.NewSymDense(d, c.Covariance)
		// Angles of subspaces know no sign.
		closeTo(t, "cosine", math.Abs(Cosine(c.A, c.B, nil)), c.Cosine, 1e-7)
		closeTo(t, "mahalanobis", math.Abs(Cosine(c.A, c.B, s)), c.Mahalanobis, 1e-7)
	}
	closeTo(t, "opposite", Cosine([]float64{1, 2}, []float64{-2, -4}, nil), -1, 0)
	if !math.IsNaN(Cosine([]float64{0, 0}, []float64{1, 0}, nil)) {
		t.Error("a direction without length has a cosine")
	}
}

func TestTargetsReference(t *testing.T) {
	var r answersReference
	readReference(t, "reference.json", &r)
	in := Targets{Names: [2]string{"know", "act"}, Label: r.Targets.Label, Group: r.Targets.Group, Fold: r.Targets.Fold}
	for k, layer := range r.Targets.Layers {
		in.Layers = append(in.Layers, TargetLayer{Layer: layer, Score: r.Targets.Score[k]})
	}
	lines, err := in.Measure(context.Background(), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	like := plainLine("probe", "")
	for k, layer := range r.Targets.Layers {
		like.Layer = layer
		for a := range 2 {
			for b := range 2 {
				like.Key, like.Train, like.Test = KeyTargetAUROC, in.Names[a], in.Names[b]
				closeTo(t, "auroc", lineOf(t, lines, like).Value, r.Targets.AUROC[k][a][b], 1e-12)
			}
		}
		like.Key, like.Train, like.Test = KeyTargetAUROCDifference, "know", "act"
		closeTo(t, "difference", lineOf(t, lines, like).Value, r.Targets.AUROC[k][1][1]-r.Targets.AUROC[k][0][0], 1e-12)
		like.Key = KeySeparation
		closeTo(t, "separation", lineOf(t, lines, like).Value, r.Targets.Separation[k], 1e-12)
	}
	for k, name := range in.Names {
		like := plainLine("probe", KeyLayerReached)
		like.Train, like.Test = name, name
		closeTo(t, "reached", lineOf(t, lines, like).Value, r.Targets.Reached[k], 1e-12)
	}
	closeTo(t, "lag", lineOf(t, lines, plainLine("probe", KeyLayerLag)).Value, r.Targets.Reached[1]-r.Targets.Reached[0], 1e-12)
	closeTo(t, "phi", lineOf(t, lines, plainLine("", KeyPhi)).Value, r.Targets.Phi, 1e-12)
}

func (r *answersReference) trajectory() Trajectory {
	x := r.Trajectory
	return Trajectory{Group: x.Group, Fold: x.Fold, Position: x.Position, Final: x.Final, Truth: x.Truth,
		Stated: x.Stated, End: x.End, Probe: PositionScore{Score: x.Score}, Precision: x.PrecisionAsked}
}

func TestTrajectoryReference(t *testing.T) {
	var r answersReference
	readReference(t, "reference.json", &r)
	x := r.Trajectory
	lines, err := r.trajectory().Measure(context.Background(), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		predictor, key string
		want           float64
	}{
		{"probe", KeyTau, x.Tau}, {"probe", KeyPrecision, x.Precision}, {"probe", KeyDecidedMedian, x.DecidedMedian},
		{"probe", KeyPassageMedian, x.PassageMedian}, {StatedAnswer, KeyDecidedMedian, x.StatedMedian}, {"probe", KeyWaste, x.Waste},
		{"probe", KeyDecidedBeforeStated, x.Before}, {"probe", KeySaved, x.Saved}, {"probe", KeyAgreement, x.Agreement},
		{"probe", KeyAccuracyStopped, x.AccuracyStopped}, {"", KeyAccuracyFull, x.AccuracyFull},
		{"probe", KeyStopChange, x.AccuracyStopped - x.AccuracyFull}, {"probe", KeyNeverDecided, x.NeverDecided},
	} {
		closeTo(t, c.predictor+" "+c.key, lineOf(t, lines, plainLine(c.predictor, c.key)).Value, c.want, 1e-12)
	}
	lastSeen := 22
	for k, place := range x.Places {
		like := plainLine("probe", KeyUndecided)
		like.Position = place
		if e := lineOf(t, lines, like); place > lastSeen {
			// lifelines carries the last value on.
			if e.OK() {
				t.Errorf("position %d, after the last: found %v, expected none", place, e.Value)
			}
		} else {
			closeTo(t, "undecided at "+strconv.Itoa(place), e.Value, x.Undecided[k], 1e-12)
		}
		like.Predictor = StatedAnswer
		closeTo(t, "unstated at "+strconv.Itoa(place), lineOf(t, lines, like).Value, x.Unstated[k], 1e-12)
	}
}

type candidatesReference struct {
	Question, Right, Fold []int
	Said, Greedy          []bool
	Scorers               map[string][]float64
	Margin                []float64
	K                     map[string][2]float64
}

func (r *candidatesReference) candidates() Candidates {
	return Candidates{Question: r.Question, Fold: r.Fold, Right: r.Right, Said: r.Said, Greedy: r.Greedy, Probe: r.Margin,
		External: []Scorer{{"logp", r.Scorers["logp"]}, {"logp_per_token", r.Scorers["logp_per_token"]}, {"p_true", r.Scorers["p_true"]}}}
}

func TestCandidatesReference(t *testing.T) {
	var r candidatesReference
	readReference(t, "candidates.json", &r)
	c := r.candidates()
	margin, err := c.combine(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range r.Margin {
		closeTo(t, "margin", margin[i], want, 1e-5)
	}
	lines, err := c.Measure(context.Background(), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range r.K {
		closeTo(t, "K of "+name, lineOf(t, lines, plainLine(name, KeyK)).Value, want[0], 1e-12)
		closeTo(t, "K* of "+name, lineOf(t, lines, plainLine(name, KeyKStar)).Value, want[1], 1e-12)
	}
	// logp is best in every fold.
	closeTo(t, "best", lineOf(t, lines, plainLine(BestExternal, KeyK)).Value, r.K["logp"][0], 1e-12)
	gap := r.K["all external"][0] - r.K["logp"][0]
	closeTo(t, "gap", lineOf(t, lines, plainLine(BestExternal, KeyKGap)).Value, gap, 1e-12)
	closeTo(t, "relative gap", lineOf(t, lines, plainLine(BestExternal, KeyKRelativeGap)).Value, gap/r.K["logp"][0], 1e-12)
	closeTo(t, "questions", lineOf(t, lines, plainLine("", KeyQuestions)).Value, 80, 0)
	// 49 of 80 greedy answers are right.
	closeTo(t, "greedy", lineOf(t, lines, plainLine("greedy", KeyGreedyAccuracy)).Value, 49./80, 1e-12)
}
