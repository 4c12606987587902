package study

import (
	"fmt"
	"strings"
	"testing"
)

func TestControlColumns(t *testing.T) {
	_, c, err := casesOf(t, casesStudy+`rows: y >= 0
weight: n - 3
class_weight: balanced
probe: {residualise: [tone, x]}
controls: {selectivity: tone, fpr: 0.1, description: 3, learning: true}
`, map[string]string{"states.npy": npy(4), "examples.jsonl": casesTable})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Weight, c.Selectivity, c.Residual[0].Columns(), c.Residual[1].Columns()); got != "[0 1 2] [calm calm (none)] [[0 0 1] [1 1 0]] [[0.5 1.5 2]]" {
		t.Errorf("found %s", got)
	}
	half := c.At([]int{2, 0})
	if got := fmt.Sprint(half.Weight, half.Selectivity, half.Residual[1].Numeric, half.Nuisance); got != "[2 0] [(none) calm] [2 0.5] []" {
		t.Errorf("found %s", got)
	}
}

func TestControlsThatAreWrong(t *testing.T) {
	number := "target: {label: n, kind: number}"
	for lines, want := range map[string]string{
		"weight: n * 1e200":                          "expected a number from -1e100 to 1e100",
		"weight: n - 4":                              "examples.jsonl:1: n - 4: found -1, expected a number of 0 or more",
		"weight: 'y == 1 ? nil : 1'":                 `found none, expected a number of 0 or more; rows of weight 0 do not train`,
		"weight: 'x == 2 ? 0 / 0 : 1'":               "found NaN, expected a number of 0 or more; rows of weight 0 do not train",
		"weight: y * 0":                              "study.yaml:5: weight: found 0 on all 3 rows used, expected more on some",
		"weight: weigth":                             `"weigth"`,
		"class_weight: equal":                        `class_weight: found "equal", expected balanced`,
		number + "\nclass_weight: balanced":          "class_weight: found balanced for a target of kind number, which has no levels to balance; leave it out",
		"weight: n\nprobe: {kind: lda}":              `weight: found "n" for a probe of kind lda, which takes no weights`,
		"weight: n\ncontrols: {interval: procedure}": "controls.interval: found procedure beside weight, expected scores",
		"probe: {residualise: [n, n]}":               `probe.residualise: found "n" twice or without a name`,
		"probe: {residualise: [nn]}":                 `probe.residualise[0]: `,
		"controls: {fpr: 5}":                         "controls.fpr: found 5, expected a number between 0 and 1, such as 0.05",
		number + "\ncontrols: {fpr: 0.1}":            "controls.fpr: found 0.1 for a target of kind number, expected a binary one",
		"controls: {description: 1000}":              "controls.description: found 1000, expected 0 to 100 orders of the groups",
		"controls: {description: 2.5}":               "controls.description: found 2.5, expected a whole number",
		number + "\ncontrols: {description: 2}":      "controls.description: found 2 for a target of kind number, expected one with levels",
		number + "\ncontrols: {selectivity: tone}":   `controls.selectivity: found "tone" for a target of kind number, expected a binary one or classes`,
		"controls: {selectivity: tones}":             `controls.selectivity: the examples have no column "tones", did you mean "tone"?`,
		"group: city\ncontrols: {selectivity: city}": "controls.selectivity: found the column city, none of whose 2 values stands in two groups",
	} {
		text := casesStudy + "rows: y >= 0\n" + lines + "\n"
		if strings.HasPrefix(lines, number) {
			text = strings.Replace(casesStudy, "target: y\n", number+"\n", 1) + strings.TrimPrefix(lines, number+"\n") + "\n"
		}
		_, err := parse("study.yaml", []byte(text))
		if err == nil {
			_, _, err = casesOf(t, text, map[string]string{"states.npy": npy(4), "examples.jsonl": casesTable})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: found %v, want %q", lines, err, want)
		}
	}
}
