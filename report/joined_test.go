package report

import (
	"strconv"
	"strings"
	"testing"

	"tell/estimate"
	"tell/result"
)

// joinedFixture has layers joined and a path over the number of columns: few columns
// read 0.6 and 0.9 of the label, the probe 0.9.
func joinedFixture(t *testing.T) *result.Result {
	t.Helper()
	r, _ := capitals(t)
	add := func(block result.Block, predictor, columns, key string, value, low, high float64) {
		row := result.Row{Block: block, Layer: result.None, Position: result.None, Predictor: predictor, Key: key,
			Estimate: estimate.Estimate{Value: value, N: 100, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}}
		if columns != "" {
			row.Subset = result.Subset{Column: result.Coordinates, Value: columns}
		}
		r.Table = append(r.Table, row)
	}
	add(result.Joined, "mean", "", "auroc", 0.93, 0.91, 0.95)
	add(result.Joined, "mean", "", "auroc_difference", -0.03, -0.05, -0.01)
	for i, k := range []int{1, 16} {
		name, value := strconv.Itoa(k), 0.6+0.3*float64(i)
		add(result.Sparse, result.FewColumns, name, "auroc", value, value-0.02, value+0.02)
		add(result.Sparse, result.FewColumns, name, "auroc_difference", 0.9-value, 0.9-value-0.02, 0.9-value+0.02)
		add(result.Sparse, result.RandomColumns, name, "auroc", 0.52, 0.48, 0.56)
	}
	return r
}

func TestJoinedSection(t *testing.T) {
	r := joinedFixture(t)
	text := sectionOf(t, r, "joined")
	holds(t, text, "joining all changes the AUROC: the mean by +0.03 (95% interval +0.01 to +0.05).")
	holds(t, text, "Mean of the logits out of fold 0.93")
	holds(t, text, "With 16 of ")
	holds(t, text, "; as many drawn at random have 0.52.")
	d := drawFewColumns(r)
	holds(t, d.alt, "Chosen: 0.60 [0.58, 0.62] with 1, 0.90 [0.88, 0.92] with 16. Drawn at random: 0.52 [0.48, 0.56] with 1,")
	holds(t, strings.Join(wordsOf(d, wide), "|"), "|number of columns|1|16|")

	for i := range r.Table {
		if e := &r.Table[i].Estimate; r.Table[i].Block == result.Sparse && strings.HasSuffix(r.Table[i].Key, result.Difference) {
			e.Interval.Low = 0.01
		}
	}
	holds(t, sectionOf(t, r, "joined"), "no number of columns tried comes close to its ")
	if bare, _ := capitals(t); drawFewColumns(bare) != nil || viewJoined(newPage(bare, nil)) != nil {
		t.Error("a study without few columns has a figure of them")
	}
}
