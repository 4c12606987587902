package solve

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Residual is a design without what columns tell of it linearly: each of its columns
// less its regression on the columns z, an intercept among them, over the training
// rows of a split at their weights. The regression is taken from all rows; means stay
// as they are. What z tells exactly, up to rounding, is left constant, so that no
// standardisation blows the rounding up.
//
// A dense design is copied, another one is changed anew in every pass.
func Residual(x Design, z [][]float64, s Split) (Design, error) {
	n, d := x.Dims()
	for _, column := range z {
		if len(column) != n {
			return nil, fmt.Errorf("found %d numbers to regress out, expected %d, one for each row", len(column), n)
		}
	}
	basis, err := orthonormal(z, n, s)
	if err != nil {
		return nil, err
	}
	rank := len(basis)
	r := &residual{Design: x, basis: basis, slope: make([]float64, rank*d), constant: make([]bool, d)}
	// A regression on an orthonormal basis is a product with it.
	weighted := make([]float64, (rank+1)*n)
	total := 0.0
	for i := range n {
		v := s.weight(i)
		total += v
		for k, q := range basis {
			weighted[k*n+i] = v * q[i]
		}
		weighted[rank*n+i] = v
	}
	sums, squares := make([]float64, (rank+1)*d), make([]float64, d)
	err = x.Pass(func(b Block) { b.Backward(sums, weighted, rank+1) })
	if err != nil {
		return nil, err
	}
	copy(r.slope, sums[:rank*d])
	mean := sums[rank*d:]
	for j := range mean {
		mean[j] /= total
	}
	row := make([]float64, d)
	if err := eachRow(x, func(b columned, i int) {
		if v := s.weight(i); v > 0 {
			b.columns(row, i, 0, d)
			for j, a := range row {
				squares[j] += v * (a - mean[j]) * (a - mean[j])
			}
		}
	}); err != nil {
		return nil, err
	}
	const rounding = 1e-12
	for j, all := range squares {
		left := all
		for k := range rank {
			left -= r.slope[k*d+j] * r.slope[k*d+j]
		}
		r.constant[j] = left <= rounding*all
	}
	if _, dense := x.(*Dense); !dense {
		return r, nil
	}
	copied := &Dense{n, d, make([]float64, n*d)}
	err = r.Pass(func(b Block) {
		of := b.(DenseBlock)
		copy(copied.data[of.Lo*d:], of.Data)
	})
	return copied, err
}

// residual is a design whose blocks lose a regression as they pass.
type residual struct {
	Design
	basis    [][]float64 // vectors over all rows, orthonormal over those that train
	slope    []float64   // of every column on each of them
	constant []bool      // columns that the basis tells exactly
}

// Pass implements Design.
func (r *residual) Pass(visit func(Block)) error {
	n, d := r.Dims()
	var wrong error
	err := r.Design.Pass(func(b Block) {
		from, ok := b.(columned)
		if !ok {
			wrong = errNoColumns
			return
		}
		lo, hi := b.Span()
		data := make([]float64, (hi-lo)*d)
		for i := lo; i < hi; i++ {
			row := data[(i-lo)*d : (i-lo+1)*d]
			from.columns(row, i, 0, d)
			for k, q := range r.basis {
				axpy(-q[i], r.slope[k*d:(k+1)*d], row)
			}
			for j, is := range r.constant {
				if is {
					row[j] = 0
				}
			}
		}
		visit(DenseBlock{Lo: lo, Rows: hi - lo, Total: n, Cols: d, Data: data})
	})
	return errors.Join(err, wrong)
}

// orthonormal returns vectors over all n rows that span z less its means, and are
// orthonormal over the training rows at their weights: the left singular vectors, so
// that columns that depend on each other, such as the indicators of all levels, do no
// harm.
func orthonormal(z [][]float64, n int, s Split) ([][]float64, error) {
	q := len(z)
	if q == 0 {
		return nil, errors.New("found no columns to regress out")
	}
	var rows []int
	total := 0.0
	for i := range n {
		if s.in(i) {
			rows = append(rows, i)
			total += s.weight(i)
		}
	}
	all, some := mat.NewDense(n, q, nil), mat.NewDense(max(1, len(rows)), q, nil)
	for c, column := range z {
		var mean, square float64
		if len(rows) > 0 {
			column = slices.Clone(column)
			floats.AddConst(-column[rows[0]], column) // else a constant has a variance by rounding
		}
		for _, i := range rows {
			mean += s.weight(i) * column[i] / total
		}
		for _, i := range rows {
			square += s.weight(i) * (column[i] - mean) * (column[i] - mean) / total
		}
		if square == 0 {
			continue // constant on the rows that train: nothing is known of its slope
		}
		scale := math.Sqrt(square)
		for i, v := range column {
			all.Set(i, c, (v-mean)/scale)
		}
		for k, i := range rows {
			some.Set(k, c, all.At(i, c)*math.Sqrt(s.weight(i)))
		}
	}
	var svd mat.SVD
	if !svd.Factorize(some, mat.SVDThin) {
		return nil, errors.New("the singular values of the columns to regress out were not found")
	}
	values := svd.Values(nil)
	var v mat.Dense
	svd.VTo(&v)
	var basis [][]float64
	const dependent = 1e-10
	for k, value := range values {
		if value <= dependent*values[0] {
			break
		}
		var u mat.VecDense
		u.MulVec(all, v.ColView(k))
		u.ScaleVec(1/value, &u)
		basis = append(basis, u.RawVector().Data)
	}
	return basis, nil
}
