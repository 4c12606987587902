package report

import (
	"tell/result"
)

var nestedSection = section{"probe", "The probe that the claims rest on", `
<p>Each fold chooses layer, position and C on its training rows alone, so that no row has a say in the probe that scores it.</p>
<details><summary>Metrics of the probe</summary>
<div class="scroll" role="region" aria-label="Metrics of the probe" tabindex="0">
<table class="narrow">
<caption>Metrics of the nested probe on held-out rows</caption>
<thead><tr><th scope="col">Metric</th><th scope="col">Value</th><th scope="col">n</th></tr></thead>
<tbody>
{{- range .Metrics}}
<tr><th scope="row">{{.Title}}</th><td>{{template "estimate" .Cell}}</td><td>{{.N}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- if .Choices}}
<details>
<summary>What each fold chose</summary>
<div class="scroll" role="region" aria-label="Choices of the folds" tabindex="0">
<table class="narrow">
<caption>Choice of each outer fold from its training rows alone</caption>
<thead><tr><th scope="col">Repeat</th><th scope="col">Fold</th><th scope="col">Layer</th>{{if .Positions}}<th scope="col">Position</th>{{end}}<th scope="col">C</th></tr></thead>
<tbody>
{{- range .Choices}}
<tr><td>{{.Repeat}}</td><td>{{.Fold}}</td><td>{{.Layer}}</td>{{if $.Positions}}<td>{{.Position}}</td>{{end}}<td>{{.C}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
`, viewNested}

type metricRow struct {
	Title string
	Cell  cell
	N     string
}

type choiceRow struct {
	result.Choice
	Position, C string
}

func viewNested(p *page) any {
	var metrics []metricRow
	for _, row := range nestedOf(p.Result) {
		metrics = append(metrics, metricRow{titleOf(row.Key), cellOf(row), grouped(int64(row.Estimate.N))})
	}
	if metrics == nil {
		return nil
	}
	_, positions := p.Probed()
	var choices []choiceRow
	for _, c := range p.Choices {
		choices = append(choices, choiceRow{c, positionAt(p.Result, c.Position), float(c.C)})
	}
	return map[string]any{"Metrics": metrics, "Choices": choices, "Positions": positions > 1}
}
