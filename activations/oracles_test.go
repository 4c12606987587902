package activations

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio"
	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// rowMajor is all numbers of a dump as a file in the usual order has them.
func rowMajor(t testing.TB, d *Dump) []float64 {
	t.Helper()
	s := d.Shape()
	all := make([]float64, s.Rows*s.Layers*s.Positions*s.Width)
	x := make([]float64, s.Width)
	for row := range s.Rows {
		for layer := range s.Layers {
			for position := range s.Positions {
				if err := d.ReadFloat64(x, layer, position, row, row+1); err != nil {
					t.Fatal(err)
				}
				copy(all[((row*s.Layers+layer)*s.Positions+position)*s.Width:], x)
			}
		}
	}
	return all
}

// npyio reads what is converted, and what it writes is read.
func TestAgreesWithNPYIO(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		rows, width := rapid.IntRange(1, 9).Draw(rt, "rows"), rapid.IntRange(1, 9).Draw(rt, "width")
		want := rapid.SliceOfN(rapid.Float64(), rows*width, rows*width).Draw(rt, "numbers")
		var b bytes.Buffer
		if err := npyio.Write(&b, mat.NewDense(rows, width, want)); err != nil {
			rt.Fatal(err)
		}
		path := filepath.Join(dir, "in.npy")
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			rt.Fatal(err)
		}
		d, err := Open(Spec{Paths: []string{path}})
		if err != nil {
			rt.Fatal(err)
		}
		defer d.Close()
		if s := d.Shape(); s.Rows != rows || s.Width != width || !sameNumbers(rowMajor(t, d), want) {
			rt.Fatalf("%v of other numbers than %v", s, want)
		}
		back := filepath.Join(dir, "out.npy")
		if _, err := Convert(t.Context(), d, back, ConvertSettings{}); err != nil {
			rt.Fatal(err)
		}
		f, err := os.Open(back)
		if err != nil {
			rt.Fatal(err)
		}
		defer f.Close()
		r, err := npyio.NewReader(f)
		if err != nil {
			rt.Fatal(err)
		}
		var got []float64
		if err := r.Read(&got); err != nil || !sameNumbers(got, want) {
			rt.Fatalf("npyio reads %v, %v, want %v", got, err, want)
		}
	})
}

// npyio reads the files of NumPy as they are read here, where it can.
func TestNPYFilesAgreeWithNPYIO(t *testing.T) {
	for _, name := range []string{"one_layer_f4.npy", "positions_f4.npy", "v2_f4.npy", "big_f4.npy", "big_f8.npy", "layers_first_f4.npy"} {
		f, err := os.Open(formatsFile(name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := npyio.NewReader(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var wide []float64
		var narrow []float32
		if strings.Contains(r.Header.Descr.Type, "f4") {
			err = r.Read(&narrow)
			for _, v := range narrow {
				wide = append(wide, float64(v))
			}
		} else {
			err = r.Read(&wide)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := open(t, Spec{Paths: []string{formatsFile(name)}}); !sameNumbers(rowMajor(t, d), wide) {
			t.Errorf("%s: npyio reads other numbers", name)
		}
	}
}

// leaves appends the numbers in a column of lists, nested to any depth.
func leaves(a arrow.Array, into []float64) ([]float64, bool) {
	if a.NullN() > 0 {
		return nil, false
	}
	switch a := a.(type) {
	case *arrowarray.Float16:
		for _, v := range a.Values() {
			into = append(into, float64(v.Float32()))
		}
		return into, true
	case *arrowarray.Float32:
		for _, v := range a.Float32Values() {
			into = append(into, float64(v))
		}
		return into, true
	case *arrowarray.Float64:
		return append(into, a.Float64Values()...), true
	case arrowarray.ListLike:
		ok := true
		for i := 0; i < a.Len() && ok; i++ {
			lo, hi := a.ValueOffsets(i)
			part := arrowarray.NewSlice(a.ListValues(), lo, hi)
			into, ok = leaves(part, into)
			part.Release()
		}
		return into, ok
	}
	return nil, false
}

// leavesOf finds the only column of lists of numbers.
func leavesOf(records []arrow.RecordBatch) (all []float64, found bool) {
	for _, record := range records {
		columns := 0
		for i := range int(record.NumCols()) {
			if _, list := record.Column(i).(arrowarray.ListLike); !list {
				continue
			}
			more, ok := leaves(record.Column(i), nil)
			if !ok {
				continue
			}
			columns++
			all = append(all, more...)
		}
		if columns != 1 {
			return nil, false
		}
	}
	return all, len(all) > 0
}

// arrowRecords reads a file with arrow-go alone.
func arrowRecords(ctx context.Context, data []byte) (records []arrow.RecordBatch, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("arrow-go: %v", r)
		}
	}()
	switch {
	case bytes.HasPrefix(data, []byte(parquetMagic)):
		r, err := pqfile.NewParquetReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		pr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{BatchSize: 1 << 20}, memory.DefaultAllocator)
		if err != nil {
			return nil, err
		}
		rr, err := pr.GetRecordReader(ctx, nil, nil)
		if err != nil {
			return nil, err
		}
		for rr.Next() {
			record := rr.RecordBatch()
			record.Retain()
			records = append(records, record)
		}
		return records, nil
	case bytes.HasPrefix(data, []byte(arrowMagic)):
		r, err := ipc.NewFileReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		for i := range r.NumRecords() {
			record, err := r.RecordBatchAt(i)
			if err != nil {
				return nil, err
			}
			records = append(records, record)
		}
		return records, nil
	}
	r, err := ipc.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for r.Next() {
		record := r.RecordBatch()
		record.Retain()
		records = append(records, record)
	}
	return records, r.Err()
}

// arrow-go reads the files of pyarrow, polars and pandas as they are read here.
func TestFilesAgreeWithArrowGo(t *testing.T) {
	compared := 0
	for _, pattern := range []string{"*.arrow", "*.arrows", "*.feather", "*.parquet"} {
		paths, err := filepath.Glob(formatsFile(pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			d, err := Open(Spec{Paths: []string{path}})
			if err != nil {
				continue
			}
			defer d.Close()
			if d.ReadFloat64(make([]float64, d.Shape().Width*d.Shape().Rows), 0, 0, 0, d.Shape().Rows) != nil {
				continue // found to be ragged
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			records, err := arrowRecords(t.Context(), data)
			if err != nil {
				t.Logf("%s: %v", path, err)
				continue
			}
			permuted := strings.Contains(path, "permuted") // in an order that only the extension type knows
			if want, ok := leavesOf(records); ok && !permuted {
				compared++
				if got := rowMajor(t, d); !sameNumbers(got, want) {
					t.Errorf("%s: arrow-go reads other numbers, %d and not %d", path, len(want), len(got))
				}
			}
		}
	}
	if compared < 20 {
		t.Errorf("%d files compared, expected more", compared)
	}
}

// What arrow-go writes is read, and it reads what is converted.
func TestAgreesWithArrowGo(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		rows, width := rapid.IntRange(1, 9).Draw(rt, "rows"), rapid.IntRange(1, 9).Draw(rt, "width")
		want := rapid.SliceOfN(rapid.Float64(), rows*width, rows*width).Draw(rt, "numbers")
		schema := arrow.NewSchema([]arrow.Field{{Name: "states", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Float64)}}, nil)
		b := arrowarray.NewRecordBuilder(memory.DefaultAllocator, schema)
		lists := b.Field(0).(*arrowarray.ListBuilder)
		for row := range rows {
			lists.Append(true)
			lists.ValueBuilder().(*arrowarray.Float64Builder).AppendValues(want[row*width:(row+1)*width], nil)
		}
		record := b.NewRecordBatch()
		defer record.Release()
		var file, stream, parquet bytes.Buffer
		w, err := ipc.NewFileWriter(&file, ipc.WithSchema(schema))
		if err != nil {
			rt.Fatal(err)
		}
		s := ipc.NewWriter(&stream, ipc.WithSchema(schema))
		p, err := pqarrow.NewFileWriter(schema, &parquet, nil, pqarrow.DefaultWriterProps())
		if err != nil {
			rt.Fatal(err)
		}
		cut := int64(rapid.IntRange(0, rows).Draw(rt, "cut"))
		for _, bounds := range [][2]int64{{0, cut}, {cut, int64(rows)}} {
			part := record.NewSlice(bounds[0], bounds[1])
			for _, err := range []error{w.Write(part), s.Write(part), p.Write(part)} {
				if err != nil {
					rt.Fatal(err)
				}
			}
			part.Release()
		}
		for _, err := range []error{w.Close(), s.Close(), p.Close()} {
			if err != nil {
				rt.Fatal(err)
			}
		}
		for name, data := range map[string][]byte{"x.arrow": file.Bytes(), "x.arrows": stream.Bytes(), "x.parquet": parquet.Bytes()} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, data, 0o666); err != nil {
				rt.Fatal(err)
			}
			d, err := Open(Spec{Paths: []string{path}})
			if err != nil {
				rt.Fatal(err)
			}
			defer d.Close()
			if s := d.Shape(); s.Rows != rows || s.Width != width || !sameNumbers(rowMajor(t, d), want) {
				rt.Fatalf("%s: %v of other numbers than %v", name, s, want)
			}
			back := filepath.Join(dir, "back.arrow")
			if _, err := Convert(t.Context(), d, back, ConvertSettings{}); err != nil {
				rt.Fatal(err)
			}
			written, err := os.ReadFile(back)
			if err != nil {
				rt.Fatal(err)
			}
			records, err := arrowRecords(t.Context(), written)
			if err != nil {
				rt.Fatal(err)
			}
			if got, ok := leavesOf(records); !ok || !sameNumbers(got, want) {
				rt.Fatalf("%s: arrow-go reads %v back, want %v", name, got, want)
			}
		}
	})
}
