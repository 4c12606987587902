// Package metric measures scores against targets: one file a metric, each with
// the kinds of target that it supports. [Evaluate] and [Compare] give all of
// them with intervals from a cluster bootstrap.
package metric

import (
	"fmt"
	"math"
	"slices"

	"tell/estimate"
	"tell/target"
)

// Metric is a measure of scores against a target.
type Metric struct {
	// Key is its stable name, such as "auroc".
	Key, Title, Definition string
	// Unit says how a value is read: "probability", "share", "nats".
	Unit string
	// Chance is what scores that tell nothing have, where that is not 0.
	Chance float64
	// Ranks is true where the order of the scores is all that counts.
	Ranks bool
	// LowerIsBetter is true of losses and errors.
	LowerIsBetter bool
	// Kinds are the kinds of target that it is defined for.
	Kinds []target.Kind

	// bind lays scores out for repeated weighting. Every row is stated, and a
	// target of levels without a single score has one for each level, row by row.
	bind func(y target.Column, score []float64) statistic
}

// statistic is a metric at one weight for each row.
type statistic func(w []float64) estimate.Value

// metrics lists every metric in the order of a report.
var metrics = []Metric{
	auroc, accuracy, balancedAccuracy, logLoss, brier, ece,
	spearman, kendall, r2, meanAbsoluteError,
	somersD, quadraticKappa, rankedProbabilityScore,
	macroAUROC, levelLogLoss, levelAccuracy, levelBalancedAccuracy,
	crossEntropy, jensenShannon, totalVariation, entropySpearman, majorityAccuracy,
}

// headlines holds the metric that a target of a kind is first judged by: higher is
// better, it takes no scores as calibrated, and a permutation test is made with it.
var headlines = map[target.Kind]string{
	target.KindBinary: auroc.Key, target.KindNumber: spearman.Key, target.KindShare: spearman.Key,
	target.KindOrdinal: somersD.Key, target.KindClass: macroAUROC.Key,
}

// Headline is the metric that a target of a kind is first judged by.
func Headline(k target.Kind) (Metric, bool) { return Named(headlines[k]) }

// Width is the number of scores of a row: a probability of each level of a class or
// ordinal target, else one number.
func Width(y target.Column) int {
	if y.Kind == target.KindClass || y.Kind == target.KindOrdinal {
		return len(y.Levels)
	}
	return 1
}

// All lists every metric in the order of a report.
func All() []Metric { return slices.Clone(metrics) }

// For lists the metrics of a kind of target.
func For(k target.Kind) []Metric {
	return slices.DeleteFunc(All(), func(m Metric) bool { return !slices.Contains(m.Kinds, k) })
}

// Named finds a metric by its key.
func Named(key string) (Metric, bool) {
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Key == key })
	if i < 0 {
		return Metric{}, false
	}
	return metrics[i], true
}

// Measured is the estimate of one metric.
type Measured struct {
	Key      string
	Estimate estimate.Estimate
}

// Of finds the estimate of a metric by its key. One that is not there is not
// estimable.
func Of(key string, list []Measured) estimate.Estimate {
	for _, m := range list {
		if m.Key == key {
			return m.Estimate
		}
	}
	return estimate.NotEstimable(0, 0, "the results hold no "+key)
}

// On lays scores out to be measured at many weights of the rows, as a bootstrap
// does. A function that it gives takes a weight for each row.
func (m Metric) On(y target.Column, score []float64) (func(w []float64) estimate.Value, error) {
	if err := check(y, score); err != nil {
		return nil, err
	}
	if m.bind == nil || !slices.Contains(m.Kinds, y.Kind) {
		return nil, fmt.Errorf("metric: %s is not defined for a target of kind %s", m.Key, y.Kind)
	}
	return m.bind(y, score), nil
}

// Value is the metric of scores against y, with a weight for each row, nil for 1
// each. Rows that do not determine it are an error.
func (m Metric) Value(y target.Column, score, w []float64) (float64, error) {
	at, err := m.On(y, score)
	if err != nil {
		return 0, err
	}
	if w == nil {
		w = unit(y.Len())
	}
	if len(w) != y.Len() {
		return 0, fmt.Errorf("metric: found %d weights for %d rows, expected as many", len(w), y.Len())
	}
	if v := at(w); v.Reason != "" {
		return 0, fmt.Errorf("metric: %s: %s", m.Key, v.Reason)
	} else {
		return v.X, nil
	}
}

// Evaluate measures scores against y by every metric of its kind, with intervals
// from a bootstrap over groups. y, score and groups have one element for each row;
// rows of equal group number are drawn together, and nil groups
// make every row its own. The scores of a binary target are
// P(Y=1), those of a share the share expected, and those of a class or ordinal
// target the probabilities of its levels, [Width] numbers a row. Lengths that differ, a row without a label and a score out of range are
// errors; a metric that the rows do not determine is an estimate that says why.
func Evaluate(y target.Column, score []float64, groups []int, b estimate.Bootstrap) ([]Measured, error) {
	return measure(y, groups, b, score, nil)
}

// Compare measures score less other on the same rows: each estimate is the metric
// of score minus that of other, with the interval of a paired difference. See
// [Evaluate] for what it takes and refuses.
func Compare(y target.Column, score, other []float64, groups []int, b estimate.Bootstrap) ([]Measured, error) {
	if err := check(y, other); err != nil {
		return nil, err
	}
	return measure(y, groups, b, score, other)
}

// measure evaluates score, or its difference to other where that is given.
func measure(y target.Column, groups []int, b estimate.Bootstrap, score, other []float64) ([]Measured, error) {
	if err := check(y, score); err != nil {
		return nil, err
	}
	groups, err := grouped(groups, y.Len(), b)
	if err != nil {
		return nil, err
	}
	list := For(y.Kind)
	bound := func(score []float64) []statistic {
		s := make([]statistic, len(list))
		for k, m := range list {
			s[k] = m.bind(y, score)
		}
		return s
	}
	first := bound(score)
	var second []statistic
	if other != nil {
		second = bound(other)
	}
	estimates := b.Estimate(groups, len(list), func(w []float64, out []estimate.Value) {
		for k := range out {
			if out[k] = first[k](w); second != nil {
				out[k] = out[k].Minus(second[k](w))
			}
		}
	})
	measured := make([]Measured, len(list))
	for k, m := range list {
		measured[k] = Measured{m.Key, estimates[k]}
	}
	return measured, nil
}

// grouped returns the groups of n rows, every row its own where there are none,
// and checks what the bootstrap over them is given.
func grouped(groups []int, n int, b estimate.Bootstrap) ([]int, error) {
	if err := b.Check(); err != nil {
		return nil, fmt.Errorf("metric: %w", err)
	}
	if groups == nil {
		groups = make([]int, n)
		for i := range groups {
			groups[i] = i
		}
	}
	if len(groups) != n {
		return nil, fmt.Errorf("metric: found %d groups for %d rows, expected as many", len(groups), n)
	}
	return groups, nil
}

// check refuses targets and scores that nothing can be measured on.
func check(y target.Column, score []float64) error {
	if err := y.Check(); err != nil {
		return err
	}
	width := Width(y)
	if y.Len()*width != len(score) {
		if width > 1 {
			return fmt.Errorf("metric: found %d scores for %d rows, expected %d of each, one for each level", len(score), y.Len(), width)
		}
		return fmt.Errorf("metric: found %d scores for %d rows, expected as many", len(score), y.Len())
	}
	probability := y.Kind != target.KindNumber
	total := 0.0
	for i, x := range score {
		row := i / width
		switch {
		case !y.Stated(row):
			return fmt.Errorf("metric: row %d has no label, expected one on every row", row)
		case x != x:
			return fmt.Errorf("metric: score of row %d is %v, expected a number", row, x)
		case y.Kind == target.KindBinary && !(x >= 0 && x <= 1):
			return fmt.Errorf("metric: score of row %d is %v, expected P(Y=1), from 0 to 1", row, x)
		case probability && !(x >= 0 && x <= 1):
			return fmt.Errorf("metric: score of row %d is %v, expected a probability, from 0 to 1", row, x)
		case math.IsInf(x, 0):
			return fmt.Errorf("metric: score of row %d is %v, expected a finite number", row, x)
		}
		if total += x; width > 1 && i%width == width-1 {
			if math.Abs(total-1) > 1e-6 {
				return fmt.Errorf("metric: scores of row %d sum to %v, expected probabilities of all %d levels, which sum to 1", row, total, width)
			}
			total = 0
		}
	}
	return nil
}

func unit(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// NotEstimable gives the metrics of a kind of target for n rows without scores,
// each with the reason in place of a value.
func NotEstimable(k target.Kind, n int, reason string) []Measured {
	var list []Measured
	for _, m := range For(k) {
		list = append(list, Measured{m.Key, estimate.NotEstimable(n, 0, reason)})
	}
	return list
}
