package activations

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tell/activations/internal/input"
)

// checkTable reads every value of a table, and fields that it may have.
func checkTable(t *testing.T, e *Examples, err error, size int) {
	t.Helper()
	if err != nil {
		var format *FormatError
		if !errors.As(err, &format) && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("not a FormatError: %v", err)
		}
		if Printable(err.Error()) != err.Error() {
			t.Errorf("an error that a terminal obeys: %q", err)
		}
		return
	}
	for _, c := range e.Columns() {
		if c.Len() != e.Len() {
			t.Fatalf("column %q has %d of %d rows", c.Name, c.Len(), e.Len())
		}
		for i := range min(e.Len(), 1000) {
			if (c.Value(i) == nil) != c.IsNull(i) || e.Where(i) == "" {
				t.Fatalf("column %q, row %d: %v", c.Name, i, c.Value(i))
			}
			_ = c.String(i)
		}
		c.NotNumber()
	}
	if c, ok := e.Column("meta.a"); ok && c.Len() != e.Len() {
		t.Fatalf("meta.a has %d of %d rows", c.Len(), e.Len())
	}
	e.Omitted()
}

func fuzzTable(f *testing.F, name string, seeds ...string) {
	for _, text := range seeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := allocated()
		e, err := readExamples(input.InMemory(name, data), []string{"mask"})
		checkTable(t, e, err, len(data))
		if n := allocated() - before; n > memoryLimit(len(data)) {
			t.Errorf("%d bytes allocated for a file of %d", n, len(data))
		}
	})
}

func FuzzJSONL(f *testing.F) {
	fuzzTable(f, "fuzz.jsonl",
		"{\"id\": \"a\", \"x\": 1, \"meta\": {\"a\": {\"b\": [1, 2]}}}\n{\"x\": 2.5, \"mask\": [0, 1]}\n",
		"\ufeff{\"x\": NaN, \"y\": -Infinity, \"s\": \"\\\"NaN\\u00e9\"}\r\n\n{}\n",
		"{\"meta\": {\"a\": 1}}\n{\"meta\": {\"a\": \"b\"}}\n{\"meta\": null}",
		"{\"a\": 12345678901234567890}\n", "[{}]", "{\"a\\ud800\": true, \"a\": false}")
}

func FuzzCSV(f *testing.F) {
	fuzzTable(f, "fuzz.csv",
		"a,b,c\n1,2.5,true\n,NA,False\n\"x\n\"\"y\",inf,007\n", "a;b;c\n1;2;3\n", "a\tb\n1\n", "\ufeffa\r\n1\r\n", "meta,mask\n\"{\"\"a\"\": 1}\",[0 1]\n", "\"a\n", "a,a\n")
}

// files are what a directory of a format is made of; one of them is replaced by
// what the fuzzer makes.
func fuzzDirectory(f *testing.F, dir string, replaced []string, open func(dir string) string) {
	whole := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			whole[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	for i, name := range replaced {
		if whole[name] == nil {
			f.Fatalf("no file %s in %s", name, dir)
		}
		f.Add(i, whole[name])
	}
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		name := replaced[uint(which)%uint(len(replaced))]
		dir := t.TempDir()
		for file, content := range whole {
			if file == name {
				content = data
			}
			path := filepath.Join(dir, file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, content, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		before := allocated()
		for _, position := range []string{"", "last", "mean"} {
			err := readDirectory(Spec{Paths: []string{open(dir)}, Position: position})
			checkTable(t, &Examples{}, err, len(data))
		}
		e, err := ReadExamples(open(dir))
		checkTable(t, e, err, len(data))
		if n := allocated() - before; n > 4*memoryLimit(len(data)) {
			t.Errorf("%d bytes allocated for a file of %d", n, len(data))
		}
	})
}

// readDirectory reads some of every layer, and the table.
func readDirectory(spec Spec) error {
	d, err := Open(spec)
	if err != nil {
		if err.Error() == spec.Paths[0]+": the dump has no rows" || filepath.Ext(spec.Paths[0]) != "" && errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	defer d.Close()
	s := d.Shape()
	row := make([]float64, s.Width)
	for layer := range min(s.Layers, 4) {
		for position := range min(s.Positions, 4) {
			for i := range min(s.Rows, 8) {
				if err := d.ReadFloat64(row, layer, position, i, i+1); err != nil {
					return err
				}
			}
		}
	}
	_, err = d.Examples()
	return err
}

func FuzzDatasets(f *testing.F) {
	fuzzDirectory(f, formatsFile("hf_array2d"), names(f, "hf_array2d"), func(dir string) string { return dir })
}

func FuzzLMProbeDirectory(f *testing.F) {
	fuzzDirectory(f, formatsFile("lmprobe_tokens"), names(f, "lmprobe_tokens"), func(dir string) string { return dir })
}

func FuzzLMProbeExtraction(f *testing.F) {
	fuzzDirectory(f, formatsFile("lmprobe_extraction"), names(f, "lmprobe_extraction"), func(dir string) string { return dir })
}

// names lists the files of a directory of testdata/formats.
func names(f testing.TB, dir string) (all []string) {
	dir = formatsFile(dir)
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		all = append(all, name)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return all
}
