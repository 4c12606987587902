package compare

import (
	"context"
	"fmt"
	"strconv"

	"tell/estimate"
	"tell/metric"
)

// KeyROC is a point of the ROC curve.
const KeyROC = "roc_recall"

// ROCQuantities define the keys of [ROC].
func ROCQuantities() []Quantity {
	return sourced(
		Quantity{KeyROC, "ROC curve", "share of the rows of label 1 above the threshold of the false-positive rate that the subset names, on straight lines between thresholds", Share, "Fawcett 2006, Pattern Recognition Letters 27:861"},
		recallQuantity, realisedQuantity,
	)
}

// FalsePositives is the column of a subset that a false-positive rate is named by.
const FalsePositives = "fpr"

// rocRates are the false-positive rates of the points of a curve.
var rocRates = []float64{0, .01, .02, .03, .05, .075, .1, .15, .2, .25, .3, .4, .5, .6, .7, .8, .9, 1}

// A Scored is a predictor of label 1 and what it gives each row.
type Scored struct {
	Name  string
	Score []float64
}

// ROC is what predictors give the same rows.
type ROC struct {
	Label, Group []int
	Predictors   []Scored
	FPR          float64
}

// Measure gives the ROC curve of every predictor, and the recall at the false-positive
// rate. The threshold is that of the rows themselves, found again in every draw of the
// bootstrap.
func (d ROC) Measure(ctx context.Context, s Settings) ([]Line, error) {
	label, group, fpr := d.Label, d.Group, d.FPR
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: roc: %w", err)
	}
	b := &block{group: group}
	for _, p := range d.Predictors {
		if len(p.Score) != len(label) || len(group) != len(label) {
			return nil, fmt.Errorf("compare: roc: found %d scores of %s and %d groups for %d labels, expected as many", len(p.Score), p.Name, len(group), len(label))
		}
		roc := metric.NewROC(label, p.Score)
		line := func(key string, rate float64) Line {
			return Line{Predictor: p.Name, Column: FalsePositives, Value: strconv.FormatFloat(rate, 'f', -1, 64), Key: key}
		}
		b.add(func(w []float64, out []estimate.Value) { out[0], out[1] = roc.Recall(w, fpr) }, line(KeyRecallAtFPR, fpr), line(KeyRealisedFPR, fpr))
		var points []Line
		for _, rate := range rocRates {
			points = append(points, line(KeyROC, rate))
		}
		b.add(func(w []float64, out []estimate.Value) { roc.Curve(w, rocRates, out) }, points...)
	}
	lines := b.estimate(s.Bootstrap)
	for i := range lines {
		if lines[i].Key == KeyRealisedFPR {
			e := &lines[i].Estimate // its draws say how thresholds fall, not what is let in
			e.Interval, e.Warnings = nil, nil
		}
	}
	return lines, nil
}
