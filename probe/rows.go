package probe

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"tell/internal/solve"
)

// Rows is what probes are trained on and applied to: one row of numbers for
// each example. It is made by [Slices], [Matrix], [Dense], [Sparse], [Read] or
// [Stream]. What is wrong with the numbers is reported by the function that
// Rows are given to.
type Rows struct {
	design solve.Design
	err    error
}

// Dims returns the number of rows and of columns.
func (r Rows) Dims() (rows, cols int) {
	if r.design == nil {
		return 0, 0
	}
	return r.design.Dims()
}

func (r Rows) check() error {
	if r.err == nil && r.design == nil {
		return errors.New("probe: found no rows; make them with Slices, Matrix or Read")
	}
	return r.err
}

// wrong holds an error for whom the rows are given to.
func wrong(format string, args ...any) Rows { return Rows{err: fmt.Errorf("probe: "+format, args...)} }

// Slices takes rows of equal length and copies them.
func Slices(x [][]float64) Rows {
	if len(x) == 0 {
		return wrong("found no rows")
	}
	cols := len(x[0])
	data := make([]float64, 0, len(x)*cols)
	for i, row := range x {
		if len(row) != cols {
			return wrong("row %d: found %d numbers, expected %d as in row 0", i, len(row), cols)
		}
		data = append(data, row...)
	}
	return Dense(len(x), cols, data)
}

// Matrix takes the rows of a matrix. One of gonum's that is kept row by row,
// without gaps, is not copied.
func Matrix(x mat.Matrix) Rows {
	if x == nil {
		return wrong("found no matrix")
	}
	n, d := x.Dims()
	if r, ok := x.(mat.RawMatrixer); ok {
		if raw := r.RawMatrix(); raw.Stride == d && len(raw.Data) >= n*d {
			return Dense(n, d, raw.Data[:n*d])
		}
	}
	data := make([]float64, 0, n*d)
	for i := range n {
		for j := range d {
			data = append(data, x.At(i, j))
		}
	}
	return Dense(n, d, data)
}

// Dense takes rows x cols numbers that are kept row by row. They are not copied
// and must not change. NaN and infinite numbers are refused.
func Dense(rows, cols int, data []float64) Rows {
	if rows < 1 || cols < 1 || rows > math.MaxInt/cols || len(data) != rows*cols {
		return wrong("found %d numbers for %d x %d, expected rows x columns, at least one of each", len(data), rows, cols)
	}
	x, err := solve.NewDense(rows, cols, data)
	if err != nil {
		return wrong("%w", err)
	}
	return Rows{design: x}
}

// Sparse takes rows in compressed form: row i has values[indptr[i]:indptr[i+1]]
// in the ascending columns indices of the same range. Such rows cannot be
// standardised: Settings.Raw must be set.
func Sparse(rows, cols int, indptr []int, indices []int32, values []float64) Rows {
	m := &solve.Sparse{Rows: rows, Cols: cols, Indptr: indptr, Indices: indices, Values: values}
	if err := m.Check(); err != nil {
		return wrong("%w", err)
	}
	return Rows{design: m}
}

// Reader is a source of rows, such as one layer of a dump at one position.
type Reader interface {
	Dims() (rows, cols int)
	// ReadRows reads the rows from lo up to hi, without it, into dst, row by
	// row: (hi-lo) x cols numbers.
	ReadRows(dst []float64, lo, hi int) error
}

// dims is the size of what a reader reads: at least a number, and no more than
// memory could have addresses for.
func dims(r Reader) (rows, cols int, err error) {
	if r == nil {
		return 0, 0, errors.New("probe: found no reader")
	}
	n, d := r.Dims()
	if n < 1 || d < 1 {
		return 0, 0, fmt.Errorf("probe: found %d rows of %d numbers, expected at least one of each", n, d)
	}
	if n > math.MaxInt/64/d {
		return 0, 0, fmt.Errorf("probe: found %d rows of %d numbers, expected fewer", n, d)
	}
	return n, d, nil
}

// Read reads all rows into memory.
func Read(r Reader) Rows {
	n, d, err := dims(r)
	if err != nil {
		return Rows{err: err}
	}
	data := make([]float64, n*d)
	if err := r.ReadRows(data, 0, n); err != nil {
		return Rows{err: err}
	}
	return Dense(n, d, data)
}

// Stream reads rows anew whenever they are needed, a block at a time, so that
// they need not fit in memory. Probes are the same to the last bit as with
// [Read]. ReadRows is called from one goroutine at a time.
func Stream(r Reader) Rows {
	if _, _, err := dims(r); err != nil {
		return Rows{err: err}
	}
	return Rows{design: &stream{Reader: r}}
}

// stream is the design of a Reader, read anew at every pass, the next block
// while one is visited.
type stream struct {
	Reader
	pass    sync.Mutex // held by the one pass that memory is meant for
	checked bool       // every number was seen to be finite
}

// Pass implements solve.Design.
func (s *stream) Pass(visit func(solve.Block)) error {
	s.pass.Lock()
	defer s.pass.Unlock()
	n, d := s.Dims()
	step := min(n, solve.BlockRows(d))
	type result struct {
		block solve.DenseBlock
		err   error
	}
	free := make(chan []float64, 2)
	free <- make([]float64, step*d)
	free <- make([]float64, step*d)
	filled := make(chan result)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(filled)
		for lo := 0; lo < n; lo += step {
			hi := min(lo+step, n)
			var buf []float64
			select {
			case buf = <-free:
			case <-stop:
				return
			}
			data := buf[:(hi-lo)*d]
			err := s.ReadRows(data, lo, hi)
			if err == nil && !s.checked {
				_, err = solve.NewDense(hi-lo, d, data)
				err = solve.InBlock(err, lo)
			}
			select {
			case filled <- result{solve.DenseBlock{Lo: lo, Rows: hi - lo, Total: n, Cols: d, Data: data}, err}:
			case <-stop:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for r := range filled {
		if r.err != nil {
			return r.err
		}
		visit(r.block)
		free <- r.block.Data[:cap(r.block.Data)]
	}
	s.checked = true
	return nil
}
