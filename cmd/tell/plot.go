package main

import (
	"context"

	"tell/report"
)

// plotVerb is "tell plot".
type plotVerb struct {
	reportArgs
}

// Help implements kong.HelpProvider.
func (plotVerb) Help() string {
	return `Reads results.json and draws what it holds as SVG and PNG: decodability by layer and by position, the gap by condition and by base rate, and calibration.

    tell plot capitals-report`
}

// Run implements verb.
func (v *plotVerb) Run(ctx context.Context, c *console) error {
	d, err := openReport(v.Dir)
	if err != nil {
		return err
	}
	defer d.close()
	r, err := readResults(v.Dir)
	if err != nil {
		return err
	}
	var files []string
	err = d.publish(ctx, report.FigureFiles(), func(stage string) error {
		if err := report.WriteFigures(stage, r); err != nil {
			return err
		}
		files, err = present(stage, report.FigureFiles())
		return err
	})
	if err != nil {
		return err
	}
	w := written{v.Dir, files}
	return c.answer(v.JSON, w, w.text)
}
