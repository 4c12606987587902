package activations

import (
	"bytes"
	"testing"

	"tell/activations/internal/input"
)

// The rows that a study uses lie apart, and it passes over them again and again.
// A column is decoded once for all of that; where rows can be read without those
// before them, a little is decoded again for each run of pages.
func TestParquetDecodesOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		file raggedFile
		most float64
	}{
		{"rows of one length", raggedFile{fixed: true}, 1.2},
		{"rows of one length, dictionary and page index", raggedFile{fixed: true, index: true, dictionary: true}, 1.2},
		{"ragged", raggedFile{}, 1.05},
		{"ragged, dictionary", raggedFile{dictionary: true}, 1.05},
		{"ragged, page index", raggedFile{index: true}, 1.5},
		{"ragged, dictionary and page index", raggedFile{index: true, dictionary: true}, 1.5},
	} {
		t.Run(test.name, func(t *testing.T) { checkDecodesOnce(t, test.file, test.most) })
	}
}

func checkDecodesOnce(t *testing.T, f raggedFile, most float64) {
	f.rows, f.width = 512, 64
	data := f.write(t)
	ranges := &readRanges{r: bytes.NewReader(data)}
	spec := Spec{Tensor: "layer_*", Axes: []Axis{Row, Position, Width}}
	if !f.fixed {
		spec.Position = "last"
	}
	src, err := openParquet(&input.File{Path: "ragged", Size: int64(len(data)), R: ranges}, spec)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	chosen, err := chooserOf(&Dump{spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, f.width)
	for range 3 {
		for layer := range 2 {
			for row := 0; row < 2*f.rows; row += 3 {
				if err := readSource(shard{source: src}, chosen, got, layer, 0, row, row+1); err != nil {
					t.Fatal(err)
				}
				if want := raggedValue(layer, row, f.positions(row)-1, f.width-1); got[f.width-1] != want {
					t.Fatalf("layer %d, row %d: %v, want %v", layer, row, got[f.width-1], want)
				}
			}
		}
	}
	if n := float64(ranges.within(0, int64(len(data)))); n > most*float64(len(data)) {
		t.Errorf("the file was read %.2f times, want at most %.2f", n/float64(len(data)), most)
	}
	numbers := int64(0)
	for row := range 2 * f.rows {
		numbers += int64(f.positions(row) * f.width)
	}
	for layer, size := range unpackedBytes(src) {
		if size != 4*numbers {
			t.Errorf("layer %d: %d bytes decoded, want %d", layer, size, 4*numbers)
		}
	}
}

// unpackedBytes is how much is unpacked of every column.
func unpackedBytes(src source) (sizes []int64) {
	switch s := src.(type) {
	case *parquetRagged:
		for _, c := range s.columns {
			sizes = append(sizes, c.spool.Size)
		}
	case *tensorSource:
		for _, t := range s.picked {
			sizes = append(sizes, t.spool.Size)
		}
	}
	return sizes
}
