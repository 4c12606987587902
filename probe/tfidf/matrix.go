package tfidf

// Matrix is a sparse matrix in compressed rows: row i has the values
// Values[Indptr[i]:Indptr[i+1]] in the columns Indices of the same range, which
// ascend.
type Matrix struct {
	Rows, Cols int
	Indptr     []int
	Indices    []int32
	Values     []float64
}
