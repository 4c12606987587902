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

var dumpsSection = section{"dumps", "From one dump to another", `
{{- range .Sentences}}
<p>{{.}}</p>
{{- end}}
{{template "figure" .Figure}}
<details><summary>Differences between dumps</summary>
<div class="scroll" role="region" aria-label="Differences between dumps" tabindex="0">
<table>
<caption>Each dump less the study's own, on the rows that both have, with intervals of paired differences</caption>
<thead><tr><th scope="col">Dump</th><th scope="col">Rows</th>{{range .Heads}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{- range .Changes}}
<tr><th scope="row">{{.Name}}{{with .Why}} <span class="why">{{.}}</span>{{end}}</th><td>{{.Rows}}</td>{{range .Cells}}<td>{{if .}}{{template "estimate" .Cell}}{{with .Verdict}} <span class="why">{{.}}</span>{{end}}{{end}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{template "figure" .Doses}}
{{- if .Dosed}}
<details><summary>Change by dose</summary>
<div class="scroll" role="region" aria-label="Change by dose" tabindex="0">
<table class="narrow">
<caption>Change from dose 0: of the share of rows on which the model acts as “{{.One}}”, and of the unrelated accuracy{{if .Random}}; p is the rank among random directions{{end}}</caption>
<thead><tr><th scope="col">Dose</th><th scope="col">Behaviour</th>{{if .Random}}<th scope="col">p</th>{{end}}<th scope="col">Unrelated</th></tr></thead>
<tbody>
{{- range .Dosed}}
<tr><th scope="row">{{.Dose}}</th><td>{{template "estimate" .Behaviour}}</td>{{if $.Random}}<td>{{.P}}</td>{{end}}<td>{{if .Unrelated}}{{template "estimate" .Unrelated}}{{end}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- end}}
` + detailsTemplate, viewDumps}

// A dumpChange is one kind of difference between two dumps.
type dumpChange struct {
	title, short string
	predictor    string
	frozen       bool // the probe of the first dump on the states of both
	key          string
	name         string // of the metric, in a sentence, where the target is not of labels 0 and 1
}

var dumpChanges = []dumpChange{
	{"AUROC, a probe of each", "AUROC, own probes", result.Probe, false, compare.KeyAUROCChange, ""},
	{"accuracy, a probe of each", "accuracy, own probes", result.Probe, false, compare.KeyAccuracyChange, ""},
	{"AUROC, frozen probe", "AUROC, frozen", result.Probe, true, compare.KeyAUROCChange, ""},
	{"accuracy, frozen probe", "accuracy, frozen", result.Probe, true, compare.KeyAccuracyChange, ""},
	{"accuracy, behaviour", "behaviour", result.Behaviour, false, compare.KeyAccuracyChange, ""},
	{"net gap", "net gap", "", false, compare.KeyNetGapChange, ""},
}

// dumpChangesOf lists the differences that a study of a kind of target has. Those
// of a metric with a scale of its own, such as a loss, are in no figure.
func dumpChangesOf(r *result.Result) []dumpChange {
	if isBinary(r) {
		return dumpChanges
	}
	h := headlineOf(r)
	keys, names, inFull := []string{h.key, h.second}, []string{h.short, h.secondShort}, []string{h.short, h.secondShort}
	if h.third != "" {
		keys, names, inFull = append(keys, h.third), append(names, h.thirdShort), append(inFull, lowerFirst(titleOf(h.third)))
	}
	var list []dumpChange
	for _, frozen := range []bool{false, true} {
		of, short := ", a probe of each", ", own"
		if frozen {
			of, short = ", frozen probe", ", frozen"
		}
		for k, key := range keys {
			list = append(list, dumpChange{names[k] + of, names[k] + short, result.Probe, frozen, compare.ChangeKey(key), inFull[k]})
		}
	}
	return list
}

func dumpsOf(r *result.Result) []pairing {
	t := slices.DeleteFunc(slices.Clone(r.Table.In("dumps")), isDose)
	return pairingsOf(t, compare.KeyRowsLost)
}

// dumpChange is the row of a kind of difference; it has no key where there is none.
func (p pairing) dumpChange(c dumpChange) result.Row {
	train := ""
	if c.frozen {
		train = p.first
	}
	return p.row(c.predictor, train, p.change(), c.key)
}

func (p pairing) margin() float64 {
	if e := p.row("", p.first, p.second, compare.KeyMargin).Estimate; e.OK() {
		return e.Value
	}
	return 0
}

type changeRow struct {
	Name, Why, Rows string
	Cells           []*changeCell
}

type changeCell struct {
	Cell    cell
	Verdict string
}

type doseRow struct {
	Dose, P   string
	Behaviour cell
	Unrelated *cell
}

func viewDumps(p *page) any {
	list, series := dumpsOf(p.Result), dosesOf(p.Result)
	if len(list) == 0 {
		return nil
	}
	var heads []string
	var used []dumpChange
	for _, c := range dumpChangesOf(p.Result) {
		if slices.ContainsFunc(list, func(l pairing) bool { return there(l.dumpChange(c)) }) {
			heads, used = append(heads, capital(c.title)), append(used, c)
		}
	}
	var rows []changeRow
	var details result.Table
	for _, l := range list {
		row, shown := l.changes(used)
		rows, details = append(rows, row), append(details, l.rest(shown)...)
	}
	v := map[string]any{
		"Sentences": dumpsSentences(p.Result),
		"Figure":    p.figure("dumps", dumpsCaption(list)),
		"Heads":     heads, "Changes": rows,
		"One":     p.labelName(1),
		"Summary": "What each dump gives by itself, and the rest",
		"Caption": "Lines of the comparison that the tables above leave out; results.csv has all",
	}
	if len(series) > 0 {
		v["Doses"] = p.figure("doses", fmt.Sprintf("Change from dose 0 of the share of rows on which the model acts as “%s”, beside that of the unrelated accuracy, with intervals of paired differences. Dose 0 is the reference and has no interval.", p.labelName(1)))
		dosed, random := series[0].rows()
		v["Dosed"], v["Random"] = dosed, random
		details = append(details, slices.DeleteFunc(slices.Clone(p.Table.In("dumps")), func(row result.Row) bool {
			return !isDose(row) || row.Key == compare.KeyDoseChange || row.Key == compare.KeyDoseUnrelated
		})...)
	}
	v["Details"] = detailsOf(details)
	return v
}

func dumpsCaption(list []pairing) string {
	s := "Differences to the study's own dump, with intervals"
	if m := list[0].margin(); m > 0 {
		s += fmt.Sprintf(". The band is the margin of ±%s: a difference is called equivalent where its 90%% interval lies within", float(m))
	}
	return s + ". A frozen probe is that of the study's own dump on the states of the other."
}

func (p pairing) changes(used []dumpChange) (row changeRow, shown []result.Row) {
	row.Name = oneLine(p.second, 60)
	for _, c := range used {
		x := p.dumpChange(c)
		if !there(x) {
			row.Cells = append(row.Cells, nil)
			continue
		}
		shown = append(shown, x)
		of := cellOf(x)
		of.Notes = nil
		row.Cells = append(row.Cells, &changeCell{of, shownOf(x.Estimate)})
		if row.Rows == "" {
			row.Rows = grouped(int64(x.Estimate.N))
		}
	}
	lost := p.row("", p.first, p.second, compare.KeyRowsLost)
	switch {
	case !there(lost):
		row.Why = p.rows[0].Estimate.Reason
	case lost.Estimate.Value > 0:
		row.Why = count(int(lost.Estimate.Value), "id is", "ids are") + " in one dump alone"
	}
	return row, append(shown, lost, p.row("", p.first, p.second, compare.KeyMargin))
}

// shownOf says in a word or two what is shown of a difference.
func shownOf(e estimate.Estimate) string {
	different, equivalent := flagged(e, compare.Different), flagged(e, compare.Equivalent)
	switch {
	case !e.OK():
		return ""
	case flagged(e, compare.Identical):
		return "identical"
	case different && equivalent:
		return "different, within the margin"
	case different:
		return "different"
	case equivalent:
		return "equivalent"
	}
	return "nothing shown"
}

func dumpsSentences(r *result.Result) []string {
	var all []string
	for _, s := range dosesOf(r) {
		all = append(all, s.sentence(labelName(r, 1)))
	}
	list := dumpsOf(r)
	for _, p := range list[:min(len(list), maxPairings)] {
		if isBinary(r) {
			all = append(all, p.dumpSentence())
		} else {
			all = append(all, p.metricSentence(dumpChangesOf(r)))
		}
	}
	if left := len(list) - maxPairings; left > 0 {
		all = append(all, count(left, "further dump is", "further dumps are")+" in results.csv.")
	}
	return all
}

func (p pairing) dumpSentence() string {
	auroc := p.dumpChange(dumpChanges[0])
	if !there(auroc) {
		return fmt.Sprintf("%s is not compared with the study's own dump: %s.", quoted(p.second), p.rows[0].Estimate.Reason)
	}
	e := auroc.Estimate
	s := fmt.Sprintf("In %s against the study's own dump, what a probe of each can decode ", quoted(p.second))
	switch {
	case !e.OK():
		s += "is not estimable: " + e.Reason
	case flagged(e, compare.Identical):
		s += "is identical"
	default:
		s += fmt.Sprintf("changes by %s in AUROC%s: %s", signed(e.Value, digitsOf(e, 3)), inWords(e, signed, digitsOf(e, 3), ""), p.inFull(e))
	}
	act := p.dumpChange(dumpChanges[4])
	if !there(act) {
		return s + "."
	}
	s += "; what the model does "
	switch {
	case !act.Estimate.OK():
		s += "is not estimable: " + act.Estimate.Reason
	case flagged(act.Estimate, compare.Identical):
		s += "is identical"
	default:
		s += "changes in accuracy by " + changed(act.Estimate) + ": " + p.inFull(act.Estimate)
	}
	if net := p.dumpChange(dumpChanges[5]); net.Estimate.OK() && !flagged(net.Estimate, compare.Identical) {
		s += "; the net gap by " + changed(net.Estimate)
	}
	if frozen := p.dumpChange(dumpChanges[3]); frozen.Estimate.OK() && !flagged(frozen.Estimate, compare.Identical) {
		s += ". The accuracy of the frozen probe changes by " + changed(frozen.Estimate)
		if matched := p.row(result.Probe, p.first, p.second, compare.KeyAccuracyMatched).Estimate; matched.OK() {
			s += fmt.Sprintf("; at its matched alarm rate it is right on %s", percent(matched))
		}
	}
	return s + "."
}

// metricSentence is that of a target that is not labels 0 and 1.
func (p pairing) metricSentence(changes []dumpChange) string {
	first := p.dumpChange(changes[0])
	if !there(first) {
		return fmt.Sprintf("%s is not compared with the study's own dump: %s.", quoted(p.second), p.rows[0].Estimate.Reason)
	}
	if flagged(first.Estimate, compare.Identical) {
		return fmt.Sprintf("In %s against the study's own dump, what a probe of each can decode is identical.", quoted(p.second))
	}
	var own, frozen []string
	for _, c := range changes {
		row := p.dumpChange(c)
		if !there(row) {
			continue
		}
		to := &own
		if c.frozen {
			to = &frozen
		}
		e := row.Estimate
		switch {
		case !e.OK():
			*to = append(*to, c.name+" is not estimable: "+e.Reason)
		case flagged(e, compare.Identical):
			*to = append(*to, c.name+" is identical")
		default:
			*to = append(*to, fmt.Sprintf("%s changes by %s%s, %s", c.name, signed(e.Value, digitsOf(e, 3)), inWords(e, signed, digitsOf(e, 3), ""), p.found(row)))
		}
	}
	s := fmt.Sprintf("In %s against the study's own dump, with a probe of each, %s.", quoted(p.second), strings.Join(own, "; "))
	if frozen != nil {
		s += fmt.Sprintf(" With the study's own probe, frozen, %s.", strings.Join(frozen, "; "))
	}
	return s
}

// found is inFull without a margin where the difference is not on its scale.
func (p pairing) found(row result.Row) string {
	if isScaled(row) || flagged(row.Estimate, compare.Different) {
		return p.inFull(row.Estimate)
	}
	return "a difference is not shown, and there is no margin in its unit"
}

// isScaled tells whether a difference is one of correlations or shares.
func isScaled(row result.Row) bool {
	return row.Unit == result.UnitDifference || row.Unit == compare.CorrelationDifference
}

// inFull says what is shown of a difference.
func (p pairing) inFull(e estimate.Estimate) string {
	different, equivalent := flagged(e, compare.Different), flagged(e, compare.Equivalent)
	m := float(p.margin())
	switch {
	case different && equivalent:
		return "a difference, and one smaller than the margin of " + m
	case different:
		return "a difference"
	case equivalent:
		return "equivalent within the margin of " + m
	}
	return "neither a difference nor equivalence is shown"
}

// A doseSeries is the change of behaviour and of an unrelated accuracy by dose.
type doseSeries struct {
	points       []dosePoint // by dose; 0, the reference, is not among them
	slope, other result.Row  // of the behaviour, of the unrelated accuracy
}

type dosePoint struct {
	dose                 float64
	behaviour, unrelated result.Row
}

func isDose(row result.Row) bool {
	return slices.ContainsFunc(compare.DoseQuantities(), func(q compare.Quantity) bool { return q.Key == row.Key })
}

// dosesOf gives the series of a study; one begins anew where a dose comes again.
func dosesOf(r *result.Result) []doseSeries {
	var list []doseSeries
	for _, row := range r.Table.In("dumps") {
		if !isDose(row) {
			continue
		}
		dose, err := strconv.ParseFloat(row.Subset.Value, 64)
		has := func(p dosePoint) bool { return p.dose == dose }
		if n := len(list); n == 0 || row.Key == compare.KeyDoseChange && slices.ContainsFunc(list[n-1].points, has) {
			list = append(list, doseSeries{})
		}
		s := &list[len(list)-1]
		switch row.Key {
		case compare.KeyDoseChange:
			if err == nil {
				s.points = append(s.points, dosePoint{dose: dose, behaviour: row})
			}
		case compare.KeyDoseUnrelated:
			if i := slices.IndexFunc(s.points, has); i >= 0 {
				s.points[i].unrelated = row
			}
		case compare.KeyDoseSlope:
			s.slope = row
		case compare.KeyDoseSlopeOf:
			s.other = row
		}
	}
	for _, s := range list {
		slices.SortFunc(s.points, func(a, b dosePoint) int {
			if a.dose < b.dose {
				return -1
			}
			return 1
		})
	}
	return slices.DeleteFunc(list, func(s doseSeries) bool { return len(s.points) == 0 })
}

func (s doseSeries) rows() (rows []doseRow, random bool) {
	for _, p := range s.points {
		row := doseRow{Dose: signed(p.dose, decimalsOf(p.dose)), Behaviour: cellOf(p.behaviour)}
		if p.behaviour.Null != nil {
			row.P, random = pValue(p.behaviour.Null.P), true
		}
		if there(p.unrelated) {
			c := cellOf(p.unrelated)
			row.Unrelated = &c
		}
		rows = append(rows, row)
	}
	return rows, random
}

// decimalsOf is how many decimals a dose is written with.
func decimalsOf(x float64) int {
	_, part, _ := strings.Cut(strconv.FormatFloat(x, 'f', -1, 64), ".")
	return min(len(part), 4)
}

// sentence is about the smallest and the largest dose.
func (s doseSeries) sentence(one string) string {
	var parts []string
	for _, p := range []dosePoint{s.points[0], s.points[len(s.points)-1]} {
		if len(s.points) == 1 && parts != nil {
			break
		}
		part := fmt.Sprintf("at %s by %s", signed(p.dose, decimalsOf(p.dose)), changed(p.behaviour.Estimate))
		if there(p.unrelated) {
			part += ", the unrelated accuracy by " + changed(p.unrelated.Estimate)
		}
		parts = append(parts, part)
	}
	text := fmt.Sprintf("Against dose 0, the share of rows on which the model acts as “%s” changes: %s.", one, strings.Join(parts, "; "))
	if s.points[0].behaviour.Null == nil {
		text += " It is set against no random directions, so another direction may do as much."
	}
	return text
}
