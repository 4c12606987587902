package hidden

import (
	"math"

	"tell/folds"
	"tell/target"
)

// columns are the numbers of a predictor, column by column, on every row of a
// unit: inner scores on its training rows, scores on its test rows. Logarithms of
// the probabilities of classes become one column of log-odds against the first class,
// class by class.
func (p Predictor) columns(k int, u folds.Unit) [][]float64 {
	n := len(u.Test)
	width := len(p.Inner[k]) / n
	at := func(i, class int) float64 {
		score := p.Inner[k]
		if u.Test[i] {
			score = p.Score[u.Repeat]
		}
		if width == 1 {
			return score[i]
		}
		return score[i*width+class+1] - score[i*width]
	}
	margins := max(1, width-1)
	value := make([]float64, n*margins)
	lost := make([]float64, n)
	some := false
	for a := range margins {
		of := value[a*n : (a+1)*n]
		var sum, count float64
		for i, test := range u.Test {
			of[i] = at(i, a)
			switch {
			case math.IsNaN(of[i]):
				lost[i], some = 1, true
			case !test:
				sum += of[i]
				count++
			}
		}
		if p.Levels != nil {
			continue
		}
		for i, x := range of {
			if math.IsNaN(x) {
				of[i] = sum / max(1, count)
			}
		}
	}
	var columns [][]float64
	if p.Levels == nil {
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

// Scores turns probabilities into what a model of the first level gives to
// [Measure]: of labels 0 and 1 logits, as [Logits] does; of classes the logarithm of
// each one's probability; of ordered levels the mean over the boundaries between
// them of the log-odds of lying above, which is the margin of a cumulative logit up
// to a constant. NaN stays what it is.
func Scores(y target.Column, p [][]float64) [][]float64 {
	k := len(y.Levels)
	switch y.Kind {
	case target.KindClass:
		return each(p, 1, func(p []float64) float64 { return math.Log(bounded(p[0])) })
	case target.KindOrdinal:
		return each(p, k, func(p []float64) float64 {
			var mean float64
			for cut := 1; cut < k; cut++ {
				mean += (math.Log(bounded(sum(p[cut:]))) - math.Log(bounded(sum(p[:cut])))) / float64(k-1)
			}
			return mean
		})
	}
	return Logits(p)
}

// each is a number for every k numbers of the rows.
func each(p [][]float64, k int, number func([]float64) float64) [][]float64 {
	out := make([][]float64, len(p))
	for r, row := range p {
		for i := 0; i+k <= len(row); i += k {
			out[r] = append(out[r], number(row[i:i+k]))
		}
	}
	return out
}

// bounded keeps a probability where it has a logarithm; NaN stays what it is.
func bounded(p float64) float64 { return max(p, 0x1p-52) }

func sum(p []float64) float64 {
	var total float64
	for _, x := range p {
		total += x
	}
	return total
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
