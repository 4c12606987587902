package activations

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTables(t *testing.T) {
	kinds := []string{"id string", "code string", "label int", "margin float", "right bool", "prompt string"}
	for _, test := range []struct{ file, where string }{
		{"table.jsonl", "table.jsonl:4"}, {"table.csv", "table.csv:6"}, {"table.tsv", "table.tsv:6"},
	} {
		t.Run(test.file, func(t *testing.T) {
			e, err := ReadExamples(formatsFile(test.file))
			if err != nil {
				t.Fatal(err)
			}
			if e.Len() != 5 {
				t.Fatalf("%d examples, want 5", e.Len())
			}
			var got []string
			for _, c := range e.Columns() {
				got = append(got, fmt.Sprint(c.Name, " ", c.Kind))
			}
			if !slices.Equal(got, kinds) {
				t.Errorf("columns %q, want %q", got, kinds)
			}
			for name, want := range map[string][]any{
				"code":   {"007", "010", "1", "2", "3"},
				"label":  {1, 0, 1, 0, 1},
				"margin": {0.5, -1.25, 3.0, 1e-3, 2.0},
				"right":  {true, false, true, true, false},
				"prompt": {"Is 2 > 1?", `Say "yes", please`, "two\nlines", "tab\there", "ünïcode ✓"},
			} {
				c, ok := e.Column(name)
				if !ok {
					t.Fatalf("no column %q", name)
				}
				for i, v := range want {
					if c.Value(i) != v {
						t.Errorf("%s %d: %v, want %v", name, i, c.Value(i), v)
					}
				}
			}
			if where := filepath.Base(e.Where(3)); where != test.where {
				t.Errorf("where %s, want %s", where, test.where)
			}
		})
	}
}

func TestJSONLKinds(t *testing.T) {
	text := "\ufeff" + `{"a": 1, "b": null, "c": true, "n": {"x": [1,  2]}}

{"a": 2.5, "late": "x", "b": 7, "c": null}
{}
`
	e, err := ReadExamples(writeFile(t, "examples.jsonl", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]any{
		"a":    {1.0, 2.5, nil},
		"b":    {nil, 7, nil},
		"c":    {true, nil, nil},
		"n":    {`{"x":[1,2]}`, nil, nil},
		"late": {nil, "x", nil},
	}
	var names []string
	for _, c := range e.Columns() {
		names = append(names, c.Name)
		for i, v := range want[c.Name] {
			if c.Value(i) != v {
				t.Errorf("%s %d: %v, want %v", c.Name, i, c.Value(i), v)
			}
		}
	}
	if !slices.Equal(names, []string{"a", "b", "c", "n", "late"}) {
		t.Errorf("columns %q", names)
	}
	if !strings.HasSuffix(e.Where(1), "examples.jsonl:3") {
		t.Errorf("where %s", e.Where(1))
	}
	if c, _ := e.Column("a"); c.String(0) != "1" || c.String(1) != "2.5" || c.String(2) != "" {
		t.Errorf("text %q %q %q", c.String(0), c.String(1), c.String(2))
	}
}

func TestCSVKinds(t *testing.T) {
	text := "i,f,b,s,empty,big,zeros\n1,1,true,x,,99999999999999999999,01\n-2,nan,False,2,,1,10\n,2e3,,,,2,2\n"
	e, err := ReadExamples(writeFile(t, "examples.csv", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]any{
		"i": {1, -2, nil}, "b": {true, false, nil}, "s": {"x", "2", nil}, "empty": {nil, nil, nil},
		"big": {1e20, 1.0, 2.0}, "zeros": {"01", "10", "2"},
	}
	for name, values := range want {
		c, _ := e.Column(name)
		for i, v := range values {
			if c.Value(i) != v {
				t.Errorf("%s %d: %v, want %v", name, i, c.Value(i), v)
			}
		}
	}
	if c, _ := e.Column("f"); c.Kind != Float || !math.IsNaN(c.Value(1).(float64)) {
		t.Errorf("f is %s %v", c.Kind, c.Value(1))
	}
}

func TestTablesRefused(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"mixed.jsonl":    {"{\"x\": 1}\n{\"x\": null}\n{\"x\": \"a\"}\n", []string{":3", `key "x"`, "found a string", "a number as on line 1"}},
		"bool.jsonl":     {"{\"x\": true}\n{\"x\": 1}\n", []string{":2", "found a number", "a bool as on line 1"}},
		"twice.jsonl":    {"{\"x\": 1, \"x\": 2}\n", []string{"the key twice"}},
		"open.jsonl":     {"{\"x\": 1\n", []string{":1"}},
		"two.jsonl":      {"{\"x\": 1} {\"x\": 2}\n", []string{":1", "one object a line"}},
		"scalar.jsonl":   {"{}\n3\n", []string{":2", "an object"}},
		"array.json":     {"[{\"x\": 1}, 2]", []string{":1", "as every element of the array"}},
		"large.jsonl":    {"{\"x\": 123456789012345678901}\n", []string{"the integer 123456789012345678901", "64 bits"}},
		"huge.jsonl":     {"{\"x\": 1e999}\n", []string{"the number 1e999"}},
		"ragged.csv":     {"a,b\n1,2\n3\n", []string{":3", "wrong number of fields", "as many cells"}},
		"quote.csv":      {"a,b\n\"1,2\n", []string{"quotes that are closed"}},
		"names.csv":      {"a,a\n1,2\n", []string{`"a" twice`}},
		"empty.csv":      {"", []string{"an empty file"}},
		"binary.csv":     {"\x00\x01", []string{"expected a table"}},
		"states.npy.csv": {npyMagic, []string{"npy", "expected a table"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadExamples(writeFile(t, name, []byte(test.text)))
			if err == nil {
				t.Fatal("read")
			}
			checkFormatError(t, err, append(test.want, name)...)
		})
	}
	if _, err := ReadExamples("nothing.jsonl"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestCapitals(t *testing.T) {
	dir := filepath.Join("..", "testdata", "capitals")
	e, err := ReadExamples(filepath.Join(dir, "examples.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, Spec{Paths: []string{filepath.Join(dir, "hidden_states.npy")}})
	if want := (Shape{672, 31, 1, 576}); d.Shape() != want || e.Len() != 672 {
		t.Errorf("%v and %d examples, want %v", d.Shape(), e.Len(), want)
	}
	h, err := d.Scan(30, 0)
	if err != nil || !h.Finite() || h.ConstantColumns > 0 {
		t.Errorf("%+v, %v", h, err)
	}
}
