package report

import (
	"strings"
	"testing"

	"tell/estimate"
	"tell/result"
	"tell/target"
)

// tracesFixture follows two rows along three positions.
func tracesFixture(t *testing.T) *result.Result {
	t.Helper()
	r, _ := capitals(t)
	act := 0
	r.Traces = []result.Trace{
		{ID: "first", Label: 1, Behaviour: &act, Right: true, Layer: 12, Position: 1, TokenText: []string{"It", " ", "\n"}},
		{ID: "second", Label: 0, Layer: 12, Position: 1},
	}
	for _, of := range r.Traces {
		for at := range 3 {
			row := result.Row{Block: result.Traced, Layer: of.Layer, Position: at, Predictor: result.Probe, Key: result.KeyScoreAt, Unit: result.UnitProbability,
				Subset: result.Subset{Column: result.ColumnRow, Value: of.ID}, Estimate: estimate.Estimate{Value: 0.2 + 0.3*float64(at), N: 1}}
			if of.ID == "second" && at == 2 {
				row.Estimate = estimate.NotEstimable(1, 1, "the state is not finite")
			}
			r.Table = append(r.Table, row)
		}
	}
	return r
}

func TestTraces(t *testing.T) {
	r := tracesFixture(t)
	d := drawTraces(r)
	words := strings.Join(wordsOf(d, wide), "|")
	for _, want := range []string{"|first: the probe is right, the model acts as if “" + labelName(r, 0) + "”|", "|It|·|¶|", "|second: the probe is wrong|", "|0|1|2"} {
		holds(t, words+"|", want)
	}
	holds(t, strings.Join(wordsOf(d, narrow), "|"), "|first: the probe is right, the act is wrong|")
	holds(t, d.alt, "0.20 at 0, 0.50 at 1, 0.80 at 2.")
	holds(t, d.alt, "0.20 at 0, 0.50 at 1, not estimable at 2.")
	holds(t, sectionOf(t, r, "traces"), "on which the model acted on the label, and on which it did not: 2 rows.")
	long := "an id that begins as all others of this study do, and ends as no other: 17"
	if got, want := rowName(long, 24), "an id that b…o other: 17"; got != want || rowName(long, len(long)) != long {
		t.Errorf("found %q, want %q", got, want)
	}
	r.Traces[0].Behaviour = nil
	holds(t, sectionOf(t, r, "traces"), "wrongly, with each label: 2 rows.")
	if bare, _ := capitals(t); drawTraces(bare) != nil || viewTraces(newPage(bare, nil)) != nil {
		t.Error("a study without traces has a figure of them")
	}
}

// The names of positions end above the next panel and within the figure.
func TestTracesWithLongNames(t *testing.T) {
	r := tracesFixture(t)
	r.Traces[0].TokenText = nil
	for i := range r.Sites {
		r.Sites[i].PositionName = []string{"end of the prompt", "first word of the answer", "a name of more letters than a figure has room for, whatever its size"}[i%3]
		r.Sites[i].Position = i % 3
	}
	d := drawTraces(r)
	c := &wordCanvas{}
	c.w, c.h = d.size(wide)
	d.paintOn(c)
	if c.outside != nil {
		t.Errorf("found %q outside the figure", c.outside)
	}
	holds(t, strings.Join(c.words, "|"), "|end of the prompt|first word of the answer|a name of")
}

// Numbers have an axis of their own, classes the probability of the row's own.
func TestTracesOfKinds(t *testing.T) {
	r := tracesFixture(t)
	r.Traces[0].Behaviour = nil
	for kind, wants := range map[target.Kind][]string{
		target.KindClass:   {"The probability of the row's own class", "|0.0|", "|1.0|", "label “" + oneLine(labelName(r, 0), 40) + "”", "second: the probe is wrong", "of any class: 2 rows"},
		target.KindOrdinal: {"The mean level decoded, counted from 0", "above the median of the target and not: 2 rows"},
	} {
		r.Data.Kind = kind
		d := drawTraces(r)
		text := strings.Join(wordsOf(d, wide), "|") + "|" + d.alt + sectionOf(t, r, "traces")
		for _, want := range wants {
			holds(t, text, want)
		}
	}
	r.Data.Kind = target.KindNumber
	for i, v := range []float64{-3, 12.5} {
		r.Traces[i].Target = &v
	}
	d := drawTraces(r)
	text := "|" + strings.Join(wordsOf(d, wide), "|") + "|" + d.alt + sectionOf(t, r, "traces")
	for _, want := range []string{"What the probe of its fold decodes", "|−3|", "|4.75|", "|12.5|", "number “−3”", "first: an error up to the median", "second: an error above the median", "with less and with more than the median error, above the median"} {
		holds(t, text, want)
	}
}
