package hidden

import (
	"math"

	"tell/folds"
)

// columns are the numbers of a predictor, column by column, on every row of a
// unit: inner scores on its training rows, scores on its test rows.
func (p Predictor) columns(k int, u folds.Unit) [][]float64 {
	n := len(u.Test)
	value := make([]float64, n)
	lost := make([]float64, n)
	var sum, count float64
	some := false
	for i, test := range u.Test {
		value[i] = p.Inner[k][i]
		if test {
			value[i] = p.Score[u.Repeat][i]
		}
		switch {
		case math.IsNaN(value[i]):
			lost[i], some = 1, true
		case !test:
			sum += value[i]
			count++
		}
	}
	var columns [][]float64
	if p.Levels == nil {
		for i := range value {
			if lost[i] == 1 {
				value[i] = sum / max(1, count)
			}
		}
		columns = append(columns, value)
	}
	first := 0
	if len(p.Levels) == 2 {
		first = 1
	}
	for level := first; level < len(p.Levels); level++ {
		is := make([]float64, n)
		for i, v := range value {
			if v == float64(level) {
				is[i] = 1
			}
		}
		columns = append(columns, is)
	}
	if some {
		columns = append(columns, lost)
	}
	return columns
}

// Logits turns probabilities into logits, as a probe's scores are given to
// [Measure]. They are held 2.2e-16 away from 0 and 1.
func Logits(p [][]float64) [][]float64 {
	const epsilon = 0x1p-52
	logit := make([][]float64, len(p))
	for r, row := range p {
		logit[r] = make([]float64, len(row))
		for i, x := range row {
			if x == x {
				x = min(max(x, epsilon), 1-epsilon)
			}
			logit[r][i] = math.Log(x) - math.Log1p(-x)
		}
	}
	return logit
}
