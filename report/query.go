package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/compare"
	"tell/estimate"
	"tell/gap"
	"tell/metric"
	"tell/result"
)

// A site is a layer at a position with what the table holds about it.
type site struct {
	result.Site
	position string            // what the position is called
	auroc    estimate.Estimate // the headline metric
	null     *null             // nil where the site was not tested
}

// A null is the test of one site against shuffled labels.
type null struct {
	mean, high float64 // of the shuffled labels; high is the quantile at the study's level
	p, pMax    float64 // of this site alone, and over all sites
}

// sitesOf gives the sites in the order of the result.
func sitesOf(r *result.Result) []site {
	type place struct{ layer, position int }
	rows := map[place]result.Table{}
	for _, row := range r.Table {
		if row.Block == result.Curve && row.Predictor == result.Probe {
			at := place{row.Layer, row.Position}
			rows[at] = append(rows[at], row)
		}
	}
	sites := make([]site, len(r.Sites))
	for i, s := range r.Sites {
		t := rows[place{s.Layer, s.Position}]
		sites[i] = site{s, positionName(r, s), t.Estimate(headlineOf(r).key), nullOf(r, t)}
	}
	return sites
}

func nullOf(r *result.Result, t result.Table) *null {
	row, tested := t.Find(result.PermutedKey(kindOf(r)))
	high, pMax := t.Estimate(result.KeyNullHigh), t.Estimate(result.KeyPMax)
	if !tested || row.Null == nil || !high.OK() || !pMax.OK() {
		return nil
	}
	return &null{row.Null.Mean, high.Value, row.Null.P, pMax.Value}
}

// positionName is what a site's position is called. Names that are numbers are
// said to be positions.
func positionName(r *result.Result, s result.Site) string {
	name := s.PositionName
	if name == "" && s.Position >= 0 && s.Position < len(r.Reading.Positions) {
		name = r.Reading.Positions[s.Position]
	}
	if name == "" {
		name = strconv.Itoa(s.Position)
	}
	if isWhole(name) {
		return "position " + minus(name)
	}
	return name
}

// positionAt is the name of the position with the given number.
func positionAt(r *result.Result, position int) string {
	for _, s := range r.Sites {
		if s.Position == position {
			return positionName(r, s)
		}
	}
	return positionName(r, result.Site{Position: position})
}

// nestedOf is the metrics of the probe whose site is chosen in the training
// folds.
func nestedOf(r *result.Result) result.Table {
	return r.Table.In(result.Nested).Of(result.Probe).On(result.Subset{})
}

func baselineOf(r *result.Result, name string) result.Table {
	return r.Table.In(result.Baseline).Of(name)
}

// calibrationOf is the bins that hold rows.
func calibrationOf(r *result.Result) []metric.CalibrationBin {
	var bins []metric.CalibrationBin
	for _, s := range setsOf(r.Table.In(result.Nested)) {
		var b metric.CalibrationBin
		if n, _ := fmt.Sscanf(s.on.Value, "%f to %f", &b.Low, &b.High); n < 2 {
			continue
		}
		mean := s.rows.Estimate(result.KeyMeanP)
		b.N, b.MeanP, b.Observed = mean.N, mean.Value, s.rows.Estimate(result.KeyObserved)
		if b.N > 0 && mean.OK() && b.Observed.OK() {
			bins = append(bins, b)
		}
	}
	return bins
}

// gapOf is the gap on all rows, empty where the study maps no behaviour.
func gapOf(r *result.Result) result.Table {
	return r.Table.In(result.Gap).On(result.Subset{})
}

// neitherOf is about the rows that acted as neither label.
func neitherOf(r *result.Result) result.Table {
	return r.Table.In(result.Gap).On(result.NeitherBehaviour)
}

// behavioursOf counts the rows of the gap by behaviour, then by label.
func behavioursOf(r *result.Result) (rows [2][2]int) {
	t := gapOf(r)
	for b := range rows {
		for y := range rows[b] {
			rows[b][y] = t.Count(result.RowsKey(b, y))
		}
	}
	return rows
}

// A set is the estimates on some of the rows.
type set struct {
	on   result.Subset
	rows result.Table
}

// setsOf cuts a table by its subsets, in order of first appearance.
func setsOf(t result.Table) []set {
	type key struct {
		column, value, reference string
		contrast                 bool
	}
	var sets []set
	at := map[key]int{}
	for _, row := range t {
		k := key{column: row.Subset.Column, value: row.Subset.Value}
		if row.Subset.Reference != nil {
			k.reference, k.contrast = *row.Subset.Reference, true
		}
		i, seen := at[k]
		if !seen {
			i, at[k] = len(sets), len(sets)
			sets = append(sets, set{on: row.Subset})
		}
		sets[i].rows = append(sets[i].rows, row)
	}
	return sets
}

// A breakdown is the gap by the values of the condition or of a stratum.
type breakdown struct {
	name              string
	slices, contrasts []set
}

// breakdownsOf leaves out a breakdown of one value, which repeats all rows.
func breakdownsOf(r *result.Result) []breakdown {
	var list []breakdown
	named := func(name string) *breakdown {
		i := slices.IndexFunc(list, func(b breakdown) bool { return b.name == name })
		if i < 0 {
			i, list = len(list), append(list, breakdown{name: name})
		}
		return &list[i]
	}
	for _, s := range setsOf(r.Table.In(result.Slice)) {
		b := named(s.on.Column)
		b.slices = append(b.slices, s)
	}
	for _, s := range setsOf(r.Table.In(result.Contrast)) {
		b := named(s.on.Column)
		b.contrasts = append(b.contrasts, s)
	}
	return slices.DeleteFunc(list, func(b breakdown) bool { return len(b.slices) < 2 })
}

// rowOf finds a row by its key. One that is not there is not estimable.
func rowOf(t result.Table, key string) result.Row {
	if row, ok := t.Find(key); ok {
		return row
	}
	return result.Row{Key: key, Estimate: t.Estimate(key)}
}

func netOf(t result.Table) estimate.Estimate    { return t.Estimate(gap.KeyNet) }
func beyondOf(t result.Table) estimate.Estimate { return t.Estimate(gap.KeyBeyondText) }
func isDifference(row result.Row) bool {
	if _, is := metric.Named(row.Key); is {
		return false
	}
	switch row.Unit {
	case result.UnitDifference, result.UnitLevels, result.UnitBits, compare.CorrelationDifference:
		return true
	}
	return row.Key == gap.KeyRankGap || strings.HasSuffix(row.Key, result.Difference) || strings.HasSuffix(row.Key, compare.ChangeKey(""))
}

// warningOf is the first warning of that code.
func warningOf(r *result.Result, code string) (w result.Warning, ok bool) {
	i := slices.IndexFunc(r.Warnings, func(w result.Warning) bool { return w.Code == code })
	if i < 0 {
		return w, false
	}
	return r.Warnings[i], true
}
