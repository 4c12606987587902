package report

import (
	"fmt"
	"strings"

	"tell/study"
)

var calibrationSection = section{"calibration", "Calibration", `
<p>{{.Intro}}</p>
{{template "figure" .Figure}}
`, viewCalibration}

func viewCalibration(p *page) any {
	bars := ""
	for _, b := range p.Nested.Calibration {
		if i := b.Observed.Interval; i != nil {
			bars = fmt.Sprintf(", a bar for its %s interval", level(i.Level))
		}
	}
	figure := p.figure("calibration", fmt.Sprintf("Observed share of “%s” against the mean score of each bin; a larger dot stands for more rows%s. On the dashed line scores mean what they say.", p.labelName(1), bars))
	if figure == nil {
		return nil
	}
	intro := "Whether a score of 0.8 is right eight times in ten."
	if e := study.MetricNamed("ece", p.Nested.Metrics); e.OK() {
		intro += fmt.Sprintf(" Expected calibration error: %s", valueWithInterval(e, 3, number))
		if len(e.Warnings) > 0 {
			intro += " (" + strings.Join(e.Warnings, "; ") + ")"
		}
		intro += "."
	}
	if e := study.MetricNamed("brier", p.Nested.Metrics); e.OK() {
		intro += fmt.Sprintf(" Brier score: %s.", valueWithInterval(e, 3, number))
	}
	return map[string]any{"Intro": intro, "Figure": figure}
}
