package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"tell/estimate"
	"tell/result"
)

// The picture at the top has the probe, then what the model did, then the rivals from the
// best on, each with the number that the table of rivals has.
func TestFindingPicture(t *testing.T) {
	r, _ := capitals(t)
	var got []string
	for _, s := range standingsOf(r, headlineOf(r)) {
		got = append(got, fmt.Sprintf("%s %s (%s)", s.name, valueWithInterval(s.of, 2, number), s.note))
	}
	alone := func(name string) string {
		row, _ := r.Table.In(result.Hidden).Of(name).Find(result.KeyAlone)
		return fmt.Sprintf("%s %s (p = %s)", baselineTitle(name), valueWithInterval(row.Estimate, 2, number), pValue(row.Null.P))
	}
	probe := "Probe " + valueWithInterval(nestedOf(r).Estimate("auroc"), 2, number) + " (layers 14–19; p = 0.005)"
	want := []string{probe, alone("behaviour"), alone("text"), alone("nuisance"), "Embeddings not estimable ()"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	holds(t, drawFinding(r).alt, probe, "0.5 is chance")

	for i := range 9 {
		name := fmt.Sprint("rival ", i)
		r.Predictors = append(r.Predictors, result.Predictor{Name: name})
		r.Table = append(r.Table, result.Row{Block: result.Baseline, Predictor: name, Key: "auroc", Layer: result.None, Position: result.None, Estimate: estimate.Estimate{Value: 0.5 + float64(i)/100, N: 9}})
	}
	d := drawFinding(r)
	holds(t, d.alt, "rival 8 0.58")
	lacks(t, d.alt, "rival 0", "Embeddings")
	if !bytes.Contains(d.svg(wide), []byte("; 6 further rivals below<")) {
		t.Error("the picture does not say that rivals are left out")
	}

	edit(r, func(row *result.Row) {
		if row.Block == result.Nested {
			row.Estimate = estimate.NotEstimable(0, 0, "one label")
		}
	})
	if drawFinding(r) != nil {
		t.Error("there is a picture without a probe")
	}
}

// No page shows more than 8 rows of numbers that are not folded away.
func TestRowsBeforeTheDetails(t *testing.T) {
	_, scores := capitals(t)
	for name, r := range results(t) {
		page := render(t, r, scores)
		open, folded, head := 0, 0, false
		for _, tag := range regexp.MustCompile(`<(/?details|tr|thead|/thead)[ >]`).FindAllStringSubmatch(page, -1) {
			switch tag[1] {
			case "details":
				folded++
			case "/details":
				folded--
			case "thead":
				head = true
			case "/thead":
				head = false
			case "tr":
				if folded == 0 && !head {
					open++
				}
			}
		}
		if open > 8 {
			t.Errorf("%s: %d rows of tables stand open, expected at most 8", name, open)
		}
	}
}

// Words take the room that they were laid out for in every font.
func TestWordsKeepTheirWidth(t *testing.T) {
	r, _ := capitals(t)
	svg := drawFinding(r).svg(wide)
	if texts, fixed := bytes.Count(svg, []byte("<text ")), bytes.Count(svg, []byte(`<text textLength="`)); texts == 0 || texts != fixed {
		t.Errorf("%d of %d texts have a width", fixed, texts)
	}
	want := fmt.Sprintf(`<text textLength="%.4g" lengthAdjust="spacingAndGlyphs" `, standing{hue: probeHue}.style().Width("Probe").Points())
	if before, _, ok := bytes.Cut(svg, []byte(">Probe</text>")); !ok || !bytes.Contains(before[bytes.LastIndex(before, []byte("<text")):], []byte(want)) {
		t.Errorf("the word Probe has not the width %s", want)
	}
}

// Every point of the curve over layers says its value where a pointer rests on it, at the
// place where it is drawn; the narrow drawing, for phones, says nothing.
func TestHints(t *testing.T) {
	r, _ := capitals(t)
	d := drawLayers(r)
	svg := string(d.svg(wide))
	for _, p := range curvesOf(r)[0].points {
		if p.known() {
			holds(t, titles(svg), fmt.Sprintf("<title>layer %g: %s</title></rect>", p.layer, told(p.auroc, number)))
		}
	}
	holds(t, titles(svg), "<title>nested choice: ")
	lacks(t, titles(string(d.svg(narrow))), "<title>")

	h := drawFinding(r)
	w, height := h.size(wide)
	hinted := regexp.MustCompile(`<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="18"><title>`).FindAllStringSubmatch(string(h.svg(wide)), -1)
	if len(hinted) != 4 {
		t.Fatalf("found %d hints, expected one for each number", len(hinted))
	}
	last := vg.Length(0)
	for _, m := range hinted {
		var x, y, width float64
		fmt.Sscan(strings.Join(m[1:], " "), &x, &y, &width)
		if vg.Length(y) <= last || vg.Length(y)+18 > height || vg.Length(x+width) > w {
			t.Errorf("a hint lies at %v, %v: outside, or out of order", x, y)
		}
		last = vg.Length(y)
	}
}

func titles(svg string) string {
	_, over, _ := strings.Cut(svg, `<g fill-opacity="0">`)
	return over
}

func TestCountsAreCapped(t *testing.T) {
	list := make([]result.Count, 240)
	for i := range list {
		list[i] = result.Count{Name: fmt.Sprint("c", i), N: 1200}
	}
	if got, want := counts(list), "c6: 1\u202f200; c7: 1\u202f200; and 232 more, in results.json"; !strings.HasSuffix(got, want) {
		t.Errorf("found %q, expected it to end in %q", got, want)
	}
	if got := counts(list[:8]); strings.Contains(got, "more") {
		t.Errorf("8 values are cut: %q", got)
	}
}
