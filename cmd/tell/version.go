package main

import (
	"context"
	"fmt"
	"runtime"

	"tell/run"
)

// versionVerb is "tell version".
type versionVerb struct {
	JSON bool `help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (versionVerb) Help() string {
	return "The versions are those that results.json records.\n\n    tell version"
}

type version struct {
	Tell     string `json:"tell"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (v version) text() string {
	return fmt.Sprintf("tell %s (%s, %s)\n", v.Tell, v.Go, v.Platform)
}

// Run implements verb.
func (v *versionVerb) Run(_ context.Context, c *console) error {
	is := version{run.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	return c.answer(v.JSON, is, is.text)
}
