package activations

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

// What cannot be seen on a terminal is written out.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"layer_0, ünïcode ✓ 東京\u00a0.": "layer_0, ünïcode ✓ 東京\u00a0.",
		"\x1b[31mred\x07":              `\x1b[31mred\a`,
		"a\nb\tc\x7f":                  `a\nb\tc\x7f`,
		"\xff\x9b31m":                  `\xff\x9b31m`,
		"\u009b\u202e\ufeff\ufffd":     `\u009b\u202e\ufeff` + "\ufffd",
		"":                             "",
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	e := &FormatError{File: "a\x1b[2J.npy", Part: "x\x07", Offset: -1, Found: "this\r", Expected: "that"}
	if got, want := e.Error(), `a\x1b[2J.npy: x\a: found this\r, expected that`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, path := range []string{"none\x1b[2J.npy", "none\x1b[2J*.npy"} {
		if _, err := Open(Spec{Paths: []string{path}}); err == nil || Printable(err.Error()) != err.Error() {
			t.Errorf("%q", err)
		}
	}
	path := writeFile(t, "a\x1b.csv", []byte("x\n1\n"))
	if e, err := ReadExamples(path); err != nil || Printable(e.Where(0)) != e.Where(0) {
		t.Errorf("%q, %v", e.Where(0), err)
	}
}

// NumPy refuses a member of an npz whose checksum is another's.
func TestNPZChecksums(t *testing.T) {
	for _, name := range []string{"npz_stored_bitflip.npz", "npz_stored_bitflip_crc.npz"} {
		d := open(t, Spec{Paths: []string{casesFile(name)}})
		err := d.ReadFloat64(make([]float64, d.Shape().Width), 0, 0, 0, 1)
		if err == nil {
			t.Fatalf("%s read", name)
		}
		checkFormatError(t, err, name, `array "x"`, "do not agree with their checksum")
	}
	label := npyFile("<i8", false, []int{1}, [][]byte{{7, 0, 0, 0, 0, 0, 0, 0}})
	data := zipFile(t, 0, "label.npy", label, "states.npy", npyFile("<f4", false, []int{1, 1}, [][]byte{f32(3)}))
	for i := range data {
		if string(data[i:i+8]) == "\x07\x00\x00\x00\x00\x00\x00\x00" {
			data[i] = 8
			break
		}
	}
	d := open(t, Spec{Paths: []string{writeFile(t, "x.npz", data)}})
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	if left := e.Omitted(); len(left) != 1 || left[0].Name != "label" || !strings.Contains(left[0].Reason, "do not agree with their checksum") {
		t.Errorf("a column whose checksum is wrong: %v", left)
	}
	if _, ok := e.Column("label"); ok {
		t.Error("a column read whose checksum is wrong")
	}
	if err := d.ReadFloat64(make([]float64, 1), 0, 0, 0, 1); err != nil {
		t.Errorf("states beside it: %v", err)
	}
}

// A member that is damaged stops what reads it, and what may be meant to.
func TestNPZDamagedMember(t *testing.T) {
	states := npyFile("<f4", false, []int{1, 1}, [][]byte{f32(3)})
	mask := npyFile("|b1", false, []int{1, 1}, [][]byte{{1}})
	broken := []byte("\x93NUMPY\x09\x00 no header")
	npz := func(members ...any) string { return writeFile(t, "x.npz", zipFile(t, 0, members...)) }
	for name, test := range map[string]struct {
		spec Spec
		want string // empty: it is read
	}{
		"another named":        {Spec{Paths: []string{npz("states.npy", states, "extra.npy", broken)}, Tensor: "states"}, ""},
		"none named":           {Spec{Paths: []string{npz("states.npy", states, "extra.npy", broken)}}, "name the tensor that holds the states"},
		"named":                {Spec{Paths: []string{npz("states.npy", broken, "extra.npy", states)}, Tensor: "states"}, "version 9.0"},
		"a layer of many":      {Spec{Paths: []string{npz("h.0.npy", states, "h.1.npy", broken)}, Tensor: "h.*"}, "version 9.0"},
		"not of them":          {Spec{Paths: []string{npz("h.0.npy", states, "x.npy", broken)}, Tensor: "h.*"}, ""},
		"the mask":             {Spec{Paths: []string{npz("states.npy", states, "m.npy", broken)}, Tensor: "states", Position: "last", Mask: "m"}, "version 9.0"},
		"the file of the mask": {Spec{Paths: []string{npz("states.npy", states)}, Position: "last", Mask: npz("m.npy", mask, "n.npy", broken)}, "version 9.0"},
		"beside the mask":      {Spec{Paths: []string{npz("states.npy", states)}, Position: "last", Mask: npz("attention_mask.npy", mask, "n.npy", broken)}, ""},
	} {
		err := func() error {
			d, err := Open(test.spec)
			if err != nil {
				return err
			}
			defer d.Close()
			x := []float64{0}
			if err := d.ReadFloat64(x, 0, 0, 0, 1); err != nil || x[0] != 3 {
				return fmt.Errorf("%v, %w", x, err)
			}
			if e, err := d.Examples(); test.spec.Mask == "" && (err != nil || len(e.Omitted()) != 1 || !strings.Contains(e.Omitted()[0].Reason, "version 9.0")) {
				return fmt.Errorf("left out %v, %w", e, err)
			}
			return nil
		}()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// The reference implementation reads none of these.
func TestSafetensorsStrict(t *testing.T) {
	for _, name := range []string{"safetensors_case.safetensors", "safetensors_dup_shape.safetensors"} {
		checkRefused(t, []refused{{name, Spec{Paths: []string{abs(t, casesFile(name))}}, []string{"safetensors header", `tensor "x"`}}})
	}
	entry := `"dtype":"F32","shape":[1,2],"data_offsets":[0,8]`
	for header, want := range map[string]string{
		`{"x":{"DTYPE":"F32","shape":[1,2],"data_offsets":[0,8]}}`:   `no key "dtype"`,
		`{"x":{"shape":[1,2],` + entry + `}}`:                        `key "shape" twice`,
		`{"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8,9]}}`: "data_offsets [0 8 9]",
		`{"x":{"dtype":"F32","shape":null,"data_offsets":[0,8]}}`:    "shape []",
		`{"x":[1]}`:                   "no JSON object",
		"{\"x\xff\":{" + entry + `}}`: "not UTF-8",
		`{"x\ud800":{` + entry + `}}`: "not UTF-8",
		` {"x":{` + entry + `}}`:      "no JSON object",
		`{"__metadata__":{},"__metadata__":{},"x":{` + entry + `}}`: "metadata twice",
	} {
		_, err := openSafetensors(input.InMemory("fuzz", safetensorsFile(header, 8)), Spec{})
		if err == nil {
			t.Errorf("%s opened", header)
			continue
		}
		checkFormatError(t, err, want)
	}
	for _, header := range []string{
		`{"x":{` + entry + `,"comment":{"dtype":1}}}`, `{"__metadata__":{"a":"b"},"x":{` + entry + `}}`, `{"\ud83d\ude00\ufffd":{` + entry + `}}`,
	} {
		if s, err := openSafetensors(input.InMemory("fuzz", safetensorsFile(header, 8)), Spec{}); err != nil {
			t.Errorf("%s: %v", header, err)
		} else {
			s.Close()
		}
	}
}

// A byte of the footer says that float64 is float32: half of the numbers would
// be read, as others.
func TestArrowDamagedType(t *testing.T) {
	checkRefused(t, []refused{{"footer", Spec{Paths: []string{abs(t, casesFile("028009-pa26-309.feather"))}},
		[]string{`column "s"`, "found 816 bytes for 102 numbers of f32, expected 408", "may be damaged"}}})
}

// What is no table is not read as one, whatever its name.
func TestNoTables(t *testing.T) {
	index := func(file string) string {
		return fmt.Sprintf(`{"metadata": {"total_size": 1}, "weight_map": {"x": %q}}`, file)
	}
	dir := t.TempDir()
	data, err := os.ReadFile(formatsFile("one_f16.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "one.safetensors"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"missing.json":  {index("none.safetensors"), `weight_map: found "none.safetensors", which is not there`},
		"outside.json":  {index("../one.safetensors"), `weight_map: found "../one.safetensors", expected files beside the index`},
		"absolute.json": {index("/one.safetensors"), `weight_map: found "/one.safetensors", expected files beside the index`},
		"whole.json":    {`{"weight_map": {"states": "one.safetensors"}}`, "the index of safetensors files, expected a table"},
		"states.csv":    {"\x89HDF\r\n\x1a\nand,more\n", "an HDF5 file"},
		"list.csv":      {"(lp0\nF1.0\na.", "a Python pickle"},
		"dict.txt":      {"(dp0\nVa\np1\nI1\ns.", "a Python pickle"},
		"object.csv":    {"cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n", "a Python pickle"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(test.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadExamples(path); err == nil {
			t.Errorf("%s read as a table", name)
		} else {
			checkFormatError(t, err, name, test.want)
		}
	}
	for name, text := range map[string]string{"a.csv": "city\nParis\np0\n", "b.jsonl": `{"weight_map": {"x": 1}, "label": 0}`, "c.jsonl": `{"metadata": {"x": "y"}, "label": 0}`} {
		if e, err := ReadExamples(writeFile(t, name, []byte(text))); err != nil || e.Len() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
