package solve

import (
	"context"
	"errors"
	"math"
	"slices"
)

var errTooLarge = errors.New("found numbers too large to square, expected columns of a magnitude below 1e150")

// fitEach trains target by target, each class with a shrinkage of its own.
func (l LDA) fitEach(ctx context.Context, op operator, splits []Split, targets [][]float64, give func(t int, f *Fit)) error {
	var space ldaSpace
	abreast := max(1, 64/l.Levels) // splits whose classes are standardised in one reading
	for t, y := range targets {
		for lo := 0; lo < len(splits); lo += abreast {
			all, err := l.classesOf(op, splits, lo, min(lo+abreast, len(splits)), y)
			if err != nil {
				return err
			}
			for i, c := range all {
				if err := ctx.Err(); err != nil {
					return err
				}
				f, err := l.fitOne(&space, c, lo+i)
				if err != nil {
					return err
				}
				give(t, f)
			}
		}
	}
	return nil
}

// ldaSpace is what one split after the other works in.
type ldaSpace struct {
	copied []float32
	single factor[float32]
	gram   []float64 // where single precision does not do
	double shifted
}

// classes are the training rows of a split, class by class. With pi the shares of the
// classes, s their shrinkages, D their spreads and S their covariances, the covariance
// within classes is
//
//	Σ pi (1-s) S + E²,  E² = diag Σ pi s mu D²
//
// and E(I + ZᵀZ)E, where Z has the rows less the means of their classes, over E, times
// the root of (1-s) over their number.
type classes struct {
	op     operator
	rows   [][]int
	class  []int     // of every row, -1 of one that does not train
	m      int       // rows that train
	scale  scaling   // of every class
	root   []float64 // that the rows of a class are multiplied by
	spread []float64 // E
	// The rows in single precision, class by class: standardised in their class, and Z once
	// it is shrunk. Nil where they are too many.
	copied []float32
	// The probe of every class: weights of the columns as they are, and their products with
	// all rows.
	weights, image []float64
}

// classesOf takes the rows of the splits [lo, hi) that train for each level of a target.
// A column that is constant in a class has the unit there that it has in its split.
func (l LDA) classesOf(op operator, splits []Split, lo, hi int, y []float64) ([]*classes, error) {
	k, n, d := l.Levels, op.n, op.d
	splits = splits[lo:hi]
	all, train := make([]*classes, len(splits)), make([]Split, len(splits)*k)
	for at := range train {
		train[at].Train = make([]bool, n)
	}
	for i, split := range splits {
		c := &classes{op: op, rows: make([][]int, k), class: slices.Repeat([]int{-1}, n), root: make([]float64, k),
			spread: make([]float64, d), weights: make([]float64, k*d), image: make([]float64, k*n)}
		for row, in := range split.Train {
			if in {
				level := int(y[row])
				train[i*k+level].Train[row] = true
				c.class[row] = level
				c.rows[level] = append(c.rows[level], row)
				c.m++
			}
		}
		all[i] = c
	}
	sc, err := spread(op.x, train)
	if err != nil {
		return nil, err
	}
	for i, c := range all {
		_, whole := op.scale.of(lo+i, d)
		for at, v := range sc.scale[i*k*d : (i+1)*k*d] {
			if v == 0 {
				sc.scale[i*k*d+at] = whole[at%d]
			}
		}
		c.scale = scaling{sc.mean[i*k*d : (i+1)*k*d], sc.scale[i*k*d : (i+1)*k*d]}
	}
	return all, nil
}

// shrink sets root and spread, and what copied holds if there is one.
func (c *classes) shrink() error {
	k, d := len(c.rows), c.op.d
	copies := make([][]float32, k)
	if left := c.copied; left != nil {
		for k, rows := range c.rows {
			copies[k], left = left[:len(rows)*d], left[len(rows)*d:]
		}
	}
	shrunk, variance := make([]float64, k), make([]float64, k)
	err := eachAtOnce(c.rows, func(k int) (err error) {
		shrunk[k], variance[k], err = c.shrinkage(k, copies[k])
		return err
	})
	if err != nil {
		return err
	}
	m := float64(c.m)
	for k, rows := range c.rows {
		_, scale := c.scale.of(k, d)
		c.root[k] = math.Sqrt((1 - shrunk[k]) / m)
		share := float64(len(rows)) / m
		for j, v := range scale {
			c.spread[j] += share * max(shrunk[k]*variance[k], 1e-12) * v * v
		}
	}
	for j := range c.spread {
		c.spread[j] = math.Sqrt(c.spread[j])
	}
	times := make([]float32, d)
	for k, copied := range copies {
		_, scale := c.scale.of(k, d)
		for j := range times {
			times[j] = float32(c.root[k] * scale[j] / c.spread[j])
		}
		for ; len(copied) > 0; copied = copied[d:] {
			for j, v := range times {
				copied[j] *= v
			}
		}
	}
	return nil
}

// shrinkage is that of a class, with the mean of the variances of its rows.
func (c *classes) shrinkage(k int, copied []float32) (s, mean float64, err error) {
	rows, d := c.rows[k], c.op.d
	means, scale := c.scale.of(k, d)
	if copied != nil {
		place := placesOf(rows, c.op.n)
		err := copySingle(c.op.x, means, scale, func(row int) []float32 {
			if at := place[row]; at >= 0 {
				return copied[at*d : (at+1)*d]
			}
			return nil
		})
		if err != nil {
			return 0, 0, err
		}
		size := min(len(rows), d)
		if s, mean, ok := shrinkageSingle(make([]float32, size*size), copied, d); ok {
			return s, mean, nil
		}
	}
	return shrinkage(scaledRows{rows, slices.Repeat([]float64{1}, len(rows)), func(int) []float64 { return means }, scale, nil}, c.op.x)
}

// scaled are the rows of Z, class by class.
func (c *classes) scaled() scaledRows {
	var class []int
	z := scaledRows{scale: c.spread, mean: func(at int) []float64 {
		mean, _ := c.scale.of(class[at], c.op.d)
		return mean
	}}
	for k, rows := range c.rows {
		z.rows = append(z.rows, rows...)
		z.root = append(z.root, slices.Repeat([]float64{c.root[k]}, len(rows))...)
		class = append(class, slices.Repeat([]int{k}, len(rows))...)
	}
	return z
}

// fitOne trains on a split.
func (l LDA) fitOne(space *ldaSpace, c *classes, split int) (*Fit, error) {
	if c.m*c.op.d <= maxSingle {
		space.copied = grow(space.copied, c.m*c.op.d)
		c.copied = space.copied
	}
	if err := c.shrink(); err != nil {
		return nil, err
	}
	k, n, d := l.Levels, c.op.n, c.op.d
	all, scale := c.op.scale.of(split, d)
	if err := c.solve(space, c.right(all)); err != nil {
		return nil, err
	}
	f := &Fit{Split: split, Status: Converged, Iterations: 1, Mean: all, Scale: scale, Weights: c.weights, Margin: c.image, Intercepts: make([]float64, k)}
	for a, rows := range c.rows {
		mean, _ := c.scale.of(a, d)
		w := f.Weights[a*d : (a+1)*d]
		f.Intercepts[a] = math.Log(float64(len(rows))/float64(c.m)) - (dot(mean, w)+dot(all, w))/2
		for i := range n {
			f.Margin[a*n+i] += f.Intercepts[a]
		}
	}
	if l.one {
		f.Weights, f.Margin = difference(f.Weights), difference(f.Margin)
		f.Intercept, f.Intercepts = f.Intercepts[1]-f.Intercepts[0], nil
	}
	return f, nil
}

// difference is the second half of x less the first.
func difference(x []float64) []float64 {
	half := len(x) / 2
	axpy(-1, x[:half], x[half:])
	return x[half:]
}

// right returns the means of the classes less that of all rows, over the spread.
func (c *classes) right(all []float64) []float64 {
	d := c.op.d
	v := make([]float64, len(c.scale.mean))
	for at, mean := range c.scale.mean {
		v[at] = (mean - all[at%d]) / c.spread[at%d]
	}
	return v
}

// solve sets weights and image for (I + ZᵀZ)⁻¹v of as many vectors as there are classes.
func (c *classes) solve(space *ldaSpace, v []float64) error {
	if c.copied != nil {
		if done, err := c.settle(space, v); done || err != nil {
			return err
		}
	}
	z, k, d := c.scaled(), len(c.rows), c.op.d
	size := min(c.m, d)
	space.gram = grow(space.gram, size*size)
	multiply := z.multiplyColumns
	if c.m < d {
		multiply = z.multiplyRows
	}
	if err := multiply(space.gram, c.op.x); err != nil {
		return err
	}
	factor := &space.double
	if !factor.makeAtOnce(space.gram, size, size, 1) {
		return errTooLarge
	}
	solved := slices.Clone(v)
	if size == d {
		factor.solve(solved, k)
		return c.project(solved)
	}
	// (I + ZᵀZ)⁻¹ = I - Zᵀ(I + ZZᵀ)⁻¹Z.
	image := make([]float64, k*c.m)
	err := z.each(c.op.x, func(at int, row []float64) {
		for a := range k {
			image[a*c.m+at] = dot(row, v[a*d:(a+1)*d])
		}
	})
	if err != nil {
		return err
	}
	factor.solve(image, k)
	err = z.each(c.op.x, func(at int, row []float64) {
		for a := range k {
			axpy(-image[a*c.m+at], row, solved[a*d:(a+1)*d])
		}
	})
	if err != nil {
		return err
	}
	return c.project(solved)
}
