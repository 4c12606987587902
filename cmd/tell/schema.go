package main

import (
	"context"
	"io"

	"tell/docs/schema"
)

// schemaVerb is "tell schema".
type schemaVerb struct {
	Of string `arg:"" default:"study" enum:"study,results" help:"Of what: study is a study file, results is results.json. Default: study."`
}

// Help implements kong.HelpProvider.
func (schemaVerb) Help() string {
	return `Prints a JSON Schema. An editor with yaml-language-server completes and checks a study file whose first line is

    # yaml-language-server: $schema=study.schema.json

    tell schema > study.schema.json
    tell schema results > results.schema.json`
}

// Run implements verb.
func (v *schemaVerb) Run(_ context.Context, c *console) error {
	text := schema.Study
	if v.Of == "results" {
		text = schema.Results
	}
	_, err := io.WriteString(c.stdout, text)
	return err
}
