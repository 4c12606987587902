package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

const candidatesBlock = result.Block("candidates")

var candidatesSection = section{"candidates", "Candidate answers", `
<p class="lead">{{.Lead}}</p>
<p>K is the share of pairs of a right and a wrong answer to one question that a score puts in order, the mean over {{.Questions}}; 0.5 is chance. K* is the share of questions with every such pair in order. {{.Left}}</p>
{{template "figure" .Figure}}
<details><summary>Scores of the candidate answers</summary>
<div class="scroll" role="region" aria-label="Scores of the candidate answers" tabindex="0">
<table>
<caption>How well each score orders the answers, and how often the one it ranks highest is right{{with .Greedy}}; the greedy answer is right on {{.}} of the questions{{end}}{{with .Least}}; † marks the smallest p that is possible with {{.}}{{end}}</caption>
<thead><tr><th scope="col">Score</th><th scope="col">K</th><th scope="col">p</th><th scope="col">K*</th>{{if .Said}}<th scope="col">Highest is right, of answers given</th>{{end}}<th scope="col">Highest is right, of all</th></tr></thead>
<tbody>
{{- range .Scores}}
<tr{{if .Marked}} class="marked"{{end}}><th scope="row">{{.Title}}</th><td>{{template "estimate" .K}}</td><td>{{.P}}</td><td>{{template "estimate" .Star}}</td>{{if $.Said}}<td>{{with .Said}}{{template "estimate" .}}{{end}}</td>{{end}}<td>{{with .All}}{{template "estimate" .}}{{end}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- if .Gaps}}
<details><summary>The probe less the other scores</summary>
<div class="scroll" role="region" aria-label="The probe less the other scores" tabindex="0">
<table class="narrow">
<caption>The probe less the other scores, paired on the questions</caption>
<thead><tr><th scope="col">Less</th><th scope="col">Gap of K</th><th scope="col">p</th><th scope="col">Gap of K*</th><th scope="col">p</th></tr></thead>
<tbody>
{{- range .Gaps}}
<tr><th scope="row">{{.Title}}</th><td>{{template "estimate" .K}}</td><td>{{.P}}</td><td>{{template "estimate" .Star}}</td><td>{{.PStar}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
{{- if .Layers}}
<details>
<summary>K and K* by layer</summary>
<div class="scroll" role="region" aria-label="K and K* by layer" tabindex="0">
<table class="narrow">
<caption>The probe of each layer, out of fold</caption>
<thead><tr><th scope="col">Layer</th><th scope="col">K</th><th scope="col">p</th><th scope="col">K*</th></tr></thead>
<tbody>
{{- range .Layers}}
<tr><th scope="row">{{.Title}}</th><td>{{template "estimate" .K}}</td><td>{{.P}}</td><td>{{template "estimate" .Star}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
`, viewCandidates}

// maxScorers are the named scorers on the page; results.csv has all.
const maxScorers = 5

type candidateRow struct {
	Title     string
	Marked    bool
	K, Star   cell
	P, PStar  string
	Said, All *cell
}

func viewCandidates(p *page) any {
	t := p.Table.In(candidatesBlock)
	if len(t) == 0 {
		return nil
	}
	v := map[string]any{
		"Lead":      candidatesSentence(p.Result),
		"Questions": count(t.Count(compare.KeyQuestions), "question", "questions"),
		"Left":      leftOut(t),
		"Figure":    p.figure("candidates", candidatesCaption(p.Result)),
	}
	if greedy := t.Estimate(compare.KeyGreedyAccuracy); greedy.OK() {
		v["Greedy"] = inPercent(greedy)
	}
	draws := p.Protocol.Permutations
	var scores, gaps, layers []candidateRow
	for _, name := range scorersOf(t) {
		row := newCandidateRow(t.Of(name).At(result.None, result.None), scorerTitle(name), compare.KeyK, compare.KeyKStar, draws)
		row.Marked = name == result.Probe
		row.Said, row.All = choiceOf(t, name, result.Subset{}), choiceOf(t, name, everyCandidate)
		if row.Said != nil {
			v["Said"] = true
		}
		if strings.HasSuffix(row.P, "†") {
			v["Least"] = count(draws, "draw", "draws")
		}
		scores = append(scores, row)
	}
	for _, name := range []string{compare.BestExternal, compare.AllExternal} {
		if of := t.Of(name); len(of) > 0 {
			gaps = append(gaps, newCandidateRow(of, scorerTitle(name), compare.KeyKGap, compare.KeyKStarGap, draws))
		}
	}
	for _, s := range p.sites {
		if at := t.At(s.Layer, result.None); len(at) > 0 {
			layers = append(layers, newCandidateRow(at, layerName(p.Result, s.Layer), compare.KeyK, compare.KeyKStar, draws))
		}
	}
	v["Scores"], v["Gaps"], v["Layers"] = scores, gaps, layers
	return v
}

func newCandidateRow(t result.Table, title, k, star string, draws int) candidateRow {
	of, stars := rowOf(t, k), rowOf(t, star)
	return candidateRow{Title: title, K: cellOf(of), Star: cellOf(stars), P: pOfNull(of, draws), PStar: pOfNull(stars, draws)}
}

// pOfNull prints the p of a row, or nothing where it was not tested.
func pOfNull(row result.Row, draws int) string {
	if row.Null == nil {
		return ""
	}
	return pOfDraws(row.Null.P, draws)
}

var everyCandidate = result.Subset{Column: compare.ColumnCandidates, Value: compare.EveryCandidate}

func choiceOf(t result.Table, name string, on result.Subset) *cell {
	row, ok := t.Of(name).On(on).Find(compare.KeyChoiceAccuracy)
	if !ok {
		return nil
	}
	c := cellOf(row)
	return &c
}

// scorersOf lists the probe, the named scorers up to the first few, and what is
// made of them all.
func scorersOf(t result.Table) []string {
	var names []string
	for _, row := range t {
		if row.Key == compare.KeyK && row.Layer == result.None && !slices.Contains(names, row.Predictor) {
			names = append(names, row.Predictor)
		}
	}
	left := maxScorers
	return slices.DeleteFunc(names, func(name string) bool {
		if !isScorer(name) {
			return false
		}
		left--
		return left < 0
	})
}

// isScorer tells a scorer that the study names from those that are made.
func isScorer(name string) bool {
	return name != result.Probe && name != compare.BestExternal && name != compare.AllExternal
}

func scorerTitle(name string) string {
	switch name {
	case result.Probe:
		return "Probe"
	case compare.BestExternal:
		return "Best score, chosen on other questions"
	case compare.AllExternal:
		return "All scores together"
	}
	return oneLine(name, 60)
}

// layerName is the name that the dump gives a layer, else its number.
func layerName(r *result.Result, layer int) string {
	if name := r.Reading.LayerName(layer); name != "" {
		return oneLine(name, 40)
	}
	return strconv.Itoa(layer)
}

// leftOut says which questions K is not about.
func leftOut(t result.Table) string {
	n := t.Count(compare.KeyQuestionsOneKind)
	if n == 0 {
		return ""
	}
	return count(n, "question has", "questions have") + " right answers alone or wrong ones alone and no K."
}

// candidatesSentences put the comparison into words.
func candidatesSentences(r *result.Result) []string {
	if len(r.Table.In(candidatesBlock)) == 0 {
		return nil
	}
	return []string{candidatesSentence(r)}
}

func candidatesSentence(r *result.Result) string {
	t := r.Table.In(candidatesBlock)
	own := t.Of(result.Probe).At(result.None, result.None)
	k := own.Estimate(compare.KeyK)
	if !k.OK() {
		return "How the probe orders the answers to a question is not estimable: " + k.Reason + "."
	}
	s := fmt.Sprintf("Of the pairs of a right and a wrong answer to a question, the probe puts %s in order%s", inPercent(k), inWords(k, points, pointsOf(k), ""))
	best := t.Of(compare.BestExternal)
	if gap := best.Estimate(compare.KeyKGap); gap.OK() {
		s += fmt.Sprintf(", the best of %s, chosen on other questions, %s. The difference is %s points%s%s",
			scorerCount(t), inPercent(best.Estimate(compare.KeyK)), signedPoints(gap.Value, pointsOf(gap)), inWords(gap, signedPoints, pointsOf(gap), ""), pInWords(r, rowOf(best, compare.KeyKGap)))
	}
	s += ". " + candidatesVerdict(t)
	if star := own.Estimate(compare.KeyKStar); star.OK() {
		s += fmt.Sprintf(" It puts all answers of a question in order on %s of the questions", inPercent(star))
		if other := best.Estimate(compare.KeyKStar); other.OK() {
			s += ", that score on " + inPercent(other)
		}
		s += "."
	}
	if never := own.Estimate(compare.KeyKnowsNeverSaid); never.OK() {
		s += fmt.Sprintf(" On %s of them%s it does so although no answer that the model gave is right.", inPercent(never), inWords(never, points, pointsOf(never), ""))
	}
	return s
}

func scorerCount(t result.Table) string {
	n := 0
	for _, row := range t {
		if row.Key == compare.KeyK && row.Layer == result.None && isScorer(row.Predictor) {
			n++
		}
	}
	if n == 1 {
		return "1 other score"
	}
	return grouped(int64(n)) + " other scores"
}

// candidatesVerdict says what the gaps of K show: that of the best scorer, and
// that of all together where there are several.
func candidatesVerdict(t result.Table) string {
	var gaps []result.Row
	for _, row := range t {
		if row.Key == compare.KeyKGap {
			gaps = append(gaps, row)
		}
	}
	above := func(row result.Row) bool {
		e := row.Estimate
		return e.OK() && e.Interval != nil && e.Interval.Low > 0 && row.Null != nil && row.Null.P <= 0.05
	}
	below := func(row result.Row) bool {
		e := row.Estimate
		return e.OK() && e.Interval != nil && e.Interval.High < 0 && row.Null != nil && row.Null.P <= 0.05
	}
	switch {
	case gaps == nil:
		return "The study names no other score, so nothing says that the model's own answers do not show as much."
	case !slices.ContainsFunc(gaps, func(row result.Row) bool { return !above(row) }):
		return "The states order the answers better than these scores do. This does not show that the model could give the answer."
	case slices.ContainsFunc(gaps, below):
		return "The other scores order the answers better than the probe does."
	}
	return "These questions do not show that the states order the answers better than these scores do."
}

// inPercent prints a share as a percentage.
func inPercent(e estimate.Estimate) string {
	if !e.OK() {
		return "a share that is not estimable"
	}
	return points(e.Value, pointsOf(e)) + "%"
}

// pInWords adds the p of a row to a sentence.
func pInWords(r *result.Result, row result.Row) string {
	if row.Null == nil {
		return ""
	}
	p := strings.TrimSuffix(pOfDraws(row.Null.P, r.Protocol.Permutations), "\u00a0†")
	if !strings.HasPrefix(p, "<") {
		p = "= " + p
	}
	return "; p " + p
}

func candidatesCaption(r *result.Result) string {
	s := "K and K* of the probe by layer"
	if e := r.Table.In(candidatesBlock).Of(result.Probe).Estimate(compare.KeyK); e.Interval != nil {
		s += fmt.Sprintf(", with %s intervals over questions", level(e.Interval.Level))
	}
	return s + ". The diamond is the probe whose layer is chosen in the training folds; horizontal lines are the other scores."
}
