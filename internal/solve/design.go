package solve

import (
	"cmp"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Design is the matrix that probes are trained on: rows are examples, columns
// are features. A solver sees it only through passes over blocks of rows, so
// that one reading of the matrix serves every fold, C and target at once, and
// so that a matrix larger than memory can be streamed.
type Design interface {
	// Dims returns the number of rows and columns.
	Dims() (n, d int)
	// Pass calls visit for every block of rows, from the first row to the
	// last. A block is valid only during the call.
	Pass(visit func(Block)) error
}

// Block is a run of rows of a Design.
//
// The k vectors of a batch are the rows of a row-major k x d or k x n matrix.
type Block interface {
	// Span returns the first row of the block and the one after the last.
	Span() (lo, hi int)
	// Forward sets dst[:, lo:hi] = a · Xᵀ for a k x d matrix a and a k x n
	// matrix dst.
	Forward(dst, a []float64, k int)
	// Backward adds r[:, lo:hi] · X to the k x d matrix acc for a k x n
	// matrix r.
	Backward(acc, r []float64, k int)
}

// squarer is a Block that can tell its columns' spread, which standardisation
// needs.
type squarer interface {
	// backwardSquared is Backward with every element x of column j replaced
	// by (x - shift[j])².
	backwardSquared(acc, r, shift []float64, k int)
}

// errNoColumns means that the blocks of a design are not columned.
var errNoColumns = errors.New("solve: a design that does not give its columns")

// columned is a Block whose columns can be had, as copies of the matrix need.
// Those of a sparse matrix cannot; it is cheap to read anyway.
type columned interface {
	// columns copies the columns [lo, hi) of a row to dst.
	columns(dst []float64, row, lo, hi int)
}

// eachRow calls visit for every row and the block that it lies in.
func eachRow(x Design, visit func(b columned, row int)) error {
	var err error
	passed := x.Pass(func(b Block) {
		c, ok := b.(columned)
		if !ok {
			err = errNoColumns
			return
		}
		lo, hi := b.Span()
		for row := lo; row < hi; row++ {
			visit(c, row)
		}
	})
	return cmp.Or(passed, err)
}

// Dense is a row-major matrix in memory.
type Dense struct {
	rows, cols int
	data       []float64
}

// NewDense returns the rows x cols matrix kept row by row in data, which it
// does not copy. It reports the first element that is NaN or infinite.
func NewDense(rows, cols int, data []float64) (*Dense, error) {
	if rows < 0 || cols < 0 || len(data) != rows*cols {
		return nil, fmt.Errorf("found %d numbers, expected %d x %d", len(data), rows, cols)
	}
	for i, v := range data {
		if v-v != 0 { // NaN or infinite
			return nil, &NotFiniteError{Row: i / cols, Column: i % cols, Value: v}
		}
	}
	return &Dense{rows, cols, data}, nil
}

// NotFiniteError is an element that no probe can be trained on.
type NotFiniteError struct {
	Row, Column int
	Value       float64
}

// InBlock turns the row of a NotFiniteError in a block into that of a design
// whose block begins at row lo.
func InBlock(err error, lo int) error {
	if e, ok := err.(*NotFiniteError); ok {
		return &NotFiniteError{Row: lo + e.Row, Column: e.Column, Value: e.Value}
	}
	return err
}

func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("row %d, column %d: found %v, expected a finite number", e.Row, e.Column, e.Value)
}

// Dims implements Design.
func (m *Dense) Dims() (n, d int) { return m.rows, m.cols }

// BlockRows is the number of rows in the blocks of a dense design with d
// columns, some 16 MiB of them. A design that streams uses the same blocks, so
// that its sums are taken in the same order and give the same bytes.
func BlockRows(d int) int { return max(128, 1<<21/max(1, d)/64*64) }

// Pass implements Design.
func (m *Dense) Pass(visit func(Block)) error {
	step := BlockRows(m.cols)
	for lo := 0; lo < m.rows; lo += step {
		n := min(step, m.rows-lo)
		visit(DenseBlock{Lo: lo, Rows: n, Total: m.rows, Cols: m.cols, Data: m.data[lo*m.cols : (lo+n)*m.cols]})
	}
	return nil
}

// DenseBlock is a block whose rows lie in memory.
type DenseBlock struct {
	Lo, Rows    int // rows [Lo, Lo+Rows) of the design
	Total, Cols int // size of the design
	Data        []float64
}

// Span implements Block.
func (b DenseBlock) Span() (lo, hi int) { return b.Lo, b.Lo + b.Rows }

// Forward implements Block.
func (b DenseBlock) Forward(dst, a []float64, k int) {
	if b.Rows == 0 || k == 0 {
		return
	}
	gemm(blas.NoTrans, blas.Trans, 1, general(k, b.Cols, b.Cols, a), b.matrix(), 0, general(k, b.Rows, b.Total, dst[b.Lo:]))
}

// Backward implements Block.
func (b DenseBlock) Backward(acc, r []float64, k int) {
	if b.Rows == 0 || k == 0 {
		return
	}
	gemm(blas.NoTrans, blas.NoTrans, 1, general(k, b.Rows, b.Total, r[b.Lo:]), b.matrix(), 1, general(k, b.Cols, b.Cols, acc))
}

func (b DenseBlock) backwardSquared(acc, r, shift []float64, k int) {
	const rows = 64
	squares := make([]float64, min(rows, b.Rows)*b.Cols)
	for lo := 0; lo < b.Rows; lo += rows {
		n := min(rows, b.Rows-lo)
		for i := range n {
			row, dst := b.Data[(lo+i)*b.Cols:(lo+i+1)*b.Cols], squares[i*b.Cols:(i+1)*b.Cols]
			for j, v := range row {
				v -= shift[j]
				dst[j] = v * v
			}
		}
		part := DenseBlock{Lo: b.Lo + lo, Rows: n, Total: b.Total, Cols: b.Cols, Data: squares[:n*b.Cols]}
		part.Backward(acc, r, k)
	}
}

func (b DenseBlock) columns(dst []float64, row, lo, hi int) {
	copy(dst, b.Data[(row-b.Lo)*b.Cols+lo:(row-b.Lo)*b.Cols+hi])
}

func (b DenseBlock) matrix() blas64.General { return general(b.Rows, b.Cols, b.Cols, b.Data) }
