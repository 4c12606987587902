package study

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func equalWithNaN(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
}

// Scores with missing values, expressions over them, and units.
func TestCasesWithScores(t *testing.T) {
	const decision = "decision: {acts_as_0: agrees, acts_as_1: right, "
	for _, c := range []struct {
		keys   string
		graded []float64
		knows  []int
		scorer []float64
		unit   []int
	}{
		{decision + "score: n}", []float64{3, 4, 5}, nil, nil, nil},
		{decision + "score: x - answer, knows: answer > 2}", []float64{-1.5, math.NaN(), -1}, []int{0, -1, 1}, nil, nil},
		{decision + "score: \"answer == nil ? 0 : answer\", knows: said != nil}", []float64{2, 0, 3}, []int{1, 0, 1}, nil, nil},
		{"baselines: [{name: p_true, score: x}]", nil, nil, []float64{0.5, 1.5, 2}, nil},
		{"unit: id", nil, nil, nil, []int{0, 1, 2}},
	} {
		_, got, err := casesOf(t, casesStudy+"rows: y >= 0\n"+c.keys+"\n", map[string]string{"states.npy": npy(4), "examples.jsonl": casesTable})
		if err != nil {
			t.Errorf("%s: %v", c.keys, err)
			continue
		}
		var scorer []float64
		if len(got.Scorers) > 0 {
			scorer = got.Scorers[0].Score
		}
		if !equalWithNaN(got.Graded, c.graded) || !reflect.DeepEqual(got.Knows, c.knows) || !equalWithNaN(scorer, c.scorer) || !reflect.DeepEqual(got.Unit, c.unit) {
			t.Errorf("%s: graded %v, knows %v, scorer %v, unit %v", c.keys, got.Graded, got.Knows, scorer, got.Unit)
		}
	}
}

// One text among numbers makes all of them text. It is what the error names.
func TestOneScoreThatIsText(t *testing.T) {
	for cell, found := range map[string]string{"high": `"high"`, "Infinity": `"Infinity"`, "inf": "+Inf", "NaN": "NaN"} {
		files := map[string]string{"states.npy": npy(4), "examples.csv": "y,said,m\n0,a,0.5\n1,b,1.5\n1,c," + cell + "\n0,d,-2\n"}
		_, _, err := casesOf(t, "activations: {path: states.npy}\nexamples: examples.csv\ntarget: y\ndecision: {acts_as_0: said == \"a\", acts_as_1: said == \"b\", score: m}\n", files)
		if want := "examples.csv:4: m: found " + found + ", expected a finite number, or nil"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", cell, err, want)
		}
	}
}

func TestCasesWithScoresThatAreWrong(t *testing.T) {
	const decision = "decision: {acts_as_0: agrees, acts_as_1: right, "
	for keys, want := range map[string]string{
		decision + "score: said}":                                         `examples.jsonl:1: said: found "no", expected a finite number, or nil where there is none (decision.score`,
		decision + "score: nn}":                                           `the examples have no column "nn", did you mean "n"`,
		decision + "knows: said}":                                         `found "no", expected true, false or nil`,
		"unit: tone":                                                      `found label 1 in unit "calm", which has label 0`,
		"unit: agrees\ngroup: city":                                       `found unit "0" in groups Oslo and Rome, expected it in one: a unit is a part of a group, so name a column whose values no two groups share`,
		"unit: city\ngroup: id\nrows: id != \"b\" and y >= 0":             "",
		"baselines: [{name: p, score: id}]":                               `examples.jsonl:1: id: found "a", expected a finite number`,
		"unit: right\ngroup: city\nrows: y >= 0 and id in [\"a\", \"d\"]": `found label 0 in unit "0"`,
	} {
		rows := "rows: y >= 0\n"
		if strings.Contains(keys, "rows:") {
			rows = ""
		}
		_, _, err := casesOf(t, casesStudy+rows+keys+"\n", map[string]string{"states.npy": npy(4), "examples.jsonl": casesTable})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", keys, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: error %v, want one that says %s", keys, err, want)
		}
	}
}

func TestLoadBaselines(t *testing.T) {
	const study = "activations: {path: a.npy}\ntarget: y\n"
	for keys, want := range map[string]string{
		"dumps: {peer: {path: b.npy, position: last}}\nbaselines: [{name: qwen, dump: peer}]": "",
		"baselines: [{score: p}]":                               `study.yaml:3: baselines[0].name: missing, expected a name for the rival`,
		"baselines: [{name: text, score: p}]":                   `found "text", which names a rival that every study has`,
		"baselines: [{name: a, score: p}, {name: a, score: q}]": `baselines[1].name: found "a" twice`,
		"baselines: [{name: a}]":                                `baselines[0]: found score "" and dump "", expected one of them`,
		"baselines: [{name: a, dump: peer}]":                    `baselines[0].dump: found "peer", expected one of dumps: `,
		"dumps: {peer: {}}":                                     `dumps.peer.path: missing`,
		"dumps: {peer: {path: b.npy, position: n_tokens}}":      `dumps.peer: found a column of positions`,
		"controls: {interval: both}":                            `controls.interval: found "both", expected scores or procedure`,
	} {
		_, err := parse("study.yaml", []byte(study+keys+"\n"))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", keys, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: error %v, want one that says %s", keys, err, want)
		}
	}
}
