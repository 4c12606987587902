package report

import (
	"slices"
	"strings"

	"tell/gap"
)

var slicesSection = section{"slices", "The gap on parts of the rows", `
<p>The same estimates on parts of the rows{{if .Paired}}, and differences of the parts on the groups that they share{{end}}. They are not corrected for their number: look for what repeats, and do not take the largest as a finding.</p>
{{template "figure" .Figure}}
{{- range .Breakdowns}}
<div class="scroll" role="region" aria-label="The gap by {{.Name}}" tabindex="0">
<table>
<caption>The gap by {{.Name}}{{if .Left}}. The first {{len .Rows}}; {{count .Left "more is" "more are"}} in results.json{{end}}</caption>
<thead><tr><th scope="col">{{.Heading}}</th><th scope="col">n</th><th scope="col">Neither</th><th scope="col">Net gap</th><th scope="col">Beyond text</th><th scope="col">Matched AUROC</th><th scope="col">Smallest detectable gap</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Value}}</th><td>{{.N}}</td><td>{{.Neither}}</td><td>{{template "estimate" .Net}}</td><td>{{template "estimate" .Beyond}}</td><td>{{template "estimate" .Matched}}</td><td>{{template "estimate" .Smallest}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
{{- with .Notes}}
<p class="why">{{.}}</p>
{{- end}}
{{- if .Contrasts}}
<div class="scroll" role="region" aria-label="Differences by {{.Name}}" tabindex="0">
<table>
<caption>Each {{.Name}} minus {{.Name}} {{.Reference}}, on the groups with rows in both, with the intervals of paired differences</caption>
<thead><tr><th scope="col">{{.Heading}}</th><th scope="col">Groups</th><th scope="col">Net gap</th><th scope="col">Beyond text</th><th scope="col">Matched AUROC</th></tr></thead>
<tbody>
{{- range .Contrasts}}
<tr><th scope="row">{{.Value}}</th><td>{{.Groups}}</td>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
{{- end}}
{{- end}}
`, viewSlices}

// maxSliceRows keeps the page light; results.json has the rest.
const maxSliceRows = 100

type breakdown struct {
	Name, Heading string
	Rows          []sliceRow
	Left          int
	Notes         string // what holds of every row
	Reference     string // the value that the contrasts are differences to
	Contrasts     []contrastRow
}

type sliceRow struct {
	Value, N, Neither              string
	Net, Beyond, Matched, Smallest cell
}

type contrastRow struct {
	Value, Groups string
	Cells         []cell
}

func viewSlices(p *page) any {
	if p.Gap == nil {
		return nil
	}
	var breakdowns []breakdown
	for _, b := range append([]gap.Breakdown{{Name: "condition", Slices: p.Gap.Conditions, Contrasts: p.Gap.Contrasts}}, p.Gap.Strata...) {
		if len(b.Slices) > 1 { // one slice repeats all rows
			breakdowns = append(breakdowns, newBreakdown(b))
		}
	}
	figure := p.figure("gap", "Net gap and hidden-beyond-text gap with their intervals, on all rows and on parts of them. Right of zero, the probe is the more accurate one.")
	if len(breakdowns) == 0 && figure == nil {
		return nil
	}
	paired := slices.ContainsFunc(breakdowns, func(b breakdown) bool { return b.Contrasts != nil })
	return map[string]any{"Figure": figure, "Breakdowns": breakdowns, "Paired": paired}
}

func newBreakdown(of gap.Breakdown) breakdown {
	b := breakdown{Name: of.Name, Heading: capital(of.Name), Left: max(0, len(of.Slices)-maxSliceRows)}
	for _, s := range of.Slices[:min(len(of.Slices), maxSliceRows)] {
		b.Rows = append(b.Rows, newSliceRow(s))
	}
	b.Notes = b.takeCommonNotes()
	for _, c := range of.Contrasts[:min(len(of.Contrasts), maxSliceRows)] {
		b.Reference = sliceName(c.Reference)
		row := contrastRow{Value: sliceName(c.Value), Groups: grouped(int64(c.Groups))}
		for _, it := range c.Items {
			row.Cells = append(row.Cells, cellOf(it.Estimate, gap.Difference))
		}
		b.Contrasts = append(b.Contrasts, row)
	}
	return b
}

func newSliceRow(s gap.Slice) sliceRow {
	smallest, _ := s.Item(gap.KeySmallest)
	return sliceRow{
		Value:    sliceName(s.Value),
		N:        grouped(int64(s.N)),
		Neither:  grouped(int64(s.Neither.N)),
		Net:      cellOf(s.Net(), gap.Difference),
		Beyond:   cellOf(s.Headline(), gap.Difference),
		Matched:  cellOf(s.MatchedAUROC(), gap.AUROC),
		Smallest: cellOf(smallest.Estimate, gap.Share),
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
func (b *breakdown) takeCommonNotes() string {
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
