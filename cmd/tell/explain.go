package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tell/result"
)

// explainVerb is "tell explain".
type explainVerb struct {
	Key  []string `arg:"" optional:"" help:"A key, flag, block or column of results.csv, the code of a warning, or a term of the report. Without one, all keys are listed."`
	JSON bool     `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (explainVerb) Help() string {
	return `Says what a name in the results means: how it is defined, in which unit, in which blocks of the table it stands, and what computes it. docs/results.md has all of them on one page.

    tell explain hidden_beyond_text
    tell explain few-groups
    tell explain decision-unreachable
    tell explain out of fold`
}

// Run implements verb.
func (v *explainVerb) Run(_ context.Context, c *console) error {
	if len(v.Key) == 0 {
		keys := result.Keys()
		return c.answer(v.JSON, keys, func() string { return listKeys(keys) })
	}
	name := strings.Join(v.Key, " ")
	k, ok := result.Explain(name)
	if !ok {
		err := fmt.Errorf("found no %q in the results, expected a key, flag, warning, block, column or term", name)
		hint := `"tell explain" lists the keys`
		if near := result.Suggest(name); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return &hintedError{err, hint}
	}
	return c.answer(v.JSON, k, func() string { return describeKey(k) })
}

// describeKey prints one entry.
func describeKey(k result.Key) string {
	rows := [][]string{{k.Kind, k.Name}}
	if k.Title != k.Name {
		rows = append(rows, []string{"title", k.Title})
	}
	rows = append(rows, []string{"definition", k.Definition})
	if k.Unit != "" {
		unit := k.Unit
		if in := k.UnitIn(result.Contrast); in != unit && slices.Contains(k.Blocks, result.Contrast) {
			unit += fmt.Sprintf(", in %s %s", result.Contrast, in)
		}
		rows = append(rows, []string{"unit", unit})
	}
	if len(k.Blocks) > 0 {
		var names []string
		for _, b := range k.Blocks {
			names = append(names, string(b))
		}
		rows = append(rows, []string{"blocks", strings.Join(names, ", ")})
	}
	return table(append(rows, []string{"source", k.Source}))
}

// listKeys prints the keys by the blocks that they stand in.
func listKeys(keys []result.Key) string {
	var b strings.Builder
	for i, block := range result.Blocks() {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s\n", block.Name, block.Definition)
		var rows [][]string
		for _, k := range keys {
			if slices.Contains(k.Blocks, block.Name) {
				rows = append(rows, []string{"  " + k.Name, k.Title})
			}
		}
		b.WriteString(table(rows))
	}
	return b.String()
}
