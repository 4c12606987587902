package report

import (
	"fmt"
	"slices"

	"tell/estimate"
	"tell/metric"
	"tell/result"
)

var baselinesSection = section{"baselines", "Baselines on the same folds", `
<p>None of these baselines sees a hidden state beyond the embeddings{{.But}}. A difference is the probe minus the baseline on the same rows and the same bootstrap draws; {{.Better}}.{{with .Rows}} {{.}}{{end}}</p>
<details><summary>Baselines</summary>
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
</details>
`, viewBaselines}

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
	result.Majority:     "Majority label",
	result.Text:         "Text",
	result.Embedding:    "Embeddings",
	result.Nuisance:     "Nuisance columns",
	result.Behaviour:    "Behaviour",
	result.Graded:       "Graded behaviour",
	result.Residualised: "Residualised probe",
}

func baselineTitle(name string) string {
	if title, ok := baselineTitles[name]; ok {
		return title
	}
	return name
}

func viewBaselines(p *page) any {
	if len(p.Predictors) == 0 {
		return nil
	}
	var titles []string
	metrics, _ := Headlines(p.Result) // results.json has all
	better := "above zero, the probe is better"
	for _, name := range metrics {
		titles = append(titles, titleOf(name))
		if m, ok := metric.Named(name); ok && m.LowerIsBetter {
			better += "; of " + lowerFirst(titleOf(name)) + ", below zero"
		}
	}
	var rows []baselineRow
	for _, b := range p.Predictors {
		rows = append(rows, newBaselineRow(b, baselineOf(p.Result, b.Name), metrics))
	}
	but := "" // the study's own states are seen by one
	if slices.ContainsFunc(p.Predictors, func(b result.Predictor) bool { return b.Name == result.Residualised }) {
		but = ", but the residualised probe, which is the probe on what is left of the states"
	}
	v := map[string]any{"But": but, "Better": better, "Titles": titles, "Baselines": rows, "Used": count(p.Data.Used, "row", "rows")}
	if n := p.gap.Count("rows"); len(p.gap) > 0 && n < p.Data.Used {
		v["Rows"] = fmt.Sprintf("All are measured on all %s. The gap is measured on the %s of them on which the model acted as if one of the labels were true, and compares the probe with text and behaviour again there.",
			count(p.Data.Used, "row", "rows"), grouped(int64(n)))
	}
	return v
}

func newBaselineRow(b result.Predictor, t result.Table, metrics [2]string) baselineRow {
	row := baselineRow{Name: baselineTitle(b.Name), Note: b.Note}
	if e := t.Estimate(metrics[0]); !e.OK() && e.Reason == t.Estimate(metrics[1]).Reason {
		row.Reason = e.Reason
		return row
	}
	for _, name := range metrics {
		value := rowOf(t, name)
		pair := baselinePair{cellOf(value), cellOf(rowOf(t, name+result.Difference))}
		if name == "auroc" && belowChance(value.Estimate) {
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
