package report

import (
	"tell/gap"
	"tell/result"
)

var estimatesSection = section{"estimates", "The gap in numbers", `
{{template "figure" .Figure}}
<p>Y is the label, B the behaviour mapped to the labels, Ŷ and s the probe's prediction and score on held-out rows.{{if .Zero}} 0 is “{{.Zero}}”, 1 is “{{.One}}”.{{end}}</p>
<details><summary>Estimates of the gap</summary>
<div class="scroll" role="region" aria-label="Estimates of the gap" tabindex="0">
<table>
<caption>Every estimate of the gap{{with .Level}} with its {{.}} cluster-bootstrap interval{{end}}</caption>
<thead><tr><th scope="col">Quantity</th><th scope="col">Estimate</th><th scope="col">n</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr{{if .Main}} class="marked"{{end}}><th scope="row">{{.Title}} <span class="why">{{.Definition}}</span></th><td>{{template "estimate" .Cell}}</td><td>{{.N}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
`, viewEstimates}

type estimateRow struct {
	Title, Definition string
	Cell              cell
	N                 string
	Main              bool
}

func viewEstimates(p *page) any {
	var rows []estimateRow
	for _, row := range p.gap {
		if row.Unit == result.UnitRows || row.Unit == result.UnitGroups {
			continue
		}
		rows = append(rows, estimateRow{
			Title:      titleOf(row.Key),
			Definition: definitionOf(row.Key),
			Cell:       cellOf(row),
			N:          grouped(int64(row.Estimate.N)),
			Main:       row.Key == gap.KeyBeyondText,
		})
	}
	if rows == nil {
		return nil
	}
	v := map[string]any{"Figure": p.figure("base-rate", "The net gap at other shares of rows of label 1, with the hit and false-alarm rates of these rows. The disc is this study; its share of rows is a choice of whoever made them."), "Rows": rows}
	if isBinary(p.Result) {
		v["Zero"], v["One"] = p.labelName(0), p.labelName(1)
	}
	if p.Protocol.Level > 0 {
		v["Level"] = level(p.Protocol.Level)
	}
	return v
}
