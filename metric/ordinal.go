package metric

import (
	"tell/estimate"
	"tell/target"
)

var ordinalOnly = []target.Kind{target.KindOrdinal}

var somersD = Metric{
	Key: "somers_d", Title: "Somers' D", Unit: unitCorrelation, Kinds: ordinalOnly, Ranks: true,
	Definition: "among pairs of rows of different levels, the share whose expected levels are in the same order less the share in the opposite order; of two levels, 2 AUROC - 1",
	bind: func(y target.Column, score []float64) statistic {
		c := newConcordance(y.Values, expectedLevel(score, len(y.Levels)))
		return func(w []float64) estimate.Value {
			p := c.count(w)
			if p.x <= 0 {
				return estimate.Value{Reason: "every row has the same level"}
			}
			return estimate.Value{X: p.excess / p.x}
		}
	},
}

// expectedLevel is the mean of the levels' numbers, 0 for the lowest, under the
// probabilities of every row.
func expectedLevel(score []float64, levels int) []float64 {
	mean := make([]float64, len(score)/levels)
	for i := range mean {
		for k, p := range score[i*levels : (i+1)*levels] {
			mean[i] += float64(k) * p
		}
	}
	return mean
}

// medianLevel is the first level up to which the probabilities sum to a half.
func medianLevel(p []float64) int {
	below := 0.0
	for k, x := range p {
		if below += x; below >= 0.5 {
			return k
		}
	}
	return len(p) - 1
}

var quadraticKappa = Metric{
	Key: "quadratic_kappa", Title: "Quadratic-weighted kappa", Unit: unitCorrelation, Kinds: ordinalOnly,
	Definition: "Cohen's kappa between the levels and the median levels of the probabilities: 1 less their squared distance over that of independent draws from both",
	bind: func(y target.Column, score []float64) statistic {
		k := len(y.Levels)
		level, predicted := y.Ints(), make([]int, y.Len())
		for i := range predicted {
			predicted[i] = medianLevel(score[i*k : (i+1)*k])
		}
		return func(w []float64) estimate.Value {
			actual, guessed := make([]float64, k), make([]float64, k)
			var n, apart float64
			for i, v := range w {
				d := float64(level[i] - predicted[i])
				n += v
				apart += v * d * d
				actual[level[i]] += v
				guessed[predicted[i]] += v
			}
			if n == 0 {
				return estimate.Value{Reason: "no rows"}
			}
			chance := 0.0
			for a, x := range actual {
				for g, z := range guessed {
					chance += float64((a-g)*(a-g)) * x * z / n
				}
			}
			if chance == 0 {
				return estimate.Value{Reason: "every row has the same level, and is predicted to"}
			}
			return estimate.Value{X: 1 - apart/chance}
		}
	},
}

var rankedProbabilityScore = Metric{
	Key: "ranked_probability_score", Title: "Ranked probability score", Unit: "squared probability", Kinds: ordinalOnly, LowerIsBetter: true,
	Definition: "mean over the boundaries between levels of (P(level below it) - 1 if the level is below it, else 0)², averaged over rows; with two levels the Brier score",
	bind: func(y target.Column, score []float64) statistic {
		k := len(y.Levels)
		squares := make([]float64, y.Len())
		for i, level := range y.Ints() {
			below := 0.0
			for j, p := range score[i*k : (i+1)*k-1] {
				below += p
				d := below
				if level <= j {
					d--
				}
				squares[i] += d * d / float64(k-1)
			}
		}
		return meanOver(squares)
	},
}
