package report

import (
	"tell/compare"
	"tell/result"
)

var effortSection = section{"effort", "What is spent on it", `
<p>Whether the model spends more on what is harder, beside what the probe and its rivals decode of the difficulty, on the same held-out rows.</p>
{{template "figure" .Figure}}
<div class="scroll" role="region" aria-label="Effort" tabindex="0">
<table>
<caption>Effort beside the difficulty that is decoded</caption>
<thead><tr><th scope="col">Quantity</th><th scope="col">Estimate</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Title}} <span class="why">{{.Definition}}</span></th><td>{{template "estimate" .Cell}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
`, viewEffort}

// effortKeys are the rows of the table; results.csv has all.
var effortKeys = []string{
	compare.KeyRankEffort, compare.KeyRankLead, compare.KeyConcordEffort, compare.KeyConcordLead,
	compare.KeyEffortEasy, compare.KeyEffortHard, compare.KeyEffortEasyOverAll, compare.KeyRankGapEasy,
}

func viewEffort(p *page) any {
	t := p.Table.In(result.Effort)
	if len(t) == 0 {
		return nil
	}
	var rows []addedRow
	for _, key := range effortKeys {
		rows = append(rows, addedRow{Title: titleOf(key), Definition: definitionOf(key), Cell: cellOf(rowOf(t, key))})
	}
	return map[string]any{
		"Figure": p.figure("effort", "Rank correlation with the difficulty: of what the probe decodes, of what each rival decodes, and of the effort, with their intervals."),
		"Rows":   rows,
	}
}
