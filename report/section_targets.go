package report

import (
	"fmt"
	"slices"
	"strings"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

const targetsBlock = result.Block("targets")

var targetsSection = section{"targets", "Two targets side by side", `
{{- range .Pairs}}
{{- range $k, $said := .Sentences}}
<p{{if not $k}} class="lead"{{end}}>{{$said}}</p>
{{- end}}
{{template "figure" .Figure}}
{{- if .Reason}}
<p><span class="none">not estimable</span> <span class="why">{{.Reason}}</span></p>
{{- else}}
<details><summary>{{.First}} and {{.Second}}</summary>
<div class="scroll" role="region" aria-label="{{.First}} and {{.Second}}" tabindex="0">
<table class="narrow">
<caption>{{.First}} and {{.Second}}{{with .At}}, at layer {{.}}{{end}}</caption>
<thead><tr><th scope="col">Quantity</th><th scope="col">Estimate</th><th scope="col">p</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Name}}{{with .Why}} <span class="why">{{.}}</span>{{end}}</th><td>{{template "estimate" .Cell}}</td><td>{{.P}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
<details>
<summary>By layer</summary>
<div class="scroll" role="region" aria-label="{{.First}} and {{.Second}} by layer" tabindex="0">
<table>
<caption>Differences are those of {{.Second}} minus {{.First}}</caption>
<thead><tr><th scope="col">Layer</th><th scope="col">{{.First}}</th><th scope="col">{{.Second}}</th><th scope="col">Difference</th><th scope="col">Separation</th><th scope="col">p over all layers</th><th scope="col">Cosine, corrected</th><th scope="col">Mahalanobis cosine, corrected</th></tr></thead>
<tbody>
{{- range .Layers}}
<tr><th scope="row">{{.Name}}</th>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
{{- end}}
`, viewTargets}

// A targetPair is what a comparison of two targets measured.
type targetPair struct {
	names  [2]string
	table  result.Table
	layers []int
}

func targetPairsOf(r *result.Result) []targetPair {
	var pairs []targetPair
	t := r.Table.In(targetsBlock)
	for _, row := range t {
		if row.Key != compare.KeyLabelsDiffer || slices.ContainsFunc(pairs, func(p targetPair) bool { return p.names == [2]string{row.Train, row.Test} }) {
			continue
		}
		p := targetPair{names: [2]string{row.Train, row.Test}}
		for _, of := range t {
			if slices.Contains(p.names[:], of.Train) && slices.Contains(p.names[:], of.Test) {
				p.table = append(p.table, of)
				if of.Layer >= 0 && !slices.Contains(p.layers, of.Layer) {
					p.layers = append(p.layers, of.Layer)
				}
			}
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// untrained are the pairs whose probes could not be trained, with the reason.
func untrainedTargets(r *result.Result) []targetView {
	var views []targetView
	for _, row := range r.Table.In(targetsBlock) {
		if row.Key == compare.KeyTargetAUROC && row.Layer < 0 && !row.Estimate.OK() {
			views = append(views, targetView{
				First: oneLine(row.Train, 40), Second: oneLine(row.Test, 40), Reason: row.Estimate.Reason,
				Sentences: []string{fmt.Sprintf("“%s” and “%s” cannot be set beside each other: %s.", oneLine(row.Train, 40), oneLine(row.Test, 40), row.Estimate.Reason)},
			})
		}
	}
	return views
}

type targetView struct {
	First, Second, Reason string
	Sentences             []string
	Figure                *pageFigure
	At                    string
	Rows                  []targetRow
	Layers                []targetLayerRow
}

type targetRow struct {
	Name, Why string
	Cell      cell
	P         string
}

type targetLayerRow struct {
	Name  string
	Cells []cell
}

// maxTargetLayers keeps the page light; results.csv has the rest.
const maxTargetLayers = 200

func viewTargets(p *page) any {
	views := untrainedTargets(p.Result)
	for i, pair := range targetPairsOf(p.Result) {
		v := targetView{First: oneLine(pair.names[0], 40), Second: oneLine(pair.names[1], 40), Sentences: pair.sentences(p.Result)}
		if i == 0 {
			v.Figure = p.figure("targets", targetsCaption(p.Result))
		}
		at := result.None
		if layer, ok := pair.layer(p.Result); ok {
			at, v.At = layer, fmt.Sprint(layer)
		}
		v.Rows = pair.rows(at, p.Protocol.Permutations)
		for _, layer := range pair.layers[:min(len(pair.layers), maxTargetLayers)] {
			v.Layers = append(v.Layers, pair.layerRow(layer))
		}
		views = append(views, v)
	}
	if views == nil {
		return nil
	}
	return map[string]any{"Pairs": views}
}

// of is what is measured of the first target beside the second, at a layer or
// over all.
func (p targetPair) of(layer int, key string) result.Row {
	return rowOf(between(p.table.At(layer, result.None), p.names[0], p.names[1]), key)
}

// own is what is measured of one target alone.
func (p targetPair) own(k, layer int, key string) result.Row {
	return rowOf(between(p.table.At(layer, result.None), p.names[k], p.names[k]), key)
}

// layer is the one that most training folds chose for the study's own target.
func (p targetPair) layer(r *result.Result) (int, bool) {
	layer, ok := chosenLayer(r)
	return layer, ok && slices.Contains(p.layers, layer)
}

func (p targetPair) rows(at, draws int) []targetRow {
	var rows []targetRow
	add := func(name string, row result.Row) {
		q := targetRow{Name: name, Cell: cellOf(row)}
		if row.Null != nil {
			q.P = pOfDraws(row.Null.P, draws)
		}
		rows = append(rows, q)
	}
	if at != result.None {
		for k, name := range p.names {
			add("AUROC of "+oneLine(name, 40), p.own(k, at, compare.KeyTargetAUROC))
		}
		add("AUROC, difference", p.of(at, compare.KeyTargetAUROCDifference))
		add(titleOf(compare.KeySeparation), p.of(at, compare.KeySeparation))
		add(titleOf(compare.KeyCosineCorrected), p.of(at, compare.KeyCosineCorrected))
	}
	add(titleOf(compare.KeyCosineExpected), p.of(result.None, compare.KeyCosineExpected))
	add(titleOf(compare.KeyPhi), p.of(result.None, compare.KeyPhi))
	add(titleOf(compare.KeyLayerLag), p.of(result.None, compare.KeyLayerLag))
	return rows
}

func (p targetPair) layerRow(layer int) targetLayerRow {
	row := targetLayerRow{Name: fmt.Sprint(layer)}
	for _, of := range []result.Row{
		p.own(0, layer, compare.KeyTargetAUROC), p.own(1, layer, compare.KeyTargetAUROC),
		p.of(layer, compare.KeyTargetAUROCDifference), p.of(layer, compare.KeySeparation), p.of(layer, compare.KeySeparationPMax),
		p.of(layer, compare.KeyCosineCorrected), p.of(layer, compare.Mahalanobis+compare.KeyCosineCorrected),
	} {
		row.Cells = append(row.Cells, cellOf(of))
	}
	return row
}

// targetsSentences are those of the finding.
func targetsSentences(r *result.Result) []string {
	var said []string
	for _, v := range untrainedTargets(r) {
		said = append(said, v.Sentences...)
	}
	for _, p := range targetPairsOf(r) {
		said = append(said, p.sentences(r)...)
	}
	return said
}

func (p targetPair) sentences(r *result.Result) []string {
	said := []string{p.lagSentence()}
	layer, ok := p.layer(r)
	if !ok {
		return said
	}
	return append(said, p.directionSentence(layer), p.separationSentence(layer))
}

func (p targetPair) name(k int) string { return "“" + oneLine(p.names[k], 40) + "”" }

// lagSentence says which target is read earlier.
func (p targetPair) lagSentence() string {
	lag := p.of(result.None, compare.KeyLayerLag).Estimate
	if !lag.OK() {
		return fmt.Sprintf("Which of %s and %s is read earlier is not estimable: %s.", p.name(0), p.name(1), lag.Reason)
	}
	from := [2]estimate.Estimate{p.own(0, result.None, compare.KeyLayerReached).Estimate, p.own(1, result.None, compare.KeyLayerReached).Estimate}
	s := fmt.Sprintf("%s comes close to its best from layer %s on, %s from layer %s, a lag of %s layers%s. ",
		p.name(0), number(from[0].Value, 1), p.name(1), number(from[1].Value, 1), signed(lag.Value, 1), inWords(lag, signed, 1, ""))
	switch {
	case lag.Interval == nil:
		return s + "There is no interval, so this number alone shows nothing."
	case lag.Interval.Low > 0:
		return s + fmt.Sprintf("So %s is read earlier.", p.name(0))
	case lag.Interval.High < 0:
		return s + fmt.Sprintf("So %s is read earlier.", p.name(1))
	}
	return s + "These rows do not show that one is read earlier."
}

// directionSentence says whether both targets are read from one direction.
func (p targetPair) directionSentence(layer int) string {
	e, expected := p.of(layer, compare.KeyCosineCorrected).Estimate, p.of(result.None, compare.KeyCosineExpected).Estimate
	at := fmt.Sprintf("At layer %d, which most training folds chose, ", layer)
	if !e.OK() {
		return at + "how alike the two directions are is not estimable: " + e.Reason + "."
	}
	s := at + fmt.Sprintf("the two directions have a cosine of %s%s without the noise of each", number(e.Value, digitsOf(e, 2)), inWords(e, number, digitsOf(e, 2), ""))
	if expected.OK() {
		s += fmt.Sprintf("; two separate directions, equally strong, would have %s%s through the labels alone", number(expected.Value, digitsOf(expected, 2)), inWords(expected, number, digitsOf(expected, 2), ""))
	}
	in, covariance := e.Interval, p.of(layer, compare.Mahalanobis+compare.KeyCosineCorrected).Estimate
	switch {
	case in == nil:
		return s + ". There is no interval, so this number alone shows nothing."
	case in.High < 1 && in.Low > 0 && covariance.Interval != nil && covariance.Interval.High >= 1:
		return s + fmt.Sprintf(". In the covariance of the states it is %s%s, and the interval reaches 1: whether they are two directions depends on the measure.",
			number(covariance.Value, digitsOf(covariance, 2)), inWords(covariance, number, digitsOf(covariance, 2), ""))
	case in.High < 1 && in.Low <= 0 && in.High >= 0:
		return s + ". They are not one direction, and not shown to be alike at all."
	case in.High < 1 && expected.OK() && in.Low <= expected.Value:
		return s + ". They are not one direction, and not shown to be more alike than the labels make them."
	case in.High < 1:
		return s + ". They are alike, and not one direction."
	case in.Low > 0:
		return s + ". The interval reaches 1: these rows do not show that they are two directions."
	}
	return s + ". The interval holds both 0 and 1, so these rows tell nothing."
}

// separationSentence says whether the two probes read different things.
func (p targetPair) separationSentence(layer int) string {
	e, all := p.of(layer, compare.KeySeparation).Estimate, p.of(layer, compare.KeySeparationPMax).Estimate
	rows := count(p.table.Count(compare.KeyLabelsDiffer), "row", "rows")
	if !e.OK() {
		return fmt.Sprintf("Whether the two probes read different things is not estimable on the %s where the labels differ: %s.", rows, e.Reason)
	}
	s := fmt.Sprintf("On the %s where the labels differ, the two scores tell which of them is 1 with an AUROC of %s%s", rows, number(e.Value, digitsOf(e, 2)), inWords(e, number, digitsOf(e, 2), ""))
	if all.OK() {
		s += "; p = " + pValue(all.Value) + " over all layers"
	}
	if all.OK() && all.Value <= 0.05 && offHalf(e) > 0 {
		return s + ". So the two probes read different things."
	}
	return s + ". That the two probes read different things is not shown."
}

func targetsCaption(r *result.Result) string {
	s := "Above: AUROC of each target by a probe of its own, out of fold. Middle: their difference, paired on the rows. Below: the cosine of the two directions without the noise of each (a gap where they are not determined), and dashed the floor of each target: the cosine of its own directions from two halves of the groups."
	if pairs := targetPairsOf(r); len(pairs) > 0 {
		if e := pairs[0].of(pairs[0].layers[0], compare.KeyTargetAUROCDifference).Estimate; e.Interval != nil {
			s += fmt.Sprintf(" Bars and shading: %s intervals.", level(e.Interval.Level))
		}
		if len(pairs) > 1 {
			s += " The first pair of targets; the others are in results.csv."
		}
	}
	return strings.TrimSpace(s)
}
