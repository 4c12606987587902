package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

const transferBlock = result.Block("transfer")

var transferSection = section{"transfer", "Trained here, tested there", `
{{- range $k, $said := .Sentences}}
<p{{if not $k}} class="lead"{{end}}>{{$said}}</p>
{{- end}}
{{template "figure" .Figure}}
{{- with .First}}{{template "transfer-table" .}}{{end}}
{{- if .Rest}}
<details>
<summary>The probes of the other sets</summary>
{{- range .Rest}}{{template "transfer-table" .}}{{end}}
{{- with .Left}}
<p class="why">{{.}}</p>
{{- end}}
</details>
{{- end}}
{{- range .Paired}}
<details><summary>Paired rows of {{.Name}}</summary>
<div class="scroll" role="region" aria-label="Paired rows of {{.Name}}" tabindex="0">
<table>
<caption>{{.Second}} minus {{.First}} on paired rows, under the same probe{{with .Lost}}; {{.}}{{end}}</caption>
<thead><tr><th scope="col">Trained on</th><th scope="col">Pairs</th><th scope="col">Change of the AUROC</th>{{if .Texted}}<th scope="col">Of the text alone</th>{{end}}<th scope="col">Change of the accuracy</th><th scope="col">p</th></tr></thead>
<tbody>
{{- $texted := .Texted}}
{{- range .Rows}}
<tr><th scope="row">{{.Name}}</th><td>{{.N}}</td><td>{{with .AUROC}}{{template "estimate" .}}{{end}}</td>{{if $texted}}<td>{{with .Text}}{{template "estimate" .}}{{end}}</td>{{end}}<td>{{template "estimate" .Accuracy}}</td><td>{{.P}}</td></tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- with .Note}}
<p class="why">{{.}}</p>
{{- end}}
{{- end}}
{{define "transfer-table"}}
<details><summary>The probe of {{.Train}}</summary>
<div class="scroll" role="region" aria-label="The probe of {{.Train}}" tabindex="0">
<table>
<caption>The probe trained on {{.Train}}, on rows of groups that it never saw{{with .Left}}. The first; {{count . "more set is" "more sets are"}} in results.csv{{end}}</caption>
<thead><tr><th scope="col">Tested on</th>{{range .Titles}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{- range .Rows}}
<tr{{if .Own}} class="marked"{{end}}><th scope="row">{{.Name}}</th>{{if .Reason}}<td colspan="{{len $.Titles}}"><span class="none">not estimable</span> <span class="why">{{.Reason}}</span></td>{{else}}{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
</details>
{{- with .Note}}
<p class="why">{{.}}</p>
{{- end}}
{{- end}}
`, viewTransfer}

const (
	maxTransferRows   = 8  // of a table of one probe
	maxTransferTables = 10 // beside the first
)

type transferTable struct {
	Train  string
	Titles []string
	Rows   []transferRow
	Left   int
	Note   string // said once of several cells
}

type transferRow struct {
	Name   string
	Own    bool
	Reason string // why there are no numbers
	Cells  []cell
}

type pairedTable struct {
	Name, First, Second, Lost string
	Note                      string // said once of all rows
	Texted                    bool
	Rows                      []pairedRow
}

type pairedRow struct {
	Name, N, P string
	AUROC      *cell
	Text       *cell // the change of the AUROC of the text alone
	Accuracy   cell
}

func transferOf(r *result.Result) result.Table { return r.Table.In(transferBlock).Of(result.Probe) }

// setNames lists the sets of a transfer in the order of the study.
func setNames(t result.Table) []string {
	var names []string
	for _, row := range t {
		if (row.Key == compare.KeyAUROC || row.Key == compare.KeyRecovery) && !slices.Contains(names, row.Train) {
			names = append(names, row.Train)
		}
	}
	return names
}

// between is what is measured of the probe of one set, layer or target on
// another.
func between(t result.Table, train, test string) result.Table {
	var rows result.Table
	for _, row := range t {
		if row.Train == train && row.Test == test {
			rows = append(rows, row)
		}
	}
	return rows
}

func viewTransfer(p *page) any {
	t := transferOf(p.Result)
	sets := setNames(t)
	if len(sets) == 0 {
		return nil
	}
	head := headlineOf(p.Result)
	source := cmp.Or(sourceOf(t, head, sets), sets[0])
	block := p.Result.Table.In(transferBlock)
	first := newTransferTable(block, head, source, sets)
	v := map[string]any{
		"Sentences": transferSentences(p.Result),
		"Figure":    p.figure("transfer", transferCaption(p.Result)),
		"First":     first,
		"Paired":    pairedTables(p.Result),
	}
	var rest []transferTable
	for _, set := range sets {
		if set != source && len(rest) < maxTransferTables {
			rest = append(rest, newTransferTable(block, head, set, sets))
		}
	}
	v["Rest"] = rest
	if left := len(sets) - 1 - len(rest); left > 0 {
		v["Left"] = fmt.Sprintf("The probes of %s are in results.csv.", count(left, "further set", "further sets"))
	}
	return v
}

// newTransferTable is what the probe of a set does on every set, from the block of
// transfer.
func newTransferTable(block result.Table, head headline, train string, sets []string) transferTable {
	t, text := block.Of(result.Probe), block.Of(result.Text)
	keys := []string{compare.KeyAUROC, compare.KeyRecovery, compare.KeyAccuracy, compare.KeyAccuracyMatched}
	if head.key != compare.KeyAUROC {
		keys = []string{head.key, compare.KeyRecovery, head.second}
	}
	const cosine = compare.Mahalanobis + compare.KeyCosineCorrected
	if _, known := t.Find(cosine); known {
		keys = slices.Insert(keys, 1, cosine)
	}
	if len(text) > 0 {
		keys = slices.Insert(keys, 1, compare.KeyAUROCDifference)
	}
	if _, asked := t.Find(compare.KeyRecallAtFPR); asked {
		keys = append(keys, compare.KeyRecallAtFPR, compare.KeyTestedFPR)
	}
	v := transferTable{Train: oneLine(train, 60)}
	for _, key := range keys {
		title := titleOf(key)
		switch key {
		case compare.KeyAUROCDifference:
			title = "Less that of the text alone"
		case cosine:
			title = "Cosine of directions"
		}
		v.Titles = append(v.Titles, title)
	}
	for _, test := range sets {
		if len(v.Rows) == maxTransferRows {
			v.Left = len(sets) - len(v.Rows)
			break
		}
		of := between(t, train, test)
		row := transferRow{Name: oneLine(test, 60), Own: test == train}
		if e := of.Estimate(head.key); !e.OK() && e.N == 0 {
			row.Reason = e.Reason
		}
		for _, key := range keys {
			from := of
			switch {
			case key == compare.KeyAUROCDifference:
				from = between(text, train, test)
			case key == cosine && train == test:
				row.Cells = append(row.Cells, cell{Value: "–"})
				continue
			case key == cosine: // stands once for two sets
				from = append(slices.Clone(of), between(t, test, train)...)
			}
			c := cellOf(rowOf(from, key))
			if key == cosine {
				c.Notes = nil // in results.csv
				if c.Reason != "" {
					c.Reason = "a direction is not determined"
				}
			}
			if key != cosine && slices.Contains(from.Estimate(key).Flags(), estimate.NoInterval) {
				c.Notes = slices.DeleteFunc(c.Notes, func(note string) bool { return note == sameInAllDraws })
				v.Note = "No interval stands where every bootstrap draw gave the same value, as where a probe calls all rows alike."
			}
			if key == compare.KeyRecovery && c.Reason != "" {
				c.Reason = "the set's own probe does not read it"
			}
			c.Notes = slices.DeleteFunc(c.Notes, func(note string) bool { // said once in a row
				return slices.ContainsFunc(row.Cells, func(before cell) bool { return slices.Contains(before.Notes, note) })
			})
			row.Cells = append(row.Cells, c)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// sameInAllDraws is the note of an estimate that no bootstrap draw moves.
const sameInAllDraws = "no interval: every bootstrap draw gave the same value"

func pairedTables(r *result.Result) []pairedTable {
	block := r.Table.In(transferBlock)
	var tables []pairedTable
	t := slices.DeleteFunc(slices.Clone(block), func(row result.Row) bool { return row.Predictor == result.Text })
	for _, row := range t {
		if row.Key != compare.KeyPairsLost || slices.ContainsFunc(tables, func(p pairedTable) bool { return p.Name == row.Test }) {
			continue
		}
		p := pairedTable{Name: row.Test}
		p.First, p.Second = pairedNames(t, row.Test)
		if n := int(row.Estimate.Value); n > 0 {
			p.Lost = count(n, "row has", "rows have") + " no partner"
		}
		for _, train := range append(setNames(t), "") {
			of := between(t, train, row.Test)
			change, ok := of.Find(compare.KeyAccuracyChange)
			if !ok {
				continue
			}
			q := pairedRow{Name: oneLine(train, 60), N: grouped(int64(change.Estimate.N)), Accuracy: cellOf(change)}
			if train == "" {
				q.Name = "what the model does"
			}
			if auroc, ok := of.Find(compare.KeyAUROCChange); ok {
				c := cellOf(auroc)
				q.AUROC = &c
				q.Accuracy.Notes = slices.DeleteFunc(q.Accuracy.Notes, func(note string) bool { return slices.Contains(c.Notes, note) })
			}
			if text, ok := between(block.Of(result.Text), train, row.Test).Find(compare.KeyAUROCChange); ok {
				c := cellOf(text)
				c.Notes = nil // those of the probe
				q.Text, p.Texted = &c, true
			}
			if change.Null != nil {
				q.P = strings.ReplaceAll(pValue(change.Null.P), " ", "\u00a0")
			}
			p.Rows = append(p.Rows, q)
		}
		p.Note = takeCommonNote(p.Rows)
		tables = append(tables, p)
	}
	return tables
}

// takeCommonNote takes out what stands beside every change of the AUROC, to be
// said once.
func takeCommonNote(rows []pairedRow) string {
	var with []*cell
	for _, row := range rows {
		if row.AUROC != nil && row.AUROC.Reason == "" {
			with = append(with, row.AUROC)
		}
	}
	if len(with) < 2 || len(with[0].Notes) == 0 {
		return ""
	}
	note := with[0].Notes[0]
	if slices.ContainsFunc(with, func(c *cell) bool { return !slices.Contains(c.Notes, note) }) {
		return ""
	}
	for _, c := range with {
		c.Notes = slices.DeleteFunc(slices.Clone(c.Notes), func(n string) bool { return n == note })
	}
	return sentence("In every row: " + note)
}

// pairedNames parts "spanish-city" into the sets that it names.
func pairedNames(t result.Table, difference string) (first, second string) {
	for _, a := range setNames(t) {
		for _, b := range setNames(t) {
			if b+"-"+a == difference {
				return oneLine(a, 60), oneLine(b, 60)
			}
		}
	}
	return "the first", "the second"
}

// sourceOf is the first set, in the order of the study, that its own probe reads
// better than chance.
func sourceOf(t result.Table, head headline, sets []string) string {
	for _, set := range sets {
		if readsHome(t, head, set) {
			return set
		}
	}
	return ""
}

// transferSentences are those of the finding.
func transferSentences(r *result.Result) []string {
	t := transferOf(r)
	sets, head := setNames(t), headlineOf(r)
	if len(sets) == 0 {
		return nil
	}
	var unread, said []string
	for _, set := range sets {
		if own := between(t, set, set).Estimate(head.key); head.off(own) <= 0 {
			unread = append(unread, unreadSet(t, head, set, sets, own))
		}
	}
	source := sourceOf(t, head, sets)
	if source == "" {
		return []string{"No set is read better than chance by its own probe, so nothing says that anything could transfer."}
	}
	best, worst := extremes(t, source, sets)
	switch {
	case best == "":
	case best == worst:
		said = append(said, fmt.Sprintf("A probe trained on %s reads %s.", oneLine(source, 40), reads(t, head, source, best)))
	default:
		said = append(said, fmt.Sprintf("A probe trained on %s recovers most on %s and least on %s.", oneLine(source, 40), reads(t, head, source, best), reads(t, head, source, worst)))
	}
	if unread != nil {
		said = append(said, fmt.Sprintf("Not shown to be read by a probe of its own: %s. Recovery cannot be estimated there.", list(unread)))
	}
	return slices.Concat(said, overall(t, head, sets), carriedByText(r, head, sets))
}

// unreadSet tells the first metric of a set that its own probe is not shown to read, and
// which other probe reads it best.
func unreadSet(t result.Table, head headline, set string, sets []string, own estimate.Estimate) string {
	s := oneLine(set, 40) + " (not estimable"
	if own.OK() {
		s = fmt.Sprintf("%s (%s", oneLine(set, 40), number(own.Value, digitsOf(own, 2)))
	}
	best := estimate.Estimate{Value: head.chance}
	from := ""
	for _, a := range sets {
		if e := between(t, a, set).Estimate(head.key); a != set && readsHome(t, head, a) && head.off(e) > 0 && e.Value > best.Value {
			best, from = e, a
		}
	}
	if from == "" {
		return s + ", nor is any other shown to read it)"
	}
	return s + fmt.Sprintf(", but that of %s reads it, with %s%s)", oneLine(from, 40), number(best.Value, digitsOf(best, 2)), strings.NewReplacer(" (", "; ", ")", "").Replace(inWords(best, number, digitsOf(best, 2), "")))
}

// extremes are the sets on which a probe recovers most and least of what their
// own probes read.
func extremes(t result.Table, source string, sets []string) (best, worst string) {
	most, least := math.Inf(-1), math.Inf(1)
	for _, set := range sets {
		e := between(t, source, set).Estimate(compare.KeyRecovery)
		if set == source || !e.OK() {
			continue
		}
		if e.Value > most {
			best, most = set, e.Value
		}
		if e.Value < least {
			worst, least = set, e.Value
		}
	}
	return best, worst
}

// reads tells how a probe does on a set beside the set's own.
func reads(t result.Table, head headline, source, set string) string {
	cell := between(t, source, set)
	auroc, own, part := cell.Estimate(head.key), between(t, set, set).Estimate(head.key), cell.Estimate(compare.KeyRecovery)
	s := fmt.Sprintf("%s, with %s of %s%s where its own has %s", oneLine(set, 40), head.withArticle(),
		number(auroc.Value, digitsOf(auroc, 2)), inWords(auroc, number, digitsOf(auroc, 2), ""), number(own.Value, digitsOf(own, 2)))
	switch head.off(auroc) {
	case 1:
		return s + fmt.Sprintf(" (%s%% of what that reads above chance%s)", points(part.Value, 0), strings.Replace(strings.TrimSuffix(inWords(part, points, 0, ""), ")"), " (", "; ", 1))
	case -1:
		return s + " (the wrong way round)"
	}
	return s + " (not shown to differ from chance)"
}

// readsHome reports whether the probe of a set reads its own set. One that does
// not still has some direction, and lies off 0.5 elsewhere by chance.
func readsHome(t result.Table, head headline, set string) bool {
	return head.off(between(t, set, set).Estimate(head.key)) > 0
}

// overall counts the cells off the diagonal, of probes that read their own set, by
// what their intervals say.
func overall(t result.Table, head headline, sets []string) []string {
	var above, below, n, bent int
	var most string // of those where the threshold moves, that with the largest loss
	loss := 0.0
	for _, a := range sets {
		for _, b := range sets {
			cell := between(t, a, b)
			auroc := cell.Estimate(head.key)
			if a == b || !auroc.OK() || !readsHome(t, head, a) {
				continue
			}
			n++
			switch head.off(auroc) {
			case -1:
				below++
			case 1:
				above++
				if !moved(cell) {
					continue
				}
				bent++
				carried, matched := cell.Estimate(compare.KeyAccuracy).Value, cell.Estimate(compare.KeyAccuracyMatched).Value
				if matched-carried > loss {
					loss = matched - carried
					most = fmt.Sprintf("from %s to %s, with an accuracy of %s, and of %s at the alarm rate that the probe has at home", oneLine(a, 40), oneLine(b, 40), number(carried, 2), number(matched, 2))
				}
			}
		}
	}
	if n == 0 {
		return nil
	}
	s := fmt.Sprintf("Of %s from a set that is read to another, %d have an interval of the %s above %s and %d one below it, where the order is turned round; they are not corrected for their number.",
		count(n, "step", "steps"), above, head.short, number(head.chance, 1), below)
	if n == 1 {
		s = ""
	}
	if bent > 0 {
		s += fmt.Sprintf(" The order carries over and the threshold does not on %s, most %s.", count(bent, "step", "steps"), most)
	}
	if s == "" {
		return nil
	}
	return []string{strings.TrimSpace(s)}
}

// carriedByText tells on which cells a probe that reads them is not shown to read more
// than the text alone does.
func carriedByText(r *result.Result, head headline, sets []string) []string {
	block := r.Table.In(transferBlock)
	if len(block.Of(result.Text)) == 0 {
		return nil
	}
	var read, alike int
	var named []string
	for _, a := range sets {
		if !readsHome(transferOf(r), head, a) {
			continue
		}
		for _, b := range sets {
			c := transferCellOf(block, head, a, b)
			if offHalf(c.first) <= 0 || !c.lead.OK() {
				continue
			}
			read++
			if !c.textWillDo() {
				continue
			}
			alike++
			cell := fmt.Sprintf("%s to %s", oneLine(a, 40), oneLine(b, 40))
			if a == b {
				cell = oneLine(a, 40) + " by its own probe"
			}
			named = append(named, fmt.Sprintf("%s (%s, and the text %s)", cell, number(c.first.Value, 2), number(c.text.Value, 2)))
		}
	}
	switch {
	case read == 0:
		return nil
	case alike == 0:
		return []string{fmt.Sprintf("All %d cells above 0.5 are read better by the probe than by the text alone, trained and tested alike.", read)}
	}
	return []string{fmt.Sprintf("In %d of the %d cells above 0.5 the probe is not shown to read more than the text alone, trained and tested alike: %s.", alike, read, list(named))}
}

// moved reports whether the threshold carried is worse than one at the alarm rate
// of the training set, by intervals that do not meet.
func moved(cell result.Table) bool {
	carried, matched := cell.Estimate(compare.KeyAccuracy), cell.Estimate(compare.KeyAccuracyMatched)
	if !carried.OK() || !matched.OK() || matched.Interval == nil {
		return false
	}
	return highOf(carried) < matched.Interval.Low
}

// highOf is the upper end of an interval; where no draw moves the value, it is
// the value.
func highOf(e estimate.Estimate) float64 {
	if e.Interval == nil {
		return e.Value
	}
	return e.Interval.High
}

// list joins names in words.
func list(names []string) string {
	const most = 8
	if left := len(names) - most; left > 0 {
		names = append(names[:most:most], fmt.Sprintf("%d more", left))
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func transferCaption(r *result.Result) string {
	s := "What the probe of each set (rows) reads on each set (columns): AUROC, in heavy type where the interval leaves out 0.5, and below it the accuracy at the threshold of the training set. Frames mark a set's own probe, out of fold."
	if h := headlineOf(r); !isBinary(r) {
		s = fmt.Sprintf("What the probe of each set (rows) reads on each set (columns): %s, in heavy type where the interval leaves out %s, and below it the %s. Frames mark a set's own probe, out of fold.", h.short, number(h.chance, 1), h.secondShort)
	}
	if len(r.Table.In(transferBlock).Of(result.Text)) > 0 {
		s += " Under it the AUROC of a reader of the text alone, trained and tested on the same rows; a corner is cut off where the probe reads a set and is not shown to beat that."
	}
	if n := len(setNames(transferOf(r))); n > maxTransferSets {
		s += fmt.Sprintf(" The first %d of %d sets.", maxTransferSets, n)
	}
	return s
}
