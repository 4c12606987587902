package main

import (
	"context"

	"tell/report"
	"tell/study"
)

// runVerb is "tell run".
type runVerb struct {
	studyFlags
}

// Help implements kong.HelpProvider.
func (runVerb) Help() string {
	return `Reads the hidden states and the examples, trains the probes, measures the gap and writes a directory with report.html (one file that needs no network), results.json, scores.csv, layers.csv and the figures as SVG and PNG. The same study gives the same bytes, whatever the number of workers; between processors of different instruction sets, which results.json records, last digits may differ.

    tell run study.yaml
    tell run study.yaml -o out/capitals --workers 4 --memory 2GiB`
}

// Run implements verb.
func (r *runVerb) Run(ctx context.Context, c *console) error {
	return r.studyFlags.run(ctx, c, study.Run, report.Write)
}
