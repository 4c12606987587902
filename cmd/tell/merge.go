package main

import (
	"context"

	"tell/run"
)

// mergeVerb is "tell merge".
type mergeVerb struct {
	studyFlags
}

// Help implements kong.HelpProvider.
func (mergeVerb) Help() string {
	return `Reads the parts in DIR/parts, which tell fit --part has written, and writes the report that tell run would have written, to the byte. A part that is missing, damaged, or made for another study, input or version is refused by name.

    tell fit study.yaml -o capitals-report --part 1/2
    tell fit study.yaml -o capitals-report --part 2/2
    tell merge study.yaml -o capitals-report`
}

// Run implements verb.
func (m *mergeVerb) Run(ctx context.Context, c *console) error {
	return m.studyFlags.run(ctx, c, run.Merge, writeAll)
}
