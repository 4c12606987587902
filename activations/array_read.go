package activations

import (
	"runtime"
	"sync"

	"tell/activations/internal/input"
)

// blockSize bounds what one read asks for. A stride below spanLimit is read
// over rather than skipped: copying that much costs less than another call.
const (
	blockSize = 256 << 10
	spanLimit = 16 << 10
)

var blocks = sync.Pool{New: func() any { b := make([]byte, blockSize); return &b }}

// A goroutine must have shareSize bytes to read to be worth it, or, where rows
// take a call each, shareCalls of them. Such calls wait for a disk far longer
// than they work, so up to maxWaiting do at a time.
const (
	shareSize  = 1 << 20
	shareCalls = 64
	maxWaiting = 32
	// So do reads of objects, where the time goes by the blocks to fetch.
	remoteShare = 4 << 20
)

// streamFrom is the count of numbers above which they will not be in a cache
// later.
const streamFrom = 4 << 20

// stretch is rows [lo, hi) of one position of a plane, and where they go.
type stretch[T float] struct {
	plane            *plane
	position, lo, hi int
	dst              []T
}

// readStretches reads stretches that follow each other, row-major. Where they
// are long they are shared out among goroutines.
func readStretches[T float](all []stretch[T]) error {
	rows, calls, numbers, size, waiting := 0, 0, 0, int64(0), int64(0)
	for _, s := range all {
		n := s.hi - s.lo
		rows += n
		numbers += len(s.dst)
		size += int64(len(s.dst)) * int64(s.plane.dtype.size())
		if s.plane.apart() {
			calls += n
		}
		if s.plane.file.Remote() {
			waiting += int64(n) * s.plane.rowStride
		}
	}
	shares := max(int(min(int64(runtime.GOMAXPROCS(0)), size/shareSize, int64(rows))), min(maxWaiting, calls/shareCalls), int(min(maxWaiting, int64(rows), waiting/remoteShare)), 1)
	if shares == 1 {
		return readPart(all, 0, rows, numbers >= streamFrom)
	}
	errs := make([]error, shares)
	var wait sync.WaitGroup
	for i := range shares {
		read := func() { errs[i] = readPart(all, i*rows/shares, (i+1)*rows/shares, numbers >= streamFrom) }
		if i == shares-1 {
			read()
		} else {
			wait.Go(read)
		}
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err // that of the first rows, whichever came first
		}
	}
	return nil
}

// readPart reads rows [from, to), counted over all stretches.
func readPart[T float](all []stretch[T], from, to int, streamed bool) error {
	for _, s := range all {
		rows := s.hi - s.lo
		if lo, hi := max(from, 0), min(to, rows); lo < hi {
			width := s.plane.width
			if len(all) > 1 {
				s.plane.announce(s.position, s.lo+lo, s.lo+hi)
			}
			if err := readBlocks(s.plane, s.dst[lo*width:hi*width], s.position, s.lo+lo, s.lo+hi, streamed); err != nil {
				return err
			}
		}
		from, to = from-rows, to-rows
	}
	return nil
}

// apart reports whether every row takes a call of its own.
func (p *plane) apart() bool {
	return p.itemStride == int64(p.dtype.size()) && p.rowStride > spanLimit && p.rowStride > p.itemStride*int64(p.width)
}

// contiguous reports whether the rows of a position follow each other.
func (p *plane) contiguous() bool {
	return p.itemStride == int64(p.dtype.size()) && p.rowStride == p.itemStride*int64(p.width)
}

// announce says that rows [lo, hi) of a position will be read. Without this,
// a system guesses from earlier reads, and also reads what lies between the
// stretches.
func (p *plane) announce(position, lo, hi int) {
	if p.contiguous() {
		p.file.Advise(p.offset+int64(position)*p.positionStride+int64(lo)*p.rowStride, int64(hi-lo)*p.rowStride)
	}
}

// readShare reads rows [lo, hi) of one position, row-major, into dst.
func readShare[T float](p *plane, dst []T, position, lo, hi int) error {
	return readBlocks(p, dst, position, lo, hi, false)
}

// readBlocks is readShare; streamed are numbers that are not used soon.
func readBlocks[T float](p *plane, dst []T, position, lo, hi int, streamed bool) error {
	block := blocks.Get().(*[]byte)
	defer blocks.Put(block)
	r := rowReader[T]{plane: p, block: *block, size: int64(p.dtype.size()), streamed: streamed}

	offset := p.offset + int64(position)*p.positionStride + int64(lo)*p.rowStride
	rows := hi - lo
	switch {
	case rows == 0:
		return nil
	case rows == 1:
		return r.run(dst, offset, p.itemStride)
	case p.contiguous():
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
	block    []byte
	size     int64
	streamed bool
}

// load fills the first n bytes of the block and puts them in little-endian order.
func (r *rowReader[T]) load(offset, n int64) ([]byte, error) {
	b := r.block[:n]
	read := r.file.ReadAt
	if r.rowStride > input.FarApart && n < r.rowStride {
		read = r.file.ReadAlone
	}
	if err := read(b, offset, r.part); err != nil {
		return nil, err
	}
	return b, nil
}

func (r *rowReader[T]) decode(dst []T, src []byte) {
	src = src[:len(dst)*int(r.size)]
	if r.bigEndian {
		swapBytes(src, int(r.size))
	}
	if r.streamed {
		decodeStreamed(dst, src, r.dtype)
	} else {
		decode(dst, src, r.dtype)
	}
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
