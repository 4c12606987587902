package report

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"strings"

	"tell/metric"
	"tell/result"
)

var provenanceSection = section{"provenance", "Provenance", `
<p>Made by tell{{with .Tell}} {{.}}{{end}} ({{.Go}}{{with .Platform}}, {{.}}{{end}}{{with .Instructions}}, matrix products on {{.}}{{end}}) with seed {{.Seed}}. With these, the same files and seed give the same bytes for any number of workers. Another instruction set adds in another order, and last digits may differ.</p>
{{- with .Command}}
<p>In the folder in which it was typed, this command makes the results again:</p>
<pre><code>{{.}}</code></pre>
{{- end}}
{{- with .Text}}
<details>
<summary>The study file</summary>
<pre><code>{{.}}</code></pre>
</details>
{{- end}}
{{- with .Table}}
<p>Every estimate, kept in this page: <a href="{{.}}" download="results.csv">results.csv</a>.</p>
{{- end}}
<p>In the directory of this page, and not in a copy of the page alone: every estimate in {{if not .Table}}<a href="results.csv" download>results.csv</a> and {{end}}<a href="results.parquet" download>results.parquet</a>, the score of every row in <a href="scores.csv" download>scores.csv</a> and <a href="scores.parquet" download>scores.parquet</a>.</p>
{{- with .Plan}}
<p>The plan of the computation (study, inputs, folds and version) has the hash <code>{{.}}</code>.</p>
{{- end}}
<details><summary>Input files</summary>
<div class="scroll" role="region" aria-label="Input files" tabindex="0">
<table>
<caption>Input files</caption>
<thead><tr><th scope="col">File</th><th scope="col">Bytes</th><th scope="col">SHA-256</th></tr></thead>
<tbody>
{{- range .Files}}
<tr><th scope="row">{{.Path}}</th><td>{{.Size}}</td><td><code>{{.Identity}}</code></td></tr>
{{- end}}
{{- with .More}}
<tr><th scope="row">{{.}}</th><td></td><td></td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- if .Definitions}}
<h3>Definitions</h3>
<dl>
{{- range .Definitions}}
<dt>{{.Term}}</dt><dd>{{.Text}}</dd>
{{- end}}
</dl>
{{- end}}
`, viewProvenance}

// maxFileRows bounds the files that the page lists: a dump may have one for every
// row.
const maxFileRows = 200

// maxTableBytes bounds the table that the page holds: browsers save no longer address.
const maxTableBytes = 1 << 20

// heldTable is results.csv as an address, or empty where it is too long.
func heldTable(r *result.Result) template.URL {
	var b bytes.Buffer
	if err := result.EncodeTable(&b, r); err != nil || b.Len() > maxTableBytes {
		return ""
	}
	return template.URL("data:text/csv;charset=utf-8;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))
}

type fileRow struct {
	Path, Size, Identity string
}

func viewProvenance(p *page) any {
	v := p.Provenance
	var files []fileRow
	for _, f := range append([]result.Input{v.Study}, v.Files...) {
		if f.Path != "" {
			files = append(files, fileRow{f.Path, grouped(f.Size), f.Identity()})
		}
	}
	more := ""
	if n := len(files) - maxFileRows; n > 0 {
		files, more = files[:maxFileRows], "and "+count(n, "file", "files")+" more, which results.json lists"
	}
	if v.Tell == "" && v.Command == "" && v.Text == "" && len(files) == 0 {
		return nil
	}
	return map[string]any{"Tell": v.Tell, "Go": v.Go, "Platform": v.Platform, "Instructions": v.Instructions, "Seed": v.Seed, "Command": v.Command, "Plan": v.Plan, "Text": strings.TrimRight(v.Text, "\n"), "Files": files, "More": more, "Definitions": p.glossary(), "Table": heldTable(p.Result)}
}

// glossary is the terms and metrics; docs/results.md has every key.
func (p *page) glossary() []result.Definition {
	var terms []result.Definition
	for _, d := range p.Definitions {
		if _, isMetric := metric.Named(d.Key); isMetric || d.Key == "" {
			terms = append(terms, d)
		}
	}
	return terms
}
