package main

import (
	"context"
	"path/filepath"

	"tell/report"
)

// reportVerb is "tell report".
type reportVerb struct {
	reportArgs
}

// Help implements kong.HelpProvider.
func (reportVerb) Help() string {
	return `Reads results.json and scores.parquet and writes report.html, one page that needs no network.

    tell report capitals-report`
}

// Run implements verb.
func (v *reportVerb) Run(ctx context.Context, c *console) error {
	d, err := openReport(v.Dir)
	if err != nil {
		return err
	}
	defer d.close()
	r, scores, err := readReport(v.Dir)
	if err != nil {
		return err
	}
	err = d.publish(ctx, nil, func(stage string) error {
		return report.WritePage(filepath.Join(stage, report.PageFile), r, scores)
	})
	if err != nil {
		return err
	}
	w := written{v.Dir, []string{report.PageFile}}
	return c.answer(v.JSON, w, w.text)
}
