package gap

import (
	"fmt"
	"slices"

	"tell/estimate"
)

// The codes of warnings about a result as a whole.
const (
	RowsIndependent = "rows-independent"
	NoCalibrated    = "no-calibrated-behaviour"
	NoText          = "no-text-prediction"
	OneLabelOnly    = "one-label"
)

// warnings collects what concerns the result as a whole.
func warnings(d *Data, s Summary) []estimate.Warning {
	var out []estimate.Warning
	if y := d.Label[0]; !slices.Contains(d.Label, 1-y) {
		out = append(out, estimate.Warning{Code: OneLabelOnly, Text: fmt.Sprintf("every row has label %d: a constant probe that says %d would be right on all of them, so that a gap on these rows shows no knowledge", y, y)})
	}
	if d.Group == nil {
		out = append(out, estimate.Warning{Code: RowsIndependent, Text: "no groups are given: the intervals treat rows as independent"})
	}
	if d.Calibrated == nil {
		out = append(out, estimate.Warning{Code: NoCalibrated, Text: "no calibrated behaviour is given: a probe may beat the behaviour merely because the behaviour is a biased report of the label"})
	}
	if d.Text == nil {
		out = append(out, estimate.Warning{Code: NoText, Text: "no text-only prediction is given: the probe may read what the prompt says"})
	}
	if it, ok := s.Item(KeyAUROCBehaviour); ok {
		for _, w := range it.Estimate.Warnings {
			if w.Code == GradedOneValue || w.Code == GradedWrongSign || w.Code == GradedMissing {
				out = append(out, w)
			}
		}
	}
	return out
}
