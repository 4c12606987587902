package solve

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
)

// squares are the least squares of one split: the products of its centred training
// rows Z, each times the root of its weight, with one another. It keeps the
// smaller of ZᵀZ and ZZᵀ; with the latter solutions are combinations of rows.
//
// One product serves every target and penalty.
type squares struct {
	op    operator
	split int
	rows  []int     // that train
	root  []float64 // of the weight of each of them
	dual  bool
	size  int
	gram  []float64 // size x size
	// Until gram is formed, solutions are settled through the rows, and steps take products
	// in single precision: with quick, or where rough is set with those in penalties.
	quick multiplier
	rough bool
	// What serves every penalty, and what serves the last one.
	penalties penalties
	shift     shifted

	// What a solution comes to that was settled through the rows, for each of its own.
	weights, margins []float64 // d and n numbers

	packed, image, wide, all []float64 // scratch
	panel                    []float32
}

// spare are squares that are not in use. Fresh memory would cost up to a tenth of a fit.
var spare = sync.Pool{New: func() any { return new(squares) }}

// spare puts s back, without what it is of.
func (s *squares) spare() {
	s.op, s.quick = operator{}, nil
	spare.Put(s)
}

// byRows tells whether solutions are settled through the rows.
func (s *squares) byRows() bool { return s.quick != nil || s.rough }

// take forms the products of a split, from those that splits share unless these are nil.
func (s *squares) take(op operator, i int, split Split, sh *shared) error {
	s.op, s.split = op, i
	s.rows, s.root = s.rows[:0], s.root[:0]
	for row := range split.Train {
		if split.in(row) {
			s.rows = append(s.rows, row)
			s.root = append(s.root, math.Sqrt(split.weight(row)))
		}
	}
	s.dual = len(s.rows) < op.d
	s.size = min(len(s.rows), op.d)
	s.shift.c = 0 // of another split
	s.quick, s.rough = nil, false
	switch {
	case sh != nil && sh.near != nil && sh.precondition(&s.penalties, s.rows):
		s.quick = sh.copy.twin()
		return nil
	case sh != nil && sh.copy != nil && s.roughen(sh.copy):
		return nil
	}
	s.gram = grow(s.gram, s.size*s.size)
	if sh != nil && sh.copy == nil {
		if done, err := sh.take(s); done || err != nil {
			return err
		}
	}
	return s.form()
}

// form sets gram to the products of the split's own rows.
func (s *squares) form() error {
	s.quick, s.rough, s.gram = nil, false, grow(s.gram, s.size*s.size)
	z := s.scaled(s.rows, s.root)
	multiply := z.multiplyColumns
	if s.dual {
		multiply = z.multiplyRows
	}
	err := multiply(s.gram, s.op.x)
	mirror(s.gram, s.size)
	return err
}

// roughen forms the products of the rows in single precision alone, from a copy of them, and
// reports whether that holds them.
func (s *squares) roughen(from *single) bool {
	m, d := s.size, s.op.d
	mean, scale := from.scale.of(s.split, d)
	s.panel = grow(s.panel, (m+2)*d)
	shift, times := s.panel[m*d:(m+1)*d], s.panel[(m+1)*d:]
	for j, v := range mean {
		shift[j], times[j] = float32(v), float32(1/scale[j])
	}
	for i, row := range s.rows {
		root, to := float32(s.root[i]), s.panel[i*d:(i+1)*d]
		for j, v := range from.data[row*d : (row+1)*d] {
			to[j] = root * (v - shift[j]) * times[j]
		}
	}
	if s.rough = s.penalties.form(blas.NoTrans, s.panel, m, d); !s.rough {
		return false
	}
	// The rows, each times its root, sum to 0: see precondition.
	total := dot(s.root, s.root)
	for i, a := range s.root {
		to := s.penalties.scaled[i*m : (i+1)*m]
		for j := i; j < m; j++ {
			to[j] += float32(a * s.root[j] / total)
		}
	}
	mirror(s.penalties.scaled, m)
	return true
}

// scaled are rows, standardised as the split has it.
func (s *squares) scaled(rows []int, root []float64) scaledRows {
	mean, scale := s.op.scale.of(s.split, s.op.d)
	return scaledRows{rows, root, func(int) []float64 { return mean }, scale, nil}
}

// scaledRows are rows of a matrix less a mean, times a number, over a scale.
type scaledRows struct {
	rows  []int
	root  []float64
	mean  func(at int) []float64 // of the row rows[at]
	scale []float64
	sums  []float64 // multiplyColumns adds the rows to it, unless it is nil
}

// multiplyRows sets the upper triangle of gram to that of ZZᵀ.
func (z scaledRows) multiplyRows(gram []float64, x Design) error {
	m := len(z.rows)
	beta := 0.
	err := z.panels(x, func(panel []float64, k int) {
		syrk(blas.NoTrans, 1, general(m, k, k, panel), beta, gram, m)
		beta = 1
	})
	return err
}

// multiplyLast sets dst to the products of the rows after the first m with those.
func (z scaledRows) multiplyLast(dst []float64, m int, x Design) error {
	last := len(z.rows) - m
	beta := 0.
	return z.panels(x, func(panel []float64, k int) {
		gemm(blas.NoTrans, blas.Trans, 1, general(last, k, k, panel[m*k:]), general(m, k, k, panel), beta, general(last, m, m, dst))
		beta = 1
	})
}

// scratch are panels that are not in use. Fresh memory would cost a few percent of a product.
var scratch sync.Pool

// lend returns n numbers, of any value, to be put back.
func lend(n int) *[]float64 {
	s, ok := scratch.Get().(*[]float64)
	if !ok {
		s = new([]float64)
	}
	*s = grow(*s, n)
	return s
}

// panels hands do the columns of Z, k at a time.
func (z scaledRows) panels(x Design, do func(panel []float64, k int)) error {
	const width = 256
	n, d := x.Dims()
	place := placesOf(z.rows, n)
	lent := lend(len(z.rows) * min(width, d))
	defer scratch.Put(lent)
	panel := *lent
	for lo := 0; lo < d; lo += width {
		hi := min(lo+width, d)
		k := hi - lo
		err := x.Pass(func(b Block) {
			first, end := b.Span()
			for row := first; row < end; row++ {
				at := place[row]
				if at < 0 {
					continue
				}
				dst := panel[at*k : (at+1)*k]
				copyColumns(b, dst, row, lo, hi)
				standardiseTimes(dst, z.root[at], z.mean(at)[lo:hi], z.scale[lo:hi])
			}
		})
		if err != nil {
			return err
		}
		do(panel, k)
	}
	return nil
}

// multiplyColumns sets the upper triangle of gram to that of ZᵀZ, from panels of rows.
func (z scaledRows) multiplyColumns(gram []float64, x Design) error {
	const height = 256
	n, d := x.Dims()
	place := placesOf(z.rows, n)
	lent := lend(min(height, len(z.rows)) * d)
	defer scratch.Put(lent)
	panel := *lent
	filled, beta := 0, 0.
	flush := func() {
		if filled > 0 {
			syrk(blas.Trans, 1, general(filled, d, d, panel), beta, gram, d)
			filled, beta = 0, 1
		}
	}
	err := x.Pass(func(b Block) {
		first, end := b.Span()
		for row := first; row < end; row++ {
			at := place[row]
			if at < 0 {
				continue
			}
			dst := panel[filled*d : (filled+1)*d]
			copyColumns(b, dst, row, 0, d)
			standardiseTimes(dst, z.root[at], z.mean(at), z.scale)
			if z.sums != nil {
				axpy(1, dst, z.sums)
			}
			if filled++; filled*d == len(panel) {
				flush()
			}
		}
	})
	flush()
	return err
}

// each hands do every row of Z, with its place; the row is lent until do returns.
func (z scaledRows) each(x Design, do func(at int, row []float64)) error {
	n, d := x.Dims()
	place := placesOf(z.rows, n)
	row := make([]float64, d)
	return x.Pass(func(b Block) {
		first, end := b.Span()
		for r := first; r < end; r++ {
			if at := place[r]; at >= 0 {
				copyColumns(b, row, r, 0, d)
				standardiseTimes(row, z.root[at], z.mean(at), z.scale)
				do(at, row)
			}
		}
	})
}

// placesOf gives the place of every one of n rows among some of them, or -1.
func placesOf(rows []int, n int) []int {
	place := slices.Repeat([]int{-1}, n)
	for i, row := range rows {
		place[row] = i
	}
	return place
}

// copyColumns copies the columns [lo, hi) of a row of a block to dst.
func copyColumns(b Block, dst []float64, row, lo, hi int) {
	switch b := b.(type) {
	case columned:
		b.columns(dst, row, lo, hi)
	case *Sparse:
		clear(dst)
		columns, values := b.row(row)
		for e, j := range columns {
			if int(j) >= lo && int(j) < hi {
				dst[int(j)-lo] = values[e]
			}
		}
	}
}

func standardiseTimes(x []float64, a float64, mean, scale []float64) {
	mean, scale = mean[:len(x)], scale[:len(x)]
	for j, v := range x {
		x[j] = a * (v - mean[j]) / scale[j]
	}
}

// mirror copies the upper triangle of an m x m matrix to the lower one, tile by
// tile.
func mirror[T number](a []T, m int) {
	const side = 16
	for top := 0; top < m; top += side {
		for left := top; left < m; left += side {
			for i := top; i < min(top+side, m); i++ {
				row := a[i*m : (i+1)*m]
				for j := max(left, i+1); j < min(left+side, m); j++ {
					a[j*m+i] = row[j]
				}
			}
		}
	}
}

// right returns the right-hand sides, one row of size numbers for each target,
// for the centred values of all training rows, k x n.
func (s *squares) right(values []float64, k int) ([]float64, error) {
	n := s.op.n
	b := make([]float64, k*s.size)
	if s.dual {
		for c := range k {
			for i, row := range s.rows {
				b[c*s.size+i] = s.root[i] * values[c*n+row]
			}
		}
		return b, nil
	}
	weighted := make([]float64, k*n)
	for c := range k {
		for i, row := range s.rows {
			weighted[c*n+row] = s.root[i] * s.root[i] * values[c*n+row]
		}
	}
	return b, s.op.backward(b, weighted, slices.Repeat([]int{s.split}, k))
}

// solution is what (K + alpha I) a = b gives.
type solution struct {
	a []float64 // size numbers a row: k rows for every alpha
	// short bounds, for each row, what the penalised squares exceed their minimum by.
	short []float64
}

// solve solves (K + alpha I) a = b for k right-hand sides and every alpha, until the
// penalised squares exceed their minimum by at most enough for each row, or rounding
// allows no more.
func (s *squares) solve(b []float64, k int, alphas []float64, enough func(row int, a []float64) float64) (solution, error) {
	rows := k * len(alphas)
	got := solution{make([]float64, rows*s.size), slices.Repeat([]float64{math.Inf(1)}, rows)}
	if s.byRows() {
		s.weights, s.margins = grow(s.weights, rows*s.op.d), grow(s.margins, rows*s.op.n)
	}
	if s.byRows() || s.penalties.take(s.gram, s.size) {
		step := penaltiesAbreast(s.size)
		for lo := 0; lo < len(alphas); lo += step {
			if err := s.conjugate(got, lo*k, b, k, alphas[lo:min(lo+step, len(alphas))], enough); err != nil {
				return got, err
			}
		}
	}
	for i, alpha := range alphas {
		short := false
		for row := i * k; row < (i+1)*k; row++ {
			short = short || !(got.short[row] <= enough(row, got.a[row*s.size:(row+1)*s.size]))
		}
		if short && s.byRows() {
			if err := s.form(); err != nil {
				return got, err
			}
		}
		if short {
			s.refine(got, i*k, b, k, alpha, enough)
		}
	}
	return got, nil
}

// factor makes the factor for one alpha, and reports whether there is one.
func (s *squares) factor(alpha float64) bool {
	c := 1 / alpha
	return s.shift.c == c || s.shift.makeAtOnce(s.gram, s.size, s.size, c) || s.shift.make(s.gram, s.size, s.size, c)
}

// refine solves for one alpha by its factor in double precision and takes away again what
// rounding leaves. It keeps the rows of the solution that are better.
func (s *squares) refine(got solution, first int, b []float64, k int, alpha float64, enough func(row int, a []float64) float64) {
	if !s.factor(alpha) {
		return
	}
	m := s.size
	a, image := make([]float64, k*m), make([]float64, k*m)
	residual := slices.Clone(b[:k*m])
	for range 4 {
		s.shift.solve(residual, k)
		axpy(s.shift.c, residual, a)
		gemm(blas.NoTrans, blas.NoTrans, 1, general(k, m, m, a), general(m, m, m, s.gram), 0, general(k, m, m, image))
		better, done := false, true
		for t := range k {
			at, row := a[t*m:(t+1)*m], first+t
			for j, v := range at {
				residual[t*m+j] = b[t*m+j] - image[t*m+j] - alpha*v
			}
			left := residual[t*m : (t+1)*m]
			short := dot(left, left)
			if !s.dual {
				short /= alpha
			}
			if short < got.short[row] {
				better = better || short < got.short[row]/16
				got.short[row] = short
				copy(got.a[row*m:(row+1)*m], at)
			}
			done = done && short <= enough(row, at)
		}
		if done || !better {
			return
		}
	}
}

// outcome returns the weights of the standardised columns and the margins of all rows, of k
// solutions.
func (s *squares) outcome(a []float64, k int) (w, margin []float64, err error) {
	d, n := s.op.d, s.op.n
	if s.byRows() {
		return slices.Clone(s.weights[:k*d]), slices.Clone(s.margins[:k*n]), nil
	}
	if w = a; s.dual {
		w = make([]float64, k*d)
		if err := s.combine(&s.op, w, a, k); err != nil {
			return nil, nil, err
		}
	}
	margin = make([]float64, k*n)
	return w, margin, s.op.forward(margin, slices.Repeat([]int{s.split}, k), rowsOf(w, k, d))
}

// combine sets w to k combinations of the split's rows.
func (s *squares) combine(x multiplier, w, a []float64, k int) error {
	n := s.op.n
	r := make([]float64, k*n)
	for c := range k {
		for i, row := range s.rows {
			r[c*n+row] = s.root[i] * a[c*s.size+i]
		}
	}
	return x.backward(w, r, slices.Repeat([]int{s.split}, k))
}
