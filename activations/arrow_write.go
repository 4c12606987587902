package activations

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// arrowWriter writes record batches: the columns of the table, and lists of
// fixed length nested once for every axis but the rows.
type arrowWriter struct {
	w       *ipc.FileWriter
	schema  *arrow.Schema
	states  arrow.DataType
	columns []*Column
	row     int
}

func beginArrow(w io.Writer, o *output) (statesWriter, error) {
	table, err := o.table()
	if err != nil {
		return nil, err
	}
	a := &arrowWriter{states: map[DType]arrow.DataType{
		F16: arrow.FixedWidthTypes.Float16, BF16: arrow.PrimitiveTypes.Uint16,
		F32: arrow.PrimitiveTypes.Float32, F64: arrow.PrimitiveTypes.Float64,
	}[o.dtype]}
	shape := o.axes()
	for i := len(shape) - 1; i > 0; i-- {
		if shape[i] > 1<<31-1 {
			return nil, fmt.Errorf("%v: expected axes below 2^31, as Arrow's lists of fixed length have", o.shape)
		}
		a.states = arrow.FixedSizeListOfNonNullable(int32(shape[i]), a.states)
	}
	var fields []arrow.Field
	if table != nil {
		a.columns = table.Columns()
	}
	for _, c := range a.columns {
		if c.Name == statesName {
			return nil, fmt.Errorf("the table has a column %q, which is what the states are called", statesName)
		}
		fields = append(fields, arrow.Field{Name: c.Name, Type: arrowTypes[c.Kind], Nullable: true})
	}
	states := arrow.Field{Name: statesName, Type: a.states, Metadata: arrow.NewMetadata([]string{layersKey}, []string{o.layersText()})}
	metadata := arrow.NewMetadata(o.origin.metadata())
	a.schema = arrow.NewSchema(append(fields, states), &metadata)
	a.w, err = ipc.NewFileWriter(w, ipc.WithSchema(a.schema))
	return a, err
}

func (a *arrowWriter) writeRows(b []byte, rows int) error {
	var columns []arrow.Array
	for _, c := range a.columns {
		columns = append(columns, columnArray(c, a.row, a.row+rows))
	}
	columns = append(columns, arrowarray.MakeFromData(nested(a.states, b, rows)))
	a.row += rows
	return a.w.Write(arrowarray.NewRecordBatch(a.schema, columns, int64(rows)))
}

// nested puts numbers under as many lists as the type has.
func nested(t arrow.DataType, b []byte, n int) arrow.ArrayData {
	list, ok := t.(*arrow.FixedSizeListType)
	if !ok {
		return arrowarray.NewData(t, n, []*memory.Buffer{nil, memory.NewBufferBytes(b)}, nil, 0, 0)
	}
	child := nested(list.Elem(), b, n*int(list.Len()))
	return arrowarray.NewData(t, n, []*memory.Buffer{nil}, []arrow.ArrayData{child}, 0, 0)
}

func (a *arrowWriter) close() error { return a.w.Close() }

// columnArray turns values [lo, hi) of a column into an array.
func columnArray(c *Column, lo, hi int) arrow.Array {
	valid := make([]bool, hi-lo)
	for i := range valid {
		valid[i] = !c.IsNull(lo + i)
	}
	switch c.Kind {
	case Bool:
		b := arrowarray.NewBooleanBuilder(memory.DefaultAllocator)
		b.AppendValues(valuesOf[bool](c, lo, hi), valid)
		return b.NewArray()
	case Int:
		values := make([]int64, hi-lo)
		for i, v := range valuesOf[int](c, lo, hi) {
			values[i] = int64(v)
		}
		b := arrowarray.NewInt64Builder(memory.DefaultAllocator)
		b.AppendValues(values, valid)
		return b.NewArray()
	case Float:
		b := arrowarray.NewFloat64Builder(memory.DefaultAllocator)
		b.AppendValues(valuesOf[float64](c, lo, hi), valid)
		return b.NewArray()
	}
	b := arrowarray.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues(valuesOf[string](c, lo, hi), valid)
	return b.NewArray()
}

// valuesOf returns values [lo, hi) of a column of that kind; nulls are zero.
func valuesOf[T any](c *Column, lo, hi int) []T {
	values := make([]T, hi-lo)
	for i := range values {
		values[i], _ = c.Value(lo + i).(T)
	}
	return values
}

// arrowTypes are the types of columns.
var arrowTypes = map[Kind]arrow.DataType{
	Bool: arrow.FixedWidthTypes.Boolean, Int: arrow.PrimitiveTypes.Int64,
	Float: arrow.PrimitiveTypes.Float64, String: arrow.BinaryTypes.String,
}
