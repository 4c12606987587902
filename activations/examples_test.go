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

// A number that no column can hold leaves its column out, wherever it stands, and
// stops nothing else.
func TestUnheldNumbers(t *testing.T) {
	const big, huge = "row 1 has 18446744073709551615, and whole numbers go up to 2^63-1", "row 2 has 1e400, and numbers go up to 1.8e308"
	rows := []string{`{"a": 1, "big": 1, "huge": 1}`, `{"a": 2, "big": 18446744073709551615, "huge": null}`, `{"a": 3, "big": "x", "huge": 1e400}`, `{"a": 4, "big": [1]}`}
	for name, text := range map[string]string{
		"t.jsonl":      strings.Join(rows, "\n"),
		"array.json":   "[" + strings.Join(rows, ",") + "]",
		"columns.json": `{"a": [1, 2, 3, 4], "big": [1, 18446744073709551615, "x", [1]], "huge": [1, null, 1e400, 2]}`,
	} {
		e, err := ReadExamples(writeFile(t, name, []byte(text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := []Omitted{{Name: "big", Reason: big}, {Name: "huge", Reason: huge}}; !slices.Equal(e.Omitted(), want) || e.Names() != `"a"` || e.Len() != 4 {
			t.Errorf("%s: found columns %s and left out %q, want a and %q", name, e.Names(), e.Omitted(), want)
		}
	}
}

// One type reads alike from Arrow and Parquet, and what no column holds is left out of
// both for the same reason.
func TestLeftOut(t *testing.T) {
	var described [2]string
	for i, name := range []string{"left_out.arrow", "left_out.parquet"} {
		e, err := ReadExamples(formatsFile(name))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, c := range e.Columns() {
			lines = append(lines, fmt.Sprintf("%s is %s: %q, %q", c.Name, c.Kind, c.String(0), c.String(1)))
		}
		for _, o := range e.Omitted() {
			lines = append(lines, o.Name+": "+o.Reason)
		}
		slices.Sort(lines)
		described[i] = strings.Join(lines, "\n")
	}
	const want = `big: row 1 has 18446744073709551615, and whole numbers go up to 2^63-1
bytes: lists, which are read as a length or a mask alone
days: list<date>
decimal is string: "1.50", "1.50"
decimals: list<decimal>
duration is string: "1s", "2s"
fixed_raw: fixed-size binary
floats: list<float64>
halves: list<float16>
ints: lists, which are read as a length or a mask alone
large_raw: binary
lists: list<list<int32>>
map: map
meta.ints: list<int64>
meta.n is int: "1", "2"
meta.raw: binary
n is int: "1", "2"
none is string: "", ""
raw: binary
raw_codes: binary
structs: list<struct>
texts: list<string>
times: list<timestamp>
wide_decimal: decimal`
	for i, format := range []string{"Arrow", "Parquet"} {
		if described[i] != want {
			t.Errorf("%s: found\n%s\nwant\n%s", format, described[i], want)
		}
	}
}

func TestCSVKinds(t *testing.T) {
	text := "i,f,b,s,empty,zeros\n1,1,true,x,,01\n-2,nan,False,2,,10\n,2e3,,,,2\n"
	e, err := ReadExamples(writeFile(t, "examples.csv", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]any{
		"i": {1, -2, nil}, "b": {true, false, nil}, "s": {"x", "2", nil}, "empty": {nil, nil, nil},
		"zeros": {"01", "10", "2"},
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
