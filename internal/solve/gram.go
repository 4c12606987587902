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
	return s.measure(x)
}

// measure forms the Gram matrix from panels of standardised columns.
func (s *dual) measure(x Design) error {
	const width = 256
	n, d := x.Dims()
	mean, scale := s.op.scale.of(s.split, d)
	place := make([]int, n)
	for i, row := range s.order {
		place[row] = i
	}
	panel := make([]float64, n*min(width, d))
	for lo := 0; lo < d; lo += width {
		hi := min(lo+width, d)
		k := hi - lo
		err := eachRow(x, func(b columned, row int) {
			dst := panel[place[row]*k : (place[row]+1)*k]
			b.columns(dst, row, lo, hi)
			standardiseRow(dst, mean[lo:hi], scale[lo:hi])
		})
		if err != nil {
			return err
		}
		beta := 1.
		if lo == 0 {
			beta = 0
		}
		syrk(blas.NoTrans, 1, general(n, k, k, panel), beta, s.gram, n)
	}
	for i := range n {
		for j := range i {
			s.gram[i*n+j] = s.gram[j*n+i]
		}
	}
	return nil
}

func standardiseRow(x, mean, scale []float64) {
	for j, v := range x {
		x[j] = (v - mean[j]) / scale[j]
	}
}
