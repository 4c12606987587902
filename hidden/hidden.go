// Package hidden measures what a probe's score adds to everything else that
// predicts the label: conditional usable information (Xu et al. 2020, ICLR, "A
// theory of usable information under computational constraints"; Hewitt et al.
// 2021, EMNLP, "Conditional probing: measuring usable information beyond a
// baseline").
//
// Two logistic regressions are fitted on each unit of a plan of folds, with the
// scores of first-level models as columns:
//
//	J0: label ~ rivals
//	J1: label ~ rivals + probe
//
// Both are trained on the training rows of the unit, on scores of models that
// did not see the row (stacking; Wolpert 1992, Neural Networks 5:241), with the
// inverse penalty C chosen by the unit's inner folds, and applied to its test
// rows. With p0 and p1 their P(label = 1), averaged over repeats,
//
//	hidden_information = mean of log2 p1(y) - log2 p0(y)   bits a row
//	hidden_auroc       = AUROC(p1) - AUROC(p0)
//	hidden_accuracy    = accuracy(p1) - accuracy(p0)
//
// where p(y) is the probability given to the row's own label. Without rivals J0
// is the share of label 1 among the training rows.
//
// A target of classes has softmax regressions instead, an ordinal one cumulative
// logits; the definitions stay, with p the probabilities of all levels. What the model
// did is an indicator of each level and has weights for every class. The
// probabilities of a model of the first level, and so the probe, enter as log-odds
// with one weight: what is added then needs no more than to be scaled to be right,
// with two classes as with twenty, and no table of k by k weights is fitted in vain.
// The AUROC is the macro AUROC of classes, and of ordered levels the share of pairs of
// rows of different levels that the expected levels put in order, ties half.
//
// The family is linear: where the label depends on the rivals in a way that a
// logistic regression cannot express and the probe can, the difference counts
// as added. So does what a rival measures with error and the probe measures
// again (Westfall and Yarkoni 2016, PLoS ONE 11:e0152719): the numbers speak of
// the rivals as they were scored.
package hidden

import (
	"context"
	"slices"

	"tell/estimate"
	"tell/folds"
	"tell/target"
)

// The keys of what is measured.
const (
	KeyInformation = "hidden_information"
	KeyAUROC       = "hidden_auroc"
	KeyAccuracy    = "hidden_accuracy"
)

// Predictor is a score of every row from a model or a column.
type Predictor struct {
	Name string
	// Inner holds, for every unit of the plan, the score of each training row
	// by a first-level model that was trained on training rows of that unit
	// without it. Test rows are not read.
	Inner [][]float64
	// Score holds, for every repeat, the score of each row by the first-level
	// model of the unit that tests it. Inner and Score are on one scale, such as
	// logits. Beside a target of classes a model gives the logarithm of every class's
	// probability, row by row, as [Scores] makes them.
	Score [][]float64
	// Levels, where there are any, says that scores are indices into them.
	// Every level becomes an indicator; of two levels, the second alone.
	Levels []string
	// Behaviour marks a rival that is what the model did, as a decision or
	// graded.
	Behaviour bool
}

// Column is the predictor whose score of a row is the same in every unit and
// repeat, because nothing was learned from the rows: a graded behaviour, an
// external scorer, a nuisance. NaN is a missing value.
func Column(p *folds.Plan, name string, value []float64) Predictor {
	c := Predictor{Name: name}
	for range p.Units {
		c.Inner = append(c.Inner, value)
	}
	for range p.Repeats() {
		c.Score = append(c.Score, value)
	}
	return c
}

// Levels is the predictor that is one of several levels on each row, given by
// index; a negative index is a missing value.
func Levels(p *folds.Plan, name string, index []int, levels ...string) Predictor {
	value := make([]float64, len(index))
	for i, v := range index {
		value[i] = float64(v)
		if v < 0 {
			value[i] = missing
		}
	}
	c := Column(p, name, value)
	c.Levels = levels
	return c
}

// Data is what is measured.
type Data struct {
	Plan   *folds.Plan
	Target target.Column // binary, class or ordinal, stated on every row
	Probe  Predictor
	Rivals []Predictor
	// Unit numbers what carries one label and moves as one when labels are
	// permuted, such as the wordings of one claim. Nil: every row by itself.
	Unit []int
}

// Settings say how. The zero value stands for the defaults.
type Settings struct {
	// C are the inverse penalties that J0 and J1 choose from. Default: 0.001 to
	// 10, each ten times the one before.
	C []float64
	// Permutations is the number of draws of each null. Default: 200. Below 0
	// there are none.
	Permutations int
	// Bootstrap is how intervals are made. Its Workers are those of the null
	// too.
	Bootstrap estimate.Bootstrap
	// Seed is where the null's draws come from.
	Seed uint64
}

// Result is what a probe adds.
type Result struct {
	Information, AUROC, Accuracy Added

	// Alone is the AUROC of a regression on the probe alone.
	Alone estimate.Estimate
	// Rivals are in the order of the data.
	Rivals []Rival

	// J0 and J1 are P(label = 1) of each row, out of fold, the mean over
	// repeats; of classes and ordered levels the probability of every level, row by
	// row. Gain is log2 J1(y) - log2 J0(y), in bits. The mean of Gain is
	// the hidden information; high values are rows that the probe reads better
	// than all rivals together.
	J0, J1, Gain []float64
	// C0 and C1 are what was chosen in each unit.
	C0, C1 []float64
}

// Added is by how much J1 is better than J0.
type Added struct {
	Key, Unit string
	Estimate  estimate.Estimate
	Null      Null
}

// Null is what a number is when the probe adds nothing to the rivals.
type Null struct {
	Draws []float64
	// Mean is that of the draws. That of what is added lies below 0, since J1
	// fits a column in vain; nothing is subtracted from the estimate.
	Mean float64
	// P is the share of draws, the observed value among them, that are at least
	// the observed.
	P float64
}

// Rival is what one rival does alone.
type Rival struct {
	Name string
	// AUROC is that of a regression on the rival alone, fitted like
	// J0, so that the sign of the rival does not matter.
	AUROC estimate.Estimate
	// Null is the AUROC of the same scores on labels that are permuted as
	// [folds.Permuter] does, with twice the variance, since scores depend on the
	// labels that trained them.
	Null Null
	// Lead is the AUROC of the probe alone less the larger of that of the rival
	// and 0.5.
	Lead estimate.Estimate
}

// Found reports whether the rows support that the probe adds to the rivals: at
// most one in twenty of the null's draws is as large as the hidden information,
// and its interval, of 95%, lies above 0.
//
// The null decides whether anything is added, the interval whether these
// probes, fitted on this many rows, gain by it. The latter is the harder
// condition: near 0 the gain of a fitted column grows with the square of what
// it adds, and the interval of so flat a number is cautious. It also holds back
// what a rival with much noise of its own leaves for a second reading of the
// same: with 40 columns of noise beside a peer's knowledge p was at most .05 in
// 19 of 100 draws, and 4 were claimed. Nor is anything found beside a rival that tells
// the labels apart without an error, or where the probe makes the AUROC smaller: what grows there is
// how sure of them a regression is.
func (r *Result) Found() bool {
	in, null := r.Information.Estimate.Interval, r.Information.Null
	if slices.Contains(r.Information.Estimate.Flags(), RivalIsLabel) {
		return false
	}
	if auroc := r.AUROC.Estimate.Interval; auroc != nil && auroc.High < 0 {
		return false
	}
	return in != nil && in.Low > 0 && len(null.Draws) > 0 && null.P <= 1-in.Level+1e-12
}

// Measure fits J0 and J1 and measures the difference. An error that is an
// [Unestimable] says why the rows do not determine it.
func Measure(ctx context.Context, d Data, s Settings) (*Result, error) {
	s = s.withDefaults()
	if err := d.check(s); err != nil {
		return nil, err
	}
	t := newTask(d, s)
	r := &Result{}
	base := t.level(d.Rivals)
	zero := base.fit(nil)
	one := base.fit(t.probe)
	r.C0, r.C1 = zero.C, one.C
	r.J0, r.J1 = zero.mean(), one.mean()
	r.Gain = make([]float64, len(t.y))
	for i := range t.y {
		r.Gain[i] = t.bits(r.J1, i) - t.bits(r.J0, i)
	}
	alone := [][]float64{t.level([]Predictor{d.Probe}).fit(nil).mean()}
	for _, rival := range d.Rivals {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		alone = append(alone, t.level([]Predictor{rival}).fit(nil).mean())
	}
	t.estimate(r, alone)
	if err := t.permute(ctx, r, base, zero); err != nil {
		return nil, err
	}
	if err := t.permuteRivals(r, alone[1:]); err != nil {
		return nil, err
	}
	t.flag(r)
	return r, nil
}

func (s Settings) withDefaults() Settings {
	if s.C == nil {
		s.C = []float64{0.001, 0.01, 0.1, 1, 10}
	}
	if s.Permutations == 0 {
		s.Permutations = 200
	}
	return s
}
