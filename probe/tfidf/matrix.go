package tfidf

// Matrix is a sparse matrix in compressed rows: row i has the values
// Values[Indptr[i]:Indptr[i+1]] in the columns Indices of the same range, which
// ascend.
type Matrix struct {
	Rows, Cols int
	Indptr     []int
	Indices    []int32
	Values     []float64

	Cut int // texts longer than MaxText, of which only the beginning counts
}

// Times is the product of every row with x.
func (m *Matrix) Times(x []float64) []float64 {
	product := make([]float64, m.Rows)
	for i := range product {
		for e := m.Indptr[i]; e < m.Indptr[i+1]; e++ {
			product[i] += m.Values[e] * x[m.Indices[e]]
		}
	}
	return product
}
