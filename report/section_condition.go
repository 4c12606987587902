package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tell/compare"
	"tell/estimate"
	"tell/gap"
	"tell/result"
)

var conditionSection = section{"condition", "From one condition to another", `
{{- range .Sentences}}
<p>{{.}}</p>
{{- end}}
{{template "figure" .Figure}}
<details><summary>Accuracy by condition</summary>
<div class="scroll" role="region" aria-label="Accuracy by condition" tabindex="0">
<table>
<caption>Accuracy on the same pairs under each condition. The matched threshold gives the probe the alarm rate that it has under the first condition, and takes the labels of the second to do so</caption>
<thead><tr><th scope="col">Condition</th><th scope="col">Pairs</th><th scope="col">Behaviour</th><th scope="col">Probe of the first condition</th><th scope="col">at the matched threshold</th><th scope="col">Probe of this condition</th></tr></thead>
<tbody>
{{- range .Levels}}
<tr><th scope="row">{{.Name}}{{with .Why}} <span class="why">{{.}}</span>{{end}}</th><td>{{.Pairs}}</td>{{range .Cells}}<td>{{if .}}{{template "estimate" .}}{{end}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- if .Falls}}
<details><summary>What falls between the conditions</summary>
<div class="scroll" role="region" aria-label="What falls between the conditions" tabindex="0">
<table>
<caption>What falls from the first condition to another, in shares of the pairs. The share overridden is 1 − the probe's fall over the behaviour's; its brackets are a Fieller set</caption>
<thead><tr><th scope="col">To</th><th scope="col">Behaviour falls by</th><th scope="col">Probe falls by</th><th scope="col">at the matched threshold</th><th scope="col">Overridden</th><th scope="col">at the matched threshold</th><th scope="col">Verdict</th></tr></thead>
<tbody>
{{- range .Falls}}
<tr><th scope="row">{{.Name}}</th>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}<td>{{.Verdict}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
` + detailsTemplate, viewCondition}

type levelRow struct {
	Name, Why, Pairs string
	Cells            []*cell
}

type fallRow struct {
	Name, Verdict string
	Cells         []cell
}

func conditionsOf(r *result.Result) []pairing {
	return pairingsOf(r.Table.In("condition"), compare.KeyPairsLost)
}

func viewCondition(p *page) any {
	list := conditionsOf(p.Result)
	if len(list) == 0 {
		return nil
	}
	v := map[string]any{
		"Sentences": conditionSentences(p.Result),
		"Figure":    p.figure("conditions", "Accuracy of the behaviour and of the probe on the same pairs under two conditions, with intervals. A probe that keeps the order of the rows but shifts falls at the threshold it carries and not at the matched one. A probe trained on the second condition says what can still be read there."),
		"Summary":   "Flip table, d′, criterion and the rest",
		"Caption":   "Lines of the comparison that the tables above leave out; results.csv has all",
	}
	var levels []levelRow
	var falls []fallRow
	var details result.Table
	for i, c := range list {
		shown := c.shown()
		first, second := c.levels(p.Result)
		if i == 0 || !sameLevel(levels[0], first) {
			levels = append(levels, first)
		}
		levels = append(levels, second)
		if there(c.row(result.Behaviour, "", c.first+"-"+c.second, compare.KeyFall)) {
			falls = append(falls, c.falls())
		}
		for _, row := range c.rest(shown) {
			if row.Layer == result.None { // the sentence has the layers
				details = append(details, row)
			}
		}
	}
	v["Levels"], v["Falls"], v["Details"] = levels, falls, detailsOf(details)
	return v
}

// sameLevel reports whether the first condition reads alike in two pairings.
func sameLevel(a, b levelRow) bool {
	return a.Name == b.Name && a.Pairs == b.Pairs && slices.EqualFunc(a.Cells, b.Cells, func(x, y *cell) bool {
		return (x == nil) == (y == nil) && (x == nil || x.Value == y.Value && x.Interval == y.Interval)
	})
}

// change and fall name the second condition less the first, and the reverse.
func (p pairing) change() string { return p.second + "-" + p.first }
func (p pairing) fall() string   { return p.first + "-" + p.second }

// conditionLevels are the accuracies of a pairing under both conditions: of the
// behaviour, the probe of the first, at the matched threshold, and the probe of
// the second.
func (p pairing) conditionLevels() (first, second [4]result.Row) {
	probe := func(train, test, key string) result.Row { return p.row(result.Probe, train, test, key) }
	first = [4]result.Row{p.row(result.Behaviour, "", p.first, compare.KeyAccuracy), probe(p.first, p.first, compare.KeyAccuracy)}
	second = [4]result.Row{
		p.row(result.Behaviour, "", p.second, compare.KeyAccuracy), probe(p.first, p.second, compare.KeyAccuracy),
		probe(p.first, p.second, compare.KeyAccuracyMatched), probe(p.second, p.second, compare.KeyAccuracyRefit),
	}
	return first, second
}

// conditionFalls are the falls of behaviour and probe, and the shares overridden.
func (p pairing) conditionFalls() [5]result.Row {
	return [5]result.Row{
		p.row(result.Behaviour, "", p.fall(), compare.KeyFall),
		p.row(result.Probe, p.first, p.fall(), compare.KeyFall), p.row(result.Probe, p.first, p.fall(), compare.KeyFallMatched),
		p.row("", p.first, p.change(), compare.KeyOverride), p.row("", p.first, p.change(), compare.KeyOverrideMatched),
	}
}

func (p pairing) shown() []result.Row {
	first, second := p.conditionLevels()
	falls := p.conditionFalls()
	return slices.Concat(first[:], second[:], falls[:], []result.Row{p.row("", p.first, p.second, compare.KeyPairsLost)})
}

func (p pairing) levels(r *result.Result) (first, second levelRow) {
	a, b := p.conditionLevels()
	row := func(name string, of [4]result.Row) levelRow {
		l := levelRow{Name: oneLine(name, 60)}
		for _, x := range of {
			var c *cell
			if there(x) {
				of := cellOf(x)
				of.Notes = nil
				c = &of
				if x.Predictor == result.Probe && l.Pairs == "" {
					l.Pairs = grouped(int64(x.Estimate.N))
				}
			}
			l.Cells = append(l.Cells, c)
		}
		return l
	}
	first, second = row(p.first, a), row(p.second, b)
	if !there(b[1]) {
		second.Why = p.rows[0].Estimate.Reason
	}
	var why []string
	if lost := p.rows.Count(compare.KeyPairsLost); lost > 0 {
		why = append(why, count(lost, "row has", "rows have")+" no partner")
	}
	if e := b[0].Estimate; there(b[0]) && e.N < b[1].Estimate.N {
		why = append(why, fmt.Sprintf("the behaviour is 0 or 1 in both on %s", count(e.N, "pair", "pairs")))
	}
	if why != nil {
		second.Why = strings.Join(why, "; ")
	}
	return first, second
}

func (p pairing) falls() fallRow {
	row := fallRow{Name: oneLine(p.second, 60), Verdict: p.verdict().word}
	for _, x := range p.conditionFalls() {
		c := cellOf(x)
		if x.Unit == compare.Ratio {
			c.Notes = slices.DeleteFunc(c.Notes, func(note string) bool { return !strings.Contains(note, "Fieller set") })
		} else {
			c.Notes = nil
		}
		row.Cells = append(row.Cells, c)
	}
	return row
}

// A verdict is what a pairing of conditions allows to say: a word, and sentences.
type verdict struct{ word, text string }

// verdict says whether what the probe reads falls with what the model does. It
// gives none that another threshold would turn.
func (p pairing) verdict() verdict {
	rows := p.conditionFalls()
	act, know, matched, share, shareMatched := rows[0].Estimate, rows[1].Estimate, rows[2].Estimate, rows[3].Estimate, rows[4].Estimate
	switch {
	case !there(rows[0]):
		return verdict{"no behaviour", "The study maps no behaviour, so nothing is said of acting against what is known." + p.reading()}
	case !act.OK():
		return verdict{"not estimable", "Whether the behaviour falls is not estimable: " + act.Reason + "."}
	case act.Interval == nil:
		return verdict{"none", "The fall of the behaviour has no interval, so there is no verdict."}
	case act.Interval.High < 0:
		return verdict{"no fall", fmt.Sprintf("The behaviour gets better, by %s points%s, so nothing is overridden.%s",
			points(-act.Value, pointsOf(act)), inWords(negated(act), points, pointsOf(act), ""), p.reading())}
	case act.Interval.Low <= 0:
		return verdict{"no fall shown", fmt.Sprintf("The behaviour is not shown to fall (by %s points, %s interval %s to %s), so no share of a fall is overridden.%s",
			points(act.Value, pointsOf(act)), level(act.Interval.Level), points(act.Interval.Low, pointsOf(act)), points(act.Interval.High, pointsOf(act)), p.reading())}
	}
	fell := fmt.Sprintf("The behaviour falls by %s points%s", points(act.Value, pointsOf(act)), inWords(act, points, pointsOf(act), ""))
	switch {
	case !share.OK():
		return verdict{"not estimable", fell + "; which share of that is overridden is not estimable: " + strings.Join(append([]string{share.Reason}, fieller(share)...), "; ") + "."}
	case flagged(know, compare.ThresholdDependent) || flagged(matched, compare.ThresholdDependent) || flagged(share, compare.ThresholdDependent):
		return verdict{"withheld", fmt.Sprintf("%s, the frozen probe by %s points at the threshold carried and by %s at the matched one. Whether it still knows depends on the threshold: the verdict is withheld.",
			fell, points(know.Value, pointsOf(know)), points(matched.Value, pointsOf(matched)))}
	case !shareMatched.OK():
		return verdict{"withheld", fell + ". At the matched threshold the share overridden is not estimable (" + shareMatched.Reason + "): the verdict is withheld."}
	case share.Interval == nil || shareMatched.Interval == nil:
		return verdict{"withheld", fell + "; the set of the share overridden is no interval (" + strings.Join(append(fieller(share), fieller(shareMatched)...), "; ") + "): the verdict is withheld."}
	}
	if note := tooFew(act, know, matched, share, shareMatched); note != "" {
		return verdict{"withheld", fell + ", but on too little for a verdict: " + note + "."}
	}
	of := fmt.Sprintf("%s; overridden is a share of %s [%s, %s]", fell, number(share.Value, 2), number(share.Interval.Low, 2), number(share.Interval.High, 2))
	zero, one := share.Interval.Low <= 0 && share.Interval.High >= 0, share.Interval.Low <= 1 && share.Interval.High >= 1
	switch {
	case zero && one:
		return verdict{"not decided", of + ". These rows do not decide whether what the probe reads falls with it."}
	case one || share.Interval.Low > 1:
		return verdict{"overridden", of + ": what the probe reads does not fall with it, at either threshold."}
	case zero || share.Interval.High < 0:
		return p.fallsAlike(of)
	}
	return verdict{"in part", of + ": what the probe reads falls with it in part, at either threshold."}
}

// fallsAlike is the verdict where the frozen probe falls as the behaviour does.
// That is persuasion only where a probe trained there does not read the label
// as well as before.
func (p pairing) fallsAlike(of string) verdict {
	of += ": what the probe reads falls with it, at either threshold"
	refit := p.row(result.Probe, p.first, p.fall(), compare.KeyFallRefit)
	if there(refit) && !(refit.Estimate.Interval != nil && refit.Estimate.Interval.Low > 0) {
		return verdict{"reading moved", fmt.Sprintf("%s. But a probe trained on %s is not shown to, so the reading moved, and that knowledge is lost is not shown.", of, quoted(p.second))}
	}
	return verdict{"fell alike", of + "."}
}

// reading says what becomes of the probe where no fall of a behaviour is shown.
func (p pairing) reading() string {
	rows := p.conditionFalls()
	know, matched := rows[1].Estimate, rows[2].Estimate
	switch {
	case flagged(know, compare.ThresholdDependent):
		return fmt.Sprintf(" The frozen probe falls by %s points at the threshold carried and by %s at the matched one: whether it still knows depends on the threshold, and the verdict is withheld.",
			points(know.Value, pointsOf(know)), points(matched.Value, pointsOf(matched)))
	case know.Interval == nil || matched.Interval == nil || know.Interval.Low <= 0 || matched.Interval.Low <= 0:
		return ""
	}
	s := fmt.Sprintf(" The frozen probe falls by %s points at the threshold carried and by %s at the matched one", points(know.Value, pointsOf(know)), points(matched.Value, pointsOf(matched)))
	if refit := p.row(result.Probe, p.first, p.fall(), compare.KeyFallRefit); there(refit) && !(refit.Estimate.Interval != nil && refit.Estimate.Interval.Low > 0) {
		return s + fmt.Sprintf(", but one trained on %s is not shown to: the reading moved, and that knowledge is lost is not shown.", quoted(p.second))
	}
	return s + "."
}

func negated(e estimate.Estimate) estimate.Estimate {
	e.Value = -e.Value
	if i := e.Interval; i != nil {
		n := *i
		n.Low, n.High = -i.High, -i.Low
		e.Interval = &n
	}
	return e
}

// fieller is what the flags of a share say of its set.
func fieller(e estimate.Estimate) []string {
	var texts []string
	for _, w := range e.Warnings {
		if w.Code == compare.FiellerComplement || w.Code == compare.FiellerLine {
			texts = append(texts, w.Text)
		}
	}
	return texts
}

// tooFew is the first warning that forbids a verdict.
func tooFew(all ...estimate.Estimate) string {
	for _, e := range all {
		for _, w := range e.Warnings {
			if slices.Contains([]string{estimate.FewGroups, estimate.Biased, gap.FewRows}, w.Code) {
				return w.Text
			}
		}
	}
	return ""
}

func conditionSentences(r *result.Result) []string {
	var all []string
	list := conditionsOf(r)
	for _, p := range list[:min(len(list), maxPairings)] {
		all = append(all, p.conditionSentence()+p.layersSentence(r))
	}
	if left := len(list) - len(all); left > 0 {
		all = append(all, count(left, "further condition is", "further conditions are")+" in results.csv.")
	}
	return all
}

func (p pairing) conditionSentence() string {
	first, second := p.conditionLevels()
	if !there(second[1]) {
		return fmt.Sprintf("%s and %s are not compared: %s.", quoted(p.first), quoted(p.second), p.rows[0].Estimate.Reason)
	}
	var s strings.Builder
	is := "is right "
	if there(second[0]) {
		fmt.Fprintf(&s, "Under %s the model is right on %s (%s: %s), the", quoted(p.second), percent(second[0].Estimate), oneLine(p.first, 60), percent(first[0].Estimate))
		is = ""
	} else {
		fmt.Fprintf(&s, "Under %s the", quoted(p.second))
	}
	fmt.Fprintf(&s, " probe trained on %s %son %s (%s)", quoted(p.first), is, percent(second[1].Estimate), percent(first[1].Estimate))
	if second[2].Estimate.OK() {
		fmt.Fprintf(&s, ", at its matched alarm rate on %s", percent(second[2].Estimate))
	}
	if second[3].Estimate.OK() {
		fmt.Fprintf(&s, ", one trained on %s on %s", quoted(p.second), percent(second[3].Estimate))
	}
	text := s.String() + ". " + p.verdict().text
	if e := p.row(result.Probe, p.first, p.second, compare.KeyAUROC).Estimate; e.Interval != nil && e.Interval.High < 0.5 {
		text += fmt.Sprintf(" Under %s the frozen probe ranks the rows the wrong way round, with an AUROC of %s%s: there it reads something that turns against the label.",
			quoted(p.second), number(e.Value, digitsOf(e, 2)), inWords(e, number, digitsOf(e, 2), ""))
	}
	return text
}

// layersSentence names the layer at which the ranking by the frozen probe changes
// most, tested by the largest change over all layers.
func (p pairing) layersSentence(r *result.Result) string {
	var most, pMax result.Row
	layers := 0
	for _, row := range p.rows {
		switch {
		case row.Layer == result.None || !row.Estimate.OK():
		case row.Key == compare.KeyAUROCChange:
			if layers++; layers == 1 || math.Abs(row.Estimate.Value) > math.Abs(most.Estimate.Value) {
				most = row
			}
		case row.Key == compare.KeyAUROCChangePMax && row.Layer == most.Layer:
			pMax = row
		}
	}
	if !there(pMax) {
		return ""
	}
	e, tested := most.Estimate, pValue(pMax.Estimate.Value)
	if !strings.HasPrefix(tested, "<") {
		tested = "= " + tested
	}
	return fmt.Sprintf(" Over %d layers its AUROC changes most at layer %s, by %s%s; p %s for the largest change of all layers.",
		layers, strconv.Itoa(most.Layer), signed(e.Value, digitsOf(e, 2)), inWords(e, signed, digitsOf(e, 2), ""), tested)
}
