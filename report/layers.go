package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"tell/estimate"
	"tell/study"
)

// WriteLayers writes layers.csv: a row for each layer and position, with the
// value and interval of every metric and the permutation test. An empty field
// is a number that could not be estimated or was not asked for.
func WriteLayers(path string, r *study.Result) error {
	return writeFile(path, func(w io.Writer) error { return encodeLayers(w, r) })
}

func encodeLayers(w io.Writer, r *study.Result) error {
	metrics := metricNames(r.Sites)
	header := []string{"layer", "position"}
	for _, name := range metrics {
		header = append(header, name, name+"_low", name+"_high")
	}
	header = append(header, "p", "p_max", "null_mean", "null_high", "not_converged")
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for _, site := range r.Sites {
		record := []string{strconv.Itoa(site.Layer), strconv.Itoa(site.Position)}
		for _, name := range metrics {
			record = append(record, estimateFields(study.MetricNamed(name, site.Metrics))...)
		}
		record = append(record, permutationFields(site.Permutation)...)
		if err := out.Write(append(record, strconv.Itoa(site.NotConverged))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// metricNames lists the metrics of all sites in order of first appearance.
func metricNames(sites []study.Site) []string {
	var names []string
	for _, site := range sites {
		for _, m := range site.Metrics {
			if !slices.Contains(names, m.Name) {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

func estimateFields(e estimate.Estimate) []string {
	fields := make([]string, 3)
	if e.OK() {
		fields[0] = formatFloat(e.Value)
		if e.Interval != nil {
			fields[1], fields[2] = formatFloat(e.Interval.Low), formatFloat(e.Interval.High)
		}
	}
	return fields
}

func permutationFields(p *study.Permutation) []string {
	if p == nil {
		return make([]string, 4)
	}
	return []string{formatFloat(p.P), formatFloat(p.PMax), formatFloat(p.NullMean), formatFloat(p.NullHigh)}
}
