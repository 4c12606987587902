package study

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tell/activations"
)

// examplesOf writes a table to a file and reads it.
func examplesOf(t testing.TB, name, content string) *activations.Examples {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	e, err := activations.ReadExamples(path)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const expressionTable = `{"y": 1, "half": 0.5, "said": "yes", "ok": true, "maybe": null, "odd name": 3, "in": 1, "count": 2}
{"y": 0, "half": 1.0, "said": "",    "ok": false, "maybe": 1,   "odd name": 4, "in": 0, "count": 5}
`

func TestExpressions(t *testing.T) {
	e := examplesOf(t, "examples.jsonl", expressionTable)
	for _, c := range []struct{ source, row0, row1 string }{
		{"y", "1", "0"},
		{"in", "1", "0"},
		{"odd name", "3", "4"},
		{`$env["odd name"] + 1`, "4", "5"},
		{"count", "2", "5"},
		{"count > 2 or y", "true", "true"},
		{"y == 1", "true", "false"},
		{"not y", "false", "true"},
		{"y and ok", "true", "false"},
		{"y and not y", "false", "false"},
		{"not (y or ok) and half", "false", "true"},
		{"!y || !ok", "false", "true"},
		{`said in ["yes", "no"]`, "true", "false"},
		{"said not in ['yes']", "false", "true"},
		{"len(said)", "3", "0"},
		{"len(said) > 2 and half < 1", "true", "false"},
		{"half * 2", "1", "2"},
		{"y ? 'wrong' : 'right'", "wrong", "right"},
		{"maybe == nil", "true", "false"},
		{"maybe == 1", "false", "true"},
		{"maybe != 1", "true", "false"},
		{"maybe", "<nil>", "1"},
		{"maybe ?? 7", "7", "1"},
		{"maybe != nil and maybe >= 1", "false", "true"},
		{"maybe == nil or maybe", "true", "true"},
		{"let x = y + 1; x * x", "4", "1"},
		{"any([1, 2], # == y)", "true", "false"},
	} {
		x, err := compile(c.source, e)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		for i, want := range []string{c.row0, c.row1} {
			v, err := x.value(i)
			if got := fmt.Sprint(v); err != nil || got != want {
				t.Errorf("%s on row %d: %s, %v, expected %s", c.source, i, got, err, want)
			}
		}
	}
}

func TestExpressionsThatDoNotCompile(t *testing.T) {
	e := examplesOf(t, "examples.jsonl", expressionTable)
	for _, c := range []struct{ source, want string }{
		{"z == 1", `the examples have no column "z", did you mean "y"?`},
		{"answers > 0", `the examples have no column "answers", expected one of y, half, said, ok, maybe, odd name, in, count`},
		{"y and cuont > 3", `the examples have no column "cuont", did you mean "count"?`},
		{`$env["odd nam"]`, `the examples have no column "odd nam", did you mean "odd name"?`},
		{`$env`, "`$env`: found $env, expected it with the name of a column: $env[\"name\"]"},
		{"y ==", "`y ==`: unexpected token EOF"},
		{"said > 1", "`said > 1`: invalid operation: > (mismatched types string and int)"},
		{"len(y)", "`len(y)`: invalid argument for len (type int)"},
		{"now()", "`now()`: unknown name now"},
		{"f(y)", "`f(y)`: unknown name f"},
		{"", "``: unexpected token EOF"},
	} {
		_, err := compile(c.source, e)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.source, err, c.want)
		}
	}
}

func TestTruth(t *testing.T) {
	e := examplesOf(t, "examples.jsonl", expressionTable)
	for _, c := range []struct {
		source string
		row    int
		want   bool
		err    string
	}{
		{source: "y", row: 0, want: true},
		{source: "y", row: 1, want: false},
		{source: "half", row: 1, want: true},
		{source: "ok", row: 0, want: true},
		{source: "half", row: 0, err: "`half`: found 0.5, expected true, false, 0 or 1"},
		{source: "count and y", row: 0, err: "`count and y`: found 2, expected true, false, 0 or 1"},
		{source: "said", row: 0, err: "`said`: found \"yes\", expected true, false, 0 or 1"},
		{source: "maybe", row: 0, err: "`maybe`: found null, expected true, false, 0 or 1; maybe is null here: test it with `maybe != nil`, or leave such rows out with `rows: maybe != nil`"},
		{source: "y and maybe", row: 0, err: "`y and maybe`: found null, expected true, false, 0 or 1; maybe is null here: test it with `maybe != nil`, or leave such rows out with `rows: maybe != nil`"},
		{source: "maybe > 0", row: 0, err: "`maybe > 0`: invalid operation: <nil> > int; maybe is null here: test it with `maybe != nil`, or leave such rows out with `rows: maybe != nil`"},
	} {
		x, err := compile(c.source, e)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		got, err := x.truth(c.row)
		switch {
		case err == nil && c.err != "", err != nil && err.Error() != c.err:
			t.Errorf("%s on row %d:\ngot  %v\nwant %s", c.source, c.row, err, c.err)
		case got != c.want:
			t.Errorf("%s on row %d is %v", c.source, c.row, got)
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, source := range []string{"y and not ok", `$env["odd name"] > 1`, "let x = y; x ?? 2", "map(1..3, # + y)", "said matches 'y.*'"} {
		f.Add(source)
	}
	e := examplesOf(f, "examples.jsonl", expressionTable)
	f.Fuzz(func(t *testing.T, source string) {
		x, err := compile(source, e)
		if err != nil {
			return
		}
		for i := range e.Len() {
			_, _ = x.truth(i)
		}
	})
}
