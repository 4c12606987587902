package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/estimate"
	"tell/gap"
)

// gapText prints a gap: the table, every estimate, and the slices.
func gapText(g *gap.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s with behaviour 0 or 1 in %s", count(g.N, "row", "rows"), count(g.Groups, "group", "groups"))
	if g.Neither.N > 0 {
		fmt.Fprintf(&b, "; %s with neither are reported separately (the probe's accuracy there: %s)",
			count(g.Neither.N, "row", "rows"), g.Neither.ProbeAccuracy)
	}
	b.WriteString("\n\n")
	b.WriteString(tableText(g.Table))
	b.WriteString("\n")
	b.WriteString(itemsText(g.Items))
	if g.Conditions != nil {
		b.WriteString("\n" + slicesText("condition", g.Conditions) + contrastsText("condition", g.Contrasts))
	}
	for _, s := range g.Strata {
		b.WriteString("\n" + slicesText(s.Name, s.Slices) + contrastsText(s.Name, s.Contrasts))
	}
	if len(g.Warnings) > 0 {
		fmt.Fprintf(&b, "\n%s:\n", count(len(g.Warnings), "warning", "warnings"))
		for _, w := range g.Warnings {
			fmt.Fprintf(&b, "- %s\n", w)
		}
	}
	return b.String()
}

func tableText(t gap.Table) string {
	return table([][]string{
		{"", "behaviour right", "behaviour wrong"},
		{"probe right", strconv.Itoa(t.BothRight), strconv.Itoa(t.OnlyProbe)},
		{"probe wrong", strconv.Itoa(t.OnlyBehaviour), strconv.Itoa(t.BothWrong)},
	})
}

// itemsText prints the estimates part by part, and below them the notes to which
// the numbers in brackets refer.
func itemsText(items []gap.Item) string {
	partOf := map[string]string{}
	for _, q := range gap.Quantities() {
		partOf[q.Key] = q.Part
	}
	var b strings.Builder
	var notes []string
	for len(items) > 0 {
		part := partOf[items[0].Key]
		rows := [][]string{}
		for len(items) > 0 && partOf[items[0].Key] == part {
			it := items[0]
			items = items[1:]
			text := value(it.Estimate, it.Kind)
			for _, note := range it.Estimate.Notes() {
				notes = appendNew(notes, note)
				text += fmt.Sprintf(" (%d)", slices.Index(notes, note)+1)
			}
			rows = append(rows, []string{"  " + it.Title, text})
		}
		b.WriteString(part + "\n" + table(rows) + "\n")
	}
	for i, note := range notes {
		fmt.Fprintf(&b, "(%d) %s\n", i+1, note)
	}
	return b.String()
}

// slicesText compares the values of a condition or stratum.
func slicesText(by string, list []gap.Slice) string {
	rows := [][]string{{"by " + by, "rows", "net gap", "hidden beyond text", "behaviour-matched AUROC"}}
	var reasons []string
	for _, s := range list {
		row := []string{s.Value, strconv.Itoa(s.N)}
		for _, e := range []struct {
			estimate estimate.Estimate
			kind     gap.Kind
		}{{s.Net(), gap.Difference}, {s.Headline(), gap.Difference}, {s.MatchedAUROC(), gap.AUROC}} {
			if e.estimate.OK() {
				row = append(row, value(e.estimate, e.kind))
				continue
			}
			reasons = appendNew(reasons, fmt.Sprintf("%s %s: %s", by, s.Value, e.estimate))
			row = append(row, "not estimable")
		}
		rows = append(rows, row)
	}
	text := table(rows)
	for _, r := range reasons {
		text += r + "\n"
	}
	return text
}

// contrastsText sets the values of a condition or stratum against the first.
func contrastsText(by string, contrasts []gap.Contrast) string {
	if len(contrasts) == 0 {
		return ""
	}
	rows := [][]string{{"minus " + by + " " + contrasts[0].Reference + ", paired", "groups", "net gap", "hidden beyond text", "behaviour-matched AUROC"}}
	for _, c := range contrasts {
		row := []string{c.Value, strconv.Itoa(c.Groups)}
		for _, it := range c.Items {
			if it.Estimate.OK() {
				row = append(row, it.Estimate.Signed())
			} else {
				row = append(row, "not estimable")
			}
		}
		rows = append(rows, row)
	}
	return "\n" + table(rows)
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
