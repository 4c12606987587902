package activations

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func formatsFile(name string) string { return filepath.Join("..", "testdata", "formats", name) }

// planted is the shape of the arrays in testdata/formats, which count up in
// eighths.
var planted = Shape{Rows: 5, Layers: 3, Positions: 1, Width: 4}

func plantedValue(s Shape, row, layer, position, j int) float64 {
	return float64(((row*s.Layers+layer)*s.Positions+position)*s.Width+j) / 8
}

func open(t testing.TB, spec Spec) *Dump {
	t.Helper()
	d, err := Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// checkPlanted reads every layer and position whole and by halves.
func checkPlanted(t testing.TB, d *Dump) {
	t.Helper()
	s := d.Shape()
	wide := make([]float64, s.Rows*s.Width)
	narrow := make([]float32, s.Rows*s.Width)
	middle := s.Rows / 2
	for layer := range s.Layers {
		for position := range s.Positions {
			err := errors.Join(
				d.ReadFloat64(wide, layer, position, 0, s.Rows),
				d.ReadFloat32(narrow[:middle*s.Width], layer, position, 0, middle),
				d.ReadFloat32(narrow[middle*s.Width:], layer, position, middle, s.Rows))
			if err != nil {
				t.Fatal(err)
			}
			for i := range s.Rows {
				for j := range s.Width {
					want := plantedValue(s, i, layer, position, j)
					if got := wide[i*s.Width+j]; got != want {
						t.Fatalf("layer %d, position %d, row %d, column %d: %v, want %v", layer, position, i, j, got, want)
					}
					if got := narrow[i*s.Width+j]; float64(got) != want {
						t.Fatalf("layer %d, position %d, row %d, column %d as float32: %v, want %v", layer, position, i, j, got, want)
					}
				}
			}
		}
	}
}

// opensAs is a file, or shards, of planted numbers and how it must present itself.
type opensAs struct {
	name   string
	spec   Spec // paths are relative to testdata/formats
	format string
	dtype  DType
	shape  Shape
	layers []string
}

func checkOpens(t *testing.T, tests []opensAs) {
	for _, test := range tests {
		if test.shape == (Shape{}) {
			test.shape = planted
		}
		t.Run(test.name, func(t *testing.T) {
			for i, path := range test.spec.Paths {
				test.spec.Paths[i] = formatsFile(path)
			}
			d := open(t, test.spec)
			if d.Format() != test.format || d.DType() != test.dtype || d.Shape() != test.shape {
				t.Fatalf("%s of %s, %v; want %s of %s, %v", d.Format(), d.DType(), d.Shape(), test.format, test.dtype, test.shape)
			}
			if test.layers != nil && !slices.Equal(d.LayerNames(), test.layers) {
				t.Errorf("layers %q, want %q", d.LayerNames(), test.layers)
			}
			checkPlanted(t, d)
		})
	}
}

// refused is a file that must not be opened and words of the reason.
type refused struct {
	name string
	spec Spec // paths are relative to testdata/formats
	want []string
}

func checkRefused(t *testing.T, tests []refused) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for i, path := range test.spec.Paths {
				if !filepath.IsAbs(path) {
					test.spec.Paths[i] = formatsFile(path)
				}
			}
			d, err := Open(test.spec)
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			checkFormatError(t, err, test.want...)
		})
	}
}

func checkFormatError(t testing.TB, err error, want ...string) {
	t.Helper()
	var format *FormatError
	if !errors.As(err, &format) {
		t.Fatalf("%v: not a FormatError", err)
	}
	for _, words := range want {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("error %q does not say %q", err, words)
		}
	}
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestShards(t *testing.T) {
	checkOpens(t, []opensAs{
		{name: "listed", spec: Spec{Paths: []string{"shard_0.npy", "shard_1.npy"}}, format: "npy", dtype: F16},
		{name: "glob", spec: Spec{Paths: []string{"shard_*.npy"}}, format: "npy", dtype: F16},
	})
	d := open(t, Spec{Paths: []string{formatsFile("shard_*.npy")}})
	files := d.Files()
	if len(files) != 2 || files[1].Path != formatsFile("shard_1.npy") || files[1].Size != 200 || files[1].Modified.IsZero() {
		t.Errorf("files %v", files)
	}
	if !slices.Equal(d.LayerNames(), []string{"0", "1", "2"}) {
		t.Errorf("layers %q", d.LayerNames())
	}
}

func TestShardsDisagree(t *testing.T) {
	checkRefused(t, []refused{
		{"dtype", Spec{Paths: []string{"v1_f2.npy", "v2_f4.npy"}}, []string{"v2_f4.npy", "dtype", "found f32", "expected f16", "v1_f2.npy"}},
		{"shape", Spec{Paths: []string{"v2_f4.npy", "one_layer_f4.npy"}}, []string{"one_layer_f4.npy", "1 layer", "3 layers"}},
	})
}

func TestBadSpecs(t *testing.T) {
	file := formatsFile("v1_f2.npy")
	tests := map[string]Spec{
		"no path":               {},
		"no file matches":       {Paths: []string{"nothing-*.npy"}},
		"no such file":          {Paths: []string{"nothing.npy"}},
		"given twice":           {Paths: []string{file, file}},
		"unknown axis \"neck\"": {Paths: []string{file}, Axes: []Axis{Row, "neck", Width}},
		"named twice":           {Paths: []string{file}, Axes: []Axis{Row, Row, Width}},
		"name no \"width\"":     {Paths: []string{file}, Axes: []Axis{Row, Layer, Position}},
		"unknown dtype \"f12\"": {Paths: []string{file}, DType: "f12"},
	}
	for want, spec := range tests {
		if _, err := Open(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestReadOutOfRange(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("v1_f2.npy")}})
	dst := make([]float64, 20)
	for want, err := range map[string]error{
		"layer 3":     d.ReadFloat64(dst, 3, 0, 0, 5),
		"layer -1":    d.ReadFloat64(dst, -1, 0, 0, 5),
		"position 1":  d.ReadFloat64(dst, 0, 1, 0, 5),
		"rows 0 to 6": d.ReadFloat64(dst, 0, 0, 0, 6),
		"rows 3 to 2": d.ReadFloat64(dst, 0, 0, 3, 2),
		"4 rows":      d.ReadFloat64(dst, 0, 0, 0, 4),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if err := d.ReadFloat64(nil, 0, 0, 2, 2); err != nil {
		t.Errorf("no rows: %v", err)
	}
}

func TestNoTable(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("v1_f2.npy")}})
	if e, err := d.Examples(); e != nil || err != nil {
		t.Errorf("examples %v, %v", e, err)
	}
	if ids, err := d.IDs(); ids != nil || err != nil {
		t.Errorf("ids %v, %v", ids, err)
	}
	d = open(t, Spec{Paths: []string{formatsFile("v1_f2.npy")}, ID: "id"})
	if _, err := d.IDs(); err == nil || !strings.Contains(err.Error(), `no column "id"`) {
		t.Errorf("error %v", err)
	}
}

func TestConcurrentReads(t *testing.T) {
	for _, path := range []string{"shard_*.npy", "wide_f32_zstd.arrow", "layers_wide_f32_zstd.arrow", "layers_f4_deflated.npz", "list_f32.parquet", "hf_array2d"} {
		spec := Spec{Paths: []string{formatsFile(path)}}
		if strings.HasPrefix(path, "layers_") {
			spec.Tensor = "layers.*"
		}
		d := open(t, spec)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				checkPlanted(t, d)
				if _, err := d.Examples(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

// What is unpacked leaves nothing behind.
func TestSpoolsGo(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, path := range []string{"wide_f32_zstd.arrow", "layers_f4_deflated.npz", "list_f32.parquet"} {
		d, err := Open(Spec{Paths: []string{formatsFile(path)}})
		if err != nil {
			t.Fatal(err)
		}
		checkPlanted(t, d)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v left, %v", left, err)
	}
}

func TestNoRoomToUnpack(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nothing"))
	d := open(t, Spec{Paths: []string{formatsFile("wide_f32_zstd.arrow")}})
	err := d.ReadFloat64(make([]float64, 400), 0, 0, 0, 1)
	if err == nil || !strings.Contains(err.Error(), "no room to unpack it") {
		t.Errorf("error %v", err)
	}
}

func TestFileShrinks(t *testing.T) {
	data, err := os.ReadFile(formatsFile("v1_f2.npy"))
	if err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, "states.npy", data)
	d := open(t, Spec{Paths: []string{path}})
	if err := os.Truncate(path, 150); err != nil {
		t.Fatal(err)
	}
	err = d.ReadFloat64(make([]float64, 20), 0, 0, 0, 5)
	checkFormatError(t, err, path, "before the end of the file")
}

func TestScan(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("edge_f2.npy")}})
	got, err := d.Scan(0, 0)
	want := Health{Rows: 2, Width: 4, NaN: 1, Inf: 2, FirstNonFinite: 1, MaxAbs: 65504}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	d = open(t, Spec{Paths: []string{formatsFile("v1_f2.npy")}})
	got, err = d.Scan(2, 0)
	want = Health{Rows: 5, Width: 4, FirstNonFinite: -1, MaxAbs: plantedValue(planted, 4, 2, 0, 3)}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	path := writeFile(t, "constant.npy", npyFile("<f4", false, []int{3, 2}, [][]byte{f32(1), f32(2), f32(1), f32(3), f32(1), f32(2)}))
	d = open(t, Spec{Paths: []string{path}})
	got, err = d.Scan(0, 0)
	if err != nil || got.ConstantColumns != 1 || got.Constant() || !got.Finite() {
		t.Errorf("%+v, %v", got, err)
	}
}
