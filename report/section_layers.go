package report

import (
	"fmt"
	"slices"
	"strconv"

	"tell/result"
)

var layersSection = section{"layers", "Where the label can be read", `
<p>{{.Intro}}</p>
{{template "figure" .Layers}}
{{template "figure" .Positions}}
{{- if .Rows}}
<details>
<summary>All values by layer</summary>
<div class="scroll" role="region" aria-label="{{.Metric}} by layer" tabindex="0">
<table>
<caption>{{.Metric}} on held-out rows by layer, and the test against shuffled labels{{with .Least}}; † marks the smallest p that is possible with {{.}}{{end}}{{if .Left}}. The first {{len .Rows}} rows; {{count .Left "more is" "more are"}} in results.csv{{end}}</caption>
<thead><tr><th scope="col">Layer</th>{{if .Many}}<th scope="col">Position</th>{{end}}<th scope="col">{{.Metric}}</th><th scope="col">Shuffled, mean</th><th scope="col">Shuffled, {{.High}}</th><th scope="col">p</th><th scope="col">p over all {{.Sites}}</th><th scope="col">Not converged</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Layer}}{{with .Name}} <span class="why">{{.}}</span>{{end}}</th>{{if $.Many}}<td>{{.Position}}</td>{{end}}<td>{{template "estimate" .AUROC}}</td><td>{{.NullMean}}</td><td>{{.NullHigh}}</td><td>{{.P}}</td><td>{{.PMax}}</td><td>{{.NotConverged}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
`, viewLayers}

// maxLayerRows keeps the page light; results.csv has the rest.
const maxLayerRows = 200

type layerRow struct {
	Layer                       int
	Name, Position              string
	AUROC                       cell
	NullMean, NullHigh, P, PMax string
	NotConverged                int
}

func viewLayers(p *page) any {
	many := len(curvesOf(p.Result)) > 1
	v := map[string]any{
		"Intro":     layersIntro(p),
		"Layers":    p.figure("layers", layersCaption(p)),
		"Positions": p.figure("positions", capital(headlineOf(p.Result).short)+" by layer and position. These are the values of the curves above. The highest of so many cells owes something to luck, so do not quote it."),
		"Metric":    capital(headlineOf(p.Result).short),
		"High":      level(p.Protocol.Level),
		"Many":      many,
		"Left":      max(0, len(p.sites)-maxLayerRows),
	}
	var rows []layerRow
	for _, s := range p.sites[:min(len(p.sites), maxLayerRows)] {
		rows = append(rows, newLayerRow(s, p.Protocol.Permutations))
	}
	_, v["Sites"] = siteWords(p)
	if slices.ContainsFunc(p.sites, func(s site) bool { return s.null != nil && smallestP(s.null.p, p.Protocol.Permutations) }) {
		v["Least"] = count(p.Protocol.Permutations, "draw", "draws")
	}
	v["Rows"] = rows
	return v
}

func newLayerRow(s site, draws int) layerRow {
	row := layerRow{Layer: s.Layer, Position: s.position, AUROC: cellOf(result.Row{Estimate: s.auroc}), NotConverged: s.NotConverged}
	if s.Name != strconv.Itoa(s.Layer) {
		row.Name = oneLine(s.Name, 80)
	}
	if t := s.null; t != nil {
		row.NullMean, row.NullHigh, row.P, row.PMax = number(t.mean, 3), number(t.high, 3), pOfDraws(t.p, draws), pOfDraws(t.pMax, draws)
	}
	return row
}

// smallestP reports whether p is the smallest that so many permutations allow.
func smallestP(p float64, draws int) bool { return p <= 1.000001/float64(draws+1) }

func leastP(draws int) string { return strconv.FormatFloat(1/float64(draws+1), 'g', 2, 64) }

func pOfDraws(p float64, draws int) string {
	if smallestP(p, draws) {
		return leastP(draws) + "\u00a0†"
	}
	return pValue(p)
}

// siteWords calls a layer at a position a layer where there is one position.
func siteWords(p *page) (one, many string) {
	if len(curvesOf(p.Result)) > 1 {
		return "pair of layer and position", "pairs of layer and position"
	}
	return "layer", "layers"
}

func layersIntro(p *page) string {
	if len(p.sites) == 0 {
		return "The results hold no layers."
	}
	if len(curvesOf(p.Result)) == 0 {
		return "No layer can be scored: " + p.sites[0].auroc.Reason + "."
	}
	return "A separate probe is fitted on each layer and scored on rows of groups that it never saw. " +
		"The highest point of this curve owes something to luck, so do not quote it: quote the nested choice, which is made inside the training folds. " +
		significance(p)
}

// significance counts the sites that stand out against shuffled labels.
func significance(p *page) string {
	tested, above := 0, 0
	for _, s := range p.sites {
		if s.null != nil {
			tested++
			if s.null.pMax < 0.05 {
				above++
			}
		}
	}
	if tested == 0 {
		return "None of them was tested against shuffled labels."
	}
	one, many := siteWords(p)
	lie := "lie"
	if above == 1 {
		lie = "lies"
	}
	draws := p.Protocol.Permutations
	return fmt.Sprintf("Of %s tested, %s %s above what the best of them all reaches under shuffled labels (p < 0.05 by the maximum statistic; with %s, no p can be smaller than %s).",
		count(tested, one, many), grouped(int64(above)), lie, count(draws, "draw", "draws"), leastP(draws))
}

func layersCaption(p *page) string {
	h := headlineOf(p.Result)
	s := "Layer-wise decodability: " + h.short + " of the probe on held-out rows"
	e := nestedOf(p.Result).Estimate(h.key)
	several := len(curvesOf(p.Result)) > 1
	switch {
	case several:
		s += ", a curve for each position; the darker the curve (on a dark page, the lighter), the later the position"
	case e.Interval != nil:
		s += fmt.Sprintf(" with its %s cluster-bootstrap interval", level(e.Interval.Level))
	}
	s += ". The diamond is the nested choice of layer"
	if several {
		s += " and position"
	}
	if len(p.Choices) > 0 {
		s += ", the triangles the layers that the training folds chose"
	}
	s += ". Horizontal lines are baselines on the same folds."
	if p.Protocol.Permutations > 0 {
		s += fmt.Sprintf(" The grey band runs from the mean to the %s quantile of %s at C = %s", level(p.Protocol.Level), count(p.Protocol.Permutations, "shuffling of the labels", "shufflings of the labels"), float(p.Protocol.PermutationC))
		if several {
			s += ", the widest over the positions"
		}
		s += "."
	}
	return s
}
