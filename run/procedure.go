package run

import (
	"slices"

	"tell/estimate"
	"tell/metric"
	"tell/probe"
	"tell/study"
)

// ofProcedure gives metrics of a site the intervals of the procedure, where the
// study asks for them. Those of the losses do not hold in simulations and are
// left out.
func (m *merging) ofProcedure(s *part, list []metric.Measured) {
	if m.Controls.Interval != study.IntervalOfProcedure {
		return
	}
	for i := range list {
		e := &list[i].Estimate
		if !e.OK() {
			continue
		}
		if !slices.Contains([]string{"auroc", "accuracy", "balanced_accuracy"}, list[i].Key) || s.resampled == nil {
			e.Interval = nil
			e.Warn(estimate.NoInterval, "no interval: that of the procedure does not hold for this metric")
			continue
		}
		list[i].Estimate = m.resampledOf(s).EstimateOf(list[i].Key, e.Value)
	}
}

// resampledOf completes what a part holds of a resampled procedure.
func (m *merging) resampledOf(s *part) *probe.Resampled {
	r := s.resampled
	r.Level = m.Controls.Level
	for i := range r.Measured {
		k := &r.Measured[i]
		k.N, k.Groups, k.Folds = len(m.cases.Rows), len(m.cases.GroupNames), m.folds.Folds
		if named, ok := metric.Named(k.Key); ok && named.LowerIsBetter {
			k.Scale = estimate.Log
		}
	}
	return r
}

// mostChosen is the site that most outer folds chose.
func (m *merging) mostChosen(nested *probe.Nested) *part {
	count := make([]int, len(m.sites))
	for _, k := range nested.Choice {
		count[k]++
	}
	return m.sites[slices.Index(count, slices.Max(count))]
}
