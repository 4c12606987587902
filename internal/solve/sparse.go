package solve

import (
	"fmt"
	"math"
)

// Sparse is a matrix in compressed rows: row i has the values
// Values[Indptr[i]:Indptr[i+1]] in the columns Indices of the same range, which
// ascend. It is a [Design] and its only block.
type Sparse struct {
	Rows, Cols int
	Indptr     []int
	Indices    []int32
	Values     []float64
}

// Check reports what a matrix in compressed rows cannot hold.
func (m *Sparse) Check() error {
	if m.Rows < 1 || m.Cols < 1 || len(m.Indptr) != m.Rows+1 || len(m.Indices) != len(m.Values) {
		return fmt.Errorf("found %d row pointers, %d indices and %d values for %d x %d, expected rows+1 pointers and as many indices as values",
			len(m.Indptr), len(m.Indices), len(m.Values), m.Rows, m.Cols)
	}
	if m.Indptr[0] != 0 || m.Indptr[m.Rows] != len(m.Values) {
		return fmt.Errorf("found row pointers from %d to %d, expected 0 to %d", m.Indptr[0], m.Indptr[m.Rows], len(m.Values))
	}
	for i := range m.Rows {
		if m.Indptr[i+1] < m.Indptr[i] || m.Indptr[i+1] > len(m.Values) {
			return fmt.Errorf("row %d: found pointers %d and %d, expected them to ascend to %d", i, m.Indptr[i], m.Indptr[i+1], len(m.Values))
		}
		columns, values := m.row(i)
		for e, j := range columns {
			switch {
			case j < 0 || int(j) >= m.Cols || e > 0 && j <= columns[e-1]:
				return fmt.Errorf("row %d: found columns %v, expected ascending ones below %d", i, columns, m.Cols)
			case math.IsNaN(values[e]) || math.IsInf(values[e], 0):
				return &NotFiniteError{Row: i, Column: int(j), Value: values[e]}
			}
		}
	}
	return nil
}

// Dims implements [Design].
func (m *Sparse) Dims() (n, d int) { return m.Rows, m.Cols }

// Pass implements [Design].
func (m *Sparse) Pass(visit func(Block)) error {
	visit(m)
	return nil
}

// Span implements [Block].
func (m *Sparse) Span() (lo, hi int) { return 0, m.Rows }

// Forward implements [Block].
func (m *Sparse) Forward(dst, a []float64, k int) {
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

// Backward implements [Block].
func (m *Sparse) Backward(acc, r []float64, k int) {
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

func (m *Sparse) row(i int) (columns []int32, values []float64) {
	lo, hi := m.Indptr[i], m.Indptr[i+1]
	return m.Indices[lo:hi], m.Values[lo:hi]
}
