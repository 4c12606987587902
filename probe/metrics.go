package probe

import (
	"fmt"
	"iter"

	"tell/internal/estimate"
)

type (
	// Estimate is a value with its interval, or the reason why there is none.
	Estimate = estimate.Estimate
	// Interval is a confidence interval.
	Interval = estimate.Interval
	// Bootstrap holds the settings of the cluster bootstrap.
	Bootstrap = estimate.Bootstrap
)

// Metrics are the measures of one vector of probabilities, or the differences
// of two ([Compare]).
type Metrics struct {
	AUROC            Estimate `json:"auroc"`
	Accuracy         Estimate `json:"accuracy"`
	BalancedAccuracy Estimate `json:"balanced_accuracy"`
	LogLoss          Estimate `json:"log_loss"`
	Brier            Estimate `json:"brier"`
	ECE              Estimate `json:"ece"`
}

// A Metric describes one of the Metrics to a reader.
type Metric struct {
	Key, Title, Definition string
	LowerIsBetter          bool
}

var metrics = [...]Metric{
	{
		Key: "auroc", Title: "AUROC",
		Definition: "probability that a row of label 1 has a higher score than a row of label 0, ties counted half (Mann-Whitney)",
	},
	{
		Key: "accuracy", Title: "Accuracy",
		Definition: "share of rows whose label is predicted, 1 where P(Y=1) > 0.5",
	},
	{
		Key: "balanced_accuracy", Title: "Balanced accuracy",
		Definition: "mean of the accuracies among rows of label 0 and among rows of label 1",
	},
	{
		Key: "log_loss", Title: "Log loss", LowerIsBetter: true,
		Definition: "mean of -ln P(Y=y) with y the row's label, probabilities held 2.2e-16 away from 0 and 1",
	},
	{
		Key: "brier", Title: "Brier score", LowerIsBetter: true,
		Definition: "mean of (P(Y=1) - y)²",
	},
	{
		Key: "ece", Title: "Expected calibration error", LowerIsBetter: true,
		Definition: fmt.Sprintf("mean over rows of |mean P(Y=1) - share of label 1| in the row's bin, %d bins of equal width of P(Y=1); too high on average in small samples", calibrationBins),
	},
}

// All yields the metrics in their fixed order, each with its description.
func (m Metrics) All() iter.Seq2[Metric, Estimate] {
	return func(yield func(Metric, Estimate) bool) {
		for k, e := range m.fields() {
			if !yield(metrics[k], *e) {
				return
			}
		}
	}
}

func (m *Metrics) fields() [len(metrics)]*Estimate {
	return [...]*Estimate{&m.AUROC, &m.Accuracy, &m.BalancedAccuracy, &m.LogLoss, &m.Brier, &m.ECE}
}

// Evaluate measures probabilities p = P(Y=1) against labels y, 0 or 1, with
// intervals from a bootstrap over groups. It panics if the lengths differ.
func Evaluate(y []int, p []float64, groups []int, b Bootstrap) Metrics {
	checkLengths(y, p, groups)
	if reason := improbable(p); reason != "" {
		return noMetrics(len(y), reason)
	}
	return estimateMetrics(groups, b, newScored(y, p).measure)
}

// Compare measures p less q on the same rows: each Estimate is the difference
// of a metric, with the interval of a paired difference. It panics if the
// lengths differ.
func Compare(y []int, p, q []float64, groups []int, b Bootstrap) Metrics {
	checkLengths(y, p, groups)
	checkLengths(y, q, groups)
	for _, x := range [][]float64{p, q} {
		if reason := improbable(x); reason != "" {
			return noMetrics(len(y), reason)
		}
	}
	s, t := newScored(y, p), newScored(y, q)
	return estimateMetrics(groups, b, func(w []float64, out []estimate.Value) {
		var other [len(metrics)]estimate.Value
		s.measure(w, out)
		t.measure(w, other[:])
		for k := range out {
			out[k].X -= other[k].X
		}
	})
}

func checkLengths(y []int, p []float64, groups []int) {
	if len(p) != len(y) || len(groups) != len(y) {
		panic(fmt.Sprintf("probe: %d labels, %d probabilities, %d groups", len(y), len(p), len(groups)))
	}
}

// improbable says which of p is no probability, if one is not.
func improbable(p []float64) string {
	for i, x := range p {
		if !(x >= 0 && x <= 1) {
			return fmt.Sprintf("P(Y=1) of row %d is %v", i, x)
		}
	}
	return ""
}

func noMetrics(n int, reason string) Metrics {
	var m Metrics
	for _, e := range m.fields() {
		*e = estimate.NotEstimable(n, 0, reason)
	}
	return m
}

// A scored is a vector of probabilities laid out for repeated weighting.
type scored struct {
	rows pointwise
	rank ranking
}

func newScored(y []int, p []float64) *scored {
	return &scored{newPointwise(y, p), newRanking(y, p)}
}

// measure computes the metrics in their fixed order.
func (s *scored) measure(w []float64, out []estimate.Value) {
	t := s.rows.sum(w)
	for k, v := range [len(metrics)]estimate.Value{
		s.rank.auroc(w), t.accuracy(), t.balancedAccuracy(), t.logLoss(), t.brierScore(), t.ece(),
	} {
		out[k] = v
	}
}

func estimateMetrics(groups []int, b Bootstrap, f estimate.Statistics) Metrics {
	var m Metrics
	for k, e := range b.Estimate(groups, len(metrics), f) {
		*m.fields()[k] = e
	}
	return m
}
