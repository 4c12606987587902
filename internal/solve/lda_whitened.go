package solve

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"

	"tell/internal/kernel"
)

// whitened are the rows of a split in single precision, those that train first, times the
// inverse of the factor of I + K/alpha, where K are the products of the columns.
type whitened struct {
	order  []int
	rows   []float32
	factor factor[float32]

	sums, products []float32 // scratch
	which          [][]int
}

// fewestQuick is the number of columns of U from which the rows are whitened once for all.
const fewestQuick = 128

// fewestLeft is the share of a spread that classes must leave within them, so that single
// precision tells it: that of a target that the columns give away takes double precision.
const fewestLeft = 0.05

// maxWhitened is the size in numbers, 256 MiB, of rows that are whitened.
const maxWhitened = 1 << 26

// mostSingle is the Frobenius norm of K/alpha up to which products and factor are made in
// single precision. Margins of permutations are then within 1e-4 of their spread.
const mostSingle = 20_000

// takeSingle whitens the rows once for many columns of U, which is half the work, and
// reports whether single precision has digits to spare for the shrinkage.
func (b *ldaBatch) takeSingle(split Split, columns int) (bool, error) {
	n, d, m, w := b.op.n, b.op.d, len(b.rows), &b.white
	if columns < fewestQuick || n*d > maxWhitened || 3*m < 2*d {
		return false, nil
	}
	w.order = slices.Clone(b.rows)
	for row := range n {
		if !split.in(row) {
			w.order = append(w.order, row)
		}
	}
	w.rows = grow(w.rows, n*d)
	place := placesOf(w.order, n)
	mean, scale := b.op.scale.of(b.split, d)
	err := copySingle(b.op.x, mean, scale, func(row int) []float32 { return w.rows[place[row]*d : (place[row]+1)*d] })
	if err != nil {
		return false, err
	}
	train, f := w.rows[:m*d], &w.factor
	f.m, f.upper = d, grow(f.upper, d*d)
	s, variance, ok := shrinkageSingle(f.upper, train, d)
	if !ok || s < 0.01 {
		return false, nil
	}
	b.shrink(s, variance)
	if m < d {
		syrkOf(blas.Trans, d, m, 1, train, d, 0, f.upper, d)
	}
	for j := range d {
		scaleRow(float32(1/b.alpha), f.upper[j*d+j:(j+1)*d])
	}
	if frobeniusOf(f.upper, d) <= mostSingle*mostSingle {
		for j := range d {
			f.upper[j*d+j]++
		}
		ok = f.make(wideTile)
	} else {
		if err := b.takeDouble(split); err != nil {
			return false, err
		}
		if ok = !b.dual && b.squares.factor(b.alpha); ok {
			f.tile, f.inverted = b.shift.tile, grow(f.inverted, len(b.shift.inverted))
			narrow(f.upper, b.shift.upper, 1)
			narrow(f.inverted, b.shift.inverted, 1)
		}
	}
	if !ok {
		return false, nil
	}
	const step = 256
	for lo := 0; lo < n; lo += step {
		hi := min(lo+step, n)
		f.whiten(w.rows[lo*d:hi*d], hi-lo)
	}
	b.outside = &outside{rows: w.order[m:]}
	return true, nil
}

// multiplySingle makes the products from the whitened rows: those that train are added up
// by class, and no sum needs a multiplication.
func (b *ldaBatch) multiplySingle() error {
	const height = 128 // rows whose sums are made together
	w, free, d, m, n := &b.white, b.Levels-1, b.op.d, len(b.rows), len(b.outside.rows)
	columns := len(b.targets) * free
	w.sums, w.products, w.which = grow(w.sums, columns*d), grow(w.products, columns*n), grow(w.which, columns)
	clear(w.sums)
	for lo := 0; lo < m; lo += height {
		hi := min(lo+height, m)
		for t, y := range b.targets {
			of := w.which[t*free : (t+1)*free]
			for c := range of {
				of[c] = of[c][:0]
			}
			for i, row := range w.order[lo:hi] {
				if c := int(y[row]); c < free {
					of[c] = append(of[c], i)
				}
			}
		}
		kernel.AddRows(w.sums, w.rows[lo*d:hi*d], d, w.which)
	}
	gemmOf(blas.NoTrans, blas.Trans, columns, n, d, 1, w.sums, d, w.rows[m*d:], d, 0, w.products, n)
	// The part of a class in U, of which the products are with A⁻¹.
	part, times := make([]float64, columns), float64(m)/b.rest/b.alpha
	for a := range part {
		part[a] = 1 / (math.Sqrt(b.share[a/free*b.Levels+a%free]) * float64(m))
	}
	b.inner = func(a, c int) float64 {
		return times * part[a] * part[c] * float64(simd.Sdot(d, w.sums[a*d:], 1, w.sums[c*d:], 1))
	}
	margin := make([]float64, n)
	b.margins = func(a int) []float64 {
		for i, v := range w.products[a*n : (a+1)*n] {
			margin[i] = times * part[a] * float64(v)
		}
		return margin
	}
	return nil
}

// multiplySettled makes the products in double precision by the factor in single precision.
func (b *ldaBatch) multiplySettled(split Split) error {
	w, columns, n, d := &b.white, len(b.targets)*(b.Levels-1), b.op.n, b.op.d
	splits := slices.Repeat([]int{b.split}, columns)
	right, solved := make([]float64, columns*d), make([]float64, columns*d)
	if err := b.op.backward(right, b.classMeans(), splits); err != nil {
		return err
	}
	train := make([]float64, n)
	for _, row := range b.rows {
		train[row] = 1
	}
	image, sums, weight := make([]float64, columns*n), make([]float64, columns), slices.Repeat([][]float64{train}, columns)
	// What a target leaves within its classes magnifies what is left here.
	done, err := settle(solved, right, columns, 1e-10, func(step []float32) { w.factor.solve(step, columns) }, func(dst, a []float64) error {
		err := b.op.gram(dst, image, sums, splits, rowsOf(a, columns, d), weight)
		for i, v := range a {
			dst[i] = v + dst[i]/b.alpha
		}
		return err
	})
	if err != nil {
		return err
	}
	if !done {
		if err := b.takeDouble(split); err != nil {
			return err
		}
		return b.multiply()
	}
	times, margin := float64(len(b.rows))/b.rest/b.alpha, make([]float64, len(b.outside.rows))
	b.inner = func(a, c int) float64 { return times * dot(right[a*d:(a+1)*d], solved[c*d:(c+1)*d]) }
	b.margins = func(a int) []float64 {
		for i, row := range b.outside.rows {
			margin[i] = times * image[a*n+row]
		}
		return margin
	}
	return nil
}
