package report

var warningsSection = section{"warnings", "Warnings", `
<ul class="warnings">
{{- range .}}
<li><strong>{{.Message}}</strong>{{if .Advice}} {{.Advice}}{{end}} <code>{{.Code}}</code></li>
{{- end}}
</ul>
`, viewWarnings}

func viewWarnings(p *page) any {
	if len(p.Warnings) == 0 {
		return nil
	}
	return p.Warnings
}
