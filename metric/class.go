package metric

import (
	"fmt"
	"math"

	"tell/estimate"
	"tell/target"
)

var classOnly = []target.Kind{target.KindClass}

// leveled are the kinds whose scores are probabilities of levels.
var leveled = []target.Kind{target.KindClass, target.KindOrdinal}

var macroAUROC = Metric{
	Key: "macro_auroc", Title: "Macro AUROC", Unit: "probability", Kinds: classOnly, Chance: 0.5, Ranks: true,
	Definition: "mean over the classes of the AUROC of each class's probability for the class against all others",
	bind: func(y target.Column, score []float64) statistic {
		k := len(y.Levels)
		each := make([]*Ranking, k)
		for c := range each {
			is, p := make([]int, y.Len()), make([]float64, y.Len())
			for i, v := range y.Ints() {
				if v == c {
					is[i] = 1
				}
				p[i] = score[i*k+c]
			}
			each[c] = NewRanking(is, p)
		}
		return func(w []float64) estimate.Value {
			total := 0.0
			for c, r := range each {
				v := r.AUROC(w)
				if v.Reason != "" {
					return estimate.Value{Reason: fmt.Sprintf("class %q against the others: %s", y.Levels[c], oneLevel(v.Reason))}
				}
				total += v.X
			}
			return estimate.Value{X: total / float64(k)}
		}
	},
}

// oneLevel words what is missing of a class against the others.
func oneLevel(reason string) string {
	switch reason {
	case "every row has label 1":
		return "every row is of it"
	case "every row has label 0":
		return "no row is of it"
	}
	return reason
}

var levelLogLoss = Metric{
	Key: "level_log_loss", Title: "Log loss over levels", Unit: "nats", Kinds: leveled, LowerIsBetter: true,
	Definition: "mean of -ln P(level of the row), probabilities held 2.2e-16 away from 0",
	bind: func(y target.Column, score []float64) statistic {
		loss := make([]float64, y.Len())
		for i, v := range y.Ints() {
			loss[i] = -math.Log(max(score[i*len(y.Levels)+v], 0x1p-52))
		}
		return meanOver(loss)
	},
}

// rightLevel is 1 for every row whose level is the likeliest, the first of equals.
func rightLevel(y target.Column, score []float64) []float64 {
	k := len(y.Levels)
	r := make([]float64, y.Len())
	for i, v := range y.Ints() {
		best := 0
		for c, p := range score[i*k : (i+1)*k] {
			if p > score[i*k+best] {
				best = c
			}
		}
		if best == v {
			r[i] = 1
		}
	}
	return r
}

var levelAccuracy = Metric{
	Key: "level_accuracy", Title: "Accuracy over levels", Unit: "share", Kinds: leveled,
	Definition: "share of rows whose level is the likeliest one",
	bind: func(y target.Column, score []float64) statistic {
		return meanOver(rightLevel(y, score))
	},
}

var levelBalancedAccuracy = Metric{
	Key: "level_balanced_accuracy", Title: "Balanced accuracy over levels", Unit: "share", Kinds: leveled,
	Definition: "mean over the levels of the share of their rows whose level is the likeliest one",
	bind: func(y target.Column, score []float64) statistic {
		is, r := y.Ints(), rightLevel(y, score)
		return func(w []float64) estimate.Value {
			weight, sum := make([]float64, len(y.Levels)), make([]float64, len(y.Levels))
			for i, v := range is {
				weight[v] += w[i]
				sum[v] += w[i] * r[i]
			}
			total := 0.0
			for v, n := range weight {
				if n == 0 {
					return estimate.Value{Reason: fmt.Sprintf("no row has level %q", y.Levels[v])}
				}
				total += sum[v] / n
			}
			return estimate.Value{X: total / float64(len(weight))}
		}
	},
}
