package main

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"tell/estimate"
	"tell/folds"
	"tell/metric"
	"tell/probe"
)

// someProbe reads all columns, some against the label.
func someProbe(width int) *probe.Probe {
	p := &probe.Probe{Kind: "logistic", Intercept: 0.3}
	for j := range width {
		p.Weights = append(p.Weights, []float64{0.8, -0.4, 0.5, 0.2}[j%4])
	}
	return p
}

func margins(t *testing.T, s sample, p *probe.Probe) []float64 {
	t.Helper()
	m, err := p.Margin(s.x)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What a probe has in a population, in closed form, is what it has in a large data set.
func TestTruthIsThatOfTheWorld(t *testing.T) {
	for name, w := range map[string]world{
		"drawn":    {groups: 4000, rows: 4, width: 6, strength: 0.7, slope: 0.4, share: 0.5},
		"rare":     {groups: 4000, width: 6, strength: 0.7, slope: 0.4, share: 0.3, rate: 0.2},
		"halves":   {groups: 4000, rows: 4, width: 6, strength: 0.7, slope: 0.4, share: 0.3, labels: halves},
		"by group": {groups: 8000, rows: 2, width: 6, strength: 0.7, slope: 0.4, share: 0.3, labels: byGroup},
		"nothing":  {groups: 4000, rows: 4, width: 6, slope: 0.3, share: 0.3},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := w.draw(5, 1), someProbe(w.width)
			score := margins(t, s, p)
			var right, of [2]float64
			found := map[string]float64{}
			for i, m := range score {
				y := int(s.y.Values[i])
				of[y]++
				if (m > 0) == (y == 1) {
					right[y]++
				}
				miss := 1 / (1 + math.Exp(float64(2*y-1)*m))
				found["log_loss"] -= math.Log1p(-miss) / float64(len(score))
				found["brier"] += miss * miss / float64(len(score))
			}
			found["accuracy"] = (right[0] + right[1]) / (of[0] + of[1])
			found["balanced_accuracy"] = (right[0]/of[0] + right[1]/of[1]) / 2
			var err error
			if found["auroc"], err = metric.AUROC(s.y.Ints(), score); err != nil {
				t.Fatal(err)
			}
			truth := w.truth(p)
			for _, key := range keys {
				if math.Abs(found[key]-truth[key]) > 0.015 {
					t.Errorf("%s: found %.4f, in closed form %.4f", key, found[key], truth[key])
				}
			}
			if rate := of[1] / (of[0] + of[1]); math.Abs(rate-w.ones()) > 0.015 {
				t.Errorf("%.3f of the rows have label 1, want %v", rate, w.ones())
			}
		})
	}
}

// Rows of a group share as much of their noise as the world says, and labels lie in it as
// the design says.
func TestGroupsOfTheWorld(t *testing.T) {
	w := world{groups: 6000, rows: 2, width: 2, share: 0.3}
	s := w.draw(1, 1)
	var first, second []float64
	for i, x := range margins(t, s, &probe.Probe{Kind: "logistic", Weights: []float64{0, 1}}) {
		if i%2 == 0 {
			first = append(first, x)
		} else {
			second = append(second, x)
		}
	}
	if r := stat.Correlation(first, second, nil); math.Abs(r-w.share) > 0.04 {
		t.Errorf("rows of a group have a correlation of %.3f, want %v", r, w.share)
	}
	if again := w.draw(1, 1); !floats.Equal(again.y.Values, s.y.Values) || floats.Equal(w.draw(1, 2).y.Values, s.y.Values) {
		t.Error("a data set is not that of its number")
	}
	ofGroups := func(w world) (ones, rows []float64) {
		s := w.draw(3, 3)
		ones, rows = make([]float64, w.groups), make([]float64, w.groups)
		for i, g := range s.group {
			ones[g] += s.y.Values[i]
			rows[g]++
		}
		return ones, rows
	}
	ones, rows := ofGroups(world{groups: 300, width: 1, labels: byGroup})
	mixed, sizes := 0, map[float64]bool{}
	for g := range ones {
		if ones[g] != 0 && ones[g] != rows[g] {
			mixed++
		}
		sizes[rows[g]] = true
	}
	if mixed > 0 || len(sizes) != 3 || !sizes[4] || !sizes[6] {
		t.Errorf("%d groups have both labels where each has one; their sizes are %v, want 4 to 6", mixed, sizes)
	}
	ones, _ = ofGroups(world{groups: 30, rows: 6, width: 1, labels: halves})
	if floats.Min(ones) != 3 || floats.Max(ones) != 3 {
		t.Errorf("groups have %v to %v rows of label 1, want half of 6", floats.Min(ones), floats.Max(ones))
	}
	given := []float64{1, 1, 0, 1, 0, 0}
	if s := (world{groups: 3, rows: 2, width: 1, given: given}).draw(1, 9); !floats.Equal(s.y.Values, given) {
		t.Errorf("found labels %v, want those given, %v", s.y.Values, given)
	}
}

// How often a probe is right in the worlds of control tasks, too, is what a large data set
// shows.
func TestRightIsThatOfTheWorld(t *testing.T) {
	w := world{groups: 6000, rows: 4, width: 10, strength: 0.5, slope: 0.3, share: 0.3, value: 1}
	s, p := w.draw(2, 2), someProbe(10)
	task := func(v int) int { return v % 3 % 2 }
	p.Intercept = 0.8 // it is right on label 1 more often than on label 0
	var label, ofTask, of [2]float64
	for i, m := range margins(t, s, p) {
		y, said := int(s.y.Values[i]), 0
		if m > 0 {
			said = 1
		}
		of[y]++
		if said == y {
			label[y]++
		}
		if said == task(int(s.value[i][0]-'0')) {
			ofTask[y]++
		}
	}
	for y := range of {
		for name, c := range map[string][2]float64{
			"the label": {label[y] / of[y], w.right(p, y, func(int) int { return y })}, "the task": {ofTask[y] / of[y], w.right(p, y, task)},
		} {
			if math.Abs(c[0]-c[1]) > 0.015 {
				t.Errorf("rows of label %d: right on %s in %.4f, in closed form %.4f", y, name, c[0], c[1])
			}
		}
	}
	// A probe for each fold, on as many rows of each label as the fold has.
	worse := someProbe(10)
	units := []folds.Unit{{Test: make([]bool, s.y.Len())}, {Test: make([]bool, s.y.Len())}}
	scores, right := [][]float64{margins(t, s, p), margins(t, s, worse)}, 0.
	for i, y := range s.y.Values {
		f := 0
		if y == 1 && i%4 > 0 {
			f = 1
		}
		units[f].Test[i] = true
		if (scores[f][i] > 0) == (y == 1) {
			right += 1 / float64(s.y.Len())
		}
	}
	found := w.accuracy(&probe.OutOfFold{Target: s.y, Plan: &folds.Plan{Units: units}, Probes: []*probe.Probe{p, worse}})
	if math.Abs(found-right) > 0.01 {
		t.Errorf("out of fold %.4f of the rows are right, in closed form %.4f", right, found)
	}
}

// The code of shares takes as many bits as its closed form says, on average.
func TestDescribedByShares(t *testing.T) {
	const groups, sets = 16, 400
	if n, err := describedBy(groups, func(before int) (float64, error) { return float64(before), nil }); err != nil || n != (1+1+2*2+4*4+8*8)/16. {
		t.Errorf("found %v, %v, want portions of 1, 1, 2, 4 and 8 groups", n, err)
	}
	for _, labels := range []design{coins, halves} {
		w := world{groups: groups, rows: rowsOfGroup, width: 1, labels: labels}
		want, err := describedBy(groups, w.sharesTake)
		if err != nil {
			t.Fatal(err)
		}
		var all []float64
		for n := range sets {
			s := w.draw(1, uint64(n))
			coding := probe.CodingOf(&folds.Plan{Group: s.group}, uint64(n), 1)
			all = append(all, stat.Mean(coding.Shares(s.y)[0], nil))
		}
		mean, sd := stat.MeanStdDev(all, nil)
		if math.Abs(mean-want) > 4*sd/math.Sqrt(sets)+1e-12 {
			t.Errorf("labels %s take %.4f bits a row, in closed form %.4f", labels, mean, want)
		}
	}
}

// Smaller parts of the groups that train a fold lie at the start of their order.
func TestFirstGroups(t *testing.T) {
	test, place := []bool{false, false, true, true, false, false, false}, []int{3, 3, 0, 0, 1, 2, 4}
	for part, want := range map[int][]bool{
		1: {true, true, false, false, true, true, true}, 2: {false, false, false, false, true, true, false}, 3: {false, false, false, false, true, true, false}, 4: {false, false, false, false, true, false, false},
	} {
		keep := firstGroups(test, place, part)
		for i := range want {
			if keep(i) != want[i] {
				t.Errorf("part %d, row %d: found %v, want %v", part, i, keep(i), want[i])
			}
		}
	}
}

func between(low, high float64) estimate.Estimate {
	return estimate.Estimate{Value: (low + high) / 2, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
}

// Of ten intervals one is missing, two lie above the truth and one below.
func TestCounted(t *testing.T) {
	none := between(0, 1)
	none.Interval = nil
	list := []estimate.Estimate{none, between(0.6, 1), between(0.7, 0.9), between(0, 0.4)}
	for range 6 {
		list = append(list, between(0.4, 0.6))
	}
	var h held
	for _, e := range list {
		h.add(e, 0.5)
	}
	if h.share() != 60 || h.misses() != "20.0%, 10.0%" || math.Abs(h.meanWidth()-(0.4+0.2+0.4+6*0.2)/9) > 1e-12 {
		t.Errorf("found %.1f%%, %s, width %v", h.share(), h.misses(), h.meanWidth())
	}

	// The truth of the procedure is the mean over data sets, moved by their labels.
	var all [][]truth
	for i, e := range list {
		by := 0.1 * float64(i%2*2-1)
		all = append(all, []truth{
			{"plain", e, 0.65, 0.5 + by, 0}, {"at the labels", e, math.NaN(), 0.5 + by, 0.2 + 2*by},
		})
	}
	var b strings.Builder
	controls{}.count(&b, world{groups: 40, width: 20, strength: 1}, all)
	want := `| 40 | 20 | 1.0 | drawn | plain | 0.500 | 0.530 | 66.7% | 22.2%, 11.1% | 11.1% | 1 |
| 40 | 20 | 1.0 | drawn | at the labels | 0.500 | 0.530 | 11.1% | 44.4%, 44.4% |  | 1 |
`
	if b.String() != want {
		t.Errorf("found\n%swant\n%s", b.String(), want)
	}

	b.Reset()
	savings{}.count(&b, coded{world: world{groups: 40, rows: 4, width: 20}, orders: 5, C: []float64{1}}, list[1:])
	want = "| 40 x 4 | 20 | 0.0 | drawn | 50% | 5 | 1 | 0.533 (0.180) | 0.244 | 66.7% | 22.2%, 11.1% |\n"
	if b.String() != want {
		t.Errorf("found\n%swant\n%s", b.String(), want)
	}
}

// Every table can be made, and small ones lie where the large ones do.
func TestTables(t *testing.T) {
	table := func(args ...string) []string {
		var b strings.Builder
		if err := command(context.Background(), args, &b); err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(b.String()), "\n")[4:]
	}
	for _, c := range []struct {
		args  string
		lines int
	}{
		{"bits -sets 2 -draws 20", len(codedWorlds())}, {"size -sets 2 -draws 3", len(designs)},
		{"controls -sets 2 -draws 20 -groups 20 -width 100", 2 + 5 + 3}, {"coverage -sets 1 -draws 4 -groups 40 -width 20 -auroc .9", len(keys)},
	} {
		if got := table(strings.Fields(c.args)...); len(got) != c.lines || strings.Contains(strings.Join(got, ""), "not estimable") {
			t.Errorf("%s: found %d lines, want %d:\n%s", c.args, len(got), c.lines, strings.Join(got, "\n"))
		}
	}
	var b strings.Builder
	if err := command(context.Background(), []string{"sizes"}, &b); err == nil || !strings.Contains(err.Error(), `found table "sizes"`) {
		t.Errorf("found %v", err)
	}
}

// A test that exchanges claims holds its level where one that exchanges rows does not.
func TestSizeOfATest(t *testing.T) {
	const sets = 200
	s := size{sets: sets, draws: 19, seed: 3}
	var rejected [2]int
	for n := range sets {
		for k := range rejected {
			p, _, err := s.test(func(*rand.Rand) []claim { return []claim{{3, 1}, {3, 0}, {3, 0}, {3, 0}} }, uint64(n), k == 0)
			if err != nil {
				t.Fatal(err)
			}
			if p <= 0.05 {
				rejected[k]++
			}
		}
	}
	if rejected[0] > 20 || rejected[1] < 25 {
		t.Errorf("of %d data sets with nothing to find, %d are rejected with units and %d without, want about 10 and 40", sets, rejected[0], rejected[1])
	}
}

// The intervals of bits saved are about the truth that they are set beside.
func TestIntervalsHold(t *testing.T) {
	const sets = 60
	w := coded{world: world{groups: 24, rows: 4, width: 5, strength: 1, slope: 0.3, share: 0.3}, orders: 5, C: []float64{fixedC}}
	var leads []estimate.Estimate
	var values []float64
	for n := range sets {
		e, err := savings{draws: 100, seed: 8}.lead(t.Context(), w, n)
		if err != nil {
			t.Fatal(err)
		}
		leads, values = append(leads, e), append(values, e.Value)
	}
	var h held
	for _, e := range leads {
		h.add(e, stat.Mean(values, nil))
	}
	w.C = []float64{1}
	if e, err := (savings{draws: 100, seed: 8}).lead(t.Context(), w, 0); err != nil || e.Value == values[0] {
		t.Errorf("probes of another C save %v, %v, want other than %v", e, err, values[0])
	}
	if h.share() < 88 {
		t.Errorf("%.1f%% of %d intervals hold the mean of what is saved", h.share(), sets)
	}
}
