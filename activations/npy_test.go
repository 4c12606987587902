package activations

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNPY(t *testing.T) {
	positions := Shape{Rows: 5, Layers: 3, Positions: 2, Width: 4}
	layersFirst := []Axis{Layer, Row, Width}
	checkOpens(t, []opensAs{
		{name: "version 1", spec: Spec{Paths: []string{"v1_f2.npy"}}, format: "npy", dtype: F16},
		{name: "version 2", spec: Spec{Paths: []string{"v2_f4.npy"}}, format: "npy", dtype: F32},
		{name: "version 3", spec: Spec{Paths: []string{"v3_f8.npy"}}, format: "npy", dtype: F64},
		{name: "big-endian f2", spec: Spec{Paths: []string{"big_f2.npy"}}, format: "npy", dtype: F16},
		{name: "big-endian f4", spec: Spec{Paths: []string{"big_f4.npy"}}, format: "npy", dtype: F32},
		{name: "big-endian f8", spec: Spec{Paths: []string{"big_f8.npy"}}, format: "npy", dtype: F64},
		{name: "fortran", spec: Spec{Paths: []string{"fortran_f2.npy"}}, format: "npy", dtype: F16},
		{name: "fortran big-endian", spec: Spec{Paths: []string{"fortran_big_f8.npy"}}, format: "npy", dtype: F64, shape: positions},
		{name: "positions", spec: Spec{Paths: []string{"positions_f4.npy"}}, format: "npy", dtype: F32, shape: positions},
		{name: "layers first", spec: Spec{Paths: []string{"layers_first_f4.npy"}, Axes: layersFirst}, format: "npy", dtype: F32},
		{name: "width first", spec: Spec{Paths: []string{"width_first_f2.npy"}, Axes: []Axis{Width, Layer, Row}}, format: "npy", dtype: F16},
		{name: "bf16 as uint16", spec: Spec{Paths: []string{"bf16_uint16.npy"}, DType: BF16}, format: "npy", dtype: BF16},
		{name: "bf16 as void", spec: Spec{Paths: []string{"bf16_void.npy"}}, format: "npy", dtype: BF16},
	})
	d := open(t, Spec{Paths: []string{formatsFile("one_layer_f4.npy")}})
	if want := (Shape{5, 1, 1, 4}); d.Shape() != want {
		t.Errorf("one layer: %v, want %v", d.Shape(), want)
	}
}

func TestNPYRefused(t *testing.T) {
	checkRefused(t, []refused{
		{"objects", Spec{Paths: []string{"objects.npy"}}, []string{"objects.npy", "|O", "Python objects"}},
		{"complex", Spec{Paths: []string{"complex.npy"}}, []string{"<c8"}},
		{"fp8", Spec{Paths: []string{"fp8.npy"}}, []string{"<V1", "numbers of 8 bits", "dtype float8_e4m3fn"}},
		{"fp8, e5m2", Spec{Paths: []string{"fp8_e5m2.npy"}}, []string{"<f1", "numbers of 8 bits", "float8_e5m2"}},
		{"fp8, as f16", Spec{Paths: []string{"fp8_e5m2.npy"}, DType: F16}, []string{"<f1", "float8_e5m2"}},
		{"uint8", Spec{Paths: []string{"fp8_uint8.npy"}}, []string{"|u1", "float8_e4m3fn"}},
		{"structured", Spec{Paths: []string{"structured.npy"}}, []string{"plain number type"}},
		{"undeclared uint16", Spec{Paths: []string{"bf16_uint16.npy"}}, []string{"16-bit integers", "declare dtype bf16"}},
		{"wrong declaration", Spec{Paths: []string{"v2_f4.npy"}, DType: F64}, []string{"<f4", "f64, as declared"}},
		{"wrong number of axes", Spec{Paths: []string{"v2_f4.npy"}, Axes: []Axis{Row, Width}}, []string{"[5 3 4]", "2 axes [row width]"}},
	})
}

// npyFile writes an npy file by hand; cells are the raw numbers in the order
// of the file.
func npyFile(descr string, fortran bool, shape []int, cells [][]byte) []byte {
	order := "False"
	if fortran {
		order = "True"
	}
	tuple := strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ", "), "[]")
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s,), }\n", descr, order, tuple)
	return append(npyPrefix(dict), bytes.Join(cells, nil)...)
}

func npyPrefix(dict string) []byte {
	b := []byte(npyMagic + "\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(dict)))
	return append(b, dict...)
}

func f32(x float32) []byte {
	return binary.LittleEndian.AppendUint32(nil, math.Float32bits(x))
}

func TestNPYHeaders(t *testing.T) {
	whole, err := os.ReadFile(formatsFile("v1_f2.npy"))
	if err != nil {
		t.Fatal(err)
	}
	huge := strings.Repeat("9", 18)
	tests := map[string]struct {
		data []byte
		want string
	}{
		"truncated numbers": {whole[:len(whole)-1], "119 bytes of numbers, expected 120 bytes for shape [5 3 4] of f16"},
		"truncated header":  {whole[:40], "a length of 118 bytes, expected at most the 30 bytes"},
		"truncated start":   {whole[:8], "a version and a length"},
		"trailing bytes":    {append(bytes.Clone(whole), 0), "1 bytes after the last number"},
		"version 9":         {append([]byte(npyMagic+"\x09\x00"), whole[8:]...), "version 9.0, expected version 1, 2 or 3"},
		"4 GB header":       {[]byte(npyMagic + "\x02\x00\xff\xff\xff\xff{}"), "4294967295 bytes"},
		"lying shape":       {npyPrefix("{'descr': '<f2', 'fortran_order': False, 'shape': (5, 3, " + huge + ")}"), "0 bytes of numbers"},
		"overflow":          {npyPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (" + huge + ", " + huge + ")}"), "more bytes than a file can have"},
		"beyond int64":      {npyPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (" + huge + huge + ",1)}"), "a tuple of sizes"},
		"negative size":     {npyPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2)}"), "a tuple of sizes"},
		"scalar":            {npyPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': ()}12345678"), "nothing after"},
		"empty width":       {npyPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 0)}"), "a width axis that is not empty"},
		"key twice":         {npyPrefix("{'descr': '<f8', 'descr': '<f8', 'shape': (3, 0)}"), "each key once"},
		"key missing":       {npyPrefix("{'descr': '<f8', 'shape': (3, 1)}"), "the keys descr, fortran_order and shape"},
		"unknown key":       {npyPrefix("{'descr': '<f8', 'x': 1}"), `not "x"`},
		"not a dictionary":  {npyPrefix("[1]"), "expected {"},
		"empty dictionary":  {npyPrefix(""), "the end of the header, expected {"},
		"no rows":           {nil, "no rows"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.data == nil {
				test.data = npyPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3)}")
			}
			_, err := Open(Spec{Paths: []string{writeFile(t, "states.npy", test.data)}})
			if err == nil {
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

// A Python 2 header and keys in another order are as good.
func TestNPYHeaderSpellings(t *testing.T) {
	for _, dict := range []string{
		`{"shape": (1L, 2L), "fortran_order": False, "descr": "<f4"}`,
		"{'shape':(1,2),'descr':'<f4','fortran_order':True,}   \n",
	} {
		data := append(npyPrefix(dict), slices.Concat(f32(3), f32(4))...)
		d := open(t, Spec{Paths: []string{writeFile(t, "states.npy", data)}})
		got := make([]float32, 2)
		if err := d.ReadFloat32(got, 0, 0, 0, 1); err != nil || got[0] != 3 || got[1] != 4 {
			t.Errorf("%s: %v, %v", dict, got, err)
		}
	}
}

// Whatever the axes, order, type and shape: what is written is read back, for
// any run of rows.
func TestNPYRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		axes := rapid.Permutation([]Axis{Row, Layer, Position, Width}).Draw(t, "axes")
		axes = slices.DeleteFunc(axes, func(a Axis) bool {
			return a != Width && rapid.Bool().Draw(t, "without "+string(a))
		})
		shape := make([]int, len(axes))
		n := 1
		for i := range shape {
			shape[i] = rapid.IntRange(1, 6).Draw(t, "size")
			if i == len(shape)-1 && rapid.IntRange(0, 9).Draw(t, "long") == 0 {
				shape[i] = rapid.IntRange(1000, 9000).Draw(t, "size")
			}
			n *= shape[i]
		}
		descr := rapid.SampledFrom([]string{"<f2", ">f2", "<f4", ">f4", "<f8", ">f8"}).Draw(t, "descr")
		fortran := rapid.Bool().Draw(t, "fortran")
		want := make([]float64, n)
		cells := make([][]byte, n)
		for i := range cells {
			cells[i], want[i] = drawNumber(t, descr)
		}
		path := dir + "/states.npy"
		if err := os.WriteFile(path, npyFile(descr, fortran, shape, cells), 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := Open(Spec{Paths: []string{path}, Axes: axes})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()

		s := d.Shape()
		layer := rapid.IntRange(0, s.Layers-1).Draw(t, "layer")
		position := rapid.IntRange(0, s.Positions-1).Draw(t, "position")
		lo := rapid.IntRange(0, s.Rows).Draw(t, "lo")
		hi := rapid.IntRange(lo, s.Rows).Draw(t, "hi")
		got := make([]float64, (hi-lo)*s.Width)
		if err := d.ReadFloat64(got, layer, position, lo, hi); err != nil {
			t.Fatal(err)
		}
		at := map[Axis]int{Layer: layer, Position: position}
		for at[Row] = lo; at[Row] < hi; at[Row]++ {
			for at[Width] = range s.Width {
				x := got[(at[Row]-lo)*s.Width+at[Width]]
				y := want[flatIndex(axes, shape, fortran, at)]
				if math.Float64bits(x) != math.Float64bits(y) && !(math.IsNaN(x) && math.IsNaN(y)) {
					t.Fatalf("at %v: %v, want %v", at, x, y)
				}
			}
		}
	})
}

// drawNumber returns a number as stored and its value.
func drawNumber(t *rapid.T, descr string) ([]byte, float64) {
	var order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	} = binary.LittleEndian
	if descr[0] == '>' {
		order = binary.BigEndian
	}
	switch descr[1:] {
	case "f2":
		h := uint16(rapid.IntRange(0, 1<<16-1).Draw(t, "half"))
		return order.AppendUint16(nil, h), halfValue(h)
	case "f4":
		x := rapid.Float32().Draw(t, "single")
		return order.AppendUint32(nil, math.Float32bits(x)), float64(x)
	}
	x := rapid.Float64().Draw(t, "double")
	return order.AppendUint64(nil, math.Float64bits(x)), x
}

func flatIndex(axes []Axis, shape []int, fortran bool, at map[Axis]int) int {
	index := 0
	for i := range axes {
		if fortran {
			i = len(axes) - 1 - i
		}
		index = index*shape[i] + at[axes[i]]
	}
	return index
}
