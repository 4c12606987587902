package probe

import (
	"math"

	"tell/internal/estimate"
)

// A pointwise holds what each row adds to the metrics that are means over rows.
type pointwise struct {
	label []int
	right []float64 // 1 where the prediction is right
	loss  []float64 // -ln P(Y=y)
	brier []float64 // (P(Y=1) - y)²
	over  []float64 // P(Y=1) - y
	bin   []int     // calibration bin
}

func newPointwise(y []int, p []float64) pointwise {
	n := len(y)
	r := pointwise{
		label: y,
		right: make([]float64, n),
		loss:  make([]float64, n),
		brier: make([]float64, n),
		over:  make([]float64, n),
		bin:   make([]int, n),
	}
	for i := range n {
		if Predict(p[i]) == y[i] {
			r.right[i] = 1
		}
		r.loss[i] = rowLoss(y[i], p[i])
		r.over[i] = p[i] - float64(y[i])
		r.brier[i] = r.over[i] * r.over[i]
		r.bin[i] = binOf(p[i])
	}
	return r
}

func rowLoss(y int, p float64) float64 {
	const epsilon = 0x1p-52
	p = min(max(p, epsilon), 1-epsilon)
	if y == 1 {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}

// metricSums are the weighted sums of a pointwise.
type metricSums struct {
	weight, right [2]float64 // by label
	loss, brier   float64
	over          [calibrationBins]float64
}

func (r *pointwise) sum(w []float64) metricSums {
	var t metricSums
	for i, y := range r.label {
		t.weight[y] += w[i]
		t.right[y] += w[i] * r.right[i]
		t.loss += w[i] * r.loss[i]
		t.brier += w[i] * r.brier[i]
		t.over[r.bin[i]] += w[i] * r.over[i]
	}
	return t
}

// mean is the mean over rows of what adds up to total.
func (t *metricSums) mean(total float64) estimate.Value {
	n := t.weight[0] + t.weight[1]
	if n == 0 {
		return estimate.Value{Reason: "no rows"}
	}
	return estimate.Value{X: total / n}
}

func (t *metricSums) accuracy() estimate.Value   { return t.mean(t.right[0] + t.right[1]) }
func (t *metricSums) logLoss() estimate.Value    { return t.mean(t.loss) }
func (t *metricSums) brierScore() estimate.Value { return t.mean(t.brier) }

func (t *metricSums) balancedAccuracy() estimate.Value {
	if reason := oneClass(t.weight[0], t.weight[1]); reason != "" {
		return estimate.Value{Reason: reason}
	}
	return estimate.Value{X: (t.right[0]/t.weight[0] + t.right[1]/t.weight[1]) / 2}
}

func (t *metricSums) ece() estimate.Value {
	total := 0.0
	for _, x := range t.over {
		total += math.Abs(x)
	}
	return t.mean(total)
}

// oneClass says what is missing if one of the labels has no weight.
func oneClass(zero, one float64) string {
	switch {
	case zero+one == 0:
		return "no rows"
	case zero == 0:
		return "every row has label 1"
	case one == 0:
		return "every row has label 0"
	}
	return ""
}
