package metric

import "tell/target"

var brier = Metric{
	Key: "brier", Title: "Brier score", Unit: "squared probability", Kinds: binaryOnly, LowerIsBetter: true,
	Definition: "mean of (P(Y=1) - y)²",
	bind: func(y target.Column, score []float64) statistic {
		squares := make([]float64, len(score))
		for i, p := range score {
			over := p - y.Values[i]
			squares[i] = over * over
		}
		return meanOver(squares)
	},
}
