package report

var findingSection = section{"finding", "Finding", `
{{- with .Headline}}
<p class="headline"><span class="value">{{.Value}}</span> <span class="unit">{{.Unit}}</span>{{if .Interval}} <span class="interval">{{.Interval}}</span>{{end}}</p>
{{- end}}
<p class="lead">{{.Lead}}</p>
{{- range .Further}}
<p>{{.}}</p>
{{- end}}
`, func(p *page) any { return FindingOf(p.Result) }}
