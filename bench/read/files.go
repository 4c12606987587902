//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tell/activations"
)

// size is that of a dump.
type size struct{ rows, layers, width int }

// sized gives a dump of that width 1 GB and the layers of a model of 7B.
func sized(width int) size {
	const layers = 33
	return size{1e9 / (2 * layers * width), layers, width}
}

// layout is a way of storing a dump.
type layout struct {
	name, extension string
	axes            []activations.Axis
	apart           bool // rows of a layer lie apart
	write           func(w io.Writer, s size) error
}

var layouts = []layout{
	{"npy, rows first", ".npy", nil, true, func(w io.Writer, s size) error { return writeNPY(w, s.rows, s.layers, s.width) }},
	{"npy, layers first", ".npy", []activations.Axis{activations.Layer, activations.Row, activations.Width}, false,
		func(w io.Writer, s size) error { return writeNPY(w, s.layers, s.rows, s.width) }},
	{"safetensors, a tensor a layer", ".safetensors", nil, false, writeSafetensors},
	{"arrow, a list a row", ".arrow", nil, true, writeLists},
	{"arrow, a column a layer", ".arrow", nil, false, writeColumns},
}

func write(path string, l layout, s size) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := l.write(w, s); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Sync() // a page that is not on the disk stays in the cache
}

// numbers are n of f16, all normal.
func numbers(n int) []byte {
	b := make([]byte, 2*n)
	for i := range b {
		b[i] = byte(i % 61)
	}
	return b
}

func writeNPY(w io.Writer, shape ...int) error {
	header := fmt.Sprintf("{'descr': '<f2', 'fortran_order': False, 'shape': (%d, %d, %d), }", shape[0], shape[1], shape[2])
	const total = 128 // a multiple of 64, as NumPy pads
	header = fmt.Sprintf("%-*s\n", total-11, header)
	head := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return writeAll(w, append(head, header...), numbers(shape[1]*shape[2]), shape[0])
}

func writeSafetensors(w io.Writer, s size) error {
	header := map[string]any{}
	for i := range s.layers {
		n := s.rows * s.width * 2
		header[fmt.Sprintf("layers.%d", i)] = map[string]any{
			"dtype": "F16", "shape": []int{s.rows, s.width}, "data_offsets": []int{i * n, (i + 1) * n},
		}
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return writeAll(w, append(head, text...), numbers(s.rows*s.width), s.layers)
}

func writeAll(w io.Writer, head, block []byte, times int) error {
	_, err := w.Write(head)
	for i := 0; i < times && err == nil; i++ {
		_, err = w.Write(block)
	}
	return err
}

// batchRows is what datasets and pyarrow write at once, about.
const batchRows = 1000

func writeLists(w io.Writer, s size) error {
	return writeArrow(w, s, []arrow.DataType{lists(s.layers, lists(s.width, arrow.FixedWidthTypes.Float16))}, s.layers*s.width)
}

func writeColumns(w io.Writer, s size) error {
	columns := make([]arrow.DataType, s.layers)
	for i := range columns {
		columns[i] = lists(s.width, arrow.FixedWidthTypes.Float16)
	}
	return writeArrow(w, s, columns, s.width)
}

func lists(n int, t arrow.DataType) arrow.DataType {
	return arrow.FixedSizeListOfNonNullable(int32(n), t)
}

func writeArrow(w io.Writer, s size, columns []arrow.DataType, perRow int) error {
	var fields []arrow.Field
	for i, t := range columns {
		fields = append(fields, arrow.Field{Name: fmt.Sprintf("layer_%d", i), Type: t})
	}
	schema := arrow.NewSchema(fields, nil)
	out, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	block := numbers(batchRows * perRow)
	for lo := 0; lo < s.rows; lo += batchRows {
		n := min(batchRows, s.rows-lo)
		var states []arrow.Array
		for _, t := range columns {
			states = append(states, array.MakeFromData(nested(t, block[:2*n*perRow], n)))
		}
		if err := out.Write(array.NewRecordBatch(schema, states, int64(n))); err != nil {
			return err
		}
	}
	return out.Close()
}

// nested puts numbers under as many lists as the type has.
func nested(t arrow.DataType, b []byte, n int) arrow.ArrayData {
	list, ok := t.(*arrow.FixedSizeListType)
	if !ok {
		return array.NewData(t, n, []*memory.Buffer{nil, memory.NewBufferBytes(b)}, nil, 0, 0)
	}
	child := nested(list.Elem(), b, n*int(list.Len()))
	return array.NewData(t, n, []*memory.Buffer{nil}, []arrow.ArrayData{child}, 0, 0)
}
