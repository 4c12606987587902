package main

import (
	"context"

	"tell/run"
)

// runVerb is "tell run".
type runVerb struct {
	studyFlags
}

// Help implements kong.HelpProvider.
func (runVerb) Help() string {
	return `Reads the hidden states and the examples, trains the probes, measures the gap and writes a directory with report.html (one file that needs no network), results.json, results.csv and results.parquet (one row for each estimate), scores.csv and scores.parquet, and the figures as SVG and PNG. DIR/parts keeps what each layer and position gave: a run that was stopped goes on from there. The same study gives the same bytes, whatever the number of workers; between processors of different instruction sets, which results.json records, last digits may differ.

    tell run study.yaml
    tell run study.yaml -o out/capitals --workers 4 --memory 2GiB`
}

// Run implements verb.
func (v *runVerb) Run(ctx context.Context, c *console) error {
	return v.studyFlags.run(ctx, c, run.Run, writeAll)
}
