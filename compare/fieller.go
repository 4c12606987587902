package compare

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
)

// A moments holds two means with the variances and covariance of their errors.
type moments struct {
	a, b        float64
	aa, ab, bb  float64
	groups      int
	fromDraws   bool
	unestimable string
}

// meanMoments are those of the means of two columns. Rows of a group are one
// observation: with single rows the variances are s²/n.
func meanMoments(x, y []float64, group []int) moments {
	n := float64(len(x))
	sumX, size := groupSums(x, group)
	sumY, _ := groupSums(y, group)
	m := moments{groups: len(size)}
	for k := range size {
		m.a += sumX[k] / n
		m.b += sumY[k] / n
	}
	for k := range size {
		u, v := sumX[k]-size[k]*m.a, sumY[k]-size[k]*m.b
		m.aa += u * u
		m.ab += u * v
		m.bb += v * v
	}
	g := float64(len(size))
	scale := g / (g - 1) / (n * n)
	m.aa, m.ab, m.bb = m.aa*scale, m.ab*scale, m.bb*scale
	return m
}

// drawnMoments takes the variances from the draws of a bootstrap, for two
// statistics of any form.
func drawnMoments(b estimate.Bootstrap, group []int, at func(w []float64) (x, y estimate.Value)) moments {
	m := moments{groups: countGroups(group), fromDraws: true}
	x, y := at(ones(len(group)))
	m.a, m.b = x.X, y.X
	if m.unestimable = x.Reason + y.Reason; m.unestimable != "" {
		return m
	}
	draws := b.Draws
	if draws == 0 {
		draws = 2000
	}
	code, groups := renumber(group)
	var xs, ys []float64
	w, times := make([]float64, len(group)), make([]float64, groups)
	for k := range draws {
		rng := rand.New(estimate.Source(b.Seed, uint64(k)))
		clear(times)
		for range times {
			times[rng.IntN(groups)]++
		}
		for i, g := range code {
			w[i] = times[g]
		}
		if x, y := at(w); x.Reason+y.Reason == "" {
			xs, ys = append(xs, x.X), append(ys, y.X)
		}
	}
	if 2*len(xs) < draws || len(xs) < 2 {
		m.unestimable = fmt.Sprintf("%d of %d bootstrap draws gave no value", draws-len(xs), draws)
		return m
	}
	g := float64(m.groups)
	scale := g / (g - 1)
	m.aa, m.ab, m.bb = scale*stat.Variance(xs, nil), scale*stat.Covariance(xs, ys, nil), scale*stat.Variance(ys, nil)
	return m
}

// renumber renames groups to 0 and on, in order of appearance.
func renumber(group []int) (code []int, n int) {
	at := make(map[int]int)
	for _, g := range group {
		if _, ok := at[g]; !ok {
			at[g] = len(at)
		}
		code = append(code, at[g])
	}
	return code, len(at)
}

// A ratioSet is what a confidence set of a ratio may be.
type ratioSet int

const (
	bounded    ratioSet = iota // from low to high
	complement                 // all up to low, and all from high on
	unbounded                  // every number
)

// fieller is the confidence set of a/b (Fieller 1954, J. R. Statist. Soc. B
// 16:175): the ratios r for which a - r b is less than t standard errors from 0.
// It is bounded where b is more than t standard errors from 0.
func (m moments) fieller(level float64) (kind ratioSet, low, high float64) {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(m.groups - 1)}.Quantile((1 + level) / 2)
	// p r² - 2 q r + c <= 0
	p, q, c := m.b*m.b-t*t*m.bb, m.a*m.b-t*t*m.ab, m.a*m.a-t*t*m.aa
	root := math.Sqrt(max(0, q*q-p*c))
	switch {
	case p > 0:
		return bounded, (q - root) / p, (q + root) / p
	case p < 0 && q*q > p*c:
		return complement, (q + root) / p, (q - root) / p
	}
	return unbounded, 0, 0
}

// share is 1 - a/b with its Fieller set: that of a fall, not estimable where b is
// not seen to be one, because its interval holds 0 or lies below it.
func (m moments) share(level float64, n int, b estimate.Estimate) estimate.Estimate {
	switch {
	case m.unestimable != "":
		return estimate.NotEstimable(n, m.groups, m.unestimable)
	case !b.OK():
		return estimate.NotEstimable(n, m.groups, b.Reason)
	case m.groups < 2:
		return estimate.NotEstimable(n, m.groups, "all rows are in one group")
	}
	kind, low, high := m.fieller(level)
	low, high = 1-high, 1-low
	e := estimate.Estimate{Value: 1 - m.a/m.b, N: n, Groups: m.groups, Method: "Fieller, errors by group"}
	if m.fromDraws {
		e.Method = "Fieller, errors from cluster bootstrap draws"
	}
	percent := fmt.Sprintf("%.4g%%", 100*level)
	var code, set string
	switch kind {
	case bounded:
		e.Interval = &estimate.Interval{Low: low, High: high, Level: level}
	case complement:
		code = FiellerComplement
		set = fmt.Sprintf("the %s Fieller set is every share up to %.3f and every share from %.3f on", percent, low, high)
	default:
		code = FiellerLine
		set = fmt.Sprintf("the %s Fieller set is every number", percent)
	}
	switch in := b.Interval; {
	case in == nil:
		e = estimate.NotEstimable(n, m.groups, fmt.Sprintf("the fall of the behaviour's accuracy, %.3f, has no interval", b.Value))
	case in.High < 0:
		return estimate.NotEstimable(n, m.groups, fmt.Sprintf("the behaviour's accuracy rises, by %.3f (%.3f to %.3f): there is no fall that a share could be of", -b.Value, -in.High, -in.Low))
	case in.Low <= 0:
		e = estimate.NotEstimable(n, m.groups, fmt.Sprintf("the interval of the fall of the behaviour's accuracy, %.3f to %.3f, holds 0", in.Low, in.High))
	}
	if code != "" {
		e.Warn(code, "%s", set)
	}
	return e
}
