package metric

import (
	"fmt"
	"math"

	"tell/estimate"
	"tell/target"
)

var ece = Metric{
	Key: "ece", Title: "Expected calibration error", Unit: "probability", Kinds: binaryOnly, LowerIsBetter: true,
	Definition: fmt.Sprintf("mean over rows of |mean P(Y=1) - share of label 1| in the row's bin, %d bins of equal width of P(Y=1); too high on average in small samples", calibrationBins),
	bind: func(y target.Column, score []float64) statistic {
		over, bin := make([]float64, len(score)), make([]int, len(score))
		for i, p := range score {
			over[i], bin[i] = p-y.Values[i], binOf(p)
		}
		return func(w []float64) estimate.Value {
			var sum [calibrationBins]float64
			var weight float64
			for i, k := range bin {
				sum[k] += w[i] * over[i]
				weight += w[i]
			}
			if weight == 0 {
				return estimate.Value{Reason: "no rows"}
			}
			total := 0.0
			for _, x := range sum {
				total += math.Abs(x)
			}
			return estimate.Value{X: total / weight}
		}
	},
}
