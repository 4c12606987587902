package metric

import (
	"tell/estimate"
	"tell/target"
)

// meanOver is the weighted mean of one number for each row.
func meanOver(x []float64) statistic {
	return func(w []float64) estimate.Value { return Mean(x, w) }
}

// Mean is the mean of x at the weights w.
func Mean(x, w []float64) estimate.Value {
	var total, weight float64
	for i, v := range x {
		total += w[i] * v
		weight += w[i]
	}
	if weight == 0 {
		return estimate.Value{Reason: "no rows"}
	}
	return estimate.Value{X: total / weight}
}

// Predict is the label predicted from a probability of label 1: 1 above 1/2.
func Predict(p float64) int {
	if p > 0.5 {
		return 1
	}
	return 0
}

// Right is 1 for every row whose label is predicted, else 0. Labels are 0 or 1,
// and p is P(Y=1).
func Right(y, p []float64) []float64 {
	r := make([]float64, len(y))
	for i := range y {
		if float64(Predict(p[i])) == y[i] {
			r[i] = 1
		}
	}
	return r
}

// oneClass says what is missing if one of the labels has no weight.
func oneClass(zero, one float64) string {
	switch {
	case zero+one == 0:
		return "no rows"
	case zero == 0:
		return "every row has label 1"
	case one == 0:
		return "every row has label 0"
	}
	return ""
}

var binaryOnly = []target.Kind{target.KindBinary}
