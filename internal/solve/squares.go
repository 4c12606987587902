package solve

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
)

// squares are the least squares of one split: the products of its centred training
// rows Z, each times the root of its weight, with one another. It keeps the
// smaller of ZᵀZ and ZZᵀ; with the latter solutions are combinations of rows.
//
// One product serves every target and penalty. Many penalties share one reduction of it
// to a band, few have a Cholesky factor each.
type squares struct {
	op    operator
	split int
	rows  []int     // that train
	root  []float64 // of the weight of each of them
	dual  bool
	size  int
	gram  []float64 // size x size
	// What serves every penalty, and what serves the last one.
	reduced band
	shift   shifted
}

// manyAlphas is the number of penalties from which a reduction costs less than their
// factors.
const manyAlphas = 6

// take forms the products of a split.
func (s *squares) take(op operator, i int, split Split) error {
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
	s.gram = grow(s.gram, s.size*s.size)
	s.reduced.m, s.shift.c = 0, 0 // of another split
	mean, scale := op.scale.of(i, op.d)
	z := scaledRows{s.rows, s.root, func(int) []float64 { return mean }, scale}
	if s.dual {
		return z.multiplyRows(s.gram, op.x)
	}
	return z.multiplyColumns(s.gram, op.x)
}

// scaledRows are rows of a matrix less a mean, times a number, over a scale.
type scaledRows struct {
	rows  []int
	root  []float64
	mean  func(at int) []float64 // of the row rows[at]
	scale []float64
}

// multiplyRows sets gram to ZZᵀ.
func (z scaledRows) multiplyRows(gram []float64, x Design) error {
	m := len(z.rows)
	beta := 0.
	err := z.panels(x, func(panel []float64, k int) {
		syrk(blas.NoTrans, 1, general(m, k, k, panel), beta, gram, m)
		beta = 1
	})
	mirror(gram, m)
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

// panels hands do the columns of Z, k at a time.
func (z scaledRows) panels(x Design, do func(panel []float64, k int)) error {
	const width = 256
	n, d := x.Dims()
	place := placesOf(z.rows, n)
	panel := make([]float64, len(z.rows)*min(width, d))
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

// multiplyColumns sets gram to ZᵀZ, from panels of rows.
func (z scaledRows) multiplyColumns(gram []float64, x Design) error {
	const height = 256
	n, d := x.Dims()
	place := placesOf(z.rows, n)
	panel := make([]float64, min(height, len(z.rows))*d)
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
			if filled++; filled*d == len(panel) {
				flush()
			}
		}
	})
	flush()
	mirror(gram, d)
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
func mirror(a []float64, m int) {
	for top := 0; top < m; top += tile {
		for left := top; left < m; left += tile {
			for i := top; i < min(top+tile, m); i++ {
				for j := max(left, i+1); j < min(left+tile, m); j++ {
					a[j*m+i] = a[i*m+j]
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
	// short is, for each row, the squared norm of the gradient of half the
	// penalised squares that is left.
	short []float64
}

// solve solves (K + alpha I) a = b for k right-hand sides and every alpha, until the
// squared norm of the gradient is at most enough for each row, or rounding allows no
// more.
func (s *squares) solve(b []float64, k int, alphas []float64, enough func(row int, a []float64) float64) solution {
	if len(alphas) >= manyAlphas {
		if s.reduced.m == 0 {
			s.reduced.reduce(s.gram, s.size)
		}
		if got, ok := s.refine(b, k, alphas, s.reduced.divide, enough); ok {
			return got
		}
	}
	var all solution
	for i := range alphas {
		at := func(row int, a []float64) float64 { return enough(i*k+row, a) }
		got, _ := s.refine(b, k, alphas[i:i+1], s.divide, at)
		all.a, all.short = append(all.a, got.a...), append(all.short, got.short...)
	}
	return all
}

// factor makes the factor for one alpha, and reports whether there is one.
func (s *squares) factor(alpha float64) bool {
	c := 1 / alpha
	return s.shift.c == c || s.shift.makeAtOnce(s.gram, s.size, s.size, c) || s.shift.make(s.gram, s.size, s.size, c)
}

// divide replaces the rows of z by their products with (K + alpha I)⁻¹ for one alpha, and
// reports whether there is a factor of it.
func (s *squares) divide(z []float64, alphas []float64) bool {
	if !s.factor(alphas[0]) {
		return false
	}
	s.shift.solve(z, len(z)/s.size)
	simd.Dscal(len(z), s.shift.c, z, 1)
	return true
}

// refine solves by divide and takes away again what rounding leaves. It reports whether
// divide could.
func (s *squares) refine(b []float64, k int, alphas []float64, divide func(z, alphas []float64) bool, enough func(row int, a []float64) float64) (solution, bool) {
	m, rows := s.size, k*len(alphas)
	got := solution{a: make([]float64, rows*m), short: slices.Repeat([]float64{math.Inf(1)}, rows)}
	largest := 1.0 // the gradient is residual, or in the dual Zᵀ residual
	if s.dual {
		largest = 0
		for i := range m {
			largest += s.gram[i*m+i]
		}
	}
	residual, image := slices.Repeat(b[:k*m], len(alphas)), make([]float64, rows*m)
	for range 4 {
		if !divide(residual, alphas) {
			return got, false
		}
		axpy(1, residual, got.a)
		s.times(image, got.a, rows)
		better, done := false, true
		for row := range rows {
			short, alpha, right := 0.0, alphas[row/k], b[row%k*m:]
			for i := range m {
				at := row*m + i
				residual[at] = right[i] - image[at] - alpha*got.a[at]
				short += residual[at] * residual[at]
			}
			short *= largest
			better = better || short < got.short[row]/16
			got.short[row] = min(short, got.short[row])
			done = done && short <= enough(row, got.a[row*m:(row+1)*m])
		}
		if done || !better {
			break
		}
	}
	return got, true
}

// times sets dst = a K for the k x size matrix a.
func (s *squares) times(dst, a []float64, k int) {
	m := s.size
	gemm(blas.NoTrans, blas.NoTrans, 1, general(k, m, m, a), general(m, m, m, s.gram), 0, general(k, m, m, dst))
}

// weights turns k solutions into weights of the standardised columns.
func (s *squares) weights(a []float64, k int) ([]float64, error) {
	if !s.dual {
		return a, nil
	}
	n := s.op.n
	r := make([]float64, k*n)
	for c := range k {
		for i, row := range s.rows {
			r[c*n+row] = s.root[i] * a[c*s.size+i]
		}
	}
	w := make([]float64, k*s.op.d)
	return w, s.op.backward(w, r, slices.Repeat([]int{s.split}, k))
}
