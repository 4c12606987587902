package report

var warningsSection = section{"warnings", "Warnings", `
<ul class="warnings">
{{- range .Study}}
<li><strong>{{.Message}}</strong>{{if .Advice}} {{.Advice}}{{end}} <code>{{.Code}}</code></li>
{{- end}}
{{- range .Gap}}
<li>{{.}}</li>
{{- end}}
</ul>
`, viewWarnings}

func viewWarnings(p *page) any {
	var gapWarnings []string
	if p.Gap != nil {
		for _, w := range p.Gap.Warnings {
			gapWarnings = append(gapWarnings, sentence(w))
		}
	}
	if len(p.Warnings) == 0 && len(gapWarnings) == 0 {
		return nil
	}
	return map[string]any{"Study": p.Warnings, "Gap": gapWarnings}
}
