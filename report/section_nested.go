package report

import (
	"fmt"

	"tell/gap"
	"tell/study"
)

var nestedSection = section{"probe", "The probe that the claims rest on", `
<p>Layer, position and C are chosen inside the training rows of each fold, so no score below was chosen on the row that it belongs to.</p>
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
{{- if .Choices}}
<details>
<summary>What each fold chose</summary>
<div class="scroll" role="region" aria-label="Choices of the folds" tabindex="0">
<table class="narrow">
<caption>Choice of each outer fold from its training rows alone</caption>
<thead><tr><th scope="col">Repeat</th><th scope="col">Fold</th><th scope="col">Layer</th><th scope="col">Position</th><th scope="col">C</th></tr></thead>
<tbody>
{{- range .Choices}}
<tr><td>{{.Repeat}}</td><td>{{.Fold}}</td><td>{{.Layer}}</td><td>{{.Position}}</td><td>{{.C}}</td></tr>
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
	study.Choice
	C string
}

func viewNested(p *page) any {
	if len(p.Nested.Metrics) == 0 {
		return nil
	}
	var metrics []metricRow
	for _, m := range p.Nested.Metrics {
		metrics = append(metrics, metricRow{metricTitle(m.Name), cellOf(m.Estimate, gap.Share), grouped(int64(m.Estimate.N))})
	}
	var choices []choiceRow
	for _, c := range p.Nested.Choices {
		choices = append(choices, choiceRow{c, fmt.Sprintf("%.4g", c.C)})
	}
	return map[string]any{"Metrics": metrics, "Choices": choices}
}
