package metric

import "tell/target"

var accuracy = Metric{
	Key: "accuracy", Title: "Accuracy", Unit: "share", Kinds: binaryOnly,
	Definition: "share of rows whose label is predicted, 1 where P(Y=1) > 0.5",
	bind: func(y target.Column, score []float64) statistic {
		return meanOver(Right(y.Values, score))
	},
}
