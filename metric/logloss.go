package metric

import (
	"math"

	"tell/target"
)

var logLoss = Metric{
	Key: "log_loss", Title: "Log loss", Unit: "nats", Kinds: binaryOnly, LowerIsBetter: true,
	Definition: "mean of -ln P(Y=y) with y the row's label, probabilities held 2.2e-16 away from 0 and 1",
	bind: func(y target.Column, score []float64) statistic {
		loss := make([]float64, len(score))
		for i, p := range score {
			loss[i] = rowLoss(y.Values[i], p)
		}
		return meanOver(loss)
	},
}

func rowLoss(y, p float64) float64 {
	const epsilon = 0x1p-52
	p = min(max(p, epsilon), 1-epsilon)
	if y == 1 {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}
