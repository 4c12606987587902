package run_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

const (
	secondFolds, secondInner, secondRepeats = 3, 3, 2
	secondDraws, secondDrawC, secondLevel   = 19, 0.05, 0.9
	secondSeed                              = 11
	secondLayers, secondPositions           = 3, 2
)

var secondGrid = []float64{0.003, 0.1, 3}

func secondStudy() string {
	return fmt.Sprintf(`
activations: {path: x.npy, embedding: 0}
examples: table.jsonl
rows: keep
target: y
group: item
decision: {acts_as_0: act == 0, acts_as_1: act == 1}
nuisance: [length]
probe: {C: [0.003, 0.1, 3], folds: %d, inner_folds: %d, repeats: %d, tol: 1e-13}
controls: {permutations: %d, permutation_C: %v, bootstrap: 100, level: %v}
seed: %d
`, secondFolds, secondInner, secondRepeats, secondDraws, secondDrawC, secondLevel, secondSeed)
}

// A run, and the same study computed once more by naive code.
func TestSecondComputation(t *testing.T) {
	d := readSecond(t, plantSecond(t, 126, 12, [][]float64{{0.1, 0.03}, {0.45, 0.05}, {0.4, 0.42}}, 2))
	r := runSecond(t, d.dir, secondStudy(), 0)
	checkSecondRows(t, d, r)
	units := secondUnits(t, d.y, d.item, secondFolds, secondInner, secondRepeats, secondSeed)
	checkSecondFolds(t, d, r, units)

	var curves []naiveCurve
	for l := range secondLayers {
		for p := range secondPositions {
			curves = append(curves, naiveValidate(d.at(l, p), d.y, units, secondInner, secondRepeats, secondGrid))
		}
	}
	t.Run("sites", func(t *testing.T) { checkSecondSites(t, d, r, curves) })
	t.Run("permutations", func(t *testing.T) {
		auroc := checkSecondPermutations(t, d, r)
		different := map[float64]bool{}
		for k := range auroc {
			different[naiveP(auroc[k], auroc)] = true
		}
		if len(different) < 3 {
			t.Errorf("%d different p over all sites; fewer than 3 could be taken for one another", len(different))
		}
	})
	chosen, score := naiveChoice(curves, units)
	t.Run("nested", func(t *testing.T) { checkSecondNested(t, d, r, units, curves, chosen, naiveMean(score)) })
	t.Run("baselines", func(t *testing.T) { checkSecondBaselines(t, d, r, units, curves, naiveMean(score)) })
	t.Run("gap", func(t *testing.T) { checkSecondGap(t, d, r, naiveMean(score)) })
}

// On few rows a draw comes to just what was observed, which counts against it.
func TestSecondComputationWithTies(t *testing.T) {
	d := readSecond(t, plantSecond(t, 42, 4, [][]float64{{0.1, 0.1}, {0.3, 0.1}, {0.2, 0.2}}, 28))
	auroc := checkSecondPermutations(t, d, runSecond(t, d.dir, secondStudy(), 0))
	alone, over := 0, 0
	for k := range auroc {
		for b := 1; b <= secondDraws; b++ {
			largest := 0.0
			for _, site := range auroc {
				largest = max(largest, site[b])
			}
			if auroc[k][b] == auroc[k][0] {
				alone++
			}
			if largest == auroc[k][0] {
				over++
			}
		}
	}
	if alone == 0 || over == 0 {
		t.Errorf("%d draws equal the observed at their site and %d in the largest of all, want some of both", alone, over)
	}
}

func checkSecondRows(t *testing.T, d secondData, r secondRun) {
	t.Helper()
	if len(r.rows) != len(d.row) {
		t.Fatalf("%d rows scored, want %d", len(r.rows), len(d.row))
	}
	for i, s := range r.rows {
		if s.row != d.row[i] || s.label != d.y[i] || s.action != d.act[i] || s.group != d.groupNames[d.item[i]] {
			t.Fatalf("row %d: %+v, want row %d of the dump with label %d, action %d in group %s", i, s, d.row[i], d.y[i], d.act[i], d.groupNames[d.item[i]])
		}
	}
}

// checkSecondFolds holds the folds printed to be those that no group crosses,
// that differ between repeats, and that the units test.
func checkSecondFolds(t *testing.T, d secondData, r secondRun, units []secondUnit) {
	t.Helper()
	for i, a := range r.rows {
		if len(a.fold) != secondRepeats {
			t.Fatalf("row %d: folds %v, want one for each of %d repeats", i, a.fold, secondRepeats)
		}
		for _, u := range units {
			if u.test[i] != (a.fold[u.repeat] == u.fold) {
				t.Fatalf("row %d is said to be tested in folds %v, but unit %d.%d tests it: %v", i, a.fold, u.repeat, u.fold, u.test[i])
			}
		}
		for j, b := range r.rows {
			if d.item[i] == d.item[j] && !slices.Equal(a.fold, b.fold) {
				t.Fatalf("rows %d and %d of one group are in folds %v and %v", i, j, a.fold, b.fold)
			}
		}
	}
	if same := secondPairsApart(r); same < 0.1 {
		t.Errorf("the folds of the first two repeats differ on %.0f%% of the pairs of rows, want other folds in every repeat", 100*same)
	}
}

// secondPairsApart is the share of pairs of rows that one of the first two
// repeats puts into one fold and the other does not, whatever the folds are
// called.
func secondPairsApart(r secondRun) float64 {
	var differ, pairs float64
	for _, a := range r.rows {
		for _, b := range r.rows {
			pairs++
			if (a.fold[0] == b.fold[0]) != (a.fold[1] == b.fold[1]) {
				differ++
			}
		}
	}
	return differ / pairs
}

func checkSecondSites(t *testing.T, d secondData, r secondRun, curves []naiveCurve) {
	if len(r.sites) != len(curves) {
		t.Fatalf("%d sites, want %d", len(r.sites), len(curves))
	}
	for k, s := range r.sites {
		if s.layer != k/secondPositions || s.position != k%secondPositions {
			t.Fatalf("site %d: layer %d, position %d", k, s.layer, s.position)
		}
		if want := naiveMetrics(d.y, naiveMean(curves[k].score)); !s.metrics.equals(want) {
			t.Errorf("layer %d, position %d: %+v, naively %+v", s.layer, s.position, s.metrics, want)
		}
		if !slices.Equal(s.C, curves[k].C) {
			t.Errorf("layer %d, position %d: C %v, naively %v", s.layer, s.position, s.C, curves[k].C)
		}
	}
}

// checkSecondPermutations repeats the test against shuffled labels with the
// folds that are printed for the first repeat. It returns every site's AUROC, of
// the observed labels and then of the draws.
func checkSecondPermutations(t *testing.T, d secondData, r secondRun) [][]float64 {
	t.Helper()
	fold := make([]int, len(d.y))
	for i, row := range r.rows {
		fold[i] = row.fold[0]
	}
	labels := secondLabels(t, d, fold)
	auroc := make([][]float64, len(r.sites))
	for k := range r.sites {
		x := d.at(k/secondPositions, k%secondPositions)
		for _, y := range labels {
			score := make([]float64, len(y))
			for f := range secondFolds {
				train := make([]bool, len(y))
				for i := range y {
					train[i] = fold[i] != f
				}
				p := naiveFit(x, y, train, secondDrawC)
				for i := range y {
					if fold[i] == f {
						score[i] = p[i]
					}
				}
			}
			auroc[k] = append(auroc[k], naiveAUROC(y, score))
		}
	}
	for k, s := range r.sites {
		want := secondSite{observed: auroc[k][0], p: naiveP(auroc[k], auroc[k:k+1]), pMax: naiveP(auroc[k], auroc)}
		for _, v := range auroc[k][1:] {
			want.nullMean += v / secondDraws
		}
		want.nullHigh = naiveQuantile(auroc[k][1:], secondLevel)
		for _, c := range []struct {
			name      string
			got, want float64
		}{
			{"AUROC", s.observed, want.observed}, {"mean of the draws", s.nullMean, want.nullMean},
			{"quantile of the draws", s.nullHigh, want.nullHigh}, {"p", s.p, want.p}, {"p over all sites", s.pMax, want.pMax},
		} {
			if !s.tested || math.Abs(c.got-c.want) > 1e-9 {
				t.Errorf("layer %d, position %d: %s %v, naively %v", s.layer, s.position, c.name, c.got, c.want)
			}
		}
	}
	return auroc
}

// secondLabels are the observed labels and the draws, of which no two are the
// same and each leaves every fold its labels.
func secondLabels(t *testing.T, d secondData, fold []int) [][]int {
	t.Helper()
	ones := func(y []int) (n [secondFolds]int) {
		for i := range y {
			n[fold[i]] += y[i]
		}
		return n
	}
	labels := [][]int{d.y}
	for b := range secondDraws {
		y := secondShuffle(d.y, d.item, fold, secondSeed, b)
		if ones(y) != ones(d.y) {
			t.Errorf("draw %d: %v rows of label 1 by fold, want %v as observed", b, ones(y), ones(d.y))
		}
		for a, other := range labels {
			if slices.Equal(y, other) {
				t.Errorf("draw %d has the labels of %d", b, a-1)
			}
		}
		labels = append(labels, y)
	}
	return labels
}

// naiveP is the share of draws, the observed labels among them, on which any of
// the sites reaches what this one has on the observed labels.
func naiveP(site []float64, all [][]float64) float64 {
	reached := 1.0
	for b := 1; b < len(site); b++ {
		for _, other := range all {
			if other[b] >= site[0] {
				reached++
				break
			}
		}
	}
	return reached / float64(len(site))
}

// naiveQuantile is the smallest draw that leaves at most 1 - level above it.
func naiveQuantile(draws []float64, level float64) float64 {
	best := math.Inf(1)
	for _, v := range draws {
		above := 0.0
		for _, w := range draws {
			if w > v {
				above++
			}
		}
		if above/float64(len(draws)) <= 1-level && v < best {
			best = v
		}
	}
	return best
}

func checkSecondNested(t *testing.T, d secondData, r secondRun, units []secondUnit, curves []naiveCurve, chosen []int, score []float64) {
	if len(r.choices) != len(units) {
		t.Fatalf("%d choices, want %d", len(r.choices), len(units))
	}
	different := map[secondChoice]bool{}
	for i, u := range units {
		k := chosen[i]
		want := secondChoice{u.repeat, u.fold, k / secondPositions, k % secondPositions, curves[k].C[i]}
		if r.choices[i] != want {
			t.Errorf("choice %d is %+v, naively %+v", i, r.choices[i], want)
		}
		different[secondChoice{layer: want.layer, position: want.position}] = true
		for row, s := range r.rows {
			if u.test[row] && (s.layer[u.repeat] != want.layer || s.position[u.repeat] != want.position) {
				t.Fatalf("row %d: layers %v, positions %v; repeat %d naively %+v", row, s.layer, s.position, u.repeat, want)
			}
		}
	}
	if len(different) < 2 {
		t.Error("every unit chooses the same site, so that one choice could be taken for another")
	}
	for row, s := range r.rows {
		if math.Abs(s.score-score[row]) > 1e-6 {
			t.Errorf("row %d: score %v, naively %v", row, s.score, score[row])
		}
	}
	if want := naiveMetrics(d.y, score); !r.nested.equals(want) {
		t.Errorf("nested probe: %+v, naively %+v", r.nested, want)
	}
}

func checkSecondBaselines(t *testing.T, d secondData, r secondRun, units []secondUnit, curves []naiveCurve, score []float64) {
	_, embedding := naiveChoice(curves[:secondPositions], units)
	lengths := make([][]float64, len(d.y))
	for i, v := range d.nuisance {
		lengths[i] = []float64{v}
	}
	nuisance := naiveValidate(lengths, d.y, units, secondInner, secondRepeats, secondGrid)
	want := map[string][]float64{
		"majority":  naiveShare(d.y, make([]int, len(d.y)), units, secondRepeats),
		"embedding": naiveMean(embedding),
		"nuisance":  naiveMean(nuisance.score),
		"behaviour": naiveShare(d.y, d.act, units, secondRepeats),
	}
	if len(r.baselines) != len(want) {
		t.Errorf("%d baselines, want %d", len(r.baselines), len(want))
	}
	probe := naiveMetrics(d.y, score)
	for name, p := range want {
		m := naiveMetrics(d.y, p)
		if name == "majority" {
			m.auroc = 0.5 // of a constant
		}
		if got := r.baselines[name]; !got.metrics.equals(m) || !got.difference.equals(probe.less(m)) {
			t.Errorf("%s: %+v, naively %+v and probe less baseline %+v", name, got, m, probe.less(m))
		}
	}
	for i, row := range r.rows {
		if math.Abs(row.calibrated-want["behaviour"][i]) > 1e-12 {
			t.Errorf("row %d: calibrated behaviour %v, naively %v", i, row.calibrated, want["behaviour"][i])
		}
	}
}

func checkSecondGap(t *testing.T, d secondData, r secondRun, score []float64) {
	var n, knows, acts, probe, behaviour float64
	for i, y := range d.y {
		predicted := 0
		if score[i] > 0.5 {
			predicted = 1
		}
		if r.rows[i].predicted != predicted {
			t.Errorf("row %d: predicted %d, naively %d", i, r.rows[i].predicted, predicted)
		}
		if d.act[i] == secondNeither {
			continue
		}
		n++
		switch right, acted := predicted == y, d.act[i] == y; {
		case right && acted:
			probe, behaviour = probe+1, behaviour+1
		case right:
			probe, knows = probe+1, knows+1
		case acted:
			behaviour, acts = behaviour+1, acts+1
		}
	}
	for key, want := range map[string]float64{
		"kba": knows / n, "abk": acts / n, "net_gap": (knows - acts) / n,
		"accuracy_probe": probe / n, "accuracy_behaviour": behaviour / n,
	} {
		if got, known := r.gap[key]; !known || math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %v, naively %v", key, got, want)
		}
	}
}
