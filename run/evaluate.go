package run

import (
	"tell/estimate"
	"tell/metric"
)

func (p *plan) bootstrap() estimate.Bootstrap {
	return estimate.Bootstrap{Draws: p.Controls.Bootstrap, Level: p.Controls.Level, Seed: p.Seed, Workers: p.workers()}
}

// evaluate measures scores on the rows of the study. The part of a site holds
// its own: on many rows the bootstrap of all sites is much to do for a merge.
func (p *plan) evaluate(score []float64) ([]metric.Measured, error) {
	list, err := metric.Evaluate(p.cases.Target, score, p.cases.Group, p.bootstrap())
	for i := range list {
		if e := &list[i].Estimate; list[i].Key == "ece" && e.OK() {
			// In simulations its interval held the truth in under 1% of
			// calibrated cases.
			e.Interval, e.Warnings = nil, nil
			e.Warn(estimate.SmallSampleECE, "too high on average in small samples, and without an interval that holds")
		}
	}
	return list, err
}
