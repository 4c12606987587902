package activations

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkReadLayer reads one layer after the other of a dump of 130 MB, and
// as many bytes in one piece for comparison.
func BenchmarkReadLayer(b *testing.B) {
	const rows, layers, width = 500, 32, 4096
	path := filepath.Join(b.TempDir(), "states.npy")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	header := npyFile("<f2", false, []int{rows, layers, width}, nil)
	_, err = f.Write(append(header, make([]byte, rows*layers*width*2)...))
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	d := open(b, Spec{Paths: []string{path}})
	single := make([]float32, rows*width)
	double := make([]float64, rows*width)
	layer := 0
	for _, run := range []struct {
		name string
		read func() error
	}{
		{"float32", func() error { return d.ReadFloat32(single, layer, 0, 0, rows) }},
		{"float64", func() error { return d.ReadFloat64(double, layer, 0, 0, rows) }},
		{"sequential", func() error {
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			part := io.NewSectionReader(f, int64(layer)*rows*width*2, rows*width*2)
			_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, part, make([]byte, blockSize))
			return err
		}},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.SetBytes(rows * width * 2)
			for i := range b.N {
				layer = i % layers
				if err := run.read(); err != nil {
					b.Fatal(fmt.Errorf("layer %d: %w", layer, err))
				}
			}
		})
	}
}
