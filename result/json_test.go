package result

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
)

func TestJSONOfAResult(t *testing.T) {
	path := filepath.Join(t.TempDir(), ResultsFile)
	if err := WriteJSON(path, made()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/results.json", data)
	back, err := ReadJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := made(); !reflect.DeepEqual(hideNaN(back.Table), hideNaN(want.Table)) {
		t.Errorf("found the table %+v, expected %+v", back.Table, want.Table)
	} else {
		back.Table, want.Table = nil, nil
		if !reflect.DeepEqual(back, want) {
			t.Errorf("found %+v, expected %+v", back, want)
		}
	}
}

// hideNaN makes tables comparable: a value that is not there is 0.
func hideNaN(t Table) Table {
	for i := range t {
		if !t[i].Estimate.OK() {
			t[i].Estimate.Value = 0
		}
	}
	return t
}

func drawRow(t *rapid.T) Row {
	text := rapid.String()
	number := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64)
	count := rapid.IntRange(0, math.MaxInt)
	site := rapid.IntRange(None, math.MaxInt)
	r := Row{
		Block:  rapid.SampledFrom([]Block{Curve, Nested, Baseline, Gap, Slice, Contrast}).Draw(t, "block"),
		Target: text.Draw(t, "target"), Train: text.Draw(t, "train"), Test: text.Draw(t, "test"), Dump: text.Draw(t, "dump"),
		Layer: site.Draw(t, "layer"), Position: site.Draw(t, "position"), Predictor: text.Draw(t, "predictor"),
		Subset: Subset{Column: text.Draw(t, "column"), Value: text.Draw(t, "subset")},
		Key:    rapid.StringN(1, -1, -1).Draw(t, "key"),
		Unit:   "any " + text.Draw(t, "unit"), // no unit that has bounds
	}
	if rapid.Bool().Draw(t, "contrast") {
		reference := text.Draw(t, "reference")
		r.Subset.Reference = &reference
	}
	r.Estimate = estimate.NotEstimable(count.Draw(t, "n"), count.Draw(t, "groups"), rapid.StringN(1, -1, -1).Draw(t, "reason"))
	if rapid.Bool().Draw(t, "estimable") {
		r.Estimate.Value, r.Estimate.Reason = number.Draw(t, "value"), ""
		if rapid.Bool().Draw(t, "interval") {
			a, b := number.Draw(t, "low"), number.Draw(t, "high")
			r.Estimate.Interval = &estimate.Interval{Low: min(a, b), High: max(a, b), Level: rapid.Float64Range(0.01, 0.99).Draw(t, "level")}
		}
	}
	if rapid.Bool().Draw(t, "warned") {
		r.Estimate.Warn(estimate.FewGroups, "%s", text.Draw(t, "warning"))
	}
	if rapid.Bool().Draw(t, "permuted") {
		r.Null = &Null{Mean: number.Draw(t, "mean"), P: rapid.Float64Range(0, 1).Draw(t, "p")}
	}
	return r
}

func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := &Result{Schema: Schema, Name: rapid.String().Draw(t, "name"), Table: rapid.SliceOfN(rapid.Custom(drawRow), 1, 5).Draw(t, "table")}
		var file bytes.Buffer
		if err := encodeJSON(&file, want); err != nil {
			t.Fatal(err)
		}
		got, err := decodeJSON(file.Bytes())
		if err != nil {
			t.Fatalf("%v in\n%s", err, &file)
		}
		got.Table, want.Table = hideNaN(got.Table), hideNaN(want.Table)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("found %+v, expected %+v", got, want)
		}
	})
}

func TestReadJSONRefuses(t *testing.T) {
	row := func(row string) string { return `{"schema": "tell/results/2", "table": [` + row + `]}` }
	for name, c := range map[string]struct{ file, want string }{
		"first version":     {`{"schema": "tell/results/1"}`, `results.json: found schema "tell/results/1", expected "tell/results/2"; run the study again with this version`},
		"unknown version":   {`{"schema": "tell/results/99"}`, `found schema "tell/results/99", expected "tell/results/2"`},
		"no schema":         {`{}`, `found no schema, expected "tell/results/2"`},
		"null":              {`null`, `found no schema`},
		"schema of 2":       {`{"schema": 2}`, `cannot unmarshal number`},
		"no object":         {`[]`, "cannot unmarshal array"},
		"empty":             {``, "unexpected end of JSON input"},
		"cut short":         {`{"schema": "tell/results/2", "na`, "at byte 32: unexpected end"},
		"trailing data":     {row("") + "{}", "at byte 42: invalid character '{' after top-level value"},
		"no estimate":       {row(`{"key": "auroc"}`), "without an estimate"},
		"neither":           {row(`{"key": "auroc", "estimate": {"n": 3}}`), "not_estimable"},
		"NaN":               {row(`{"key": "auroc", "estimate": {"value": NaN, "n": 3}}`), "invalid character 'N'"},
		"infinite":          {row(`{"key": "auroc", "estimate": {"value": 1e999, "n": 3}}`), "1e999"},
		"no key":            {row(`{"block": "gap", "estimate": {"value": 1, "n": 3}}`), `table, row 0 (gap ""): found no key`},
		"negative layer":    {row(`{"key": "auroc", "layer": -2, "estimate": {"value": 1, "n": 3}}`), "found layer -2, expected 0 or more"},
		"negative n":        {row(`{"key": "auroc", "estimate": {"value": 1, "n": -3}}`), "found n -3, expected 0 or more"},
		"negative groups":   {row(`{"key": "auroc", "estimate": {"value": 1, "n": 3, "groups": -1}}`), "found groups -1"},
		"interval reversed": {row(`{"key": "auroc", "estimate": {"value": 1, "low": 2, "high": 1, "level": 0.9, "n": 3}}`), "found an interval from 2 to 1"},
		"level in percent":  {row(`{"key": "auroc", "estimate": {"value": 1, "low": 1, "high": 1, "level": 95, "n": 3}}`), "found level 95, expected a number between 0 and 1"},
		"p":                 {row(`{"key": "auroc", "estimate": {"value": 1, "n": 3}, "null": {"mean": 0.5, "p": 2}}`), "found p 2, expected 0 to 1"},
		"share above 1":     {row(`{"key": "kba", "unit": "share", "estimate": {"value": 1e300, "n": 3}}`), "found value 1e+300, expected at most 1 for the unit share"},
		"wide interval":     {row(`{"key": "kba", "unit": "share", "estimate": {"value": 1, "low": -1e300, "high": 1, "level": 0.9, "n": 3}}`), "expected at most 1 for the unit share"},
		"level of 7":        {`{"schema": "tell/results/2", "protocol": {"level": 7}}`, "protocol, level: found 7, expected a number between 0 and 1"},
		"no draws":          {`{"schema": "tell/results/2", "protocol": {"bootstrap": -4}}`, "protocol, bootstrap: found -4, expected 0 to 1000000"},
		"endless draws":     {`{"schema": "tell/results/2", "protocol": {"bootstrap": 1000000000000}}`, "protocol, bootstrap: found 1000000000000"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), ResultsFile)
			if err := os.WriteFile(path, []byte(c.file), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := ReadJSON(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) {
				t.Errorf("found error %v, expected one with %q and the path", err, c.want)
			}
		})
	}
	if _, err := ReadJSON(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found error %v for a missing file", err)
	}
}

func FuzzReadJSON(f *testing.F) {
	var file bytes.Buffer
	if err := encodeJSON(&file, made()); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(`{"schema": "tell/results/2", "table": [{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeJSON(data)
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := encodeJSON(&first, r); err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		again, err := decodeJSON(first.Bytes())
		if err != nil {
			t.Fatalf("written and not read: %v", err)
		}
		if err := encodeJSON(&second, again); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("found\n%s\nexpected\n%s", &second, &first)
		}
	})
}
