package study

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const kindsTable = `{"steps": 1, "size": "small", "share": 0.25, "n": 4, "tokens": 12, "cut": 0, "right": 1}
{"steps": 3, "size": "large", "share": 1, "n": 2, "tokens": null, "cut": 1, "right": null}
{"steps": 2, "size": "middle", "share": 0, "n": 16, "tokens": 30.5, "cut": 0, "right": 0}
{"steps": 3, "size": "small", "share": 0.5, "n": 8, "tokens": 7, "cut": 0, "right": 1}
`

func TestTargetsOfEveryKind(t *testing.T) {
	for _, c := range []struct {
		target string
		values []float64
		levels []string
	}{
		{"{label: steps, kind: number}", []float64{1, 3, 2, 3}, nil},
		{"{label: steps / 2, kind: number}", []float64{0.5, 1.5, 1, 1.5}, nil},
		{"{label: steps, kind: ordinal}", []float64{0, 2, 1, 2}, []string{"1", "2", "3"}},
		{"{label: steps, kind: ordinal, order: [3, 2, 1]}", []float64{2, 0, 1, 0}, []string{"3", "2", "1"}},
		{"{label: size, kind: ordinal, order: [small, middle, large]}", []float64{0, 2, 1, 0}, []string{"small", "middle", "large"}},
		{"{label: size, kind: class}", []float64{2, 0, 1, 2}, []string{"large", "middle", "small"}},
		{"{label: share, kind: share, raters: n}", []float64{0.25, 1, 0, 0.5}, nil},
	} {
		text := strings.Replace(casesStudy, "target: y", "target: "+c.target, 1)
		s, cases, err := casesOf(t, text, map[string]string{"states.npy": npy(4), "examples.jsonl": kindsTable})
		if err != nil {
			t.Errorf("%s: %v", c.target, err)
			continue
		}
		y := cases.Target
		if y.Kind != s.Target.Kind || !slices.Equal(y.Values, c.values) || !slices.Equal(y.Levels, c.levels) {
			t.Errorf("%s: found %+v, want %v of %v", c.target, y, c.values, c.levels)
		}
		if s.Target.Raters != "" && !slices.Equal(y.N, []float64{4, 2, 16, 8}) {
			t.Errorf("%s: found counts %v", c.target, y.N)
		}
	}
}

func TestEffortColumns(t *testing.T) {
	text := strings.Replace(casesStudy, "target: y", "target: {label: steps, kind: number}\ndecision: {effort: tokens * 2, censored: cut, right: right}", 1)
	_, c, err := casesOf(t, text, map[string]string{"states.npy": npy(4), "examples.jsonl": kindsTable})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Effort, c.Censored, c.Right, c.Behaviour); got != "[24 NaN 61 14] [false true false false] [1 -1 0 1] []" {
		t.Errorf("found %s", got)
	}
}

// What the model acted as, by name or number, and how far it goes toward each.
func TestLevelsActedAs(t *testing.T) {
	const table = `{"size": "small", "steps": 1, "says": "large", "does": 2.0, "p": 0.25, "q": [0.5, 0.25]}
{"size": "large", "steps": 3, "says": null, "does": null, "p": null, "q": [0, 1]}
{"size": "middle", "steps": 2, "says": "", "does": 1, "p": 1, "q": [0, 0]}
{"size": "small", "steps": 2, "says": "small", "does": 3, "p": 0, "q": [0, 0]}
`
	files := map[string]string{"states.npy": npy(4), "examples.jsonl": table}
	for _, c := range []struct{ lines, behaviour, graded string }{
		{"{label: size, kind: class}\ndecision: {acts_as: says}", "[0 -1 -1 2]", "[]"},
		{"{label: size, kind: class}\ndecision: {acts_as: says, scores: {large: p, middle: 'fromJSON(q)[0]', small: 'fromJSON(q)[1]'}}", "[0 -1 -1 2]", "[[0.25 0.5 0.25] [] [1 0 0] []]"},
		{"{label: steps, kind: ordinal}\ndecision: {acts_as: does, scores: {1: p, 2: p, 3: p * 2 - 1}}", "[1 -1 0 2]", "[[0.25 0.25 -0.5] [] [1 1 1] [0 0 -1]]"},
		{"{label: steps, kind: ordinal}\ndecision: {acts_as: 'does == 3 ? nil : does', effort: steps}", "[1 -1 0 -1]", "[]"},
	} {
		_, got, err := casesOf(t, strings.Replace(casesStudy, "target: y", "target: "+c.lines, 1), files)
		if err != nil {
			t.Errorf("%s: %v", c.lines, err)
			continue
		}
		if b, g := fmt.Sprint(got.Behaviour), fmt.Sprint(got.GradedLevels); b != c.behaviour || g != c.graded {
			t.Errorf("%s: found %s and %s, want %s and %s", c.lines, b, g, c.behaviour, c.graded)
		}
		if at := got.At([]int{3, 0}); at.Behaviour[1] != got.Behaviour[0] || c.graded != "[]" && len(at.GradedLevels) != 2 {
			t.Errorf("%s: picked %v", c.lines, at)
		}
	}
	for _, c := range []struct{ lines, want string }{
		{"{label: size, kind: class}\ndecision: {acts_as: steps}", "decision.acts_as: `steps` gives \"2\" on 2 rows, \"1\" on 1 row, \"3\" on 1 row, which no row used has as its label; expected one of \"large\", \"middle\", \"small\", or nil"},
		{"{label: size, kind: class}\ndecision: {acts_as: 'nil'}", "decision.acts_as: `nil` is nil on all 4 rows used"},
		{"{label: size, kind: class}\ndecision: {acts_as: says, scores: {large: p, huge: p}}", `decision.scores.huge: found a score of "huge", which no row used has`},
		{"{label: size, kind: class}\ndecision: {acts_as: says, scores: {large: p, small: p}}", `decision.scores: found no score of "middle"`},
		{"{label: size, kind: class}\ndecision: {acts_as: says, scores: {large: p, small: p, middle: 'nil'}}", "decision.scores: found no row of 4 with a score for every level"},
		{"{label: size, kind: class}\ndecision: {scores: {large: p}}", "decision.scores: found scores, but no decision.acts_as"},
		{"{label: size, kind: class}\ndecision: {acts_as_0: says, acts_as_1: says}", "expected decision.acts_as, the level that the model acted as"},
		{"{label: size, kind: class}\ndecision: {acts_as: says, effort: steps}", `decision.effort: found "steps" for a target of kind class`},
		{"{label: steps, kind: number}\ndecision: {acts_as: does}", `decision.acts_as: found "does" for a target of kind number, expected a target of kind class or ordinal`},
		{"steps == 1\ndecision: {acts_as: does}", `decision.acts_as: found "does" for a target of kind binary`},
	} {
		text := strings.Replace(casesStudy, "target: y", "target: "+c.lines, 1)
		_, err := parse("study.yaml", []byte(text))
		if err == nil {
			_, _, err = casesOf(t, text, files)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found error %v, want %q", c.lines, err, c.want)
		}
	}
}

func TestKindsThatAreWrong(t *testing.T) {
	for _, c := range []struct{ target, want string }{
		{"{label: steps, kind: rank}", `target.kind: found "rank", expected one of [binary class ordinal number share]`},
		{"{label: size, kind: number}", `found "small", expected a finite number`},
		{"{label: tokens, kind: number}", `found null, expected a finite number; tokens is null here`},
		{"{label: size, kind: ordinal}", `found "small", expected a whole number, or target.order with the levels from the lowest`},
		{"{label: size, kind: ordinal, order: [small, middle]}", `found "large", expected one of target.order: "small", "middle"`},
		{"{label: size, kind: ordinal, order: [small, small, middle, large]}", "target.order: target: found level"},
		{"{label: steps, kind: share}", "found 3, expected a share from 0 to 1; of a count write (steps) / N, with N the number judged, and target.raters: N"},
		{"{label: steps, kind: share, raters: n}", "found 3, expected a share from 0 to 1; of a count write (steps) / (n)"},
		{"{label: steps, kind: counts}", `found "counts", expected one of [binary class ordinal number share]; counts of yes and no are a share: {label: yes / (yes + no), kind: share, raters: yes + no}`},
		{"{label: size, kind: ordinal, order: [small, middle, large, huge]}", `target.order: found level "huge", which no row used has; leave it out`},
		{"right\ncontrols: {learning: 5}", `controls.learning: found "5", expected true or false`},
		{"right\ndecision: {effort: tokens}", `decision.effort: found "tokens" for a binary target`},
		{"{label: string(steps), kind: number}", `found "1", expected a finite number; it is text that holds a number: write ` + "`float(string(steps))`"},
		{"{label: string(steps) + ' ', kind: number}", "write `float(trim(string(steps) + ' '))`"},
		{"{label: steps > 1, kind: number}", "found false, expected a finite number; write `(steps > 1) ? 1 : 0`"},
		{"{label: steps, kind: number}\ndecision: {effort: tokens, right: tokens}", "found 12, expected true, false or nil; write a comparison, such as `(tokens) == 12`"},
		{"{label: share, kind: share, raters: n - 4}", "target.raters: found 0 on 1 of 4 rows used, which nobody judged; leave them out with `(n - 4) > 0` in rows"},
		{"{label: (n - n) / (n - n), kind: share}", "found NaN, expected a share from 0 to 1; where nobody judged leave the row out with `rows`"},
		{"{label: share, kind: share, raters: tokens}", "found NaN, expected how many judged, 1 or more"},
		{"{label: share, kind: share, raters: n / 8}", "found 0.5, expected how many judged, a whole number"},
		{"{label: share, kind: share, raters: n + 1}", "found share 0.25 of 5 judgements, expected a multiple of 1/5 to two decimals, such as 1/5;"},
		{"{label: steps * 1e101, kind: number}", "found 1e+101, expected a number from -1e100 to 1e100"},
		{"{label: steps, kind: number}\nnuisance: [steps * -1e101]", "found -1e+101, expected a number from -1e100 to 1e100"},
		{"{label: share, kind: share, raters: n - 9}", "found -5, expected how many judged, 1 or more"},
		{"{label: steps, kind: number, order: [1, 2]}", "target.order: found an order for a target of kind number, expected none"},
		{"{label: steps, kind: number, raters: n}", `target.raters: found "n" for a target of kind number`},
		{"{label: steps, kind: number, names: [a, b]}", "target.names: found names of label 0 and label 1 for a target of kind number"},
		{"{label: steps, kind: number}\ndecision: {acts_as_0: cut, acts_as_1: right}", `decision.acts_as_0: found "cut" for a target of kind number`},
		{"{label: steps, kind: number}\ndecision: {censored: cut}", "decision.effort: missing"},
		{"{label: size, kind: class}\ndecision: {effort: tokens}", `decision.effort: found "tokens" for a target of kind class`},
		{"{label: size, kind: class}\ndecision: {right: right}", "decision.acts_as: missing, expected the class"},
		{"{label: share, kind: share}\ndecision: {effort: tokens}", "decision: found it beside a target of kind share"},
		{"right\ndecision: {acts_as_0: cut, acts_as_1: right, effort: tokens}", `decision.effort: found "tokens" for a binary target`},
		{"{label: steps, kind: number}\ncompare: [{candidates: size}]", "compare[0].candidates: found it for a target of kind number, expected a binary one, since right and wrong answers are those of labels 0 and 1; of this kind, a study compares transfer, dumps, layers"},
		{"{label: size, kind: class}\ncompare: [{trajectory: steps}]", "compare[0].trajectory: found it for a target of kind class"},
		{"{label: size, kind: class}\ncompare: [{targets: [size, right]}]", "compare[0].targets: found it for a target of kind class"},
		{"{label: steps, kind: number}\ncompare: [{condition: [a, b], pair: size}]", "compare[0].condition: found it for a target of kind number"},
		{"{label: steps, kind: number}\nsets: {a: {rows: right}, b: {rows: cut}}\ncompare: [{transfer: [a, b], control: a}]", "compare[0].control: found it for a target of kind number, expected none"},
		{"{label: steps, kind: number}\nsets: {a: {rows: right}, b: {rows: cut}}\ncompare: [{transfer: [a, b], paired: [[a, b]], pair: size}]", "compare[0].paired: found it for a target of kind number, expected none"},
		{"{label: steps, kind: number}\nid: size\ndumps: {o: {path: x.npy, examples: examples.jsonl}}\ncompare: [{dumps: [o], dose: [0, 1]}]", "compare[0].dose: found strengths without acts_as_0 and acts_as_1 of a decision"},
		{"{label: steps, kind: number}\ncontrols: {interval: procedure}", "controls.interval: found procedure for a target of kind number"},
		{"{label: steps, kind: number}\nprobe: {kind: logistic}", `probe.kind: found "logistic", expected ridge`},
		{"tokens\nrows: tokens != nil", `found 12, expected label 0 or 1`},
	} {
		text := strings.Replace(casesStudy, "target: y", "target: "+c.target, 1)
		_, err := parse("study.yaml", []byte(text))
		if err == nil {
			_, _, err = casesOf(t, text, map[string]string{"states.npy": npy(4), "examples.jsonl": kindsTable})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found error %v, want %q", c.target, err, c.want)
		}
	}
}

// Labels of many values are told their kind.
func TestLabelsOfAnotherKind(t *testing.T) {
	var numbers, names strings.Builder
	for i := range 4 {
		fmt.Fprintf(&numbers, `{"y": %d}`+"\n", i+2)
		fmt.Fprintf(&names, `{"y": "city %d"}`+"\n", i)
	}
	for table, want := range map[string]string{
		numbers.String(): "found 2, expected label 0 or 1 (there are 4 values; for these write target: {label: y, kind: number}, or kind: ordinal)",
		names.String():   `found "city 0", expected label 0 or 1 (there are 4 values; for these write target: {label: y, kind: class})`,
	} {
		if _, _, err := casesOf(t, casesStudy, map[string]string{"states.npy": npy(4), "examples.jsonl": table}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
}
