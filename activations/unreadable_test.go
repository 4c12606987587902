package activations

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What has no states says what it has instead.
func TestNoStates(t *testing.T) {
	checkRefused(t, []refused{
		{"Arrow", Spec{Paths: []string{"text_only.arrow"}}, []string{`"id" (string)`}},
		{"Arrow, uint16", Spec{Paths: []string{"bf16_uint16.arrow"}}, []string{"uint16", "declare dtype bf16"}},
		{"Parquet", Spec{Paths: []string{"table_types.parquet"}}, []string{"columns: found none", `"half" (fixed_len_byte_array)`}},
		{"Parquet, uint16", Spec{Paths: []string{"bf16_uint16.parquet"}}, []string{"(lists of uint16)", "declare dtype bf16"}},
	})
	if d, err := Open(Spec{Paths: []string{formatsFile("same_name.parquet")}}); err == nil {
		d.Close()
		t.Error("columns of the same name opened")
	} else {
		checkFormatError(t, err, "(lists of float, a name that occurs twice)")
	}
	dictionary := arrowField{typ: arrowList, children: []arrowField{{typ: arrowFloat, bits: 32}}, dictionary: &arrowDictionary{}}
	if got := dictionary.String(); got != "dictionary of list<float32>" {
		t.Error(got)
	}
}

// A shard without rows says nothing about its lists and fits all others.
func TestParquetWithoutRows(t *testing.T) {
	if _, err := Open(Spec{Paths: []string{formatsFile("no_rows.parquet")}}); err == nil || !strings.Contains(err.Error(), "the dump has no rows") {
		t.Errorf("%v, want that there are no rows", err)
	}
	for _, paths := range [][]string{{"no_rows.parquet", "list_f32.parquet"}, {"list_f32.parquet", "no_rows.parquet"}} {
		for i := range paths {
			paths[i] = formatsFile(paths[i])
		}
		d := open(t, Spec{Paths: paths})
		if d.Shape() != planted {
			t.Errorf("%v: %v, want %v", paths, d.Shape(), planted)
		}
		checkPlanted(t, d)
	}
}

func TestCompressedFiles(t *testing.T) {
	dir := t.TempDir()
	zipped := func(name string) []byte {
		data, err := os.ReadFile(formatsFile(name))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"states.npy.gz":  {zipped("v1_f2.npy"), "gunzip"},
		"table.jsonl.gz": {zipped("table.jsonl"), "gunzip"},
		"table.csv.zst":  {[]byte("\x28\xb5\x2f\xfd column"), "unzstd"},
		"table.csv.xz":   {[]byte("\xfd7zXZ\x00"), "unxz"},
		"table.csv.bz2":  {[]byte("BZh91AY&SY"), "bunzip2"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, test.data, 0o666); err != nil {
			t.Fatal(err)
		}
		if d, err := Open(Spec{Paths: []string{path}}); err == nil {
			d.Close()
			t.Errorf("%s: opened", name)
		} else {
			checkFormatError(t, err, "has compressed", test.want)
		}
		if _, err := ReadExamples(path); err == nil {
			t.Errorf("%s: read", name)
		} else {
			checkFormatError(t, err, "has compressed", test.want)
		}
	}
}

func TestEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "states.npy")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	checkRefused(t, []refused{{"empty", Spec{Paths: []string{path}}, []string{"an empty file", "npy"}}})
}
