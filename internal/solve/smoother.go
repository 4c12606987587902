package solve

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
)

// smoothers give the margins of the rows H outside a split in single precision, for any
// target. With Z the rows that train they hold H(ZᵀZ + alpha I)⁻¹ for every alpha, whose
// products with Zᵀy are margins less the mean of y; with fewer rows than columns they hold
// HZᵀ(ZZᵀ + alpha I)⁻¹, whose products with y are these.
type smoothers struct {
	split          int
	train, outside []int
	by             [][]float32 // for every alpha: outside x size
	whole          *whole      // with more rows than columns
}

// whole is what splits with more rows than columns share: a copy of all rows, standardised
// over all of them, and the products of its columns.
type whole struct {
	*single
	products []float32 // the upper triangle
}

// mostSmoothed bounds the Frobenius norm of I + ZᵀZ/alpha, which is rounded to 6e-8 of it.
// Margins are then within 1e-4 of their spread, root mean square.
const mostSmoothed = 4e3

// takeWhole copies a matrix whose scaling ends with that of all rows. It returns nil for one
// that is not copied; the products are left out where no split needs them.
func takeWhole(op operator, splits []Split) (*whole, error) {
	one, err := newSingle(op.x, op.scale, len(splits))
	if one == nil || err != nil {
		return nil, err
	}
	w := &whole{single: one}
	if slices.ContainsFunc(splits, func(s Split) bool { return len(s.rows()) >= op.d }) {
		w.products = make([]float32, op.d*op.d)
		syrkOf(blas.Trans, op.d, op.n, 1, one.data, op.d, 0, w.products, op.d)
	}
	return w, nil
}

// take sets s up for a split. It leaves alphas out that single precision does not do for.
func (s *smoothers) take(op operator, i int, split Split, w *whole, alphas []float64) error {
	s.split, s.train = i, split.rows()
	for row := range op.n {
		if !split.in(row) {
			s.outside = append(s.outside, row)
		}
	}
	switch {
	case len(s.outside) >= len(s.train):
		return nil
	case len(s.train) < op.d:
		return s.takeRows(op, alphas)
	}
	s.whole = w
	s.takeColumns(alphas)
	return nil
}

// takeColumns has the products of the columns from those of all rows, less those of the
// rows outside.
func (s *smoothers) takeColumns(alphas []float64) {
	w, d, m, k := s.whole, s.whole.d, float32(len(s.train)), len(s.outside)
	mean, scale := s.centre()
	out := s.rowsOutside()
	products := slices.Clone(w.products)
	if k > 0 {
		syrkOf(blas.Trans, d, k, -1, out, d, 1, products, d)
	}
	f := factor[float32]{m: d, upper: make([]float32, d*d)}
	inverse := make([]float32, d)
	for _, alpha := range alphas {
		for j := range d {
			inverse[j] = float32(1 / (math.Sqrt(alpha) * scale[j]))
		}
		for i := range d {
			a, b := m*mean[i], inverse[i]
			to, from := f.upper[i*d+i:(i+1)*d], products[i*d+i:(i+1)*d]
			for j, v := range from {
				to[j] = (v - a*mean[i+j]) * b * inverse[i+j]
			}
			// What is taken away must not cost digits.
			if whole := w.products[i*d+i] * b * b; !(to[0] >= whole/4 || whole <= 1) {
				return
			}
			to[0]++
		}
		by := make([]float32, k*d)
		for r := range k {
			for j, v := range out[r*d : (r+1)*d] {
				by[r*d+j] = (v - mean[j]) * inverse[j]
			}
		}
		if !s.solve(&f, by) {
			return
		}
		for r := range k {
			for j, v := range inverse {
				by[r*d+j] *= v
			}
		}
	}
}

// centre is the mean of the rows that train, in the units of the copy, and their scale.
func (s *smoothers) centre() (mean []float32, scale []float64) {
	centre, scale := s.whole.scale.of(s.split, s.whole.d)
	mean = make([]float32, len(centre))
	narrow(mean, centre, 1)
	return mean, scale
}

func (s *smoothers) rowsOutside() []float32 {
	d := s.whole.d
	out := make([]float32, 0, len(s.outside)*d)
	for _, row := range s.outside {
		out = append(out, s.whole.data[row*d:(row+1)*d]...)
	}
	return out
}

// takeRows has the products of the rows, those that train before those outside.
func (s *smoothers) takeRows(op operator, alphas []float64) error {
	n, m, k := op.n, len(s.train), len(s.outside)
	if least, err := s.least(op); err != nil || least > mostSmoothed*alphas[len(alphas)-1] {
		return err
	}
	gram := make([]float32, n*n)
	mean, scale := op.scale.of(s.split, op.d)
	if err := measureGram(gram, op.x, slices.Concat(s.train, s.outside), mean, scale); err != nil {
		return err
	}
	f := factor[float32]{m: m, upper: make([]float32, m*m)}
	for _, alpha := range alphas {
		c := float32(1 / alpha)
		for i := range m {
			to := f.upper[i*m+i : (i+1)*m]
			for j, v := range gram[i*n+i : i*n+m] {
				to[j] = c * v
			}
			to[0]++
		}
		by := make([]float32, 0, k*m)
		for i := m; i < n; i++ {
			for _, v := range gram[i*n : i*n+m] {
				by = append(by, c*v)
			}
		}
		if !s.solve(&f, by) {
			return nil
		}
	}
	return nil
}

// least is at most the norm of ZZᵀ, by steps of a power iteration: products that would be too
// large are not made.
func (s *smoothers) least(op operator) (float64, error) {
	w, image, split := slices.Repeat([]float64{1}, op.d), make([]float64, op.n), []int{s.split}
	norm := 0.0
	for range 3 {
		if err := op.forward(image, split, [][]float64{w}); err != nil {
			return 0, err
		}
		for _, row := range s.outside {
			image[row] = 0
		}
		norm = dot(image, image) / dot(w, w)
		if err := op.backward(w, image, split); err != nil {
			return 0, err
		}
	}
	return norm, nil
}

// solve keeps the rows of by times the inverse of the matrix in the upper triangle of f,
// unless that is too large.
func (s *smoothers) solve(f *factor[float32], by []float32) bool {
	square := 0.0
	for i := range f.m {
		row := f.upper[i*f.m+i : (i+1)*f.m]
		square += 2 * float64(simd.Sdot(len(row), row, 1, row, 1))
	}
	if !(square <= mostSmoothed*mostSmoothed) || !f.make(tile) {
		return false
	}
	if len(by) > 0 {
		f.solve(by, len(by)/f.m)
	}
	s.by = append(s.by, by)
	return true
}

// smoothed are targets that are trained together.
type smoothed struct {
	k          int
	mean, unit []float64 // y is the target less its mean, over the unit
	y          []float32 // k x n
	right      []float32 // products with the copied rows, k x d, if any split needs them
}

func (r Ridge) smoothed(targets [][]float64, w *whole, n int) *smoothed {
	k := len(targets)
	b := &smoothed{k: k, unit: make([]float64, k), y: make([]float32, k*n)}
	var y []float64
	y, b.mean = r.centred(allRows(n), targets)
	for t := range targets {
		b.unit[t] = largest(y[t*n : (t+1)*n])
		narrow(b.y[t*n:(t+1)*n], y[t*n:(t+1)*n], 1/b.unit[t])
	}
	if w.products != nil {
		b.right = make([]float32, k*w.d)
		gemmOf(blas.NoTrans, blas.NoTrans, k, w.d, n, 1, b.y, n, w.data, w.d, 0, b.right, w.d)
	}
	return b
}

// of are the values of some rows.
func (b *smoothed) of(rows []int) []float32 {
	n := len(b.y) / b.k
	some := make([]float32, 0, b.k*len(rows))
	for t := range b.k {
		for _, row := range rows {
			some = append(some, b.y[t*n+row])
		}
	}
	return some
}

// fits gives the margins of the targets.
func (s *smoothers) fits(b *smoothed, n int, grid []float64) []*Fit {
	k, out := b.k, len(s.outside)
	mean := make([]float64, k) // over the rows that train
	for t := range k {
		for _, row := range s.train {
			mean[t] += float64(b.y[t*n+row]) / float64(len(s.train))
		}
	}
	var right []float32
	size := len(s.train)
	if s.whole == nil {
		right = b.of(s.train)
	} else {
		size = s.whole.d
		right = slices.Clone(b.right)
		if out > 0 {
			gemmOf(blas.NoTrans, blas.NoTrans, k, size, out, -1, b.of(s.outside), out, s.rowsOutside(), size, 1, right, size)
		}
		centre, _ := s.centre()
		for t := range k {
			simd.Saxpy(size, -float32(mean[t]*float64(len(s.train))), centre, 1, right[t*size:], 1)
		}
	}
	var fits []*Fit
	margins := make([]float32, k*out)
	for i, by := range s.by {
		if out > 0 {
			gemmOf(blas.NoTrans, blas.Trans, k, out, size, 1, right, size, by, size, 0, margins, out)
		}
		for t := range k {
			f := &Fit{Split: s.split, Target: t, C: grid[i], CIndex: i, Iterations: 1, Status: Converged, Margin: make([]float64, n)}
			for j, row := range s.outside {
				f.Margin[row] = b.mean[t] + b.unit[t]*(mean[t]+float64(margins[t*out+j]))
			}
			fits = append(fits, f)
		}
	}
	return fits
}

// smooth gives the margins of the rows outside training, and reports whether single
// precision does for all splits; where not, it has given none.
func (r Ridge) smooth(ctx context.Context, op operator, splits []Split, targets [][]float64, grid []float64, visit func(*Fit)) (bool, error) {
	w, err := takeWhole(op, splits)
	if w == nil || err != nil {
		return false, err
	}
	alphas := alphasOf(grid)
	all := make([]smoothers, len(splits))
	step := abreast(op.n)
	for lo := 0; lo < len(splits); lo += step {
		batch := all[lo:min(lo+step, len(splits))]
		err := eachAtOnce(batch, func(k int) error { return batch[k].take(op, lo+k, splits[lo+k], w, alphas) })
		if err != nil {
			return false, err
		}
		for _, s := range batch {
			if len(s.by) < len(alphas) {
				return false, nil
			}
		}
	}
	// Batches are of about one size, so that all take the same kernels and a permutation that
	// is the target itself ties with it.
	together := max(1, Together(op.n, op.d)/max(1, len(grid)))
	batches := (len(targets) + together - 1) / together
	for at := range batches {
		lo := at * len(targets) / batches
		b := r.smoothed(targets[lo:(at+1)*len(targets)/batches], w, op.n)
		for i := 0; i < len(all); i += step {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			batch := all[i:min(i+step, len(all))]
			fits := make([][]*Fit, len(batch))
			_ = eachAtOnce(batch, func(k int) error {
				fits[k] = batch[k].fits(b, op.n, grid)
				return nil
			})
			for _, f := range slices.Concat(fits...) {
				f.Target += lo
				visit(f)
			}
		}
	}
	return true, nil
}
