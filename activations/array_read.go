package activations

import (
	"runtime"
	"sync"
)

// blockSize bounds what one read asks for. A stride below spanLimit is read
// over rather than skipped: copying that much costs less than another call.
const (
	blockSize = 256 << 10
	spanLimit = 16 << 10
)

var blocks = sync.Pool{New: func() any { b := make([]byte, blockSize); return &b }}

// shareSize is how many bytes a goroutine must have to read to be worth it.
const shareSize = 1 << 20

// readRows reads rows [lo, hi) of one position, row-major, into dst. Where they
// are many they are shared out: strided rows cost a call each, and most of the
// time of one is the kernel's.
func readRows[T float](p *plane, dst []T, position, lo, hi int) error {
	rows := hi - lo
	size := int64(rows) * int64(p.width) * int64(p.dtype.size())
	shares := int(min(int64(runtime.GOMAXPROCS(0)), size/shareSize, int64(rows)))
	if shares < 2 {
		return readShare(p, dst, position, lo, hi)
	}
	errs := make([]error, shares)
	var wait sync.WaitGroup
	for i := range shares {
		from, to := i*rows/shares, (i+1)*rows/shares
		wait.Go(func() {
			errs[i] = readShare(p, dst[from*p.width:to*p.width], position, lo+from, lo+to)
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err // that of the first rows, whichever came first
		}
	}
	return nil
}

func readShare[T float](p *plane, dst []T, position, lo, hi int) error {
	block := blocks.Get().(*[]byte)
	defer blocks.Put(block)
	r := rowReader[T]{plane: p, block: *block, size: int64(p.dtype.size())}

	offset := p.offset + int64(position)*p.positionStride + int64(lo)*p.rowStride
	rows := hi - lo
	switch {
	case rows == 0:
		return nil
	case rows == 1:
		return r.run(dst, offset, p.itemStride)
	case p.itemStride == r.size && p.rowStride == r.size*int64(p.width):
		return r.run(dst, offset, r.size)
	case p.itemStride == r.size && p.rowStride <= spanLimit:
		return r.spanRows(dst, offset, rows)
	case p.width == 1 || p.rowStride < p.itemStride:
		return r.byColumn(dst, offset, rows)
	}
	for i := range rows {
		if err := r.run(dst[i*p.width:(i+1)*p.width], offset+int64(i)*p.rowStride, p.itemStride); err != nil {
			return err
		}
	}
	return nil
}

type rowReader[T float] struct {
	*plane
	block []byte
	size  int64
}

// load fills the first n bytes of the block and puts them in little-endian order.
func (r *rowReader[T]) load(offset, n int64) ([]byte, error) {
	b := r.block[:n]
	if err := r.file.readAt(b, offset, r.part); err != nil {
		return nil, err
	}
	return b, nil
}

func (r *rowReader[T]) decode(dst []T, src []byte) {
	src = src[:len(dst)*int(r.size)]
	if r.bigEndian {
		swapBytes(src, int(r.size))
	}
	decode(dst, src, r.dtype)
}

// spanRows reads several strided rows with each call.
func (r *rowReader[T]) spanRows(dst []T, offset int64, rows int) error {
	rowBytes := int64(r.width) * r.size
	most := 1 + int((blockSize-rowBytes)/r.rowStride)
	for rows > 0 {
		n := min(rows, most)
		b, err := r.load(offset, int64(n-1)*r.rowStride+rowBytes)
		if err != nil {
			return err
		}
		for i := range n {
			r.decode(dst[i*r.width:(i+1)*r.width], b[int64(i)*r.rowStride:])
		}
		dst, rows, offset = dst[n*r.width:], rows-n, offset+int64(n)*r.rowStride
	}
	return nil
}

// byColumn reads numbers that lie closer along the rows than along the width,
// as in Fortran order. Columns are turned into rows a tile at a time.
func (r *rowReader[T]) byColumn(dst []T, offset int64, rows int) error {
	const tileColumns, tileRows = 16, 2048
	var tile [tileColumns][]T
	scratch := make([]T, tileColumns*min(rows, tileRows))
	for lo := 0; lo < rows; lo += tileRows {
		n := min(rows-lo, tileRows)
		at := offset + int64(lo)*r.rowStride
		for j := 0; j < r.width; j += tileColumns {
			columns := tile[:min(r.width-j, tileColumns)]
			for k := range columns {
				columns[k] = scratch[k*n : (k+1)*n]
				if err := r.run(columns[k], at+int64(j+k)*r.itemStride, r.rowStride); err != nil {
					return err
				}
			}
			for i := range n {
				row := dst[(lo+i)*r.width+j:][:len(columns)]
				for k := range row {
					row[k] = columns[k][i]
				}
			}
		}
	}
	return nil
}

// run reads len(dst) numbers that lie stride bytes apart.
func (r *rowReader[T]) run(dst []T, offset, stride int64) error {
	most := 1
	if stride <= spanLimit {
		most = 1 + int((blockSize-r.size)/stride)
	}
	for len(dst) > 0 {
		n := min(len(dst), most)
		b, err := r.load(offset, int64(n-1)*stride+r.size)
		if err != nil {
			return err
		}
		if stride != r.size {
			gather(b, n, int(r.size), int(stride))
		}
		r.decode(dst[:n], b)
		dst, offset = dst[n:], offset+int64(n)*stride
	}
	return nil
}

// gather moves n numbers that lie stride bytes apart to the front of b.
func gather(b []byte, n, size, stride int) {
	for i := 1; i < n; i++ {
		copy(b[i*size:(i+1)*size], b[i*stride:])
	}
}
