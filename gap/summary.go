package gap

import "tell/estimate"

// summarize applies the estimators to those of the rows that have a behaviour.
func summarize(d *Data, rows []int, set Settings, list []estimator) Summary {
	s := newSample(d, rows)
	unit := s.unit()
	sum := Summary{N: len(s.cell), Groups: countGroups(s.group), Table: unit.table(), Behaviours: unit.behaviours()}
	resampled := s.resample(list, set.Bootstrap)
	for k, e := range list {
		a, x := e.about(), unit.measure(e)
		est := resampled[k]
		if a.exact != "" {
			est = estimate.Estimate{Value: x.x, Groups: sum.Groups, Method: a.exact}
		}
		if x.reason != "" {
			est = estimate.NotEstimable(sum.N, sum.Groups, x.reason)
		} else {
			est.N = int(x.n)
			if x.note.Code != "" {
				est.Warnings = append(est.Warnings, x.note)
			}
		}
		sum.Items = append(sum.Items, Item{Key: a.key, Title: a.title, Definition: a.definition, Kind: a.kind, Estimate: est})
	}
	return sum
}

// resample estimates what is not exact; the other elements mean nothing.
func (s *sample) resample(list []estimator, b estimate.Bootstrap) []estimate.Estimate {
	skip := make([]bool, len(list))
	for k, e := range list {
		skip[k] = e.about().exact != ""
	}
	return b.Estimate(s.group, len(list), func(w []float64, out []estimate.Value) {
		v := s.view(w)
		for k, e := range list {
			if !skip[k] {
				x := v.measure(e)
				out[k] = estimate.Value{X: x.x, Reason: x.reason}
			}
		}
	})
}

func (v *view) measure(e estimator) value {
	if v.total == 0 {
		return value{reason: "no row has behaviour 0 or 1"}
	}
	return e.at(v)
}

func countGroups(code []int) int {
	seen := make(map[int]bool)
	for _, c := range code {
		seen[c] = true
	}
	return len(seen)
}

// neither describes those of the rows that have no behaviour.
func neither(d *Data, rows []int, set Settings) NeitherRows {
	var out NeitherRows
	var group []int
	var right []bool
	for _, i := range rows {
		if d.Behaviour[i] != Neither {
			continue
		}
		out.N++
		out.ByLabel[d.Label[i]]++
		group = append(group, d.group(i))
		right = append(right, d.Prediction[i] == d.Label[i])
	}
	out.ProbeAccuracy = set.Bootstrap.Estimate(group, 1, func(w []float64, v []estimate.Value) {
		sum, total := 0.0, 0.0
		for i, x := range w {
			total += x
			if right[i] {
				sum += x
			}
		}
		v[0] = estimate.Value{X: sum / total}
		if total == 0 {
			v[0].Reason = "every row has behaviour 0 or 1"
		}
	})[0]
	return out
}

// The codes of warnings about a result as a whole.
const (
	RowsIndependent = "rows-independent"
	NoCalibrated    = "no-calibrated-behaviour"
	NoText          = "no-text-prediction"
)

// warnings collects what concerns the result as a whole.
func warnings(d *Data) []estimate.Warning {
	var out []estimate.Warning
	if d.Group == nil {
		out = append(out, estimate.Warning{Code: RowsIndependent, Text: "no groups are given: the intervals treat rows as independent"})
	}
	if d.Calibrated == nil {
		out = append(out, estimate.Warning{Code: NoCalibrated, Text: "no calibrated behaviour is given: a probe may beat the behaviour merely because the behaviour is a biased report of the label"})
	}
	if d.Text == nil {
		out = append(out, estimate.Warning{Code: NoText, Text: "no text-only prediction is given: the probe may read what the prompt says"})
	}
	return out
}
