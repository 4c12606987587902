package solve

import "gonum.org/v1/gonum/blas"

// take sets the dual up for a split.
func (s *dual) take(x Design, sc scaling, i int, split Split, tol float64) error {
	n, d := x.Dims()
	s.tol, s.split, s.op = tol, i, operator{x: x, n: n, d: d, scale: sc}
	s.factor.c = 0 // of another Gram matrix
	s.order = s.order[:0]
	for _, want := range []bool{true, false} {
		s.m = len(s.order) // in the end the number of training rows
		for row, in := range split.Train {
			if in == want {
				s.order = append(s.order, row)
			}
		}
	}
	s.gram = grow(s.gram, n*n)
	mean, scale := sc.of(i, d)
	return measureGram(s.gram, x, s.order, mean, scale)
}

// measureGram forms the Gram matrix of some rows in the order given, from panels of
// standardised columns.
func measureGram[T number](gram []T, x Design, rows []int, mean, scale []float64) error {
	const width = 256
	n, d := x.Dims()
	m, place := len(rows), placesOf(rows, n)
	row, panel := make([]float64, width), make([]T, m*min(width, d))
	for lo := 0; lo < d; lo += width {
		hi := min(lo+width, d)
		k := hi - lo
		err := eachRow(x, func(b columned, i int) {
			if place[i] < 0 {
				return
			}
			to := panel[place[i]*k : (place[i]+1)*k]
			b.columns(row[:k], i, lo, hi)
			standardiseRow(row[:k], mean[lo:hi], scale[lo:hi])
			for j, v := range row[:k] {
				to[j] = T(v)
			}
		})
		if err != nil {
			return err
		}
		var beta T = 1
		if lo == 0 {
			beta = 0
		}
		syrkOf(blas.NoTrans, m, k, 1, panel, k, beta, gram, m)
	}
	mirror(gram, m)
	return nil
}

func standardiseRow(x, mean, scale []float64) {
	for j, v := range x {
		x[j] = (v - mean[j]) / scale[j]
	}
}
