package zarr

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tell/activations/internal/input"
)

const files = "../../../testdata/formats/zarr/"

func FuzzCodec(f *testing.F) {
	for i, path := range []string{"gzip_big.zarr/c/0/0/0", "fortran2.zarr/0/0/0", "chunks.zarr/c/0/0/0", "big2.zarr/0.0.0", "blosc_lz42.zarr/0.0.0", "gzip_big.zarr/c/0/0/0"} {
		data, err := os.ReadFile(files + path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, data)
	}
	d, err := newDecoder(4096)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		c := codecs[uint(which)%uint(len(codecs))]
		out, err := c.decode(d, data)
		if err == nil && len(out) > max(4096+checksumSize, len(data)) {
			t.Errorf("%s gives %d bytes", c.name, len(out))
		}
	})
}

func FuzzMetadata(f *testing.F) {
	for _, path := range []string{"gzip_big.zarr/zarr.json", "transposed.zarr/zarr.json", "fortran2.zarr/.zarray", "blosc3.zarr/zarr.json", "bf16.zarr/zarr.json"} {
		data, err := os.ReadFile(files + path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m metadata
		if json.Unmarshal(data, &m) != nil {
			return
		}
		a, err := m.array(input.InMemory("x", data))
		if err != nil {
			return
		}
		if len(a.fill) != a.item || a.item < 1 || a.Size < 0 || a.chunkBytes() < 1 || len(a.order) != len(a.Shape) || !filepath.IsLocal(a.key(make([]int, len(a.Shape)))) {
			t.Errorf("found %+v", a)
		}
	})
}

// Chunks of any shape and order, laid into an array of any shape, are its numbers.
func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rank := rapid.IntRange(0, 4).Draw(t, "rank")
		shape := rapid.SliceOfN(rapid.IntRange(1, 5), rank, rank).Draw(t, "shape")
		chunk := rapid.SliceOfN(rapid.IntRange(1, 6), rank, rank).Draw(t, "chunk")
		order := rapid.Permutation(identity(rank)).Draw(t, "order")
		root, err := os.MkdirTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		a := &Array{Shape: shape, dir: root, meta: &input.File{Path: root}, layout: layout{chunk: chunk, order: order, item: 2, fill: make([]byte, 2), prefix: "c", separator: "."}}
		a.Size, _ = product(shape, 2)
		number := func(at []int) uint16 {
			n := 0
			for i, k := range at {
				n = n*shape[i] + k
			}
			return uint16(n + 1)
		}
		// Every chunk by the definition: number by number, the axes in their stored order.
		_ = each(a.grid(), func(at []int) error {
			stored := make([]int, rank)
			for i, axis := range order {
				stored[i] = chunk[axis]
			}
			var b []byte
			_ = each(stored, func(within []int) error {
				place, inside := make([]int, rank), true
				for i, axis := range order {
					place[axis] = at[axis]*chunk[axis] + within[i]
					inside = inside && place[axis] < shape[axis]
				}
				n := uint16(0xffff) // beyond the array, where writers leave anything
				if inside {
					n = number(place)
				}
				b = binary.LittleEndian.AppendUint16(b, n)
				return nil
			})
			return os.WriteFile(filepath.Join(root, a.key(at)), b, 0o666)
		})
		if err := a.find(); err != nil {
			t.Fatal(err)
		}
		got := make(buffer, a.Size)
		if err := a.Unpack(got); err != nil {
			t.Fatal(err)
		}
		var want []byte
		_ = each(shape, func(at []int) error {
			want = binary.LittleEndian.AppendUint16(want, number(at))
			return nil
		})
		if !slices.Equal([]byte(got), want) {
			t.Fatalf("shape %v, chunks %v, order %v: found %v, expected %v", shape, chunk, order, got, want)
		}
	})
}

type buffer []byte

func (b buffer) WriteAt(p []byte, at int64) (int, error) { return copy(b[at:], p), nil }

func TestFill(t *testing.T) {
	for _, c := range []struct{ descr, fill, want string }{
		{"<f2", `1.5`, "003e"}, {">f2", `1.5`, "3e00"}, {"<f2", `"NaN"`, "007e"}, {"<f2", `"-Infinity"`, "00fc"}, {"<f2", `-1e9`, "00fc"},
		{"<f4", `"NaN"`, "0000c07f"}, {"<f4", `-2`, "000000c0"}, {"<f8", `0.1`, "9a9999999999b93f"}, {">f8", `0.1`, "3fb999999999999a"}, {"bfloat16", `1.0`, "803f"},
		{"<f4", `"0x7fc00001"`, "0100c07f"}, {"<i4", `-2`, "feffffff"}, {"|b1", `true`, "01"}, {"|b1", `false`, "00"}, {"<U2", `""`, "0000000000000000"}, {"<f4", `null`, "00000000"}, {"<f4", ``, "00000000"},
	} {
		m := metadata{Fill: json.RawMessage(c.fill)}
		fill, _, err := m.fillOf(input.InMemory("x", nil), c.descr, itemSize(c.descr))
		if got := fmt.Sprintf("%x", fill); err != nil || got != c.want {
			t.Errorf("%s of %s: found %s, %v, expected %s", c.fill, c.descr, got, err, c.want)
		}
	}
}

func TestKey(t *testing.T) {
	for _, c := range []struct {
		layout layout
		at     []int
		want   string
	}{
		{layout{prefix: "c", separator: "/"}, []int{1, 2}, "c/1/2"}, {layout{prefix: "c", separator: "."}, []int{1, 2}, "c.1.2"}, {layout{prefix: "c", separator: "/"}, nil, "c"},
		{layout{separator: "."}, []int{1, 2}, "1.2"}, {layout{separator: "/"}, []int{1, 2}, "1/2"}, {layout{separator: "."}, nil, "0"},
	} {
		if got := c.layout.key(c.at); got != c.want {
			t.Errorf("%v: found %s, expected %s", c.at, got, c.want)
		}
	}
}

// What is left behind the last whole number of a block is not shuffled.
func TestUnshuffle(t *testing.T) {
	if got := fmt.Sprint(unshuffle([]byte{1, 3, 5, 2, 4, 6, 7}, 2)); got != "[1 2 3 4 5 6 7]" {
		t.Errorf("found %s", got)
	}
}

// Each transpose moves the axes that the one before it left.
func TestTransposeTwice(t *testing.T) {
	m := metadata{Shape: []int{2, 3, 4}}
	if err := json.Unmarshal([]byte(`[{"name": "transpose", "configuration": {"order": [1, 2, 0]}}, {"name": "transpose", "configuration": {"order": [1, 2, 0]}}, "bytes"]`), &m.Codecs); err != nil {
		t.Fatal(err)
	}
	var a Array
	if err := m.pipeline(input.InMemory("x", nil), &a); err != nil || fmt.Sprint(a.order) != "[2 0 1]" {
		t.Errorf("found %v, %v", a.order, err)
	}
}
