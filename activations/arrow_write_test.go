package activations

import (
	"os"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"
)

// What arrow-go writes is read back: any type of list and number, nesting,
// batches, compression, file or stream, between columns of text.
func TestArrowRoundTrip(t *testing.T) {
	path := t.TempDir() + "/states"
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 5), 1, 3).Draw(t, "sizes")
		if rapid.IntRange(0, 4).Draw(t, "long") == 0 {
			sizes[len(sizes)-1] = 3000
		}
		states := drawListType(t, sizes)
		text := arrow.DataType(rapid.SampledFrom([]arrow.DataType{arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString}).Draw(t, "text"))
		schema := arrow.NewSchema([]arrow.Field{
			{Name: "before", Type: text, Nullable: true}, {Name: "states", Type: states}, {Name: "after", Type: arrow.PrimitiveTypes.Int16, Nullable: true},
		}, nil)
		batches := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 3).Draw(t, "batches")
		written := writeArrow(t, path, schema, sizes, batches)

		if written.rows == 0 {
			return
		}
		d, err := Open(Spec{Paths: []string{path}})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		got := make([]float64, written.rows*sizes[len(sizes)-1])
		s := d.Shape()
		for layer := range s.Layers {
			for position := range s.Positions {
				if err := d.ReadFloat64(got, layer, position, 0, s.Rows); err != nil {
					t.Fatal(err)
				}
				for i := range got {
					row, j := i/s.Width, i%s.Width
					if want := float64((((row*s.Layers+layer)*s.Positions+position)*s.Width + j) % 2048); got[i] != want {
						t.Fatalf("row %d, layer %d, position %d, column %d: %v, want %v", row, layer, position, j, got[i], want)
					}
				}
			}
		}
		checkWrittenTable(t, d, written)
	})
}

func checkWrittenTable(t *rapid.T, d *Dump, written writtenArrow) {
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	before, _ := e.Column("before")
	after, _ := e.Column("after")
	for i := range written.rows {
		if before.Value(i) != written.before[i] || after.Value(i) != written.after[i] {
			t.Fatalf("row %d: %v and %v, want %v and %v", i, before.Value(i), after.Value(i), written.before[i], written.after[i])
		}
	}
}

func drawListType(t *rapid.T, sizes []int) arrow.DataType {
	dt := rapid.SampledFrom([]arrow.DataType{arrow.FixedWidthTypes.Float16, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64}).Draw(t, "number")
	for i := len(sizes) - 1; i >= 0; i-- {
		switch rapid.SampledFrom([]string{"fixed", "list", "large"}).Draw(t, "list") {
		case "fixed":
			dt = arrow.FixedSizeListOf(int32(sizes[i]), dt)
		case "list":
			dt = arrow.ListOf(dt)
		default:
			dt = arrow.LargeListOf(dt)
		}
	}
	return dt
}

type writtenArrow struct {
	rows          int
	before, after []any
}

// writeArrow writes states that count up, modulo what half precision holds.
func writeArrow(t *rapid.T, path string, schema *arrow.Schema, sizes, batches []int) (written writtenArrow) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	options := []ipc.Option{ipc.WithSchema(schema)}
	switch rapid.SampledFrom([]string{"plain", "lz4", "zstd"}).Draw(t, "compression") {
	case "lz4":
		options = append(options, ipc.WithLZ4())
	case "zstd":
		options = append(options, ipc.WithZstd())
	}
	var w interface {
		Write(arrow.RecordBatch) error
		Close() error
	}
	if rapid.Bool().Draw(t, "stream") {
		w = ipc.NewWriter(f, options...)
	} else if w, err = ipc.NewFileWriter(f, options...); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, rows := range batches {
		b := arrowarray.NewRecordBuilder(memory.DefaultAllocator, schema)
		for range rows {
			before := any(rapid.StringN(0, 4, -1).Draw(t, "text"))
			after := any(rapid.IntRange(-9, 9).Draw(t, "int"))
			if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
				before, after = nil, nil
			}
			written.before, written.after = append(written.before, before), append(written.after, after)
			appendText(b.Field(0), before)
			appendLists(b.Field(1), sizes, &count)
			if after == nil {
				b.Field(2).AppendNull()
			} else {
				b.Field(2).(*arrowarray.Int16Builder).Append(int16(after.(int)))
			}
		}
		if err := w.Write(b.NewRecordBatch()); err != nil {
			t.Fatal(err)
		}
		written.rows += rows
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return written
}

func appendText(b arrowarray.Builder, v any) {
	switch b := b.(type) {
	case *arrowarray.StringBuilder:
		if v != nil {
			b.Append(v.(string))
			return
		}
	case *arrowarray.LargeStringBuilder:
		if v != nil {
			b.Append(v.(string))
			return
		}
	}
	b.AppendNull()
}

func appendLists(b arrowarray.Builder, sizes []int, count *int) {
	switch b := b.(type) {
	case arrowarray.ListLikeBuilder:
		b.Append(true)
		for range sizes[0] {
			appendLists(b.ValueBuilder(), sizes[1:], count)
		}
	case *arrowarray.Float16Builder:
		b.Append(float16.New(float32(*count % 2048)))
		*count++
	case *arrowarray.Float32Builder:
		b.Append(float32(*count % 2048))
		*count++
	case *arrowarray.Float64Builder:
		b.Append(float64(*count % 2048))
		*count++
	}
}
