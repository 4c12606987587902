package table

import (
	"fmt"
	"strings"
	"testing"
)

func show(e *Examples) string {
	var b strings.Builder
	for _, c := range e.Columns() {
		fmt.Fprintf(&b, "%s %s", c.Name, c.Kind)
		for i := range e.Len() {
			fmt.Fprintf(&b, " %q", c.String(i))
		}
		b.WriteString("; ")
	}
	return b.String()
}

// The same rows in every form of a document are the same table.
func TestReadJSON(t *testing.T) {
	const want = `a int "1" "2" ""; b string "x" "" "z"; c string "{\"d\":1}" "{\"d\":2}" ""; `
	rows := `{"a": 1, "b": "x", "c": {"d": 1}},
  {"a": 2, "b": null, "c": {"d": 2}}, {"a": NaN, "b": "z"}`
	for name, text := range map[string]string{
		"an array":            "[" + rows + "]",
		"over lines":          "\n[\n  " + rows + "\n]\n",
		"under a key":         `{"version": 1, "data": [` + rows + "]}",
		"under the only key":  `{"list": [1, 2], "things": [` + rows + "]}",
		"beside other arrays": `{"stats": [{"n": 1}], "samples": [` + rows + "]}",
		"columns":             `{"a": [1, 2, NaN], "b": ["x", null, "z"], "c": [{"d": 1}, {"d": 2}, null]}`,
		"columns of pandas":   `{"a": {"0": 1, "1": 2, "2": null}, "b": {"0": "x", "1": null, "2": "z"}, "c": {"0": {"d": 1}, "1": {"d": 2}, "2": null}}`,
	} {
		e, err := ReadJSON("t.json", strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := show(e); got != want || e.Len() != 3 {
			t.Errorf("%s: found %s, want %s", name, got, want)
		}
		if c, ok := e.Column("c.d"); !ok || c.String(1) != "2" {
			t.Errorf("%s: found no c.d", name)
		}
	}
	e, err := ReadJSON("t.json", strings.NewReader("[\n{\"a\": 1},\n\n{\"a\": 2}]"))
	if err != nil || e.Where(1) != "t.json:4" {
		t.Errorf("found %v, %v, want row 1 on line 4", e.Where(1), err)
	}
}

func TestReadJSONRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"[1, 2]":                                 `t.json:1: found "1", expected an object {...} as every element of the array`,
		"[]":                                     "an array without elements",
		"[{\"a\": 1},\n{\"a\": \"x\"}]":          `t.json:2: key "a": found a string, expected a number as on line 1`,
		"[{\"a\": 1},\n{\"a\" 1}]":               "t.json:2: found '1' after object key, expected a whole JSON document",
		"[{\"a\": 1}":                            "unexpected end of JSON input",
		"[{\"a\": 1}] x":                         "after top-level value",
		"{\n\"a\": 1\n}":                         `key "a": found "1", expected an array of objects`,
		"{\n}":                                   "an object without rows",
		"{\"a\": [1], \"b\": [1, 2]}":            "2 values where others have 1",
		"{\"a\": {\"x\": 1}, \"b\": {\"y\": 1}}": "or other names of rows",
		"{\"a\": [1, \"x\"]}":                    `key "a", row 1: found a string after a number`,
		"{\"a\": [1], \"a\": [1]}":               "the key twice",
		"[{\"a\": \"\xff\"}]":                    "not UTF-8",
	} {
		_, err := ReadJSON("t.json", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: found %v, want %q", text, err, want)
		}
	}
}

func TestIsDocument(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a": 1}`:                          false,
		"{\"a\": 1}\n{\"a\": 2}\n":          false,
		"{\"a\": [{}]}\n{\"a\": [{}]}\n":    false,
		"{\"a\": NaN}\n{\"a\": 2}\n":        false,
		"{\"a\": 1\n{\"a\": 2}\n":           false, // a line that is cut off
		"{\n \"a\": NaN}":                   true,
		"{\"a\": 1,\n\"b\": 2}\n":           true,
		`{"data": [{"a": 1}, {"a": 2}]}`:    true,
		`{"n": 1, "data": [ {"a": 1} ]}`:    true,
		`{"prompt": "p", "tokens": [1, 2]}`: false,
		`{"a": [1, 2], "b": ["x", null]}`:   true, // as json.dump writes a dictionary of columns
		`{"a": [1, 2], "b": ["x"]}`:         false,

		`{"a":{"0":1,"1":2},"b":{"0":"x","1":null}}`: true, // as pandas writes a table
		`{"a":{"0":1,"1":2},"b":{"0":"x","2":null}}`: false,
		`{"a":{"0":1,"1":2},"b":{"0":"x"}}`:          false,
		`{"a":{},"b":{}}`:                            false,
		`{"a":{"0":1},"b":1}`:                        false,
	} {
		if got := IsDocument(strings.NewReader(text)); got != want {
			t.Errorf("%q: found %v, want %v", text, got, want)
		}
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, text := range []string{`[{"a": 1}]`, `{"a": [1, 2]}`, `{"a": {"0": 1}}`, "{\n}", `{"data": [{"a": NaN}]}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		IsDocument(strings.NewReader(text))
		e, err := ReadJSON("t.json", strings.NewReader(text))
		if err != nil {
			return
		}
		for _, c := range e.Columns() {
			if c.Len() != e.Len() {
				t.Fatalf("%q: column %q has %d of %d rows", text, c.Name, c.Len(), e.Len())
			}
		}
	})
}
