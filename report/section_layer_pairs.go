package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tell/estimate"
	"tell/result"
)

const layerPairsBlock = result.Block("layers")

var layerPairsSection = section{"layer-pairs", "Trained at one layer, tested at another", `
{{- range .Sentences}}
<p class="lead">{{.}}</p>
{{- end}}
{{template "figure" .Figure}}
<details>
<summary>How far the probes reach</summary>
<div class="scroll" role="region" aria-label="Reach of the probe of a layer" tabindex="0">
<table>
<caption>The layers around a probe's own on which the interval of its {{.Metric}} lies above {{.Chance}}{{with .Position}}, {{.}}{{end}}{{if .Some}}; some of the layers, the rest is in results.csv{{end}}</caption>
<thead><tr><th scope="col">Trained at</th><th scope="col">{{.Head}} there</th><th scope="col">Reads</th><th scope="col">{{.Head}} at the first</th><th scope="col">{{.Head}} at the last</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Layer}}</th><td>{{template "estimate" .Own}}</td><td>{{.Reach}}</td><td>{{with .First}}{{template "estimate" .}}{{end}}</td><td>{{with .Last}}{{template "estimate" .}}{{end}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
`, viewLayerPairs}

// layerPairs are the AUROC, or the first metric of another kind of target, of the
// probes of all layers on all layers at one position, by the layer trained at and
// then that tested on.
type layerPairs struct {
	head     headline
	layers   []int
	position string // empty where there is one
	auroc    [][]estimate.Estimate
}

// layerPairsOf gives those of the last position, nil where there are none.
func layerPairsOf(r *result.Result) *layerPairs {
	t := r.Table.In(layerPairsBlock)
	type pair struct{ trained, tested int }
	at := map[int]map[pair]estimate.Estimate{}
	p := &layerPairs{head: headlineOf(r)}
	position := result.None
	for _, row := range t {
		var trained int
		if n, _ := fmt.Sscanf(row.Train, "layer %d", &trained); n != 1 || row.Key != p.head.key {
			continue
		}
		if at[row.Position] == nil {
			at[row.Position] = map[pair]estimate.Estimate{}
		}
		at[row.Position][pair{trained, row.Layer}] = row.Estimate
		position = max(position, row.Position)
		if !slices.Contains(p.layers, row.Layer) {
			p.layers = append(p.layers, row.Layer)
		}
	}
	if len(p.layers) == 0 {
		return nil
	}
	slices.Sort(p.layers)
	if len(at) > 1 {
		p.position = positionAt(r, position)
	}
	for _, a := range p.layers {
		var line []estimate.Estimate
		for _, b := range p.layers {
			e, ok := at[position][pair{a, b}]
			if !ok {
				e = estimate.NotEstimable(0, 0, "the results hold none")
			}
			line = append(line, e)
		}
		p.auroc = append(p.auroc, line)
	}
	return p
}

// reach is the run of layers around the probe's own, at index k, that it reads
// better than chance.
func (p *layerPairs) reach(k int) (first, last int, ok bool) {
	if p.head.off(p.auroc[k][k]) <= 0 {
		return 0, 0, false
	}
	first, last = k, k
	for first > 0 && p.head.off(p.auroc[k][first-1]) > 0 {
		first--
	}
	for last < len(p.layers)-1 && p.head.off(p.auroc[k][last+1]) > 0 {
		last++
	}
	return first, last, true
}

type layerPairRow struct {
	Layer       string
	Own         cell
	Reach       string
	First, Last *cell
}

const maxLayerPairRows = 12

func viewLayerPairs(p *page) any {
	pairs := layerPairsOf(p.Result)
	if pairs == nil {
		return nil
	}
	every := 1 + (len(pairs.layers)-1)/maxLayerPairRows
	var rows []layerPairRow
	for k, layer := range pairs.layers {
		if k%every == 0 {
			rows = append(rows, pairs.row(k, layer))
		}
	}
	return map[string]any{
		"Sentences": layerPairsSentences(p.Result),
		"Metric":    pairs.head.short, "Head": capital(pairs.head.short), "Chance": number(pairs.head.chance, 1),
		"Figure": p.figure("layer-pairs", capital(pairs.head.short)+" of the probe of each layer (upwards) on the states of each layer (across), out of fold. Off the diagonal a probe is applied as it is to states that it was not fitted to: what is high there lies in the same direction at both layers."),
		"Rows":   rows, "Position": pairs.position, "Some": every > 1,
	}
}

func (p *layerPairs) row(k, layer int) layerPairRow {
	cellAt := func(b int) *cell {
		c := cellOf(result.Row{Estimate: p.auroc[k][b]})
		return &c
	}
	row := layerPairRow{Layer: fmt.Sprint(layer), Own: *cellAt(k)}
	first, last, ok := p.reach(k)
	if !ok {
		row.Reach = "not shown to read its own"
		return row
	}
	row.Reach = layersFromTo(p.layers[first], p.layers[last])
	if first != k {
		row.First = cellAt(first)
	}
	if last != k {
		row.Last = cellAt(last)
	}
	return row
}

func layersFromTo(first, last int) string {
	if first == last {
		return "its own alone"
	}
	return fmt.Sprintf("layers %d to %d", first, last)
}

// chosenLayer is the layer that most training folds chose, the lowest of several.
func chosenLayer(r *result.Result) (layer int, ok bool) {
	times := map[int]int{}
	for _, c := range r.Choices {
		times[c.Layer]++
	}
	most := 0
	for l, n := range times {
		if cmp.Or(n-most, layer-l) > 0 {
			layer, most = l, n
		}
	}
	return layer, most > 0
}

// layerPairsSentences are those of the finding.
func layerPairsSentences(r *result.Result) []string {
	p := layerPairsOf(r)
	if p == nil {
		return nil
	}
	var words []string
	if layer, ok := chosenLayer(r); ok {
		if k := slices.Index(p.layers, layer); k >= 0 {
			words = append(words, p.sentence(k))
		}
	}
	var n, above, below int
	for a := range p.layers {
		for b := range p.layers {
			if e := p.auroc[a][b]; a != b && e.OK() {
				n++
				switch p.head.off(e) {
				case 1:
					above++
				case -1:
					below++
				}
			}
		}
	}
	if n > 0 {
		words = append(words, fmt.Sprintf("Of %s of one layer and another, %d have an interval of the %s above %s and %d one below it; they are not corrected for their number.",
			count(n, "pair", "pairs"), above, p.head.short, number(p.head.chance, 1), below))
	}
	if words == nil {
		return nil
	}
	return []string{strings.Join(words, " ")}
}

func (p *layerPairs) sentence(k int) string {
	own := p.auroc[k][k]
	s := fmt.Sprintf("The probe of layer %d, which most training folds chose,", p.layers[k])
	first, last, ok := p.reach(k)
	switch {
	case !ok:
		return s + " is not shown to read its own layer."
	case first == last:
		return s + fmt.Sprintf(" reads its own layer (%s %s) and neither neighbour better than chance.", p.head.short, number(own.Value, digitsOf(own, 2)))
	}
	s += fmt.Sprintf(" has %s of %s there and reads layers %d to %d better than chance", p.head.withArticle(), number(own.Value, digitsOf(own, 2)), p.layers[first], p.layers[last])
	for _, b := range []int{first, last} {
		if b != k {
			e := p.auroc[k][b]
			s += fmt.Sprintf(", layer %d with %s%s", p.layers[b], number(e.Value, digitsOf(e, 2)), inWords(e, number, digitsOf(e, 2), ""))
		}
	}
	return s + "."
}
