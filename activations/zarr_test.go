package activations

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Arrays of zarr and tensorstore, whatever their chunks and codecs, are what was
// written.
func TestZarr(t *testing.T) {
	var all []opensAs
	for name, dtype := range map[string]DType{"saved": F16, "saved2": F16, "chunks": F32, "plain": F32, "gzip_big": F32, "transposed": F32, "fortran2": F32, "big2": F64, "gzip2": F32,
		"blosc_unshuffled2": F32, "bf16": BF16, "bf16_2": BF16} {
		all = append(all, opensAs{name: name, spec: Spec{Paths: []string{"zarr/" + name + ".zarr"}}, format: "zarr", dtype: dtype})
	}
	all = append(all, opensAs{name: "group", spec: Spec{Paths: []string{"zarr/group.zarr"}}, format: "zarr", dtype: F16, layers: []string{"acts/layer_0", "acts/layer_1", "acts/layer_2"}})
	checkOpens(t, all)
	for _, name := range []string{"blosc_lz42", "blosc_lz4hc2", "blosc_zstd2", "blosc_zlib2", "blosc3"} {
		d := open(t, Spec{Paths: []string{formatsFile("zarr/" + name + ".zarr")}})
		if want := (Shape{Rows: 48, Layers: 2, Positions: 1, Width: 96}); d.Shape() != want {
			t.Fatalf("%s: %v, want %v", name, d.Shape(), want)
		}
		checkPlanted(t, d)
	}
}

// Of several blocks of Blosc, the last is shorter than the others.
func TestZarrBlocks(t *testing.T) {
	for _, name := range []string{"lz4", "zlib", "zstd"} {
		d := open(t, Spec{Paths: []string{formatsFile("zarr/blosc_steps_" + name + "2.zarr")}})
		row := make([]float64, 480)
		for i := range 48 * 2 {
			if err := d.ReadFloat64(row, i%2, 0, i/2, i/2+1); err != nil {
				t.Fatal(err)
			}
			for j, x := range row {
				if want := float64(2*i + j/240); x != want {
					t.Fatalf("%s: found %v in row %d, layer %d, number %d, expected %v", name, x, i/2, i%2, j, want)
				}
			}
		}
	}
}

func TestZarrGroup(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("zarr/group.zarr")}})
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(e.Names()); got != `"id", "label"` {
		t.Errorf("found columns %s", got)
	}
	id, _ := e.Column("id")
	label, _ := e.Column("label")
	if id.String(4) != "c-0" || label.Value(4) != 1 {
		t.Errorf("found %v, %v in the last row", id.Value(4), label.Value(4))
	}
	if left := e.Omitted(); len(left) != 1 || left[0].Name != "text" || !strings.Contains(left[0].Reason, `"string"`) {
		t.Errorf("left out %v", left)
	}
}

// Numbers that were never written are the fill value, and said to be.
func TestZarrMissing(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("zarr/missing.zarr")}})
	rows := make([]float64, 2*4)
	if err := d.ReadFloat64(rows, 2, 0, 3, 5); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(rows), fmt.Sprint([]float64{44. / 8, 45. / 8, 46. / 8, 47. / 8, .25, .25, .25, .25}); got != want {
		t.Errorf("found %s, expected %s", got, want)
	}
	if notes := fmt.Sprint(d.Notes()); !strings.Contains(notes, "missing.zarr: 1 of 3 chunks were never written; every number in them is the fill value, 0.25") {
		t.Errorf("found notes %s", notes)
	}
	if n := len(d.Files()); n != 3 {
		t.Errorf("found %d files, expected the metadata and two chunks", n)
	}
}

func TestZarrRefused(t *testing.T) {
	checkRefused(t, []refused{
		{"sharded", Spec{Paths: []string{"zarr/sharded.zarr"}}, []string{"sharded.zarr/zarr.json", `codecs: found "sharding_indexed"`, "numpy.save"}},
		{"bits", Spec{Paths: []string{"zarr/bits2.zarr"}}, []string{"bits2.zarr/.zarray", "compressor: found blosc with bitshuffle", "numpy.save"}},
		{"bz2", Spec{Paths: []string{"zarr/bz2.zarr"}}, []string{`compressor: found "bz2", expected none, or one of gzip`, "numpy.save"}},
		{"zip", Spec{Paths: []string{"zarr/zipped.zip"}}, []string{"a zip store of zarr", "unzip FILE.zip -d FILE.zarr"}},
		{"declared", Spec{Paths: []string{"zarr/saved.zarr"}, DType: F32}, []string{"f32, as declared"}},
		{"axes", Spec{Paths: []string{"zarr/saved.zarr"}, Axes: []Axis{Row, Width}}, []string{"shape [5 3 4]"}},
	})
	array := func(change ...string) map[string]string {
		text := `{"shape": [2, 2], "data_type": "float16", "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 2]}}, "chunk_key_encoding": "default", ` +
			`"fill_value": 0, "codecs": ["bytes"], "zarr_format": 3, "node_type": "array"}`
		return map[string]string{"zarr.json": strings.NewReplacer(change...).Replace(text), "c/0/0": "12345678"}
	}
	v2 := func(change ...string) map[string]string {
		text := `{"shape": [2, 2], "chunks": [2, 2], "dtype": "<f2", "fill_value": null, "order": "C", "filters": null, "compressor": null, "zarr_format": 2}`
		return map[string]string{".zarray": strings.NewReplacer(change...).Replace(text), "0.0": "12345678"}
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"read 3":      {array(), nil},
		"read 2":      {v2(), nil},
		"no JSON":     {map[string]string{"zarr.json": "{"}, []string{"zarr.json", "expected JSON"}},
		"empty group": {map[string]string{".zgroup": `{"zarr_format": 2}`}, []string{"a group of zarr without arrays"}},
		"version":     {array(`: 3`, `: 4`), []string{"zarr_format: found 4, expected 2 or 3"}},
		"node":        {array(`"array"`, `"x"`), []string{`node_type: found "x"`}},
		"grid":        {array(`"regular"`, `"rectilinear"`), []string{`chunk_grid: found "rectilinear"`}},
		"rank":        {array(`"chunk_shape": [2, 2]`, `"chunk_shape": [2]`), []string{"chunks: found [2] for shape [2 2]"}},
		"no chunk":    {array(`"chunk_shape": [2, 2]`, `"chunk_shape": [2, 0]`), []string{"chunks: found [2 0]", "sizes above 0"}},
		"negative":    {array(`"shape": [2, 2], "d`, `"shape": [2, -2], "d`), []string{"sizes above 0"}},
		"huge":        {array(`"shape": [2, 2], "d`, `"shape": [4611686018427387904, 2], "d`), []string{"shape: found [4611686018427387904 2]"}},
		"large":       {array(`"shape": [2, 2], "d`, `"shape": [1000000000, 2], "d`, `"chunk_shape": [2, 2]`, `"chunk_shape": [1000000, 2]`), []string{"4000000000 bytes, expected at most 1073741824 bytes for a store of"}},
		"large chunk": {array(`"chunk_shape": [2, 2]`, `"chunk_shape": [2, 100000000]`), []string{"chunks: found [2 100000000], 400000000 bytes in each, expected at most 16777216"}},
		"many chunks": {array(`"shape": [2, 2], "d`, `"shape": [4194304, 2], "d`), []string{"at most 1048576 chunks"}},
		"many layers": {array(`"shape": [2, 2], "d`, `"shape": [1, 8000000, 1], "d`, `"chunk_shape": [2, 2]`, `"chunk_shape": [1, 4000000, 1]`, `"default"`, `"v2"`), []string{"8000000 layers x 1 position", "at most 65536"}},
		"type":        {array("float16", "complex64"), []string{`data_type: found "complex64"`}},
		"keys":        {array(`"default"`, `"x"`), []string{`chunk_key_encoding: found "x"`}},
		"separator":   {array(`"default"`, `{"name": "default", "configuration": {"separator": "../"}}`), []string{`separator "../"`}},
		"no codec":    {array(`["bytes"]`, `[]`), []string{"codecs: found none that makes bytes"}},
		"codec":       {array(`["bytes"]`, `["bytes", "pcodec"]`), []string{`codecs: found "pcodec", expected one of gzip`}},
		"twice":       {array(`["bytes"]`, `[{"name": "transpose", "configuration": {"order": [1, 1]}}, "bytes"]`), []string{"each of 2 axes once"}},
		"outside":     {array(`["bytes"]`, `[{"name": "transpose", "configuration": {"order": [1, 2]}}, "bytes"]`), []string{"each of 2 axes once"}},
		"endian":      {array(`["bytes"]`, `[{"name": "bytes", "configuration": {"endian": "x"}}]`), []string{`endian "x"`}},
		"fill":        {array(`"fill_value": 0`, `"fill_value": [1]`), []string{"fill_value: found [1], expected a number"}},
		"fill hex":    {array(`"fill_value": 0`, `"fill_value": "0x7fc000"`), []string{"fill_value: found 0x7fc000, expected a number of 2 bytes"}},
		"chunk size":  {array("[2, 2]", "[2, 3]"), []string{"c/0/0: chunk: found 8 bytes of numbers, expected 12 for a chunk of [2 3]"}},
		"gzip":        {array(`["bytes"]`, `["bytes", "gzip"]`), []string{"c/0/0: chunk: found", "in gzip", "damaged"}},
		"zstd":        {array(`["bytes"]`, `["bytes", "zstd"]`), []string{"c/0/0: chunk: found", "in zstd", "damaged"}},
		"blosc":       {array(`["bytes"]`, `["bytes", "blosc"]`), []string{"c/0/0: chunk: found", "in blosc", "damaged"}},
		"blosclz":     {array(`["bytes"]`, `["bytes", {"name": "blosc", "configuration": {"cname": "blosclz"}}]`), []string{"codecs: found blosc with blosclz"}},
		"checksum":    {array(`["bytes"]`, `["bytes", "crc32c"]`), []string{"do not agree with their checksum"}},
		"order 2":     {v2(`"C"`, `"K"`), []string{`order: found "K"`}},
		"filters 2":   {v2(`"filters": null`, `"filters": [{"id": "delta"}]`), []string{`filters: found {"id": "delta"}, expected none`}},
		"type 2":      {v2(`"<f2"`, `[["a", "<f2"]]`), []string{"dtype: found", "a number type"}},
		"objects 2":   {v2(`"<f2"`, `"|O"`), []string{`dtype: found "|O"`}},
		"separator 2": {v2(`"order"`, `"dimension_separator": "_", "order"`), []string{`dimension_separator: found "_"`}},
	} {
		dir := filepath.Join(t.TempDir(), "x.zarr")
		for file, text := range c.files {
			path := filepath.Join(dir, file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		switch err := readDirectory(Spec{Paths: []string{dir}}); {
		case err == nil && c.want != nil:
			t.Errorf("%s: read", name)
		case err != nil && c.want == nil:
			t.Errorf("%s: %v", name, err)
		case err != nil:
			t.Run(name, func(t *testing.T) { checkFormatError(t, err, c.want...) })
		}
	}
}

// Chunks that are cut short or changed are errors that name their file.
func TestZarrDamaged(t *testing.T) {
	for _, name := range []string{"chunks", "gzip_big", "fortran2", "big2", "gzip2", "blosc_lz42", "blosc_zstd2", "blosc_zlib2", "blosc3", "blosc_unshuffled2"} {
		whole := formatsFile("zarr/" + name + ".zarr")
		dir := filepath.Join(t.TempDir(), "x.zarr")
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		d := open(t, Spec{Paths: []string{dir}})
		chunk := d.Files()[1].Path
		data, err := os.ReadFile(chunk)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{len(data) - 1, len(data) / 2, 5, 0} {
			writeTo(t, chunk, data[:n])
			err := readDirectory(Spec{Paths: []string{dir}})
			if err == nil {
				t.Errorf("%s, %d of %d bytes: read", name, n, len(data))
				continue
			}
			checkFormatError(t, err, chunk, "chunk")
		}
	}
}

func FuzzZarr(f *testing.F) {
	fuzzDirectory(f, formatsFile("zarr/blosc_unshuffled2.zarr"), []string{".zarray", "0.0.0", "1.1.0"}, func(dir string) string { return dir })
}

func FuzzZarr3(f *testing.F) {
	fuzzDirectory(f, formatsFile("zarr/gzip_big.zarr"), []string{"zarr.json", "c/0/0/0"}, func(dir string) string { return dir })
}
