package activations

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tell/activations/internal/input"
	"tell/activations/table"
)

func arrowFileExamples(f *input.File, lists []string) (*Examples, error) {
	a, err := readArrowFile(f)
	if err != nil {
		return nil, err
	}
	return a.examples(func(string) bool { return false }, lists)
}

func arrowStreamExamples(f *input.File, lists []string) (*Examples, error) {
	a, err := readArrowStream(f)
	if err != nil {
		return nil, err
	}
	return a.examples(func(string) bool { return false }, lists)
}

// arrowTable builds the columns that hold one value a row.
type arrowTable struct {
	file         *arrowFile
	dictionaries map[int64]*Column
	loaded       int // how many dictionary batches
	memory       *input.TableMemory
	leaves       []arrowLeaf
	rows         int // before the current batch
}

// examples reads all columns of single values that are not to be skipped, the
// fields of structs among them, and those of lists that are named. Others are
// left out.
func (a *arrowFile) examples(skip func(name string) bool, lists []string) (*Examples, error) {
	t := arrowTable{file: a, dictionaries: map[int64]*Column{}, memory: input.NewTableMemory(a.File)}
	var fields []arrowLeaf
	var columns []*Column
	var others []string
	var omitted []Omitted
	seen := map[string]bool{}
	t.leaves = a.leaves()
	for _, l := range t.leaves {
		kind, isList := l.kind(lists)
		switch {
		case skip(l.top):
		case kind == "" && isList:
			others = append(others, l.name)
		case kind == "":
			plain := l.field.plain()
			omitted = append(omitted, Omitted{Name: l.name, Reason: plain.String()})
		case seen[l.name] && len(l.structs) > 0:
			omitted = append(omitted, Omitted{Name: l.name, Reason: "a name that occurs twice"})
		case seen[l.name]:
			return nil, a.Errorf("columns", -1, fmt.Sprintf("%q twice", l.name), "each column once")
		default:
			seen[l.name] = true
			fields = append(fields, l)
			columns = append(columns, &Column{Name: l.name, Kind: kind})
		}
	}
	for i := range a.batches {
		if err := t.loadDictionaries(i); err != nil {
			return nil, err
		}
		for k := range fields {
			if columns[k] == nil {
				continue
			}
			err := t.addColumn(columns[k], &a.batches[i], &fields[k])
			if bad, ok := errors.AsType[*table.Unheld](err); ok {
				omitted = append(omitted, Omitted{Name: fields[k].name, Reason: bad.Reason})
				columns[k], err = nil, nil
			}
			if err != nil {
				return nil, err
			}
		}
		t.rows += a.batches[i].rows
	}
	if len(fields) == 0 {
		t.rows = 0
	}
	columns = slices.DeleteFunc(columns, func(c *Column) bool { return c == nil })
	return table.New(columns, table.Part{Path: a.Path, Rows: t.rows}).LeaveOut(others, omitted), nil
}

// loadDictionaries reads the dictionaries that come before a record batch: all
// of them in a file, those that precede it in a stream.
func (t *arrowTable) loadDictionaries(batch int) error {
	for ; t.loaded < len(t.file.dictionaries); t.loaded++ {
		d := &t.file.dictionaries[t.loaded]
		if t.file.stream && d.before > batch {
			return nil
		}
		if err := t.loadDictionary(d); err != nil {
			return err
		}
	}
	return nil
}

func (t *arrowTable) loadDictionary(d *arrowBatch) error {
	for i := range t.leaves {
		f := *t.leaves[i].field
		dt, ok := f.flat()
		if !ok || f.dictionary == nil || f.dictionary.id != d.dictionary {
			continue
		}
		f.dictionary = nil
		c := &Column{Name: f.name, Kind: kindOfArrow(dt)}
		if d.delta && t.dictionaries[d.dictionary] != nil {
			c = t.dictionaries[d.dictionary]
		}
		if len(d.nodes) == 0 || d.nodes[0].length != int64(d.rows) {
			return t.file.Errorf(d.part, d.offset, "values of another number", "%d", d.rows)
		}
		t.dictionaries[d.dictionary] = c
		return t.load(c, d, &f, dt, arrowPosition{})
	}
	return nil
}

func (t *arrowTable) addColumn(c *Column, b *arrowBatch, l *arrowLeaf) error {
	at, err := t.file.within(b, l.at)
	if err != nil {
		return err
	}
	if at.node >= len(b.nodes) || b.nodes[at.node].length != int64(b.rows) {
		return t.file.Errorf(fmt.Sprintf("%s, column %q", b.part, l.name), b.offset, "values of another number", "%d rows", b.rows)
	}
	if err := t.addLeaf(c, b, l.field, at); err != nil {
		return err
	}
	return t.nullStructs(c, b, l)
}

func (t *arrowTable) addLeaf(c *Column, b *arrowBatch, f *arrowField, at arrowPosition) error {
	if f.dictionary != nil {
		return t.addIndices(c, b, f, at)
	}
	dt, ok := f.flat()
	if !ok {
		return t.addLists(c, b, f, at)
	}
	return t.load(c, b, f, dt, at)
}

// addIndices looks the values of a dictionary column up.
func (t *arrowTable) addIndices(c *Column, b *arrowBatch, f *arrowField, at arrowPosition) error {
	index := f.dictionary.index
	dt, ok := index.integer()
	values := t.dictionaries[f.dictionary.id]
	part := fmt.Sprintf("%s, column %q", b.part, f.name)
	if !ok || values == nil {
		return t.file.Errorf(part, b.offset, "no dictionary", "dictionary %d before it", f.dictionary.id)
	}
	indices := &Column{Name: f.name, Kind: Int}
	if err := t.load(indices, b, &index, dt, at); err != nil {
		return err
	}
	for i := range indices.Len() {
		k, _ := indices.Value(i).(int)
		switch {
		case indices.IsNull(i):
			c.Append(nil)
		case k < 0 || k >= values.Len():
			return t.file.Errorf(fmt.Sprintf("%s, row %d", part, t.rows+i), -1, fmt.Sprintf("dictionary index %d", k), "one of %d values", values.Len())
		default:
			c.Append(values.Value(k))
		}
	}
	return nil
}

// load appends the values of one column of a batch. arrow-go checks the arrays
// but may panic on what it did not foresee.
func (t *arrowTable) load(c *Column, b *arrowBatch, f *arrowField, dt arrow.DataType, at arrowPosition) (err error) {
	part := fmt.Sprintf("column %q", f.name)
	fail := func(found, expected string, args ...any) error {
		return t.file.Errorf(b.part+", "+part, b.offset, found, expected, args...)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fail(fmt.Sprintf("damaged data (%v)", r), "a sound column of %s", f)
		}
	}()
	node := b.nodes[at.node]
	switch {
	case node.nulls < -1 || node.nulls > node.length:
		return fail(fmt.Sprintf("%d nulls", node.nulls), "at most %d", node.length)
	case node.length == 0:
		return nil
	}
	if err := t.memory.Take(b.part+", "+part, node.length, 0); err != nil {
		return err
	}
	if f.typ == arrowNull {
		for range node.length {
			c.Append(nil)
		}
		return nil
	}
	_, count, views := f.extent()
	if views > 0 {
		if at.view >= len(b.views) || b.views[at.view] < 0 || b.views[at.view] > int64(len(b.buffers)) {
			return fail("no number of buffers", "one for every column of views")
		}
		count += int(b.views[at.view])
	}
	buffers := make([]*memory.Buffer, count)
	for i := range buffers {
		if i == 0 && node.nulls == 0 {
			continue
		}
		content, err := t.file.content(b, at.buffer+i, part)
		if err != nil {
			return err
		}
		if need := bufferSize(dt.Layout(), i, node.length); content.size < need {
			return fail(fmt.Sprintf("buffer of %d bytes", content.size), "%d for %d values of %s", need, node.length, f)
		}
		if need := bufferSize(dt.Layout(), i, node.length); len(dt.Layout().Buffers) == 2 && i == 1 && content.isLonger(need) {
			return fail(fmt.Sprintf("%d bytes for %d values of %s", content.size, node.length, f), "%d: the type in the footer or schema may be damaged", need)
		}
		if content.codec != arrowPlain {
			if err := t.memory.Take(content.part, 0, content.size); err != nil {
				return err
			}
		}
		bytes, err := content.readAll()
		if err != nil {
			return err
		}
		buffers[i] = memory.NewBufferBytes(bytes)
	}
	a := arrowarray.MakeFromData(arrowarray.NewData(dt, int(node.length), buffers, nil, int(node.nulls), 0))
	if err := arrowarray.ValidateFull(a); err != nil {
		return fail(err.Error(), "a column of %s", f)
	}
	return t.addValues(c, a)
}

// bufferSize is the least that buffer i of n values may hold. arrow-go casts
// buffers before it looks at their length.
func bufferSize(layout arrow.DataTypeLayout, i int, n int64) int64 {
	if i >= len(layout.Buffers) {
		return 0
	}
	switch spec := layout.Buffers[i]; spec.Kind {
	case arrow.KindBitmap:
		return (n + 7) / 8
	case arrow.KindFixedWidth:
		if len(layout.Buffers) == 3 { // offsets, one more than values
			n++
		}
		if n > input.MaxNumbers {
			return n
		}
		return n * int64(spec.ByteWidth)
	}
	return 0
}

func (t *arrowTable) addValues(c *Column, a arrow.Array) error {
	for i := range a.Len() {
		if a.IsNull(i) {
			c.Append(nil)
			continue
		}
		v, err := arrowValue(a, i)
		if err != nil {
			return table.BeyondInt(t.rows+i, err)
		}
		c.Append(v)
	}
	return nil
}

func kindOfArrow(dt arrow.DataType) Kind {
	switch id := dt.ID(); {
	case id == arrow.BOOL:
		return Bool
	case arrow.IsInteger(id):
		return Int
	case arrow.IsFloating(id):
		return Float
	}
	return String
}

// arrowValue is value i as its column keeps it; dates, times and decimals are
// text.
func arrowValue(a arrow.Array, i int) (any, error) {
	switch a := a.(type) {
	case *arrowarray.Boolean:
		return a.Value(i), nil
	case *arrowarray.Int8:
		return int(a.Value(i)), nil
	case *arrowarray.Int16:
		return int(a.Value(i)), nil
	case *arrowarray.Int32:
		return int(a.Value(i)), nil
	case *arrowarray.Int64:
		return int(a.Value(i)), nil
	case *arrowarray.Uint8:
		return int(a.Value(i)), nil
	case *arrowarray.Uint16:
		return int(a.Value(i)), nil
	case *arrowarray.Uint32:
		return int(a.Value(i)), nil
	case *arrowarray.Uint64:
		v := a.Value(i)
		if v > math.MaxInt {
			return nil, fmt.Errorf("%d", v)
		}
		return int(v), nil
	case *arrowarray.Float16:
		return float64(a.Value(i).Float32()), nil
	case *arrowarray.Float32:
		return float64(a.Value(i)), nil
	case *arrowarray.Float64:
		return a.Value(i), nil
	case *arrowarray.Date32:
		return dateText(int64(a.Value(i))), nil
	case *arrowarray.Date64:
		return dateText(int64(a.Value(i)) / (24 * 60 * 60 * 1000)), nil
	case *arrowarray.Timestamp:
		dt := a.DataType().(*arrow.TimestampType)
		return timestampText(int64(a.Value(i)), time.Duration(dt.Unit.Multiplier()), dt.TimeZone != ""), nil
	case *arrowarray.Time32:
		return timeText(int64(a.Value(i)), time.Duration(a.DataType().(*arrow.Time32Type).Unit.Multiplier())), nil
	case *arrowarray.Time64:
		return timeText(int64(a.Value(i)), time.Duration(a.DataType().(*arrow.Time64Type).Unit.Multiplier())), nil
	case *arrowarray.Duration:
		return durationText(int64(a.Value(i)), a.DataType().(*arrow.DurationType).Unit), nil
	case *arrowarray.Decimal128:
		return a.Value(i).ToString(a.DataType().(*arrow.Decimal128Type).Scale), nil
	}
	return a.ValueStr(i), nil
}
