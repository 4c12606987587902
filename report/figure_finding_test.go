package report

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"tell/estimate"
	"tell/result"
)

// The picture at the top has the probe, then what the model did, then the rivals from the
// best on, each with the number that the table of rivals has.
func TestFindingPicture(t *testing.T) {
	r, _ := capitals(t)
	var got []string
	for _, s := range standingsOf(r, headlineOf(r)) {
		got = append(got, fmt.Sprintf("%s %s (%s)", s.name, valueWithInterval(s.of, 2, number), s.wholeNote()))
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

	_, height := d.size(wide)
	discs := regexp.MustCompile(`"M([\d.]+),([\d.]+)A1.8`).FindAllStringSubmatch(svg, -1)
	boxes := regexp.MustCompile(`<rect x="([\d.]+)" y="([\d.]+)" width="10" height="10"><title>layer`).FindAllStringSubmatch(svg, -1)
	if len(boxes) != 30 || len(discs) != 30 {
		t.Fatalf("found %d hints and %d discs, expected 30 layers", len(boxes), len(discs))
	}
	for i := range boxes {
		var x, y, right, above float64
		fmt.Sscan(boxes[i][1]+" "+boxes[i][2]+" "+discs[i][1]+" "+discs[i][2], &x, &y, &right, &above)
		if math.Abs(x+5-(right-1.8)) > 0.1 || math.Abs(y+5-(height.Points()-above)) > 0.1 {
			t.Errorf("hint %d is around %g, %g, expected around the disc at %g, %g", i, x+5, y+5, right-1.8, height.Points()-above)
		}
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
