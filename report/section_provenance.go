package report

import (
	"tell/study"
)

var provenanceSection = section{"provenance", "Provenance", `
<p>Made by tell {{.Tell}} ({{.Go}}{{with .Platform}}, {{.}}{{end}}{{with .Instructions}}, matrix products on {{.}}{{end}}) with seed {{.Seed}}. With these, the same files and seed give the same bytes for any number of workers. Another instruction set adds in another order, so that between processors last digits may differ.</p>
<div class="scroll" role="region" aria-label="Input files" tabindex="0">
<table>
<caption>Input files</caption>
<thead><tr><th scope="col">File</th><th scope="col">Bytes</th><th scope="col">SHA-256</th></tr></thead>
<tbody>
{{- range .Files}}
<tr><th scope="row">{{.Path}}</th><td>{{.Size}}</td><td><code>{{.SHA256}}</code></td></tr>
{{- end}}
</tbody>
</table>
</div>
{{- if .Definitions}}
<h3>Definitions</h3>
<dl>
{{- range .Definitions}}
<dt>{{.Term}}</dt><dd>{{.Text}}</dd>
{{- end}}
</dl>
{{- end}}
`, viewProvenance}

type fileRow struct {
	Path, Size, SHA256 string
}

func viewProvenance(p *page) any {
	v := p.Provenance
	var files []fileRow
	for _, f := range append([]study.File{v.Study}, v.Files...) {
		if f.Path != "" {
			files = append(files, fileRow{f.Path, grouped(f.Size), f.SHA256})
		}
	}
	if v.Tell == "" && len(files) == 0 {
		return nil
	}
	return map[string]any{"Tell": v.Tell, "Go": v.Go, "Platform": v.Platform, "Instructions": v.Instructions, "Seed": v.Seed, "Files": files, "Definitions": v.Definitions}
}
