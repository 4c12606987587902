package compare

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tell/estimate"
	"tell/metric"
)

// The keys of positions along an answer.
const (
	KeyTau                 = "tau"
	KeyPrecision           = "precision"
	KeyUndecided           = "undecided"
	KeyDecidedMedian       = "decided_median"
	KeyPassageMedian       = "first_passage_median"
	KeyDecidedBeforeStated = "decided_before_stated"
	KeyWaste               = "waste"
	KeyWasteDifference     = "waste_difference"
	KeySaved               = "saved"
	KeyAgreement           = "agreement"
	KeyAccuracyFull        = "accuracy_full"
	KeyAccuracyStopped     = "accuracy_stopped"
	KeyStopChange          = "accuracy_stopped_change"
	KeyNeverDecided        = "never_decided"
	KeyNeverStated         = "never_stated"
	KeyStatedAtStart       = "stated_at_start"
	KeyAUROCAt             = "auroc_at_position"
)

// StatedAnswer is the predictor of when the model states its answer.
const StatedAnswer = "stated"

// The columns that lines of a trajectory are split by.
const (
	ColumnTau     = "tau"
	ColumnCorrect = "correct"
)

// Positions is the unit of a place along an answer.
const Positions = "positions"

// TrajectoryQuantities defines the keys of positions along an answer.
func TrajectoryQuantities() []Quantity {
	const own = "compare"
	const kaplan = "Kaplan and Meier 1958, J. Am. Statist. Assoc. 53:457"
	return []Quantity{
		{KeyTau, "Threshold", "the smallest confidence max(P, 1-P) at which, on positions of training rows before the answer is stated, the side that P is on is the final one as often as the stated precision; the mean over folds", Probability, own},
		{KeyPrecision, "Precision", "share of positions of held-out rows before the answer is stated with a confidence of at least tau on which the side that P is on is the final one", Share, own},
		{KeyUndecided, "Not yet decided", "share of answers not decided by this position, by Kaplan and Meier; a row is decided from the first position from which P(final answer) is at least tau at every later one, and one that never is counts as not observed after its last position. Of the predictor \"stated\", share of answers not yet stated", Share, kaplan},
		{KeyDecidedMedian, "Median position of decision", "first position by which half of the answers are decided, or stated, by Kaplan and Meier", Positions, kaplan},
		{KeyPassageMedian, "Median first passage", "first position by which P(final answer) has reached tau in half of the answers, by Kaplan and Meier, whether or not it stays there", Positions, kaplan},
		{KeyDecidedBeforeStated, "Decided before stated", "share of answers, among those that are stated, that are decided at an earlier position", Share, own},
		{KeyWaste, "Waste", "(S-D)/S, with S the position at which the answer is stated and D that at which it is decided, S at the latest; the mean over answers that are stated after position 0", Share, own},
		{KeyWasteDifference, "Waste, difference", "waste by the probe minus that by the predictor, paired on the answers", Difference, own},
		{KeySaved, "Tokens saved", "share of all tokens that are not written if every answer stops at the first position with a confidence of at least tau", Share, own},
		{KeyAgreement, "Agreement when stopped", "share of answers on which the side that P is on where it stops is that of the final answer; answers that never stop agree", Share, own},
		{KeyAccuracyFull, "Accuracy in full", "share of final answers of the side of the truth", Share, own},
		{KeyAccuracyStopped, "Accuracy when stopped", "share of answers on which the side that P is on where it stops is that of the truth; those that never stop count with their final answer", Share, own},
		{KeyStopChange, "Change of accuracy by stopping", "accuracy when stopped minus accuracy in full, paired on the answers", Difference, own},
		{KeyNeverDecided, "Never decided", "answers that are at no position decided for good within what is recorded", Rows, own},
		{KeyNeverStated, "Never stated", "answers that are not stated before they end", Rows, own},
		{KeyAUROCAt, "AUROC at a position", "AUROC of the score at one position for the final answer, on the answers that have that position", Probability, own},
		{KeyStatedAtStart, "Stated at once", "answers stated at position 0, which have no waste", Rows, own},
	}
}

// PositionScore is P(label = 1) of every row at every one of its positions.
type PositionScore struct {
	Name  string
	Score [][]float64
}

// Trajectory is what is read along generated answers. Rows are answers and have
// positions of their own; position p is after p tokens of the answer.
type Trajectory struct {
	IDs         []string // for errors; may be nil
	Group, Fold []int    // a row's positions share its fold
	// Position are the positions that scores are of, ascending. Nil: 0, 1, 2
	// and on.
	Position [][]int
	// Final is the label of the model's final answer, Truth that of the true
	// one: nil, or -1 on rows where it is not known.
	Final, Truth []int
	// Stated is the position at which the answer is first stated, -1 where it
	// never is.
	Stated []int
	// End is the number of tokens of the answer, at least the last position.
	// Nil: the last position.
	End []int
	// Correct splits the waste into that of right (1) and wrong (0) answers;
	// -1 is neither. Nil: it is not split.
	Correct []int
	// Probe is out of fold. Baselines are scores at the same positions: an
	// answer that was forced, the position alone, the text so far, the majority.
	Probe     PositionScore
	Baselines []PositionScore
	// Precision is what tau is chosen to have. Zero means 0.9.
	Precision float64
	// Taus are the thresholds of the curve of saved tokens. Nil: 0.5, 0.6, 0.7,
	// 0.8, 0.9, 0.95 and 0.99.
	Taus []float64
}

// Measure estimates when answers are decided and stated, and what stopping
// early would save and cost.
//
// tau is chosen for each fold on the rows of the others, anew in every draw. An
// interval is of these probes.
//
// The null of the waste is that of the positions of every row shuffled, that of
// an agreement random stops: the shares of the answers at which they stop are
// exchanged between rows, so that the budget is the same.
func (t Trajectory) Measure(ctx context.Context, s Settings) ([]Line, error) {
	t = t.withDefaults()
	if err := t.check(ctx, s); err != nil {
		return nil, fmt.Errorf("compare: trajectory: %w", err)
	}
	var readers []*reader
	for _, p := range append([]PositionScore{t.Probe}, t.Baselines...) {
		readers = append(readers, newReader(&t, p))
	}
	sl := &slate[*trajectoryView]{}
	for k, r := range readers {
		t.addReader(sl, k, r)
	}
	t.addStated(sl)
	if t.Truth != nil {
		known := t.where(func(i int) bool { return t.Truth[i] >= 0 })
		sl.add(t.line("", KeyAccuracyFull), known, func(v *trajectoryView) estimate.Value {
			return shareOf(v.w, known, func(i int) float64 { return oneIf(t.Final[i] == t.Truth[i]) }, "row has a true answer")
		})
	}
	view := func(w []float64) *trajectoryView {
		v := &trajectoryView{w: w, curves: make(map[string]namedCurve)}
		for _, r := range readers {
			v.read = append(v.read, r.read(r.choose(w)))
		}
		return v
	}
	lines := sl.estimate(s.Bootstrap, t.Group, view)
	t.flagFewReach(lines)
	if err := t.test(ctx, lines, readers, view, s); err != nil {
		return nil, err
	}
	return append(lines, t.counts(readers, view)...), nil
}

func (t Trajectory) withDefaults() Trajectory {
	if t.Precision == 0 {
		t.Precision = 0.9
	}
	if t.Taus == nil {
		t.Taus = []float64{0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99}
	}
	if t.Probe.Name == "" {
		t.Probe.Name = "probe"
	}
	if t.Position == nil {
		for _, p := range t.Probe.Score {
			at := make([]int, len(p))
			for j := range at {
				at[j] = j
			}
			t.Position = append(t.Position, at)
		}
	}
	if t.End == nil {
		for _, at := range t.Position {
			end := 0
			if len(at) > 0 {
				end = at[len(at)-1]
			}
			t.End = append(t.End, end)
		}
	}
	return t
}

func (t *Trajectory) check(ctx context.Context, s Settings) error {
	n, ids := len(t.Final), rowIDs(t.IDs)
	if n == 0 {
		return fmt.Errorf("found no answers")
	}
	if err := s.check(ctx); err != nil {
		return err
	}
	if !(t.Precision > 0.5 && t.Precision <= 1) {
		return fmt.Errorf("precision: found %v, expected more than 0.5 and at most 1, such as 0.9", t.Precision)
	}
	for _, tau := range t.Taus {
		if !(tau >= 0.5 && tau <= 1) {
			return fmt.Errorf("taus: found %v, expected 0.5 to 1", tau)
		}
	}
	if err := ids.check(n); err != nil {
		return err
	}
	for _, column := range []struct {
		name     string
		n        int
		optional bool
	}{{"group", len(t.Group), false}, {"fold", len(t.Fold), false}, {"stated", len(t.Stated), false}, {"positions", len(t.Position), false},
		{"end", len(t.End), false}, {"truth", len(t.Truth), t.Truth == nil}, {"correct", len(t.Correct), t.Correct == nil}} {
		if !column.optional {
			if err := checkLength(column.name, column.n, n); err != nil {
				return err
			}
		}
	}
	if err := ids.values("final", "0 or 1", n, func(i int) bool { return !isLabel(t.Final[i]) }); err != nil {
		return err
	}
	for _, column := range []struct {
		name   string
		values []int
	}{{"truth", t.Truth}, {"correct", t.Correct}} {
		if err := ids.values(column.name, "0, 1 or -1", len(column.values), func(i int) bool { return column.values[i] != -1 && !isLabel(column.values[i]) }); err != nil {
			return err
		}
	}
	if err := t.checkPositions(); err != nil {
		return err
	}
	if err := t.checkScores(); err != nil {
		return err
	}
	return ids.folds(t.Group, t.Fold)
}

func (t *Trajectory) checkPositions() error {
	n, ids := len(t.Final), rowIDs(t.IDs)
	for _, c := range []struct {
		column, expected string
		wrong            func(i int) bool
	}{
		{"positions", "one or more", func(i int) bool { return len(t.Position[i]) == 0 }},
		{"positions", "0 or more", func(i int) bool { return slices.Min(t.Position[i]) < 0 }},
		{"positions", "ascending", func(i int) bool {
			for j := 1; j < len(t.Position[i]); j++ {
				if t.Position[i][j] <= t.Position[i][j-1] {
					return true
				}
			}
			return false
		}},
		{"end", "at least the last position", func(i int) bool { return t.End[i] < t.Position[i][len(t.Position[i])-1] }},
		{"stated", "-1, or 0 to the end", func(i int) bool { return t.Stated[i] < -1 || t.Stated[i] > t.End[i] }},
	} {
		if err := ids.values(c.column, c.expected, n, c.wrong); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trajectory) checkScores() error {
	ids := rowIDs(t.IDs)
	seen := map[string]bool{StatedAnswer: true}
	for k, p := range append([]PositionScore{t.Probe}, t.Baselines...) {
		switch {
		case p.Name == "":
			return fmt.Errorf("baseline %d has no name", k-1)
		case seen[p.Name]:
			return fmt.Errorf("%q: the name is taken; expected another", p.Name)
		}
		seen[p.Name] = true
		if err := checkLength(p.Name, len(p.Score), len(t.Final)); err != nil {
			return err
		}
		if err := ids.values(p.Name, "one score for each position", len(p.Score), func(i int) bool { return len(p.Score[i]) != len(t.Position[i]) }); err != nil {
			return err
		}
		if err := ids.values(p.Name, "a probability at every position", len(p.Score), func(i int) bool {
			return slices.ContainsFunc(p.Score[i], func(x float64) bool { return !isProbability(x) })
		}); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trajectory) line(predictor, key string) Line {
	return Line{Layer: None, Position: None, Predictor: predictor, Key: key}
}

func (t *Trajectory) where(f func(i int) bool) []bool {
	used := make([]bool, len(t.Final))
	for i := range used {
		used[i] = f(i)
	}
	return used
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// trajectoryView is the answers at the weights of a draw.
type trajectoryView struct {
	w      []float64
	read   []*reading // by predictor
	curves map[string]namedCurve
}

func (t *Trajectory) addReader(sl *slate[*trajectoryView], k int, r *reader) {
	add := func(l Line, used []bool, f func(w []float64, x *reading) estimate.Value) {
		sl.add(l, used, func(v *trajectoryView) estimate.Value {
			if reason := t.noTau(v.read[k]); reason != "" {
				return estimate.Value{Reason: reason}
			}
			return f(v.w, v.read[k])
		})
	}
	t.addAUROC(sl, r)
	add(t.line(r.Name, KeyTau), nil, func(_ []float64, x *reading) estimate.Value { return x.meanTau() })
	add(t.line(r.Name, KeyPrecision), nil, func(w []float64, x *reading) estimate.Value { return r.precision(w, x) })
	t.addSurvival(sl, r.Name, KeyUndecided, KeyDecidedMedian, r.Position, func(v *trajectoryView) ([]int, []bool, string) {
		return v.read[k].decided, v.read[k].isDecided, t.noTau(v.read[k])
	})
	add(t.line(r.Name, KeyPassageMedian), nil, func(w []float64, x *reading) estimate.Value {
		return newSurvival(x.passage, x.hasPassage, w).median()
	})
	stated := t.where(func(i int) bool { return t.Stated[i] >= 0 })
	add(t.line(r.Name, KeyDecidedBeforeStated), stated, func(w []float64, x *reading) estimate.Value {
		return shareOf(w, stated, func(i int) float64 { return oneIf(x.isDecided[i] && x.decided[i] < t.Stated[i]) }, "answer is stated")
	})
	late := t.where(func(i int) bool { return t.Stated[i] > 0 })
	add(t.line(r.Name, KeyWaste), late, func(w []float64, x *reading) estimate.Value { return shareOf(w, late, t.waste(x), noneStated) })
	if t.Correct != nil {
		for _, correct := range []int{0, 1} {
			l := t.line(r.Name, KeyWaste)
			l.Column, l.Value = ColumnCorrect, strconv.Itoa(correct)
			used := t.where(func(i int) bool { return late[i] && t.Correct[i] == correct })
			add(l, used, func(w []float64, x *reading) estimate.Value { return shareOf(w, used, t.waste(x), noneStated) })
		}
	}
	if k > 0 {
		l := t.line(r.Name, KeyWasteDifference)
		l.Train, l.Test = r.Name, t.Probe.Name
		sl.add(l, late, func(v *trajectoryView) estimate.Value {
			probe, other := v.read[0], v.read[k]
			if reason := cmp.Or(t.noTau(probe), t.noTau(other)); reason != "" {
				return estimate.Value{Reason: reason}
			}
			return difference(shareOf(v.w, late, t.waste(probe), noneStated), shareOf(v.w, late, t.waste(other), noneStated))
		})
	}
	t.addStops(sl, t.line(r.Name, ""), func(v *trajectoryView) (*reading, string) { return v.read[k], t.noTau(v.read[k]) })
	for _, tau := range t.Taus {
		l := t.line(r.Name, "")
		l.Column, l.Value = ColumnTau, formatTau(tau)
		x := r.read(r.every(tau))
		t.addStops(sl, l, func(*trajectoryView) (*reading, string) { return x, "" })
	}
}

// addAUROC adds how well the final answer is read at every position.
func (t *Trajectory) addAUROC(sl *slate[*trajectoryView], r *reader) {
	var places []int
	for _, at := range t.Position {
		places = append(places, at...)
	}
	for _, p := range distinctInts(places) {
		var rows, final []int
		var score []float64
		for i, at := range t.Position {
			if j, has := slices.BinarySearch(at, p); has {
				rows, final, score = append(rows, i), append(final, t.Final[i]), append(score, r.Score[i][j])
			}
		}
		l := t.line(r.Name, KeyAUROCAt)
		l.Position = p
		ranked := metric.NewRanking(final, score).Among(rows)
		sl.add(l, t.where(func(i int) bool { _, has := slices.BinarySearch(t.Position[i], p); return has }), func(v *trajectoryView) estimate.Value {
			return ranked.AUROC(v.w)
		})
	}
}

const noneStated = "answer is stated after position 0"

func (t *Trajectory) noTau(x *reading) string {
	if x.none {
		return fmt.Sprintf("no threshold has a precision of %v in the training rows of any fold", t.Precision)
	}
	return ""
}

// waste is that of a row: none where it is not decided before it is stated.
func (t *Trajectory) waste(x *reading) func(i int) float64 {
	return func(i int) float64 {
		if !x.isDecided[i] || x.decided[i] >= t.Stated[i] {
			return 0
		}
		return float64(t.Stated[i]-x.decided[i]) / float64(t.Stated[i])
	}
}

// addSurvival adds a curve over positions and its median.
func (t *Trajectory) addSurvival(sl *slate[*trajectoryView], name, curve, median string, position [][]int, times func(v *trajectoryView) (at []int, seen []bool, reason string)) {
	var places []int
	for _, at := range position {
		places = append(places, at...)
	}
	places = distinctInts(places)
	// One curve serves all of its positions in a draw.
	of := func(v *trajectoryView) (survival, string) {
		c, kept := v.curves[name]
		if !kept {
			at, seen, reason := times(v)
			c.reason = reason
			if reason == "" {
				c.s = newSurvival(at, seen, v.w)
			}
			v.curves[name] = c
		}
		return c.s, c.reason
	}
	for _, p := range places {
		l := t.line(name, curve)
		l.Position = p
		sl.add(l, nil, func(v *trajectoryView) estimate.Value {
			s, reason := of(v)
			if reason != "" {
				return estimate.Value{Reason: reason}
			}
			return s.at(p)
		})
	}
	sl.add(t.line(name, median), nil, func(v *trajectoryView) estimate.Value {
		s, reason := of(v)
		if reason != "" {
			return estimate.Value{Reason: reason}
		}
		return s.median()
	})
}

func (t *Trajectory) addStated(sl *slate[*trajectoryView]) {
	at, seen := make([]int, len(t.Final)), make([]bool, len(t.Final))
	for i, s := range t.Stated {
		at[i], seen[i] = s, s >= 0
		if s < 0 {
			at[i] = t.End[i]
		}
	}
	t.addSurvival(sl, StatedAnswer, KeyUndecided, KeyDecidedMedian, t.Position, func(*trajectoryView) ([]int, []bool, string) { return at, seen, "" })
}

func formatTau(tau float64) string { return strconv.FormatFloat(tau, 'g', -1, 64) }

// addStops adds what stopping saves and costs.
func (t *Trajectory) addStops(sl *slate[*trajectoryView], l Line, of func(v *trajectoryView) (*reading, string)) {
	add := func(key string, used []bool, f func(w []float64, x *reading) estimate.Value) {
		l.Key = key
		sl.add(l, used, func(v *trajectoryView) estimate.Value {
			x, reason := of(v)
			if reason != "" {
				return estimate.Value{Reason: reason}
			}
			return f(v.w, x)
		})
	}
	add(KeySaved, nil, func(w []float64, x *reading) estimate.Value {
		var used, total float64
		for i, end := range t.End {
			used += w[i] * float64(x.stop[i])
			total += w[i] * float64(end)
		}
		if total == 0 {
			return estimate.Value{Reason: "no answer has tokens"}
		}
		return estimate.Value{X: 1 - used/total}
	})
	add(KeyAgreement, nil, func(w []float64, x *reading) estimate.Value {
		return shareOf(w, nil, func(i int) float64 { return oneIf(x.side[i] == t.Final[i]) }, "rows")
	})
	if t.Truth == nil {
		return
	}
	known := t.where(func(i int) bool { return t.Truth[i] >= 0 })
	add(KeyAccuracyStopped, known, func(w []float64, x *reading) estimate.Value {
		return shareOf(w, known, func(i int) float64 { return oneIf(x.side[i] == t.Truth[i]) }, "row has a true answer")
	})
	add(KeyStopChange, known, func(w []float64, x *reading) estimate.Value {
		return shareOf(w, known, func(i int) float64 { return oneIf(x.side[i] == t.Truth[i]) - oneIf(t.Final[i] == t.Truth[i]) }, "row has a true answer")
	})
}

func (t *Trajectory) counts(readers []*reader, view func(w []float64) *trajectoryView) []Line {
	ones := make([]float64, len(t.Final))
	for i := range ones {
		ones[i] = 1
	}
	v := view(ones)
	var lines []Line
	for k, r := range readers {
		l := countLine(t.line(r.Name, KeyNeverDecided), countFalse(v.read[k].isDecided))
		if x := v.read[k]; !x.none && math.IsInf(slices.Max(x.tau), 1) {
			l.Estimate.Warn(NoThreshold, "in some folds no threshold has a precision of %v; no answer of these folds is decided", t.Precision)
		}
		lines = append(lines, l)
	}
	never := countFalse(t.where(func(i int) bool { return t.Stated[i] >= 0 }))
	start := len(t.Final) - countFalse(t.where(func(i int) bool { return t.Stated[i] == 0 }))
	return append(lines, countLine(t.line(StatedAnswer, KeyNeverStated), never), countLine(t.line(StatedAnswer, KeyStatedAtStart), start))
}

// FewReach is the code of a warning that fewer than half of the answers have a
// position, so that what is read there is of the long ones.
const FewReach = "few-reach"

// flagFewReach warns of the positions that few answers have.
func (t *Trajectory) flagFewReach(lines []Line) {
	reach := make(map[int]int)
	for _, at := range t.Position {
		for _, p := range at {
			reach[p]++
		}
	}
	for k := range lines {
		l := &lines[k]
		if n := reach[l.Position]; l.Position != None && 2*n < len(t.Position) && l.Estimate.OK() {
			l.Estimate.Warn(FewReach, "%d of %d answers have position %d: what is read there is of the long ones", n, len(t.Position), l.Position)
		}
	}
}

// NoThreshold is the code of a warning that in some folds no threshold has the
// precision that was asked for.
const NoThreshold = "no-threshold"

func countFalse(x []bool) (n int) {
	for _, b := range x {
		if !b {
			n++
		}
	}
	return n
}
