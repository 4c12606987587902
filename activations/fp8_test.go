package activations

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
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
	for name, dtype := range map[string]DType{"e4m3": F8E4M3, "e5m2": F8E5M2} {
		path := formatsFile("fp8_" + name + ".safetensors")
		d := open(t, Spec{Paths: []string{path}})
		if d.DType() != dtype || d.Shape() != (Shape{8, 4, 1, 8}) {
			t.Fatalf("%s of %s", d.Shape(), d.DType())
		}
		copied := filepath.Join(t.TempDir(), "copy.npy")
		convert(t, Spec{Paths: []string{path}}, copied, ConvertSettings{})
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
