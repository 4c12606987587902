package report

import "tell/result"

var findingSection = section{"finding", "Finding", `
{{- with .Headline}}
<p class="headline"><span class="value">{{.Value}}</span> <span class="unit">{{.Unit}}</span>{{if .Interval}} <span class="interval">{{.Interval}}</span>{{end}}</p>
{{- end}}
{{template "figure" .Figure}}
<p class="lead">{{.Lead}}</p>
{{- with .Further}}
<ul class="further">
{{- range .}}
<li>{{.}}</li>
{{- end}}
</ul>
{{- end}}
{{- with .Details}}
<details><summary>Details</summary>
{{- range .}}
<p>{{.}}</p>
{{- end}}
</details>
{{- end}}
`, func(p *page) any {
	return struct {
		*Finding
		Figure *pageFigure
	}{FindingOf(p.Result), p.figure("finding", findingCaption(p.Result))}
}}

func findingCaption(r *result.Result) string {
	s := "The probe beside what the model did and the rivals, on the same held-out rows; the layers are those that the training folds chose."
	if len(r.Table.In(result.Hidden)) > 0 {
		s += " A rival is what a regression on it alone tells of the label, as in the headline."
	}
	if r.Protocol.Permutations > 0 {
		s += " A p is against shuffled labels, that of the probe for the best of all layers. It does not say that the probe adds to its rivals."
	}
	return s
}
