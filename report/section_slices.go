package report

import (
	"strings"

	"tell/gap"
)

var slicesSection = section{"slices", "The gap by condition", `
<p>The same estimates on parts of the rows. They are not corrected for their number: look for what repeats, and do not take the largest as a finding.</p>
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
{{- end}}
`, viewSlices}

// maxSliceRows keeps the page light; results.json has the rest.
const maxSliceRows = 100

type breakdown struct {
	Name, Heading string
	Rows          []sliceRow
	Left          int
}

type sliceRow struct {
	Value, N, Neither              string
	Net, Beyond, Matched, Smallest cell
}

func viewSlices(p *page) any {
	if p.Gap == nil {
		return nil
	}
	var breakdowns []breakdown
	if len(p.Gap.Conditions) > 0 {
		breakdowns = append(breakdowns, newBreakdown("condition", p.Gap.Conditions))
	}
	for _, b := range p.Gap.Strata {
		breakdowns = append(breakdowns, newBreakdown(b.Name, b.Slices))
	}
	figure := p.figure("gap", "Net gap and hidden-beyond-text gap with their intervals, on all rows and on parts of them. Right of zero, the probe is the more accurate one.")
	if len(breakdowns) == 0 && figure == nil {
		return nil
	}
	return map[string]any{"Figure": figure, "Breakdowns": breakdowns}
}

func newBreakdown(name string, slices []gap.Slice) breakdown {
	b := breakdown{Name: name, Heading: capital(name), Left: max(0, len(slices)-maxSliceRows)}
	for _, s := range slices[:min(len(slices), maxSliceRows)] {
		value := s.Value
		if strings.TrimSpace(value) == "" {
			value = "(empty)"
		}
		smallest, _ := s.Item(gap.KeySmallest)
		b.Rows = append(b.Rows, sliceRow{
			Value:    value,
			N:        grouped(int64(s.N)),
			Neither:  grouped(int64(s.Neither.N)),
			Net:      cellOf(s.Net(), gap.Difference),
			Beyond:   cellOf(s.Headline(), gap.Difference),
			Matched:  cellOf(s.MatchedAUROC(), gap.AUROC),
			Smallest: cellOf(smallest.Estimate, gap.Share),
		})
	}
	return b
}
