package activations

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"pgregory.net/rapid"

	"tell/activations/internal/input"
)

func TestParquetUnits(t *testing.T) {
	for name, want := range map[string][]int{
		"ragged_tokens.parquet":    {5},
		"ragged_groups.parquet":    {2, 2, 1},
		"ragged_pages.parquet":     {3, 2},
		"ragged_positions.parquet": {5},
		"ragged_runs.parquet":      {9, 9, 9, 9, 4, 9, 9, 6},
	} {
		spec := Spec{Paths: []string{formatsFile(name)}, Position: "last"}
		if name == "ragged_runs.parquet" {
			spec.Axes = []Axis{Row, Position, Width}
		}
		d := open(t, spec)
		arrays, err := d.shards[0].source.(*parquetRagged).columns[0].arrays()
		if err != nil {
			t.Fatal(err)
		}
		var rows []int
		for _, a := range arrays {
			rows = append(rows, a.rows)
		}
		if !slices.Equal(rows, want) {
			t.Errorf("%s: units of %v rows, want %v", name, rows, want)
		}
	}
}

// Rows are read from the middle of a row group, whatever the order.
func TestParquetRuns(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("ragged_runs.parquet")}, Axes: []Axis{Row, Position, Width}, Position: "last"})
	got := make([]float64, 4)
	for i := range 64 {
		row := 37 * i % 64
		err := d.ReadFloat64(got, 0, 0, row, row+1)
		if n := row % 4; n > 0 {
			for j, v := range got {
				if want := float64((7*row + 3*(n-1) + j) % 16); err != nil || v != want {
					t.Errorf("row %d, column %d: %v, want %v: %v", row, j, v, want, err)
				}
			}
		} else if err == nil {
			t.Errorf("row %d, which has no position, is read", row)
		}
	}
}

// Rows without a position can stand between others.
func TestParquetEmptyRows(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("ragged_empty.parquet")}, Position: "last"})
	got := make([]float64, 4)
	for _, row := range []int{4, 1, 2} {
		if err := d.ReadFloat64(got, 2, 0, row, row+1); err != nil || got[1] != plantedValue(stepped, row, 2, row+1, 1) {
			t.Errorf("row %d: %v, %v", row, got, err)
		}
	}
	if err := d.ReadFloat64(got, 0, 0, 3, 4); err == nil {
		t.Error("a row without a position is read")
	}
}

// readRanges notes which bytes are read.
type readRanges struct {
	r  io.ReaderAt
	mu sync.Mutex
	at [][2]int64
}

func (r *readRanges) ReadAt(b []byte, offset int64) (int, error) {
	r.mu.Lock()
	r.at = append(r.at, [2]int64{offset, offset + int64(len(b))})
	r.mu.Unlock()
	return r.r.ReadAt(b, offset)
}

// within counts the bytes from lo to hi that were read, some perhaps twice.
func (r *readRanges) within(lo, hi int64) (n int64) {
	for _, at := range r.at {
		n += max(0, min(at[1], hi)-max(at[0], lo))
	}
	return n
}

// raggedFile is two columns of layers in two row groups of so many rows each. Row
// i has 1+i%7 positions, or one.
type raggedFile struct {
	rows, width              int
	index, dictionary, fixed bool
	lengths                  []int // of the rows, instead of 1 to 7 in turn
}

func (f raggedFile) positions(row int) int {
	switch {
	case f.fixed:
		return 1
	case f.lengths != nil:
		return f.lengths[row]
	}
	return 1 + row%7
}

func (f raggedFile) write(t testing.TB) []byte {
	item := schema.NewFloat32Node("element", parquet.Repetitions.Required, -1)
	var fields schema.FieldList
	for i := range 2 {
		inner, err := schema.ListOf(item, parquet.Repetitions.Required, -1)
		if err != nil {
			t.Fatal(err)
		}
		outer, err := schema.ListOfWithName(fmt.Sprintf("layer_%d", i), inner, parquet.Repetitions.Required, -1)
		if err != nil {
			t.Fatal(err)
		}
		fields = append(fields, outer)
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := pqfile.NewParquetWriter(&b, root, pqfile.WithWriterProps(parquet.NewWriterProperties(
		parquet.WithPageIndexEnabled(f.index), parquet.WithDataPageSize(32<<10), parquet.WithBatchSize(1), parquet.WithDictionaryDefault(f.dictionary))))
	for g := range 2 {
		group, err := w.AppendRowGroupChecked()
		if err != nil {
			t.Fatal(err)
		}
		for layer := range 2 {
			column, err := group.NextColumn()
			if err != nil {
				t.Fatal(err)
			}
			for i := range f.rows {
				row := g*f.rows + i
				n := f.positions(row) * f.width
				values, defined, repeated := make([]float32, n), make([]int16, n), make([]int16, n)
				for k := range n {
					values[k], defined[k], repeated[k] = raggedValue(layer, row, k/f.width, k%f.width), 2, 2
					if k%f.width == 0 {
						repeated[k] = 1
					}
				}
				repeated[0] = 0
				if _, err := column.(*pqfile.Float32ColumnChunkWriter).WriteBatch(values, defined, repeated); err != nil {
					t.Fatal(err)
				}
			}
			if err := column.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := group.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func raggedValue(layer, row, position, j int) float32 {
	return float32(layer<<20+row<<8+position<<4) + float32(j)/256
}

// What is not asked for is not read: other columns, other row groups and, where
// the file has an index, other pages.
func TestParquetReadsWhatIsAsked(t *testing.T) {
	const rows, width = 512, 128
	for _, index := range []bool{false, true} {
		data := raggedFile{rows: rows, width: width, index: index}.write(t)
		ranges := &readRanges{r: bytes.NewReader(data)}
		f := &input.File{Path: "ragged", Size: int64(len(data)), R: ranges}
		spec := Spec{Position: "last"}
		src, err := openParquet(f, spec)
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		chosen, err := chooserOf(&Dump{spec: spec})
		if err != nil {
			t.Fatal(err)
		}
		meta := src.(*parquetRagged).file.r.MetaData()
		extent := func(group, column int) (lo, hi int64) {
			chunk, err := meta.RowGroup(group).ColumnChunk(column)
			if err != nil {
				t.Fatal(err)
			}
			return chunk.DataPageOffset(), chunk.DataPageOffset() + chunk.TotalCompressedSize()
		}
		read := func(layer, row int) {
			got := make([]float32, width)
			if err := readSource(shard{source: src}, chosen, got, layer, 0, row, row+1); err != nil {
				t.Fatal(err)
			}
			for j, v := range got {
				if want := raggedValue(layer, row, row%7, j); v != want {
					t.Fatalf("index %v, layer %d, row %d, column %d: %v, want %v", index, layer, row, j, v, want)
				}
			}
		}
		ranges.at = nil
		read(1, rows+rows/2)
		for _, other := range [][2]int{{0, 0}, {0, 1}, {1, 0}} {
			if lo, hi := extent(other[0], other[1]); ranges.within(lo, hi) > 0 {
				t.Errorf("index %v: row group %d, column %d is read", index, other[0], other[1])
			}
		}
		lo, hi := extent(1, 1)
		if n := ranges.within(lo, hi); index && n > (hi-lo)/4 || !index && n < hi-lo {
			t.Errorf("index %v: %d of the %d bytes of a column are read for one row", index, n, hi-lo)
		}
		for _, row := range []int{0, rows - 1, rows, 2*rows - 1, 17, rows + rows/2} {
			read(0, row)
			read(1, row)
		}
	}
}

// Levels of random rows give their lengths back.
func TestRaggedLevels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layers, width := rapid.IntRange(1, 3).Draw(t, "layers"), rapid.IntRange(1, 3).Draw(t, "width")
		lengths := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 6).Draw(t, "lengths")
		r := &raggedLevels{dims: []int{layers, -1, width}, ragged: 1, begins: []int16{1, 2, 3}, full: 3, index: make([]int, 3)}
		for _, n := range lengths {
			for layer := range layers {
				for k := range max(1, n*width) {
					defined, repeated := int16(3), int16(3)
					switch {
					case k == 0 && layer == 0:
						repeated = 0
					case k == 0:
						repeated = 1
					case k%width == 0:
						repeated = 2
					}
					if n == 0 {
						defined = 1
					}
					if bad := r.add(defined, repeated); bad != nil {
						t.Fatal(*bad)
					}
				}
			}
		}
		if bad := r.end(); bad != nil || !slices.Equal(r.lengths, lengths) {
			t.Fatalf("%v, want %v: %v", r.lengths, lengths, bad)
		}
	})
}

// A page index that lies is an error, whatever is in it.
func TestParquetPageIndexLies(t *testing.T) {
	whole, err := os.ReadFile(formatsFile("ragged_pages.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	f := input.InMemory("ragged", whole)
	src, err := openParquet(f, Spec{Position: "last"})
	if err != nil {
		t.Fatal(err)
	}
	chunk, err := src.(*parquetRagged).file.r.MetaData().RowGroup(0).ColumnChunk(src.(*parquetRagged).columns[0].leaf)
	if err != nil {
		t.Fatal(err)
	}
	at := chunk.GetOffsetIndexLocation()
	refused, descending := 0, 0
	for i := range int(at.Length) {
		for _, mask := range []byte{0x01, 0x06, 0x80, 0xff} {
			data := slices.Clone(whole)
			data[int(at.Offset)+i] ^= mask
			exercise(t, data, openParquet, Spec{Position: "last"})
			if err := readEverything(input.InMemory("ragged", data), openParquet, Spec{Position: "last"}); err != nil {
				refused++
				if strings.Contains(err.Error(), "rows that ascend from 0 to 3") {
					descending++
				}
			}
		}
	}
	if refused < int(at.Length) || descending == 0 {
		t.Errorf("%d of %d damaged indices are refused, %d for their order", refused, 4*at.Length, descending)
	}
}
