package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tell/gap"
	"tell/result"
)

var casesSection = section{"cases", "Rows on which it knows but does not act", `
{{- if not .Cases}}
<p>On no row is the probe right and the behaviour wrong.</p>
{{- else}}
<p>{{.Intro}}</p>
<ol class="cases">
{{- range .Cases}}
<li>
<p class="facts"><strong dir="auto">{{.ID}}</strong> <span>{{.Facts}}</span></p>
{{- if .Prompt}}
<dl>
<div><dt>Prompt</dt><dd dir="auto">{{.Prompt}}</dd></div>
<div><dt>The model said</dt><dd dir="auto">{{if .Said}}{{.Said}}{{else}}<span class="why">nothing recorded</span>{{end}}</dd></div>
</dl>
{{- else if .Said}}
<dl><div><dt>The model said</dt><dd dir="auto">{{.Said}}</dd></div></dl>
{{- end}}
</li>
{{- end}}
</ol>
{{- end}}
`, viewCases}

// maxCases is how many rows the page shows; scores.csv has all.
const maxCases = 25

// maxCaseText is how many runes of a prompt or an answer the page shows.
const maxCaseText = 600

type caseRow struct {
	ID, Facts, Prompt, Said string
}

func viewCases(p *page) any {
	if len(p.gap) == 0 {
		return nil
	}
	known := knowButDoNotAct(p.scores)
	var cases []caseRow
	for _, s := range known[:min(len(known), maxCases)] {
		cases = append(cases, p.newCase(s))
	}
	intro := fmt.Sprintf("%s; those first on which the probe adds most to what the rivals tell.", capital(count(len(known), "row", "rows")))
	if len(known) > maxCases {
		intro = fmt.Sprintf("%d of %s: those on which the probe adds most to what the rivals tell. All are in scores.csv, where prediction = label and behaviour is the other label; the column gain orders them.", maxCases, count(len(known), "row", "rows"))
	}
	if n := p.Protocol.Repeats; n > 1 {
		intro += fmt.Sprintf(" A score is the mean of %s.", count(n, "repeat", "repeats"))
	}
	return map[string]any{"Intro": intro, "Cases": cases}
}

// knowButDoNotAct returns the rows on which the probe is right and the
// behaviour wrong: those first on which the probe adds most to the rivals or,
// where that was not measured, those of the widest margin.
func knowButDoNotAct(scores []result.Score) []result.Score {
	var rows []result.Score
	for _, s := range scores {
		if s.Behaviour != gap.Neither && s.Behaviour != s.Label && s.Prediction == s.Label {
			rows = append(rows, s)
		}
	}
	slices.SortStableFunc(rows, func(a, b result.Score) int {
		return cmp.Or(cmp.Compare(gain(b), gain(a)), cmp.Compare(margin(b), margin(a)))
	})
	return rows
}

// gain is what the probe adds to the rivals on a row, 0 where it is not known.
func gain(s result.Score) float64 {
	if math.IsNaN(s.Gain) {
		return 0
	}
	return s.Gain
}

func margin(s result.Score) float64 { return math.Abs(s.Score - 0.5) }

func (p *page) newCase(s result.Score) caseRow {
	id := oneLine(s.ID, 80)
	if id == "" {
		id = fmt.Sprintf("row %d", s.Row)
	}
	facts := fmt.Sprintf("label and probe: %s (score %s); acted as if: %s", p.labelName(s.Label), scoreText(s.Score), p.labelName(s.Behaviour))
	if len(p.Data.Conditions) > 1 {
		facts += "; condition: " + oneLine(s.Condition, 60)
	}
	return caseRow{ID: id, Facts: facts, Prompt: excerpt(s.Text), Said: excerpt(s.Said)}
}

// scoreText never rounds a score to certainty.
func scoreText(score float64) string {
	switch {
	case score < 1 && score >= 0.9995:
		return "> 0.999"
	case score > 0 && score < 0.0005:
		return "< 0.001"
	}
	return number(score, 3)
}

func excerpt(text string) string { return shorten(strings.TrimSpace(text), maxCaseText) }
