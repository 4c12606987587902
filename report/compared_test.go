package report

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

var compareSettings = compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 100, Seed: 1}, Permutations: 99, Seed: 1}

// compared is the real study with the lines of a comparison.
func compared(t *testing.T, block result.Block, lines []compare.Line, err error) *result.Result {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	r, _ := capitals(t)
	r.Table = append(r.Table, result.ComparedRows(block, lines)...)
	return r
}

// planted is P(label=1) of evidence with a strength, 0 for none.
func planted(rng *rand.Rand, label int, strength float64) float64 {
	return 1 / (1 + math.Exp(-strength*float64(2*label-1)-rng.NormFloat64()))
}

// transferData plants five sets: home is read; near, a copy of it row by row, is
// read in part and its threshold moves; far is read the wrong way round; void is
// read by nothing; lone has one label and no probe.
func transferData() compare.Transfer {
	d := compare.Transfer{Sets: []string{"home", "near", "far", "void", "lone"}, FPR: 0.1, Control: 0, Paired: [][2]int{{0, 1}}}
	strength := [5][5]float64{{2, 1, -1, 0, 0}, {1, 2, 0, 0, 0}, {-1, 0, 2, 0, 0}, {0, 0, 0, 0, 0}, {}}
	rng := rand.New(rand.NewPCG(1, 2))
	text := make([][]float64, 5) // reads near as well as the probe does
	d.In, d.Score, d.Untrained = make([][]bool, 5), make([][]float64, 5), []string{"", "", "", "", "every row has label 1"}
	for set := range 5 {
		for k := range 80 {
			y := k % 2
			if set == 4 {
				y = 1
			}
			d.ID, d.Label, d.Group = append(d.ID, fmt.Sprint(set, "-", k)), append(d.Label, y), append(d.Group, k/4)
			d.Pair = append(d.Pair, fmt.Sprint(k))
			d.Behaviour = append(d.Behaviour, k/2%2)
			for probe := range 5 {
				d.In[probe] = append(d.In[probe], probe == set)
				p := planted(rng, y, strength[probe][set])
				if probe == 0 && set == 1 { // its threshold moves
					p = 1 / (1 + (1-p)/p*math.Exp(-4))
				}
				read := 0.5
				if set == 1 {
					read = p
				}
				if probe == 4 {
					p, read = math.NaN(), math.NaN()
				}
				d.Score[probe], text[probe] = append(d.Score[probe], p), append(text[probe], read)
			}
		}
	}
	d.Others = []compare.TransferScores{{Name: result.Text, Score: text}}
	in := compare.Agreements{Whole: compare.Agreement{Between: 0.4, Within: [2]float64{0.8, 0.8}}, Halvings: 20}
	d.Directions = []compare.SetDirections{
		{Sets: [2]int{0, 1}, Layer: 5, Cosines: &compare.Cosines{Plain: in, Mahalanobis: &in}},
		{Sets: [2]int{0, 4}, Layer: 5, Reason: "lone has one label"},
	}
	return d
}

func withTransfer(t *testing.T, change func(d *compare.Transfer)) *result.Result {
	if change == nil {
		lines, err := transferLines()
		return compared(t, transferBlock, lines, err)
	}
	d := transferData()
	change(&d)
	lines, err := d.Measure(t.Context(), compareSettings)
	return compared(t, transferBlock, lines, err)
}

var transferLines = sync.OnceValues(func() ([]compare.Line, error) { return transferData().Measure(context.Background(), compareSettings) })

func TestTransferSentences(t *testing.T) {
	r := withTransfer(t, nil)
	text := strings.Join(Compared(r), "\n")
	holds(t, text,
		"A probe trained on home recovers most on near, with an AUROC of 0.94",
		"and least on far, with an AUROC of 0.12", "(the wrong way round)",
		"Not shown to be read by a probe of its own: void (0.5", "lone (not estimable, nor is any other shown to read it)",
		"Of 9 steps from a set that is read to another, 2 have an interval of the AUROC above 0.5 and 2 one below it",
		"The order carries over and the threshold does not on 1 step, most from home to near, with an accuracy of 0.5",
		"In 2 of the 5 cells above 0.5 the probe is not shown to read more than the text alone, trained and tested alike: home to near (0.94, and the text 0.94) and near by its own probe (",
	)
	section := sectionOf(t, r, "transfer")
	holds(t, section, text[:40], "The probe trained on home", "near minus home on paired rows, under the same probe", "what the model does",
		"no probe could be trained on lone: every row has label 1", "the set's own probe does not read it",
		"Less that of the text alone", "Cosine of directions", "0.50", "Of the text alone", "a corner is cut off")

	// Without a reader of the text nothing is said of one.
	none := withTransfer(t, func(d *compare.Transfer) { d.Others, d.Directions = nil, nil })
	lacks(t, strings.Join(Compared(none), "\n"), "text alone")
	lacks(t, sectionOf(t, none, "transfer"), "text alone", "Cosine of directions", "corner")
}

// The text will do where a cell is read, and the interval of the lead over the text
// reaches 0.
func TestTextWillDo(t *testing.T) {
	at := func(value, low float64) estimate.Estimate {
		return estimate.Estimate{Value: value, Interval: &estimate.Interval{Low: low, High: 0.9, Level: 0.95}}
	}
	for _, c := range []struct {
		auroc, lead estimate.Estimate
		want        bool
	}{
		{at(0.7, 0.6), at(0.1, -0.1), true}, {at(0.7, 0.6), at(0.1, 0.01), false}, {at(0.7, 0.4), at(0.1, -0.1), false},
		{at(0.7, 0.6), estimate.Estimate{Value: 0}, true}, {at(0.7, 0.6), estimate.NotEstimable(0, 0, "no text"), false},
	} {
		if got := (transferCell{first: c.auroc, lead: c.lead}).textWillDo(); got != c.want {
			t.Errorf("AUROC %v, lead %v: found %v", c.auroc, c.lead, got)
		}
	}
}

// A text that reads nothing leaves all to the probe.
func TestTextThatReadsNothing(t *testing.T) {
	r := withTransfer(t, func(d *compare.Transfer) {
		for a := range 4 {
			d.Others[0].Score[a] = slices.Repeat([]float64{0.5}, len(d.ID))
		}
	})
	holds(t, strings.Join(Compared(r), "\n"), "All 5 cells above 0.5 are read better by the probe than by the text alone")
	canvas := &wordCanvas{}
	d := drawTransfer(r)
	canvas.w, canvas.h = d.size(narrow)
	d.paintOn(canvas)
	if slices.Contains(canvas.words, "not shown to beat the text alone") {
		t.Errorf("found words %q, expected no key to cut corners", canvas.words)
	}
}

// A foreign probe reads a set where its interval says so.
func TestReadByAnother(t *testing.T) {
	for _, c := range []struct {
		low  float64
		want string
	}{{0.6, "but that of near reads it, with 0.9"}, {0.4, "nor is any other shown to read it"}} {
		r := withTransfer(t, nil)
		edit(r, func(row *result.Row) {
			if row.Train == "near" && row.Test == "void" && row.Key == compare.KeyAUROC {
				row.Estimate.Value, row.Estimate.Interval = 0.9, &estimate.Interval{Low: c.low, High: 0.97, Level: 0.95}
			}
		})
		text := strings.Join(Compared(r), "\n")
		holds(t, text, c.want)
	}
}

// Nothing is said of a transfer where no set is read at home.
func TestTransferWithoutASource(t *testing.T) {
	r := withTransfer(t, func(d *compare.Transfer) {
		for _, score := range d.Score {
			for i := range score {
				score[i] = 0.25 + float64(i*7919%80)/160
			}
		}
	})
	if got := Compared(r); len(got) != 1 || !strings.HasPrefix(got[0], "No set is read better than chance by its own probe") {
		t.Errorf("found %q", got)
	}
}

// A verdict on chance stands on the interval alone.
func TestReadsByInterval(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{{0.55, 0.8, "% of what that reads above chance"}, {0.45, 0.8, "(not shown to differ from chance)"}, {0.2, 0.45, "(the wrong way round)"}} {
		r := withTransfer(t, nil)
		edit(r, func(row *result.Row) {
			if row.Train == "home" && row.Test == "near" && row.Key == compare.KeyAUROC {
				row.Estimate.Interval = &estimate.Interval{Low: c.low, High: c.high, Level: 0.95}
			}
		})
		holds(t, reads(transferOf(r), headlineOf(r), "home", "near"), c.want)
	}
}

// A threshold is said to move where intervals do not meet.
func TestMovedByInterval(t *testing.T) {
	at := func(value, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: value, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
	}
	matched := at(0.7, 0.6, 0.8)
	still := estimate.Estimate{Value: 0.5} // that no draw moves
	for _, c := range []struct {
		carried, matched estimate.Estimate
		want             bool
	}{{at(0.5, 0.45, 0.55), matched, true}, {at(0.55, 0.45, 0.65), matched, false}, {still, matched, true}, {still, estimate.Estimate{Value: 0.7}, false}} {
		cell := result.Table{{Key: compare.KeyAccuracy, Estimate: c.carried}, {Key: compare.KeyAccuracyMatched, Estimate: c.matched}}
		if moved(cell) != c.want {
			t.Errorf("%v and %v: found %v", c.carried, c.matched, !c.want)
		}
	}
}

// An AUROC of 1 has no interval. On a handful of groups it shows nothing.
func TestAllInOrder(t *testing.T) {
	e := estimate.Estimate{Value: 1, N: 4, Groups: 1}
	if offHalf(e) != 0 {
		t.Error("one group shows that a probe reads")
	}
	if e.Groups = 40; offHalf(e) != 1 {
		t.Error("40 groups in order do not show that a probe reads")
	}
}

// targetsData plants two targets over four layers. apart is how much of the
// second is its own.
func targetsData(apart float64) compare.Targets {
	d := compare.Targets{Names: [2]string{"known", "done"}}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 400 {
		a, b := i%2, i%2
		if i%5 == 0 {
			b = 1 - a
		}
		d.Label[0], d.Label[1] = append(d.Label[0], a), append(d.Label[1], b)
		d.Group, d.Fold = append(d.Group, i/10), append(d.Fold, i/10%5)
	}
	for k := range 4 {
		layer := compare.TargetLayer{Layer: 12 + k}
		for i := range 400 {
			a, b := d.Label[0][i], d.Label[1][i]
			first := planted(rng, a, min(1, float64(k)))
			second := first
			if apart > 0 {
				second = planted(rng, b, apart*max(0, float64(k-1)/2))
			}
			layer.Score[0], layer.Score[1] = append(layer.Score[0], first), append(layer.Score[1], second)
		}
		whole := compare.Agreement{Between: 0.4 * float64(k) / 3, Within: [2]float64{0.9 * float64(k) / 3, 0.8 * float64(k) / 3}}
		in := compare.Agreements{Same: 0.5, Pairs: 5, Whole: whole, Halvings: 20}
		for b := range 8 {
			left := whole
			left.Between += 0.01 * float64(b-4)
			in.LeftOut = append(in.LeftOut, left)
		}
		layer.Cosines = &compare.Cosines{Plain: in, Mahalanobis: &in}
		d.Layers = append(d.Layers, layer)
	}
	return d
}

// targetLines are those of two targets that are read apart, and of two that are
// read alike.
var targetLines = map[bool]func() ([]compare.Line, error){
	true:  sync.OnceValues(func() ([]compare.Line, error) { return targetsData(1.5).Measure(context.Background(), compareSettings) }),
	false: sync.OnceValues(func() ([]compare.Line, error) { return targetsData(0).Measure(context.Background(), compareSettings) }),
}

func withTargets(t *testing.T, apart bool) *result.Result {
	lines, err := targetLines[apart]()
	r := compared(t, targetsBlock, lines, err)
	r.Choices = []result.Choice{{Layer: 15}, {Layer: 14}, {Layer: 15}, {Layer: 14}, {Layer: 15}}
	return r
}

func TestTargetsSentences(t *testing.T) {
	r := withTargets(t, true)
	text := strings.Join(Compared(r), "\n")
	holds(t, text,
		"“known” comes close to its best from layer 13.0 on, “done” from layer 1", "So “known” is read earlier.",
		"At layer 15, which most training folds chose, the two directions have a cosine of 0.47", "They are not one direction, and not shown to be more alike than the labels make them.",
		"On the 80 rows where the labels differ, the two scores tell which of them is 1 with an AUROC of", "p = 0.010 over all layers. So the two probes read different things.",
	)
	holds(t, sectionOf(t, r, "targets"), "AUROC of known", "Layer lag", "Mahalanobis cosine, corrected")
	text = strings.Join(Compared(withTargets(t, false)), "\n")
	holds(t, text, "That the two probes read different things is not shown.")
	lacks(t, text, "So the two probes")
}

// A verdict stands on the interval alone.
func TestTargetVerdicts(t *testing.T) {
	for _, c := range []struct {
		key, want string
		in        *estimate.Interval
	}{
		{compare.KeyLayerLag, "These rows do not show that one is read earlier.", &estimate.Interval{Low: -1, High: 3, Level: 0.95}},
		{compare.KeyLayerLag, "So “done” is read earlier.", &estimate.Interval{Low: -3, High: -1, Level: 0.95}},
		{compare.KeyLayerLag, "There is no interval", nil},
		{compare.KeyCosineCorrected, "these rows do not show that they are two directions.", &estimate.Interval{Low: 0.2, High: 1.1, Level: 0.95}},
		{compare.KeyCosineCorrected, "not shown to be alike at all.", &estimate.Interval{Low: -0.2, High: 0.7, Level: 0.95}},
		{compare.KeyCosineCorrected, "They are alike, and not one direction.", &estimate.Interval{Low: 0.9, High: 0.95, Level: 0.95}},
		{compare.Mahalanobis + compare.KeyCosineCorrected, "and the interval reaches 1: whether they are two directions depends on the measure.", &estimate.Interval{Low: 0.5, High: 1.1, Level: 0.95}},
		{compare.KeyCosineCorrected, "so these rows tell nothing.", &estimate.Interval{Low: -0.2, High: 1.2, Level: 0.95}},
		{compare.KeyCosineCorrected, "There is no interval", nil},
		{compare.KeySeparation, "is not shown.", &estimate.Interval{Low: 0.4, High: 0.9, Level: 0.95}},
	} {
		r := withTargets(t, true)
		edit(r, func(row *result.Row) {
			if row.Block == targetsBlock && row.Key == c.key {
				row.Estimate.Interval = c.in
			}
		})
		holds(t, strings.Join(Compared(r), "\n"), c.want)
	}
}

// The separation is tested over all layers.
func TestSeparationOverAllLayers(t *testing.T) {
	r := withTargets(t, true)
	edit(r, func(row *result.Row) {
		if row.Key == compare.KeySeparationPMax {
			row.Estimate.Value = 0.06
		}
	})
	holds(t, strings.Join(Compared(r), "\n"), "p = 0.060 over all layers. That the two probes read different things is not shown.")
}

func TestTargetsThatCannotBeTrained(t *testing.T) {
	r := compared(t, targetsBlock, []compare.Line{{
		Train: "known", Test: "done", Layer: compare.None, Position: compare.None, Predictor: result.Probe, Key: compare.KeyTargetAUROC,
		Estimate: estimate.NotEstimable(10, 0, "done: fold 1 leaves 0 rows of label 0"),
	}}, nil)
	holds(t, strings.Join(Compared(r), "\n"), "“known” and “done” cannot be set beside each other: done: fold 1 leaves 0 rows of label 0.")
	holds(t, sectionOf(t, r, "targets"), "fold 1 leaves 0 rows")
	if drawTargets(r) != nil {
		t.Error("found a figure of nothing")
	}
}

// withLayerPairs has n layers, each read by its neighbours up to two layers off.
func withLayerPairs(t *testing.T, n int) *result.Result {
	var lines []compare.Line
	for tested := range n {
		for trained := range n {
			v := max(0.5, 0.95-0.15*math.Abs(float64(trained-tested)))
			l := compare.Line{Train: fmt.Sprint("layer ", trained), Test: fmt.Sprint("layer ", tested), Layer: tested, Predictor: result.Probe, Key: compare.KeyAUROC}
			l.Estimate = estimate.Estimate{Value: v, N: 200, Groups: 50, Interval: &estimate.Interval{Low: v - 0.04, High: v + 0.04, Level: 0.95}}
			if trained == 5 && tested == 0 {
				l.Estimate = estimate.NotEstimable(200, 50, "one label")
			}
			lines = append(lines, l)
		}
	}
	r := compared(t, layerPairsBlock, lines, nil)
	r.Choices = []result.Choice{{Layer: 2}, {Layer: 3}, {Layer: 3}}
	return r
}

func TestLayerPairsSentences(t *testing.T) {
	r := withLayerPairs(t, 7)
	text := strings.Join(Compared(r), "\n")
	holds(t, text, "The probe of layer 3, which most training folds chose, has an AUROC of 0.95 there and reads layers 1 to 5 better than chance, layer 1 with 0.65 (95% interval 0.61 to 0.69), layer 5 with 0.65",
		"Of 41 pairs of one layer and another, 22 have an interval of the AUROC above 0.5 and 0 one below it")
	holds(t, sectionOf(t, r, "layer-pairs"), "layers 1 to 5")
}

// comparedResults are the shapes of comparison that every figure must bear.
func comparedResults(t *testing.T) map[string]*result.Result {
	strange := withTransfer(t, func(d *compare.Transfer) {
		for k := range d.Sets {
			d.Sets[k] = hostile + fmt.Sprint(k)
		}
	})
	targets := withTargets(t, true)
	edit(targets, func(row *result.Row) {
		for _, name := range []*string{&row.Train, &row.Test} {
			if *name == "known" {
				*name = hostile
			}
		}
		if row.Key == compare.KeyCosineCorrected || row.Key == compare.KeyCosineFloor {
			row.Estimate = estimate.NotEstimable(0, 0, hostile)
		}
	})
	many := withTransfer(t, nil)
	for _, row := range many.Table.In(transferBlock) {
		for k := range 4 {
			row.Train, row.Test = fmt.Sprint(row.Train, k), fmt.Sprint(row.Test, k)
			many.Table = append(many.Table, row)
		}
	}
	return map[string]*result.Result{
		"transfer": withTransfer(t, nil), "hostile sets": strange, "many sets": many,
		"targets": withTargets(t, true), "hostile targets": targets,
		"layer pairs": withLayerPairs(t, 7), "many layer pairs": withLayerPairs(t, 40), "one layer pair": withLayerPairs(t, 1),
	}
}

// The figures say in words what the cells hold, on a phone as well.
func TestTransferFigureOnAPhone(t *testing.T) {
	canvas := &wordCanvas{}
	d := drawTransfer(withTransfer(t, nil))
	canvas.w, canvas.h = d.size(narrow)
	d.paintOn(canvas)
	for _, word := range []string{"home", "lone", "trained on", "tested on", "not estimable", "0.12", "not shown to beat the text alone"} {
		if !slices.Contains(canvas.words, word) {
			t.Errorf("found words %q, expected %q", canvas.words, word)
		}
	}
}
