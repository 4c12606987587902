package report

import (
	"tell/estimate"
	"tell/gap"
	"tell/probe"
)

// A cell is an estimate ready to print.
type cell struct {
	Value    string
	Interval string
	Reason   string // why there is no value
	Notes    []string
}

func cellOf(e estimate.Estimate, kind gap.Kind) cell {
	if !e.OK() {
		return cell{Reason: e.Reason, Notes: e.Warnings}
	}
	format := number
	switch kind {
	case gap.Difference:
		format = signed
	case gap.PValue:
		return cell{Value: pValue(e.Value), Notes: e.Warnings}
	}
	return cell{Value: format(e.Value, 3), Interval: interval(e, 3, format), Notes: e.Warnings}
}

// metricTitles are the names of the metrics in words.
var metricTitles = func() map[string]string {
	titles := make(map[string]string)
	for m := range new(probe.Metrics).All() {
		titles[m.Key] = m.Title
	}
	return titles
}()

func metricTitle(name string) string {
	if title, ok := metricTitles[name]; ok {
		return title
	}
	return name
}
