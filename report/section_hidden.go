package report

import (
	"tell/hidden"
	"tell/result"
	"tell/target"
)

var hiddenSection = section{"hidden", "What is hidden", `
<p>Two {{.Regressions}} predict the {{.Label}} out of fold: one from all rivals together, one from the rivals and the probe. What the second does better is what the hidden states hold beyond the rivals. The test against chance flips the sign of what the rivals do not explain of the probe's score, in whole groups.</p>
<div class="scroll" role="region" aria-label="What the probe adds to all rivals" tabindex="0">
<table>
<caption>What the probe adds to all rivals together, on {{.Used}}</caption>
<thead><tr><th scope="col">Quantity</th><th scope="col">Estimate</th><th scope="col">Flipped, mean</th><th scope="col">p</th></tr></thead>
<tbody>
{{- range .Added}}
<tr><th scope="row">{{.Title}} <span class="why">{{.Definition}}</span></th><td>{{template "estimate" .Cell}}</td><td>{{.Mean}}</td><td>{{.P}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
{{- if .Rivals}}
<details><summary>Rivals of the probe</summary>
<div class="scroll" role="region" aria-label="Rivals of the probe" tabindex="0">
<table>
<caption>The rivals alone; a lead is the {{.AUROC}} of the probe alone minus the larger of that of the rival and 0.5</caption>
<thead><tr><th scope="col">Rival</th><th scope="col">{{.AUROC}} alone</th><th scope="col">Shuffled labels, mean</th><th scope="col">p</th><th scope="col">Lead of the probe</th></tr></thead>
<tbody>
{{- range .Rivals}}
<tr><th scope="row">{{.Title}}</th><td>{{template "estimate" .Alone}}</td><td>{{.Mean}}</td><td>{{.P}}</td><td>{{template "estimate" .Lead}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
`, viewHidden}

type addedRow struct {
	Title, Definition string
	Cell              cell
	Mean, P           string
}

type rivalRow struct {
	Title       string
	Alone, Lead cell
	Mean, P     string
}

func viewHidden(p *page) any {
	h := p.Table.In(result.Hidden)
	if len(h) == 0 {
		return nil
	}
	var added []addedRow
	for _, key := range []string{hidden.KeyInformation, hidden.KeyAUROC, hidden.KeyAccuracy} {
		row, ok := h.Of(result.Probe).Find(key)
		if !ok {
			continue
		}
		a := addedRow{Title: titleOf(key), Definition: definitionOf(key), Cell: cellOf(row)}
		if len(added) > 0 {
			a.Cell.Notes = nil // those of the first row hold for all
		}
		if n := row.Null; n != nil {
			a.Mean, a.P = signed(n.Mean, 3), pOfDraws(n.P, p.Protocol.Permutations)
		}
		added = append(added, a)
	}
	var rivals []rivalRow
	for _, row := range h {
		if row.Key == result.KeyAlone && row.Predictor != result.Probe {
			r := rivalRow{Title: baselineTitle(row.Predictor), Alone: cellOf(row), Lead: cellOf(rowOf(h.Of(row.Predictor), result.KeyLead))}
			if n := row.Null; n != nil {
				r.Mean, r.P = number(n.Mean, 3), pOfDraws(n.P, p.Protocol.Permutations)
			}
			rivals = append(rivals, r)
		}
	}
	of := hiddenWordsOf(p.Result)
	return map[string]any{"Added": added, "Rivals": rivals, "Used": count(p.Data.Used, "row", "rows"), "Regressions": of.regressions, "Label": of.label, "AUROC": of.auroc}
}

// hiddenWords are what the second level and its AUROC are called for a kind of target.
type hiddenWords struct{ regressions, label, auroc string }

func hiddenWordsOf(r *result.Result) hiddenWords {
	switch kindOf(r) {
	case target.KindClass:
		return hiddenWords{"multinomial regressions", "class", "macro AUROC"}
	case target.KindOrdinal:
		return hiddenWords{"cumulative logit regressions", "level", "share of pairs in order"}
	}
	return hiddenWords{"logistic regressions", "label", "AUROC"}
}
