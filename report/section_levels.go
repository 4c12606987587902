package report

import (
	"slices"

	"tell/gap"
	"tell/result"
	"tell/target"
)

var levelsSection = section{"levels", "Label by label", `
<p>{{.Intro}}</p>
<details><summary>The gap on the rows of each label</summary>
<div class="scroll" role="region" aria-label="The gap on the rows of each label" tabindex="0">
<table>
<caption>On the rows of each label on which the model acted as one of them</caption>
<thead><tr><th scope="col">Label</th><th scope="col">n</th><th scope="col">Neither</th><th scope="col">Acts against</th><th scope="col">Probe alone right</th><th scope="col">Behaviour alone right</th><th scope="col">Net gap</th>{{if .Ordered}}<th scope="col">Behaviour off by</th><th scope="col">Probe off by</th>{{end}}</tr></thead>
<tbody>
{{- range .Labels}}
<tr><th scope="row">{{.Name}}</th><td>{{.N}}</td><td>{{.Neither}}</td>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- if .Acted}}
<details><summary>What was acted as</summary>
<div class="scroll" role="region" aria-label="What was acted as" tabindex="0">
<table class="narrow">
<caption>Rows by label and by what the model acted as</caption>
<thead><tr><th scope="col">Label</th>{{range .Names}}<th scope="col">acts as {{.}}</th>{{end}}</tr></thead>
<tbody>
{{- range .Acted}}
<tr><th scope="row">{{.Name}}</th>{{range .Rows}}<td{{if .Right}} class="marked"{{end}}>{{.N}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
<details><summary>{{.SplitTitle}}</summary>
<div class="scroll" role="region" aria-label="{{.SplitTitle}}" tabindex="0">
<table>
<caption>{{.SplitTitle}}, as labels 1 and 0</caption>
<thead><tr><th scope="col">1 is</th><th scope="col">AUROC of the probe</th>{{if .Graded}}<th scope="col">minus that of the graded behaviour</th>{{end}}<th scope="col">d' of the probe minus that of the behaviour</th><th scope="col">Criterion, likewise</th><th scope="col">Hit rate minus matched false alarm</th>{{if not .Ordered}}<th scope="col">Matched AUROC</th>{{end}}</tr></thead>
<tbody>
{{- range .Splits}}
<tr><th scope="row">{{.Name}}</th>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
`, viewLevels}

type oneLevelRow struct {
	Name, N, Neither string
	Cells            []cell
}

type actedRow struct {
	Name string
	Rows []actedCount
}

type actedCount struct {
	N     string
	Right bool
}

// maxActed is the number of levels up to which the page shows label by behaviour.
const maxActed = 12

func viewLevels(p *page) any {
	labels := labelGaps(p.Result)
	if labels == nil {
		return nil
	}
	ordered := kindOf(p.Result) == target.KindOrdinal
	ofLabel := []string{gap.KeyAgainst, gap.KeyKBA, gap.KeyABK, gap.KeyNet}
	ofSplit := []string{gap.KeyAUROCProbe, gap.KeyAUROCDifference, gap.KeyDPrimeDifference, gap.KeyCriterionDifference, gap.KeyHitExcess, gap.KeyMatchedAUROC}
	title := "Each class against all others"
	splits := splitGaps(p.Result)
	graded := slices.ContainsFunc(splits, func(s labelGap) bool { return s.rows.Estimate(gap.KeyAUROCBehaviour).OK() })
	if !graded {
		ofSplit = slices.Delete(ofSplit, 1, 2)
	}
	if ordered {
		ofLabel = append(ofLabel, gap.KeyOffBehaviour, gap.KeyOffProbe)
		ofSplit = ofSplit[:len(ofSplit)-1]
		title = "The levels from one on against those below it"
	}
	rows := func(list []labelGap, keys []string) []oneLevelRow {
		var rows []oneLevelRow
		for _, l := range list {
			row := oneLevelRow{Name: oneLine(l.name, 60), N: grouped(int64(l.rows.Count("rows"))), Neither: grouped(int64(l.rows.Count("rows_neither")))}
			for _, key := range keys {
				row.Cells = append(row.Cells, cellOf(rowOf(l.rows, key)))
			}
			// The parts of a difference often carry one long list of notes.
			for k := len(row.Cells) - 1; k > 0; k-- {
				if c := &row.Cells[k]; len(c.Notes) > 0 && slices.Equal(c.Notes, row.Cells[k-1].Notes) {
					c.Notes = []string{"as on the left"}
				}
			}
			rows = append(rows, row)
		}
		return rows
	}
	v := map[string]any{
		"Intro": "A net gap on the rows of one label is gained by whoever says that label more often, and lost on the others: it is no sign of knowledge by itself. " +
			"AUROC and d' do not depend on how often it is said.",
		"Ordered": ordered, "Graded": graded, "Labels": rows(labels, ofLabel), "SplitTitle": title, "Splits": rows(splits, ofSplit),
	}
	if len(labels) <= maxActed {
		var names []string
		var acted []actedRow
		for _, y := range labels {
			names = append(names, oneLine(y.name, 60))
			row := actedRow{Name: oneLine(y.name, 60)}
			for _, b := range labels {
				n := p.Table.In(result.Gap).On(result.ActedAs(y.name, b.name)).Count("rows")
				row.Rows = append(row.Rows, actedCount{grouped(int64(n)), y.name == b.name})
			}
			acted = append(acted, row)
		}
		v["Names"], v["Acted"] = names, acted
	}
	return v
}
