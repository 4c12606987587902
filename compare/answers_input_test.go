package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"tell/estimate"
)

// Eight rows in four groups of four folds.
func smallTargets() Targets {
	return Targets{
		IDs:   []string{"a", "b", "c", "d", "e", "f", "g", "h"},
		Names: [2]string{"know", "act"},
		Label: [2][]int{{0, 1, 0, 1, 0, 1, 0, 1}, {0, 1, 1, 0, 0, 1, 0, 1}},
		Group: []int{0, 0, 1, 1, 2, 2, 3, 3}, Fold: []int{0, 0, 1, 1, 2, 2, 3, 3},
		Layers: []TargetLayer{{Layer: 2, Score: [2][]float64{
			{0.1, 0.9, 0.3, 0.6, 0.2, 0.8, 0.4, 0.7}, {0.1, 0.9, 0.7, 0.4, 0.2, 0.8, 0.3, 0.6}}}},
	}
}

func smallTrajectory() Trajectory {
	return Trajectory{
		IDs:   []string{"a", "b", "c", "d"},
		Group: []int{0, 1, 2, 3}, Fold: []int{0, 1, 0, 1},
		Final: []int{1, 0, 1, 0}, Truth: []int{1, 0, 0, -1}, Stated: []int{2, -1, 0, 1},
		Probe: PositionScore{Score: [][]float64{{0.4, 0.9, 0.95}, {0.5, 0.1, 0.1, 0.05}, {0.9, 0.9}, {0.2, 0.1, 0.9}}},
	}
}

func smallCandidates() Candidates {
	return Candidates{
		IDs:      []string{"a", "b", "c", "d", "e", "f"},
		Question: []int{0, 0, 0, 1, 1, 1}, Fold: []int{0, 0, 0, 1, 1, 1}, Right: []int{1, 0, 0, 1, 1, 0},
		Said: []bool{false, true, true, true, true, true}, Greedy: []bool{false, true, false, true, false, false},
		Probe:    []float64{3, 1, 2, 3, 1, 2},
		External: []Scorer{{"logp", []float64{1, 2, 3, 3, 2, 1}}},
	}
}

// A refusal names what was found, and where.
func TestAnswersRefuse(t *testing.T) {
	nan := math.NaN()
	targets := func(change func(*Targets)) func() error {
		return func() error {
			x := smallTargets()
			change(&x)
			_, err := x.Measure(context.Background(), fewDraws)
			return err
		}
	}
	trajectory := func(change func(*Trajectory)) func() error {
		return func() error {
			x := smallTrajectory()
			change(&x)
			_, err := x.Measure(context.Background(), fewDraws)
			return err
		}
	}
	candidates := func(change func(*Candidates)) func() error {
		return func() error {
			x := smallCandidates()
			change(&x)
			_, err := x.Measure(context.Background(), fewDraws)
			return err
		}
	}
	for _, c := range []struct {
		try  func() error
		want string
	}{
		{targets(func(x *Targets) { *x = Targets{} }), "found no rows"},
		{targets(func(x *Targets) { x.IDs[3], x.IDs[7] = "a", "b" }), `ids that occur again: 2 rows: "a", "b"`},
		{targets(func(x *Targets) { x.IDs[3] = "a" }), `ids that occur again: "a"`},
		{targets(func(x *Targets) { x.IDs = x.IDs[:3] }), "found 3 ids, expected 8"},
		{targets(func(x *Targets) { x.Names[1] = "know" }), `targets named "know" and "know"`},
		{targets(func(x *Targets) { x.Label[1][2] = 2; x.Label[1][5] = -1 }), `label act: not 0 or 1 on 2 rows: "c", "f"`},
		{targets(func(x *Targets) { x.Label[0] = x.Label[0][:4] }), "label know: found 4 values, expected 8"},
		{targets(func(x *Targets) { x.Layers[0].Score[1][0] = nan }), `layer 2, score of act: not a probability on "a"`},
		{targets(func(x *Targets) { x.Layers[0].Score[1] = nil }), "layer 2, score of act: found 0 values"},
		{targets(func(x *Targets) { x.Layers = append(x.Layers, x.Layers[0]) }), "found layer 2 after layer 2"},
		{targets(func(x *Targets) { x.Layers = nil }), "found no layers"},
		{targets(func(x *Targets) { x.Fold[1] = 3 }), `folds part a group: "b"`},
		{targets(func(x *Targets) { clear(x.Fold) }), "found one fold"},
		{targets(func(x *Targets) {
			x.Layers[0].Directions = &Directions{Halvings: []Halving{{{{1}, {1}}, {{1}, {1, 2}}}}}
		}), "halving 0, target 1, half 1: found 2 weights, expected 1"},
		{targets(func(x *Targets) {
			x.Layers[0].Directions = &Directions{Pairs: [][2][]float64{{{1}, {nan}}}}
		}), "pair 0, target 1: column 0: found NaN"},
		{targets(func(x *Targets) {
			x.Layers[0].Directions = &Directions{Pairs: [][2][]float64{{{1}, {1}}}, Covariance: mat.NewSymDense(2, nil)}
		}), "pair 0, target 0: found 1 weights, expected 2"},
		{targets(func(x *Targets) {
			x.Layers[0].Directions = &Directions{Halvings: []Halving{{{{1}, {1}}, {{1}, {1}}}}, LeftOut: [][]Halving{{}}}
		}), "without block 0: found 0 halvings, expected 1"},

		{trajectory(func(x *Trajectory) { *x = Trajectory{} }), "found no answers"},
		{trajectory(func(x *Trajectory) { x.Probe.Score[1] = nil }), `positions: not one or more on "b"`},
		{trajectory(func(x *Trajectory) { x.Position = [][]int{{0, 1, 2}, {-1, 0, 1, 2}, {0, 1}, {0, 1, 2}} }), `positions: not 0 or more on "b"`},
		{trajectory(func(x *Trajectory) { x.Position = [][]int{{0, 1, 1}, {0, 1, 2, 3}, {0, 1}, {0, 1, 2}} }), `positions: not ascending on "a"`},
		{trajectory(func(x *Trajectory) { x.End = []int{2, 2, 1, 2} }), `end: not at least the last position on "b"`},
		{trajectory(func(x *Trajectory) { x.Stated = []int{-2, 9, 0, 1} }), `stated: not -1, or 0 to the end on 2 rows: "a", "b"`},
		{trajectory(func(x *Trajectory) { x.Probe.Score[0][1] = nan }), `probe: not a probability at every position on "a"`},
		{trajectory(func(x *Trajectory) { x.Baselines = []PositionScore{{"text", x.Probe.Score[:2]}} }), "text: found 2 values"},
		{trajectory(func(x *Trajectory) { x.Baselines = []PositionScore{{"probe", x.Probe.Score}} }), `"probe": the name is taken`},
		{trajectory(func(x *Trajectory) {
			x.Baselines = []PositionScore{{"text", [][]float64{{0.5}, {0.5, 0.5, 0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5, 0.5}}}}
		}), `text: not one score for each position on "a"`},
		{trajectory(func(x *Trajectory) { x.Final[2] = -1 }), `final: not 0 or 1 on "c"`},
		{trajectory(func(x *Trajectory) { x.Precision = 0.5 }), "precision: found 0.5"},
		{trajectory(func(x *Trajectory) { x.Taus = []float64{0.2} }), "taus: found 0.2"},
		{trajectory(func(x *Trajectory) { x.IDs[1] = "a" }), "ids that occur again"},

		{candidates(func(x *Candidates) { *x = Candidates{} }), "found no candidates"},
		{candidates(func(x *Candidates) { x.Probe[4] = nan }), `probe: not a finite number on "e"`},
		{candidates(func(x *Candidates) { x.External[0].Score[4] = math.Inf(-1) }), `logp: not a finite number on "e"`},
		{candidates(func(x *Candidates) { x.External = append(x.External, x.External[0]) }), `external scorer "logp": the name is taken`},
		{candidates(func(x *Candidates) { x.External[0].Name = "" }), "external scorer 0 has no name"},
		{candidates(func(x *Candidates) { x.Group = []int{0, 0, 1, 1, 1, 1} }), `folds part a group`},
		{candidates(func(x *Candidates) { x.Group, x.Fold = []int{0, 0, 2, 1, 1, 1}, []int{0, 0, 0, 1, 1, 1} }), `questions in two groups: "c"`},
		{candidates(func(x *Candidates) { x.Greedy[2] = true }), `a second greedy answer to a question: "c"`},
		{candidates(func(x *Candidates) { x.Right[0] = 3 }), `right: not 0 or 1 on "a"`},
		{candidates(func(x *Candidates) { x.IDs[5] = "a" }), "ids that occur again"},
		{candidates(func(x *Candidates) { x.Said = x.Said[:2] }), "said: found 2 values"},
	} {
		if err := c.try(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("found error %v, expected one with %q", err, c.want)
		}
	}
	if _, err := smallTargets().Measure(context.Background(), Settings{Permutations: -1}); err == nil {
		t.Error("-1 permutations were taken")
	}
}

func wantReason(t *testing.T, e estimate.Estimate, want string) {
	t.Helper()
	if !strings.Contains(e.Reason, want) || e.OK() {
		t.Errorf("found %s, expected a reason with %q", e, want)
	}
}

// Rows that do not determine a number give a reason.
func TestAnswersNotEstimable(t *testing.T) {
	x := smallTargets()
	clear(x.Label[1])
	x.Layers = append(x.Layers, TargetLayer{Layer: 5, Score: x.Layers[0].Score})
	lines, err := x.Measure(context.Background(), Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 9})
	if err != nil {
		t.Fatal(err)
	}
	like := plainLine("probe", KeyTargetAUROC)
	like.Layer, like.Train, like.Test = 2, "act", "act"
	wantReason(t, lineOf(t, lines, like), "no row has label 1")
	wantReason(t, lineOf(t, lines, plainLine("", KeyPhi)), "a label is the same on all rows")
	wantReason(t, lineOf(t, lines, plainLine("probe", KeyLayerLag)), "act")

	x = smallTargets()
	x.Label[1] = x.Label[0]
	if lines, err = x.Measure(context.Background(), Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 9}); err != nil {
		t.Fatal(err)
	}
	like = plainLine("probe", KeySeparation)
	like.Layer = 2
	wantReason(t, lineOf(t, lines, like), "no rows")

	// Layers without a signal have no lag.
	x = smallTargets()
	hint := []float64{0.5, 0.6, 0.7, 0.6, 0.5, 0.6, 0.7, 0.8}
	noise := [2][]float64{hint, x.Layers[0].Score[1]}
	x.Layers = []TargetLayer{{Layer: 0, Score: noise}, {Layer: 1, Score: noise}}
	if lines, err = x.Measure(context.Background(), fewDraws); err != nil {
		t.Fatal(err)
	}
	wantReason(t, lineOf(t, lines, plainLine("probe", KeyLayerLag)), "know is read at no layer")

	// A floor below 0.2.
	a := Agreement{Between: 0.1, Within: [2]float64{0.9, 0.19}}
	if _, reason := a.Corrected([2]string{"know", "act"}); !strings.Contains(reason, "act") || !strings.Contains(reason, "0.19") {
		t.Errorf("found reason %q", reason)
	}

	// A precision that cannot be had.
	y := smallTrajectory()
	for i, final := range y.Final {
		for j := range y.Probe.Score[i] {
			y.Probe.Score[i][j] = 0.1 + 0.8*float64(1-final) // on the wrong side
		}
	}
	if lines, err = y.Measure(context.Background(), fewDraws); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{KeyTau, KeyPrecision, KeyDecidedMedian, KeyPassageMedian, KeyWaste, KeySaved, KeyAgreement} {
		wantReason(t, lineOf(t, lines, plainLine("probe", key)), "no threshold has a precision of 0.9")
	}
	// All questions of one kind.
	z := smallCandidates()
	z.Right = []int{1, 1, 1, 0, 0, 0}
	if lines, err = z.Measure(context.Background(), Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 9}); err != nil {
		t.Fatal(err)
	}
	wantReason(t, lineOf(t, lines, plainLine("probe", KeyK)), noBoth)
	wantReason(t, lineOf(t, lines, plainLine(BestExternal, KeyKGap)), noBoth)
	closeTo(t, "questions of one kind", lineOf(t, lines, plainLine("", KeyQuestionsOneKind)).Value, 2, 0)

	// Never stated.
	y = smallTrajectory()
	for i := range y.Stated {
		y.Stated[i] = -1
	}
	if lines, err = y.Measure(context.Background(), fewDraws); err != nil {
		t.Fatal(err)
	}
	wantReason(t, lineOf(t, lines, plainLine("probe", KeyWaste)), noneStated)
	wantReason(t, lineOf(t, lines, plainLine(StatedAnswer, KeyDecidedMedian)), "more than half")
	closeTo(t, "never stated", lineOf(t, lines, plainLine(StatedAnswer, KeyNeverStated)).Value, 4, 0)
}

// What a hand can count.
func TestCandidatesByHand(t *testing.T) {
	x := smallCandidates()
	lines, err := x.Measure(context.Background(), Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 99})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		predictor, key string
		want           float64
	}{
		{"probe", KeyK, 0.75}, {"probe", KeyKStar, 0.5}, {"logp", KeyK, 0.5}, {"logp", KeyKStar, 0.5},
		{BestExternal, KeyKGap, 0.25}, {BestExternal, KeyKStarGap, 0}, {BestExternal, KeyKRelativeGap, 0.5},
		{"probe", KeyKnowsNeverSaid, 0.5}, {"probe", KeyChoiceAccuracy, 0.5}, {"greedy", KeyGreedyAccuracy, 0.5},
		{"probe", KeyChoiceGain, 0}, {"", KeyQuestionsNeverSaid, 1},
	} {
		closeTo(t, c.predictor+" "+c.key, lineOf(t, lines, plainLine(c.predictor, c.key)).Value, c.want, 1e-15)
	}
	all := plainLine("probe", KeyChoiceAccuracy)
	all.Column, all.Value = ColumnCandidates, EveryCandidate
	closeTo(t, "choice among all", lineOf(t, lines, all).Value, 1, 0)

	// Ties count half in K and break K*.
	x.Probe = []float64{1, 1, 1, 1, 1, 1}
	if lines, err = x.Measure(context.Background(), fewDraws); err != nil {
		t.Fatal(err)
	}
	closeTo(t, "tied K", lineOf(t, lines, plainLine("probe", KeyK)).Value, 0.5, 0)
	closeTo(t, "tied K*", lineOf(t, lines, plainLine("probe", KeyKStar)).Value, 0, 0)
	tied := lineOf(t, lines, plainLine("probe", KeyKnowsNeverSaid))
	closeTo(t, "rule of three", tied.Interval.High, 1-math.Sqrt(0.05), 1e-12)
	closeTo(t, "tied choice", lineOf(t, lines, plainLine("probe", KeyChoiceAccuracy)).Value, 1./3, 1e-15)
}

// The external scorer of a fold is the best on the other folds, even if another
// is best on its own.
func TestBestExternalIsChosenElsewhere(t *testing.T) {
	c := Candidates{External: []Scorer{{Name: "first"}, {Name: "second"}}}
	for q := range 4 {
		for right := range 2 {
			c.Question, c.Fold, c.Right = append(c.Question, q), append(c.Fold, q%2), append(c.Right, right)
			c.Probe = append(c.Probe, 0)
			// The first scorer is right in fold 0, the second in fold 1.
			for k := range c.External {
				score := float64(1 - right)
				if q%2 == k {
					score = float64(right)
				}
				c.External[k].Score = append(c.External[k].Score, score)
			}
		}
	}
	lines, err := c.Measure(context.Background(), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "best external", lineOf(t, lines, plainLine(BestExternal, KeyK)).Value, 0, 0)
	closeTo(t, "first", lineOf(t, lines, plainLine("first", KeyK)).Value, 0.5, 0)
}

// tau is chosen in other folds, and splits apply.
func TestTrajectoryByHand(t *testing.T) {
	x := smallTrajectory()
	x.Correct = []int{1, 1, 0, -1}
	x.Precision = 1
	x.Taus = []float64{0.6, 0.95}
	x.Baselines = []PositionScore{{"majority", [][]float64{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5, 0.5}}}}
	lines, err := x.Measure(context.Background(), Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 99})
	if err != nil {
		t.Fatal(err)
	}
	// Fold 0 learns from b and d: of 0.5, 0.9, 0.9, 0.95 and 0.8, only the first
	// is on the wrong side (0.5 is read as 1). Fold 1 learns from 0.6 (wrong) and
	// 0.9 of a; c is stated at once.
	closeTo(t, "tau", lineOf(t, lines, plainLine("probe", KeyTau)).Value, (0.8+0.9)/2, 1e-12)
	// a: decided at 1, stated at 2. d: its last position is not on its side.
	closeTo(t, "waste", lineOf(t, lines, plainLine("probe", KeyWaste)).Value, 0.25, 1e-12)
	right := plainLine("probe", KeyWaste)
	right.Column, right.Value = ColumnCorrect, "1"
	closeTo(t, "waste of right answers", lineOf(t, lines, right).Value, 0.5, 1e-12)
	closeTo(t, "never decided", lineOf(t, lines, plainLine("probe", KeyNeverDecided)).Value, 1, 0)
	// 0.5 is the side of label 1, so that the majority decides none of fold 1,
	// and it has no threshold in fold 0.
	closeTo(t, "waste over the majority", lineOf(t, lines, plainLine("majority", KeyWasteDifference)).Value, 0.25, 1e-12)
	never := lineOf(t, lines, plainLine("majority", KeyNeverDecided))
	closeTo(t, "never decided by the majority", never.Value, 4, 0)
	if !slices.Equal(never.Flags(), []string{NoThreshold}) {
		t.Errorf("found flags %v, expected %s", never.Flags(), NoThreshold)
	}
	// At 0.95 a stops at 2 of 2, b at 3 of 3, c and d never.
	at := plainLine("probe", KeySaved)
	at.Column, at.Value = ColumnTau, "0.95"
	closeTo(t, "saved at 0.95", lineOf(t, lines, at).Value, 0, 0)
	// At 0.6 a stops at 0 on the wrong side, b at 1, c and d at 0.
	at.Value = "0.6"
	closeTo(t, "saved at 0.6", lineOf(t, lines, at).Value, 1-1./8, 1e-12)
	at.Key = KeyAgreement
	closeTo(t, "agreement at 0.6", lineOf(t, lines, at).Value, 0.75, 0)
	at.Key = KeyAccuracyStopped
	closeTo(t, "accuracy at 0.6", lineOf(t, lines, at).Value, 1./3, 1e-12)
	at.Key = KeyStopChange
	closeTo(t, "change at 0.6", lineOf(t, lines, at).Value, -1./3, 1e-12)
}

// Directions of closed form, and the Fieller set of their jackknife.
func TestTargetsByHand(t *testing.T) {
	x := smallTargets()
	h := Halving{{{1, 0}, {1, 1}}, {{0, 2}, {1, 1}}}
	close := Halving{{{1, 0}, {1, 1.02}}, {{0, 2}, {1, 1}}}
	x.Layers[0].Directions = &Directions{Pairs: [][2][]float64{{{1, 0}, {1, 1}}, {{1, 0}, {0, 1}}}, Halvings: []Halving{h},
		LeftOut: [][]Halving{{h}, {close}}, Covariance: mat.NewSymDense(2, []float64{1, 0, 0, 4})}
	lines, err := x.Measure(context.Background(), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	root := math.Sqrt2
	at := plainLine("probe", KeyCosine)
	at.Layer = 2
	check := func(key string, want float64) estimate.Estimate {
		t.Helper()
		at.Key = key
		e := lineOf(t, lines, at)
		closeTo(t, key, e.Value, want, 1e-12)
		return e
	}
	check(KeyCosine, 1/root/2)
	check(Mahalanobis+KeyCosine, 1/math.Sqrt(5)/2)
	// (1,0)·(1,1) and (1,1)·(0,2): 1/√2 each; floors 1/√2 each.
	check(KeyCosineBetween, 1/root)
	e := check(KeyCosineCorrected, 1)
	// Two blocks: a jackknifed product is a quarter of that of the differences.
	// At either end, the line is Student's quantile of one degree of freedom away.
	left := Agree([]Halving{close}, nil)
	between, floor := left.Between-1/root, math.Sqrt(left.Within[0]*left.Within[1])-1/root
	for _, c := range []float64{e.Interval.Low, e.Interval.High} {
		closeTo(t, "end of the set", math.Abs(1/root-c/root), 12.7062047*math.Abs(between-c*floor)/2, 1e-6)
	}
	if !(e.Interval.Low < 1 && 1 < e.Interval.High) {
		t.Errorf("found %v, expected a set around 1", e)
	}
	at.Train, at.Test = "know", "know"
	check(KeyCosineFloor, 1/root)
	check(Mahalanobis+KeyCosineFloor, 1/math.Sqrt(5))
	closeTo(t, "expected", ExpectedCosine(0.5), 0.8, 1e-15)

	// Floors that a block of groups decides leave no number.
	corrected := at
	corrected.Train, corrected.Test, corrected.Key = "know", "act", KeyCosineCorrected
	for _, c := range []struct {
		left Halving
		want string
	}{
		{Halving{{{1, 0}, {1, 0}}, {{1, 2}, {1, 2}}}, "their Fieller set is no interval"},
		{Halving{{{1, 0}, {-1, 0}}, {{0, 2}, {1, 1}}}, "without a block of groups, directions of know from disjoint halves of the others have a cosine of -1.00"},
	} {
		x.Layers[0].Directions.LeftOut = [][]Halving{{h}, {c.left}}
		if lines, err = x.Measure(context.Background(), fewDraws); err != nil {
			t.Fatal(err)
		}
		if e := lineOf(t, lines, corrected); e.OK() || !strings.Contains(e.Reason, c.want) {
			t.Errorf("found %v, expected %q", e, c.want)
		}
	}
}

// Keys are defined, once, and all that is measured is among them.
func TestAnswersKeysAreDefined(t *testing.T) {
	settings := Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 9}
	targets, trajectory, candidates := smallTargets(), smallTrajectory(), smallCandidates()
	targets.Layers = append(targets.Layers, TargetLayer{Layer: 3, Score: targets.Layers[0].Score})
	targets.Layers[0].Directions = &Directions{Pairs: [][2][]float64{{{1}, {1}}}, Halvings: []Halving{{{{1}, {1}}, {{1}, {1}}}}, Covariance: mat.NewSymDense(1, []float64{1})}
	trajectory.Baselines = []PositionScore{{"text", trajectory.Probe.Score}}
	for name, c := range map[string]struct {
		quantities []Quantity
		measure    func() ([]Line, error)
	}{
		"targets":    {TargetQuantities(), func() ([]Line, error) { return targets.Measure(context.Background(), settings) }},
		"trajectory": {TrajectoryQuantities(), func() ([]Line, error) { return trajectory.Measure(context.Background(), settings) }},
		"candidates": {CandidateQuantities(), func() ([]Line, error) { return candidates.Measure(context.Background(), settings) }},
	} {
		defined := make(map[string]bool)
		for _, q := range c.quantities {
			if defined[q.Key] || q.Title == "" || q.Definition == "" || q.Unit == "" {
				t.Errorf("%s: %+v is not defined once and whole", name, q)
			}
			defined[q.Key] = true
		}
		lines, err := c.measure()
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[string]bool)
		at := make(map[string]bool)
		for _, l := range lines {
			if !defined[l.Key] {
				t.Errorf("%s: key %q is not defined", name, l.Key)
			}
			seen[l.Key] = true
			l.Estimate, l.Null = estimate.Estimate{}, nil
			if place := fmt.Sprint(l); at[place] {
				t.Errorf("%s: two lines like %+v", name, l)
			} else {
				at[place] = true
			}
		}
		for key := range defined {
			if !seen[key] {
				t.Errorf("%s: nothing has the key %q", name, key)
			}
		}
	}
}

// The same input and seed give the same lines, whatever the number of workers.
func TestAnswersAreDeterministic(t *testing.T) {
	var r answersReference
	readReference(t, "reference.json", &r)
	var c candidatesReference
	readReference(t, "candidates.json", &c)
	all := func(workers int) []byte {
		settings := Settings{Bootstrap: estimate.Bootstrap{Draws: 40, Seed: 3, Workers: workers}, Permutations: 9}
		var lines []Line
		for _, measure := range []func(context.Context, Settings) ([]Line, error){r.trajectory().Measure, c.candidates().Measure} {
			l, err := measure(context.Background(), settings)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, l...)
		}
		for k := range lines {
			if !lines[k].Estimate.OK() {
				lines[k].Estimate.Value = 0
			}
		}
		b, err := json.Marshal(lines)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(all(1), all(5)) {
		t.Error("five workers give other lines than one")
	}
}

// Whatever columns there are, nothing panics, and a weight of two is a row that
// is there twice.
func TestSurvivalWeightsAreCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		var at, at2 []int
		var seen, seen2 []bool
		var w, w2 []float64
		for range n {
			a, s, k := rapid.IntRange(0, 9).Draw(t, "at"), rapid.Bool().Draw(t, "seen"), rapid.IntRange(0, 3).Draw(t, "weight")
			at, seen, w = append(at, a), append(seen, s), append(w, float64(k))
			for range k {
				at2, seen2, w2 = append(at2, a), append(seen2, s), append(w2, 1)
			}
		}
		if len(at2) == 0 {
			if newSurvival(at, seen, w).at(0).Reason == "" {
				t.Fatal("rows without weight have a curve")
			}
			return
		}
		a, b := newSurvival(at, seen, w), newSurvival(at2, seen2, w2)
		for p := range 11 {
			x, y := a.at(p), b.at(p)
			if math.Abs(x.X-y.X) > 1e-12 || x.Reason != y.Reason {
				t.Fatalf("position %d: %v and %v", p, x, y)
			}
		}
		if x, y := a.median(), b.median(); x != y {
			t.Fatalf("median %v and %v", x, y)
		}
	})
}

func TestTrajectoryNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Trajectory{Precision: 0.8}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		n := rapid.IntRange(1, 8).Draw(t, "n")
		for i := range n {
			score := make([]float64, 1+rng.IntN(4))
			for j := range score {
				score[j] = float64(rng.IntN(5)) / 4
			}
			x.Group, x.Fold = append(x.Group, i), append(x.Fold, i%3)
			x.Final, x.Stated = append(x.Final, rng.IntN(2)), append(x.Stated, rng.IntN(len(score)+1)-1)
			x.Truth = append(x.Truth, rng.IntN(3)-1)
			x.Probe.Score = append(x.Probe.Score, score)
		}
		lines, err := x.Measure(context.Background(), Settings{Bootstrap: estimate.Bootstrap{Draws: 10}, Permutations: 3})
		if n == 1 {
			if err == nil {
				t.Fatal("one fold was taken")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if v := l.Estimate.Value; l.Estimate.OK() && (math.IsNaN(v) || math.IsInf(v, 0)) {
				t.Fatalf("%s: found %v", l.Key, v)
			}
			share := slices.Contains([]string{KeyWaste, KeyAgreement, KeyUndecided, KeyPrecision, KeySaved}, l.Key)
			if share && l.Estimate.OK() && (l.Estimate.Value < -1e-12 || l.Estimate.Value > 1+1e-12) {
				t.Fatalf("%s: found %v", l.Key, l.Estimate.Value)
			}
		}
	})
}
