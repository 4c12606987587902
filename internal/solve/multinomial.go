package solve

import (
	"context"
	"fmt"
	"math"

	"tell/target"
)

// Multinomial trains L2-penalised multinomial logistic regressions with unpenalised
// intercepts, a direction for each class. It minimises scikit-learn's objective
//
//	f(W, b) = 1/2 |W|² + C Σ v (log Σ_k exp(w_kᵀz + b_k) - w_yᵀz - b_y)
//
// over standardised rows z, with v the row's weight, as in [Logistic]. Intercepts sum
// to 0.
type Multinomial struct {
	// Tol, MaxIter and Raw are those of Logistic. Probes stop at a tenth of Tol: at the
	// whole of it, some probabilities of rows outside training are 2e-4 off.
	Tol     float64
	MaxIter int
	Raw     bool
	// Levels is the number of classes.
	Levels int
}

var multinomialFamily = definition{
	name: "multinomial", kinds: []target.Kind{target.KindClass},
	make:  func(_ target.Kind, o Options) Family { return Multinomial{Tol: o.Tol, Raw: o.Raw, Levels: o.Levels} },
	bytes: softmaxBytes,
}

// Fit implements Family.
func (m Multinomial) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	tol := Logistic{Tol: m.Tol}.tol() / 10
	return glm{Logistic{Tol: tol, MaxIter: m.MaxIter, Raw: m.Raw}, softmaxLoss{m.Levels}}.Fit(ctx, x, splits, targets, C, visit)
}

// checkLevels reports values that are no levels, and splits that do not train on one
// of them.
func checkLevels(n int, splits []Split, targets [][]float64, C []float64, levels int) error {
	if levels < 2 {
		return fmt.Errorf("found %d levels, expected at least 2", levels)
	}
	err := checkValues(n, targets, C, func(v float64) string {
		if !(v >= 0 && v < float64(levels)) || v != math.Trunc(v) {
			return fmt.Sprintf("the number of a level, 0 to %d", levels-1)
		}
		return ""
	})
	if err != nil {
		return err
	}
	return checkSplits(n, splits, targets, func(s Split, y []float64) error {
		rows, all := make([]int, levels), 0
		for i := range s.Train {
			if s.in(i) {
				rows[int(y[i])]++
				all++
			}
		}
		for k, c := range rows {
			if c == 0 {
				return fmt.Errorf("found level %d on none of %d training rows, expected every level", k, all)
			}
		}
		return nil
	})
}

// softmaxLoss is the likelihood of a class.
type softmaxLoss struct{ levels int }

func (l softmaxLoss) check(n int, splits []Split, targets [][]float64, C []float64) error {
	return checkLevels(n, splits, targets, C, l.levels)
}

func (l softmaxLoss) outputs() int { return l.levels }

func (l softmaxLoss) start(d rowsOfOne) []float64 {
	b := make([]float64, l.levels)
	for i, row := range d.row {
		b[int(d.y[row])] += d.weight[i]
	}
	mean := 0.0
	for k := range b {
		b[k] = math.Log(b[k])
		mean += b[k] / float64(l.levels)
	}
	for k := range b {
		b[k] -= mean
	}
	return b
}

func (l softmaxLoss) value(d rowsOfOne, margin, b []float64) float64 {
	m := make([]float64, l.levels)
	total := 0.0
	for i, row := range d.row {
		for k := range m {
			m[k] = margin[k*d.n+row] + b[k]
		}
		total += d.weight[i] * classLoss(m, int(d.y[row]))
	}
	return total
}

func (l softmaxLoss) expand(d rowsOfOne, margin, b, r, diagonal []float64, c *curvature) {
	q := l.levels
	c.probability = grow(c.probability, len(d.row)*q)
	clear(c.gradient)
	clear(c.hessian)
	m := make([]float64, q)
	for i, row := range d.row {
		for k := range m {
			m[k] = margin[k*d.n+row] + b[k]
		}
		p := c.probability[i*q : (i+1)*q]
		softmax(p, m)
		v, y := d.weight[i], int(d.y[row])
		others := 0.0 // 1 - p[y], with all its digits
		for k, x := range p {
			if k != y {
				others += x
			}
		}
		for k, x := range p {
			rest := v * x
			if k == y {
				rest = -v * others
			}
			r[k*d.n+row] = rest
			diagonal[k*d.n+row] = v * x * (1 - x)
			c.gradient[k] += rest
			for j := k; j < q; j++ {
				c.hessian[k*q+j] -= v * x * p[j]
			}
			c.hessian[k*q+k] += v * x
		}
	}
}

func (l softmaxLoss) bend(d rowsOfOne, c *curvature, image, by []float64) {
	q := l.levels
	clear(by)
	for i, row := range d.row {
		p := c.probability[i*q : (i+1)*q]
		mean := 0.0
		for k, x := range p {
			mean += x * image[k*d.n+row]
		}
		v := d.weight[i]
		for k, x := range p {
			bent := v * x * (image[k*d.n+row] - mean)
			image[k*d.n+row] = bent
			by[k] += bent
		}
	}
}

func (l softmaxLoss) unbend(d rowsOfOne, c *curvature, step, rows []float64) {
	q := l.levels
	for i, row := range d.row {
		p := c.probability[i*q : (i+1)*q]
		mean := 0.0
		for k, x := range p {
			mean += x * step[k]
		}
		for k, x := range p {
			rows[k*d.n+row] += d.weight[i] * x * (step[k] - mean)
		}
	}
}

func (l softmaxLoss) finish(f *Fit, intercepts []float64) {
	mean, n := sum(intercepts)/float64(l.levels), len(f.Margin)/l.levels
	for k, b := range intercepts {
		b -= mean
		f.Intercepts[k] += b
		for i := range n {
			f.Margin[k*n+i] += b
		}
	}
}
