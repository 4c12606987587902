package metric

import (
	"tell/estimate"
	"tell/target"
)

var balancedAccuracy = Metric{
	Key: "balanced_accuracy", Title: "Balanced accuracy", Unit: "share", Kinds: binaryOnly,
	Definition: "mean of the accuracies among rows of label 0 and among rows of label 1",
	bind: func(y target.Column, score []float64) statistic {
		is, r := y.Ints(), Right(y.Values, score)
		return func(w []float64) estimate.Value {
			var weight, sum [2]float64
			for i, label := range is {
				weight[label] += w[i]
				sum[label] += w[i] * r[i]
			}
			if reason := oneClass(weight[0], weight[1]); reason != "" {
				return estimate.Value{Reason: reason}
			}
			return estimate.Value{X: (sum[0]/weight[0] + sum[1]/weight[1]) / 2}
		}
	},
}
