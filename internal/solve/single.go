package solve

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// single is an operator in single precision. It reads half as many bytes, of a
// copy in the units of the standardised columns, so that those far from zero
// lose no digits. Vectors are rounded with a largest element of 1, so that none
// is out of range.
type single struct {
	n, d  int
	data  []float32 // n x d
	scale scaling   // of every split, in the units of the copy

	// Scratch of a batch: vectors over features and over examples, and what
	// each was divided by before it was rounded.
	features, acc, examples []float32
	offset                  []float32
	unscaled, unit, light   []float64
}

// maxSingle is the size in numbers, 64 MiB, up to which a matrix is copied.
const maxSingle = 1 << 24

// newSingle copies a matrix in the units of one of the splits of a scaling. It
// returns nil for a matrix that is too large or does not give its columns.
func newSingle(x Design, sc scaling, split int) (*single, error) {
	n, d := x.Dims()
	if n*d > maxSingle {
		return nil, nil
	}
	s := &single{n: n, d: d, data: make([]float32, n*d), scale: sc.relativeTo(split, d)}
	mean, scale := sc.of(split, d)
	row := make([]float64, d)
	err := eachRow(x, func(b columned, i int) {
		b.columns(row, i, 0, d)
		standardiseRow(row, mean, scale)
		narrow(s.data[i*d:(i+1)*d], row, 1)
	})
	switch {
	case errors.Is(err, errNoColumns):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return s, nil
}

// twin implements multiplier.
func (s *single) twin() multiplier {
	return &single{n: s.n, d: s.d, data: s.data, scale: s.scale}
}

// forward implements multiplier.
func (s *single) forward(dst []float64, split []int, a [][]float64) error {
	s.prepare(split, a)
	s.project(0, s.n, len(split))
	s.widen(dst, 0, s.n, len(split))
	return nil
}

// backward implements multiplier.
func (s *single) backward(acc, r []float64, split []int) error {
	k := len(split)
	s.prepareSums(k)
	for c := range k {
		row := r[c*s.n : (c+1)*s.n]
		s.light[c] = largest(row)
		narrow(s.examples[c*s.n:(c+1)*s.n], row, 1/s.light[c])
	}
	s.collect(0, s.n, k)
	for c, sp := range split {
		s.finish(acc[c*s.d:(c+1)*s.d], c, sp, s.light[c], sum(r[c*s.n:(c+1)*s.n]))
	}
	return nil
}

// gram implements multiplier, on a chunk of rows after the other, so that they
// are still near the processor when they are read for the second time.
func (s *single) gram(dst, image, sums []float64, split []int, a, weight [][]float64) error {
	const chunk = 1 << 18 // numbers: 1 MiB
	k := len(split)
	s.prepare(split, a)
	s.prepareSums(k)
	for c, w := range weight {
		s.light[c] = largest(w)
	}
	clear(sums)
	step := max(64, chunk/max(1, s.d)/16*16)
	for lo := 0; lo < s.n; lo += step {
		hi := min(lo+step, s.n)
		s.project(lo, hi, k)
		s.widen(image, lo, hi, k)
		for c, w := range weight {
			sums[c] += weigh(s.examples[c*s.n+lo:c*s.n+hi], w[lo:hi], 1/s.light[c])
		}
		s.collect(lo, hi, k)
	}
	for c, sp := range split {
		unit := s.unit[c] * s.light[c]
		sums[c] *= unit
		s.finish(dst[c*s.d:(c+1)*s.d], c, sp, unit, sums[c])
	}
	return nil
}

// prepare rounds the k x d matrix a, in the units of the copy.
func (s *single) prepare(split []int, a [][]float64) {
	k := len(split)
	s.features, s.examples = grow(s.features, k*s.d), grow(s.examples, k*s.n)
	s.unscaled, s.unit, s.offset = grow(s.unscaled, s.d), grow(s.unit, k), grow(s.offset, k)
	for c, sp := range split {
		mean, scale := s.scale.of(sp, s.d)
		offset := divide(s.unscaled, a[c], scale, mean)
		s.unit[c] = largest(s.unscaled)
		narrow(s.features[c*s.d:(c+1)*s.d], s.unscaled, 1/s.unit[c])
		s.offset[c] = float32(offset / s.unit[c])
	}
}

// prepareSums makes room for sums over the examples, which begin with 0.
func (s *single) prepareSums(k int) {
	s.acc, s.examples, s.light = grow(s.acc, k*s.d), grow(s.examples, k*s.n), grow(s.light, k)
	clear(s.acc)
}

// project sets the examples [lo, hi) to their products with the features.
func (s *single) project(lo, hi, k int) {
	img := general32(k, hi-lo, s.n, s.examples[lo:])
	gemm32(blas.NoTrans, blas.Trans, 1, general32(k, s.d, s.d, s.features), s.rows(lo, hi), 0, img)
	for c := range k {
		row, offset := s.examples[c*s.n+lo:c*s.n+hi], s.offset[c]
		for i := range row {
			row[i] += offset
		}
	}
}

// collect adds the products of the examples [lo, hi) with their rows.
func (s *single) collect(lo, hi, k int) {
	img := general32(k, hi-lo, s.n, s.examples[lo:])
	gemm32(blas.NoTrans, blas.NoTrans, 1, img, s.rows(lo, hi), 1, general32(k, s.d, s.d, s.acc))
}

// widen sets dst to the examples [lo, hi).
func (s *single) widen(dst []float64, lo, hi, k int) {
	for c := range k {
		row, unit := dst[c*s.n+lo:c*s.n+hi], s.unit[c]
		for i, v := range s.examples[c*s.n+lo : c*s.n+hi] {
			row[i] = float64(v) * unit
		}
	}
}

// finish turns the sums of a column, in the given unit, of numbers that sum to
// total into those over the standardised rows of its split.
func (s *single) finish(dst []float64, c, split int, unit, total float64) {
	mean, scale := s.scale.of(split, s.d)
	mean, scale = mean[:len(dst)], scale[:len(dst)]
	for j, v := range s.acc[c*s.d : (c+1)*s.d] {
		dst[j] = (float64(v)*unit - mean[j]*total) / scale[j]
	}
}

func (s *single) rows(lo, hi int) blas32.General {
	return general32(hi-lo, s.d, s.d, s.data[lo*s.d:hi*s.d])
}

// narrow sets dst to a times x, rounded.
func narrow(dst []float32, x []float64, a float64) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = float32(a * v)
	}
}

// weigh multiplies x by a w and returns its sum.
func weigh(x []float32, w []float64, a float64) float64 {
	var total float64
	x = x[:len(w)]
	for i, v := range w {
		p := x[i] * float32(a*v)
		x[i] = p
		total += float64(p)
	}
	return total
}

// largest is the largest absolute value in x, or 1 if all are 0.
func largest(x []float64) float64 {
	var top float64
	for _, v := range x {
		if a := math.Abs(v); a > top {
			top = a
		}
	}
	if top == 0 {
		return 1
	}
	return top
}
