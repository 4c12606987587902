package report

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tell/gap"
	"tell/result"
)

var casesSection = section{"cases", "Rows, by what the probe and the model got right", `
<p>All rows are in <a href="scores.csv" download>scores.csv</a> beside this page: the columns prediction, label and behaviour tell these kinds apart, and gain orders them.{{with .Repeats}} A score is the mean of {{.}}.{{end}}</p>
{{- range .Quadrants}}
<details class="quadrant" id="rows-{{.ID}}"{{if .Open}} open{{end}}>
<summary>{{.Title}} <span class="why">{{.Rows}}</span></summary>
{{- with .Shown}}
<p class="why">{{.}}</p>
{{- end}}
<ol class="cases">
{{- range .Cases}}
<li id="{{.Anchor}}" data-score="{{.Score}}"{{with .Gain}} data-gain="{{.}}"{{end}}>
<p class="facts"><a href="#{{.Anchor}}" dir="auto">{{.ID}}</a> <span>{{.Facts}}</span></p>
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
</details>
{{- end}}
`, viewCases}

// A quadrant is the rows on which probe and behaviour are right or wrong alike.
type quadrant struct {
	id, title string
	has       func(s result.Score) bool
}

var quadrants = []quadrant{
	{"knows", "The probe is right, and the model acts against it", func(s result.Score) bool { return took(s) && probeRight(s) && !actedRight(s) }},
	{"acts", "The model is right, and the probe is wrong", func(s result.Score) bool { return took(s) && !probeRight(s) && actedRight(s) }},
	{"wrong", "Both are wrong", func(s result.Score) bool { return took(s) && !probeRight(s) && !actedRight(s) }},
	{"right", "Both are right", func(s result.Score) bool { return took(s) && probeRight(s) && actedRight(s) }},
	{"neither", "The model took neither side", func(s result.Score) bool { return !took(s) }},
}

func took(s result.Score) bool       { return s.Behaviour != gap.Neither }
func probeRight(s result.Score) bool { return s.Prediction == s.Label }
func actedRight(s result.Score) bool { return s.Behaviour == s.Label }

// Of each quadrant the page shows the first rows and some of the others, drawn at
// random, since the surest are not like the rest. scores.csv has all.
const (
	firstCases = 12
	drawnCases = 12
)

// maxCaseText is how many runes of a prompt or an answer the page shows.
const maxCaseText = 600

type caseRow struct {
	Anchor, ID, Facts, Prompt, Said string
	Score, Gain                     string // for the order of rows; no gain where it is not known
}

type quadrantView struct {
	ID, Title, Rows, Shown string
	Open                   bool
	Cases                  []caseRow
}

func viewCases(p *page) any {
	if len(p.gap) == 0 {
		return nil
	}
	var views []quadrantView
	anchors := map[string]bool{}
	for _, q := range quadrants {
		rows := q.of(p.scores)
		if len(rows) == 0 {
			continue
		}
		v := quadrantView{ID: q.id, Title: q.title, Rows: count(len(rows), "row", "rows"), Open: len(views) == 0}
		shown := rows
		if len(rows) > firstCases+drawnCases {
			shown = slices.Concat(rows[:firstCases], drawn(rows[firstCases:], drawnCases, p.Protocol.Seed))
			v.Shown = fmt.Sprintf("The %d rows on which the probe adds most to what the rivals tell, then %d of the others, drawn at random.", firstCases, drawnCases)
		}
		for _, s := range shown {
			v.Cases = append(v.Cases, p.newCase(s, anchors))
		}
		views = append(views, v)
	}
	v := map[string]any{"Quadrants": views}
	if n := p.Protocol.Repeats; n > 1 {
		v["Repeats"] = count(n, "repeat", "repeats")
	}
	return v
}

// of are the rows of a quadrant: those first on which the probe adds most to the
// rivals or, where that was not measured, those of the widest margin.
func (q quadrant) of(scores []result.Score) []result.Score {
	var rows []result.Score
	for _, s := range scores {
		if q.has(s) {
			rows = append(rows, s)
		}
	}
	slices.SortStableFunc(rows, func(a, b result.Score) int {
		return cmp.Or(cmp.Compare(gain(b), gain(a)), cmp.Compare(margin(b), margin(a)))
	})
	return rows
}

// drawn are n of the rows, in their order.
func drawn(rows []result.Score, n int, seed uint64) []result.Score {
	places := rand.New(rand.NewPCG(seed, uint64(len(rows)))).Perm(len(rows))[:n]
	slices.Sort(places)
	chosen := make([]result.Score, n)
	for i, k := range places {
		chosen[i] = rows[k]
	}
	return chosen
}

// gain is what the probe adds to the rivals on a row, 0 where it is not known.
func gain(s result.Score) float64 {
	if math.IsNaN(s.Gain) {
		return 0
	}
	return s.Gain
}

func margin(s result.Score) float64 { return math.Abs(s.Score - 0.5) }

func (p *page) newCase(s result.Score, anchors map[string]bool) caseRow {
	id := oneLine(s.ID, 80)
	if id == "" {
		id = fmt.Sprintf("row %d", s.Row)
	}
	acted := "acted as neither"
	if took(s) {
		acted = "acted as if: " + p.labelName(s.Behaviour)
	}
	facts := fmt.Sprintf("label and probe: %s (score %s); %s", p.labelName(s.Label), scoreText(s.Score), acted)
	if !probeRight(s) {
		facts = fmt.Sprintf("label: %s; probe: %s (score %s); %s", p.labelName(s.Label), p.labelName(s.Prediction), scoreText(s.Score), acted)
	}
	if len(p.Data.Conditions) > 1 {
		facts += "; condition: " + oneLine(s.Condition, 60)
	}
	c := caseRow{Anchor: anchorOf(s, anchors), ID: id, Facts: facts, Prompt: excerpt(s.Text), Said: excerpt(s.Said), Score: strconv.FormatFloat(s.Score, 'g', 6, 64)}
	if !math.IsNaN(s.Gain) {
		c.Gain = strconv.FormatFloat(s.Gain, 'g', 6, 64)
	}
	return c
}

// anchorOf names a row for links: by its id where that is a plain word that no
// other row has.
func anchorOf(s result.Score, taken map[string]bool) string {
	name := "row-" + s.ID
	if !plainWord.MatchString(s.ID) || taken[name] {
		name = fmt.Sprintf("row-number-%d", s.Row)
	}
	taken[name] = true
	return name
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)

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
