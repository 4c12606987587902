package compare

import (
	"context"
	"fmt"
	"slices"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// MetricDumps are rows that stand in two dumps, joined by id, with a target of
// any kind: what is compared is what its metrics say of the probes.
type MetricDumps struct {
	Names  [2]string
	ID     []string // each once
	Group  []int
	Target target.Column
	// Score is that of a probe trained and tested on the states of each dump, out
	// of fold and with the same folds, as [metric.Evaluate] takes it.
	Score [2][]float64
	// Frozen is the score on the states of the second dump by the probe of the
	// first, trained without the row's group; nil where there is none.
	Frozen []float64
	// Margin is the difference below which two dumps are alike, 0 for none. It is
	// one of correlations and shares; a loss has none.
	Margin float64
	// Lost are the ids that stand in one dump alone, see [Join].
	Lost [2][]string
}

const changeSuffix = "_change"

// ChangeKey is the key of the change of a metric from one dump to another.
func ChangeKey(metric string) string { return metric + changeSuffix }

// Measure compares what can be decoded of a target between two dumps of the same
// rows, by every metric of its kind. A difference has the flags of [Dumps].
func (d MetricDumps) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := checkJoined(d.Names, d.ID, d.Group, d.Lost, d.Margin); err != nil {
		return nil, err
	}
	lines := []Line{lostLine(KeyRowsLost, d.Names, d.Lost, len(d.ID))}
	if d.Margin > 0 {
		lines = append(lines, marginLine(d.Names, d.Margin, len(d.ID)))
	}
	type scored struct {
		train, test string
		score       []float64
		at          []func([]float64) estimate.Value
	}
	all := []scored{{train: d.Names[0], test: d.Names[0], score: d.Score[0]}, {train: d.Names[1], test: d.Names[1], score: d.Score[1]}}
	if d.Frozen != nil {
		all = append(all, scored{train: d.Names[0], test: d.Names[1], score: d.Frozen})
	}
	metrics := metric.For(d.Target.Kind)
	still := &block{group: d.Group}
	for k, of := range all {
		for _, m := range metrics {
			at, err := m.On(d.Target, of.score)
			if err != nil {
				return nil, fmt.Errorf("compare: probe of %s on %s: %w", of.train, of.test, err)
			}
			all[k].at = append(all[k].at, at)
			still.one(Line{Train: of.train, Test: of.test, Predictor: probePredictor, Key: m.Key}, at)
		}
	}
	lines = append(lines, still.estimate(s.Bootstrap)...)
	own := all[0]
	for k, of := range all[1:] {
		for j, m := range metrics {
			l := Line{Test: d.Names[1] + "-" + d.Names[0], Predictor: probePredictor, Key: m.Key + changeSuffix}
			if k > 0 {
				l.Train = d.Names[0]
			}
			margin := d.Margin
			if !hasMargin(m) {
				margin = 0
			}
			lines = append(lines, changeOf(l, d.Group, slices.Equal(of.score, own.score), margin, func(w []float64) estimate.Value {
				return difference(of.at[j](w), own.at[j](w))
			}, s))
		}
	}
	return lines, nil
}

// hasMargin tells whether a metric is on the scale of correlations and shares, so
// that one margin serves it; losses and errors have scales of their own.
func hasMargin(m metric.Metric) bool {
	switch m.Unit {
	case Share, Probability, Correlation, "share of variance":
		return true
	}
	return false
}

// differenceUnit is that of a difference of two values of a metric.
func differenceUnit(m metric.Metric) string {
	switch m.Unit {
	case Share, Probability:
		return Difference
	case Correlation:
		return CorrelationDifference
	}
	return m.Unit
}

// metricQuantities makes quantities of the metrics of targets that are not labels 0
// and 1, and lists these metrics themselves.
func metricQuantities(of func(metric.Metric) (Quantity, bool)) []Quantity {
	var list []Quantity
	for _, m := range metric.All() {
		if slices.Contains(m.Kinds, target.KindBinary) {
			continue
		}
		list = append(list, Quantity{m.Key, m.Title, m.Definition, m.Unit, "metric"})
		if q, is := of(m); is {
			list = append(list, q)
		}
	}
	return sourced(list...)
}
