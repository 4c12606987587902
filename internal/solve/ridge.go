package solve

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tell/target"
)

// Ridge trains least squares with an L2 penalty and an unpenalised intercept. For
// standardised training rows z it minimises
//
//	f(w, b) = 1/2 wᵀw + C Σ v (y - wᵀz - b)²
//
// which is scikit-learn's objective Σ v (y - wᵀz - b)² + alpha wᵀw, times C, with
// alpha = 1/(2C). v is the row's weight, as in [Logistic].
//
// As a classifier it regresses labels of -2 and 2: the margin is then twice that of
// scikit-learn's RidgeClassifier, so that 1/(1+exp(-margin)) has the value and
// the slope of the regression's own probability where that is 1/2.
//
// All targets and all C of a split share one product of its rows and one reduction of
// it, so that 200 permutations of a target cost little more than the target.
type Ridge struct {
	// Tol is the relative excess of the objective above which a probe counts as
	// not converged. Zero means 1e-8.
	Tol float64
	// Raw leaves the columns as they are instead of standardising them.
	Raw bool
	// Kind is the kind of target: binary, or a number.
	Kind target.Kind

	outside bool // margins of rows outside training alone
}

var ridgeFamily = definition{
	name: "ridge", kinds: []target.Kind{target.KindNumber, target.KindBinary},
	make: func(kind target.Kind, o Options) Family { return Ridge{Tol: o.Tol, Raw: o.Raw, Kind: kind} },
	grid: powers(-7, 2), bytes: squaresBytes,
}

func (r Ridge) forPermutations() Family {
	r.outside = true
	return r
}

// powers are ten numbers from 10^low to 10^high, evenly spaced in the logarithm.
func powers(low, high float64) []float64 {
	C := make([]float64, 10)
	for i := range C {
		C[i] = math.Pow(10, low+(high-low)*float64(i)/9)
	}
	return C
}

// rowsShared is how many rows there must be for every target and C, for products by the rows
// themselves to be less work than the products of all rows with one another.
const rowsShared = 64

// Fit implements Family.
func (r Ridge) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	n, d := x.Dims()
	if err := r.check(n, splits, targets, C); err != nil {
		return err
	}
	grid := slices.Sorted(slices.Values(C))
	measure := standardise
	if r.Raw {
		measure = centre
	}
	measured, unit := splits, 0
	together := !r.outside && suitsJoint(splits, n, d, len(targets)*len(grid))
	switch {
	case r.outside: // and all rows, last
		measured = append(slices.Clip(splits), allRows(n))
	case together:
		measured, unit = withUnion(splits, n)
	}
	sc, err := measure(x, measured)
	if err != nil {
		return err
	}
	op := operator{x: x, n: n, d: d, scale: sc}
	if r.outside && !weighted(splits) {
		if done, err := r.smooth(ctx, op, splits, targets, grid, visit); done || err != nil {
			return err
		}
	}
	left := make([]int, len(splits))
	for i := range left {
		left[i] = i
	}
	if together {
		j, err := newJoint(op, splits, unit)
		if err != nil {
			return err
		}
		if j != nil {
			if left, err = r.fitJointly(j, splits, targets, grid, visit); err != nil {
				return err
			}
		}
	}
	return r.fitEach(ctx, op, splits, left, targets, grid, visit)
}

// fitEach trains some of the splits one after the other, or two side by side.
func (r Ridge) fitEach(ctx context.Context, op operator, splits []Split, which []int, targets [][]float64, grid []float64, visit func(*Fit)) error {
	var sh *shared
	if len(which) == len(splits) {
		var err error
		if sh, err = shareColumns(op, splits); err != nil {
			return err
		}
		if few := rowsShared*len(targets)*len(grid) <= op.n; sh == nil && !r.outside {
			if sh, err = shareRows(op, splits, few); err != nil {
				return err
			}
		}
	}
	spaces := make([]*squares, abreast(op.n))
	for i := range spaces {
		spaces[i] = spare.Get().(*squares)
		defer spaces[i].spare()
	}
	together := max(1, Together(op.n, op.d)/max(1, len(grid)))
	for i := 0; i < len(which); i += len(spaces) {
		batch := spaces[:min(len(spaces), len(which)-i)]
		err := eachAtOnce(batch, func(k int) error {
			return batch[k].take(op, which[i+k], splits[which[i+k]], sh)
		})
		if err != nil {
			return err
		}
		for lo := 0; lo < len(targets); lo += together {
			if err := ctx.Err(); err != nil {
				return err
			}
			fits := make([][]*Fit, len(batch))
			err := eachAtOnce(batch, func(k int) (err error) {
				fits[k], err = r.fit(batch[k], splits[which[i+k]], targets[lo:min(lo+together, len(targets))], grid)
				return err
			})
			if err != nil {
				return err
			}
			for _, f := range slices.Concat(fits...) {
				f.Target += lo
				visit(f)
			}
		}
	}
	return nil
}

// fitJointly trains all splits in one loop, and returns those that rounding left short.
func (r Ridge) fitJointly(j *joint, splits []Split, targets [][]float64, grid []float64, visit func(*Fit)) ([]int, error) {
	k, n, d := len(targets), j.op.n, j.op.d
	var y, mean, masked, squared []float64
	var of []int
	for i, s := range splits {
		values, means := r.centred(s, targets)
		y, mean = append(y, values...), append(mean, means...)
		for t := range k {
			own := slices.Clone(values[t*n : (t+1)*n])
			multiply(own, own, j.splits[i].trains)
			masked, squared, of = append(masked, own...), append(squared, dot(own, own)), append(of, i)
		}
	}
	b := make([]float64, len(of)*d)
	if err := j.op.backward(b, masked, of); err != nil {
		return nil, err
	}
	tol := r.tol()
	each := k * len(grid)
	enough := func(row int, a []float64) float64 {
		at := row/each*k + row%k
		return 1e-3 * tol * (squared[at] - dot(a, b[at*d:(at+1)*d]))
	}
	got, err := j.solve(b, k, alphasOf(grid), enough)
	if err != nil {
		return nil, err
	}
	var left []int
	for i, s := range splits {
		first, done := i*each, true
		for row := first; row < first+each; row++ {
			done = done && got.short[row] <= enough(row, got.a[row*d:(row+1)*d])
		}
		if !done {
			left = append(left, i)
			continue
		}
		for _, f := range r.fits(j.op, i, s, y[i*k*n:], mean[i*k:(i+1)*k], grid, got.a[first*d:], j.margins[first*n:], got.short[first:]) {
			visit(f)
		}
	}
	return left, nil
}

func (r Ridge) check(n int, splits []Split, targets [][]float64, C []float64) error {
	if r.Kind != target.KindNumber {
		return checkTasks(n, splits, targets, C)
	}
	err := checkValues(n, targets, C, func(v float64) string {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "a finite number"
		}
		return ""
	})
	if err != nil {
		return err
	}
	return checkSplits(n, splits, targets, differ)
}

// differ reports training rows that all have one number.
func differ(s Split, y []float64) error {
	first, rows := math.NaN(), 0
	for i := range s.Train {
		switch {
		case !s.in(i):
		case rows == 0:
			first, rows = y[i], 1
		case y[i] != first:
			return nil
		default:
			rows++
		}
	}
	if rows == 0 {
		return fmt.Errorf("found no training rows")
	}
	return fmt.Errorf("found the number %v on all %d training rows, expected different numbers", first, rows)
}

// centred returns the values of the targets less their means over the training rows, and
// these.
func (r Ridge) centred(split Split, targets [][]float64) (y, mean []float64) {
	n := len(split.Train)
	y, mean = make([]float64, len(targets)*n), make([]float64, len(targets))
	for t, values := range targets {
		to := y[t*n : (t+1)*n]
		var total, weight float64
		for row := range n {
			to[row] = values[row]
			if r.Kind != target.KindNumber {
				to[row] = 4*values[row] - 2
			}
			w := split.weight(row)
			total += w * to[row]
			weight += w
		}
		mean[t] = total / weight
		for row := range to {
			to[row] -= mean[t]
		}
	}
	return y, mean
}

// alphasOf are scikit-learn's penalties for some C.
func alphasOf(grid []float64) []float64 {
	alphas := make([]float64, len(grid))
	for i, c := range grid {
		alphas[i] = 1 / (2 * c)
	}
	return alphas
}

// fit trains the targets of one split at every C.
func (r Ridge) fit(s *squares, split Split, targets [][]float64, grid []float64) ([]*Fit, error) {
	n, k := s.op.n, len(targets)
	y, mean := r.centred(split, targets)
	tol := r.tol()
	b, err := s.right(y, k)
	if err != nil {
		return nil, err
	}
	if r.outside {
		return s.fitOutside(b, mean, grid)
	}
	squared := make([]float64, k) // of the centred values, weighted
	for t := range k {
		for _, row := range s.rows {
			squared[t] += split.weight(row) * y[t*n+row] * y[t*n+row]
		}
	}
	alphas := alphasOf(grid)
	got, err := s.solve(b, k, alphas, func(row int, a []float64) float64 {
		c := grid[row/k]
		explained := dot(a, b[row%k*s.size:(row%k+1)*s.size])
		objective := c * (squared[row%k] - explained)
		if s.dual {
			objective = explained / 2
		}
		return 1e-3 * tol * objective / c
	})
	if err != nil {
		return nil, err
	}
	w, margin, err := s.outcome(got.a, k*len(grid))
	if err != nil {
		return nil, err
	}
	return r.fits(s.op, s.split, split, y, mean, grid, w, margin, got.short), nil
}

func (r Ridge) tol() float64 { return (Logistic{Tol: r.Tol}).tol() }

// fits are those of one split with centred values y of the targets, their means, and, for every
// C and target, the weights of standardised columns, margins, and what the penalised squares are
// at most above their minimum.
func (r Ridge) fits(op operator, at int, split Split, y, mean, grid, w, margin, short []float64) []*Fit {
	n, d, k := op.n, op.d, len(mean)
	centre, scale := op.scale.of(at, d)
	var fits []*Fit
	for t := range k {
		for i, c := range grid {
			row := i*k + t
			f := &Fit{Split: at, Target: t, C: c, CIndex: i, Mean: centre, Scale: scale, Iterations: 1,
				Margin: margin[row*n : (row+1)*n], Excess: c * short[row], Status: Converged}
			wide := w[row*d : (row+1)*d]
			f.Objective = dot(wide, wide) / 2
			for e := range f.Margin {
				miss := y[t*n+e] - f.Margin[e]
				f.Objective += c * split.weight(e) * miss * miss
				f.Margin[e] += mean[t]
			}
			f.Weights = make([]float64, d)
			f.Intercept = mean[t] + divide(f.Weights, wide, scale, centre)
			if !(f.Excess <= r.tol()*f.Objective) {
				f.Status = Stalled
			}
			fits = append(fits, f)
		}
	}
	return fits
}

// fitOutside gives the margins of the rows outside training, for the right-hand sides of
// targets with these means.
func (s *squares) fitOutside(b, mean, grid []float64) ([]*Fit, error) {
	k := len(mean)
	var fits []*Fit
	for i, alpha := range alphasOf(grid) {
		if !s.factor(alpha) {
			return nil, errTooLarge
		}
		o, err := s.takeOutside()
		if err != nil {
			return nil, err
		}
		white := slices.Clone(b)
		s.shift.whiten(white, k)
		margins := o.margins(s, white, k)
		for t := range k {
			m := len(o.rows)
			fits = append(fits, &Fit{Split: s.split, Target: t, C: grid[i], CIndex: i, Iterations: 1, Status: Converged,
				Margin: o.spread(nil, margins[t*m:(t+1)*m], 1, s.op.n, mean[t:t+1])})
		}
	}
	return fits, nil
}
