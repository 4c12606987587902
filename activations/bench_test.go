package activations

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// benched is the dump of BenchmarkReadLayer: 1 GB of f16, 34 MB a layer.
var benched = Shape{Rows: 4096, Layers: 32, Positions: 1, Width: 4096}

// BenchmarkReadLayer reads one layer after the other of a dump of 1 GB in each
// format whose numbers lie plain in the file, and as many bytes in one piece
// for comparison. Files are in the page cache.
func BenchmarkReadLayer(b *testing.B) {
	for _, format := range outputFormats {
		path := writeBenched(b, format)
		d := open(b, Spec{Paths: []string{path}})
		single := make([]float32, benched.Rows*benched.Width)
		double := make([]float64, benched.Rows*benched.Width)
		benchmarkLayers(b, format.name+"/float32", func(layer int) error {
			return d.ReadFloat32(single, layer, 0, 0, benched.Rows)
		})
		benchmarkLayers(b, format.name+"/float64", func(layer int) error {
			return d.ReadFloat64(double, layer, 0, 0, benched.Rows)
		})
		benchmarkLayers(b, format.name+"/sequential", func(layer int) error { return readSequentially(path, layer) })
		if err := os.Remove(path); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkLayers(b *testing.B, name string, read func(layer int) error) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(benched.Rows * benched.Width * 2))
		for i := range b.N {
			if err := read(i % benched.Layers); err != nil {
				b.Fatal(fmt.Errorf("layer %d: %w", i%benched.Layers, err))
			}
		}
	})
}

// readSequentially reads as many bytes as a layer has.
func readSequentially(path string, layer int) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	size := int64(benched.Rows * benched.Width * 2)
	part := io.NewSectionReader(f, int64(layer)*size, size)
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, part, make([]byte, blockSize))
	return err
}

func writeBenched(b *testing.B, format outputFormat) string {
	path := filepath.Join(b.TempDir(), "states"+format.extension)
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	buffered := bufio.NewWriter(f)
	w, err := format.begin(buffered, &output{shape: benched, dtype: F16, table: func() (*Examples, error) { return nil, nil }})
	if err != nil {
		b.Fatal(err)
	}
	const step = 64
	block := make([]byte, step*benched.Layers*benched.Width*2)
	for i := range block {
		block[i] = byte(i % 61) // no NaN and no infinity
	}
	for range benched.Rows / step {
		if err := w.writeRows(block, step); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.close(); err != nil {
		b.Fatal(err)
	}
	if err := buffered.Flush(); err != nil {
		b.Fatal(err)
	}
	return path
}
