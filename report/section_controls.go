package report

import (
	"cmp"
	"fmt"
	"strings"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

var rocSection = section{"roc", "Recall and false alarms", `
<p>The share of the rows of “{{.One}}” above a threshold, by the share of the rows of “{{.Zero}}” above it, on held-out rows. {{.Text}}</p>
{{template "figure" .Figure}}
<details><summary>Recall</summary>
<div class="scroll" role="region" aria-label="Recall" tabindex="0">
<table>
<caption>Recall at a false-positive rate of at most {{.Rate}}</caption>
<thead><tr><th scope="col">Predictor</th><th scope="col">Recall</th><th scope="col">False-positive rate</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Title}}</th><td>{{template "estimate" .Recall}}</td><td>{{template "estimate" .Realised}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
`, viewROC}

func viewROC(p *page) any {
	t := p.Table.In(result.ROC)
	figure := p.figure("roc", "ROC curves of the probe, with the band of its pointwise intervals, and of what it is set against. The diamond is the behaviour, on the rows on which it took a side.")
	if len(t) == 0 || figure == nil {
		return nil
	}
	type recallRow struct {
		Title            string
		Recall, Realised cell
	}
	var rows []recallRow
	rate := ""
	for _, row := range t {
		if row.Key == compare.KeyRecallAtFPR {
			rate = row.Subset.Value
			rows = append(rows, recallRow{predictorTitle(row.Predictor), cellOf(row), cellOf(rowOf(t.Of(row.Predictor), compare.KeyRealisedFPR))})
		}
	}
	return map[string]any{
		"One": p.labelName(1), "Zero": p.labelName(0), "Figure": figure, "Rows": rows, "Rate": rate,
		"Text": "Rows of equal score are above a threshold together or not at all, so that no more than the stated share of false alarms is ever let in.",
	}
}

// predictorTitle is the title of the probe or of a baseline.
func predictorTitle(name string) string {
	if name == result.Probe {
		return "Probe"
	}
	return baselineTitle(name)
}

var controlsSection = section{"controls", "How easily it is learned", `
{{- range .Texts}}
<p>{{.}}</p>
{{- end}}
{{with .Rows -}}
<details><summary>Description length and selectivity</summary>
<div class="scroll" role="region" aria-label="Description length and selectivity" tabindex="0">
<table>
<caption>Description length and selectivity</caption>
<thead><tr><th scope="col">Quantity</th><th scope="col">Estimate</th></tr></thead>
<tbody>
{{- range .}}
<tr><th scope="row">{{.Title}} <span class="why">{{.Definition}}</span></th><td>{{template "estimate" .Cell}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
{{with .Figure}}{{template "figure" .}}{{end}}
`, viewControls}

func viewControls(p *page) any {
	var rows []addedRow
	add := func(b result.Block, keys ...string) {
		// Of all layers together; results.csv has each.
		t := p.Table.In(b).Of(result.Probe).At(result.None, result.None)
		for _, key := range keys {
			if row, found := t.Find(key); found {
				shown := addedRow{Title: titleOf(key), Definition: definitionOf(key), Cell: cellOf(row)}
				if key == compare.KeyAccuracy {
					shown.Title, shown.Definition = "Accuracy on the label", "share of rows whose label is predicted, on the rows of the control tasks"
				}
				rows = append(rows, shown)
			}
		}
	}
	add(result.Description, compare.KeyDescription, compare.KeyCompression, compare.KeyDescriptionLead)
	add(result.Selectivity, compare.KeyAccuracy, compare.KeyControlAccuracy, compare.KeySelectivity)
	var figure *pageFigure
	if len(p.Table.In(result.Learning)) > 0 {
		figure = p.figure("learning", capital(headlineOf(p.Result).short)+" by the number of groups that train, the mean over folds and over five draws of the groups; the last is that of all training groups, within folds. Intervals are about other data sets with as many groups. Layer, position and C are those that each fold chose with all of them.")
	}
	if rows == nil && figure == nil {
		return nil
	}
	v := map[string]any{"Rows": rows, "Texts": controlsTexts(p.Result)}
	if figure != nil {
		v["Figure"] = figure
	}
	return v
}

// controlsTexts say what the controls are read for, and what they found.
func controlsTexts(r *result.Result) []string {
	texts := controlsSentences(r)
	if texts == nil {
		texts = []string{"Whether a probe can be learned from few groups, how short a code of the labels it gives, and whether it could know labels by heart."}
	}
	if column := r.Protocol.Selectivity; column != "" {
		texts = append(texts, fmt.Sprintf("Control tasks give every value of %s a label at random.", column))
	}
	return texts
}

// controlsSentences say what a control takes away from what the probe may be said to
// read, or that this is not estimable; nothing where it takes away nothing.
func controlsSentences(r *result.Result) []string {
	var all []string
	of := func(b result.Block, key string) estimate.Estimate {
		return r.Table.In(b).Of(result.Probe).At(result.None, result.None).Estimate(key)
	}
	// Of a control that the study does not ask for there is no row, and nothing to judge.
	judge := func(b result.Block, key, whether string, low func(e estimate.Estimate) string) {
		switch e := of(b, key); {
		case len(r.Table.In(b)) == 0:
		case !e.OK() || e.Interval == nil:
			all = append(all, fmt.Sprintf("Whether %s is not estimable: %s.", whether, cmp.Or(e.Reason, withoutInterval(e))))
		case e.Interval.Low <= 0:
			all = append(all, low(e))
		}
	}
	judge(result.Description, compare.KeyDescriptionLead, "probes save bits in an online code of the labels", func(e estimate.Estimate) string {
		return fmt.Sprintf("These rows do not show that the states shorten an online code of the labels: probes save %s bits a row beside the shares of the labels%s.",
			signed(e.Value, digitsOf(e, 3)), inWords(e, signed, digitsOf(e, 3), ""))
	})
	judge(result.Selectivity, compare.KeySelectivity, "the probe reads more than it could know by heart", func(e estimate.Estimate) string {
		own := ""
		if a := of(result.Selectivity, compare.KeyAccuracy); a.OK() {
			own = fmt.Sprintf(", %s%% on the rows of the control tasks,", points(a.Value, pointsOf(a)))
		}
		return fmt.Sprintf("The probe is not shown to read more than it could know by heart: its accuracy%s differs by %s points from that on labels drawn at random for each value of %s%s.",
			own, signedPoints(e.Value, pointsOf(e)), cmp.Or(r.Protocol.Selectivity, "a column"), inWords(e, signedPoints, pointsOf(e), ""))
	})
	own, left := nestedOf(r).Estimate(headlineOf(r).key), baselineOf(r, result.Residualised).Estimate(headlineOf(r).key)
	chance := headlineOf(r).chance
	if own.OK() && left.OK() && own.Interval != nil && left.Interval != nil && own.Interval.Low > chance && left.Interval.Low <= chance {
		all = append(all, fmt.Sprintf("With the columns regressed out of the states, the probe is not shown to read anything of the label: its %s is %s%s, and %s%s without.",
			headlineOf(r).short, number(left.Value, digitsOf(left, 3)), inWords(left, number, digitsOf(left, 3), ""), number(own.Value, digitsOf(own, 3)), inWords(own, number, digitsOf(own, 3), "")))
	}
	return all
}

// withoutInterval says why an estimate has no interval.
func withoutInterval(e estimate.Estimate) string {
	for _, w := range e.Warnings {
		if w.Code == estimate.NoInterval {
			return strings.TrimPrefix(w.Text, "no interval: ")
		}
	}
	return "there is no interval"
}
