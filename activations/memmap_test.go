package activations

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"tell/activations/internal/input"
)

func TestMemmap(t *testing.T) {
	checkOpens(t, []opensAs{
		{name: "json", spec: Spec{Paths: []string{"memmap_f2.dat"}}, format: "raw", dtype: F16},
		{name: "shape.json", spec: Spec{Paths: []string{"memmap_f4.mmap"}}, format: "raw", dtype: F32},
		{name: "bin.json, fortran", spec: Spec{Paths: []string{"memmap_f8.bin"}}, format: "raw", dtype: F64},
		{name: "meta of torch", spec: Spec{Paths: []string{"memmap_torch.bin"}}, format: "raw", dtype: F16},
		{name: "mmp.meta of a class", spec: Spec{Paths: []string{"memmap_class.mmp"}}, format: "raw", dtype: F32},
		{name: "given", spec: Spec{Paths: []string{"without_note.raw"}, Shape: []int{5, 3, 4}, DType: F32}, format: "raw", dtype: F32},
	})
}

func TestMemmapRefused(t *testing.T) {
	checkRefused(t, []refused{
		{"no note", Spec{Paths: []string{"without_note.raw"}}, []string{"without_note.raw", "without a header", "without_note.json"}},
		{"no type", Spec{Paths: []string{"without_note.raw"}, Shape: []int{5, 3, 4}}, []string{`dtype ""`, "float16"}},
		{"other size", Spec{Paths: []string{"without_note.raw"}, Shape: []int{5, 3, 5}, DType: F32}, []string{"240 bytes", "300 bytes for shape [5 3 5] of f32"}},
		{"other type", Spec{Paths: []string{"memmap_f2.dat"}, DType: F32}, []string{`"float16"`, "f32, as declared"}},
	})
	for note, want := range map[string]string{
		`{"shape": [1, 4], "dtype": "int32"}`:                                 `dtype "int32"`,
		`{"shape": [-1, 4], "dtype": "float16"}`:                              "sizes from 0",
		`{"shape": [1, 4], "dtype": "float16", "order": "K"}`:                 `order "K"`,
		`{"shape": [4611686018427387904, 4], "dtype": "float16"}`:             "sizes from 0",
		`{"shape": [1048576, 1048576, 1048576, 1048576], "dtype": "float16"}`: "more bytes than a file can have",
		`{"shape": [8], "dtype": "uint8"}`:                                    `dtype "uint8"`,
		`{"shape": [4], "dtype": "float16"}`:                                  "2, 3 or 4 axes",
		`{"shape": [1, 8], "dtype": "uint8"}`:                                 `dtype "uint8"`,
		`{"shape": [1, 4], "dtype": "torch.int16"}`:                           `dtype "torch.int16"`,
		`{"shape": "4"}`: "expected JSON",
		`{`:              "expected JSON",
	} {
		path := writeFile(t, "x.dat", make([]byte, 8))
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "x.json"), []byte(note), 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := Open(Spec{Paths: []string{path}})
		if err == nil {
			d.Close()
			t.Errorf("%s: opened", note)
			continue
		}
		checkFormatError(t, err, want)
	}
}

func FuzzSidecar(f *testing.F) {
	f.Add([]byte(`{"shape": [4, 2, 8], "dtype": "float16"}`), make([]byte, 128))
	f.Add([]byte(`{"shape": [4, 8], "dtype": ">f4", "order": "F"}`), make([]byte, 128))
	f.Add([]byte(`{"shape": [0, 8], "dtype": "bf16"}`), []byte{})
	f.Fuzz(func(t *testing.T, note, data []byte) {
		var s sidecar
		if json.Unmarshal(note, &s) != nil {
			return
		}
		exercise(t, data, func(f *input.File, spec Spec) (source, error) { return s.open(f, "note", spec) }, Spec{})
	})
}
