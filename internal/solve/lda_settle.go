package solve

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
)

// settle solves A solved = v for k vectors, where A is at least the identity, by what
// inverts it in single precision: what a solution leaves, by times in double precision, is
// solved again until the energy of each error is at most enough of that of the solution. It
// reports false where that is not reached.
func settle(solved, v []float64, k int, enough float64, invert func(step []float32), times func(dst, a []float64) error) (bool, error) {
	d := len(v) / k
	residual, step, unit := slices.Clone(v), make([]float32, k*d), make([]float64, k)
	clear(solved)
	for left, was := math.Inf(1), math.Inf(1); left > enough; was = left {
		for a, r := range rowsOf(residual, k, d) {
			unit[a] = largest(r)
			narrow(step[a*d:], r, 1/unit[a])
		}
		invert(step)
		for i, s := range step {
			solved[i] += unit[i/d] * float64(s)
		}
		if err := times(residual, solved); err != nil {
			return false, err
		}
		left = 0
		for a, r := range rowsOf(residual, k, d) {
			b := v[a*d : (a+1)*d]
			scaleTo(r, -1, r)
			axpy(1, b, r)
			if rest := dot(r, r); rest != 0 { // the square of the error is at most that
				left = max(left, math.Sqrt(rest/dot(b, solved[a*d:(a+1)*d])))
			}
		}
		if !(left < was/16) {
			return false, nil
		}
	}
	return true, nil
}

// settle sets weights and image as solve does, by a factor in single precision, which costs a
// third of one in double.
func (c *classes) settle(space *ldaSpace, v []float64) (bool, error) {
	k, d := len(c.rows), c.op.d
	f := &space.single
	f.m = min(c.m, d)
	f.upper = grow(f.upper, f.m*f.m)
	multiplySingle(f.upper, c.copied, d)
	for j := range f.m {
		f.upper[j*f.m+j]++
	}
	if !f.make(narrowTile) {
		return false, nil
	}
	image := make([]float32, k*c.m)
	return settle(make([]float64, k*d), v, k, 1e-8, func(step []float32) {
		if c.m >= d {
			f.solve(step, k)
			return
		}
		// (I + ZᵀZ)⁻¹ = I - Zᵀ(I + ZZᵀ)⁻¹Z.
		gemmOf(blas.NoTrans, blas.Trans, k, c.m, d, 1, step, d, c.copied, d, 0, image, c.m)
		f.solve(image, k)
		gemmOf(blas.NoTrans, blas.NoTrans, k, d, c.m, -1, image, c.m, c.copied, d, 1, step, d)
	}, c.times)
}

// times sets weights and image for as many vectors a as there are classes, and dst to
// (I + ZᵀZ)a.
func (c *classes) times(dst, a []float64) error {
	if err := c.project(a); err != nil {
		return err
	}
	k, n, d := len(c.rows), c.op.n, c.op.d
	offset, weighed := make([]float64, k*k), make([]float64, k*n)
	gemm(blas.NoTrans, blas.Trans, 1, general(k, d, d, c.weights), general(k, d, d, c.scale.mean), 0, general(k, k, k, offset))
	for at, v := range c.image {
		if class := c.class[at%n]; class >= 0 {
			weighed[at] = c.root[class] * c.root[class] * (v - offset[at/n*k+class])
		}
	}
	clear(dst)
	err := c.op.x.Pass(func(b Block) { b.Backward(dst, weighed, k) })
	// Of a class they sum to 0, and so its mean adds nothing.
	for i, v := range a {
		dst[i] = v + dst[i]/c.spread[i%d]
	}
	return err
}

// project sets weights and image for the solutions a.
func (c *classes) project(a []float64) error {
	for i, v := range a {
		c.weights[i] = v / c.spread[i%c.op.d]
	}
	return c.op.x.Pass(func(b Block) { b.Forward(c.image, c.weights, len(c.rows)) })
}

// copySingle writes rows less a mean, over a scale, in single precision to where to says,
// unless that is nil.
func copySingle(x Design, mean, scale []float64, to func(row int) []float32) error {
	d := len(mean)
	inverse, row := make([]float64, d), make([]float64, d)
	for j, v := range scale {
		inverse[j] = 1 / v
	}
	return eachRow(x, func(b columned, i int) {
		dst := to(i)
		if dst == nil {
			return
		}
		b.columns(row, i, 0, d)
		for j, v := range row {
			dst[j] = float32((v - mean[j]) * inverse[j])
		}
	})
}
