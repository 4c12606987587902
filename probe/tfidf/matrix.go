package tfidf

import "tell/probe"

// Matrix is a sparse matrix in compressed rows: row i has the values
// Values[Indptr[i]:Indptr[i+1]] in the columns Indices of the same range, which
// ascend. It is a [probe.Design] and its only block.
type Matrix struct {
	Rows, Cols int
	Indptr     []int
	Indices    []int32
	Values     []float64
}

// Dims implements [probe.Design].
func (m *Matrix) Dims() (n, d int) { return m.Rows, m.Cols }

// Pass implements [probe.Design].
func (m *Matrix) Pass(visit func(probe.Block)) error {
	visit(m)
	return nil
}

// Span implements [probe.Block].
func (m *Matrix) Span() (lo, hi int) { return 0, m.Rows }

// Forward implements [probe.Block].
func (m *Matrix) Forward(dst, a []float64, k int) {
	for c := range k {
		weights := a[c*m.Cols : (c+1)*m.Cols]
		product := dst[c*m.Rows : (c+1)*m.Rows]
		for i := range product {
			columns, values := m.row(i)
			var sum float64
			for e, j := range columns {
				sum += values[e] * weights[j]
			}
			product[i] = sum
		}
	}
}

// Backward implements [probe.Block].
func (m *Matrix) Backward(acc, r []float64, k int) {
	for c := range k {
		sums := acc[c*m.Cols : (c+1)*m.Cols]
		for i, weight := range r[c*m.Rows : (c+1)*m.Rows] {
			if weight == 0 {
				continue
			}
			columns, values := m.row(i)
			for e, j := range columns {
				sums[j] += values[e] * weight
			}
		}
	}
}

func (m *Matrix) row(i int) (columns []int32, values []float64) {
	lo, hi := m.Indptr[i], m.Indptr[i+1]
	return m.Indices[lo:hi], m.Values[lo:hi]
}
