package activations

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// readWhole reads a dump as layers x positions x rows x width.
func readWhole(t interface{ Fatal(...any) }, spec Spec) (Shape, []float64) {
	d, err := Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := d.Shape()
	all := make([]float64, 0, s.Rows*s.Layers*s.Positions*s.Width)
	for layer := range s.Layers {
		for p := range s.Positions {
			block := make([]float64, s.Rows*s.Width)
			if err := d.ReadFloat64(block, layer, p, 0, s.Rows); err != nil {
				t.Fatal(err)
			}
			all = append(all, block...)
		}
	}
	return s, all
}

// convert converts what spec describes, and describes what was written.
func convert(t interface{ Fatal(...any) }, spec Spec, path string, s ConvertSettings) (Spec, *Conversion) {
	d, err := Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	c, err := Convert(context.Background(), d, path, s)
	if err != nil {
		t.Fatal(err)
	}
	written := Spec{Paths: []string{path}}
	if c.DType == BF16 {
		written.DType = BF16
	}
	return written, c
}

// Numbers that every type holds go from each format to each other unchanged.
func TestConvertAndReadBack(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := Shape{
			Rows: rapid.IntRange(1, 9).Draw(t, "rows"), Layers: rapid.IntRange(1, 4).Draw(t, "layers"),
			Positions: rapid.IntRange(1, 3).Draw(t, "positions"), Width: rapid.IntRange(1, 40).Draw(t, "width"),
		}
		types := rapid.SampledFrom([]DType{F16, BF16, F32, F64})
		data := npyFile("<f8", false, []int{s.Rows, s.Layers, s.Positions, s.Width}, nil)
		want := make([]float64, s.Rows*s.Layers*s.Positions*s.Width)
		perPlane := s.Rows * s.Width
		for i := range want {
			v := float64(rapid.IntRange(-128, 128).Draw(t, "value")) / 8
			row, layer := i/(s.Layers*s.Positions*s.Width), i/(s.Positions*s.Width)%s.Layers
			want[(layer*s.Positions+i/s.Width%s.Positions)*perPlane+row*s.Width+i%s.Width] = v
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
		path := filepath.Join(dir, "start.npy")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		spec := Spec{Paths: []string{path}}
		from := rapid.Permutation(OutputExtensions()).Draw(t, "from")
		for i, ext := range append(from, from...) {
			dtype := types.Draw(t, "dtype")
			var c *Conversion
			spec, c = convert(t, spec, filepath.Join(dir, string(rune('a'+i))+ext), ConvertSettings{DType: dtype})
			if c.DType != dtype || c.Shape != s || c.Overflows != 0 {
				t.Fatalf("%+v, want %v of %s", c, s, dtype)
			}
			if shape, got := readWhole(t, spec); shape != s || !slices.Equal(got, want) {
				t.Fatalf("%s as %s: shape %v, want %v, or other numbers", spec.Paths, dtype, shape, s)
			}
		}
	})
}

func TestConvertRealFiles(t *testing.T) {
	for _, spec := range []Spec{
		{Paths: []string{"fortran_big_f8.npy"}},
		{Paths: []string{"layers_f4_deflated.npz"}},
		{Paths: []string{"sharded.safetensors.index.json"}},
		{Paths: []string{"layers_f32.parquet"}},
		{Paths: []string{"hf_array2d"}},
		{Paths: []string{"bf16_uint16.npy"}, DType: BF16},
		{Paths: []string{"ragged_tokens.arrow"}, Position: "mean"},
		{Paths: []string{"padded_left.arrow"}, Position: "-2:", Length: "mask"},
	} {
		spec.Paths[0] = formatsFile(spec.Paths[0])
		shape, want := readWhole(t, spec)
		for _, ext := range OutputExtensions() {
			written, _ := convert(t, spec, filepath.Join(t.TempDir(), "out"+ext), ConvertSettings{DType: F64})
			if s, got := readWhole(t, written); s != shape || !slices.Equal(got, want) {
				t.Errorf("%s to %s: shape %v, want %v, or other numbers", spec.Paths, ext, s, shape)
			}
		}
	}
}

func TestConvertKeepsTheTable(t *testing.T) {
	spec, _ := convert(t, Spec{Paths: []string{formatsFile("fixed_f16.arrow")}}, filepath.Join(t.TempDir(), "o.arrow"), ConvertSettings{Layers: []int{2, 0}})
	before, err := open(t, Spec{Paths: []string{formatsFile("fixed_f16.arrow")}}).Examples()
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, spec)
	after, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	if after.Names() != before.Names() || d.Shape().Layers != 2 {
		t.Fatalf("columns %s, want %s; shape %v", after.Names(), before.Names(), d.Shape())
	}
	for k, c := range before.Columns() {
		for i := range before.Len() {
			if got := after.Columns()[k].Value(i); got != c.Value(i) {
				t.Errorf("column %q, row %d: %v, want %v", c.Name, i, got, c.Value(i))
			}
		}
	}
	row := make([]float64, 4)
	if err := d.ReadFloat64(row, 0, 0, 3, 4); err != nil || row[1] != plantedValue(planted, 3, 2, 0, 1) {
		t.Errorf("layer 2 does not come first: %v, %v", row, err)
	}
}

func TestConvertOverflow(t *testing.T) {
	data := npyFile("<f4", false, []int{2, 4, 1}, nil)
	for _, v := range []float32{1, 65504, 65519.99, -65520, float32(math.Inf(1)), 1e38, 0, 3} {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	dir := t.TempDir()
	d := open(t, Spec{Paths: []string{writeFile(t, "large.npy", data)}})
	out := filepath.Join(dir, "small.npy")
	_, err := Convert(context.Background(), d, out, ConvertSettings{DType: F16})
	var overflow *OverflowError
	if !errors.As(err, &overflow) || overflow.Count != 2 || overflow.Row != 0 || overflow.Layer != 3 || overflow.Value != -65520 {
		t.Errorf("%v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%v is left behind", files)
	}
	c, err := Convert(context.Background(), d, out, ConvertSettings{DType: F16, AllowOverflow: true})
	if err != nil || c.Overflows != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	_, got := readWhole(t, Spec{Paths: []string{out}})
	inf := math.Inf(1)
	if want := []float64{1, inf, 65504, inf, 65504, 0, -inf, 3}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestConvertRefuses(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("v1_f2.npy")}})
	copied := filepath.Join(t.TempDir(), "states.npy")
	convert(t, Spec{Paths: []string{formatsFile("v1_f2.npy")}}, copied, ConvertSettings{})
	itself := open(t, Spec{Paths: []string{copied}})
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for name, test := range map[string]struct {
		ctx  context.Context
		dump *Dump
		path string
		s    ConvertSettings
		want string
	}{
		"ending":    {nil, d, "out.txt", ConvertSettings{}, ".npy, .arrow, .safetensors"},
		"type":      {nil, d, "out.npy", ConvertSettings{DType: "i4"}, "cannot be written"},
		"layer":     {nil, d, "out.npy", ConvertSettings{Layers: []int{3}}, "layer 3"},
		"twice":     {nil, d, "out.npy", ConvertSettings{Layers: []int{1, 1}}, "twice"},
		"itself":    {nil, itself, copied, ConvertSettings{}, "the dump itself"},
		"cancelled": {stopped, d, filepath.Join(t.TempDir(), "out.npy"), ConvertSettings{}, "canceled"},
		"no folder": {nil, d, filepath.Join(t.TempDir(), "none", "out.npy"), ConvertSettings{}, "cannot be written"},
	} {
		if test.ctx == nil {
			test.ctx = context.Background()
		}
		if _, err := Convert(test.ctx, test.dump, test.path, test.s); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// Rounding against the definition: the nearest of all numbers of the type, the
// one with an even last bit of two that are as near.
func TestNarrowRoundsToNearestEven(t *testing.T) {
	for _, typ := range []struct {
		halfLike
		value func(uint16) float64
	}{
		{binary16, halfValue},
		{brain16, func(h uint16) float64 { return float64(math.Float32frombits(uint32(h) << 16)) }},
	} {
		for h := range typ.infinity {
			low := typ.value(h)
			high := typ.value(h + 1)
			if h+1 == typ.infinity { // what would follow if the exponent went on
				high = 2*low - typ.value(h-1)
			}
			middle := low + (high-low)/2
			even := h + h&1
			for _, c := range []struct {
				x    float64
				want uint16
			}{{low, h}, {math.Nextafter(middle, 0), h}, {middle, even}, {math.Nextafter(middle, math.Inf(1)), h + 1}} {
				if got := typ.round(c.x); got != c.want {
					t.Fatalf("%v is %#x, want %#x", c.x, got, c.want)
				}
				if got := typ.round(-c.x); got != c.want|0x8000 && c.x != 0 {
					t.Fatalf("%v is %#x, want %#x", -c.x, got, c.want|0x8000)
				}
			}
		}
		if v := typ.value(typ.round(math.NaN())); !math.IsNaN(v) {
			t.Errorf("NaN becomes %v", v)
		}
		if typ.round(math.MaxFloat64) != typ.infinity || typ.round(math.Inf(-1)) != typ.infinity|0x8000 {
			t.Error("what is too large does not become an infinity")
		}
	}
}
