package solve

import (
	"slices"

	"gonum.org/v1/gonum/blas"
)

// outside gives the margins of rows outside training without the weights that they come
// of. Of the rows H outside, margins are H(K + alpha I)⁻¹b, and with U the factor of
// I + K/alpha inner products of whitened rows HU⁻¹ and bU⁻¹, over alpha: a target more
// costs a product of its right-hand side with half the factor, and one with few rows.
type outside struct {
	rows  []int
	white []float64 // rows x size
}

// takeOutside whitens the rows outside training, for the factor at hand.
func (s *squares) takeOutside() (*outside, error) {
	o := new(outside)
	trains := placesOf(s.rows, s.op.n)
	for row, at := range trains {
		if at < 0 {
			o.rows = append(o.rows, row)
		}
	}
	k, m := len(o.rows), s.size
	if k == 0 {
		return o, nil
	}
	o.white = make([]float64, k*m)
	z := s.scaled(o.rows, slices.Repeat([]float64{1}, k))
	var err error
	if s.dual {
		z.rows, z.root = slices.Concat(s.rows, z.rows), slices.Concat(s.root, z.root)
		err = z.multiplyLast(o.white, m, s.op.x)
	} else {
		err = z.each(s.op.x, func(at int, row []float64) { copy(o.white[at*m:], row) })
	}
	if err != nil {
		return nil, err
	}
	s.shift.whiten(o.white, k)
	return o, nil
}

// margins are those of k whitened right-hand sides, k x rows.
func (o *outside) margins(s *squares, white []float64, k int) []float64 {
	dst := make([]float64, k*len(o.rows))
	if len(dst) > 0 {
		gemm(blas.NoTrans, blas.Trans, s.shift.c, general(k, s.size, s.size, white), general(len(o.rows), s.size, s.size, o.white), 0,
			general(k, len(o.rows), len(o.rows), dst))
	}
	return dst
}

// spread lays the margins of k outputs out for all n rows, 0 for those that train, each
// with a number added. It uses all, if that is long enough, where these are 0 already.
func (o *outside) spread(all, margins []float64, k, n int, add []float64) []float64 {
	all = grow(all, k*n)
	for c := range k {
		for i, row := range o.rows {
			all[c*n+row] = margins[c*len(o.rows)+i] + add[c]
		}
	}
	return all
}
