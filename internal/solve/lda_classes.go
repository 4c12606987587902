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
	for t, y := range targets {
		for i, split := range splits {
			if err := ctx.Err(); err != nil {
				return err
			}
			w, b, err := l.fitOne(&space, op, i, split, y)
			if err != nil {
				return err
			}
			f, err := l.result(op, i, w, b)
			if err != nil {
				return err
			}
			give(t, f)
		}
	}
	return nil
}

// ldaSpace is what one split after the other works in.
type ldaSpace struct {
	gram   []float64
	factor shifted
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
	scale  scaling   // of every class
	root   []float64 // that the rows of a class are multiplied by
	spread []float64 // E
}

// classesOf takes the rows that train for each level of a target.
func (l LDA) classesOf(op operator, train []bool, y []float64) (*classes, error) {
	c := &classes{op: op, rows: make([][]int, l.Levels), root: make([]float64, l.Levels), spread: make([]float64, op.d)}
	splits := make([]Split, l.Levels)
	for k := range splits {
		splits[k].Train = make([]bool, op.n)
	}
	for row, in := range train {
		if in {
			k := int(y[row])
			splits[k].Train[row] = true
			c.rows[k] = append(c.rows[k], row)
		}
	}
	var err error
	c.scale, err = standardise(op.x, splits)
	return c, err
}

// shrink sets root and spread.
func (c *classes) shrink() error {
	shrunk, variance := make([]float64, len(c.rows)), make([]float64, len(c.rows))
	err := eachAtOnce(c.rows, func(k int) (err error) {
		mean, scale := c.scale.of(k, c.op.d)
		z := scaledRows{c.rows[k], slices.Repeat([]float64{1}, len(c.rows[k])), func(int) []float64 { return mean }, scale, nil}
		shrunk[k], variance[k], err = shrinkage(z, c.op.x)
		return err
	})
	if err != nil {
		return err
	}
	m := 0
	for _, rows := range c.rows {
		m += len(rows)
	}
	for k, rows := range c.rows {
		_, scale := c.scale.of(k, c.op.d)
		c.root[k] = math.Sqrt((1 - shrunk[k]) / float64(m))
		share := float64(len(rows)) / float64(m)
		for j, v := range scale {
			c.spread[j] += share * max(shrunk[k]*variance[k], 1e-12) * v * v
		}
	}
	for j := range c.spread {
		c.spread[j] = math.Sqrt(c.spread[j])
	}
	return nil
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

func (l LDA) fitOne(space *ldaSpace, op operator, i int, split Split, y []float64) (w, b []float64, err error) {
	c, err := l.classesOf(op, split.Train, y)
	if err != nil {
		return nil, nil, err
	}
	if err := c.shrink(); err != nil {
		return nil, nil, err
	}
	// The means of the classes less that of all rows, over the spread.
	k, d := l.Levels, op.d
	all, scale := op.scale.of(i, d)
	v := make([]float64, k*d)
	for at, mean := range c.scale.mean {
		j := at % d
		v[at] = (mean - all[j]) / c.spread[j]
	}
	solved, err := c.solve(space, v)
	if err != nil {
		return nil, nil, err
	}
	b = make([]float64, k)
	m := 0
	for _, rows := range c.rows {
		m += len(rows)
	}
	for k, rows := range c.rows {
		b[k] = math.Log(float64(len(rows))/float64(m)) - dot(v[k*d:(k+1)*d], solved[k*d:(k+1)*d])/2
		for j := range d {
			solved[k*d+j] *= scale[j] / c.spread[j]
		}
	}
	return solved, b, nil
}

// solve returns (I + ZᵀZ)⁻¹v for as many vectors as there are classes.
func (c *classes) solve(space *ldaSpace, v []float64) ([]float64, error) {
	z, k, d := c.scaled(), len(c.rows), c.op.d
	m := len(z.rows)
	size := min(m, d)
	space.gram = grow(space.gram, size*size)
	multiply := z.multiplyColumns
	if m < d {
		multiply = z.multiplyRows
	}
	if err := multiply(space.gram, c.op.x); err != nil {
		return nil, err
	}
	factor := &space.factor
	if !factor.makeAtOnce(space.gram, size, size, 1) {
		return nil, errTooLarge
	}
	solved := slices.Clone(v)
	if size == d {
		factor.solve(solved, k)
		return solved, nil
	}
	// (I + ZᵀZ)⁻¹ = I - Zᵀ(I + ZZᵀ)⁻¹Z.
	image := make([]float64, k*m)
	err := z.each(c.op.x, func(at int, row []float64) {
		for a := range k {
			image[a*m+at] = dot(row, v[a*d:(a+1)*d])
		}
	})
	if err != nil {
		return nil, err
	}
	factor.solve(image, k)
	err = z.each(c.op.x, func(at int, row []float64) {
		for a := range k {
			axpy(-image[a*m+at], row, solved[a*d:(a+1)*d])
		}
	})
	return solved, err
}
