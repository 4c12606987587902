package report

import (
	"fmt"
	"strings"
)

var calibrationSection = section{"calibration", "Calibration", `
<p>{{.Intro}}</p>
{{template "figure" .Figure}}
`, viewCalibration}

func viewCalibration(p *page) any {
	bars := ""
	for _, b := range calibrationOf(p.Result) {
		if i := b.Observed.Interval; i != nil {
			bars = fmt.Sprintf(", a bar for its %s interval", level(i.Level))
		}
	}
	figure := p.figure("calibration", fmt.Sprintf("Observed share of “%s” against the mean score of each bin; a larger dot means more rows%s. On the dashed line the two are equal.", p.labelName(1), bars))
	if figure == nil {
		return nil
	}
	intro := "A calibrated score of 0.8 is right eight times in ten."
	nested := nestedOf(p.Result)
	if e := nested.Estimate("ece"); e.OK() {
		intro += fmt.Sprintf(" Expected calibration error: %s", valueWithInterval(e, 3, number))
		if len(e.Warnings) > 0 {
			intro += " (" + strings.Join(e.Notes(), "; ") + ")"
		}
		intro += "."
	}
	if e := nested.Estimate("brier"); e.OK() {
		intro += fmt.Sprintf(" Brier score: %s.", valueWithInterval(e, 3, number))
	}
	return map[string]any{"Intro": intro, "Figure": figure}
}
