package activations

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

// seed adds the real files with one of the endings.
func seed(f *testing.F, endings ...string) {
	err := filepath.WalkDir(formatsFile(""), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		for _, ending := range endings {
			if strings.HasSuffix(path, ending) {
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				f.Add(data)
			}
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
}

// memoryLimit is what reading a file of n bytes may allocate in all: what
// compressed bytes may unpack to, and some for the decoders.
func memoryLimit(n int) uint64 {
	return 4*uint64(input.UnpackLimit(int64(n))) + 64<<20
}

// exercise opens data, reads some of every layer and the table. Any failure
// has to be a FormatError, and memory has to stay within what the data back.
func exercise(t *testing.T, data []byte, open func(*input.File, Spec) (source, error), spec Spec) {
	before := allocated()
	err := readEverything(input.InMemory("fuzz", data), open, spec)
	var format *FormatError
	if err != nil && !errors.As(err, &format) {
		t.Errorf("not a FormatError: %v", err)
	}
	if n := allocated() - before; n > memoryLimit(len(data)) {
		t.Errorf("%d bytes allocated for a file of %d", n, len(data))
	}
}

// allocated is how many bytes the process has ever allocated.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func readEverything(f *input.File, open func(*input.File, Spec) (source, error), spec Spec) error {
	s, err := open(f, spec)
	if err != nil {
		return err
	}
	defer s.Close()
	shape := s.contents().shape
	d := &Dump{spec: spec, shape: shape, shards: []shard{{source: s, files: []File{{Path: f.Path}}, rows: shape.Rows}}}
	d.examples = d.readExamples
	chosen, err := chooserOf(d)
	if err != nil {
		return err
	}
	if d.chosen = chosen; chosen != nil {
		if !chosen.IsAll() {
			shape.Positions = chosen.Count()
		}
		if _, err := chosen.Rows(); err != nil && strings.HasPrefix(err.Error(), "no column") {
			return nil
		}
	}
	if counts, err := d.Counts(); err == nil && counts != nil && (len(counts) != shape.Rows || shape.Rows > 0 && slices.Max(counts) > shape.Positions) {
		return fmt.Errorf("%v with counts %v", shape, counts)
	}
	if shape.Rows > 0 {
		row := make([]float32, shape.Width)
		for layer := range min(shape.Layers, 4) {
			for position := range min(shape.Positions, 4) {
				for i := range min(shape.Rows, 16) {
					if err := readSource(shard{source: s}, chosen, row, layer, position, i, i+1); err != nil {
						return err
					}
				}
			}
		}
	}
	_, err = s.table()
	return err
}

func FuzzNPY(f *testing.F) {
	seed(f, ".npy")
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data, openNPY, Spec{})
		exercise(t, data, openNPY, Spec{DType: BF16})
	})
}

func FuzzArrowFile(f *testing.F) {
	seed(f, ".arrow", ".feather")
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data, openArrowFile, Spec{})
		exercise(t, data, openArrowFile, Spec{Tensor: "*", DType: BF16})
		exercise(t, data, openArrowFile, Spec{Tensor: "*", Position: "mean"})
		exercise(t, data, openArrowFile, Spec{Axes: []Axis{Row, Position, Layer, Width}, Position: "all"})
		exercise(t, data, openArrowFile, Spec{Tensor: "states", Position: "last", Mask: "small"})
	})
}

func FuzzArrowStream(f *testing.F) {
	seed(f, ".arrow", ".arrows")
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data, openArrowStream, Spec{})
	})
}

func FuzzExamples(f *testing.F) {
	seed(f, ".jsonl", ".csv", ".tsv", ".arrow")
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := readExamples(input.InMemory("fuzz", data), nil)
		var format *FormatError
		if err != nil {
			if !errors.As(err, &format) {
				t.Errorf("not a FormatError: %v", err)
			}
			return
		}
		for _, c := range e.Columns() {
			for i := range e.Len() {
				if (c.Value(i) == nil) != c.IsNull(i) || e.Where(i) == "" {
					t.Fatalf("column %q, row %d: %v", c.Name, i, c.Value(i))
				}
				_ = c.String(i)
			}
		}
	})
}

func FuzzSafetensors(f *testing.F) {
	seed(f, ".safetensors")
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data, openSafetensors, Spec{})
		exercise(t, data, openSafetensors, Spec{Axes: []Axis{Position, Layer, Width}, Position: "last", Mask: "loss_mask"})
		exercise(t, data, openSafetensors, Spec{Position: "all"})
	})
}

func FuzzNPZ(f *testing.F) {
	seed(f, ".npz")
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data, openNPZ, Spec{})
		exercise(t, data, openNPZ, Spec{Tensor: "states", Position: "last", Mask: "loss_mask"})
	})
}

func FuzzParquet(f *testing.F) {
	seed(f, ".parquet")
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data, openParquet, Spec{})
		exercise(t, data, openParquet, Spec{Tensor: "*", DType: BF16})
		exercise(t, data, openParquet, Spec{Tensor: "layers.*", Position: "mean"})
		exercise(t, data, openParquet, Spec{Axes: []Axis{Row, Position, Layer, Width}, Position: "all"})
		exercise(t, data, openParquet, Spec{Tensor: "states", Position: "last", Mask: "small"})
	})
}
