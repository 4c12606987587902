package activations

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// BenchmarkReadRagged reads one position of every row, and the mean over all,
// from Arrow files of rows with 8 to 56 positions each, and as many bytes in one
// piece for comparison. They are in the page cache.
func BenchmarkReadRagged(b *testing.B) {
	b.Run("wide", func(b *testing.B) { benchmarkRagged(b, 2000, 576) })
	b.Run("narrow", func(b *testing.B) { benchmarkRagged(b, 20000, 32) })
}

func benchmarkRagged(b *testing.B, rows, width int) {
	path := filepath.Join(b.TempDir(), "ragged.arrow")
	positions := writeRaggedArrow(b, path, rows, width)
	for _, test := range []struct {
		position string
		vectors  int
	}{{"last", rows}, {"mean", positions}} {
		d := open(b, Spec{Paths: []string{path}, Axes: []Axis{Row, Position, Width}, Position: test.position})
		dst := make([]float32, rows*width)
		size := int64(test.vectors*width) * 2
		b.Run(test.position, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				if err := d.ReadFloat32(dst, 0, 0, 0, rows); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(test.position+"/sequential", func(b *testing.B) {
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			b.SetBytes(size)
			block := make([]byte, blockSize)
			for b.Loop() {
				for at := int64(0); at < size; at += blockSize {
					if _, err := f.ReadAt(block[:min(blockSize, size-at)], at); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// writeRaggedArrow returns how many positions all rows have together.
func writeRaggedArrow(b *testing.B, path string, rows, width int) (positions int) {
	vector := arrow.FixedSizeListOf(int32(width), arrow.FixedWidthTypes.Float16)
	s := arrow.NewSchema([]arrow.Field{{Name: "states", Type: arrow.ListOf(vector)}}, nil)
	record := arrowarray.NewRecordBuilder(memory.DefaultAllocator, s)
	lists := record.Field(0).(*arrowarray.ListBuilder)
	vectors := lists.ValueBuilder().(*arrowarray.FixedSizeListBuilder)
	numbers := vectors.ValueBuilder().(*arrowarray.Float16Builder)
	values := make([]float16.Num, width)
	for i := range values {
		values[i] = float16.New(float32(i%61) / 8)
	}
	for i := range rows {
		lists.Append(true)
		for range 8 + i*31%49 {
			vectors.Append(true)
			numbers.AppendValues(values, nil)
			positions++
		}
	}
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(s))
	if err != nil {
		b.Fatal(err)
	}
	if err := w.Write(record.NewRecordBatch()); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return positions
}
