package report

import (
	"slices"

	"tell/estimate"
	"tell/result"
)

// maxPairings is how many pairings of a comparison are put into words and drawn.
const maxPairings = 6

// A pairing is what a comparison says of two conditions, or of two dumps.
type pairing struct {
	first, second string
	rows          result.Table
}

// pairingsOf cuts the rows of a comparison into pairings. Each begins with the
// count of what has no partner, or is one line that says why there is nothing else.
func pairingsOf(t result.Table, lost string) []pairing {
	var list []pairing
	for _, row := range t {
		if n := len(list); row.Key != lost && n > 0 {
			p := &list[n-1]
			if slices.Contains([]string{p.first, p.second, p.first + "-" + p.second, p.second + "-" + p.first}, row.Test) {
				p.rows = append(p.rows, row)
				continue
			}
		}
		list = append(list, pairing{row.Train, row.Test, result.Table{row}})
	}
	return list
}

// row is about all rows of the pairing; one that is not there has no key.
func (p pairing) row(predictor, train, test, key string) result.Row {
	for _, row := range p.rows {
		if row.Predictor == predictor && row.Train == train && row.Test == test && row.Key == key && row.Layer == result.None && row.Subset == (result.Subset{}) {
			return row
		}
	}
	return result.Row{Estimate: estimate.NotEstimable(0, 0, "the results hold no "+key)}
}

// rest are the rows that none of the given ones are.
func (p pairing) rest(shown []result.Row) result.Table {
	var rest result.Table
	for _, row := range p.rows {
		if !slices.ContainsFunc(shown, func(s result.Row) bool {
			return s.Key == row.Key && s.Predictor == row.Predictor && s.Train == row.Train && s.Test == row.Test && s.Subset == row.Subset
		}) {
			rest = append(rest, row)
		}
	}
	return rest
}

func there(row result.Row) bool { return row.Key != "" }

// flagged reports whether an estimate has one of the flags.
func flagged(e estimate.Estimate, flags ...string) bool {
	return slices.ContainsFunc(e.Flags(), func(f string) bool { return slices.Contains(flags, f) })
}

// percent prints a share as "58%".
func percent(e estimate.Estimate) string {
	if !e.OK() {
		return "not estimable"
	}
	return points(e.Value, 0) + "%"
}

// changed prints a difference of shares as "−27 points (95% interval −34 to −19)".
func changed(e estimate.Estimate) string {
	if !e.OK() {
		return "not estimable: " + e.Reason
	}
	return signedPoints(e.Value, pointsOf(e)) + " points" + inWords(e, signedPoints, pointsOf(e), "")
}

func quoted(name string) string { return "“" + oneLine(name, 60) + "”" }

// A detailRow is a row of a table that is folded away.
type detailRow struct {
	Title, Predictor, Train, Test, Subset string
	Cell                                  cell
	P                                     string
}

// maxDetails keeps the page light; results.csv has the rest.
const maxDetails = 120

func detailsOf(t result.Table) []detailRow {
	var rows []detailRow
	for _, row := range t[:min(len(t), maxDetails)] {
		d := detailRow{
			Title: titleOf(row.Key), Predictor: row.Predictor, Train: oneLine(row.Train, 60), Test: minus(oneLine(row.Test, 60)),
			Cell: cellOf(row),
		}
		if row.Subset.Column != "" {
			d.Subset = oneLine(row.Subset.Column+" = "+row.Subset.Value, 60)
		}
		if row.Null != nil {
			d.P = pValue(row.Null.P)
		}
		rows = append(rows, d)
	}
	return rows
}

// detailsTemplate is a table of the lines that a section does not show.
const detailsTemplate = `
{{- if .Details}}
<details>
<summary>{{.Summary}}</summary>
<div class="scroll" role="region" aria-label="{{.Summary}}" tabindex="0">
<table>
<caption>{{.Caption}}</caption>
<thead><tr><th scope="col">Quantity</th><th scope="col">Of</th><th scope="col">Trained on</th><th scope="col">Measured on</th><th scope="col">Estimate</th><th scope="col">p</th></tr></thead>
<tbody>
{{- range .Details}}
<tr><th scope="row">{{.Title}}{{with .Subset}} <span class="why">{{.}}</span>{{end}}</th><td>{{.Predictor}}</td><td>{{.Train}}</td><td>{{.Test}}</td><td>{{template "estimate" .Cell}}</td><td>{{.P}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
`
