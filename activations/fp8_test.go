package activations

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestBytesAgainstMLDtypes(t *testing.T) {
	b, err := os.ReadFile(formatsFile("fp8_values.json"))
	if err != nil {
		t.Fatal(err)
	}
	var figures map[string][]any
	if err := json.Unmarshal(b, &figures); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, name      string
		declared, dtype DType
	}{
		{"fp8_e4m3.safetensors", "e4m3", "", F8E4M3}, {"fp8_e5m2.safetensors", "e5m2", "", F8E5M2},
		{"fp8_e4m3.npy", "e4m3", F8E4M3, F8E4M3}, {"fp8_e5m2.npy", "e5m2", F8E5M2, F8E5M2}, {"fp8_uint8.npy", "e5m2", F8E5M2, F8E5M2},
		{"memmap_fp8.memmap", "e4m3", "", F8E4M3},
	} {
		name, dtype, spec := c.name, c.dtype, Spec{Paths: []string{formatsFile(c.file)}, DType: c.declared}
		d := open(t, spec)
		if d.DType() != dtype || d.Shape() != (Shape{8, 4, 1, 8}) {
			t.Fatalf("%s of %s", d.Shape(), d.DType())
		}
		copied := filepath.Join(t.TempDir(), "copy.npy")
		convert(t, spec, copied, ConvertSettings{})
		half := open(t, Spec{Paths: []string{copied}})
		if half.DType() != F16 {
			t.Errorf("converted to %s", half.DType())
		}
		narrow, wide, written := make([]float32, 64), make([]float64, 64), make([]float64, 64)
		for layer := range 4 {
			if err := d.ReadFloat32(narrow, layer, 0, 0, 8); err != nil {
				t.Fatal(err)
			}
			if err := d.ReadFloat64(wide, layer, 0, 0, 8); err != nil {
				t.Fatal(err)
			}
			if err := half.ReadFloat64(written, layer, 0, 0, 8); err != nil {
				t.Fatal(err)
			}
			for i := range wide {
				bits := i/8*32 + layer*8 + i%8
				want := math.NaN()
				switch v := figures[name][bits].(type) {
				case float64:
					want = v
				case string:
					want = math.Inf(1)
					if v == "-inf" {
						want = math.Inf(-1)
					}
				}
				for _, got := range []float64{float64(narrow[i]), wide[i], written[i]} {
					if math.Float64bits(got) != math.Float64bits(want) && !(math.IsNaN(got) && math.IsNaN(want)) {
						t.Errorf("%s %#02x: %v, want %v", name, bits, got, want)
					}
				}
			}
		}
	}
}

// A study may name types as NumPy and PyTorch do.
func TestDTypeNames(t *testing.T) {
	for text, want := range map[string]DType{"float8_e4m3fn": F8E4M3, "bfloat16": BF16, "f8_e5m2": F8E5M2, "int8": "int8"} {
		var got DType
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: found %s, %v", text, got, err)
		}
	}
	for _, name := range DTypeAliases() {
		if !slices.Contains(DTypes(), dtypeNames[name]) {
			t.Errorf("%s is no type", name)
		}
	}
}
