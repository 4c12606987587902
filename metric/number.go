package metric

import (
	"math"

	"tell/estimate"
	"tell/target"
)

var numberOnly = []target.Kind{target.KindNumber}

// Units of metrics of numbers.
const (
	unitCorrelation = "correlation"
	unitOfTarget    = "unit of the target"
)

var spearman = Metric{
	Key: "spearman", Title: "Spearman's rank correlation", Unit: unitCorrelation, Ranks: true,
	Kinds:      []target.Kind{target.KindNumber, target.KindShare},
	Definition: "correlation of the ranks of scores and target over all rows, equal ones sharing their mean rank; scores of different folds are pooled, which makes it slightly negative where nothing is known",
	bind: func(y target.Column, score []float64) statistic {
		return judged(y, rankCorrelation(score, y.Values, string(y.Kind)))
	},
}

var kendall = Metric{
	Key: "kendall_tau_b", Title: "Kendall's tau-b", Unit: unitCorrelation, Kinds: numberOnly, Ranks: true,
	Definition: "pairs of rows that scores and target put in the same order, less those in opposite order, over the geometric mean of the pairs that differ in score and of those that differ in target",
	bind: func(y target.Column, score []float64) statistic {
		c := newConcordance(score, y.Values)
		return func(w []float64) estimate.Value {
			p := c.count(w)
			switch {
			case p.y <= 0:
				return estimate.Value{Reason: "every row has the same number"}
			case p.x <= 0:
				return estimate.Value{Reason: "every row has the same score"}
			}
			return estimate.Value{X: p.excess / math.Sqrt(p.x*p.y)}
		}
	},
}

var r2 = Metric{
	Key: "r2", Title: "R²", Unit: unitShareOfVariance, Kinds: numberOnly,
	Definition: "1 less the squared errors over the squared distances to the mean of the rows, all of them pooled; below 0 where that mean predicts better",
	bind: func(y target.Column, score []float64) statistic {
		return func(w []float64) estimate.Value {
			var n, mean float64
			for i, v := range w {
				n += v
				mean += v * y.Values[i]
			}
			if n == 0 {
				return estimate.Value{Reason: "no rows"}
			}
			mean /= n
			var errors, spread float64
			first, differ := math.NaN(), false
			for i, v := range w {
				if v == 0 {
					continue
				}
				x := y.Values[i]
				errors += v * (x - score[i]) * (x - score[i])
				spread += v * (x - mean) * (x - mean)
				differ = differ || first != x && first == first
				first = x
			}
			if !differ {
				return estimate.Value{Reason: "every row has the same number"}
			}
			return estimate.Value{X: 1 - errors/spread}
		}
	},
}

// unitShareOfVariance is at most 1, and without a lower end.
const unitShareOfVariance = "share of variance"

var meanAbsoluteError = Metric{
	Key: "mean_absolute_error", Title: "Mean absolute error", Unit: unitOfTarget, Kinds: numberOnly, LowerIsBetter: true,
	Definition: "mean of |score - number|",
	bind: func(y target.Column, score []float64) statistic {
		far := make([]float64, len(score))
		for i, x := range score {
			far[i] = math.Abs(x - y.Values[i])
		}
		return meanOver(far)
	},
}
