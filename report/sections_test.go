package report

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tell/estimate"
	"tell/gap"
	"tell/result"
	"tell/target"
)

// plain is a part of the page as it is read.
func plain(page string) string {
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	return strings.Join(strings.Fields(html.UnescapeString(page)), " ")
}

// sectionOf is the section of the given id as it is read, without figures.
func sectionOf(t *testing.T, r *result.Result, id string) string {
	t.Helper()
	k := slices.IndexFunc(sections, func(s section) bool { return s.id == id })
	var body strings.Builder
	if err := templates.ExecuteTemplate(&body, id, sections[k].view(newPage(r, nil))); err != nil {
		t.Fatal(err)
	}
	return sections[k].title + " " + plain(svgElement.ReplaceAllString(body.String(), ""))
}

func holds(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("found %q\nexpected it to hold %q", text, want)
		}
	}
}

func lacks(t *testing.T, text string, unwanted ...string) {
	t.Helper()
	for _, bad := range unwanted {
		if strings.Contains(text, bad) {
			t.Errorf("found %q\nexpected no %q", text, bad)
		}
	}
}

func TestFindingOfOneSidedGap(t *testing.T) {
	for _, c := range []struct {
		behaviours [2][2]int
		want       string
	}{
		{[2][2]int{{262, 141}, {0, 71}}, "on all 71 rows on which the model acted as if “100% wrong”, that was right. There the probe cannot know better. The AUROC among rows of equal behaviour rests only on the 403 rows on which the model acted as if “right”."},
		{[2][2]int{{0, 1}, {30, 20}}, "On the only row on which the model acted as if “right”, that was wrong. The AUROC among rows of equal behaviour rests only on the 50 rows on which the model acted as if “100% wrong”."},
		{[2][2]int{{30, 0}, {0, 20}}, "Each behaviour occurs with only one label"},
		{[2][2]int{{30, 1}, {1, 20}}, ""},
		{[2][2]int{{30, 0}, {20, 0}}, ""},
		{[2][2]int{{30, 10}, {0, 0}}, ""},
	} {
		r, _ := capitals(t)
		r.Data.LabelNames = []string{"right", "100% wrong"}
		for b, labels := range c.behaviours {
			for y, n := range labels {
				setGap(r, result.RowsKey(b, y), func(e *estimate.Estimate) { e.Value = float64(n) })
			}
		}
		text := strings.Join(FindingOf(r).Details, "\n")
		holds(t, text, c.want)
		if c.want == "" {
			lacks(t, text, "one-sided", "Each behaviour")
		}
	}
}

// What the headline's number must be read with stands beside it.
func TestFindingHoldsTheNotesOfTheHeadline(t *testing.T) {
	r, _ := capitals(t)
	holds(t, sectionOf(t, r, "finding"), "No graded behaviour was given: ", "Rivals that do no better than chance alone: text, nuisance columns. A lead over them means nothing.")
}

// The share stands there for the labels where the model acts against the probe.
func TestFindingSaysHowOftenTheModelActsAgainstTheProbe(t *testing.T) {
	r, _ := capitals(t)
	r.Data.LabelNames = []string{"right", "wrong"}
	for y, share := range []float64{0, 0.642} {
		setGap(r, fmt.Sprintf("%s_y%d", gap.KeyAgainst, y), func(e *estimate.Estimate) {
			*e = estimate.Estimate{Value: share, N: 193, Interval: &estimate.Interval{Low: 0.5, High: 0.75, Level: 0.95}}
		})
	}
	text := sectionOf(t, r, "finding")
	holds(t, text, "On 64.2% of the 193 rows where the probe rightly reads “wrong”, the model acts as if “right” (95% interval 50.0 to 75.0); when it acts so, the probe contradicts it on 92% of the rows where that is wrong and on 10% of those where it is right.",
		"bits a row about “right” or “wrong”")
	lacks(t, text, "rightly reads “right”")
}

func TestBaselines(t *testing.T) {
	r, _ := capitals(t)
	text := sectionOf(t, r, "baselines")
	holds(t, text,
		"measured on all 576 rows. The gap is measured on the 474 of them",
		"0.40 [0.34, 0.47] below chance: it misleads, and the difference is too large",
		"the embedding output not estimable constant: every row has the same state Nuisance columns")
	drop(r, ofBehaviour)
	lacks(t, sectionOf(t, r, "baselines"), "The gap is measured", "below zero")
	r.Data.Kind = target.KindShare
	holds(t, sectionOf(t, r, "baselines"), "above zero, the probe is better; of cross-entropy, below zero.")
}

// A baseline is below chance where its interval is, not where its value is.
func TestBelowChance(t *testing.T) {
	with := func(low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: 0.4, Interval: &estimate.Interval{Low: low, High: high}}
	}
	for _, c := range []struct {
		e    estimate.Estimate
		want bool
	}{{with(0.3, 0.49), true}, {with(0.3, 0.5), false}, {estimate.Estimate{Value: 0.4}, false}, {estimate.NotEstimable(3, 1, "constant"), false}} {
		if got := belowChance(c.e); got != c.want {
			t.Errorf("%v is said to be below chance: %v", c.e, got)
		}
	}
}

func TestSmallestP(t *testing.T) {
	for _, c := range []struct {
		p     float64
		draws int
		want  string
	}{
		{1. / 201, 200, "0.005\u00a0†"}, {2. / 201, 200, "0.010"}, {1, 200, "1.000"},
		{1. / 20, 19, "0.05\u00a0†"}, {1. / 5001, 5000, "0.0002\u00a0†"}, {2. / 5001, 5000, "< 0.001"},
	} {
		if got := pOfDraws(c.p, c.draws); got != c.want {
			t.Errorf("p = %v of %d draws is printed %q, expected %q", c.p, c.draws, got, c.want)
		}
	}
	r, _ := capitals(t)
	holds(t, sectionOf(t, r, "layers"), "† marks the smallest p that is possible with 200 draws",
		"Of 30 layers tested, 27 lie above", "with 200 draws, no p can be smaller than 0.005")
	edit(r, func(row *result.Row) {
		if row.Null != nil {
			row.Null.P = 0.5
		}
		if row.Key == result.KeyPMax {
			row.Estimate.Value = 0.5
			if row.Layer == 30 {
				row.Estimate.Value = 0.04
			}
		}
	})
	text := sectionOf(t, r, "layers")
	holds(t, text, "Of 30 layers tested, 1 lies above")
	lacks(t, text, "†")
	holds(t, sectionOf(t, withPositions(t, 4), "layers"), "Of 120 pairs of layer and position tested", "p over all pairs of layer and position")
}

func TestSlices(t *testing.T) {
	r, _ := capitals(t)
	text := sectionOf(t, r, "slices")
	holds(t, text, "differences between parts on the groups that they share", "Each template minus template 0, on the groups with rows in both",
		"1 89 +0.11 [+0.03, +0.20]", "2 90 +0.06 [−0.03, +0.14]")
	lacks(t, text, "pressure") // one condition repeats all rows
	if n := strings.Count(text, "equals the net gap"); n != 1 {
		t.Errorf("what is true of every row is said %d times", n)
	}

	edit(r, func(row *result.Row) {
		if row.Block == result.Slice && row.Subset.String() == "template=1" && row.Key == gap.KeyBeyondText {
			row.Estimate.Warnings = nil
		}
	})
	drop(r, func(row result.Row) bool { return row.Block == result.Contrast })
	text = sectionOf(t, r, "slices")
	lacks(t, text, "In every row", "minus")
	if n := strings.Count(text, "equals the net gap"); n != 2 {
		t.Errorf("what holds of two rows is said %d times", n)
	}
	holds(t, text, "Matched AUROC")
	r.Data.Kind = target.KindOrdinal // which has none
	lacks(t, sectionOf(t, r, "slices"), "Matched AUROC", "the results hold no")
}

// The notes of two numbers of one cause are read once.
func TestNotesOfLevelsAreSaidOnce(t *testing.T) {
	r, _ := capitals(t)
	r.Data.Kind = target.KindOrdinal
	for key, column := range map[string]string{gap.KeyNet: result.LabelSubset, gap.KeyDPrimeDifference: result.SplitSubset, gap.KeyCriterionDifference: result.SplitSubset} {
		row := result.Row{Block: result.Gap, Layer: result.None, Position: result.None, Subset: result.Subset{Column: column, Value: "2"}, Key: key, Estimate: estimate.Estimate{Value: 0.5, N: 90}}
		row.Estimate.Warn(gap.FewRows, "the probe says 1 on 6 of 84 rows")
		r.Table = append(r.Table, row)
	}
	_, splits, _ := strings.Cut(sectionOf(t, r, "levels"), "as labels 1 and 0")
	holds(t, splits, "as on the left")
	if n := strings.Count(splits, "the probe says 1 on 6"); n != 1 {
		t.Errorf("found the note %d times, expected it once", n)
	}
}

// A baseline without a number has a name in the figure, and neither number nor
// line.
func TestFigureOfConstantEmbeddings(t *testing.T) {
	r, _ := capitals(t)
	l := &layerPlot{r: r, headline: headlineOf(r)}
	l.low = 0.4
	var found *tag
	for _, tag := range l.tags(false) {
		if strings.HasPrefix(tag.text, "embeddings") {
			found = &tag
		}
	}
	if found == nil || found.text != "embeddings: constant" || !found.nowhere {
		t.Errorf("the embeddings are tagged %+v, expected a constant that stands nowhere", found)
	}
	d := drawLayers(r)
	holds(t, d.alt, "not estimable at layer 0", "Baseline embedding: not estimable, constant: every row has the same state.")
	if svg := string(d.svg(wide)); strings.Contains(svg, fmt.Sprintf("#%06X", embedHue.light)) || strings.Contains(svg, "#000000") {
		t.Error("a line of the embeddings is drawn")
	}
}

func TestProvenanceSaysWhatBytesDependOn(t *testing.T) {
	r, _ := capitals(t)
	r.Provenance.Platform, r.Provenance.Instructions = "plan9/vax", "POLY"
	holds(t, sectionOf(t, r, "provenance"), "plan9/vax, matrix products on POLY", "Another instruction set adds in another order")
}

func TestCalibrationErrorIsSaidToBeBiased(t *testing.T) {
	r, _ := capitals(t)
	const note = "too high on average in small samples, and without an interval that holds"
	for _, id := range []string{"probe", "calibration"} {
		holds(t, sectionOf(t, r, id), note)
	}
}

func TestSubtitle(t *testing.T) {
	r, _ := capitals(t)
	r.Sites = r.Sites[:5]
	if got, want := subtitle(r), "576 rows in 96 groups · 5 of 31 layers probed × 1 position × 576 dimensions · target user_wrong"; got != want {
		t.Errorf("found %q, expected %q", got, want)
	}
	r.Data.Groups, r.Data.Group = r.Data.Used, ""
	holds(t, subtitle(r), "576 rows, treated as independent, since the study names no group · 5 of")
	lacks(t, FindingOf(r).Lead, " groups")
}

// The level of the study is the only one that a page names.
func TestLevelInWords(t *testing.T) {
	r, scores := capitals(t)
	r.Protocol.Level = 0.8
	edit(r, func(row *result.Row) {
		if i := row.Estimate.Interval; i != nil {
			i.Level = 0.8
		}
	})
	page := render(t, r, scores)
	lacks(t, page, "95%", "95&#37;")
	holds(t, page, "Shuffled, 80%", "to the 80% quantile of 200 shufflings", "80% of shuffled labels", "80% shuffled",
		"bar for its 80% interval", "bars: 80% intervals", "with its 80% cluster-bootstrap interval", "(80% interval", "80%, expanded BCa")
}

func TestReadingIsSaid(t *testing.T) {
	for _, c := range []struct {
		read                       result.Reading
		layers, position, counting string
	}{
		{result.Reading{}, "", "", ""},
		{result.Reading{Positions: []string{"0"}}, "", "the only one that is stored", ""},
		{result.Reading{Positions: []string{"end"}}, "", "the only one that is stored: end", ""},
		{result.Reading{Positions: []string{"-3", "-2", "-1"}, Layers: []string{"3", "4", "5", "7"}}, "3, 4, 5, 7", "all that are stored (−3 to −1)", ""},
		{result.Reading{Position: "mean", Positions: []string{"mean"}, Mask: "attention_mask"}, "", "the mean over all", "those in the mask attention_mask"},
		{result.Reading{Position: "last", Length: "n_tokens"}, "", "the last", "as many as n_tokens says"},
		{result.Reading{Position: "all", Positions: []string{"0", "1", "2"}}, "", "all of each row (0 to 2)", ""},
		{result.Reading{Position: "-2"}, "", "−2, counted from the end", ""},
		{result.Reading{Position: "5"}, "", "5, counted from 0", ""},
		{result.Reading{Position: "-4:-2", Positions: []string{"-4", "-3"}}, "", "the range −4:−2 (−4, −3)", ""},
		{result.Reading{Position: "answer:start"}, "", "the one that the column answer:start names", ""},
		{result.Reading{Layers: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"}}, "a, b, c, d, e, f, g, h, i, j, k, …, n", "", ""},
		{result.Reading{Layers: []string{"embed", "block 0"}, Embeddings: new(int)}, "embed, block 0; embed is the output of the embeddings", "", ""},
	} {
		if got := layersRead(c.read); got != c.layers {
			t.Errorf("found layers %q, expected %q", got, c.layers)
		}
		if got := positionRead(c.read); got != c.position {
			t.Errorf("found position %q, expected %q", got, c.position)
		}
		if got := countedBy(c.read); got != c.counting {
			t.Errorf("found counting %q, expected %q", got, c.counting)
		}
	}
	r, _ := capitals(t)
	r.Data.Model, r.Reading.Position, r.Reading.Mask = "a/model", "last", "mask.npy"
	holds(t, sectionOf(t, r, "protocol"), "Model a/model", "Layers 0 to 30", "Position the last", "Positions counted those in the mask mask.npy")
	lacks(t, sectionOf(t, r, "protocol"), "Weights", "Effort")
	r.Protocol.Weight, r.Protocol.ClassWeight, r.Data.Effort, r.Data.Censored = "trust", "balanced", "tokens", "cut"
	holds(t, sectionOf(t, r, "protocol"), "Weights of each row trust; of the levels balanced; in training and its choices alone", "Effort tokens", "Effort cut off where cut")
}

func TestProvenanceSaysHowToRunAgain(t *testing.T) {
	r, _ := capitals(t)
	r.Provenance.Command, r.Provenance.Plan, r.Provenance.Text = "tell run a.yaml", "c0ffee", "name: <b>\n  indented: yes\n"
	text := sectionOf(t, r, "provenance")
	holds(t, text, "tell run a.yaml", "has the hash c0ffee", "The study file name: <b> indented: yes")
	holds(t, render(t, r, nil), "<pre><code>name: &lt;b&gt;\n  indented: yes</code></pre>")
	r.Provenance.Command, r.Provenance.Plan, r.Provenance.Text = "", "", ""
	lacks(t, sectionOf(t, r, "provenance"), "This command", "hash c", "The study file")
}

// A dump may have a file for every row.
func TestProvenanceOfManyFiles(t *testing.T) {
	r, _ := capitals(t)
	r.Provenance.Files = make([]result.Input, 100_000)
	for i := range r.Provenance.Files {
		r.Provenance.Files[i].Path = fmt.Sprintf("hs_%d.safetensors", i)
	}
	text := sectionOf(t, r, "provenance")
	holds(t, text, "hs_198.safetensors", " files more, which results.json lists")
	lacks(t, text, "hs_199.safetensors")
}

// Only more than the reference lies above it.
func TestAgainst(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{
		{0.501, 0.9, "The interval lies above chance."}, {0.5, 0.9, "The interval includes chance."},
		{0.1, 0.5, "The interval includes chance."}, {0.1, 0.499, "The interval lies below chance."},
		{0.5, 0.5, "The interval includes chance."},
	} {
		e := estimate.Estimate{Value: 0.5, Interval: &estimate.Interval{Low: c.low, High: c.high}}
		if got := against(e, 0.5, "chance"); got != c.want {
			t.Errorf("[%v, %v]: found %q, expected %q", c.low, c.high, got, c.want)
		}
	}
	holds(t, against(estimate.Estimate{Value: 0.9}, 0.5, "chance"), "There is no interval")
}

func TestWordsOfKeys(t *testing.T) {
	for key, want := range map[string]string{"auroc": "AUROC", "net_gap": "Net gap", "hit_rate_b1": "Probe right where the behaviour is wrong, behaviour 1", "unknown": "unknown"} {
		if got := titleOf(key); got != want {
			t.Errorf("%s: found the title %q, expected %q", key, got, want)
		}
	}
	r, _ := capitals(t)
	for _, row := range gapOf(r) {
		if row.Unit != result.UnitRows && (titleOf(row.Key) == row.Key || definitionOf(row.Key) == "") {
			t.Errorf("%s has no title or no definition", row.Key)
		}
	}
}
