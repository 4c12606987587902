package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/compare"
	"tell/result"
)

const trajectoryBlock = result.Block("trajectory")

var trajectorySection = section{"trajectory", "Along the answer", `
<p class="lead">{{.Lead}}</p>
<p>At each position of the answers a probe of its own reads the final answer, position p after p tokens. An answer is decided from the first position from which the probability of the final answer is at least a threshold and stays so; the threshold is the smallest that is right on the asked share of the training positions before the answer is stated. {{.Censored}}</p>
{{template "figure" .Figure}}
<details><summary>When the answer is decided</summary>
<div class="scroll" role="region" aria-label="When the answer is decided" tabindex="0">
<table>
<caption>When the final answer is decided, by the probe and by its rivals at the same positions</caption>
<thead><tr><th scope="col">Read by</th><th scope="col">Threshold</th><th scope="col">Right at it, held out</th><th scope="col">Decided before stated</th><th scope="col">Waste</th><th scope="col">p</th><th scope="col">Probe less this</th></tr></thead>
<tbody>
{{- range .Readers}}
<tr{{if .Marked}} class="marked"{{end}}><th scope="row">{{.Title}}</th>{{if .Reason}}<td colspan="6"><span class="none">not estimable</span> <span class="why">{{.Reason}}</span></td>{{else}}{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}<td>{{.P}}</td><td>{{with .Less}}{{template "estimate" .}}{{end}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
<details>
<summary>What stopping early saves and costs</summary>
<div class="scroll" role="region" aria-label="What stopping early saves and costs" tabindex="0">
<table>
<caption>Every answer stops at the first position at which the probe is as sure as the threshold{{with .Full}}; in full, {{.}} of the final answers are on the side of the truth{{end}}</caption>
<thead><tr><th scope="col">Threshold</th><th scope="col">Tokens saved</th><th scope="col">Final answer kept</th><th scope="col">p</th><th scope="col">Accuracy</th><th scope="col">Change</th></tr></thead>
<tbody>
{{- range .Stops}}
<tr><th scope="row">{{.Title}}</th>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}<td>{{.P}}</td>{{range .Accuracy}}<td>{{template "estimate" .}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- range .Left}}
<p class="why">{{.}}</p>
{{- end}}
`, viewTrajectory}

type readerRow struct {
	Title, Reason, P string
	Marked           bool
	Cells            []cell
	Less             *cell
}

type stopRow struct {
	Title, P        string
	Cells, Accuracy []cell
}

func viewTrajectory(p *page) any {
	t := p.Table.In(trajectoryBlock)
	if len(t) == 0 {
		return nil
	}
	v := map[string]any{
		"Lead":     trajectorySentence(p.Result),
		"Censored": censored(t),
		"Figure":   p.figure("trajectory", trajectoryCaption),
		"Left":     append(fewReach(t), unreadPositions(t)...),
	}
	if full := t.Estimate(compare.KeyAccuracyFull); full.OK() {
		v["Full"] = inPercent(full)
	}
	draws := p.Protocol.Permutations
	whole := t.On(result.Subset{})
	var readers []readerRow
	for _, name := range readersOf(t) {
		of := whole.Of(name)
		row := readerRow{Title: readerTitle(name), Marked: name == result.Probe, P: pOfNull(rowOf(of, compare.KeyWaste), draws)}
		if tau := of.Estimate(compare.KeyTau); !tau.OK() {
			row.Reason = tau.Reason
		}
		for _, key := range []string{compare.KeyTau, compare.KeyPrecision, compare.KeyDecidedBeforeStated, compare.KeyWaste} {
			row.Cells = append(row.Cells, cellOf(rowOf(of, key)))
		}
		if less, ok := of.Find(compare.KeyWasteDifference); ok {
			c := cellOf(less)
			row.Less = &c
		}
		readers = append(readers, row)
	}
	var stops []stopRow
	probe := t.Of(result.Probe)
	for _, s := range append([]result.Subset{{}}, probe.Subsets()...) {
		on := probe.On(s)
		saved, ok := on.Find(compare.KeySaved)
		if !ok || len(stops) > 0 && s.Column == "" {
			continue
		}
		row := stopRow{Title: s.Value, Cells: []cell{cellOf(saved), cellOf(rowOf(on, compare.KeyAgreement))}, P: pOfNull(rowOf(on, compare.KeyAgreement), draws)}
		if s.Column == "" {
			row.Title = "chosen in training folds"
		}
		for _, key := range []string{compare.KeyAccuracyStopped, compare.KeyStopChange} {
			if of, ok := on.Find(key); ok {
				row.Accuracy = append(row.Accuracy, cellOf(of))
			} else {
				row.Accuracy = append(row.Accuracy, cell{Reason: "no label of the true answer"})
			}
		}
		stops = append(stops, row)
	}
	v["Readers"], v["Stops"] = readers, stops
	return v
}

// readersOf lists the probe and its rivals.
func readersOf(t result.Table) []string {
	var names []string
	for _, row := range t {
		if row.Key == compare.KeyTau && !slices.Contains(names, row.Predictor) {
			names = append(names, row.Predictor)
		}
	}
	return names
}

func readerTitle(name string) string { return capital(oneLine(name, 60)) }

// censored counts the answers that are not stated or never decided.
func censored(t result.Table) string {
	stated := t.Of(compare.StatedAnswer)
	s := fmt.Sprintf("%s never stated within what is recorded", count(stated.Count(compare.KeyNeverStated), "answer is", "answers are"))
	if n := stated.Count(compare.KeyStatedAtStart); n > 0 {
		s += fmt.Sprintf(" and %s stated at once", grouped(int64(n)))
	}
	return s + fmt.Sprintf("; %s never decided by the probe.", grouped(int64(t.Of(result.Probe).Count(compare.KeyNeverDecided))))
}

// unreadPositions says which positions have no probe, and why the first has none.
func unreadPositions(t result.Table) []string {
	var none []string
	reason := ""
	for _, row := range t {
		if row.Key == compare.KeyAUROCAt && row.Predictor == result.Probe && !row.Estimate.OK() {
			if none == nil {
				reason = row.Estimate.Reason
			}
			none = append(none, strconv.Itoa(row.Position))
		}
	}
	if none == nil {
		return nil
	}
	first := strings.Join(none[:min(len(none), 8)], ", ")
	if len(none) > 8 {
		first += ", …"
	}
	return []string{fmt.Sprintf("No probe could be trained at %s (%s): %s.", count(len(none), "position", "positions"), first, reason)}
}

// fewReach says from where on the answers are few, and how many the last has.
func fewReach(t result.Table) []string {
	var few []result.Row
	for _, row := range t {
		if row.Key == compare.KeyAUROCAt && row.Predictor == result.Probe && flagged(row.Estimate, compare.FewReach) {
			few = append(few, row)
		}
	}
	if few == nil {
		return nil
	}
	last := few[len(few)-1]
	return []string{fmt.Sprintf("From position %d on fewer than half of the answers are left, %d at position %d: what is read there is of the long ones.",
		few[0].Position, last.Estimate.N, last.Position)}
}

func trajectorySentences(r *result.Result) []string {
	if len(r.Table.In(trajectoryBlock)) == 0 {
		return nil
	}
	return []string{trajectorySentence(r)}
}

func trajectorySentence(r *result.Result) string {
	t := r.Table.In(trajectoryBlock).On(result.Subset{})
	probe := t.Of(result.Probe)
	before := probe.Estimate(compare.KeyDecidedBeforeStated)
	if !before.OK() {
		return "Whether answers are decided before they are stated is not estimable: " + before.Reason + "."
	}
	s := fmt.Sprintf("Of %s that state what they end with, %s are decided before that%s by the probe's reading", count(before.N, "answer", "answers"), inPercent(before), inWords(before, points, pointsOf(before), ""))
	waste := rowOf(probe, compare.KeyWaste)
	if e := waste.Estimate; e.OK() {
		s += fmt.Sprintf("; %s of what is written up to there comes after the decision%s%s", inPercent(e), inWords(e, points, pointsOf(e), ""), pInWords(r, waste))
	}
	s += "."
	if e := probe.Estimate(compare.KeyPrecision); e.OK() {
		s += fmt.Sprintf(" Where it is that sure on held-out answers, it is on the side of the final one in %s of the positions%s.", inPercent(e), inWords(e, points, pointsOf(e), ""))
	}
	s += " " + trajectoryVerdict(t, waste)
	if saved, change := probe.Estimate(compare.KeySaved), probe.Estimate(compare.KeyStopChange); saved.OK() {
		s += fmt.Sprintf(" Stopping as soon as the probe is sure would save %s of the tokens%s", inPercent(saved), inWords(saved, points, pointsOf(saved), ""))
		if kept := rowOf(probe, compare.KeyAgreement); kept.Estimate.OK() {
			s += fmt.Sprintf(" and give the label of the final answer in %s of the answers", inPercent(kept.Estimate))
			if kept.Null != nil {
				s += fmt.Sprintf(", where random stops that save as much give it in %s%%%s", points(kept.Null.Mean, pointsOf(kept.Estimate)), strings.Replace(pInWords(r, kept), "; ", ", ", 1))
			}
		}
		if change.OK() {
			s += fmt.Sprintf("; its accuracy would change by %s points%s", signedPoints(change.Value, pointsOf(change)), inWords(change, signedPoints, pointsOf(change), ""))
		}
		s += "."
	}
	return s
}

// trajectoryVerdict says what the waste shows: by its own null, and beside every
// rival that has one.
func trajectoryVerdict(t result.Table, waste result.Row) string {
	e := waste.Estimate
	if !e.OK() || e.Interval == nil || waste.Null == nil || waste.Null.P > 0.05 {
		return "These answers do not show that the end is settled long before it is stated."
	}
	var open []string
	for _, row := range t {
		if row.Key == compare.KeyWasteDifference && row.Estimate.OK() && (row.Estimate.Interval == nil || row.Estimate.Interval.Low <= 0) {
			open = append(open, lowerFirst(readerTitle(row.Predictor)))
		}
	}
	if open != nil {
		return fmt.Sprintf("The end is settled before it is stated, but the probe is not shown to read it earlier than %s does.", strings.Join(open, " or "))
	}
	return "The end is settled before it is stated, and the rivals that reach the threshold do not show it as early."
}

const trajectoryCaption = "Above, the share of answers not yet decided by the probe and not yet stated, by Kaplan and Meier, after so many tokens. Below, how much stopping early saves against how often the side at the stop is that of the truth, or of the final answer where the truth is not known; each mark is a threshold, the diamond the one chosen in the training folds."
