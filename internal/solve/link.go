package solve

import (
	"math"

	"tell/target"
)

// Width is the number of scores of a row: a probability for each level of a class
// or ordinal target, else one number.
func Width(kind target.Kind, levels int) int {
	if kind == target.KindClass || kind == target.KindOrdinal {
		return levels
	}
	return 1
}

// Score turns the margins of one row into its scores: P(label = 1) of a binary
// target, the share expected, the number expected, or the probability of every
// level. dst has as many elements as Width says.
func Score(dst []float64, kind target.Kind, margin, cuts []float64) {
	switch kind {
	case target.KindClass:
		softmax(dst, margin)
	case target.KindOrdinal:
		below := 0.0
		for k, c := range cuts {
			// The difference of two probabilities keeps its digits on the side
			// where both are small.
			up := Sigmoid(c - margin[0])
			if below > 0.5 {
				dst[k] = Sigmoid(margin[0]-cuts[k-1]) - Sigmoid(margin[0]-c)
			} else {
				dst[k] = up - below
			}
			below = up
		}
		dst[len(cuts)] = Sigmoid(margin[0] - cuts[len(cuts)-1])
	case target.KindNumber:
		dst[0] = margin[0]
	default:
		dst[0] = Sigmoid(margin[0])
	}
}

// Loss is what a row of the value y adds to the loss: minus the logarithm of the
// probability that its margins give to y, the cross-entropy of a share, or the
// square of the distance to a number.
func Loss(kind target.Kind, y float64, margin, cuts []float64) float64 {
	switch kind {
	case target.KindClass:
		return classLoss(margin, int(y))
	case target.KindOrdinal:
		return cumulativeLoss(int(y), margin[0], cuts)
	case target.KindNumber:
		return (y - margin[0]) * (y - margin[0])
	case target.KindShare:
		return y*LogisticLoss(margin[0]) + (1-y)*LogisticLoss(-margin[0])
	}
	return LogisticLoss((2*y - 1) * margin[0])
}

// softmax sets dst to the probabilities of the classes.
func softmax(dst, margin []float64) {
	top := margin[0]
	for _, m := range margin {
		top = max(top, m)
	}
	total := 0.0
	for k, m := range margin {
		dst[k] = 1
		if m != top {
			dst[k] = math.Exp(m - top)
		}
		total += dst[k]
	}
	for k := range dst {
		dst[k] /= total
	}
}

// classLoss is -ln P(class y). Where y is likely, it is not the difference of larger numbers.
func classLoss(margin []float64, y int) float64 {
	others := 0.0 // over P(y)
	for k, m := range margin {
		if k != y {
			others += math.Exp(m - margin[y])
		}
	}
	if others < 1 {
		return math.Log1p(others)
	}
	return logSumExp(margin) - margin[y]
}

func logSumExp(margin []float64) float64 {
	top := margin[0]
	for _, m := range margin {
		top = max(top, m)
	}
	total := 0.0
	for _, m := range margin {
		if m == top {
			total++
			continue
		}
		total += math.Exp(m - top)
	}
	return top + math.Log(total)
}

// cumulativeLoss is -ln P(level y) for the margin m under ascending cuts.
func cumulativeLoss(y int, m float64, cuts []float64) float64 {
	switch {
	case y == 0:
		return LogisticLoss(cuts[0] - m)
	case y == len(cuts):
		return LogisticLoss(m - cuts[y-1])
	}
	// σ(a) - σ(b) = σ(a) σ(-b) (1 - exp(b - a)) for a > b.
	a, b := cuts[y]-m, cuts[y-1]-m
	return LogisticLoss(a) + LogisticLoss(-b) - math.Log(-math.Expm1(b-a))
}
