package activations

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// Rows that several goroutines share are those that one of them would read.
func TestSharedRows(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const rows, layers, width = 1021, 2, 1024
	data := npyFile("<f4", false, []int{rows, layers, width}, nil)
	for i := range rows * layers * width {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(i)))
	}
	path := writeFile(t, "states.npy", data)
	d := open(t, Spec{Paths: []string{path}})
	got := make([]float32, rows*width)
	if err := d.ReadFloat32(got, 1, 0, 0, rows); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if want := float32(i/width*layers*width + width + i%width); v != want {
			t.Fatalf("row %d, column %d: %v, want %v", i/width, i%width, v, want)
		}
	}
	one := make([]float32, width)
	for _, i := range []int{0, 255, 256, 510, 1020} {
		if err := d.ReadFloat32(one, 1, 0, i, i+1); err != nil || !slices.Equal(one, got[i*width:(i+1)*width]) {
			t.Errorf("row %d differs when it is read alone: %v", i, err)
		}
	}

	// The error is that of the first rows that are gone.
	if err := os.Truncate(path, int64(len(data)/4)); err != nil {
		t.Fatal(err)
	}
	first := d.ReadFloat32(got, 1, 0, 0, rows)
	checkFormatError(t, first, "before the end of the file")
	for range 20 {
		if err := d.ReadFloat32(got, 1, 0, 0, rows); err == nil || err.Error() != first.Error() {
			t.Fatalf("%v, and then %v", first, err)
		}
	}
}

// patterns are n numbers of 16 bits, each pattern among them.
func patterns(n int) []byte {
	b := make([]byte, 0, 2*n)
	for i := range n {
		b = binary.LittleEndian.AppendUint16(b, uint16(i*40503))
	}
	return b
}

// checkLayer compares a layer with the bytes of the rows x layers x width that
// are stored, to the last bit, put where vectors are aligned and where not.
func checkLayer(t *testing.T, d *Dump, stored []byte, layer int) {
	t.Helper()
	rows, width := d.Shape().Rows, d.Shape().Width
	single, double := make([]float32, width), make([]float64, width)
	for _, shift := range []int{0, 1} {
		singles, doubles := make([]float32, shift+rows*width)[shift:], make([]float64, shift+rows*width)[shift:]
		if err := d.ReadFloat32(singles, layer, 0, 0, rows); err != nil {
			t.Fatal(err)
		}
		if err := d.ReadFloat64(doubles, layer, 0, 0, rows); err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			row := stored[2*(i*d.Shape().Layers+layer)*width:][:2*width]
			decode(single, row, d.DType())
			decode(double, row, d.DType())
			for j := range width {
				got32, got64 := singles[i*width+j], doubles[i*width+j]
				if math.Float32bits(got32) != math.Float32bits(single[j]) || math.Float64bits(got64) != math.Float64bits(double[j]) {
					t.Fatalf("layer %d, row %d, column %d: %v and %v, want %v", layer, i, j, got32, got64, double[j])
				}
			}
		}
	}
}

// Rows that lie far apart are shared out among more goroutines than there are
// processors.
func TestRowsApart(t *testing.T) {
	const rows, layers, width = 700, 17, 576
	stored := patterns(rows * layers * width)
	path := writeFile(t, "states.npy", npyFile("<f2", false, []int{rows, layers, width}, [][]byte{stored}))
	d := open(t, Spec{Paths: []string{path}})
	planes, err := d.shards[0].layer(0)
	if err != nil || !planes[0].apart() {
		t.Fatalf("rows do not lie apart (%v)", err)
	}
	checkLayer(t, d, stored, 0)
	checkLayer(t, d, stored, layers-1)

	if err := os.Truncate(path, int64(len(stored)/3)); err != nil {
		t.Fatal(err)
	}
	got := make([]float64, rows*width)
	first := d.ReadFloat64(got, 1, 0, 0, rows)
	checkFormatError(t, first, "before the end of the file")
	for range 20 {
		if err := d.ReadFloat64(got, 1, 0, 0, rows); err == nil || err.Error() != first.Error() {
			t.Fatalf("%v, and then %v", first, err)
		}
	}
}

// Goroutines share the rows of all record batches, wherever one begins.
func TestSharedBatches(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	const rows, layers, width = 1500, 2, 2048
	stored := patterns(rows * layers * width)
	var file bytes.Buffer
	w, err := beginArrow(&file, &output{shape: Shape{rows, layers, 1, width}, dtype: F16, table: func() (*Examples, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	rest := stored
	for _, n := range []int{1, 800, 3, 690, 6} {
		if err := w.writeRows(rest[:2*n*layers*width], n); err != nil {
			t.Fatal(err)
		}
		rest = rest[2*n*layers*width:]
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	d := open(t, Spec{Paths: []string{writeFile(t, "states.arrow", file.Bytes())}})
	checkLayer(t, d, stored, 0)
	checkLayer(t, d, stored, 1)
}

// Numbers too many for the caches are stored past them.
func TestStreamedNumbers(t *testing.T) {
	const rows, width = 4099, 1027
	if rows*width < streamFrom {
		t.Fatalf("%d numbers, expected %d", rows*width, streamFrom)
	}
	stored := patterns(rows * width)
	for descr, dtype := range map[string]DType{"<f2": F16, "<u2": BF16} {
		path := writeFile(t, "states.npy", npyFile(descr, false, []int{rows, width}, [][]byte{stored}))
		checkLayer(t, open(t, Spec{Paths: []string{path}, DType: dtype}), stored, 0)
	}
}

// A layer takes as many bytes as it has: no other layer or column is read.
func TestOnlyTheLayerIsRead(t *testing.T) {
	const rows, layers, width = 40, 3, 4096
	stored := patterns(rows * layers * width)
	layersFirst := []Axis{Layer, Row, Width}
	tests := map[string]struct {
		file []byte
		axes []Axis
	}{
		"rows-first.npy":   {npyFile("<f2", false, []int{rows, layers, width}, [][]byte{stored}), nil},
		"layers-first.npy": {npyFile("<f2", false, []int{layers, rows, width}, [][]byte{stored}), layersFirst},
		"layers.safetensors": {append(safetensorsFile(
			`{"l.0":{"dtype":"F16","shape":[40,4096],"data_offsets":[0,327680]},`+
				`"l.1":{"dtype":"F16","shape":[40,4096],"data_offsets":[327680,655360]},`+
				`"l.2":{"dtype":"F16","shape":[40,4096],"data_offsets":[655360,983040]}}`, 0), stored...), nil},
		"columns.arrow": {arrowColumns(t, layers, rows, width, stored), nil},
	}
	for name, test := range tests {
		d := open(t, Spec{Paths: []string{writeFile(t, name, test.file)}, Axes: test.axes})
		if s := d.Shape(); s != (Shape{rows, layers, 1, width}) {
			t.Fatalf("%s: %v", name, s)
		}
		planes, err := d.shards[0].layer(1)
		if err != nil {
			t.Fatal(err)
		}
		counted := &countingReader{r: planes[0].file.R}
		planes[0].file.R = counted
		if err := d.ReadFloat32(make([]float32, rows*width), 1, 0, 0, rows); err != nil {
			t.Fatal(err)
		}
		if n := counted.bytes.Load(); n != 2*rows*width {
			t.Errorf("%s: %d bytes were read, want %d", name, n, 2*rows*width)
		}
		planes[0].file.R = counted.r
	}
}

// countingReader counts the bytes that are asked for.
type countingReader struct {
	r     io.ReaderAt
	bytes atomic.Int64
}

func (c *countingReader) ReadAt(b []byte, offset int64) (int, error) {
	c.bytes.Add(int64(len(b)))
	return c.r.ReadAt(b, offset)
}

// arrowColumns is a file with a column for every layer.
func arrowColumns(t *testing.T, layers, rows, width int, stored []byte) []byte {
	t.Helper()
	states := arrow.FixedSizeListOfNonNullable(int32(width), arrow.FixedWidthTypes.Float16)
	var fields []arrow.Field
	var columns []arrow.Array
	for i := range layers {
		fields = append(fields, arrow.Field{Name: fmt.Sprintf("layer_%d", i), Type: states})
		columns = append(columns, arrowarray.MakeFromData(nested(states, stored[2*i*rows*width:][:2*rows*width], rows)))
	}
	schema := arrow.NewSchema(fields, nil)
	var file bytes.Buffer
	w, err := ipc.NewFileWriter(&file, ipc.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(arrowarray.NewRecordBatch(schema, columns, int64(rows))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
