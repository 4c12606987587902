package report

import (
	"fmt"
	"strconv"
	"strings"

	"tell/result"
)

var protocolSection = section{"protocol", "Data and protocol", `
<dl class="facts">
{{- range .}}
<div><dt>{{.Name}}</dt><dd>{{.Value}}</dd></div>
{{- end}}
</dl>
`, viewProtocol}

type fact struct {
	Name, Value string
}

func viewProtocol(p *page) any {
	d, pr, read := p.Data, p.Protocol, p.Reading
	var facts []fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, fact{name, value})
		}
	}
	add("Model", d.Model)
	if d.Rows > 0 {
		add("Activations", fmt.Sprintf("%s, %s; %s × %s × %s × %s", d.Format, d.DType, count(d.Rows, "row", "rows"), count(d.Layers, "layer", "layers"), count(d.Positions, "position", "positions"), count(d.Width, "dimension", "dimensions")))
	}
	add("Layers", layersRead(read))
	add("Position", positionRead(read))
	add("Positions counted", countedBy(read))
	add("Rows used", rowsUsed(d))
	add("Filter", d.Filter)
	add("Target", d.Target)
	add("Labels", labels(p.Result))
	if d.ActsAs != nil {
		add("Decision map", fmt.Sprintf("0 if %s; 1 if %s; else neither", d.ActsAs.Zero, d.ActsAs.One))
	}
	if d.ActedAs != "" {
		add("Decision map", "the level that "+d.ActedAs+" gives; neither where that is nil")
	}
	add("Effort", d.Effort)
	if d.Censored != "" {
		add("Effort cut off", "where "+d.Censored)
	}
	add("Right answers", d.Right)
	add("Behaviour", counts(d.Behaviour))
	add("Conditions", counts(d.Conditions))
	if pr.Probe != "" {
		add("Probe", fmt.Sprintf("%s; C in %s; tolerance %s", pr.Probe, floats(pr.C), float(pr.Tol)))
		add("Folds", fmt.Sprintf("%d grouped and stratified, %d inside the training rows, %s; choice: %s", pr.Folds, pr.InnerFolds, count(pr.Repeats, "repeat", "repeats"), pr.Select))
		add("Intervals", fmt.Sprintf("%s, expanded BCa, cluster bootstrap over groups, %s", level(pr.Level), count(pr.Bootstrap, "draw", "draws")))
	}
	add("Weights", weighting(pr))
	if pr.Permutations > 0 {
		add("Shuffled labels", fmt.Sprintf("%s by group at C = %s", count(pr.Permutations, "permutation", "permutations"), float(pr.PermutationC)))
	}
	add("Seed", strconv.FormatUint(pr.Seed, 10))
	return facts
}

// weighting says how much rows count in training, and that it is there alone.
func weighting(pr result.Protocol) string {
	var by []string
	if pr.Weight != "" {
		by = append(by, "of each row "+pr.Weight)
	}
	if pr.ClassWeight != "" {
		by = append(by, "of the levels "+pr.ClassWeight)
	}
	if by == nil {
		return ""
	}
	return strings.Join(by, "; ") + "; in training and its choices alone, while metrics count each row once"
}

func labels(r *result.Result) string {
	var list []result.Count
	for label, n := range r.Data.Labels {
		list = append(list, result.Count{Name: labelName(r, label), N: n})
	}
	return counts(list)
}

// maxCounts is how many values of a column are counted on the page.
const maxCounts = 8

func counts(list []result.Count) string {
	shown := list[:min(len(list), maxCounts)]
	parts := make([]string, len(shown))
	for i, c := range shown {
		parts[i] = fmt.Sprintf("%s: %s", oneLine(c.Name, 60), grouped(int64(c.N)))
	}
	if left := len(list) - len(shown); left > 0 {
		parts = append(parts, "and "+grouped(int64(left))+" more, in results.json")
	}
	return strings.Join(parts, "; ")
}

func float(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

func floats(xs []float64) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = float(x)
	}
	return strings.Join(parts, ", ")
}
