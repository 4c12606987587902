package activations

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"tell/activations/internal/input"
)

func casesFile(name string) string { return filepath.Join("..", "testdata", "cases", name) }

// constants is a column of lists of one and the same number, more of them than
// the compressed bytes could back in memory.
func constants(rows, width int) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{{Name: "states", Type: arrow.FixedSizeListOf(int32(width), arrow.PrimitiveTypes.Float32)}}, nil)
	b := arrowarray.NewRecordBuilder(memory.DefaultAllocator, schema)
	lists := b.Field(0).(*arrowarray.FixedSizeListBuilder)
	numbers := lists.ValueBuilder().(*arrowarray.Float32Builder)
	row := slices.Repeat([]float32{0.5}, width)
	for range rows {
		lists.Append(true)
		numbers.AppendValues(row, nil)
	}
	return b.NewRecordBatch()
}

// constantParquet is a column of lists of one number, by its dictionary.
func constantParquet(t testing.TB, rows, width int) []byte {
	list, err := schema.ListOfWithName("states", schema.NewFloat32Node("element", parquet.Repetitions.Required, -1), parquet.Repetitions.Required, -1)
	if err != nil {
		t.Fatal(err)
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{list}, -1)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := pqfile.NewParquetWriter(&b, root)
	group, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	column, err := group.NextColumn()
	if err != nil {
		t.Fatal(err)
	}
	values, defined, repeated := slices.Repeat([]float32{0.5}, width), slices.Repeat([]int16{1}, width), slices.Repeat([]int16{1}, width)
	repeated[0] = 0
	for range rows {
		if _, err := column.(*pqfile.Float32ColumnChunkWriter).WriteBatch(values, defined, repeated); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Numbers that are all the same shrink a thousandfold, and go through a file.
func TestConstantStates(t *testing.T) {
	const rows, width = 1536, 4096 // 24 MB
	record := constants(rows, width)
	files := map[string][]byte{}

	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(record.Schema()), ipc.WithZstd())
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files["zstd.arrows"] = b.Bytes()

	files["dictionary.parquet"] = constantParquet(t, rows, width)

	files["deflated.npz"] = zipFile(t, zip.Deflate, "states.npy", npyFile("<f4", false, []int{rows, width}, [][]byte{bytes.Repeat(f32(0.5), rows*width)}))
	for name, data := range files {
		if input.UnpackLimit(int64(len(data))) >= rows*width*4 {
			t.Fatalf("%s: %d bytes are too many for this test", name, len(data))
		}
		d := open(t, Spec{Paths: []string{writeFile(t, name, data)}})
		last := make([]float64, width)
		if err := d.ReadFloat64(last, 0, 0, rows-1, rows); err != nil || d.Shape() != (Shape{rows, 1, 1, width}) || last[width-1] != 0.5 {
			t.Errorf("%s: %v, %v, %v", name, d.Shape(), last[width-1], err)
		}
	}
}

// A column of one value beside states: its compressed bytes are few, those of
// the file are not.
func TestConstantColumn(t *testing.T) {
	const rows = 3 << 20
	schema := arrow.NewSchema([]arrow.Field{{Name: "same", Type: arrow.PrimitiveTypes.Int64}, {Name: "id", Type: arrow.PrimitiveTypes.Int64}}, nil)
	b := arrowarray.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range rows {
		b.Field(0).(*arrowarray.Int64Builder).Append(7)
		b.Field(1).(*arrowarray.Int64Builder).Append(int64(uint64(i) * 0x9e3779b97f4a7c15 >> 8))
	}
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema), ipc.WithZstd())
	if err := w.Write(b.NewRecordBatch()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	e, err := readExamples(input.InMemory("table.arrows", out.Bytes()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := e.Column("same"); e.Len() != rows || c.Value(rows-1) != 7 {
		t.Errorf("%d rows, the last %v", e.Len(), c.Value(rows-1))
	}
}

// A mask that nobody asked for does not matter, and one that was asked for is
// kept once for rows that are alike.
func TestMaskThatShrinks(t *testing.T) {
	const rows, positions = 5120, 512
	states := npyFile("<f4", false, []int{rows, 1, 2}, [][]byte{bytes.Repeat(f32(1), rows*2)})
	mask := npyFile("<i8", false, []int{rows, positions}, [][]byte{bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0}, rows*positions)})
	path := writeFile(t, "states.npz", zipFile(t, zip.Deflate, "states.npy", states, "attention_mask.npy", mask))
	for _, spec := range []Spec{{Tensor: "states"}, {Tensor: "states", Axes: []Axis{Row, Layer, Width}}} {
		spec.Paths = []string{path}
		if d := open(t, spec); d.Shape() != (Shape{rows, 1, 1, 2}) {
			t.Errorf("%v", d.Shape())
		}
	}
	before := allocated()
	c, err := readMaskFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := allocated() - before; n > 8<<20 {
		t.Errorf("%d bytes for the mask", n)
	}
	if c.Len() != rows || !strings.HasPrefix(c.String(rows-1), "[1,1,") || len(c.String(0)) != 2*positions+1 {
		t.Errorf("%d rows, %.20s", c.Len(), c.String(rows-1))
	}
	fortran := npyFile("<i8", true, []int{4 << 20, 2}, [][]byte{make([]byte, 8*(8<<20))})
	if _, err := readMaskFile(writeFile(t, "mask.npz", zipFile(t, zip.Deflate, "mask.npy", fortran))); err == nil {
		t.Error("a mask of 8 million positions is read from a few KB")
	} else {
		checkFormatError(t, err, "a mask of 4194304 rows x 2 positions", "at most 16777216 bytes of memory")
	}
}

// np.load reads the first array of a file to which several were saved.
func TestNPYOfSeveralArrays(t *testing.T) {
	first := npyFile("<f4", false, []int{2, 1}, [][]byte{f32(3), f32(4)})
	path := writeFile(t, "states.npy", slices.Concat(first, npyFile("<f4", false, []int{1, 1}, [][]byte{f32(5)})))
	d := open(t, Spec{Paths: []string{path}})
	if notes := d.Notes(); d.Shape().Rows != 2 || len(notes) != 1 || !strings.Contains(notes[0], fmt.Sprintf("further arrays from byte %d on", len(first))) {
		t.Errorf("%v, %q", d.Shape(), notes)
	}
}

// Types without a byte order are those of the machine, as for NumPy.
func TestNPYTypesWithoutOrder(t *testing.T) {
	for _, descr := range []string{"f4", "float32", "f", "=f4"} {
		d := open(t, Spec{Paths: []string{writeFile(t, "states.npy", npyFile(descr, false, []int{1, 2}, [][]byte{f32(3), f32(4)}))}})
		got := make([]float64, 2)
		if err := d.ReadFloat64(got, 0, 0, 0, 1); err != nil || got[1] != 4 || d.DType() != F32 {
			t.Errorf("%s: %v, %v", descr, got, err)
		}
	}
	label := npyFile("i4", false, []int{2}, [][]byte{{7, 0, 0, 0}, {8, 0, 0, 0}})
	states := npyFile("f4", true, []int{2, 1}, [][]byte{f32(3), f32(4)})
	d := open(t, Spec{Paths: []string{writeFile(t, "x.npz", zipFile(t, zip.Store, "label.npy", label, "states.npy", states))}})
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := e.Column("label"); !ok || c.Value(1) != 8 {
		t.Errorf("label %v", c)
	}
}

func TestArrowLegacyStream(t *testing.T) {
	d := open(t, Spec{Paths: []string{casesFile("stream_v4_legacy.arrow")}})
	if d.Format() != "arrow-stream" || d.Shape() != (Shape{11, 1, 1, 6}) {
		t.Errorf("%s, %v", d.Format(), d.Shape())
	}
	got := make([]float64, 11*6)
	if err := d.ReadFloat64(got, 0, 0, 0, 11); err != nil {
		t.Error(err)
	}
	if got[1] != -344.75 || got[65] != 0.525390625 {
		t.Errorf("%v", got)
	}
}

// A zip archive may come after other bytes, such as those of a program that
// unpacks it.
func TestNPZAfterOtherBytes(t *testing.T) {
	data, err := os.ReadFile(formatsFile("layers_f4.npz"))
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, Spec{Paths: []string{writeFile(t, "states.npz", append([]byte("#!/bin/sh\nexit\n"), data...))}})
	if d.Format() != "npz" || d.Shape() != planted {
		t.Errorf("%s, %v", d.Format(), d.Shape())
	}
	checkPlanted(t, d)
}

// Sites take names, probes and rows of a report, whatever their numbers take.
func TestManySites(t *testing.T) {
	layers := casesFile("layers8M.npz")
	wide := writeFile(t, "wide.npz", zipFile(t, zip.Deflate, "a.npy", npyFile("<f2", false, []int{1, 8_000_000, 1}, [][]byte{make([]byte, 16_000_000)})))
	checkRefused(t, []refused{
		{"layers", Spec{Paths: []string{abs(t, layers)}}, []string{"found 8000000 layers x 1 position", "at most 65536 together for 15771 bytes"}},
		{"positions", Spec{Paths: []string{wide}, Axes: []Axis{Row, Position, Width}}, []string{"found 1 layer x 8000000 positions", "at most 65536 together", "choose a position"}},
		{"a range of them", Spec{Paths: []string{wide}, Axes: []Axis{Row, Position, Width}, Position: "0:100000"}, []string{"100000 positions"}},
	})
	if d := open(t, Spec{Paths: []string{wide}, Axes: []Axis{Row, Position, Width}, Position: "last"}); d.Shape().Positions != 1 {
		t.Errorf("%v", d.Shape())
	}
	plain := writeFile(t, "plain.npy", npyFile("<f2", false, []int{1, 100_000, 1}, [][]byte{make([]byte, 200_000)}))
	if d := open(t, Spec{Paths: []string{plain}}); d.Shape().Layers != 100_000 {
		t.Errorf("%v", d.Shape())
	}
}

func abs(t *testing.T, path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A column of millions of rows takes hardly a byte where all are the same.
func TestTablesThatUnfold(t *testing.T) {
	const rows = 2 << 20
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{schema.NewInt64Node("same", parquet.Repetitions.Optional, -1)}, -1)
	if err != nil {
		t.Fatal(err)
	}
	var p bytes.Buffer
	w := pqfile.NewParquetWriter(&p, root)
	group, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	column, err := group.NextColumn()
	if err == nil {
		_, err = column.(*pqfile.Int64ColumnChunkWriter).WriteBatch(nil, make([]int16, rows), nil)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}

	s := arrow.NewSchema([]arrow.Field{{Name: "same", Type: arrow.PrimitiveTypes.Int8}}, nil)
	b := arrowarray.NewRecordBuilder(memory.DefaultAllocator, s)
	b.Field(0).(*arrowarray.Int8Builder).AppendValues(make([]int8, rows), nil)
	var a bytes.Buffer
	stream := ipc.NewWriter(&a, ipc.WithSchema(s), ipc.WithZstd())
	if err := stream.Write(b.NewRecordBatch()); err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"parquet": p.Bytes(), "arrow": a.Bytes()} {
		before := allocated()
		if _, err := readExamples(input.InMemory(name, data), nil); err == nil {
			t.Errorf("%s: %d rows read from %d bytes", name, rows, len(data))
		} else {
			checkFormatError(t, err, `column "same"`, "a table that takes more memory, expected at most 16777216 bytes")
		}
		if n := allocated() - before; n > memoryLimit(len(data)) {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}
