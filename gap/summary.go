package gap

import "tell/estimate"

// noted is an estimator that may have something to say beside its value.
type noted interface {
	notes(v *view) []estimate.Warning
}

// revised is an estimator that may have something to say once its interval is
// known.
type revised interface {
	revise(v *view, e *estimate.Estimate)
}

// summarize applies the estimators to those of the rows that have a behaviour,
// or to all of them where an estimator says so.
func summarize(d *Data, rows []int, set Settings, list []estimator) Summary {
	s := newSample(d, rows, sided)
	if s.level = set.Bootstrap.Level; s.level == 0 {
		s.level = 0.95
	}
	unit := s.unit()
	sum := Summary{N: len(s.cell), Groups: countGroups(s.group), Table: unit.table(), Behaviours: unit.behaviours()}
	all := newSample(d, rows, everyRow)
	if len(all.cell) == len(s.cell) {
		all = s
	}
	found := s.estimates(list, set.Bootstrap, func(a about) bool { return all == s || !a.everyRow })
	if all != s {
		further := all.estimates(list, set.Bootstrap, func(a about) bool { return a.everyRow })
		for k, e := range list {
			if e.about().everyRow {
				found[k] = further[k]
			}
		}
	}
	for k, e := range list {
		a := e.about()
		sum.Items = append(sum.Items, Item{Key: a.key, Title: a.title, Definition: a.definition, Kind: a.kind, Estimate: found[k]})
	}
	return sum
}

// estimates are those of the wanted estimators; the other elements mean nothing.
func (s *sample) estimates(list []estimator, b estimate.Bootstrap, want func(about) bool) []estimate.Estimate {
	unit, groups := s.unit(), countGroups(s.group)
	found := s.resample(list, b, func(a about) bool { return a.exact == "" && want(a) })
	for k, e := range list {
		a := e.about()
		if !want(a) {
			continue
		}
		x, est := unit.measure(e), &found[k]
		switch {
		case x.reason != "":
			*est = estimate.NotEstimable(len(s.cell), groups, x.reason)
		case x.method != "":
			*est = estimate.Estimate{Value: x.x, Groups: groups, Method: x.method}
		case a.exact != "":
			*est = estimate.Estimate{Value: x.x, Groups: groups, Method: a.exact}
		}
		if est.OK() {
			est.N = int(x.n)
			if e, ok := e.(noted); ok {
				est.Warnings = append(est.Warnings, e.notes(unit)...)
			}
		}
		if e, ok := e.(revised); ok {
			e.revise(unit, est)
		}
	}
	return found
}

// resample estimates what is wanted; the other elements mean nothing.
func (s *sample) resample(list []estimator, b estimate.Bootstrap, want func(about) bool) []estimate.Estimate {
	wanted := make([]bool, len(list))
	for k, e := range list {
		wanted[k] = want(e.about())
	}
	return b.Estimate(s.group, len(list), func(w []float64, out []estimate.Value) {
		v := s.view(w)
		for k, e := range list {
			if wanted[k] {
				x := v.measure(e)
				out[k] = estimate.Value{X: x.x, Reason: x.reason}
			}
		}
	})
}

func (v *view) measure(e estimator) value {
	if v.total == 0 && !e.about().everyRow {
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
