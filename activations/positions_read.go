package activations

import (
	"fmt"
	"runtime"
	"sync"

	"tell/activations/internal/input"
	"tell/activations/positions"
)

// readChosen reads rows [lo, hi) of a plane at the positions that c finds.
// Row 0 of the plane is row first of the dump. Many rows are shared out.
func readChosen[T float](p *plane, c *positions.Chooser, dst []T, position, lo, hi, first int) error {
	if lo == hi {
		return nil
	}
	r := chosenReader[T]{plane: *p, Chooser: c, position: position, first: first}
	var err error
	if r.rows, err = c.Rows(); err != nil {
		return err
	}
	if p.ragged != nil {
		if r.run, err = p.ragged.run(); err != nil {
			return err
		}
	}
	rows, size := hi-lo, r.bytes(lo, hi)
	most, shared := runtime.GOMAXPROCS(0), size/shareSize
	if file := r.source(); file.Remote() {
		most, shared = maxWaiting, int64(rows/shareCalls)
	}
	shares := int(max(1, min(int64(most), shared, int64(rows))))
	errs := make([]error, shares)
	var wait sync.WaitGroup
	for i := range shares {
		from, to := i*rows/shares, (i+1)*rows/shares
		share := r
		wait.Go(func() { errs[i] = share.read(dst[from*p.width:to*p.width], lo+from, lo+to) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err // that of the first rows, whichever came first
		}
	}
	return nil
}

// raggedHint is what to do about rows with different numbers of positions.
const (
	raggedHint = "; where positions differ, name the axes, such as [row, position, layer, width], and choose a position: last, mean, all, ..."
	raggedAxes = "; if positions are on another axis, name the axes, such as axes: [row, position, layer, width]"
)

// raggedRows are rows with different numbers of positions. A row's numbers
// lie without gaps; the distance of its layers, or that of the numbers of a
// position, may grow with the positions.
type raggedRows struct {
	run   func() (*raggedRun, error)
	layer int

	layerStride             int64 // of a row of one position
	layersGrow, numbersGrow bool
}

// raggedRun is where the rows begin, in bytes from the start of the file, and
// how many positions they have.
type raggedRun struct {
	file    *input.File
	lengths []int
	begins  []int64
}

// newRagged views rows that are stored with the given shape, in which the axis
// at ragged differs, as a plane for every layer.
func newRagged(s storage, ragged int, shape Shape, run func() (*raggedRun, error)) (*array, error) {
	s.shape = append([]int{1}, s.shape[1:]...)
	s.shape[ragged] = 1
	one, err := newArray(&input.File{Size: 1 << 62}, s)
	if err != nil {
		return nil, err
	}
	axes, _ := s.nameAxes(one.file)
	r := &raggedRows{run: run, layerStride: one.layerStride}
	for i, axis := range axes {
		r.layersGrow = r.layersGrow || axis == Layer && i < ragged
		r.numbersGrow = r.numbersGrow || axis == Width && i < ragged
	}
	one.file, one.rows, one.positions, one.ragged = nil, shape.Rows, shape.Positions, r
	return one, nil
}

// chosenReader reads rows at chosen positions. Vectors that lie close together
// are read with one call, whichever rows they are of.
type chosenReader[T float] struct {
	plane
	*positions.Chooser
	rows     *RowPositions
	run      *raggedRun // nil where every row has as many positions
	position int
	first    int

	pieces []piece
	block  []byte
	sum    []float64
	number []float64 // one vector
}

// piece is count vectors of a row, a position apart. The last of a row says
// over how many the mean is.
type piece struct {
	dst    int // of the row, counted from the first that is read
	offset int64
	count  int
	mean   int
}

// maxPieces is how many pieces are looked at together.
const maxPieces = 4096

// bytes estimates how much is read for rows [lo, hi).
func (r *chosenReader[T]) bytes(lo, hi int) int64 {
	vectors := int64(hi - lo)
	switch {
	case !r.IsMean():
	case r.run != nil:
		vectors = 0
		for _, n := range r.run.lengths[lo:hi] {
			vectors += int64(n)
		}
	default:
		vectors *= int64(r.positions)
	}
	return vectors * int64(r.width) * int64(r.dtype.size())
}

// length is the number of positions of row i.
func (r *chosenReader[T]) length(i int) int {
	if r.run != nil {
		return r.run.lengths[i]
	}
	return r.positions
}

// begin is where the first position of row i lies, and how far apart the
// numbers of a position are.
func (r *chosenReader[T]) begin(i int) (offset, itemStride int64) {
	if r.run == nil {
		return r.offset + int64(i)*r.rowStride, r.itemStride
	}
	n := int64(r.run.lengths[i])
	offset, itemStride = r.ragged.layerStride, r.itemStride
	if r.ragged.layersGrow {
		offset *= n
	}
	if r.ragged.numbersGrow {
		itemStride *= n
	}
	return r.run.begins[i] + int64(r.ragged.layer)*offset, itemStride
}

// source is the file that the rows are in.
func (r *chosenReader[T]) source() *input.File {
	if r.run != nil {
		return r.run.file
	}
	return r.file
}

func (r *chosenReader[T]) read(dst []T, lo, hi int) error {
	r.file = r.source()
	for i := lo; i < hi; {
		at, over, bad := r.Find(r.rows, r.first+i, r.position, r.length(i))
		if bad != nil {
			return r.file.Errorf(fmt.Sprintf("%s, row %d", r.part, r.first+i), -1, bad.Found, "%s", bad.Expected)
		}
		n := 1
		var err error
		if over == nil && r.run == nil {
			n = r.alike(at, i, hi)
		}
		if n > 1 {
			err = readShare(&r.plane, dst[(i-lo)*r.width:(i-lo+n)*r.width], at, i, i+n)
		} else {
			err = r.add(dst, i-lo, i, at, over)
		}
		if err != nil {
			return err
		}
		i += n
	}
	return r.flush(dst)
}

// alike counts the rows from i on of which the same position is read.
func (r *chosenReader[T]) alike(at, i, hi int) int {
	j := i + 1
	for ; j < hi; j++ {
		same, _, bad := r.Find(r.rows, r.first+j, r.position, r.positions)
		if bad != nil || same != at {
			break
		}
	}
	return j - i
}

// add notes what is to be read of row i.
func (r *chosenReader[T]) add(dst []T, to, i, at int, over []Span) error {
	begin, itemStride := r.begin(i)
	one := [1]Span{{From: at, To: at + 1}}
	if over == nil {
		over = one[:]
	}
	size := int64(r.dtype.size())
	if itemStride != size || int64(r.width)*size > blockSize {
		return r.readAlone(dst[to*r.width:(to+1)*r.width], begin, itemStride, over)
	}
	for k, s := range over {
		p := piece{dst: to, offset: begin + int64(s.From)*r.positionStride, count: s.To - s.From}
		if k == len(over)-1 {
			p.mean = positions.CountSpans(over)
		}
		r.pieces = append(r.pieces, p)
		if len(r.pieces) == maxPieces {
			if err := r.flush(dst); err != nil {
				return err
			}
		}
	}
	return nil
}

// readAlone reads a row whose numbers are not in one piece, or too many.
func (r *chosenReader[T]) readAlone(dst []T, begin, itemStride int64, over []Span) error {
	row := r.plane
	row.offset, row.rowStride, row.itemStride, row.ragged = begin, r.positionStride, itemStride, nil
	if positions.CountSpans(over) == 1 {
		return readShare(&row, dst, 0, over[0].From, over[0].To)
	}
	vector, sum := make([]float64, r.width), make([]float64, r.width)
	for _, s := range over {
		for at := s.From; at < s.To; at++ {
			if err := readShare(&row, vector, 0, at, at+1); err != nil {
				return err
			}
			for j, v := range vector {
				sum[j] += v
			}
		}
	}
	takeMean(dst, sum, positions.CountSpans(over))
	return nil
}

// takeMean turns a sum over n vectors into their mean and clears it.
func takeMean[T float](dst []T, sum []float64, n int) {
	for j, v := range sum {
		dst[j] = T(v / float64(n))
		sum[j] = 0
	}
}

// flush reads the pieces that are noted.
func (r *chosenReader[T]) flush(dst []T) error {
	if len(r.pieces) == 0 {
		return nil
	}
	block := blocks.Get().(*[]byte)
	defer blocks.Put(block)
	r.block = *block
	for rest := r.pieces; len(rest) > 0; {
		n, size := r.together(rest)
		if n > 0 {
			b := r.block[:size]
			read := r.file.ReadAt
			if n < len(rest) && rest[n].offset-rest[0].offset-size > input.FarApart {
				read = r.file.ReadAlone
			}
			if err := read(b, rest[0].offset, r.part); err != nil {
				return err
			}
			for _, p := range rest[:n] {
				r.take(dst, p, b[p.offset-rest[0].offset:])
			}
			rest = rest[n:]
			continue
		}
		if err := r.readLong(dst, &rest[0]); err != nil {
			return err
		}
		if rest[0].count == 0 {
			rest = rest[1:]
		}
	}
	r.pieces = r.pieces[:0]
	return nil
}

// together counts the first pieces that one read can serve, and its bytes.
func (r *chosenReader[T]) together(pieces []piece) (n int, size int64) {
	begin, end := pieces[0].offset, pieces[0].offset
	for ; n < len(pieces); n++ {
		p := pieces[n]
		last := p.offset + r.extent(p.count)
		if p.offset < end || p.offset-end > spanLimit || last-begin > blockSize || p.count > 1 && r.positionStride > spanLimit {
			break
		}
		end = last
	}
	return n, end - begin
}

// extent is the room that vectors a position apart take.
func (r *chosenReader[T]) extent(count int) int64 {
	return int64(count-1)*r.positionStride + int64(r.width)*int64(r.dtype.size())
}

// readLong reads as much of a piece as a block can take.
func (r *chosenReader[T]) readLong(dst []T, p *piece) error {
	part := *p
	part.count, part.mean = 1, 0
	if r.positionStride <= spanLimit {
		part.count = min(p.count, 1+int((blockSize-r.extent(1))/r.positionStride))
	}
	if part.count == p.count {
		part.mean = p.mean
	}
	b := r.block[:r.extent(part.count)]
	if err := r.file.ReadAt(b, p.offset, r.part); err != nil {
		return err
	}
	r.take(dst, part, b)
	p.offset += int64(part.count) * r.positionStride
	p.count -= part.count
	return nil
}

// take decodes the vectors of a piece, which lie at the start of b.
func (r *chosenReader[T]) take(dst []T, p piece, b []byte) {
	out := dst[p.dst*r.width : (p.dst+1)*r.width]
	size := r.width * r.dtype.size()
	if !r.IsMean() {
		decode(out, r.ordered(b[:size]), r.dtype)
		return
	}
	if r.sum == nil {
		r.sum, r.number = make([]float64, r.width), make([]float64, r.width)
	}
	for k := range p.count {
		at := int64(k) * r.positionStride
		decode(r.number, r.ordered(b[at:at+int64(size)]), r.dtype)
		for j, v := range r.number {
			r.sum[j] += v
		}
	}
	if p.mean > 0 {
		takeMean(out, r.sum, p.mean)
	}
}

// ordered puts numbers in little-endian order.
func (r *chosenReader[T]) ordered(b []byte) []byte {
	if r.bigEndian {
		swapBytes(b, r.dtype.size())
	}
	return b
}
