package activations

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"tell/activations/internal/input"
)

// arrowColumn is a column of states: lists, nested once for every axis but the
// first, of numbers.
type arrowColumn struct {
	file   *arrowFile
	part   string
	levels []arrowLevel
	enc    encoding
	order  []int // order[i] is the stored axis of logical axis i, counted without the rows
	axes   []Axis
	ragged int // the level whose lists may differ in length, or -1
	runs   []arrowRun
	rows   int

	arrays func() ([]*array, error)
	spool  *input.Spool
}

// arrowLevel is one nesting of lists.
type arrowLevel struct {
	typ    arrowType
	length int   // of every list, or -1 before the first list is seen
	split  []int // the shape of a tensor that is stored as one list
}

// arrowRun is the numbers of one record batch.
type arrowRun struct {
	rows   int
	first  int64 // number in the buffer that the first row begins with
	count  int64 // numbers of all rows
	values arrowBytes

	inner  int64        // values that the lists of the level at hand are made of
	pieces []arrowPiece // instead of first, of views that do not follow on each other

	// For rows whose lists differ in length: the lengths, and how many
	// numbers precede each row.
	lengths []int
	begins  []int64
}

// numberType returns how the numbers of a column of states are stored.
func (f *arrowField) numberType(declared DType) (DType, bool) {
	for f.dictionary == nil && (f.typ == arrowList || f.typ == arrowLargeList || f.typ == arrowFixedSizeList || f.typ.isView()) {
		f = &f.children[0]
	}
	if f.dictionary != nil {
		return "", false
	}
	switch {
	case f.typ == arrowFloat && f.bits == 16:
		return F16, true
	case f.typ == arrowFloat && f.bits == 32:
		return F32, true
	case f.typ == arrowFloat && f.bits == 64:
		return F64, true
	case f.typ == arrowInt && f.bits == 16:
		return declared, declared == BF16 || declared == F16
	}
	return "", false
}

func (f *arrowField) isStates(declared DType) bool {
	_, ok := f.numberType(declared)
	return ok && f.typ != arrowFloat && f.typ != arrowInt
}

// column prepares field i of the schema as a column of states.
func (a *arrowFile) column(i int, chosen choice, spec Spec) (*arrowColumn, error) {
	declared := spec.DType
	f := &a.fields[i]
	c := &arrowColumn{file: a, part: fmt.Sprintf("column %q", f.name)}
	c.enc.dtype, _ = f.numberType(declared)
	if declared != "" && declared != c.enc.dtype {
		return nil, a.Errorf(c.part, -1, f.String(), "%s, as declared", declared)
	}
	for f.typ != arrowFloat && f.typ != arrowInt {
		level := arrowLevel{typ: f.typ, length: -1}
		if f.typ == arrowFixedSizeList {
			level.length = f.size
		}
		if level.length == 0 || level.length < -1 {
			return nil, a.Errorf(c.part, -1, f.String(), "lists that are not empty")
		}
		if f.extension == fixedShapeTensor {
			var bad string
			if level.split, c.order, bad = f.tensorShape(); bad != "" {
				return nil, a.Errorf(c.part, -1, bad, "the shape of every tensor")
			}
			if len(c.levels) > 0 {
				return nil, a.Errorf(c.part, -1, "tensors inside lists", "a column of tensors")
			}
		}
		c.levels = append(c.levels, level)
		f = &f.children[0]
	}
	if err := c.nameAxes(chosen, spec); err != nil {
		return nil, err
	}
	if err := c.locate(i); err != nil {
		return nil, err
	}
	c.arrays = sync.OnceValues(c.place)
	return c, nil
}

// nameAxes gives the column its axes, and finds the one that may be ragged
// where a position is chosen.
func (c *arrowColumn) nameAxes(chosen choice, spec Spec) (err error) {
	c.ragged = -1
	if c.axes, err = chosen.axes(c.file.File, spec, c.rank()); err != nil {
		return err
	}
	if c.axes != nil && c.axes[0] != Row {
		return c.file.Errorf(c.part, -1, "a table, whose rows are the first axis", "axes that begin with %s, not %v", Row, c.axes)
	}
	axes := c.axes
	if axes == nil {
		axes = usualAxes(c.rank())
	}
	if i := slices.Index(axes, Position) - 1; spec.Position != "" && len(axes) == 1+len(c.levels) && i >= 0 &&
		c.levels[i].typ != arrowFixedSizeList && c.levels[0].split == nil {
		c.ragged = i
	}
	return nil
}

// fixedShapeTensor is the canonical extension for tensors of one shape.
const fixedShapeTensor = "arrow.fixed_shape_tensor"

// tensorShape reads the metadata of a FixedShapeTensor: the stored shape, and
// for each logical axis the stored axis that it is, if they differ.
func (f *arrowField) tensorShape() (shape, order []int, bad string) {
	var meta struct{ Shape, Permutation []int }
	if err := json.Unmarshal([]byte(f.extensionMeta), &meta); err != nil {
		return nil, nil, fmt.Sprintf("tensor metadata %q", f.extensionMeta)
	}
	if n, ok := product(meta.Shape, 1); !ok || n != int64(f.size) || len(meta.Shape) > maxRank {
		return nil, nil, fmt.Sprintf("tensor shape %v for %d numbers", meta.Shape, f.size)
	}
	if meta.Permutation == nil {
		return meta.Shape, nil, ""
	}
	sorted := slices.Sorted(slices.Values(meta.Permutation))
	for i, axis := range sorted {
		if axis != i || len(sorted) != len(meta.Shape) {
			return nil, nil, fmt.Sprintf("permutation %v of %d axes", meta.Permutation, len(meta.Shape))
		}
	}
	return meta.Shape, meta.Permutation, ""
}

// permuted gives the logical shape and strides of an array whose axes after the
// first are stored in another order.
func permuted(stored, order []int, t DType) (shape []int, strides []int64) {
	shape, strides = slices.Clone(stored), cStrides(stored, t)
	for i, axis := range order {
		shape[i+1], strides[i+1] = stored[axis+1], cStrides(stored, t)[axis+1]
	}
	return shape, strides
}

// locate finds the numbers of every record batch, checking lengths and nulls.
func (c *arrowColumn) locate(field int) error {
	for i := range c.file.batches {
		b := &c.file.batches[i]
		at, err := c.file.start(b, field)
		if err != nil {
			return err
		}
		run, err := c.locateBatch(b, at.node, at.buffer)
		if err != nil {
			return err
		}
		if run.rows > 0 {
			c.runs = append(c.runs, run)
			c.rows += run.rows
		}
	}
	return nil
}

func (c *arrowColumn) locateBatch(b *arrowBatch, node, buffer int) (arrowRun, error) {
	run := arrowRun{rows: b.rows}
	count, perRow := int64(b.rows), int64(1)
	for i := range len(c.levels) + 1 {
		if node >= len(b.nodes) {
			return run, c.fail(b, fmt.Sprintf("%d nodes", len(b.nodes)), "more, as the schema says")
		}
		n := b.nodes[node]
		if end := run.end(count); n.length < end || i == 0 && n.length != count {
			return run, c.fail(b, fmt.Sprintf("%d values", n.length), "%d", end)
		}
		if n.nulls != 0 {
			if err := c.checkNulls(b, buffer, &run, count, perRow); err != nil {
				return run, err
			}
		}
		if i == len(c.levels) {
			break
		}
		level := &c.levels[i]
		if node+1 < len(b.nodes) {
			run.inner = b.nodes[node+1].length
		}
		switch {
		case count == 0:
			return run, nil
		case level.typ == arrowFixedSizeList:
			if _, ok := product([]int{level.length}, run.end(count)); !ok {
				return run, c.fail(b, fmt.Sprintf("%d lists of %d", run.end(count), level.length), "numbers that fit in a file")
			}
			run.scale(int64(level.length))
			buffer++
		case run.pieces != nil:
			return run, c.fail(b, "lists in views that do not follow on each other", "lists of lists"+castHint)
		case i == c.ragged && int64(c.rows+b.rows) > input.UnpackLimit(c.file.Size)/raggedRowMemory:
			return run, c.fail(b, fmt.Sprintf("%d rows", c.rows+b.rows), "at most %d for a file of %d bytes", input.UnpackLimit(c.file.Size)/raggedRowMemory, c.file.Size)
		case i == c.ragged:
			total, err := c.raggedOffsets(b, buffer+1, &run, count, perRow)
			if err != nil {
				return run, err
			}
			buffer += level.typ.listBuffers()
			count, perRow = total, 1
			node++
			continue
		default:
			first, err := c.checkOffsets(b, buffer+1, level, &run, count, perRow)
			if err != nil {
				return run, err
			}
			run.first = first
			buffer += level.typ.listBuffers()
		}
		total, ok := product([]int{level.length}, count)
		if !ok || total > input.MaxNumbers || run.first > input.MaxNumbers {
			return run, c.fail(b, fmt.Sprintf("%d lists of %d from number %d on", count, level.length, run.first), "numbers that fit in a file")
		}
		count = total
		perRow *= int64(level.length)
		node++
	}
	values, err := c.file.content(b, buffer+1, c.part)
	if err != nil {
		return run, err
	}
	size := int64(c.enc.dtype.size())
	if end := run.end(count); end > values.size/size {
		return run, c.file.Errorf(values.part, values.offset, fmt.Sprintf("%d bytes of numbers", values.size), "%d", end*size)
	}
	if need := b.nodes[node].length * size; values.isLonger(need) {
		return run, c.file.Errorf(values.part, values.offset, fmt.Sprintf("%d bytes for %d numbers of %s", values.size, b.nodes[node].length, c.enc.dtype), "%d: the type in the footer or schema may be damaged", need)
	}
	run.values, run.count = values, count
	c.scaleRagged(&run)
	return run, nil
}

func (c *arrowColumn) fail(b *arrowBatch, found, expected string, args ...any) error {
	return c.file.Errorf(b.part+", "+c.part, b.offset, found, expected, args...)
}

// row names the row that value i of a level belongs to.
func (c *arrowColumn) row(run *arrowRun, i, perRow int64) string {
	row := i / perRow
	if run.begins != nil {
		after, _ := slices.BinarySearch(run.begins, row+1)
		row = int64(after - 1)
	}
	return fmt.Sprintf("%s, row %d", c.part, int64(c.rows)+row)
}

// checkNulls refuses any null among count values.
func (c *arrowColumn) checkNulls(b *arrowBatch, buffer int, run *arrowRun, count, perRow int64) error {
	first := run.first
	bitmap, err := c.file.content(b, buffer, c.part)
	if err != nil {
		return err
	}
	if run.pieces != nil {
		return c.checkPieceNulls(bitmap, run)
	}
	at := first / 8 * 8
	return bitmap.blocks(at/8, (first+count+7)/8-at/8, 1, func(block []byte) error {
		for _, bits := range block {
			for k := range 8 {
				if i := at + int64(k); i >= first && i < first+count && bits>>k&1 == 0 {
					return c.file.Errorf(c.row(run, i-first, perRow), -1, "a null", "numbers in every row")
				}
			}
			at += 8
		}
		return nil
	})
}

// checkOffsets makes sure that count lists have the same length one after the
// other, and returns where the first of them begins.
func (c *arrowColumn) checkOffsets(b *arrowBatch, buffer int, level *arrowLevel, run *arrowRun, count, perRow int64) (int64, error) {
	begin, err := c.eachList(b, buffer, level, run, count, func(i, _, length int64) error {
		if level.length < 0 {
			level.length = int(length)
		}
		if int64(level.length) != length {
			return c.file.Errorf(c.row(run, i, perRow), -1, fmt.Sprintf("a list of %d", length), "%d as in the rows before%s", level.length, raggedHint)
		}
		return nil
	})
	if err == nil && level.length == 0 {
		err = c.file.Errorf(c.row(run, 0, perRow), -1, "an empty list", "numbers in every row")
	}
	return begin, err
}

// eachList calls f with where each of count lists begins, counted from the
// first, and with its length. It returns where the first begins.
func (c *arrowColumn) eachList(b *arrowBatch, buffer int, level *arrowLevel, run *arrowRun, count int64, f func(i, begin, length int64) error) (int64, error) {
	if level.typ.isView() {
		return c.eachView(b, buffer, level, run, count, f)
	}
	first := run.first
	offsets, err := c.file.content(b, buffer, c.part)
	if err != nil {
		return 0, err
	}
	size := 4
	if level.typ == arrowLargeList {
		size = 8
	}
	i, begin, last := int64(-1), int64(0), int64(0)
	return begin, offsets.blocks(first*int64(size), (count+1)*int64(size), size, func(block []byte) error {
		for ; len(block) >= size; block = block[size:] {
			v := int64(int32(binary.LittleEndian.Uint32(block)))
			if size == 8 {
				v = int64(binary.LittleEndian.Uint64(block))
			}
			switch {
			case v < last:
				return c.file.Errorf(offsets.part, offsets.offset, fmt.Sprintf("list offset %d after %d", v, last), "offsets that grow")
			case i < 0:
				begin = v
			default:
				if err := f(i, last-begin, v-last); err != nil {
					return err
				}
			}
			last = v
			i++
		}
		return nil
	})
}

// stored is the shape of one row as it lies in the file.
func (c *arrowColumn) stored() []int {
	var shape []int
	for _, level := range c.levels {
		if level.split != nil {
			shape = append(shape, level.split...)
		} else {
			shape = append(shape, level.length)
		}
	}
	return shape
}

// rank counts the axes of the column with the rows.
func (c *arrowColumn) rank() int { return 1 + len(c.stored()) }

// place makes an array of every run. What is compressed is unpacked first, into
// one spool for the column.
func (c *arrowColumn) place() ([]*array, error) {
	arrays := make([]*array, len(c.runs))
	var err error
	for i, run := range c.runs {
		f, at := c.file.File, run.values.offset+run.first*int64(c.enc.dtype.size())
		if run.values.codec != arrowPlain || run.pieces != nil {
			if at, err = c.unpack(run); err != nil {
				return nil, err
			}
			f = &c.spool.File
		}
		if c.ragged >= 0 {
			if arrays[i], err = c.raggedArray(f, at, run); err != nil {
				return nil, err
			}
			continue
		}
		a, err := c.array(f, at, run.rows)
		if err != nil {
			return nil, err
		}
		arrays[i] = a
	}
	return arrays, nil
}

func (c *arrowColumn) unpack(run arrowRun) (at int64, err error) {
	if c.spool == nil {
		if c.spool, err = input.NewSpool(c.file.Path); err != nil {
			return 0, err
		}
	}
	at = c.spool.Size
	if run.pieces != nil {
		return at, c.gather(run)
	}
	size := int64(c.enc.dtype.size())
	return at, run.values.copyTo(c.spool, run.first*size, run.count*size)
}

// array places rows that begin at the given byte.
func (c *arrowColumn) array(f *input.File, at int64, rows int) (*array, error) {
	shape, strides := permuted(append([]int{rows}, c.stored()...), c.order, c.enc.dtype)
	return newArray(f, storage{part: c.part, offset: at, encoding: c.enc, shape: shape, strides: strides, axes: c.axes})
}

// shape is what the column contributes: rows, and one layer or several.
func (c *arrowColumn) shape() (Shape, error) {
	if c.rows == 0 {
		return Shape{}, nil
	}
	// The axes are those of any run; only compressed numbers may not be placed
	// yet, so an array over the room that they will take is used instead.
	a, err := c.array(&input.File{Path: c.file.Path, Size: 1 << 62}, 0, c.rows)
	if err != nil {
		return Shape{}, err
	}
	return a.shape(), nil
}

func (c *arrowColumn) planes(layer int) ([]plane, error) {
	arrays, err := c.arrays()
	if err != nil {
		return nil, err
	}
	return planesOf(arrays, layer), nil
}

// planesOf gives one layer of arrays that follow each other.
func planesOf(arrays []*array, layer int) []plane {
	planes := make([]plane, len(arrays))
	for i, a := range arrays {
		planes[i] = a.layer(layer)
	}
	return planes
}

func (c *arrowColumn) close() error {
	if c.spool == nil {
		return nil
	}
	return c.spool.Close()
}
