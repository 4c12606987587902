package report

import (
	"slices"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

var effortSection = section{"effort", "What is spent on it", `
<p>Whether the model spends more on what is harder, beside what the probe and its rivals decode of the difficulty, on the same held-out rows.{{with .Cut}} {{.}}, but where pairs are compared.{{end}}</p>
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
{{- if .Readers}}
<details><summary>Effort on what is read as easy</summary>
<div class="scroll" role="region" aria-label="Effort on what is read as easy" tabindex="0">
<table>
<caption>Effort on rows that are read as easy{{if .Right}} and answered rightly{{end}}, and on rows read as hard, by who reads them. The excess is over an effort that follows what is read; a small p shows that it does follow</caption>
<thead><tr><th scope="col">Reads</th><th scope="col">Easy</th><th scope="col">Hard</th><th scope="col">Easy over hard</th><th scope="col">Excess on easy rows</th><th scope="col">Probe’s, less this</th><th scope="col">p of the excess</th></tr></thead>
<tbody>
{{- range .Readers}}
<tr><th scope="row">{{.Name}}</th>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}<td>{{.P}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
`, viewEffort}

func effortCaption(r *result.Result) string {
	right := ""
	if r.Data.Right != "" {
		right = " that the model answers rightly"
	}
	return "Easy are the rows of the easiest third" + right + ", hard those of the hardest third, as the probe and each rival reads them, with intervals. The ring is the effort on easy rows that would follow what is read; from there to the disc is the excess."
}

type easyRow struct {
	Name  string
	Cells []cell
	P     string
}

// effortKeys are the rows of the table; results.csv has all.
var effortKeys = []string{
	compare.KeyRankEffort, compare.KeyRankLead, compare.KeyConcordEffort, compare.KeyConcordLead,
	compare.KeyRankGapEasy,
}

// turnedKeys are those that say something of a difficulty that is turned round.
var turnedKeys = []string{compare.KeyRankEffort, compare.KeyConcordEffort}

// readKeys are the columns of the table of what is read as easy.
var readKeys = []string{compare.KeyEffortEasy, compare.KeyEffortHard, compare.KeyEffortEasyOverAll, compare.KeyExcessEasy, compare.KeyExcessOverRival}

func viewEffort(p *page) any {
	t := p.Table.In(result.Effort)
	if len(t) == 0 {
		return nil
	}
	var cut string
	uncut := func(row result.Row) cell { // what is cut off is said once
		row.Estimate.Warnings = slices.DeleteFunc(slices.Clone(row.Estimate.Warnings), func(w estimate.Warning) bool {
			if w.Code == compare.Censored {
				cut = capital(w.Text)
			}
			return w.Code == compare.Censored
		})
		return cellOf(row)
	}
	_, turned := warningOf(p.Result, "difficulty-turned")
	var rows []addedRow
	keys := effortKeys
	if turned {
		keys = turnedKeys
	}
	for _, key := range keys {
		rows = append(rows, addedRow{Title: titleOf(key), Definition: definitionOf(key), Cell: uncut(rowOf(t, key))})
	}
	var readers []easyRow
	for _, row := range t {
		if row.Key != compare.KeyExcessEasy || turned {
			continue
		}
		r := easyRow{Name: "Probe"}
		if row.Predictor != "effort" {
			r.Name = baselineTitle(row.Predictor)
		}
		for k, key := range readKeys {
			c := uncut(rowOf(t.Of(row.Predictor), key))
			if key == compare.KeyExcessOverRival && row.Predictor == "effort" {
				c = cell{Value: "–"} // the probe is what rivals are set beside
			}
			if k > 0 {
				c.Notes = nil // those of the first column hold for all
			}
			r.Cells = append(r.Cells, c)
		}
		if n := row.Null; n != nil {
			r.P = pOfDraws(n.P, p.Protocol.Permutations)
		}
		readers = append(readers, r)
	}
	return map[string]any{
		"Readers": readers,
		"Figure":  p.figure("effort", effortCaption(p.Result)),
		"Rows":    rows,
		"Cut":     cut,
		"Right":   p.Data.Right != "",
	}
}
