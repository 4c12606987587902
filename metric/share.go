package metric

import (
	"math"

	"tell/estimate"
	"tell/target"
)

var shareOnly = []target.Kind{target.KindShare}

var crossEntropy = Metric{
	Key: "cross_entropy", Title: "Cross-entropy", Unit: "bits", Kinds: shareOnly, LowerIsBetter: true,
	Definition: "mean of -s log2 p - (1 - s) log2(1 - p) with s the share and p the score, held 2.2e-16 away from 0 and 1; rows count by their number of judgements where that is known",
	bind: func(y target.Column, score []float64) statistic {
		loss := make([]float64, len(score))
		for i, p := range score {
			s := y.Values[i]
			loss[i] = (s*rowLoss(1, p) + (1-s)*rowLoss(0, p)) / math.Ln2
		}
		mean := meanOver(loss)
		if y.N == nil {
			return mean
		}
		return func(w []float64) estimate.Value {
			judged := make([]float64, len(w))
			for i, v := range w {
				judged[i] = v * y.N[i]
			}
			return mean(judged)
		}
	},
}

// judged is the weights without rows of no judgement, whose share says nothing.
func judged(y target.Column, s statistic) statistic {
	if y.N == nil {
		return s
	}
	return func(w []float64) estimate.Value {
		kept := make([]float64, len(w))
		for i, v := range w {
			if y.N[i] > 0 {
				kept[i] = v
			}
		}
		return s(kept)
	}
}

// entropy is that of a share and the rest, in bits.
func entropy(s float64) float64 { return target.Entropy(s) / math.Ln2 }

var jensenShannon = Metric{
	Key: "jensen_shannon", Title: "Jensen-Shannon divergence", Unit: "bits", Kinds: shareOnly, LowerIsBetter: true,
	Definition: "mean over judged rows of the entropy of the mean of share and score, less the mean of their entropies, 0 to 1",
	bind: func(y target.Column, score []float64) statistic {
		d := make([]float64, len(score))
		for i, p := range score {
			d[i] = max(0, entropy((p+y.Values[i])/2)-(entropy(p)+entropy(y.Values[i]))/2)
		}
		return judged(y, meanOver(d))
	},
}

var totalVariation = Metric{
	Key: "total_variation", Title: "Total variation", Unit: "share", Kinds: shareOnly, LowerIsBetter: true,
	Definition: "mean over judged rows of |score - share|",
	bind: func(y target.Column, score []float64) statistic {
		d := make([]float64, len(score))
		for i, p := range score {
			d[i] = math.Abs(p - y.Values[i])
		}
		return judged(y, meanOver(d))
	},
}

var entropySpearman = Metric{
	Key: "entropy_spearman", Title: "Rank correlation of entropies", Unit: unitCorrelation, Kinds: shareOnly, Ranks: true,
	Definition: "Spearman's rank correlation over judged rows of the entropy of the score and of the share: whether disagreement is foreseen",
	bind: func(y target.Column, score []float64) statistic {
		predicted, observed := make([]float64, len(score)), make([]float64, len(score))
		for i, p := range score {
			// Those of a share and of the rest are the same but for rounding.
			predicted[i], observed[i] = math.Round(entropy(p)*1e12), math.Round(entropy(y.Values[i])*1e12)
		}
		return judged(y, rankCorrelation(predicted, observed, "entropy"))
	},
}

var majorityAccuracy = Metric{
	Key: "majority_accuracy", Title: "Accuracy of the majority", Unit: "share", Kinds: shareOnly,
	Definition: "share of the judged rows whose majority is predicted, 1 where the score is above 0.5; rows that are split evenly are left out",
	bind: func(y target.Column, score []float64) statistic {
		right, sided := make([]float64, len(score)), make([]float64, len(score))
		for i, s := range y.Values {
			if s != 0.5 {
				sided[i] = 1
			}
			if Predict(score[i]) == Predict(s) {
				right[i] = 1
			}
		}
		return judged(y, func(w []float64) estimate.Value {
			kept := make([]float64, len(w))
			for i, v := range w {
				kept[i] = v * sided[i]
			}
			v := Mean(right, kept)
			if v.Reason != "" {
				v.Reason = "no row has a majority"
			}
			return v
		})
	},
}
