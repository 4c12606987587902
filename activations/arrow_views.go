package activations

import (
	"encoding/binary"
	"fmt"
	"io"

	"tell/activations/internal/input"
)

// Lists that are stored as views each say where they begin and how long they
// are. They may overlap, leave gaps and come in any order. Views that follow on
// each other, as pyarrow makes them of lists, are read where they are, like
// lists. Of others the numbers are gathered once, in the order of the rows, into
// a spool.

// arrowPiece is values that lie together in a buffer.
type arrowPiece struct{ first, count int64 }

func (t arrowType) isView() bool { return t == arrowListView || t == arrowLargeListView }

// listBuffers counts the buffers of lists.
func (t arrowType) listBuffers() int {
	switch {
	case t.isView():
		return 3
	case t == arrowFixedSizeList:
		return 1
	}
	return 2
}

// castHint is what to do about views that cannot be read.
const castHint = "; convert it with pyarrow: column.cast(pyarrow.list_(pyarrow.float32()))"

// eachView is eachList for views. Where those of rows do not follow on each
// other it leaves the pieces in run, and they begin at 0.
func (c *arrowColumn) eachView(b *arrowBatch, buffer int, level *arrowLevel, run *arrowRun, count int64, f func(i, begin, length int64) error) (int64, error) {
	var pieces []arrowPiece
	begin, total := int64(0), int64(0)
	err := c.file.eachView(b, buffer, level.typ, c.part, run.first, count, func(i, offset, length int64) error {
		if offset < 0 || length < 0 || offset > run.inner-length {
			return c.fail(b, fmt.Sprintf("view %d of %d values from %d on", run.first+i, length, offset), "a part of the %d that there are", run.inner)
		}
		if i == 0 {
			begin = offset
		}
		if err := f(i, total, length); err != nil {
			return err
		}
		if total += length; total > input.MaxNumbers {
			return c.fail(b, fmt.Sprintf("views of %d values", total), "numbers that fit in a file")
		}
		switch n := len(pieces); {
		case length == 0:
		case n > 0 && pieces[n-1].first+pieces[n-1].count == offset:
			pieces[n-1].count += length
		case n > 0 && level != &c.levels[0]:
			return c.fail(b, "views inside of lists that do not follow on each other", "lists"+castHint)
		case int64(n) >= input.UnpackLimit(c.file.Size)/16:
			return c.fail(b, fmt.Sprintf("more than %d views that do not follow on each other", n), "fewer in a file of %d bytes", c.file.Size)
		default:
			pieces = append(pieces, arrowPiece{offset, length})
		}
		return nil
	})
	if len(pieces) > 1 {
		run.pieces = pieces
		return 0, err
	}
	if len(pieces) == 1 {
		begin = pieces[0].first
	}
	return begin, err
}

// eachView calls f with the offset and the length of count views from first on.
func (a *arrowFile) eachView(b *arrowBatch, buffer int, typ arrowType, part string, first, count int64, f func(i, offset, length int64) error) error {
	size := int64(4)
	if typ == arrowLargeListView {
		size = 8
	}
	var readers [2]io.Reader
	var contents [2]arrowBytes
	for k := range readers {
		x, err := a.content(b, buffer+k, part)
		if err != nil {
			return err
		}
		if x.size/size < first+count {
			return a.Errorf(x.part, x.offset, fmt.Sprintf("%d bytes of views", x.size), "%d", (first+count)*size)
		}
		r, err := x.unpack()
		if err != nil {
			return err
		}
		defer r.Close()
		if _, err := io.CopyN(io.Discard, r, first*size); err != nil {
			return input.UnpackError(x.file, x.part, err, x.size)
		}
		readers[k], contents[k] = r, x
	}
	const most = 8192
	block := make([]byte, 2*most*size)
	for i := int64(0); i < count; {
		n := min(most, count-i)
		halves := [2][]byte{block[:n*size], block[most*size : (most+n)*size]}
		for k, half := range halves {
			if _, err := io.ReadFull(readers[k], half); err != nil {
				return input.UnpackError(contents[k].file, contents[k].part, err, contents[k].size)
			}
		}
		for k := range n {
			offset, length := viewNumber(halves[0][k*size:], size), viewNumber(halves[1][k*size:], size)
			if err := f(i+k, offset, length); err != nil {
				return err
			}
		}
		i += n
	}
	return nil
}

func viewNumber(b []byte, size int64) int64 {
	if size == 8 {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return int64(int32(binary.LittleEndian.Uint32(b)))
}

// scale turns positions of lists of n values into positions of values.
func (r *arrowRun) scale(n int64) {
	r.first *= n
	for i := range r.pieces {
		r.pieces[i].first *= n
		r.pieces[i].count *= n
	}
}

// end is one more than the last value that is read of a level with count of them.
func (r *arrowRun) end(count int64) int64 {
	if r.pieces == nil {
		return r.first + count
	}
	end := int64(0)
	for _, p := range r.pieces {
		end = max(end, p.first+p.count)
	}
	return end
}

// checkPieceNulls is checkNulls where values are in pieces.
func (c *arrowColumn) checkPieceNulls(bitmap arrowBytes, run *arrowRun) error {
	bits, err := bitmap.readAll()
	if err != nil {
		return err
	}
	if end := run.end(0); int64(len(bits)) < (end+7)/8 {
		return c.file.Errorf(bitmap.part, bitmap.offset, fmt.Sprintf("%d bytes of validity", len(bits)), "%d", (end+7)/8)
	}
	for _, p := range run.pieces {
		for i := p.first; i < p.first+p.count; i++ {
			if bits[i/8]>>(i%8)&1 == 0 {
				return c.file.Errorf(bitmap.part, -1, fmt.Sprintf("a null, value %d of the views", i), "numbers in every row")
			}
		}
	}
	return nil
}

// gather appends the pieces of a run to the spool, in order.
func (c *arrowColumn) gather(run arrowRun) error {
	size := int64(c.enc.dtype.size())
	if limit := input.UnpackLimit(c.file.Size); run.count > (limit-c.spool.Size)/size {
		return c.file.Errorf(run.values.part, run.values.offset, fmt.Sprintf("views of %d numbers", run.count), "at most %d bytes for a file of %d", limit, c.file.Size)
	}
	from, at := c.file.File, run.values.offset
	if run.values.codec != arrowPlain {
		unpacked, err := input.NewSpool(c.file.Path)
		if err != nil {
			return err
		}
		defer unpacked.Close()
		if err := run.values.copyTo(unpacked, 0, run.values.size); err != nil {
			return err
		}
		from, at = &unpacked.File, 0
	}
	for _, p := range run.pieces {
		n, err := io.Copy(c.spool, io.NewSectionReader(from.R, at+p.first*size, p.count*size))
		if err == nil && n < p.count*size {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return input.UnpackError(c.file.File, run.values.part, err, p.count*size)
		}
	}
	return nil
}
