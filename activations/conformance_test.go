package activations

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// conforming has a dump of every format. A format that is added to the list needs
// a line here.
var conforming = []struct {
	format string
	paths  string // in testdata/formats
	spec   Spec   // but for the paths
}{
	{"npy", "v1_f2.npy", Spec{}},
	{"npy", "fortran_big_f8.npy", Spec{}},
	{"npy", "positions_f4.npy", Spec{}},
	{"npy", "layer_files/resid_L{layer}.npy", Spec{}},
	{"torch", "layer_files/layer_{layer}_{row}.pt", Spec{}},
	{"raw", "memmap_f2.dat", Spec{}},
	{"raw", "memmap_f4.mmap", Spec{}},
	{"arrow-file", "fixed_f16.arrow", Spec{}},
	{"arrow-file", "layers_wide_f32_zstd.arrow", Spec{Tensor: "layers.*"}},
	{"arrow-file", "ragged_tokens.arrow", Spec{Position: "last", Axes: []Axis{Row, Position, Width}}},
	{"arrow-stream", "list_f32.arrows", Spec{}},
	{"arrow-stream", "hf_list", Spec{}},
	{"lmprobe", "lmprobe_last", Spec{}},
	{"lmprobe", "lmprobe_tokens", Spec{Position: "last"}},
	{"lmprobe extraction", "lmprobe_extraction", Spec{Position: "mean"}},
	{"parquet", "list_f32.parquet", Spec{}},
	{"parquet", "layers_f32.parquet", Spec{}},
	{"torch", "torch_tensor_f16.pt", Spec{}},
	{"torch", "torch_layers_f32.pt", Spec{}},
	{"npz", "layers_f4.npz", Spec{}},
	{"npz", "one_f8_deflated.npz", Spec{}},
	{"safetensors", "one_f16.safetensors", Spec{}},
	{"safetensors", "vllm/*.safetensors", Spec{Position: "-2"}},
	{"zarr", "zarr/chunks.zarr", Spec{}},
	{"zarr", "zarr/group.zarr", Spec{Tensor: "acts/layer_*"}},
	{"safetensors index", "sharded.safetensors.index.json", Spec{}},
}

// Whatever stores the states, a Dump keeps the same promises.
func TestFormatsConform(t *testing.T) {
	for _, test := range conforming {
		t.Run(test.format+"/"+filepath.Base(test.paths), func(t *testing.T) {
			t.Parallel()
			test.spec.Paths = []string{formatsFile(test.paths)}
			d := open(t, test.spec)
			if d.Format() != test.format {
				t.Fatalf("read as %s", d.Format())
			}
			all := wholeDump(t, d)
			conformRows(t, d, all)
			conformBounds(t, d)
			conformTogether(t, d, all)
			conformConverted(t, d, all)
			conformTable(t, d)
			conformShards(t, d, test.spec, all)
			conformPositions(t, d, test.spec, all)
			conformClosed(t, test.spec)
		})
	}
}

// Every format of the list is in the table above, or refused below.
func TestConformingIsWhole(t *testing.T) {
	for _, f := range formats {
		covered := slices.ContainsFunc(conforming, func(c struct {
			format string
			paths  string
			spec   Spec
		}) bool {
			return c.format == f.name
		})
		_, unreadable := refusals(t)[f.name]
		if f.has(unread) == covered || f.has(unread) != unreadable {
			t.Errorf("format %q: no case, or one too many", f.name)
		}
	}
	if got, want := tableFormats(), "arrow-file, arrow-stream, parquet"; got != want {
		t.Errorf("tables are read from %s, want %s", got, want)
	}
}

// wholeDump holds layer by position by row by width.
func wholeDump(t *testing.T, d *Dump) [][][]float64 {
	t.Helper()
	s := d.Shape()
	if s.Rows < 1 || s.Layers < 1 || s.Positions < 1 || s.Width < 1 || d.DType().size() == 0 ||
		len(d.LayerNames()) != s.Layers || len(d.PositionNames()) != s.Positions || len(d.Files()) == 0 {
		t.Fatalf("%v of %s, layers %q, files %v", s, d.DType(), d.LayerNames(), d.Files())
	}
	all := make([][][]float64, s.Layers)
	for layer := range all {
		all[layer] = make([][]float64, s.Positions)
		for position := range all[layer] {
			x := make([]float64, s.Rows*s.Width)
			if err := d.ReadFloat64(x, layer, position, 0, s.Rows); err != nil {
				t.Fatal(err)
			}
			all[layer][position] = x
		}
	}
	return all
}

// conformRows reads the rows in pieces, one by one, as float32 and backwards.
func conformRows(t *testing.T, d *Dump, all [][][]float64) {
	t.Helper()
	s := d.Shape()
	for layer := range all {
		for position, want := range all[layer] {
			for size := 1; size <= s.Rows; size++ {
				for lo := 0; lo < s.Rows; lo += size {
					hi := min(lo+size, s.Rows)
					narrow := make([]float32, (hi-lo)*s.Width)
					if err := d.ReadFloat32(narrow, layer, position, lo, hi); err != nil {
						t.Fatal(err)
					}
					for i, v := range narrow {
						if w := float32(want[lo*s.Width+i]); v != w && !(v != v && w != w) {
							t.Fatalf("layer %d, position %d, rows %d to %d: number %d is %v, want %v", layer, position, lo, hi, i, v, w)
						}
					}
				}
			}
			x, err := d.At(layer, position)
			if err != nil {
				t.Fatal(err)
			}
			backwards := make([]int, s.Rows)
			for i := range backwards {
				backwards[i] = s.Rows - 1 - i
			}
			if x, err = x.Rows(backwards); err != nil {
				t.Fatal(err)
			}
			got := make([]float64, s.Rows*s.Width)
			if err := x.ReadRows(got, 0, s.Rows); err != nil {
				t.Fatal(err)
			}
			for i, row := range backwards {
				if !sameNumbers(got[i*s.Width:(i+1)*s.Width], want[row*s.Width:(row+1)*s.Width]) {
					t.Fatalf("layer %d, position %d: row %d read backwards differs", layer, position, row)
				}
			}
		}
	}
}

func sameNumbers(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y })
}

// conformBounds asks for what is not there.
func conformBounds(t *testing.T, d *Dump) {
	t.Helper()
	s := d.Shape()
	x := make([]float64, s.Width)
	for _, at := range [][4]int{{-1, 0, 0, 1}, {s.Layers, 0, 0, 1}, {0, -1, 0, 1}, {0, s.Positions, 0, 1}, {0, 0, -1, 0}, {0, 0, s.Rows, s.Rows + 1}, {0, 0, 1, 0}, {0, 0, 0, 2}} {
		if err := d.ReadFloat64(x, at[0], at[1], at[2], at[3]); err == nil {
			t.Errorf("layer %d, position %d, rows %d to %d read", at[0], at[1], at[2], at[3])
		}
	}
	if err := d.ReadFloat64(nil, 0, 0, 0, 0); err != nil {
		t.Errorf("no rows: %v", err)
	}
}

// conformTogether reads from several goroutines at once.
func conformTogether(t *testing.T, d *Dump, all [][][]float64) {
	t.Helper()
	var wait sync.WaitGroup
	for layer := range all {
		for position, want := range all[layer] {
			for range 3 {
				wait.Go(func() {
					got := make([]float64, len(want))
					if err := d.ReadFloat64(got, layer, position, 0, d.Shape().Rows); err != nil || !sameNumbers(got, want) {
						t.Errorf("layer %d, position %d: other numbers, %v", layer, position, err)
					}
				})
			}
		}
	}
	wait.Wait()
}

// conformConverted writes the dump as every format that can be written.
func conformConverted(t *testing.T, d *Dump, all [][][]float64) {
	t.Helper()
	for _, ending := range OutputExtensions() {
		path := filepath.Join(t.TempDir(), "x"+ending)
		c, err := Convert(t.Context(), d, path, ConvertSettings{DType: F64})
		if err != nil {
			if strings.Contains(err.Error(), "has a column") {
				continue
			}
			t.Fatal(err)
		}
		again := open(t, Spec{Paths: []string{path}})
		if again.Format() != c.Format || again.Shape() != d.Shape() {
			t.Fatalf("%s: %s of %v", ending, again.Format(), again.Shape())
		}
		for layer, positions := range wholeDump(t, again) {
			for position, got := range positions {
				if !sameNumbers(got, all[layer][position]) {
					t.Fatalf("%s: layer %d, position %d differs", ending, layer, position)
				}
			}
		}
	}
}

// conformTable reads the table with the states and without them.
func conformTable(t *testing.T, d *Dump) {
	t.Helper()
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	if e != nil && e.Len() != d.Shape().Rows && len(e.Columns()) > 0 {
		t.Errorf("a table of %d rows beside %d", e.Len(), d.Shape().Rows)
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == d.Format() })
	alone, err := ReadExamples(d.Files()[0].Path)
	if formats[i].has(unsure) { // what it matches may be text
		return
	}
	if formats[i].examples == nil {
		if err == nil {
			t.Fatal("a table in a format that has none")
		}
		checkFormatError(t, err, "expected a table")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range e.Columns() {
		own, ok := alone.Column(c.Name)
		if !ok || own.Kind != c.Kind {
			t.Fatalf("column %q is not in the table alone", c.Name)
		}
		for i := range own.Len() {
			if own.String(i) != c.String(i) || own.IsNull(i) != c.IsNull(i) {
				t.Fatalf("column %q, row %d: %q, want %q", c.Name, i, own.String(i), c.String(i))
			}
		}
	}
}

// conformShards opens the file and a copy of it as shards. The same file twice is
// refused.
func conformShards(t *testing.T, d *Dump, spec Spec, all [][][]float64) {
	t.Helper()
	whole := spec.Paths[0]
	spec.Paths = []string{whole, whole}
	if twice, err := Open(spec); err == nil {
		twice.Close()
		t.Error("the same file is read twice")
	}
	data, alone := aloneIn(whole)
	if !alone {
		return
	}
	spec.Paths = []string{whole, copyWithNotes(t, whole, data)}
	both := open(t, spec)
	want := d.Shape()
	if want.Rows *= 2; both.Shape() != want {
		t.Fatalf("%v, want %v", both.Shape(), want)
	}
	for layer, positions := range wholeDump(t, both) {
		for position, got := range positions {
			if x := all[layer][position]; !sameNumbers(got[:len(x)], x) || !sameNumbers(got[len(x):], x) {
				t.Fatalf("layer %d, position %d of two shards", layer, position)
			}
		}
	}
}

// aloneIn reads a file that is a dump without others.
func aloneIn(path string) (data []byte, ok bool) {
	if strings.HasSuffix(path, ".json") {
		return nil, false
	}
	data, err := os.ReadFile(path)
	return data, err == nil
}

// copyWithNotes writes data under the name of a file, beside copies of its notes.
func copyWithNotes(t *testing.T, whole string, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	notes, err := filepath.Glob(strings.TrimSuffix(whole, filepath.Ext(whole)) + "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range notes {
		text, err := os.ReadFile(note)
		if err != nil {
			t.Fatal(err)
		}
		writeTo(t, filepath.Join(dir, filepath.Base(note)), text)
	}
	path := filepath.Join(dir, filepath.Base(whole))
	writeTo(t, path, data)
	return path
}

// conformPositions compares what is chosen with what is there.
func conformPositions(t *testing.T, d *Dump, spec Spec, all [][][]float64) {
	t.Helper()
	if spec.Position != "" {
		return
	}
	s := d.Shape()
	for choice, at := range map[string]func(layer, i int) float64{
		"first": func(layer, i int) float64 { return all[layer][0][i] },
		"last":  func(layer, i int) float64 { return all[layer][s.Positions-1][i] },
		"mean": func(layer, i int) (sum float64) {
			for _, x := range all[layer] {
				sum += x[i]
			}
			return sum / float64(s.Positions)
		},
	} {
		spec.Position = choice
		chosen := open(t, spec)
		if chosen.Shape().Positions != 1 {
			t.Fatalf("%s: %v", choice, chosen.Shape())
		}
		for layer, positions := range wholeDump(t, chosen) {
			for i, v := range positions[0] {
				if w := at(layer, i); v != w && !(v != v && w != w) {
					t.Fatalf("%s, layer %d, number %d: %v, want %v", choice, layer, i, v, w)
				}
			}
		}
	}
}

// conformClosed reads from a dump that is closed.
func conformClosed(t *testing.T, spec Spec) {
	t.Helper()
	d, err := Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.ReadFloat64(make([]float64, d.Shape().Width), 0, 0, 0, 1); err == nil {
		t.Error("read from a closed dump")
	}
}

// refusals are files of the formats that are known and not read.
func refusals(t *testing.T) map[string][]byte {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte("id,x\na,1\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{"empty": nil, "compressed": zipped.Bytes(), "log of Inspect": inspectLog(t, 0, "header.json", "{}")}
	for name, path := range map[string]string{"torch before version 1.6": "torch_legacy.pt", "pickle": "states.pkl", "hdf5": "states.h5", "feather version 1": "feather_v1.feather"} {
		data, err := os.ReadFile(formatsFile(path))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	return all
}

// What is known and not read is refused as a dump and as a table, in words that
// say what to do.
func TestFormatsRefuse(t *testing.T) {
	for name, data := range refusals(t) {
		path := writeFile(t, "x", data)
		if d, err := Open(Spec{Paths: []string{path}}); err == nil {
			d.Close()
			t.Errorf("%s opened", name)
		} else {
			checkFormatError(t, err, path, "expected")
		}
		if _, err := ReadExamples(path); err == nil {
			t.Errorf("%s read as a table", name)
		} else {
			checkFormatError(t, err, path, "expected")
		}
	}
}

// A file of any format that ends too early is an error, whatever it still says.
func TestFormatsCutShort(t *testing.T) {
	for _, test := range conforming {
		whole := formatsFile(test.paths)
		data, alone := aloneIn(whole)
		if !alone {
			continue
		}
		for _, n := range []int{len(data) - 1, len(data) / 2, 12} {
			test.spec.Paths = []string{copyWithNotes(t, whole, data[:n])}
			err := readDirectory(test.spec)
			var format *FormatError
			if err == nil || !errors.As(err, &format) && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s, %d of %d bytes: %v", test.paths, n, len(data), err)
			}
		}
	}
}
