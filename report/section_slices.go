package report

import (
	"slices"
	"strings"

	"tell/gap"
	"tell/result"
	"tell/target"
)

var slicesSection = section{"slices", "The gap on parts of the rows", `
<p>The same estimates on parts of the rows{{if .Paired}}, and differences between parts on the groups that they share{{end}}. They are not corrected for multiple comparisons: look for what repeats, and do not take the largest as a finding.</p>
{{template "figure" .Figure}}
{{- range $b := .Breakdowns}}
<details><summary>The gap by {{.Name}}</summary>
<div class="scroll" role="region" aria-label="The gap by {{.Name}}" tabindex="0">
<table>
<caption>The gap by {{.Name}}{{if .Left}}. The first {{len .Rows}}; {{count .Left "more is" "more are"}} in results.json{{end}}</caption>
<thead><tr><th scope="col">{{.Heading}}</th><th scope="col">n</th><th scope="col">Neither</th><th scope="col">Net gap</th><th scope="col">Beyond text</th>{{if .HasMatched}}<th scope="col">Matched AUROC</th>{{end}}<th scope="col">Smallest detectable gap</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Value}}</th><td>{{.N}}</td><td>{{.Neither}}</td><td>{{template "estimate" .Net}}</td><td>{{template "estimate" .Beyond}}</td>{{if $b.HasMatched}}<td>{{template "estimate" .Matched}}</td>{{end}}<td>{{template "estimate" .Smallest}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- with .Notes}}
<p class="why">{{.}}</p>
{{- end}}
{{- if .Contrasts}}
<details><summary>Differences by {{.Name}}</summary>
<div class="scroll" role="region" aria-label="Differences by {{.Name}}" tabindex="0">
<table>
<caption>Each {{.Name}} minus {{.Name}} {{.Reference}}, on the groups with rows in both, with intervals of paired differences</caption>
<thead><tr><th scope="col">{{.Heading}}</th><th scope="col">Groups</th><th scope="col">Net gap</th><th scope="col">Beyond text</th>{{if .HasMatched}}<th scope="col">Matched AUROC</th>{{end}}</tr></thead>
<tbody>
{{- range .Contrasts}}
<tr><th scope="row">{{.Value}}</th><td>{{.Groups}}</td>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
{{- end}}
`, viewSlices}

// maxSliceRows keeps the page light; results.json has the rest.
const maxSliceRows = 100

type breakdownView struct {
	Name, Heading string
	Rows          []sliceRow
	Left          int
	Notes         string // what is true of every row
	Reference     string // the value that the contrasts are differences to
	Contrasts     []contrastRow
	HasMatched    bool // not of ordered levels
}

type sliceRow struct {
	Value, N, Neither              string
	Net, Beyond, Matched, Smallest cell
}

type contrastRow struct {
	Value, Groups string
	Cells         []cell
}

// contrastKeys are the columns of a table of contrasts.
var contrastKeys = [...]string{gap.KeyNet, gap.KeyBeyondText, gap.KeyMatchedAUROC}

func viewSlices(p *page) any {
	if len(p.gap) == 0 {
		return nil
	}
	var views []breakdownView
	for _, b := range breakdownsOf(p.Result) {
		views = append(views, newBreakdown(b, kindOf(p.Result) != target.KindOrdinal))
	}
	figure := p.figure("gap", "Net gap and hidden-beyond-text gap with their intervals, on all rows and on parts of them. Right of zero, the probe is more accurate.")
	if len(views) == 0 && figure == nil {
		return nil
	}
	paired := slices.ContainsFunc(views, func(b breakdownView) bool { return b.Contrasts != nil })
	return map[string]any{"Figure": figure, "Breakdowns": views, "Paired": paired}
}

func newBreakdown(of breakdown, matched bool) breakdownView {
	b := breakdownView{HasMatched: matched, Name: of.name, Heading: capital(of.name), Left: max(0, len(of.slices)-maxSliceRows)}
	for _, s := range of.slices[:min(len(of.slices), maxSliceRows)] {
		b.Rows = append(b.Rows, newSliceRow(s))
	}
	b.Notes = b.takeCommonNotes()
	for _, c := range of.contrasts[:min(len(of.contrasts), maxSliceRows)] {
		if c.on.Reference != nil {
			b.Reference = sliceName(*c.on.Reference)
		}
		row := contrastRow{Value: sliceName(c.on.Value)}
		for _, key := range contrastKeys {
			if key == gap.KeyMatchedAUROC && !matched {
				continue
			}
			row.Cells = append(row.Cells, cellOf(rowOf(c.rows, key)))
		}
		row.Groups = grouped(int64(c.rows.Count(result.KeyGroups)))
		b.Contrasts = append(b.Contrasts, row)
	}
	return b
}

func newSliceRow(s set) sliceRow {
	return sliceRow{
		Value:    sliceName(s.on.Value),
		N:        grouped(int64(s.rows.Count("rows"))),
		Neither:  grouped(int64(s.rows.Count("rows_neither"))),
		Net:      cellOf(rowOf(s.rows, gap.KeyNet)),
		Beyond:   cellOf(rowOf(s.rows, gap.KeyBeyondText)),
		Matched:  cellOf(rowOf(s.rows, gap.KeyMatchedAUROC)),
		Smallest: cellOf(rowOf(s.rows, gap.KeySmallest)),
	}
}

func sliceName(value string) string {
	if strings.TrimSpace(value) == "" {
		return "(empty)"
	}
	return value
}

// takeCommonNotes takes out the notes that every row has beside the gap beyond
// text, to be said once.
func (b *breakdownView) takeCommonNotes() string {
	var common []string
	for _, note := range b.Rows[0].Beyond.Notes {
		if !slices.ContainsFunc(b.Rows, func(r sliceRow) bool { return !slices.Contains(r.Beyond.Notes, note) }) {
			common = append(common, note)
		}
	}
	for i := range b.Rows {
		own := slices.Clone(b.Rows[i].Beyond.Notes)
		b.Rows[i].Beyond.Notes = slices.DeleteFunc(own, func(note string) bool { return slices.Contains(common, note) })
	}
	if len(common) == 0 {
		return ""
	}
	return "In every row: " + strings.Join(common, "; ") + "."
}
