package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"tell/report"
	"tell/result"
)

// tableVerb is "tell table".
type tableVerb struct {
	Dir   string   `arg:"" name:"dir" help:"A directory that tell fit or tell run has written."`
	Block []string `short:"b" placeholder:"BLOCK" help:"Rows of these blocks of results.csv, such as curve or dumps. Default: probe, rivals and gap in a few rows."`
	Key   []string `short:"k" placeholder:"KEY" help:"Rows of these keys, such as auroc."`
	LaTeX bool     `name:"latex" help:"Print LaTeX (booktabs) in place of Markdown."`
}

// Help implements kong.HelpProvider.
func (tableVerb) Help() string {
	return `Prints a table for a paper: estimate, interval, p and n of each row, with a note for each flag.

    tell table study-report
    tell table study-report --latex --block curve --key auroc`
}

// Run implements verb.
func (v *tableVerb) Run(_ context.Context, c *console) error {
	r, err := readResults(v.Dir)
	if err != nil {
		return err
	}
	p := report.Paper{Keys: v.Key}
	for _, name := range v.Block {
		p.Blocks = append(p.Blocks, result.Block(name))
		if len(r.Table.In(result.Block(name))) == 0 {
			return fmt.Errorf("--block: found %q, expected one of those that %s has: %s", name, v.Dir, strings.Join(blocksOf(r), ", "))
		}
	}
	if p.Empty(r) {
		return fmt.Errorf("--key: found %s, of which %s has no row in these blocks", strings.Join(v.Key, ", "), v.Dir)
	}
	text := p.Markdown(r)
	if v.LaTeX {
		text = p.LaTeX(r)
	}
	_, err = io.WriteString(c.stdout, text)
	return err
}

// blocksOf are the blocks that a result has rows of.
func blocksOf(r *result.Result) []string {
	var names []string
	for _, row := range r.Table {
		if !slices.Contains(names, string(row.Block)) {
			names = append(names, string(row.Block))
		}
	}
	return names
}
