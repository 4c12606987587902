package report

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tell/estimate"
	"tell/gap"
	"tell/hidden"
	"tell/result"
)

func render(t *testing.T, r *result.Result, scores []result.Score) string {
	t.Helper()
	var b bytes.Buffer
	if err := encodePage(&b, r, scores); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	svgElement   = regexp.MustCompile(`(?s)(<svg [^>]*>).*?</svg>`)
	styleElement = regexp.MustCompile(`(?s)<style>.*?</style>`)
	heldElement  = regexp.MustCompile(`href="data:text/csv;charset=utf-8;base64,([^"]*)"`)
)

func TestPageOfTheRealStudy(t *testing.T) {
	r, scores := capitals(t)
	page := render(t, r, scores)
	if page != render(t, r, scores) {
		t.Error("two renderings differ")
	}
	page = svgElement.ReplaceAllString(page, "$1</svg>")
	page = styleElement.ReplaceAllString(page, "<style></style>")
	page = heldElement.ReplaceAllString(page, `href="results.csv"`)
	golden(t, "report.html", []byte(page))
}

// A page without the files beside it still gives every estimate, without a script.
func TestPageHoldsTheTable(t *testing.T) {
	r, _ := capitals(t)
	held := heldElement.FindStringSubmatch(render(t, r, nil))
	if held == nil {
		t.Fatal("found no table in the page")
	}
	found, err := base64.StdEncoding.DecodeString(html.UnescapeString(held[1]))
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := result.EncodeTable(&want, r); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(found, want.Bytes()) {
		t.Error("the table in the page is not results.csv")
	}
	r.Warnings, r.Table = nil, append(r.Table, result.Row{Block: result.Curve, Key: strings.Repeat("k", maxTableBytes)})
	if page := render(t, r, nil); heldElement.MatchString(page) || !strings.Contains(page, `<a href="results.csv" download>results.csv</a> and `) {
		t.Error("a table that is too long is in the page")
	}
}

// What a pointer is told stands under the figure as well, once.
func TestValuesUnderFigures(t *testing.T) {
	r, _ := capitals(t)
	page := html.UnescapeString(render(t, r, nil))
	for _, f := range figures {
		d := f.draw(r)
		if d == nil {
			continue
		}
		for _, h := range d.on(wide).hints {
			if item := "<li>" + h.text + "</li>"; strings.Count(page, item) == 0 {
				t.Errorf("%s: found no %s", f.name, item)
			}
		}
	}
	c := &svgCanvas{}
	for i := range 2 * maxTold {
		c.hints = append(c.hints, hint{text: fmt.Sprint(i / 2 * 2)}, hint{text: fmt.Sprint(i)})
	}
	if values, more := c.told(); len(values) != maxTold || more != maxTold || values[1] != "1" {
		t.Errorf("found %d values, beginning %q, and %d more", len(values), values[:3], more)
	}
}

func TestPageIsSound(t *testing.T) {
	_, scores := capitals(t)
	for name, r := range results(t) {
		t.Run(name, func(t *testing.T) {
			page := heldElement.ReplaceAllString(render(t, r, scores), "")
			for _, bad := range []string{"NaN", "ZgotmplZ", "<no value>", "url(", "@import", "javascript:"} {
				if strings.Contains(page, bad) {
					t.Errorf("the page holds %q", bad)
				}
			}
			checkStructure(t, page)
		})
	}
}

// checkStructure holds the page to what a screen reader needs, and to 8 rows of numbers
// that are not folded away.
func checkStructure(t *testing.T, page string) {
	page = heldElement.ReplaceAllString(page, `href="results.csv"`)
	dec := xml.NewDecoder(strings.NewReader(page))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	ids := map[string]bool{}
	var open, links []string
	heading := 0
	landmarks := map[string]int{}
	var table, figure map[string]int
	shown, counted := 0, false // rows that stand open
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			attr := map[string]string{}
			for _, a := range e.Attr {
				attr[a.Name.Local] = a.Value
				if strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("<%s> has the handler %s", name, a.Name.Local)
				}
				if n := a.Name.Local; (n == "href" || n == "src") && !strings.HasPrefix(a.Value, "#") && a.Value != "data:," && !slices.Contains(result.Files(), a.Value) {
					t.Errorf("<%s> refers to %q outside the page", name, a.Value)
				}
			}
			if id := attr["id"]; id != "" {
				if ids[id] {
					t.Errorf("the id %q occurs twice", id)
				}
				ids[id] = true
			}
			switch name {
			case "iframe", "object", "embed", "form":
				t.Errorf("the page holds <%s>", name)
			case "h1", "h2", "h3":
				level := int(name[1] - '0')
				if level > heading+1 {
					t.Errorf("an %s follows an h%d", name, heading)
				}
				heading = level
			case "header", "nav", "main":
				landmarks[name]++
			case "table":
				table = map[string]int{}
			case "caption":
				table["caption"]++
			case "td":
				if !slices.Contains(open, "details") && open[len(open)-1] == "tr" && !counted {
					shown, counted = shown+1, true
				}
			case "tr":
				counted = slices.Contains(open, "thead")
			case "th":
				if attr["scope"] == "" {
					t.Error("a th has no scope")
				}
			case "figure":
				figure = map[string]int{}
			case "figcaption":
				figure["figcaption"]++
			case "svg":
				if attr["role"] != "img" || attr["aria-label"] == "" {
					t.Error("an svg is not named")
				}
				figure[attr["class"]]++
			case "section":
				links = append(links, attr["aria-labelledby"])
			case "a":
				if id, within := strings.CutPrefix(attr["href"], "#"); within {
					links = append(links, id)
				}
			case "html":
				if attr["lang"] != "en" {
					t.Error("the page names no language")
				}
			}
			open = append(open, name)
		case xml.EndElement:
			if last := open[len(open)-1]; last != e.Name.Local {
				t.Fatalf("found </%s> inside <%s>", e.Name.Local, last)
			}
			open = open[:len(open)-1]
			switch e.Name.Local {
			case "table":
				if table["caption"] != 1 {
					t.Errorf("a table has %d captions", table["caption"])
				}
			case "figure":
				if figure["figcaption"] != 1 || figure["wide"] != 1 || figure["narrow"] != 1 {
					t.Errorf("a figure holds %v", figure)
				}
			}
		}
	}
	for _, name := range []string{"header", "nav", "main"} {
		if landmarks[name] != 1 {
			t.Errorf("found %d of <%s>, expected 1", landmarks[name], name)
		}
	}
	if shown > 8 {
		t.Errorf("%d rows of tables stand open, expected at most 8", shown)
	}
	for _, id := range links {
		if !ids[id] {
			t.Errorf("nothing has the id %q that is referred to", id)
		}
	}
}

func TestPageEscapesHostileText(t *testing.T) {
	score := result.Score{ID: hostile, Score: 0.9, Prediction: 1, Label: 1, Behaviour: 0, Group: hostile, Condition: hostile, Text: hostile, Said: hostile}
	page := render(t, hostileResult(t), []result.Score{score})
	for _, bad := range []string{"<script>alert", "\x00", "\u202e", "\xff", "<!--", "]]>"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if got := strings.Count(page, "alert(1)"); got < 20 {
		t.Errorf("hostile text is shown %d times, expected it wherever it was put", got)
	}
	if strings.Contains(page, "{{.}}") == false {
		t.Error("text that looks like a template must be shown as it is")
	}
	if len(svgElement.FindAllString(page, -1)) != 12 {
		t.Error("text closed an svg early")
	}
}

func TestFindingWithASmallerAUROC(t *testing.T) {
	r, _ := capitals(t)
	edit(r, func(row *result.Row) {
		switch {
		case row.Key == hidden.KeyInformation:
			row.Estimate = estimate.Estimate{Value: 0.13, Interval: &estimate.Interval{Low: 0.06, High: 0.21, Level: 0.95}}
			row.Null = &result.Null{P: 1. / 201}
		case row.Key == hidden.KeyAUROC && row.Predictor == result.Probe:
			row.Estimate = estimate.Estimate{Value: -0.39, Interval: &estimate.Interval{Low: -0.5, High: -0.3, Level: 0.95}}
		}
	})
	lead := FindingOf(r).Lead
	holds(t, lead, "but with the probe they are told apart less well", "these rows do not show that the states hold more")
	lacks(t, lead, "the states hold information about the label that")
}

func TestFindingInWords(t *testing.T) {
	set := func(e estimate.Estimate, null *result.Null) string {
		r, _ := capitals(t)
		edit(r, func(row *result.Row) {
			if row.Key == hidden.KeyInformation {
				row.Estimate, row.Null = e, null
			}
		})
		return FindingOf(r).Lead
	}
	with := func(value, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: value, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}, N: 1474, Groups: 1}
	}
	at := func(level float64) estimate.Estimate {
		e := with(0.2, 0.1, 0.3)
		e.Interval.Level = level
		return e
	}
	flagged := with(0.2, 0.1, 0.3)
	flagged.Warn(hidden.RivalIsLabel, "nuisance tells the labels apart without an error: nothing can be added to it")
	small, large := &result.Null{Mean: -0.002, P: 1. / 201}, &result.Null{Mean: -0.002, P: 0.07}
	const shows, not = "the states hold information about the label that these rivals do not give, which does not show that the model uses it.", "these rows do not show that the states hold more about the label than these rivals do."
	for _, c := range []struct {
		e    estimate.Estimate
		null *result.Null
		want []string
	}{
		{with(0.2, 0.1, 0.3), small, []string{"Beyond text, nuisance columns and behaviour together, ", "adds 0.200 bits a row", "(95% interval 0.100 to 0.300)", ", p = 0.005 by 200 sign flips, and", shows}},
		{with(0.2, 0.1, 0.3), large, []string{", p = 0.070 by 200 sign flips, and", ": the interval lies above 0, but the test finds too little, and only both together count: " + not}},
		{with(0.2, -0.1, 0.3), small, []string{": the test finds something, but the interval of what these probes gain on further groups holds 0, and only both together count: " + not}},
		{with(0.2, 0, 0.3), small, []string{not}},
		{with(0.2, 0.1, 0.3), nil, []string{"the study asks for no permutations, so there is no test of it."}},
		{with(-0.2, -0.3, -0.1), large, []string{"adds −0.200 bits a row", ": " + not}},
		// The level of the test is that of the interval.
		{at(0.9), &result.Null{P: 0.07}, []string{shows}},
		{at(0.99), &result.Null{P: 0.02}, []string{"the test finds too little"}},
		{at(0.999), small, []string{"with 200 sign flips no p can be 0.001 or less"}},
		{estimate.Estimate{Value: 0.2, N: 3, Groups: 1}, small, []string{"there is no interval, so this number alone shows nothing."}},
		// Bits beyond a rival without an error are no information about the label.
		{flagged, small, []string{": but a rival tells the labels apart without an error", not}},
		{estimate.NotEstimable(0, 0, "one label"), nil, []string{"What the probe adds to its rivals is not estimable: one label."}},
	} {
		lead := set(c.e, c.null)
		for _, want := range c.want {
			if !strings.Contains(lead, want) {
				t.Errorf("%s:\nfound %q\nexpected it to hold %q", c.e.Signed(), lead, want)
			}
		}
	}
}

// No sentence of the finding passes a verdict on the net gap: it says at which
// base rate it holds, what it is made of and where it turns.
func TestFindingSaysWhatTheGapIsMadeOf(t *testing.T) {
	r, _ := capitals(t)
	text := sectionOf(t, r, "finding")
	holds(t, text, "Where the model took a side, the probe is right on 90% of the rows and the behaviour on 70%: a net gap of +20 points",
		"Of it, +1 points come from how well each tells the labels apart", "and +19 from how far each leans to one answer",
		"That is with “user is wrong” on 45% of the rows; with 1 row in 20 the net gap would be −7 points, with 19 in 20 +54, and its sign turns at 15%",
		"taken as right behaviour they would make the net gap +15 points, as wrong behaviour +32.")
	for _, sentence := range FindingOf(r).Further {
		lacks(t, sentence, "The interval lies", "shows", "proves")
	}
}

// A probe that is right no more often than the most frequent label has a gap to a model
// that answers the rarer one, whatever it knows.
func TestFindingOfAConstantClaimsNoGap(t *testing.T) {
	r, _ := capitals(t)
	r.Warnings = append(r.Warnings, result.Warning{Code: "majority-probe", Message: "The probe is like the majority."})
	text := sectionOf(t, r, "finding")
	holds(t, text, "The probe is like the majority. So no gap is claimed.", "Among rows of equal behaviour the probe's AUROC is")
	lacks(t, text, "net gap", "rightly reads")
}

func TestFindingWithoutBehaviour(t *testing.T) {
	r, scores := capitals(t)
	drop(r, ofBehaviour)
	r.Data.ActsAs, r.Data.Behaviour = nil, nil
	text := render(t, r, scores)
	if !strings.Contains(text, "The study maps no behaviour to the labels") {
		t.Error("the page does not say that there is no gap to report")
	}
	for _, id := range []string{"table", "estimates", "slices", "cases"} {
		if strings.Contains(text, `<section id="`+id+`"`) {
			t.Errorf("the section %q stands in a report without behaviour", id)
		}
	}
}

func TestKnowButDoNotAct(t *testing.T) {
	scores := []result.Score{
		{ID: "narrow", Score: 0.6, Prediction: 1, Label: 1, Behaviour: 0},
		{ID: "acts", Score: 0.9, Prediction: 1, Label: 1, Behaviour: 1},
		{ID: "neither", Score: 0.9, Prediction: 1, Label: 1, Behaviour: gap.Neither},
		{ID: "wide", Score: 0.05, Prediction: 0, Label: 0, Behaviour: 1},
		{ID: "wrong", Score: 0.99, Prediction: 1, Label: 0, Behaviour: 1},
		{ID: "narrow too", Score: 0.4, Prediction: 0, Label: 0, Behaviour: 1},
	}
	var got []string
	for _, s := range quadrants[0].of(scores) {
		got = append(got, s.ID)
	}
	if want := []string{"wide", "narrow", "narrow too"}; !slices.Equal(got, want) {
		t.Errorf("found %q, expected %q", got, want)
	}
}

// A row is one case, with the mean of its scores, however many repeats there are.
func TestCasesOfRepeats(t *testing.T) {
	r, scores := capitals(t)
	want := len(quadrants[0].of(result.Means(scores)))
	again := slices.Clone(scores)
	for i := range again {
		again[i].Repeat = 1
		if again[i].ID == "Vancouver-4" {
			again[i].Score = 0.5
		}
	}
	r.Protocol.Repeats = 2
	p := newPage(r, append(scores, again...))
	if got := len(quadrants[0].of(p.scores)); got != want {
		t.Errorf("found %d cases in two repeats, expected %d", got, want)
	}
	body := render(t, r, append(scores, again...))
	holds(t, body, "A score is the mean of 2 repeats.")
	lacks(t, body, "Vancouver-4</a> <span>label and probe: user is wrong (score &gt; 0.999)")
}

// The rows of a quadrant are the rows that the table counts, and every row is of one.
func TestQuadrants(t *testing.T) {
	r, scores := capitals(t)
	rows := result.Means(scores)
	gap := gapOf(r)
	sum := 0
	for i, want := range []int{gap.Count("only_probe"), gap.Count("only_behaviour"), gap.Count("both_wrong"), gap.Count("both_right"), neitherOf(r).Count("rows")} {
		got := len(quadrants[i].of(rows))
		if got != want {
			t.Errorf("%s: found %d rows, expected %d as in the table", quadrants[i].id, got, want)
		}
		sum += got
	}
	if sum != len(rows) {
		t.Errorf("%d rows in quadrants, %d in all", sum, len(rows))
	}
}

// Rows beyond the first are drawn from all others, the same ones each time, and a link
// leads to one row.
func TestCasesShown(t *testing.T) {
	r, scores := capitals(t)
	p := newPage(r, scores)
	v := viewCases(p).(map[string]any)["Quadrants"].([]quadrantView)
	again := viewCases(p).(map[string]any)["Quadrants"].([]quadrantView)
	links := map[string]bool{}
	for i, q := range v {
		all := quadrants[slices.IndexFunc(quadrants, func(k quadrant) bool { return k.id == q.ID })].of(p.scores)
		last := 0
		for k, c := range q.Cases {
			if links[c.Anchor] {
				t.Errorf("two rows have the link %s", c.Anchor)
			}
			links[c.Anchor] = true
			at := slices.IndexFunc(all, func(s result.Score) bool { return s.ID == c.ID })
			if k < firstCases && at != k || at < last {
				t.Errorf("%s: row %d is number %d of its kind", q.ID, k, at)
			}
			last = at
			if c != again[i].Cases[k] {
				t.Errorf("%s: row %d is %s, and then %s", q.ID, k, c.ID, again[i].Cases[k].ID)
			}
		}
		if want := min(len(all), firstCases+drawnCases); len(q.Cases) != want {
			t.Errorf("%s: %d rows, want %d", q.ID, len(q.Cases), want)
		}
		if q.ID == "right" && last < len(all)/2 {
			t.Errorf("the rows drawn end at %d of %d", last, len(all))
		}
	}
	for _, c := range []struct{ id, want string }{{"a b", "row-number-7"}, {"", "row-number-7"}, {"Paris-1", "row-Paris-1"}, {"x", "row-number-7"}} {
		if got := anchorOf(result.Score{ID: c.id, Row: 7}, map[string]bool{"row-x": true}); got != c.want {
			t.Errorf("the link to %q is %s, want %s", c.id, got, c.want)
		}
	}
}

// The policy of the page lets its own script run, and nothing else.
func TestScriptPolicy(t *testing.T) {
	r, scores := capitals(t)
	text := render(t, r, scores)
	script := text[strings.Index(text, "<script>")+len("<script>") : strings.Index(text, "</script>")]
	holds(t, html.UnescapeString(text), "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '"+scriptHash(script)+"'")
	if strings.Count(text, "<script") != 1 {
		t.Error("the page has more scripts than one")
	}
}
