package solve

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
)

// joint are the least squares of splits of the same rows, for few targets. One loop of
// conjugate gradients takes the columns of half the splits at all alphas, so that every product
// is with many columns; that of the other half runs beside it. Products go through the rows, of
// which there are more than columns.
//
// One factor in single precision of the products of all rows preconditions every split,
// from which the Woodbury identity takes the rows that the split lacks (Hager 1989, SIAM
// Review 31, 221-239). Penalties are then those of the units of all rows: alpha times the
// squared ratio of the scales.
type joint struct {
	op        operator
	copy      *single // in the units of one split, which has all rows
	penalties penalties
	splits    []jointSplit
	margins   []float64 // n for each row of the solution

	products, images []float64 // scratch
}

// jointSplit is what a split differs in from all rows.
type jointSplit struct {
	trains []float64 // 1 for a row that does
	lacks  []int     // rows
	scale  []float64 // over that of all rows
	least  float64   // of these
}

// level is what preconditions one group of alphas.
type level struct {
	factor *factor[float32] // of all rows
	splits []removal
}

// removal takes from the factor what a split lacks: its rows, and the mean of the rest.
type removal struct {
	rows int // 0 where they are kept: the factor is then of more than the split
	// Whitened by the factor: rows x d.
	white []float32
	left  factor[float32] // of I less the products of these
	// Of its eigenvalues: how much of some combination of the rows is left, or would be at least.
	least float64
}

const (
	// rowsJoint is how many rows there must be for every target and C of a split, for its
	// columns to be trained through the rows.
	rowsJoint = 32
	// jointBytes is what vectors and factors may take.
	jointBytes = 4 * factorBytes
	// keeps is the shift, in multiples of the trace, from which the rows are so small a part that
	// a few more steps cost less than taking them away.
	keeps = 1e-4
	// leastLeft is how much of the rows that a split lacks must be left, to have a few digits in
	// single precision.
	leastLeft = 1e-4
)

// suitsJoint tells whether splits are trained in one loop for so many targets and C.
func suitsJoint(splits []Split, n, d, columns int) bool {
	if d == 0 || len(splits) < 2 || weighted(splits) || columns*rowsJoint > n || n*d > maxSingle {
		return false
	}
	all := len(unionOf(splits, n).rows())
	if all < d {
		return false
	}
	bytes := 8 * len(splits) * columns * (6*d + 3*n)
	for _, s := range splits {
		train := len(s.rows())
		lacks := all - train
		if 2*lacks > train {
			return false
		}
		bytes += 2 * columns * (lacks + 1) * (d + lacks + 1) // every other alpha has a factor
	}
	return bytes+2*columns*d*d <= jointBytes
}

// withUnion returns splits with one among them that trains on all rows that any does, and which
// it is.
func withUnion(splits []Split, n int) ([]Split, int) {
	all := unionOf(splits, n)
	for i, s := range splits {
		if slices.Equal(s.Train, all.Train) {
			return splits, i
		}
	}
	return append(slices.Clip(splits), all), len(splits)
}

// newJoint returns nil where the rows cannot be copied, or single precision does not hold
// them. The scaling of op has all rows as that of the split unit.
func newJoint(op operator, splits []Split, unit int) (*joint, error) {
	one, err := newSingle(op.x, op.scale, unit)
	if one == nil || err != nil {
		return nil, err
	}
	j := &joint{op: op, copy: one, splits: make([]jointSplit, len(splits))}
	all := unionOf(splits, op.n)
	for i, s := range splits {
		own := &j.splits[i]
		own.trains = make([]float64, op.n)
		for row := range op.n {
			own.trains[row] = s.weight(row)
			if all.in(row) && !s.in(row) {
				own.lacks = append(own.lacks, row)
			}
		}
		_, own.scale = one.scale.of(i, op.d)
		own.least = slices.Min(own.scale)
	}
	if !j.multiply(all.rows()) {
		return nil, nil
	}
	return j, nil
}

// multiply sets the penalties up for the products of the columns over some rows.
func (j *joint) multiply(rows []int) bool {
	data := j.copy.data
	if len(rows) < j.op.n {
		data = j.gather(nil, rows)
	}
	return j.penalties.form(blas.Trans, data, len(rows), j.op.d)
}

// gather appends rows of the copy to dst.
func (j *joint) gather(dst []float32, rows []int) []float32 {
	d := j.op.d
	dst = slices.Grow(dst, len(rows)*d)
	for _, row := range rows {
		dst = append(dst, j.copy.data[row*d:(row+1)*d]...)
	}
	return dst
}

// level is of a factor with this shift, that of smaller alphas before it, if any.
func (j *joint) level(f *factor[float32], shift float64, before *level) *level {
	l := &level{factor: f, splits: make([]removal, len(j.splits))}
	small := before != nil && shift >= keeps*j.penalties.mean*float64(j.op.d)
	_ = eachAtOnce(j.splits, func(i int) error {
		if small && before.splits[i].least >= leastLeft {
			l.splits[i].least = before.splits[i].least
		} else {
			l.splits[i] = j.removal(i, f)
		}
		return nil
	})
	return l
}

// removal is of what one split lacks.
func (j *joint) removal(split int, f *factor[float32]) removal {
	d, lacks, r := j.op.d, j.splits[split].lacks, removal{least: 1}
	mean, _ := j.copy.scale.of(split, d)
	r.white = j.gather(make([]float32, 0, (len(lacks)+1)*d), lacks)
	if slices.ContainsFunc(mean, func(v float64) bool { return v != 0 }) {
		r.white = r.white[:len(r.white)+d]
		narrow(r.white[len(r.white)-d:], mean, math.Sqrt(sum(j.splits[split].trains)))
	}
	if r.rows = len(r.white) / d; r.rows == 0 {
		return r
	}
	scaleRow(1/float32(math.Sqrt(j.penalties.mean)), r.white)
	f.whiten(r.white, r.rows)
	r.left = factor[float32]{m: r.rows, few: true, upper: make([]float32, r.rows*r.rows)}
	syrkOf(blas.NoTrans, r.rows, d, -1, r.white, d, 0, r.left.upper, r.rows)
	for i := range r.rows {
		r.left.upper[i*r.rows+i]++
	}
	if !r.left.make(narrowTile) {
		r.least = 0
		return r
	}
	r.least = r.left.least()
	return r
}

// remove turns k whitened vectors into those of the split that lacks rows.
func (r *removal) remove(white []float32, k, d int) {
	if r.rows == 0 {
		return
	}
	product := make([]float32, k*r.rows)
	gemmOf(blas.NoTrans, blas.Trans, k, r.rows, d, 1, white, d, r.white, d, 0, product, r.rows)
	r.left.solve(product, k)
	gemmOf(blas.NoTrans, blas.NoTrans, k, d, r.rows, 1, product, r.rows, r.white, d, 1, white, d)
}

// condition implements penalisedSystem.
func (j *joint) condition(live []*penalised) {
	j.penalties.condition(live, func(z []float32, group []*penalised) {
		l, d := group[0].level, j.op.d
		l.factor.whiten(z, len(group))
		for lo, hi := 0, 0; lo < len(group); lo = hi {
			split := group[lo].split
			for hi = lo; hi < len(group) && group[hi].split == split; hi++ {
			}
			l.splits[split].remove(z[lo*d:hi*d], hi-lo, d)
		}
		l.factor.finish(z, len(group))
	})
}

// times implements penalisedSystem. Margins remain of exact products.
func (j *joint) times(quick bool, columns []*penalised, of func(*penalised) []float64) ([]float64, error) {
	n, d, k := j.op.n, j.op.d, len(columns)
	split, vectors, trains := make([]int, k), make([][]float64, k), make([][]float64, k)
	for i, c := range columns {
		split[i], vectors[i], trains[i] = c.split, of(c), j.splits[c.split].trains
	}
	j.products, j.images = grow(j.products, k*d), grow(j.images, k*n)
	x := multiplier(j.copy)
	if !quick {
		x = &j.op
	}
	if err := x.gram(j.products, j.images, make([]float64, k), split, vectors, trains); err != nil {
		return nil, err
	}
	if !quick {
		for i, c := range columns {
			copy(j.margins[c.row*n:(c.row+1)*n], j.images[i*n:])
		}
	}
	return j.products, nil
}

// bound implements penalisedSystem.
func (j *joint) bound(c *penalised) float64 {
	if c.factor == nil {
		return c.product / c.alpha
	}
	least, left := j.splits[c.split].least, 1.
	if r := c.level.splits[c.split]; r.rows == 0 {
		left = r.least
	}
	return rounded * max(1, c.shift/(c.alpha*least*least)) * c.product / (left * j.penalties.mean)
}

// plain implements penalisedSystem.
func (j *joint) plain() bool { return false }

// solve solves for k right-hand sides of every split, one row of d numbers each, and every
// alpha. Rows of the solution are split by split, and within one as those of squares.
func (j *joint) solve(b []float64, k int, alphas []float64, enough func(row int, a []float64) float64) (solution, error) {
	d, each := j.op.d, k*len(alphas)
	rows := each * len(j.splits)
	got := solution{make([]float64, rows*d), slices.Repeat([]float64{math.Inf(1)}, rows)}
	j.margins = make([]float64, rows*j.op.n)
	vectors := make([]float64, 3*rows*d)
	var columns []*penalised
	var before *level
	for _, g := range j.penalties.groups(alphas, d) {
		var l *level
		if g.factor != nil {
			l = j.level(g.factor, g.shift, before)
			before = l
		}
		for s := range j.splits {
			if l != nil && l.splits[s].least < leastLeft {
				continue
			}
			for i := g.lo; i < g.hi; i++ {
				for t := range k {
					row := s*each + i*k + t
					right := (s*k + t) * d
					c := newPenalised(row, alphas[i], b[right:right+d], got.a[row*d:(row+1)*d], vectors[3*d*len(columns):])
					if c.split, c.shift = s, g.shift; l != nil {
						c.level, c.factor, c.scale = l, l.factor, j.splits[s].scale
					}
					columns = append(columns, c)
				}
			}
		}
	}
	shares := sharesOf(len(j.splits), j.op.n, d)
	return got, eachAtOnce(shares, func(s int) error {
		own := slices.DeleteFunc(slices.Clone(columns), func(c *penalised) bool { return !slices.Contains(shares[s], c.split) })
		return settlePenalised(j.twin(), own, got.short, enough)
	})
}

// twin returns the same equations for columns that are solved at the same time.
func (j *joint) twin() *joint {
	t := &joint{op: *j.op.twin().(*operator), copy: j.copy.twin().(*single), splits: j.splits, margins: j.margins}
	t.penalties.mean = j.penalties.mean
	return t
}
