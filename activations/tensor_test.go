package activations

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

func TestNPZ(t *testing.T) {
	layers := []string{"layers.0", "layers.1", "layers.2"}
	wide := Shape{Rows: 5, Layers: 3, Positions: 1, Width: 400}
	checkOpens(t, []opensAs{
		{name: "stored", spec: Spec{Paths: []string{"one_f2.npz"}}, format: "npz", dtype: F16},
		{name: "deflated, fortran", spec: Spec{Paths: []string{"one_f8_deflated.npz"}}, format: "npz", dtype: F64},
		{name: "a key a layer", spec: Spec{Paths: []string{"layers_f4.npz"}}, format: "npz", dtype: F32, layers: layers},
		{name: "a pattern, deflated", spec: Spec{Paths: []string{"layers_f4_deflated.npz"}, Tensor: "layers.*"}, format: "npz", dtype: F32, layers: layers, shape: wide},
		{name: "a split", spec: Spec{Paths: []string{"splits_f4.npz"}, Tensor: "train"}, format: "npz", dtype: F32},
	})
	checkRefused(t, []refused{
		{"two splits", Spec{Paths: []string{"splits_f4.npz"}}, []string{`"train", "test"`, "name the tensor"}},
		{"objects", Spec{Paths: []string{"objects.npz"}}, []string{"|O", "Python objects"}},
		{"no such key", Spec{Paths: []string{"layers_f4.npz"}, Tensor: "x"}, []string{`"x" among`, `"layers.0"`}},
		{"text", Spec{Paths: []string{"one_f2.npz"}, Tensor: "id"}, []string{"<U3"}},
	})
}

func TestNPZTable(t *testing.T) {
	for _, name := range []string{"one_f2.npz", "one_f8_deflated.npz", "layers_f4.npz"} {
		d := open(t, Spec{Paths: []string{formatsFile(name)}, ID: "id"})
		ids, err := d.IDs()
		if err != nil || strings.Join(ids, " ") != "a-0 a-1 b-0 b-1 c-0" {
			t.Errorf("%s: ids %q, %v", name, ids, err)
		}
		e, err := d.Examples()
		if err != nil {
			t.Fatal(err)
		}
		for column, want := range map[string][]any{
			"label": {1, 0, 1, 0, 1}, "right": {true, false, true, true, false}, "score": {0.5, 1.0, -1.5, 2.0, 0.25},
		} {
			c, ok := e.Column(column)
			for i, v := range want {
				if !ok || c.Value(i) != v {
					t.Errorf("%s: %s is %v, want %v", name, column, c, want)
				}
			}
		}
	}
}

func TestSafetensors(t *testing.T) {
	layers := []string{"layers.0", "layers.1", "layers.2"}
	request := []Axis{Position, Layer, Width}
	checkOpens(t, []opensAs{
		{name: "f16", spec: Spec{Paths: []string{"one_f16.safetensors"}}, format: "safetensors", dtype: F16},
		{name: "f64", spec: Spec{Paths: []string{"one_f64.safetensors"}}, format: "safetensors", dtype: F64},
		{name: "bf16", spec: Spec{Paths: []string{"one_bf16.safetensors"}}, format: "safetensors", dtype: BF16},
		{name: "a tensor a layer", spec: Spec{Paths: []string{"layers_f32.safetensors"}}, format: "safetensors", dtype: F32, layers: layers},
		{name: "index", spec: Spec{Paths: []string{"sharded.safetensors.index.json"}}, format: "safetensors index", dtype: F32, layers: layers},
		{name: "a file a request", spec: Spec{Paths: []string{"request-*.safetensors"}, Axes: request, Position: "last"}, format: "safetensors", dtype: F32},
	})
	checkRefused(t, []refused{
		{"not declared", Spec{Paths: []string{"one_f16.safetensors"}, DType: BF16}, []string{"dtype F16", "bf16, as declared"}},
		{"ragged", Spec{Paths: []string{"request-*.safetensors"}, Axes: request}, []string{"request-1", "3 positions", "2 positions"}},
		{"no such position", Spec{Paths: []string{"request-0.safetensors"}, Axes: request, Position: "2"}, []string{"2 positions", "position 2"}},
	})
	d := open(t, Spec{Paths: []string{formatsFile("request-*.safetensors")}, Axes: request, Position: "-1", ID: "file"})
	ids, err := d.IDs()
	if err != nil || strings.Join(ids, " ") != "request-0 request-1 request-2 request-3 request-4" {
		t.Errorf("ids %q, %v", ids, err)
	}
	if d := open(t, Spec{Paths: []string{formatsFile("sharded.safetensors.index.json")}}); len(d.Files()) != 4 {
		t.Errorf("files %v", d.Files())
	}
	if _, err := Open(Spec{Paths: []string{formatsFile("one_f16.safetensors")}, Position: "4:2"}); err == nil || !strings.Contains(err.Error(), "a range such as 2:6") {
		t.Errorf("error %v", err)
	}
}

func safetensorsFile(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestSafetensorsHeaders(t *testing.T) {
	entry := func(name, dtype, shape string, begin, end int) string {
		return fmt.Sprintf(`%q:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, name, dtype, shape, begin, end)
	}
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"hole":            {safetensorsFile("{"+entry("a", "F32", "[1,2]", 8, 16)+"}", 16), "to begin at 0"},
		"overlap":         {safetensorsFile("{"+entry("a", "F32", "[1,2]", 0, 8)+","+entry("b", "F32", "[1,2]", 4, 12)+"}", 12), "to begin at 8"},
		"outside":         {safetensorsFile("{"+entry("a", "F32", "[1,2]", 0, 80)+"}", 8), "a range of the 8 bytes"},
		"backwards":       {safetensorsFile("{"+entry("a", "F32", "[1,2]", 8, 0)+"}", 8), "a range of the 8 bytes"},
		"trailing":        {safetensorsFile("{"+entry("a", "F32", "[1,2]", 0, 8)+"}", 9), "the end of the file"},
		"wrong shape":     {safetensorsFile("{"+entry("a", "F32", "[1,3]", 0, 8)+"}", 8), "12 bytes for shape [1 3] of F32"},
		"overflow":        {safetensorsFile("{"+entry("a", "F32", "[281474976710656,281474976710656]", 0, 8)+"}", 8), "more bytes than a file can have"},
		"negative":        {safetensorsFile("{"+entry("a", "F32", "[-1,-2]", 0, 8)+"}", 8), "sizes from 0"},
		"twice":           {safetensorsFile("{"+entry("a", "F32", "[1,2]", 0, 8)+","+entry("a", "F32", "[1,2]", 0, 8)+"}", 8), `tensor "a" twice`},
		"no JSON":         {safetensorsFile("{]", 0), "a JSON object"},
		"header too long": {append(binary.LittleEndian.AppendUint64(nil, 99_999_999), '{', '}'), "at most 2"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openSafetensors(input.InMemory("fuzz", test.data), Spec{})
			if err == nil {
				t.Fatal("opened")
			}
			checkFormatError(t, err, test.want)
		})
	}
}

func TestSafetensorsIndexRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"weight_map": {"a": "../one_f16.safetensors"}}`: "files beside the index",
		`{"x": 1}`:                   "without a weight_map",
		`{"weight_map": `:            "JSON",
		"{\"id\": 1}\n{\"id\": 2}\n": "a table of examples (JSON lines)",
		"{\n  \"x\": ]\n}":           "JSON",
		`{"weight_map": {"states": "one.safetensors", "b": "one.safetensors"}}`: "2 tensors",
	} {
		path := writeFile(t, "x.index.json", []byte(text))
		data, err := os.ReadFile(formatsFile("one_f16.safetensors"))
		if err == nil {
			err = os.WriteFile(strings.TrimSuffix(path, "x.index.json")+"one.safetensors", data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Spec{Paths: []string{path}}); err == nil {
			t.Errorf("%s opened", text)
		} else {
			checkFormatError(t, err, want)
		}
	}
}

// zipFile makes an archive of the given members.
func zipFile(t *testing.T, method uint16, members ...any) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		m, err := w.CreateHeader(&zip.FileHeader{Name: members[i].(string), Method: method})
		if err == nil {
			_, err = m.Write(members[i+1].([]byte))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZipRefused(t *testing.T) {
	ok := npyFile("<f4", false, []int{1, 1}, [][]byte{f32(1)})
	bomb := npyFile("<f4", false, []int{1, 5 << 20}, [][]byte{make([]byte, 20<<20)})
	damaged := zipFile(t, zip.Store, "a.npy", ok)
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"torch":      {zipFile(t, zip.Store, "archive/data.pkl", []byte("x"), "archive/data/0", []byte("y")), "torch.load"},
		"no arrays":  {zipFile(t, zip.Store, "a.txt", []byte("x")), "no member that ends in .npy"},
		"twice":      {zipFile(t, zip.Store, "a.npy", ok, "a.npy", ok), "two members"},
		"cut short":  {damaged[:len(damaged)-9], "cut short"},
		"bomb":       {zipFile(t, zip.Deflate, "a.npy", bomb), "once unpacked, expected at most"},
		"short data": {zipFile(t, zip.Deflate, "a.npy", ok[:len(ok)-1]), "3 bytes of numbers"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openNPZ(input.InMemory("fuzz", test.data), Spec{})
			if err == nil {
				t.Fatal("opened")
			}
			checkFormatError(t, err, test.want)
		})
	}
}

func TestRefusedFormats(t *testing.T) {
	checkRefused(t, []refused{
		{"HDF5", Spec{Paths: []string{"states.h5"}}, []string{"HDF5", "h5py", "NeuroX"}},
		{"pickle", Spec{Paths: []string{"states.pkl"}}, []string{"pickle", "numpy.save"}},
		{"Feather 1", Spec{Paths: []string{"feather_v1.feather"}}, []string{"version 1", "write_feather"}},
		{"text", Spec{Paths: []string{"table.csv"}}, []string{"npy, arrow-file"}},
	})
	if _, err := ReadExamples(formatsFile("one_f16.safetensors")); err == nil {
		t.Error("safetensors read as a table")
	} else {
		checkFormatError(t, err, "expected a table")
	}
}

// Damage inside compressed numbers shows when they are unpacked.
func TestDamagedDeflate(t *testing.T) {
	data, err := os.ReadFile(formatsFile("layers_f4_deflated.npz"))
	if err != nil {
		t.Fatal(err)
	}
	data[600] ^= 0xff
	err = readEverything(input.InMemory("fuzz", data), openNPZ, Spec{})
	var format *FormatError
	if !errors.As(err, &format) {
		t.Errorf("error %v", err)
	}
}
