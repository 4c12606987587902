package activations

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tell/activations/internal/input"
)

func TestListViews(t *testing.T) {
	checkOpens(t, []opensAs{
		{name: "nested", spec: Spec{Paths: []string{"list_view.arrow"}}, format: "arrow-file", dtype: F32},
		{name: "large", spec: Spec{Paths: []string{"large_list_view.arrow"}}, format: "arrow-file", dtype: F32},
		{name: "in any order", spec: Spec{Paths: []string{"list_view_mixed.arrow"}}, format: "arrow-file", dtype: F32},
		{name: "in any order, lz4", spec: Spec{Paths: []string{"list_view_mixed_lz4.arrow"}}, format: "arrow-file", dtype: F32},
	})
	checkRefused(t, []refused{
		{"lists in any order", Spec{Paths: []string{"list_view_mixed_lists.arrow"}}, []string{`column "states"`, "do not follow on each other", "column.cast"}},
	})
	e, err := ReadExamples(formatsFile("list_view.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := e.Column("label"); !ok || e.Len() != 5 || c.Value(2) != 1 {
		t.Errorf("%d rows of %s beside the views", e.Len(), e.Names())
	}
}

// Row i has i+1 positions; the last is row i of layer 0.
func TestRaggedListViews(t *testing.T) {
	spec := Spec{Paths: []string{formatsFile("list_view_ragged.arrow")}, Axes: []Axis{Row, Position, Width}, Position: "last"}
	d := open(t, spec)
	got := make([]float64, 5*4)
	if err := d.ReadFloat64(got, 0, 0, 0, 5); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if want := plantedValue(planted, i/4, 0, 0, i%4); v != want {
			t.Errorf("row %d, column %d: %v, want %v", i/4, i%4, v, want)
		}
	}
	spec.Position = "4"
	if err := readLast(spec); err == nil {
		t.Error("the position that only one row has is read of all")
	}
}

// The views of list_view_mixed.arrow are damaged in turn.
func TestListViewsLie(t *testing.T) {
	whole, err := os.ReadFile(formatsFile("list_view_mixed.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	offsets := numbers32(3, 9, 12, 6, 0)
	sizes := numbers32(3, 3, 3, 3, 3)
	if bytes.Count(whole, offsets) != 1 || bytes.Count(whole, sizes) != 1 {
		t.Fatal("the views have moved")
	}
	for _, test := range []struct {
		name     string
		old, new []byte
		want     []string
	}{
		{"beyond the end", offsets, numbers32(3, 28, 12, 6, 0), []string{"view 1 of 3 values from 28 on", "a part of the 30"}},
		{"before the start", offsets, numbers32(3, 9, -1, 6, 0), []string{"view 2 of 3 values from -1 on"}},
		{"far beyond", offsets, numbers32(3, 9, 1<<31-1, 6, 0), []string{"view 2 of 3 values"}},
		{"negative", sizes, numbers32(3, 3, 3, -3, 3), []string{"view 3 of -3 values"}},
		{"too long", sizes, numbers32(3, 3, 3, 31, 3), []string{"view 3 of 31 values"}},
		{"uneven", sizes, numbers32(3, 3, 3, 2, 3), []string{"row 3", "a list of 2", "3 as in the rows before"}},
		{"empty", sizes, numbers32(0, 0, 0, 0, 0), []string{"an empty list"}},
	} {
		f := input.InMemory(test.name, bytes.Replace(whole, test.old, test.new, 1))
		src, err := openArrowFile(f, Spec{})
		if err == nil {
			src.Close()
			t.Errorf("%s: opened", test.name)
			continue
		}
		checkFormatError(t, err, append(test.want, `column "states"`)...)
	}
	for i := range whole {
		data := slices.Clone(whole)
		data[i] ^= 0xff
		exercise(t, data, openArrowFile, Spec{})
	}
}

func numbers32(all ...int32) (b []byte) {
	for _, v := range all {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

// Masks may be views too.
func TestListViewMasks(t *testing.T) {
	e, err := ReadExamples(formatsFile("list_view_masks.arrow"), "mask", "large")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]any{
		"mask":  {"[true,true]", "[]", nil, "[true,false,null]", "[false]"},
		"large": {"[1,1]", "[]", nil, "[1,0,null]", "[0]"},
	} {
		c, ok := e.Column(name)
		for i, v := range want {
			if !ok || c.Value(i) != v {
				t.Errorf("%s, row %d: %v, want %v", name, i, c.Value(i), v)
			}
		}
	}
	if e, err = ReadExamples(formatsFile("list_view_masks.arrow")); err != nil || len(e.Columns()) != 1 {
		t.Errorf("%s, want the label alone: %v", e.Names(), err)
	}
}

// writeViews writes batches of a column of views of the same numbers.
func writeViews(t *testing.T, views, width, batches int, values arrow.ArrayData) []byte {
	t.Helper()
	var offsets, sizes []int32
	for i := range views {
		offsets, sizes = append(offsets, int32(i%2)), append(sizes, int32(width))
	}
	column := arrowarray.NewListViewData(arrowarray.NewData(arrow.ListViewOf(values.DataType()), views,
		[]*memory.Buffer{nil, memory.NewBufferBytes(numbers32(offsets...)), memory.NewBufferBytes(numbers32(sizes...))}, []arrow.ArrayData{values}, 0, 0))
	schema := arrow.NewSchema([]arrow.Field{{Name: "views", Type: column.DataType()}}, nil)
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(schema), ipc.WithLZ4())
	for range batches {
		if err := w.Write(arrowarray.NewRecordBatch(schema, []arrow.Array{column}, int64(views))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Views of the same numbers, again and again, would fill a disk or the memory.
func TestListViewsThatUnfold(t *testing.T) {
	const width = 256
	numbers := arrowarray.NewData(arrow.PrimitiveTypes.Float32, width+1, []*memory.Buffer{nil, memory.NewBufferBytes(make([]byte, 4*(width+1)))}, nil, 0, 0)
	data := writeViews(t, 60000, width, 8, numbers)
	src, err := openArrowStream(input.InMemory("unfolds", data), Spec{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	got := make([]float32, width)
	if err = readSource(shard{source: src}, nil, got, 0, 0, 0, 1); err == nil {
		t.Fatalf("%d numbers unfold from %d bytes", 8*60000*width, len(data))
	}
	checkFormatError(t, err, "views of 15360000 numbers")

	bits := arrowarray.NewData(arrow.FixedWidthTypes.Boolean, width+1, []*memory.Buffer{nil, memory.NewBufferBytes(make([]byte, width))}, nil, 0, 0)
	data = writeViews(t, 60000, width, 1, bits)
	if _, err = readExamples(input.InMemory("unfolds", data), []string{"views"}); err == nil {
		t.Fatalf("%d values unfold from %d bytes", 60000*width, len(data))
	}
	checkFormatError(t, err, `column "views"`, "lists of more than")
}
