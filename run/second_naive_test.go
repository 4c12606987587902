package run_test

import (
	"math"
	"slices"
)

// Slow code that can be seen to be right: what a run prints, from its
// definitions.

// naiveFit gives P(label = 1) of every row, by the minimum of
//
//	1/2 wᵀw + C Σ log(1 + exp(-s (wᵀz + b)))
//
// over the training rows, by Newton's method with exact steps.
func naiveFit(x [][]float64, y []int, train []bool, C float64) []float64 {
	z := naiveStandardised(x, train)
	d := len(z[0]) // the last column is the intercept's
	w := make([]float64, d)
	objective := func(w []float64) float64 {
		f := 0.0
		for j := range d - 1 {
			f += w[j] * w[j] / 2
		}
		for i := range z {
			if train[i] {
				f += C * math.Log1p(math.Exp(-float64(2*y[i]-1)*naiveDot(w, z[i])))
			}
		}
		return f
	}
	for range 100 {
		gradient, hessian := make([]float64, d), make([][]float64, d)
		for j := range d {
			hessian[j] = make([]float64, d)
			if j < d-1 {
				gradient[j], hessian[j][j] = w[j], 1
			}
		}
		for i := range z {
			if !train[i] {
				continue
			}
			p := naiveSigmoid(naiveDot(w, z[i]))
			for j := range d {
				gradient[j] += C * (p - float64(y[i])) * z[i][j]
				for k := range d {
					hessian[j][k] += C * p * (1 - p) * z[i][j] * z[i][k]
				}
			}
		}
		step := naiveSolve(hessian, gradient)
		before, length := objective(w), 1.0
		next := make([]float64, d)
		for {
			for j := range d {
				next[j] = w[j] - length*step[j]
			}
			if length < 1e-6 || objective(next) <= before {
				break
			}
			length /= 2
		}
		w = next
		if naiveDot(step, step) < 1e-22 {
			break
		}
	}
	p := make([]float64, len(z))
	for i := range z {
		p[i] = naiveSigmoid(naiveDot(w, z[i]))
	}
	return p
}

// naiveMassMean projects on the difference of the means of the two labels, all
// columns standardised, and fits one weight and an intercept.
func naiveMassMean(x [][]float64, y []int, train []bool, C float64) []float64 {
	z := naiveStandardised(x, train)
	d := len(x[0])
	var mean [2][]float64
	for label := range mean {
		mean[label] = make([]float64, d)
		n := 0.0
		for i := range z {
			if train[i] && y[i] == label {
				n++
				for j := range d {
					mean[label][j] += z[i][j]
				}
			}
		}
		for j := range d {
			mean[label][j] /= n
		}
	}
	line := make([][]float64, len(z))
	for i := range z {
		line[i] = []float64{naiveDot(mean[1], z[i]) - naiveDot(mean[0], z[i])}
	}
	return naiveFit(line, y, train, C)
}

// naiveStandardised subtracts the mean of the training rows and divides by their
// standard deviation, column by column, and adds a column of ones.
func naiveStandardised(x [][]float64, train []bool) [][]float64 {
	d := len(x[0])
	z := make([][]float64, len(x))
	for i := range z {
		z[i] = make([]float64, d+1)
		z[i][d] = 1
	}
	for j := range d {
		var n, mean, variance float64
		for i := range x {
			if train[i] {
				n++
				mean += x[i][j]
			}
		}
		mean /= n
		for i := range x {
			if train[i] {
				variance += (x[i][j] - mean) * (x[i][j] - mean) / n
			}
		}
		for i := range x {
			z[i][j] = (x[i][j] - mean) / math.Sqrt(variance)
		}
	}
	return z
}

func naiveSigmoid(m float64) float64 { return 1 / (1 + math.Exp(-m)) }

func naiveDot(a, b []float64) float64 {
	sum := 0.0
	for j := range a {
		sum += a[j] * b[j]
	}
	return sum
}

// naiveSolve solves a·x = b for a positive definite a, by elimination.
func naiveSolve(a [][]float64, b []float64) []float64 {
	d := len(b)
	m := make([][]float64, d)
	for i := range d {
		m[i] = append(append([]float64{}, a[i]...), b[i])
	}
	for i := range d {
		for k := i + 1; k < d; k++ {
			f := m[k][i] / m[i][i]
			for j := i; j <= d; j++ {
				m[k][j] -= f * m[i][j]
			}
		}
	}
	x := make([]float64, d)
	for i := d - 1; i >= 0; i-- {
		x[i] = m[i][d]
		for j := i + 1; j < d; j++ {
			x[i] -= m[i][j] * x[j]
		}
		x[i] /= m[i][i]
	}
	return x
}

// naiveAUROC compares every row of label 1 with every row of label 0.
func naiveAUROC(y []int, score []float64) float64 {
	var won, pairs float64
	for i := range y {
		for j := range y {
			if y[i] != 1 || y[j] != 0 {
				continue
			}
			pairs++
			if score[i] > score[j] {
				won++
			} else if score[i] == score[j] {
				won += 0.5
			}
		}
	}
	return won / pairs
}

func naiveMetrics(y []int, p []float64) secondMetrics {
	m := secondMetrics{auroc: naiveAUROC(y, p)}
	for i := range y {
		ofLabel, predicted := p[i], 0
		if y[i] == 0 {
			ofLabel = 1 - p[i]
		}
		if p[i] > 0.5 {
			predicted = 1
		}
		if predicted == y[i] {
			m.accuracy += 1 / float64(len(y))
		}
		m.logLoss -= math.Log(ofLabel) / float64(len(y))
	}
	return m
}

func (m secondMetrics) less(n secondMetrics) secondMetrics {
	return secondMetrics{m.auroc - n.auroc, m.accuracy - n.accuracy, m.logLoss - n.logLoss}
}

func (m secondMetrics) equals(n secondMetrics) bool {
	d := m.less(n)
	return math.Abs(d.auroc) < 1e-9 && math.Abs(d.accuracy) < 1e-9 && math.Abs(d.logLoss) < 1e-6
}

// naiveCurve is one matrix under the plan.
type naiveCurve struct {
	C, loss []float64   // of every unit
	score   [][]float64 // of every repeat and row
	all     [][]float64 // of every unit and row, where that was asked for
}

// naiveValidate chooses C of every unit by the mean log loss over its inner
// folds, and scores its test rows.
func naiveValidate(x [][]float64, y []int, units []secondUnit, innerFolds, repeats int, grid []float64) naiveCurve {
	return naiveValidateOn(x, y, slices.Repeat([]bool{true}, len(y)), units, innerFolds, repeats, grid)
}

// naiveValidateOn trains and chooses on some of the rows and scores all.
func naiveValidateOn(x [][]float64, y []int, only []bool, units []secondUnit, innerFolds, repeats int, grid []float64) naiveCurve {
	fit := func(train []bool, C float64) []float64 { return naiveFit(x, y, train, C) }
	return naiveValidateBy(fit, y, only, units, innerFolds, repeats, grid)
}

// naiveValidateBy takes P(label = 1) of every row from fit.
func naiveValidateBy(fit func(train []bool, C float64) []float64, y []int, only []bool, units []secondUnit, innerFolds, repeats int, grid []float64) naiveCurve {
	c := naiveCurve{score: make([][]float64, repeats)}
	for r := range repeats {
		c.score[r] = make([]float64, len(y))
	}
	for _, u := range units {
		bestC, bestLoss := 0.0, math.Inf(1)
		for _, C := range grid {
			var loss, n float64
			for f := range innerFolds {
				train := make([]bool, len(y))
				for i := range y {
					train[i] = only[i] && !u.test[i] && u.inner[i] != f
				}
				p := fit(train, C)
				for i := range y {
					if only[i] && !u.test[i] && u.inner[i] == f {
						n++
						if y[i] == 1 {
							loss -= math.Log(p[i])
						} else {
							loss -= math.Log(1 - p[i])
						}
					}
				}
			}
			if loss/n < bestLoss {
				bestC, bestLoss = C, loss/n
			}
		}
		train := make([]bool, len(y))
		for i := range y {
			train[i] = only[i] && !u.test[i]
		}
		p := fit(train, bestC)
		for i := range y {
			if u.test[i] {
				c.score[u.repeat][i] = p[i]
			}
		}
		c.all = append(c.all, p)
		c.C, c.loss = append(c.C, bestC), append(c.loss, bestLoss)
	}
	return c
}

// naiveChoice gives, for every unit, the curve with the smallest inner loss, and
// the scores of the chosen ones.
func naiveChoice(curves []naiveCurve, units []secondUnit) (chosen []int, score [][]float64) {
	score = make([][]float64, len(curves[0].score))
	for r := range score {
		score[r] = make([]float64, len(curves[0].score[r]))
	}
	for i, u := range units {
		best := 0
		for k := range curves {
			if curves[k].loss[i] < curves[best].loss[i] {
				best = k
			}
		}
		chosen = append(chosen, best)
		for row := range u.test {
			if u.test[row] {
				score[u.repeat][row] = curves[best].score[u.repeat][row]
			}
		}
	}
	return chosen, score
}

// naiveMean is the mean over the repeats.
func naiveMean(score [][]float64) []float64 {
	mean := make([]float64, len(score[0]))
	for i := range mean {
		for r := range score {
			mean[i] += score[r][i]
		}
		mean[i] /= float64(len(score))
	}
	return mean
}

// naiveShare scores a row by the training rows of its class: the share of label
// 1, with one row of each label added.
func naiveShare(y, class []int, units []secondUnit, repeats int) []float64 {
	score := make([][]float64, repeats)
	for r := range repeats {
		score[r] = make([]float64, len(y))
	}
	for _, u := range units {
		for i := range y {
			if !u.test[i] {
				continue
			}
			ones, all := 1.0, 2.0
			for j := range y {
				if !u.test[j] && class[j] == class[i] {
					all++
					ones += float64(y[j])
				}
			}
			score[u.repeat][i] = ones / all
		}
	}
	return naiveMean(score)
}
