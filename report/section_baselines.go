package report

import (
	"fmt"

	"tell/estimate"
	"tell/gap"
	"tell/study"
)

var baselinesSection = section{"baselines", "Baselines on the same folds", `
<p>None of these sees the hidden states of a later layer. A difference is the probe minus the baseline on the same rows and the same bootstrap draws; above zero, the probe is the better one.{{with .Rows}} {{.}}{{end}}</p>
<div class="scroll" role="region" aria-label="Baselines" tabindex="0">
<table>
<caption>Baselines and their paired difference to the nested probe, on {{.Used}}</caption>
<thead><tr><th scope="col">Baseline</th>
{{- range .Titles}}<th scope="col">{{.}}</th><th scope="col">Probe − baseline</th>{{end}}</tr></thead>
<tbody>
{{- range .Baselines}}
<tr><th scope="row">{{.Name}} <span class="why">{{.Note}}</span></th>
{{- if .Reason}}<td colspan="4"><span class="none">not estimable</span> <span class="why">{{.Reason}}</span></td>
{{- else}}{{range .Pairs}}<td>{{template "estimate" .Value}}</td><td>{{template "estimate" .Difference}}</td>{{end}}{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
`, viewBaselines}

// baselineMetrics are the metrics of the table; results.json has all.
var baselineMetrics = [...]string{"auroc", "accuracy"}

type baselineRow struct {
	Name, Note string
	Reason     string // why there are no numbers
	Pairs      []baselinePair
}

type baselinePair struct {
	Value, Difference cell
}

// baselineTitles are the names of the baselines in words.
var baselineTitles = map[string]string{
	"majority":  "Majority label",
	"text":      "Text only",
	"embedding": "Embeddings",
	"nuisance":  "Nuisance columns",
	"behaviour": "Behaviour",
}

func baselineTitle(name string) string {
	if title, ok := baselineTitles[name]; ok {
		return title
	}
	return name
}

func viewBaselines(p *page) any {
	if len(p.Baselines) == 0 {
		return nil
	}
	var titles []string
	for _, name := range baselineMetrics {
		titles = append(titles, metricTitles[name])
	}
	var rows []baselineRow
	for _, b := range p.Baselines {
		rows = append(rows, newBaselineRow(b))
	}
	v := map[string]any{"Titles": titles, "Baselines": rows, "Used": count(p.Data.Used, "row", "rows")}
	if p.Gap != nil && p.Gap.N < p.Data.Used {
		v["Rows"] = fmt.Sprintf("They are measured on all %s. The gap is measured on the %s of them on which the model acted as if one of the labels held, and sets the probe against text and behaviour there once more.",
			count(p.Data.Used, "row", "rows"), grouped(int64(p.Gap.N)))
	}
	return v
}

func newBaselineRow(b study.Baseline) baselineRow {
	row := baselineRow{Name: baselineTitle(b.Name), Note: b.Note}
	if e := study.MetricNamed(baselineMetrics[0], b.Metrics); !e.OK() && e.Reason == study.MetricNamed(baselineMetrics[1], b.Metrics).Reason {
		row.Reason = e.Reason
		return row
	}
	for _, name := range baselineMetrics {
		value := study.MetricNamed(name, b.Metrics)
		pair := baselinePair{cellOf(value, gap.Share), cellOf(study.MetricNamed(name, b.Difference), gap.Difference)}
		if name == "auroc" && belowChance(value) {
			pair.Value.Notes = append(pair.Value.Notes, "below chance: it misleads, and the difference is too large")
		}
		row.Pairs = append(row.Pairs, pair)
	}
	return row
}

// belowChance reports whether an AUROC lies below 0.5 with its whole interval.
func belowChance(auroc estimate.Estimate) bool {
	return auroc.Interval != nil && auroc.Interval.High < 0.5
}
