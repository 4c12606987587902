package report

import (
	"fmt"
	"slices"
	"strings"

	"tell/gap"
	"tell/hidden"
	"tell/result"
)

// Paper chooses rows of the table for a paper.
type Paper struct {
	// Blocks and Keys are those of [result.Row]. Without either the rows are the
	// probe and its rivals by their two first metrics, what the probe adds to all
	// rivals, and the gap.
	Blocks []result.Block
	Keys   []string
}

// Empty reports whether a result has none of the rows.
func (p Paper) Empty(r *result.Result) bool { return len(p.chosen(r)) == 0 }

// Markdown is the rows as a table of Markdown, with a note for every flag and every
// number that cannot be estimated.
func (p Paper) Markdown(r *result.Result) string {
	var b strings.Builder
	rows, notes := p.rows(r, markup{
		text: strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace,
		mark: func(letter string) string { return "<sup>" + letter + "</sup>" },
	})
	for i, row := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(&b, "|---|%s\n", strings.Repeat("---|", len(row)-1))
		}
	}
	for _, note := range notes {
		fmt.Fprintf(&b, "\n%s\n", note)
	}
	return b.String()
}

// LaTeX is Markdown's table for LaTeX with the package booktabs.
func (p Paper) LaTeX(r *result.Result) string {
	var b strings.Builder
	rows, notes := p.rows(r, markup{
		text: strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "{", `\{`, "}", `\}`,
			"~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "−", "$-$", "<", "$<$", ">", "$>$", "\u202f", `\,`,
			"Ŷ", `$\hat{Y}$`, "²", "$^2$", "≥", `$\ge$`, "≤", `$\le$`).Replace,
		mark: func(letter string) string { return `\textsuperscript{` + letter + "}" },
	})
	fmt.Fprintf(&b, "%% \\usepackage{booktabs}\n\\begin{tabular}{%s}\n\\toprule\n", "l"+strings.Repeat("l", len(rows[0])-1))
	for i, row := range rows {
		fmt.Fprintf(&b, "%s \\\\\n", strings.Join(row, " & "))
		if i == 0 {
			b.WriteString("\\midrule\n")
		}
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	for _, note := range notes {
		fmt.Fprintf(&b, "\n%s\n", note)
	}
	return b.String()
}

// markup is how a language writes text, and the mark of a note.
type markup struct {
	text func(string) string
	mark func(letter string) string
}

// The columns of a paper's table. Those that say nothing of any row are left out.
var paperColumns = []string{"", "of", "estimate", "interval", "p", "n"}

// rows are the cells, the first row being the head, and the notes.
func (p Paper) rows(r *result.Result, m markup) (rows [][]string, notes []string) {
	var texts []string
	mark := func(text string) string {
		i := slices.Index(texts, text)
		if i < 0 {
			i = len(texts)
			texts = append(texts, text)
		}
		return letters(i)
	}
	rows = [][]string{slices.Clone(paperColumns)}
	for _, row := range p.chosen(r) {
		c := cellOf(row)
		marks := []string{}
		if c.Reason != "" {
			c.Value = "not estimable"
			marks = append(marks, mark(c.Reason))
		}
		for _, note := range c.Notes {
			marks = append(marks, mark(note))
		}
		value := m.text(c.Value)
		if len(marks) > 0 {
			value += m.mark(strings.Join(marks, ","))
		}
		null := ""
		if row.Null != nil {
			null = pValue(row.Null.P)
		}
		rows = append(rows, []string{m.text(titleOf(row.Key)), m.text(aboutOf(r, row)), value, m.text(c.Interval), m.text(null), m.text(grouped(int64(row.Estimate.N)))})
	}
	for i := len(paperColumns) - 1; i > 0; i-- {
		if !slices.ContainsFunc(rows[1:], func(row []string) bool { return row[i] != "" }) {
			for k := range rows {
				rows[k] = slices.Delete(rows[k], i, i+1)
			}
		}
	}
	for i, text := range texts {
		notes = append(notes, m.mark(letters(i))+" "+m.text(sentence(text)))
	}
	if r.Protocol.Level > 0 {
		notes = append(notes, m.text(fmt.Sprintf("Intervals hold %s. Scores are out of fold; layer, position and C are chosen inside the training folds.", level(r.Protocol.Level))))
	}
	return rows, notes
}

// letters counts a, b, ..., z, aa, ab.
func letters(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return letters(i/26-1) + letters(i%26)
}

// aboutOf says what a row is of: predictor, rows, layer, position.
func aboutOf(r *result.Result, row result.Row) string {
	rows := row.Train
	switch {
	case row.Train == "" || row.Train == row.Test:
		rows = row.Test
	case row.Test != "":
		rows += " to " + row.Test
	}
	parts := []string{row.Target, row.Predictor, rows, row.Dump, row.Subset.String()}
	if row.Layer != result.None {
		parts = append(parts, fmt.Sprintf("layer %d", row.Layer))
	}
	if row.Position != result.None && len(r.Reading.Positions) > 1 {
		parts = append(parts, positionAt(r, row.Position))
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, ", ")
}

func (p Paper) chosen(r *result.Result) result.Table {
	var rows result.Table
	for _, row := range r.Table {
		switch {
		case len(p.Blocks)+len(p.Keys) == 0:
			if isMain(r, row) {
				rows = append(rows, row)
			}
		case len(p.Blocks) > 0 && !slices.Contains(p.Blocks, row.Block):
		case len(p.Keys) > 0 && !slices.Contains(p.Keys, row.Key):
		case row.Unit == result.UnitRows || row.Unit == result.UnitGroups:
		default:
			rows = append(rows, row)
		}
	}
	return rows
}

// isMain tells whether a row is one of those that a paper shows of any study.
func isMain(r *result.Result, row result.Row) bool {
	if !row.Subset.Equal(result.Subset{}) {
		return false
	}
	keys, _ := Headlines(r)
	switch row.Block {
	case result.Nested, result.Baseline:
		return slices.Contains(keys[:], row.Key)
	case result.Hidden:
		return row.Key == hidden.KeyInformation || row.Key == hidden.KeyAUROC
	case result.Gap:
		return slices.Contains([]string{gap.KeyNet, gap.KeyDPrimeDifference, gap.KeyCriterionDifference}, row.Key)
	}
	return false
}
