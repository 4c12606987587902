package report

var findingSection = section{"finding", "Finding", `
{{- with .Headline}}
<p class="headline"><span class="value">{{.Value}}</span> <span class="unit">{{.Unit}}</span>{{if .Interval}} <span class="interval">{{.Interval}}</span>{{end}}</p>
{{- end}}
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
`, func(p *page) any { return FindingOf(p.Result) }}
