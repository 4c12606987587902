package report

import (
	"fmt"
	"strings"

	"tell/estimate"
	"tell/result"
)

var joinedSection = section{"joined", "All layers together, and few columns", `
{{- with .Rows}}
<p>{{$.Joined}}</p>
<details><summary>Layers joined</summary>
<div class="scroll" role="region" aria-label="Layers joined" tabindex="0">
<table>
<caption>One predictor of the probes of all layers{{with $.Many}} and positions{{end}}, beside the probe whose layer is chosen, on {{$.Used}}</caption>
<thead><tr><th scope="col">Predictor</th>
{{- range $.Titles}}<th scope="col">{{.}}</th><th scope="col">Chosen layer − this</th>{{end}}</tr></thead>
<tbody>
{{- range .}}
<tr><th scope="row">{{.Name}} <span class="why">{{.Note}}</span></th>{{range .Pairs}}<td>{{template "estimate" .Value}}</td><td>{{template "estimate" .Difference}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
{{- with .Path}}
<p>{{$.Few}}</p>
{{template "figure" .}}
{{- end}}
`, viewJoined}

// joinedTitles are the ways to join layers, in words.
var joinedTitles = map[string][2]string{
	"mean":  {"Mean", "of the logits out of fold"},
	"stack": {"Stack", "a second probe on the logits, trained inside the training folds"},
}

func viewJoined(p *page) any {
	joined := p.Table.In(result.Joined)
	path := p.figure("few-columns", headlineOf(p.Result).short+" of probes on few columns: those whose class means differ most in the training rows, and as many drawn at random. Layer, position and C are chosen inside the training folds for each number of columns, as for the probe on all columns.")
	if len(joined) == 0 && path == nil {
		return nil
	}
	keys, titles := Headlines(p.Result)
	positions := 0
	if _, n := p.Probed(); n > 1 {
		positions = n
	}
	v := map[string]any{"Titles": titles, "Many": positions, "Used": count(p.Data.Used, "row", "rows"), "Path": path, "Joined": joinedSentence(p.Result), "Few": fewSentence(p.Result)}
	var rows []baselineRow
	for _, row := range joined {
		if row.Key == keys[0] {
			title := joinedTitles[row.Predictor]
			rows = append(rows, newBaselineRow(result.Predictor{Name: title[0], Note: title[1]}, joined.Of(row.Predictor), keys))
		}
	}
	v["Rows"] = rows
	return v
}

// joinedSentence says what joining the layers changes.
func joinedSentence(r *result.Result) string {
	h := headlineOf(r)
	var parts []string
	for _, row := range r.Table.In(result.Joined) {
		if row.Key != h.key+result.Difference || !row.Estimate.OK() {
			continue
		}
		more := estimate.Estimate{Value: -row.Estimate.Value}
		if in := row.Estimate.Interval; in != nil {
			more.Interval = &estimate.Interval{Low: -in.High, High: -in.Low, Level: in.Level}
		}
		digits := digitsOf(more, 2)
		parts = append(parts, fmt.Sprintf("the %s by %s%s", row.Predictor, signed(more.Value, digits), inWords(more, signed, digits, "")))
	}
	if parts == nil {
		return "What joining the layers changes cannot be estimated."
	}
	return fmt.Sprintf("Beside the chosen layer, joining all changes the %s: %s.", h.short, strings.Join(parts, ", "))
}

// fewSentence says how few columns read as much as all do.
func fewSentence(r *result.Result) string {
	h := headlineOf(r)
	t := r.Table.In(result.Sparse)
	all := nestedOf(r).Estimate(h.key)
	for _, row := range t.Of(result.FewColumns) {
		less := t.Of(result.FewColumns).On(row.Subset).Estimate(h.key + result.Difference)
		if row.Key != h.key || !less.OK() || less.Interval == nil || less.Interval.Low > 0 || !all.OK() {
			continue
		}
		s := fmt.Sprintf("With %s of %s columns the %s is %s, and the probe on all columns, with %s, is not shown to read more", row.Subset.Value, grouped(int64(r.Data.Width)), h.short, number(row.Estimate.Value, 2), number(all.Value, 2))
		if drawn := t.Of(result.RandomColumns).On(row.Subset).Estimate(h.key); drawn.OK() {
			s += fmt.Sprintf("; as many drawn at random have %s", number(drawn.Value, 2))
		}
		return s + "."
	}
	return fmt.Sprintf("The probe on all columns reads more of the label than those on few: no number of columns tried comes close to its %s.", h.short)
}
