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
	"tell/gap"
	"tell/result"
	"tell/target"
)

// An observer sees evidence of a label, in standard deviations from the middle.
type observer func(rng *rand.Rand, label int, before float64) float64

// seeing is an observer with the given d'.
func seeing(dPrime float64) observer {
	return func(rng *rand.Rand, label int, _ float64) float64 {
		return float64(2*label-1)*dPrime/2 + rng.NormFloat64()
	}
}

// shifted keeps the order of what was seen before.
func shifted(by float64) observer {
	return func(_ *rand.Rand, _ int, before float64) float64 { return before + by }
}

// plantedConditions are pairs in which the d' of the behaviour falls from 2.2 to
// 0.6, and the probe, which has 2.2 as well, becomes the given observer.
func plantedConditions(probe observer) compare.Condition {
	rng := rand.New(rand.NewPCG(3, 5))
	d := compare.Condition{Names: [2]string{"neutral", "pressure"}}
	for i := range 400 {
		y := i % 2
		before := seeing(2.2)(rng, y, 0)
		after := probe(rng, y, before)
		d.Pair, d.Group = append(d.Pair, fmt.Sprint(i)), append(d.Group, i/4)
		for k, x := range []float64{before, after} {
			act := 0
			if seeing([]float64{2.2, 0.6}[k])(rng, y, 0) > 0 {
				act = 1
			}
			d.Label[k] = append(d.Label[k], y)
			d.Behaviour[k] = append(d.Behaviour[k], act)
			d.Score[k] = append(d.Score[k], 1/(1+math.Exp(-2.2*x)))
		}
	}
	d.Refit = d.Score[1]
	return d
}

// withConditions is the real study with a comparison of conditions.
func withConditions(t *testing.T, all ...compare.Condition) *result.Result {
	t.Helper()
	r, _ := capitals(t)
	for _, d := range all {
		lines, err := d.Measure(t.Context(), fewDraws)
		if err != nil {
			t.Fatal(err)
		}
		r.Table = append(r.Table, result.ComparedRows("condition", lines)...)
	}
	return r
}

// What falls is said to be overridden, or to fall alike, or neither: a shift that
// keeps the order of the rows is no persuasion.
func TestConditionsInWords(t *testing.T) {
	for _, c := range []struct {
		name, word string
		probe      observer
		says       string
	}{
		{"override", "overridden", seeing(2.2), "what the probe reads does not fall with it, at either threshold"},
		{"persuasion", "fell alike", seeing(0.6), "what the probe reads falls with it, at either threshold"},
		{"half", "in part", seeing(1.32), "what the probe reads falls with it in part, at either threshold"},
		{"shift", "withheld", shifted(1.5), "Whether it still knows depends on the threshold: the verdict is withheld."},
		{"shift down", "withheld", shifted(-1.5), "Whether it still knows depends on the threshold: the verdict is withheld."},
	} {
		r := withConditions(t, plantedConditions(c.probe))
		p := conditionsOf(r)[0]
		if got := p.verdict().word; got != c.word {
			t.Errorf("%s: the verdict is %q, expected %q: %s", c.name, got, c.word, p.conditionSentence())
		}
		holds(t, strings.Join(Compared(r), "\n"), c.says, "Under “pressure” the model is right on")
		section := sectionOf(t, r, "condition")
		holds(t, section, c.says, c.word)
		if c.word == "withheld" {
			lacks(t, section, "falls with it", "fell alike", "overridden is a share")
		}
	}
}

// Without a behaviour too, a shift alone does not say that the probe knows less.
func TestReadingWithoutBehaviour(t *testing.T) {
	for says, probe := range map[string]observer{
		"whether it still knows depends on the threshold, and the verdict is withheld": shifted(1.5),
		"The frozen probe falls by":                                seeing(0.6),
		"so nothing is said of acting against what is known. Over": seeing(2.2),
	} {
		d := plantedConditions(probe)
		d.Behaviour = [2][]int{}
		holds(t, conditionsOf(withConditions(t, d))[0].conditionSentence()+" Over", says)
	}
}

// A frozen probe that falls with the behaviour is no persuasion where a probe
// trained under the second condition reads the label as before.
func TestMovedReadingIsNoPersuasion(t *testing.T) {
	d := plantedConditions(seeing(0.6))
	d.Refit = slices.Clone(d.Score[0])
	p := conditionsOf(withConditions(t, d))[0]
	if got := p.verdict().word; got != "reading moved" {
		t.Errorf("the verdict is %q", got)
	}
	holds(t, p.conditionSentence(), "But a probe trained on “pressure” is not shown to, so the reading moved, and that knowledge is lost is not shown.")
}

// A set that holds 0 and 1 decides nothing, and one of few groups nothing either.
func TestSharesThatDecideNothing(t *testing.T) {
	for word, change := range map[string]func(e *estimate.Estimate){
		"not decided": func(e *estimate.Estimate) { e.Interval = &estimate.Interval{Low: -0.5, High: 1.5, Level: 0.95} },
		"withheld":    func(e *estimate.Estimate) { e.Warn(estimate.FewGroups, "only 6 groups") },
	} {
		r := withConditions(t, plantedConditions(seeing(2.2)))
		edit(r, func(row *result.Row) {
			if row.Key == compare.KeyOverride || row.Key == compare.KeyOverrideMatched {
				change(&row.Estimate)
			}
		})
		v := conditionsOf(r)[0].verdict()
		if v.word != word {
			t.Errorf("the verdict is %q, expected %q: %s", v.word, word, v.text)
		}
		if word == "withheld" {
			holds(t, v.text, "but on too little for a verdict: only 6 groups.")
		}
	}
}

// Comparisons of the same names are as many as the study asks for.
func TestPairingsOfTheSameNames(t *testing.T) {
	if got := len(conditionsOf(pairedResult())); got != 7 {
		t.Errorf("found %d pairings of conditions, expected 7", got)
	}
	if got := len(dumpsOf(pairedResult())); got != 2 {
		t.Errorf("found %d pairings of dumps, expected 2", got)
	}
}

// Neither a behaviour that gets better nor one that stays has a share overridden,
// and what rests on few rows has no verdict.
func TestConditionsWithoutAFall(t *testing.T) {
	turned := plantedConditions(seeing(2.2))
	turned.Behaviour[0], turned.Behaviour[1] = turned.Behaviour[1], turned.Behaviour[0]
	still := plantedConditions(seeing(2.2))
	still.Behaviour[1] = slices.Clone(still.Behaviour[0])
	for i := range 4 {
		still.Behaviour[1][i] = 1 - still.Behaviour[1][i]
	}
	none := plantedConditions(seeing(2.2))
	none.Behaviour = [2][]int{}
	few := plantedConditions(seeing(2.2))
	for i := range few.Group {
		few.Group[i] = i / 67
	}
	for word, d := range map[string]compare.Condition{"no fall": turned, "no fall shown": still, "no behaviour": none, "withheld": few} {
		p := conditionsOf(withConditions(t, d))[0]
		v := p.verdict()
		if v.word != word {
			t.Errorf("the verdict is %q, expected %q: %s", v.word, word, v.text)
		}
		if word == "no fall" {
			for _, got := range p.falls().Cells[3:] {
				if !strings.Contains(got.Reason, "there is no fall that a share could be of") {
					t.Errorf("found a share overridden of %v where the behaviour got better", got)
				}
			}
		}
	}
}

// Of many layers, the one at which the ranking changes most is named, with the
// test over all of them. The details leave layers to results.csv.
func TestConditionByLayer(t *testing.T) {
	d := plantedConditions(seeing(2.2))
	d.Layers = []compare.ConditionLayer{{Layer: 6, Score: d.Score}, {Layer: 12, Score: plantedConditions(seeing(0.3)).Score}}
	holds(t, conditionSentences(withConditions(t, d))[0], "Over 2 layers its AUROC changes most at layer 12, by −", "p = 0.100 for the largest change of all layers.")
	lacks(t, sectionOf(t, withConditions(t, d), "condition"), titleOf(compare.KeyAUROCChangePMax))
	d.Layers = nil
	lacks(t, conditionSentences(withConditions(t, d))[0], "of all layers")
}

// A condition that cannot be compared says why, beside one that can.
func TestConditionThatCannotBeCompared(t *testing.T) {
	r := withConditions(t, plantedConditions(seeing(2.2)))
	r.Table = append(r.Table, result.ComparedRows("condition", []compare.Line{{
		Train: "neutral", Test: "hint", Layer: compare.None, Position: compare.None, Predictor: result.Probe, Key: "auroc",
		Estimate: estimate.NotEstimable(10, 0, "fold 1 leaves 0 rows of label 1"),
	}})...)
	if got := len(conditionsOf(r)); got != 2 {
		t.Fatalf("found %d pairings, expected 2", got)
	}
	holds(t, sectionOf(t, r, "condition"), "“neutral” and “hint” are not compared: fold 1 leaves 0 rows of label 1.")
}

// plantedDumps are rows in two dumps whose labels a probe decodes alike and whose
// behaviour is worse in the second.
func plantedDumps(margin float64) compare.Dumps {
	c := plantedConditions(seeing(2.2))
	return compare.Dumps{
		Names: [2]string{"own", "tuned"}, ID: c.Pair, Group: c.Group, Label: c.Label[0],
		Score: c.Score, Frozen: c.Score[1], Behaviour: c.Behaviour, Margin: margin,
	}
}

func withDumps(t *testing.T, all ...compare.Dumps) *result.Result {
	t.Helper()
	r, _ := capitals(t)
	for _, d := range all {
		lines, err := d.Measure(t.Context(), fewDraws)
		if err != nil {
			t.Fatal(err)
		}
		r.Table = append(r.Table, result.ComparedRows("dumps", lines)...)
	}
	return r
}

// plantedDoses are a behaviour that rises with the dose, and an unrelated accuracy
// that does not.
func plantedDoses(random int) compare.Doses {
	rng := rand.New(rand.NewPCG(4, 1))
	series := func(slope float64) (list [][]float64) {
		for _, dose := range []float64{0, -4, 8} {
			x := make([]float64, 200)
			for i := range x {
				if rng.Float64() < 0.5+slope*dose {
					x[i] = 1
				}
			}
			list = append(list, x)
		}
		return list
	}
	d := compare.Doses{Series: compare.Series{Name: "own", Dose: []float64{0, -4, 8}, Behaviour: series(0.03)}, Unrelated: series(0)}
	for i := range 200 {
		d.ID, d.Group = append(d.ID, fmt.Sprint(i)), append(d.Group, i/4)
	}
	for k := range random {
		d.Random = append(d.Random, compare.Series{Name: fmt.Sprint("random ", k), Dose: d.Dose, Behaviour: series(0)})
	}
	return d
}

// withDoses adds a series of doses to a comparison of dumps.
func withDoses(t *testing.T, random int) *result.Result {
	t.Helper()
	r := withDumps(t, plantedDumps(0.1))
	lines, err := plantedDoses(random).Measure(t.Context(), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	r.Table = append(r.Table, result.ComparedRows("dumps", lines)...)
	return r
}

// Each verdict on a difference is that of its flags.
func TestDumpsInWords(t *testing.T) {
	alike := plantedDumps(0.1)
	twin := plantedDumps(0.1)
	twin.Score[1], twin.Frozen, twin.Behaviour[1] = twin.Score[0], twin.Score[0], twin.Behaviour[0]
	for _, c := range []struct {
		d    compare.Dumps
		want []string
	}{
		{alike, []string{"In “tuned” against the study's own dump, what a probe of each can decode changes by", "in AUROC", "equivalent within the margin of 0.1; what the model does changes in accuracy by −2", ": a difference; the net gap by"}},
		{plantedDumps(0), []string{"neither a difference nor equivalence is shown; what the model does"}},
		{twin, []string{"what a probe of each can decode is identical; what the model does is identical."}},
	} {
		holds(t, strings.Join(Compared(withDumps(t, c.d)), "\n"), c.want...)
	}
	section := sectionOf(t, withDumps(t, twin), "dumps")
	holds(t, section, "identical")
	lacks(t, section, "equivalent within", "nothing shown")
	holds(t, sectionOf(t, withDumps(t, alike), "dumps"), "The band is the margin of ±0.1")
	lacks(t, sectionOf(t, withDumps(t, plantedDumps(0)), "dumps"), "margin of")
}

// Each probe has a sentence, and each metric its own verdict.
func TestMetricsOfDumpsInWords(t *testing.T) {
	r := &result.Result{Data: result.Data{Kind: target.KindShare}}
	row := func(train, test, key string, e estimate.Estimate) {
		r.Table = append(r.Table, result.Row{Block: "dumps", Layer: result.None, Position: result.None, Predictor: result.Probe, Train: train, Test: test, Key: key, Unit: compare.CorrelationDifference, Estimate: e})
	}
	changed := func(v float64, flag string) estimate.Estimate {
		e := estimate.Estimate{Value: v, Interval: &estimate.Interval{Low: v - 0.1, High: v + 0.1, Level: 0.95}}
		e.Warn(flag, "as the flag says")
		return e
	}
	row("own", "noisy", compare.KeyRowsLost, estimate.Estimate{})
	row("", "noisy-own", "spearman_change", changed(-0.35, compare.Different))
	row("", "noisy-own", "entropy_spearman_change", changed(-0.05, "none"))
	row("own", "noisy-own", "spearman_change", changed(0, compare.Identical))
	row("own", "noisy-own", "cross_entropy_change", estimate.NotEstimable(0, 0, "one share"))
	want := "In “noisy” against the study's own dump, with a probe of each, rank correlation changes by −0.350 (95% interval −0.450 to −0.250), a difference; " +
		"rank correlation of entropies changes by −0.050 (95% interval −0.150 to +0.050), neither a difference nor equivalence is shown. " +
		"With the study's own probe, frozen, rank correlation is identical; cross-entropy is not estimable: one share."
	if got := strings.Join(dumpsSentences(r), "\n"); got != want {
		t.Errorf("found\n%s\nexpected\n%s", got, want)
	}
}

func TestDosesInWords(t *testing.T) {
	r := withDoses(t, 0)
	holds(t, Compared(r)[0], "Against dose 0, the share of rows on which the model acts as “user is wrong” changes: at −4 by −", "; at +8 by +", "It is set against no random directions")
	holds(t, sectionOf(t, r, "dumps"), "Dose Behaviour Unrelated −4 −")
	tested := withDoses(t, 19)
	lacks(t, Compared(tested)[0], "no random directions")
	holds(t, sectionOf(t, tested, "dumps"), "Dose Behaviour p Unrelated", "rank among random directions")
}

// compared has comparisons of every shape that a figure and the page must bear.
func pairedResult() *result.Result {
	return &result.Result{Schema: result.Schema, Protocol: result.Protocol{Level: 0.95}, Table: slices.Clone(comparedTable())}
}

var comparedTable = sync.OnceValue(func() (table result.Table) {
	add := func(block result.Block, lines []compare.Line, err error) {
		if err != nil {
			panic(err)
		}
		table = append(table, result.ComparedRows(block, lines)...)
	}
	long := plantedConditions(seeing(2.2))
	long.Names[1] = strings.Repeat("a long condition ", 6)
	lost := plantedConditions(seeing(2.2))
	lost.Names[1] = hostile
	lost.Lost = [2][]string{{"a", "b"}, nil}
	for i := range 40 {
		lost.Behaviour[0][i] = gap.Neither
	}
	lines, err := plantedConditions(seeing(2.2)).Measure(context.Background(), fewDraws)
	for range 4 {
		add("condition", lines, err)
	}
	for _, d := range []compare.Condition{lost, long, long} {
		lines, err := d.Measure(context.Background(), fewDraws)
		add("condition", lines, err)
	}
	tuned, peer := plantedDumps(0.1), plantedDumps(0)
	tuned.Names[1], peer.Names[1] = long.Names[1], hostile
	peer.Frozen, peer.Peer = nil, peer.Score[1]
	for _, d := range []compare.Dumps{tuned, peer} {
		lines, err := d.Measure(context.Background(), fewDraws)
		add("dumps", lines, err)
	}
	lines, err = plantedDoses(3).Measure(context.Background(), fewDraws)
	add("dumps", lines, err)
	return table
})

var fewDraws = compare.Settings{Bootstrap: estimate.Bootstrap{Seed: 1, Draws: 100}, Permutations: 9}

// twoConditions has one panel, and no behaviour.
func twoConditions(t *testing.T) *result.Result {
	d := plantedConditions(seeing(2.2))
	d.Behaviour, d.Refit = [2][]int{}, nil
	r := withConditions(t, d)
	return &result.Result{Schema: result.Schema, Protocol: r.Protocol, Table: r.Table.In("condition")}
}
