package study

import (
	"fmt"
	"strings"
	"testing"
)

// Fields of nested values are columns, and so are columns with dots.
func TestFields(t *testing.T) {
	e := examplesOf(t, "examples.jsonl", `{"meta": {"a": 1, "score": {"correct": false, "x.y": 2}}, "is.correct": true, "said": "x"}
{"meta": {"a": 0, "score": {"correct": true}}, "is.correct": false, "said": "y"}
{"meta": null, "is.correct": false, "said": "z"}
`)
	for source, want := range map[string]string{
		"meta.a": "1 0 <nil>", "meta.a == 1": "true false false", "meta.score.correct == false": "true false false", "not meta.score.correct": "true false -",
		"is.correct": "true false false", "is.correct and said == 'x'": "true false false", `$env["meta.a"] ?? 7`: "1 0 7", "meta.score.x.y": "2 <nil> <nil>",
		`meta.score contains "correct"`: "true true false", "let m = meta.a ?? 0; m + 1": "2 1 1",
	} {
		x, err := compile(source, e)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var got []string
		for i := range e.Len() {
			v, err := x.value(i)
			if err != nil {
				v = "-"
			}
			got = append(got, fmt.Sprint(v))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
	x, err := compile("meta.b == 1", e)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := x.value(0); err == nil {
		t.Errorf("a field that no row has is %v", v)
	}
	if _, err := compile("other.a == 1", e); err == nil || !strings.Contains(err.Error(), `the examples have no column "other"`) {
		t.Error(err)
	}
}

// A label that is none says what to write, and what made its column text.
func TestLabelHints(t *testing.T) {
	e := examplesOf(t, "examples.csv", "said,score,level,is it,digit,mean\nYes,0.0,3,no,7,nan\nNo,1.0,-1,yes,1,0\nNo,NA,2,no,2,1\nNo,0.0,,no,3,1\n")
	for source, want := range map[string]string{
		"said": "; write for instance `said == \"Yes\"`", "is it": "; write for instance `$env[\"is it\"] == \"yes\"`",
		"level": "; write for instance `level > 0`, or leave such rows out with `rows`",
		"digit": "; for two labels write for instance `digit == 7`, that one against the others, or `digit > 0`, or leave rows out with `rows`",
		"mean":  "; leave such rows out with `rows: mean in [0, 1]`",
		"score": "examples.csv:4 has \"NA\", which is no number: leave such cells empty",
	} {
		x, err := compile(source, e)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.nulls(0); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
	if x, _ := compile("level", e); !strings.Contains(x.nulls(3), "level is null here") {
		t.Error(x.nulls(3))
	}
}

// Ids that are written in two ways are shown from both sides.
func TestIDsOfBothSides(t *testing.T) {
	exampleOf := map[string]int{"0": 0, "1": 1, "r2 ": 2, "5": 3}
	for _, test := range []struct {
		ids, missing []string
		want         string
	}{
		{[]string{"0.0", "1.0", "5"}, []string{"0", "1"}, `; the activations have ids "0.0", "1.0", and "0" may be "0.0": write them alike`},
		{[]string{"r2"}, []string{"r2 "}, `; the activations have ids "r2", and "r2 " may be "r2": write them alike`},
		{[]string{"x"}, []string{"0"}, `; the activations have ids "x"`},
		{[]string{"5"}, []string{"0"}, ""},
	} {
		if got := otherIDs(test.ids, test.missing, exampleOf); got != test.want {
			t.Errorf("%q: %s, want %s", test.missing, got, test.want)
		}
	}
}

// What is not finite in a table of CSV has no part in the range of its column.
func TestSurveyOfNonFinite(t *testing.T) {
	for text, want := range map[string]string{
		"x\n1\n2.5\nnan\ninf\nnan\n": "x, float: 1 to 2.5, 4 different, among them NaN (2), +Inf (1)",
		"x\nnan\nnan\n":              "x, float: 1 different, among them NaN (2)",
	} {
		if got := surveyOf(examplesOf(t, "x.csv", text).Columns()[0]).String(); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}
