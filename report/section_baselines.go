package report

import (
	"tell/gap"
)

var baselinesSection = section{"baselines", "Baselines on the same folds", `
<p>None of these sees the hidden states of a later layer. A difference is the probe minus the baseline on the same rows and the same bootstrap draws; above zero, the probe is the better one.</p>
<div class="scroll" role="region" aria-label="Baselines" tabindex="0">
<table>
<caption>Baselines and their paired difference to the nested probe</caption>
<thead><tr><th scope="col">Baseline</th>
{{- range .Titles}}<th scope="col">{{.}}</th><th scope="col">Probe − baseline</th>{{end}}</tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Name}} <span class="why">{{.Note}}</span></th>
{{- range .Pairs}}<td>{{template "estimate" .Value}}</td><td>{{template "estimate" .Difference}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
`, viewBaselines}

// baselineMetrics are the metrics of the table; results.json has all.
var baselineMetrics = []string{"auroc", "accuracy"}

type baselineRow struct {
	Name, Note string
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
		row := baselineRow{Name: baselineTitle(b.Name), Note: b.Note}
		for _, name := range baselineMetrics {
			row.Pairs = append(row.Pairs, baselinePair{cellOf(metric(b.Metrics, name), gap.Share), cellOf(metric(b.Difference, name), gap.Difference)})
		}
		rows = append(rows, row)
	}
	return map[string]any{"Titles": titles, "Rows": rows}
}
