package probe

import (
	"errors"
	"fmt"

	"tell/internal/estimate"
)

// AUROC is the probability that a row of label 1 has a higher score than a row
// of label 0, ties counted half. Here and in the functions below, w are row
// weights, nil for 1 each; lengths that differ are a panic, and rows that do
// not determine the metric an error.
func AUROC(y []int, score, w []float64) (float64, error) {
	w = unitIfNil(y, score, w)
	for i, x := range score {
		if x != x {
			return 0, fmt.Errorf("probe: score of row %d is %v", i, x)
		}
	}
	r := newRanking(y, score)
	return plain(r.auroc(w))
}

// Accuracy is the share of rows whose label is predicted, 1 where p > 0.5.
func Accuracy(y []int, p, w []float64) (float64, error) {
	return meanMetric(y, p, w, (*metricSums).accuracy)
}

// BalancedAccuracy is the mean of the accuracies on each label.
func BalancedAccuracy(y []int, p, w []float64) (float64, error) {
	return meanMetric(y, p, w, (*metricSums).balancedAccuracy)
}

// LogLoss is the mean negative natural log-likelihood of the labels.
func LogLoss(y []int, p, w []float64) (float64, error) {
	return meanMetric(y, p, w, (*metricSums).logLoss)
}

// Brier is the mean of (p - y)².
func Brier(y []int, p, w []float64) (float64, error) {
	return meanMetric(y, p, w, (*metricSums).brierScore)
}

// ECE is the expected calibration error over equal-width bins of p.
func ECE(y []int, p, w []float64) (float64, error) {
	return meanMetric(y, p, w, (*metricSums).ece)
}

func meanMetric(y []int, p, w []float64, f func(*metricSums) estimate.Value) (float64, error) {
	w = unitIfNil(y, p, w)
	if reason := improbable(p); reason != "" {
		return 0, errors.New("probe: " + reason)
	}
	r := newPointwise(y, p)
	t := r.sum(w)
	return plain(f(&t))
}

func plain(v estimate.Value) (float64, error) {
	if v.Reason != "" {
		return 0, errors.New("probe: " + v.Reason)
	}
	return v.X, nil
}

func unitIfNil(y []int, p, w []float64) []float64 {
	if w == nil {
		w = make([]float64, len(y))
		for i := range w {
			w[i] = 1
		}
	}
	if len(p) != len(y) || len(w) != len(y) {
		panic(fmt.Sprintf("probe: %d labels, %d scores, %d weights", len(y), len(p), len(w)))
	}
	return w
}
