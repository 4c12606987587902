package main

import (
	"context"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"tell/estimate"
	"tell/gap"
	"tell/result"
	"tell/run"
)

// gapVerb is "tell gap".
type gapVerb struct {
	Path     string `arg:"" name:"dir|table" help:"A directory that tell fit has written, or a table of scores of your own: CSV, TSV, JSONL, Arrow or Parquet."`
	JSON     bool   `help:"Print the gap as JSON."`
	columns  `group:"Columns of TABLE:" embed:""`
	settings `group:"Settings for TABLE:" embed:""`
}

// settings are those of the bootstrap. A report has its own.
type settings struct {
	Bootstrap int     `default:"2000" placeholder:"N" help:"Bootstrap draws (2000)."`
	Level     float64 `default:"0.95" placeholder:"P" help:"Level of the intervals (0.95)."`
	Seed      uint64  `default:"1" placeholder:"N" help:"Seed of the draws (1)."`
}

// Help implements kong.HelpProvider.
func (gapVerb) Help() string {
	return `On a directory, reads results.json and scores.parquet, adds the gap to the results and prints it.

On a table, prints the gap and writes nothing. Every row needs the label (0 or 1), the behaviour (0, 1 or neither) and the score of a probe that saw neither the row nor its group.

    tell gap capitals-report
    tell gap scores.csv --label user_wrong --behaviour said --score p --group city`
}

// Validate implements kong's check of flags: those for a table mean nothing to
// a report, which was made with settings and columns of its own.
func (v *gapVerb) Validate(c *kong.Context) error {
	if v.Bootstrap < 1 {
		return fmt.Errorf("--bootstrap: found %d, expected 1 or more", v.Bootstrap)
	}
	if !(v.Level > 0 && v.Level < 1) {
		return fmt.Errorf("--level: found %v, expected a number between 0 and 1", v.Level)
	}
	if info, err := os.Stat(v.Path); err != nil || !info.IsDir() {
		return nil
	}
	for _, p := range c.Path {
		if p.Flag != nil && p.Flag.Group != nil {
			return fmt.Errorf("--%s is for a table of scores, and %s is a directory", p.Flag.Name, v.Path)
		}
	}
	return nil
}

// Run implements verb.
func (v *gapVerb) Run(ctx context.Context, c *console) error {
	measure := v.ofTable
	if info, err := os.Stat(v.Path); err == nil && info.IsDir() {
		measure = v.ofReport
	}
	g, err := measure(ctx)
	if err != nil {
		return err
	}
	return c.answer(v.JSON, g, func() string { return gapText(g) })
}

func (v *gapVerb) ofReport(ctx context.Context) (*gap.Result, error) {
	d, err := openReport(v.Path)
	if err != nil {
		return nil, err
	}
	defer d.close()
	r, scores, err := readReport(v.Path)
	if err != nil {
		return nil, err
	}
	g, err := run.Gap(r, scores)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.Path, err)
	}
	if g == nil && r.Data.ActedAs != "" {
		return nil, &hintedError{
			fmt.Errorf("%s: the gap of a target of kind %s is measured when the study is run, and is in the results", v.Path, r.Data.Kind),
			"print the finding and write the page: tell report " + v.Path,
		}
	}
	if g == nil {
		return nil, &hintedError{
			fmt.Errorf("%s: the study maps no behaviour to the labels, so there is no gap", v.Path),
			"name the behaviour in the study file: decision: {acts_as_0: ..., acts_as_1: ...}",
		}
	}
	return g, d.publish(ctx, nil, func(stage string) error { return result.WriteTables(stage, r) })
}

func (v *gapVerb) ofTable(context.Context) (*gap.Result, error) {
	d, err := v.read(v.Path)
	if err != nil {
		return nil, err
	}
	g, err := gap.Measure(*d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: v.Bootstrap, Level: v.Level, Seed: v.Seed}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.Path, err)
	}
	return g, nil
}
