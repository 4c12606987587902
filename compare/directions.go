package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
)

// Halving is the weights of the probes of two targets trained on disjoint halves
// of the groups: of [target][half], in columns that are standardised alike.
type Halving [2][2][]float64

// Directions are what a cosine of the probes of two targets is estimated from.
// All weights are in columns that are standardised alike.
type Directions struct {
	// Pairs are the weights of both targets' probes trained on the same rows,
	// such as the training rows of every fold, by [target].
	Pairs [][2][]float64
	// Halvings are of random halves of the groups, 20 or so.
	Halvings []Halving
	// LeftOut, where there is any, are the same halvings without one block of
	// groups each: of every block, as many as Halvings. Intervals come from
	// these; without them there are none.
	LeftOut [][]Halving
	// Covariance is that of the columns, for the Mahalanobis cosine. Nil: there
	// is none. Margins less their mean, in place of weights, have the same cosine
	// without it, and may be of other rows in every pair and halving. They should
	// be of rows that neither probe was trained on, and of the groups that are left
	// where a block is left out: on the rows that it learned from a probe gives the
	// labels back, and rows that stay the same make the interval too narrow.
	Covariance mat.Symmetric
}

// Cosine is a·b / √(a·a b·b). With a covariance S products are aᵀSb, and the
// cosine is the correlation of the two probes' margins (Mahalanobis). It is NaN
// where a direction has no length.
func Cosine(a, b []float64, covariance mat.Symmetric) float64 {
	product := func(a, b []float64) float64 {
		if covariance == nil {
			return floats.Dot(a, b)
		}
		return mat.Inner(mat.NewVecDense(len(a), a), covariance, mat.NewVecDense(len(b), b))
	}
	length := math.Sqrt(product(a, a) * product(b, b))
	if !(length > 0) {
		return math.NaN()
	}
	return min(1, max(-1, product(a, b)/length))
}

// lowestReliability is that below which a cosine is not corrected.
const lowestReliability = 0.2

// Agreement is how directions of two targets agree over halvings.
type Agreement struct {
	// Between is the mean cosine of the two targets' directions, each from
	// another half, and Within that of one target's directions from the two
	// halves: its floor.
	Between float64
	Within  [2]float64
}

// Agree is the mean of the cosines over halvings.
func Agree(halvings []Halving, covariance mat.Symmetric) Agreement {
	var a Agreement
	n := float64(len(halvings))
	for _, h := range halvings {
		a.Between += (Cosine(h[0][0], h[1][1], covariance) + Cosine(h[0][1], h[1][0], covariance)) / 2 / n
		for k := range a.Within {
			a.Within[k] += Cosine(h[k][0], h[k][1], covariance) / n
		}
	}
	return a
}

// Corrected is the cosine without the noise of the directions: Between over the
// root of the product of the floors (Spearman 1904, Am. J. Psychol. 15:72). Both
// are of directions from disjoint halves, so that rows which both targets'
// directions learned from do not make them alike. There is no number where a
// floor is below 0.2. names are those of the targets.
func (a Agreement) Corrected(names [2]string) (x float64, reason string) {
	for k, r := range a.Within {
		if !(r >= lowestReliability) {
			return 0, fmt.Sprintf("directions of %s from disjoint halves of the groups have a cosine of %.2f, below %v: they are not determined", names[k], r, lowestReliability)
		}
	}
	x = a.Between / math.Sqrt(a.Within[0]*a.Within[1])
	if math.IsNaN(x) {
		return 0, noLength
	}
	return x, ""
}

// ExpectedCosine is the cosine that a correlation phi of two labels brings where
// the states hold each label on a direction of its own, orthogonal to the other
// and equally strong, and directions are differences of means: 2 phi / (1 +
// phi²).
func ExpectedCosine(phi float64) float64 { return 2 * phi / (1 + phi*phi) }

func (d *Directions) check() error {
	// The width is that of the covariance, else of the pair or the halving.
	fixed, width := 0, 0
	if d.Covariance != nil {
		fixed = d.Covariance.SymmetricDim()
	}
	check := func(name string, w []float64) error {
		if width == 0 {
			width = max(1, len(w))
		}
		if len(w) != width {
			return fmt.Errorf("%s: found %d weights, expected %d, one for each column", name, len(w), width)
		}
		for j, x := range w {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("%s: column %d: found %v, expected a finite weight", name, j, x)
			}
		}
		return nil
	}
	halving := func(name string, h Halving) error {
		width = fixed
		for target := range h {
			for half, w := range h[target] {
				if err := check(fmt.Sprintf("%s, target %d, half %d", name, target, half), w); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for k, pair := range d.Pairs {
		width = fixed
		for target, w := range pair {
			if err := check(fmt.Sprintf("pair %d, target %d", k, target), w); err != nil {
				return err
			}
		}
	}
	for k, h := range d.Halvings {
		if err := halving(fmt.Sprintf("halving %d", k), h); err != nil {
			return err
		}
	}
	for block, halvings := range d.LeftOut {
		if len(halvings) != len(d.Halvings) {
			return fmt.Errorf("without block %d: found %d halvings, expected %d", block, len(halvings), len(d.Halvings))
		}
		for k, h := range halvings {
			if err := halving(fmt.Sprintf("without block %d, halving %d", block, k), h); err != nil {
				return err
			}
		}
	}
	if len(d.LeftOut) == 1 {
		return fmt.Errorf("found one block left out, expected none, or two or more")
	}
	return nil
}

// Cosines are what directions come to: small numbers that can be kept where the
// directions themselves are too large.
type Cosines struct {
	Plain Agreements
	// Mahalanobis is nil where it was not measured.
	Mahalanobis *Agreements
}

// Agreements are the cosines of directions in one metric.
type Agreements struct {
	// Same is the mean over Pairs pairs of probes trained on the same rows.
	Same  float64
	Pairs int
	// Whole is the agreement over Halvings halvings of the groups, LeftOut the
	// same without one block of groups each.
	Whole    Agreement
	Halvings int
	LeftOut  []Agreement
}

// Cosines measures the directions.
func (d *Directions) Cosines() (*Cosines, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("directions: %w", err)
	}
	c := &Cosines{Plain: d.agreements(nil)}
	if d.Covariance != nil {
		in := d.agreements(d.Covariance)
		c.Mahalanobis = &in
	}
	return c, nil
}

func (d *Directions) agreements(covariance mat.Symmetric) Agreements {
	a := Agreements{Pairs: len(d.Pairs), Halvings: len(d.Halvings), Whole: Agree(d.Halvings, covariance)}
	for _, p := range d.Pairs {
		a.Same += Cosine(p[0], p[1], covariance) / float64(len(d.Pairs))
	}
	for _, h := range d.LeftOut {
		a.LeftOut = append(a.LeftOut, Agree(h, covariance))
	}
	return a
}

// halved is a value of the halvings, whose interval needs those without a block of
// groups each.
func (a Agreements) halved(value float64, rows, groups int) estimate.Estimate {
	e := estimate.Estimate{Value: value, N: rows, Groups: groups, Method: fmt.Sprintf("mean of %d halvings", a.Halvings)}
	if len(a.LeftOut) == 0 {
		e.Warn(estimate.NoInterval, "no interval: directions were not trained anew without a part of the groups")
	}
	return e
}

// jackknifed gives a value of the halvings an interval from those without a
// block of groups each (Efron 1982, The Jackknife, the Bootstrap and Other
// Resampling Plans, chapter 3), with Student's quantile for as many blocks.
func (a Agreements) jackknifed(rows, groups int, level float64, of func(Agreement) (float64, string)) estimate.Estimate {
	value, reason := of(a.Whole)
	if reason != "" {
		return estimate.NotEstimable(rows, groups, reason)
	}
	e := a.halved(value, rows, groups)
	if len(a.LeftOut) == 0 {
		return e
	}
	var x []float64
	for _, left := range a.LeftOut {
		v, reason := of(left)
		if reason != "" {
			e.Warn(estimate.NoInterval, "no interval: without a block of groups, %s", reason)
			return e
		}
		x = append(x, v)
	}
	n := float64(len(x))
	_, sd := stat.PopMeanStdDev(x, nil)
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1+level)/2) * math.Sqrt(n-1) * sd
	e.Method += fmt.Sprintf(", jackknife over %d blocks of groups", len(x))
	if half == 0 {
		e.Warn(estimate.NoInterval, "no interval: the value is the same without any block of groups")
		return e
	}
	e.Interval = &estimate.Interval{Low: value - half, High: value + half, Level: level}
	return e
}

// corrected is the corrected cosine with its Fieller set, the errors of both its
// parts from the halvings without a block of groups each. A floor stands below
// the line and may be little more than its error, where the errors of the ratio
// itself, and a set of them around it, are far off. There is no number where the
// set is no interval.
func (a Agreements) corrected(rows, groups int, level float64, names [2]string) estimate.Estimate {
	value, reason := a.Whole.Corrected(names)
	if reason != "" {
		return estimate.NotEstimable(rows, groups, reason)
	}
	e := a.halved(value, rows, groups)
	if len(a.LeftOut) == 0 {
		return e
	}
	root := func(a Agreement) float64 { return math.Sqrt(a.Within[0] * a.Within[1]) }
	var between, floor []float64
	for _, left := range a.LeftOut {
		for k, r := range left.Within {
			if !(r > 0) {
				return estimate.NotEstimable(rows, groups, fmt.Sprintf("without a block of groups, directions of %s from disjoint halves of the others have a cosine of %.2f: they are not determined", names[k], r))
			}
		}
		between, floor = append(between, left.Between), append(floor, root(left))
	}
	n := float64(len(between))
	spread := func(x, y []float64) float64 { return (n - 1) * (n - 1) / n * stat.Covariance(x, y, nil) }
	m := moments{a: a.Whole.Between, b: root(a.Whole), aa: spread(between, between), ab: spread(between, floor), bb: spread(floor, floor), groups: len(between)}
	kind, low, high := m.fieller(level)
	switch {
	case kind != bounded:
		return estimate.NotEstimable(rows, groups, fmt.Sprintf("the floors of both directions, %.2f and %.2f, are too uncertain: their Fieller set is no interval", a.Whole.Within[0], a.Whole.Within[1]))
	case !(high-low > rounding):
		e.Warn(estimate.NoInterval, "no interval: the value is the same without any block of groups")
		return e
	}
	e.Method += fmt.Sprintf(", Fieller, errors from a jackknife over %d blocks of groups", len(between))
	e.Interval = &estimate.Interval{Low: min(low, value), High: max(high, value), Level: level}
	return e
}

// cosineQuantities define the cosines of directions of two things, such as
// targets, whose probes are trained on corresponding rows.
func cosineQuantities(thing, rows string) []Quantity {
	const spearman = "Spearman 1904, Am. J. Psychol. 15:72"
	var list []Quantity
	for _, c := range []struct{ prefix, title, of string }{
		{"", "Cosine", fmt.Sprintf("the weights of the two %ss' probes in standardised columns", thing)},
		{Mahalanobis, "Mahalanobis cosine", "the weights in the covariance of the columns, which is the correlation of the two probes' margins, on rows that neither was trained on"},
	} {
		list = append(list,
			Quantity{c.prefix + KeyCosine, c.title, "cosine of " + c.of + ", " + rows + "; the mean over folds", UnitCosine, "compare"},
			Quantity{c.prefix + KeyCosineFloor, c.title + ", floor", "the same cosine of probes of one " + thing + " trained on disjoint halves of the groups; the mean over halvings", UnitCosine, "compare"},
			Quantity{c.prefix + KeyCosineBetween, c.title + ", disjoint halves", "the same cosine of the two " + thing + "s' probes, each trained on the other half of the groups; the mean over halvings", UnitCosine, "compare"},
			Quantity{c.prefix + KeyCosineCorrected, c.title + ", corrected", "the cosine from disjoint halves over the root of the product of the two floors, with a Fieller set from a jackknife over blocks of groups; not estimable where a floor is below 0.2, or so uncertain that the set is no interval", UnitCosine, spearman},
		)
	}
	return list
}

// lines are the cosines of two directions of these names. line begins one that is
// about the directions k and l, and tells of how many rows and groups they are.
func (c *Cosines) lines(names [2]string, level float64, line func(k, l int, key string) (Line, int, int)) []Line {
	var lines []Line
	for _, metric := range []struct {
		prefix string
		in     *Agreements
	}{{"", &c.Plain}, {Mahalanobis, c.Mahalanobis}} {
		if metric.in == nil {
			continue
		}
		add := func(k, l int, key string, of func(rows, groups int) estimate.Estimate) {
			x, rows, groups := line(k, l, metric.prefix+key)
			x.Estimate = of(rows, groups)
			lines = append(lines, x)
		}
		if n := metric.in.Pairs; n > 0 {
			add(0, 1, KeyCosine, func(rows, groups int) estimate.Estimate {
				if math.IsNaN(metric.in.Same) {
					return estimate.NotEstimable(rows, groups, noLength)
				}
				e := estimate.Estimate{Value: metric.in.Same, N: rows, Groups: groups, Method: fmt.Sprintf("mean of %d pairs of probes", n)}
				e.Warn(estimate.NoInterval, "no interval: it is that of these directions")
				return e
			})
		}
		if metric.in.Halvings == 0 {
			continue
		}
		mean := func(of func(Agreement) float64) func(rows, groups int) estimate.Estimate {
			return func(rows, groups int) estimate.Estimate {
				return metric.in.jackknifed(rows, groups, level, func(a Agreement) (float64, string) {
					x := of(a)
					if math.IsNaN(x) {
						return 0, noLength
					}
					return x, ""
				})
			}
		}
		for k := range names {
			add(k, k, KeyCosineFloor, mean(func(a Agreement) float64 { return a.Within[k] }))
		}
		add(0, 1, KeyCosineBetween, mean(func(a Agreement) float64 { return a.Between }))
		add(0, 1, KeyCosineCorrected, func(rows, groups int) estimate.Estimate { return metric.in.corrected(rows, groups, level, names) })
	}
	return lines
}

const noLength = "a direction has no length"
