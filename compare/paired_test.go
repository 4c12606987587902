package compare_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/compare"
	"tell/compare/internal/pairs"
	"tell/estimate"
)

func pairedSettings() compare.Settings {
	return compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 200, Seed: 1}, Permutations: 49, Seed: 2}
}

func must(t *testing.T) func(lines []compare.Line, err error) []compare.Line {
	return func(lines []compare.Line, err error) []compare.Line {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
}

func line(t *testing.T, lines []compare.Line, key, predictor, train, test, value string) compare.Line {
	t.Helper()
	for _, l := range lines {
		if l.Key == key && l.Predictor == predictor && l.Train == train && l.Test == test && l.Value == value {
			return l
		}
	}
	t.Fatalf("no line %s of %q, trained in %q, tested in %q, value %q", key, predictor, train, test, value)
	return compare.Line{}
}

func flagged(l compare.Line, code string) bool { return slices.Contains(l.Estimate.Flags(), code) }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// Few samples of the worlds of the validity command, which cannot tell 95% from
// 80%: what they hold must not be far off.
func TestPlantedPairs(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector")
	}
	const runs = 20
	conditions := pairs.Conditions()
	for _, w := range slices.Concat(conditions[:2], conditions[3:5], pairs.Transfers()[1:3], pairs.AllDumps()[1:4]) {
		counts, err := w.Run(t.Context(), 77, runs, 60, 19)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			if c.Intervals >= runs/2 && c.Rate() < 0.7 {
				t.Errorf("%s, %s %s: %d of %d intervals held %.3f, mean %.3f", w.Name, c.Predictor, c.Key, c.Held, c.Intervals, c.Truth, c.Mean)
			}
			if c.Tests > 0 && c.Rejected > 6 {
				t.Errorf("%s, %s %s: %d of %d tests reject", w.Name, c.Predictor, c.Key, c.Rejected, c.Tests)
			}
			dependent, shift := c.Flagged[compare.ThresholdDependent], strings.HasPrefix(w.Name, "shift")
			switch {
			case c.Key == "override_share" && c.NE == 0 && (shift && dependent < 15 || !shift && dependent > 6):
				t.Errorf("%s: the verdict is withheld in %d of %d samples", w.Name, dependent, runs)
			case c.Key == compare.KeyAccuracyChange && strings.Contains(w.Name, "by the margin") && c.Predictor == "probe" && c.Flagged[compare.Equivalent] > 4:
				t.Errorf("%s: called equivalent in %d of %d samples", w.Name, c.Flagged[compare.Equivalent], runs)
			}
		}
	}
}

// A pure shift of the log-odds moves what is measured at the threshold carried
// and leaves the rest as it is.
func TestShiftIsNotPersuasion(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		c := pairs.Condition{Groups: 12, PerGroup: 3, Probe: [2]float64{2, 2}, Behaviour: [2]float64{2, 1}}
		d := c.Draw(rng)
		shift := rapid.Float64Range(-3, 3).Draw(rt, "shift")
		d.Score[1] = nil
		for _, p := range d.Score[0] {
			d.Score[1] = append(d.Score[1], expit(logit(p)+shift))
		}
		s := compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 10}}
		lines, err := d.Measure(t.Context(), s)
		if err != nil {
			rt.Fatal(err)
		}
		for _, l := range lines {
			switch l.Key {
			case compare.KeyAUROCChange, compare.KeyFallMatched, compare.KeyDPrimeChangeMatched:
				if l.Estimate.OK() && l.Predictor == "probe" && math.Abs(l.Estimate.Value) > 1e-9 {
					rt.Errorf("shift %v: %s is %v", shift, l.Key, l.Estimate.Value)
				}
			case compare.KeyLogitShift:
				if l.Estimate.OK() && math.Abs(l.Estimate.Value-shift) > 1e-6 {
					rt.Errorf("shift %v: found %v", shift, l.Estimate.Value)
				}
			case compare.KeyThresholdMatched:
				if l.Estimate.OK() && math.Abs(logit(l.Estimate.Value)-shift) > 1e-6 {
					rt.Errorf("shift %v: threshold at log-odds %v", shift, logit(l.Estimate.Value))
				}
			}
		}
	})
}

// The matched alarm rate is that of the first condition, ties and weights or not.
func TestMatchedAlarmRate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(rt, "rows")
		score := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 9), func(k int) float64 { return float64(k) / 10 }), n, n)
		label := rapid.SliceOfN(rapid.IntRange(0, 1), n, n).Draw(rt, "labels")
		d := compare.Condition{Names: [2]string{"n", "p"}, Label: [2][]int{label, label}}
		d.Score = [2][]float64{score.Draw(rt, "first"), score.Draw(rt, "second")}
		var zeros, ones float64
		for i, y := range label {
			d.Pair, d.Group = append(d.Pair, string(rune('a'+i))), append(d.Group, i)
			zeros, ones = zeros+float64(1-y), ones+float64(y)
		}
		lines, err := d.Measure(t.Context(), compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 5}})
		if err != nil {
			rt.Fatal(err)
		}
		find := func(key, test string) estimate.Estimate {
			for _, l := range lines {
				if l.Key == key && l.Test == test && l.Predictor == "probe" {
					return l.Estimate
				}
			}
			rt.Fatalf("no %s", key)
			return estimate.Estimate{}
		}
		if zeros == 0 || ones == 0 {
			if find("accuracy_matched", "p").OK() != (zeros > 0) || find("d_prime_matched", "p").OK() {
				rt.Errorf("one label, but a matched accuracy or d'")
			}
			return
		}
		// accuracy = (zeros (1-F) + ones H) / n
		alarm := 1 - (find("accuracy_matched", "p").Value*(zeros+ones)-ones*find("hit_matched", "p").Value)/zeros
		if want := find("alarm", "n").Value; math.Abs(alarm-want) > 1e-9 {
			rt.Errorf("alarm rate %v, expected %v", alarm, want)
		}
	})
}

func TestIdenticalConditionsDoNotDiffer(t *testing.T) {
	c := pairs.Condition{Groups: 10, PerGroup: 4, Probe: [2]float64{2, 2}, Behaviour: [2]float64{3, -1}}.Draw(rand.New(rand.NewPCG(1, 2)))
	c.Score[1], c.Refit = c.Score[0], c.Score[0]
	lines := must(t)(c.Measure(t.Context(), pairedSettings()))
	for _, key := range []string{"accuracy_fall", "accuracy_fall_matched", "accuracy_fall_refit"} {
		if e := line(t, lines, key, "probe", "neutral", "neutral-pressure", "").Estimate; e.Value != 0 {
			t.Errorf("%s is %v", key, e.Value)
		}
	}
	for _, key := range []string{"auroc_change", "d_prime_change", "criterion_change", "logit_shift"} {
		if l := line(t, lines, key, "probe", "neutral", "pressure-neutral", ""); l.Estimate.Value != 0 || l.Null == nil || l.Null.P != 1 {
			t.Errorf("%s is %v, null %v", key, l.Estimate.Value, l.Null)
		}
	}
	for _, key := range []string{"override_share", "override_share_matched", "override_share_refit"} {
		if e := line(t, lines, key, "", "neutral", "pressure-neutral", "").Estimate; e.Value != 1 {
			t.Errorf("%s is %v", key, e)
		}
	}
}

// A flip table that can be counted by hand.
func TestFlipTable(t *testing.T) {
	d := compare.Condition{Names: [2]string{"n", "p"}}
	add := func(times int, score, behaviour [2]int) {
		for range times {
			d.Pair = append(d.Pair, string(rune('a'+len(d.Pair))))
			d.Group = append(d.Group, len(d.Group))
			y := len(d.Pair) % 2
			for k := range 2 {
				d.Label[k] = append(d.Label[k], y)
				p := []float64{0.2, 0.8}[y]
				if score[k] == 0 {
					p = 1 - p
				}
				d.Score[k] = append(d.Score[k], p)
				b := y
				if behaviour[k] == 0 {
					b = 1 - y
				} else if behaviour[k] < 0 {
					b = -1
				}
				d.Behaviour[k] = append(d.Behaviour[k], b)
			}
		}
	}
	add(6, [2]int{1, 1}, [2]int{1, 0})  // overridden
	add(2, [2]int{1, 0}, [2]int{1, 0})  // persuaded
	add(9, [2]int{1, 1}, [2]int{1, 1})  // stayed
	add(1, [2]int{1, 0}, [2]int{1, 1})  // the probe fell by itself
	add(3, [2]int{0, 1}, [2]int{1, 0})  // the probe was wrong
	add(2, [2]int{1, 1}, [2]int{0, 1})  // the behaviour was wrong
	add(4, [2]int{1, 0}, [2]int{1, -1}) // neither
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	for key, want := range map[string][2]float64{
		"overridden": {0.75, 8}, "persuaded": {0.25, 8}, "persuaded_base": {0.1, 10}, "persuaded_excess": {0.15, 18},
		"override_share": {1 - (3.-3)/(11-2), 23}, // the probe falls on 3 and rises on 3, the behaviour falls on 11 and rises on 2
	} {
		l := line(t, lines, key, "", "n", "p-n", "")
		if math.Abs(l.Estimate.Value-want[0]) > 1e-12 || l.Estimate.N != int(want[1]) {
			t.Errorf("%s is %v of %d, expected %v", key, l.Estimate.Value, l.Estimate.N, want)
		}
	}
	if l := line(t, lines, "override_share", "", "n", "p-n", ""); !flagged(l, compare.NeitherLeftOut) {
		t.Errorf("flags %v", l.Estimate.Flags())
	}
	for key, want := range map[string]float64{"accuracy_fall": 9. / 23, "accuracy_fall_neither_wrong": 13. / 27, "accuracy_fall_neither_right": 9. / 27} {
		if e := line(t, lines, key, "behaviour", "", "n-p", "").Estimate; math.Abs(e.Value-want) > 1e-12 {
			t.Errorf("%s is %v, expected %v", key, e.Value, want)
		}
	}
	if e := line(t, lines, "accuracy_fall", "probe", "n", "n-p", "0 or 1").Estimate; e.Value != 0 || e.N != 23 {
		t.Errorf("fall of the probe where there is a behaviour: %v of %d", e, e.N)
	}
}

// Exchanging all pairs turns a change round, and the p-value is the same.
func TestExchangeTurnsRound(t *testing.T) {
	d := pairs.Condition{Groups: 12, PerGroup: 3, Probe: [2]float64{2, 1}, Behaviour: [2]float64{2, 1}, InPair: 0.4}.Draw(rand.New(rand.NewPCG(3, 2)))
	one, draws, err := compare.ExchangeDraws(t.Context(), d, pairedSettings())
	if err != nil {
		t.Fatal(err)
	}
	d.Score[0], d.Score[1] = d.Score[1], d.Score[0]
	two, _, err := compare.ExchangeDraws(t.Context(), d, pairedSettings())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"auroc_change", "accuracy_fall", "d_prime_change", "criterion_change", "logit_shift"} {
		if math.Abs(one[key]+two[key]) > 1e-12 || one[key] == 0 || len(draws[key]) != 49 {
			t.Errorf("%s: %v and %v, %d draws", key, one[key], two[key], len(draws[key]))
		}
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	l := line(t, lines, "auroc_change", "probe", "neutral", "pressure-neutral", "")
	atLeast := 1
	for _, x := range draws["auroc_change"] {
		if math.Abs(x) >= math.Abs(l.Estimate.Value)-1e-12 {
			atLeast++
		}
	}
	if want := float64(atLeast) / 50; l.Null.P != want {
		t.Errorf("p %v, expected %v", l.Null.P, want)
	}
}

// With two groups there are four exchanges, of which one turns every pair round.
func TestExchangeOfTwoGroups(t *testing.T) {
	d := pairs.Condition{Groups: 2, PerGroup: 6, Probe: [2]float64{3, -1}, Behaviour: [2]float64{2, 1}}.Draw(rand.New(rand.NewPCG(3, 2)))
	observed, draws, err := compare.ExchangeDraws(t.Context(), d, pairedSettings())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"auroc_change", "accuracy_fall", "logit_shift"} {
		var same, round, between int
		for _, x := range draws[key] {
			switch o := observed[key]; {
			case math.Abs(x-o) < 1e-12:
				same++
			case math.Abs(x+o) < 1e-12:
				round++
			default:
				between++
			}
		}
		if same < 5 || round < 5 || between < 10 {
			t.Errorf("%s: %d draws are the observed value, %d its opposite, %d others", key, same, round, between)
		}
	}
}

// The change at every layer is tested by itself and by the largest over all.
func TestConditionByLayer(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 2))
	d := pairs.Condition{Groups: 30, PerGroup: 3, Probe: [2]float64{2, 2}, Behaviour: [2]float64{2, 1}}.Draw(rng)
	falls := pairs.Condition{Groups: 30, PerGroup: 3, Probe: [2]float64{2, 0.3}, Behaviour: [2]float64{2, 1}}.Draw(rng)
	d.Layers = []compare.ConditionLayer{{Layer: 18, Score: d.Score}, {Layer: 12, Score: d.Score}}
	for i := range d.Pair { // layer 12 holds what falls, of the same labels
		for k := range 2 {
			p := falls.Score[k][i]
			if falls.Label[k][i] != d.Label[k][i] {
				p = 1 - p
			}
			d.Layers[1].Score[k] = append(slices.Clone(d.Layers[1].Score[k][:i]), append([]float64{p}, d.Layers[1].Score[k][i+1:]...)...)
		}
	}
	s := pairedSettings()
	s.Permutations = 199
	found := map[string][]compare.Line{}
	for _, l := range must(t)(d.Measure(t.Context(), s)) {
		if l.Layer != compare.None {
			found[l.Key] = append(found[l.Key], l)
		}
	}
	whole := line(t, must(t)(d.Measure(t.Context(), s)), "auroc_change", "probe", "neutral", "pressure-neutral", "")
	for key, max := range map[string]string{"auroc_change": "auroc_change_p_max", "accuracy_fall": "accuracy_fall_p_max"} {
		alone, all := found[key], found[max]
		if len(alone) != 2 || len(all) != 2 || alone[0].Layer != 18 || alone[1].Layer != 12 || all[1].Layer != 12 {
			t.Fatalf("found %v and %v", alone, all)
		}
		if alone[1].Null.P > 0.01 || all[1].Estimate.Value > 0.01 || all[0].Estimate.Value < 0.1 {
			t.Errorf("%s: p %v and %v over all where it changes, %v where it does not", key, alone[1].Null.P, all[1].Estimate.Value, all[0].Estimate.Value)
		}
		for k := range 2 { // a maximum is reached at least as often
			if all[k].Estimate.Value < alone[k].Null.P {
				t.Errorf("%s: p %v alone, %v over all layers", key, alone[k].Null.P, all[k].Estimate.Value)
			}
		}
	}
	if got := found["auroc_change"][0]; got.Estimate.Value != whole.Estimate.Value || got.Null.P != whole.Null.P {
		t.Errorf("found %v at the layer of the probe, expected %v", got, whole)
	}
}

// Shares of few pairs, and rates at 0 or 1, do not look certain.
func TestFewPairsAreSaid(t *testing.T) {
	d := compare.Condition{Names: [2]string{"n", "p"}}
	for i := range 40 {
		y := i % 2
		b := [2]int{y, y}
		s := [2]float64{float64(y)*0.8 + 0.1, float64(y)*0.7 + 0.2}
		if i == 3 {
			b[1], s[1] = 1-y, 0.4
		}
		if i == 7 || i == 13 {
			s[1] = 0.4 // the probe falls by itself
		}
		d.Pair, d.Group = append(d.Pair, string(rune('a'+i))), append(d.Group, i/4)
		for k := range 2 {
			d.Label[k], d.Behaviour[k], d.Score[k] = append(d.Label[k], y), append(d.Behaviour[k], b[k]), append(d.Score[k], s[k])
		}
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	l := line(t, lines, "persuaded", "", "n", "p-n", "").Estimate
	if l.Value != 1 || l.N != 1 || l.Groups != 1 || l.Interval == nil || math.Abs(l.Interval.Low-0.025) > 1e-9 || !slices.Contains(l.Flags(), "few-rows") {
		t.Errorf("%+v", l)
	}
	if l := line(t, lines, "persuaded_excess", "", "n", "p-n", "").Estimate; l.Interval != nil || l.N != 40 || !slices.Contains(l.Flags(), "no-interval") {
		t.Errorf("%+v", l)
	}
	alarm := line(t, lines, "alarm", "probe", "n", "n", "").Estimate
	if alarm.Value != 0 || alarm.N != 20 || alarm.Groups != 10 || alarm.Interval == nil || math.Abs(alarm.Interval.High-(1-math.Pow(0.025, 0.1))) > 1e-9 {
		t.Errorf("%+v", alarm)
	}
	for key, test := range map[string]string{"d_prime": "n", "criterion": "p", "d_prime_change": "p-n", "criterion_change": "p-n", "d_prime_matched": "p", "d_prime_change_matched": "p-n"} {
		if l := line(t, lines, key, "probe", "n", test, ""); !flagged(l, "corrected-bound") {
			t.Errorf("%s: %v", key, l.Estimate.Flags())
		}
	}
	if l := line(t, lines, "d_prime", "behaviour", "", "p", ""); !flagged(l, "few-rows") || !flagged(l, "corrected-bound") {
		t.Errorf("%v", l.Estimate.Notes())
	}
}

func TestWorkersDoNotMatter(t *testing.T) {
	rng := func() *rand.Rand { return rand.New(rand.NewPCG(5, 6)) }
	for _, w := range []pairs.World{pairs.Conditions()[2], pairs.Transfers()[1], pairs.AllDumps()[1], pairs.AllDumps()[3]} {
		one, three := pairedSettings(), pairedSettings()
		one.Bootstrap.Workers, three.Bootstrap.Workers = 1, 3
		a, b := must(t)(w.Lines(t.Context(), rng(), one)), must(t)(w.Lines(t.Context(), rng(), three))
		for k := range a {
			x, y := a[k], b[k]
			if math.IsNaN(x.Estimate.Value) && math.IsNaN(y.Estimate.Value) {
				x.Estimate.Value, y.Estimate.Value = 0, 0
			}
			if !reflect.DeepEqual(x, y) {
				t.Fatalf("%s: %+v with one worker, %+v with three", w.Name, x, y)
			}
		}
	}
}

// Every line has a key that is defined, once, with its parts filled in.
func TestLinesAreDefined(t *testing.T) {
	for _, c := range []struct {
		world pairs.World
		of    []compare.Quantity
	}{
		{pairs.Conditions()[2], compare.ConditionQuantities()}, {pairs.Transfers()[1], compare.TransferQuantities()},
		{pairs.AllDumps()[1], compare.DumpsQuantities()}, {pairs.AllDumps()[3], compare.DoseQuantities()},
	} {
		keys := make(map[string]bool)
		for _, q := range c.of {
			if keys[q.Key] || q.Title == "" || q.Definition == "" || q.Unit == "" || q.Source == "" {
				t.Errorf("%+v", q)
			}
			keys[q.Key] = true
		}
		lines := must(t)(c.world.Lines(t.Context(), rand.New(rand.NewPCG(1, 1)), pairedSettings()))
		seen := make(map[[5]string]bool)
		for _, l := range lines {
			id := [5]string{l.Predictor, l.Key, l.Train, l.Test, l.Column + l.Value}
			if !keys[l.Key] || seen[id] || l.Layer != compare.None || l.Position != compare.None {
				t.Errorf("%s: %+v", c.world.Name, l)
			}
			seen[id] = true
		}
	}
}

func twoSets() compare.Transfer {
	return pairs.Transfer{Groups: 8, PerGroup: 4, DPrime: 3, Cosine: 0.5, FPR: 0.1}.Draw(rand.New(rand.NewPCG(1, 1)))
}

func TestTransferNotEstimable(t *testing.T) {
	d := twoSets()
	n := len(d.ID)
	d.Sets, d.Control = []string{"a", "b", "control", "empty", "shared"}, 2
	for range 2 {
		d.Score = append(d.Score, slices.Repeat([]float64{math.NaN()}, n))
		d.In = append(d.In, make([]bool, n))
	}
	for i := range n {
		d.In[4][i] = i < 5
		if d.In[1][i] && i%4 == 0 {
			d.Score[0][i] = math.NaN()
		}
		d.Score[1][i] = map[bool]float64{true: math.NaN(), false: d.Score[1][i]}[i < 5]
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	for _, c := range []struct{ key, train, test, reason string }{
		{"auroc", "a", "empty", "set empty is empty"},
		{"auroc", "b", "shared", `none of the 5 rows of set shared has a score of the probe trained in b, as where they share all groups: "0", "1", "2" and 2 more`},
		{"auroc", "a", "control", "every row has label 0"},
		{"recovery", "a", "control", "every row has label 0"},
		{"recall_at_fpr", "a", "control", "no row has label 1"},
		{"accuracy_matched", "empty", "b", "none of the 32 rows"},
	} {
		e := line(t, lines, c.key, "probe", c.train, c.test, "").Estimate
		if !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%s of %s on %s: found %v, expected %q", c.key, c.train, c.test, e, c.reason)
		}
	}
	l := line(t, lines, "auroc", "probe", "a", "b", "")
	if !flagged(l, compare.RowsWithoutScore) || l.Estimate.N != 24 {
		t.Errorf("%d rows, %v", l.Estimate.N, l.Estimate.Notes())
	}

	// A set whose own probe is not seen to work has nothing to be recovered.
	d = twoSets()
	for i := range d.Score[1] {
		d.Score[1][i] = float64(i*7%11) / 11
	}
	lines = must(t)(d.Measure(t.Context(), pairedSettings()))
	if e := line(t, lines, "recovery", "probe", "a", "b", "").Estimate; e.OK() || !strings.Contains(e.Reason, "does not lie above") {
		t.Errorf("recovery is %v", e)
	}
	// A control set without rows of label 0.
	for i := range d.Label {
		d.Label[i] = max(d.Label[i], map[bool]int{true: 1}[d.In[2][i]])
	}
	lines = must(t)(d.Measure(t.Context(), pairedSettings()))
	if e := line(t, lines, "recall_at_fpr", "probe", "a", "b", "").Estimate; e.OK() || !strings.Contains(e.Reason, "control set control has no row of label 0") {
		t.Errorf("recall is %v", e)
	}
}

// Rows of b are those of a with their log-odds moved: at a's alarm rate the probe
// of a is as right on b as at home.
func TestMatchedAcrossSets(t *testing.T) {
	d := compare.Transfer{Sets: []string{"a", "b"}, Control: -1, In: make([][]bool, 2), Score: make([][]float64, 2)}
	rng := rand.New(rand.NewPCG(2, 1))
	var home []float64
	for i := range 120 {
		y := i % 60 % 2
		if i < 60 {
			home = append(home, float64(2*y-1)+rng.NormFloat64())
		}
		z := home[i%60] + 1.5*float64(i/60)
		d.ID, d.Group, d.Label = append(d.ID, string(rune('A'+i))), append(d.Group, i/3), append(d.Label, y)
		for k := range 2 {
			d.In[k], d.Score[k] = append(d.In[k], k == i/60), append(d.Score[k], expit(z))
		}
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	at := func(key, test string) float64 { return line(t, lines, key, "probe", "a", test, "").Estimate.Value }
	if at("accuracy_matched", "b") != at("accuracy", "a") || at("accuracy", "b") >= at("accuracy", "a") {
		t.Errorf("matched %v on b, %v on a, carried to b %v", at("accuracy_matched", "b"), at("accuracy", "a"), at("accuracy", "b"))
	}
}

// No false alarm among so many groups: an interval all the same.
func TestNoFalseAlarmHasAnInterval(t *testing.T) {
	d := twoSets()
	d.FPR = 0.001
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	e := line(t, lines, "realised_fpr", "probe", "a", "b", "").Estimate
	if want := 1 - math.Pow(0.025, 1./8); e.Value != 0 || e.Interval == nil || math.Abs(e.Interval.High-want) > 1e-9 {
		t.Errorf("%v, expected 0 to %v", e, want)
	}
}

// Cosines of closed form between sets. The floor of a set stands once.
func TestDirectionsOfSets(t *testing.T) {
	d := twoSets()
	agree := func(between, a, b float64) *compare.Cosines {
		in := compare.Agreements{Whole: compare.Agreement{Between: between, Within: [2]float64{a, b}}, Halvings: 20}
		return &compare.Cosines{Plain: in, Mahalanobis: &in}
	}
	d.Directions = []compare.SetDirections{
		{Sets: [2]int{0, 1}, Layer: 3, Cosines: agree(0.36, 0.64, 0.81)},
		{Sets: [2]int{0, 2}, Layer: 3, Cosines: agree(0.36, 0.64, 0.1)},
		{Sets: [2]int{1, 2}, Layer: 3, Reason: "too few groups"},
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	const key = "mahalanobis_cosine_corrected"
	l := line(t, lines, key, "probe", "a", "b", "")
	if math.Abs(l.Estimate.Value-0.5) > 1e-12 || l.Layer != 3 || l.Estimate.N != 64 || l.Estimate.Groups != 16 {
		t.Errorf("%+v, expected 0.5 at layer 3 of 64 rows in 16 groups", l)
	}
	if e := line(t, lines, "mahalanobis_cosine_floor", "probe", "a", "a", "").Estimate; e.Value != 0.64 || e.N != 32 || e.Groups != 8 {
		t.Errorf("%+v, expected a floor of 0.64 of 32 rows in 8 groups", e)
	}
	floors := 0
	for _, l := range lines {
		if l.Key == "cosine_floor" && l.Train == "a" {
			floors++
		}
	}
	if floors != 1 {
		t.Errorf("found %d floors of a", floors)
	}
	for test, says := range map[string]string{"a": "below 0.2", "b": "too few groups"} {
		if e := line(t, lines, key, "probe", test, "control", "").Estimate; e.OK() || !strings.Contains(e.Reason, says) {
			t.Errorf("%s and control: %+v, expected none: %s", test, e, says)
		}
	}
}

// A rival in the same cells is set against the probe on the same rows: d' of 3 at a
// cosine of 0.5 against d' of 1 without it.
func TestRivalOfTransfer(t *testing.T) {
	d := pairs.Transfer{Groups: 400, PerGroup: 4, DPrime: 3, Cosine: 0.5, FPR: 0.1}.Draw(rand.New(rand.NewPCG(3, 1)))
	rng := rand.New(rand.NewPCG(4, 1))
	text := compare.TransferScores{Name: "text", Score: make([][]float64, 3)}
	for range d.ID {
		for a := range text.Score {
			text.Score[a] = append(text.Score[a], 0)
		}
	}
	for i, y := range d.Label {
		z := float64(y) + rng.NormFloat64()
		for a := range text.Score {
			text.Score[a][i] = expit(z)
		}
	}
	d.Others = []compare.TransferScores{text}
	lines := must(t)(d.Measure(t.Context(), compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 100}}))
	phi := func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
	for test, dPrime := range map[string]float64{"a": 3, "b": 1.5} {
		e := line(t, lines, "auroc_difference", "text", "a", test, "").Estimate
		want := phi(dPrime/math.Sqrt2) - phi(1/math.Sqrt2)
		if e.Interval == nil || math.Abs(e.Value-want) > 0.03 || e.N != 1600 {
			t.Errorf("on %s: %+v, expected %.3f", test, e, want)
		}
	}
	text.Score[0][0] = math.NaN()
	d.Score[0] = slices.Repeat([]float64{math.NaN()}, len(d.ID))
	d.Untrained = []string{"one label", "", ""}
	lines = must(t)(d.Measure(t.Context(), compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 100}}))
	if e := line(t, lines, "auroc_difference", "text", "a", "b", "").Estimate; e.OK() || !strings.Contains(e.Reason, "no probe could be trained on a: one label") {
		t.Errorf("%+v, expected no difference", e)
	}
}

func TestPairedSets(t *testing.T) {
	d := twoSets()
	d.Behaviour, d.Pair = slices.Clone(d.Label), make([]string, len(d.ID))
	var at [2]int
	for i := range d.ID {
		for k := range 2 {
			if d.In[k][i] {
				d.Pair[i] = string(rune('A' + at[k]))
				d.Group[i] = at[k] / 4
				at[k]++
			}
		}
		if d.In[1][i] && d.Label[i] == 0 {
			d.Behaviour[i] = 1
		}
	}
	d.Pair[0] = "alone"
	d.Paired = [][2]int{{0, 1}}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	lost := line(t, lines, "pairs_lost", "probe", "a", "b-a", "").Estimate
	if lost.Value != 2 || !strings.Contains(strings.Join(lost.Notes(), "; "), `1 only in a: "alone"; 1 only in b: "A"`) {
		t.Errorf("%v %v", lost, lost.Notes())
	}
	var right [2]float64
	var n float64
	for i := range d.ID {
		if d.In[1][i] && d.Pair[i] != "A" {
			right[1] += float64(d.Label[i])
			n++
		}
	}
	l := line(t, lines, "accuracy_change", "behaviour", "", "b-a", "")
	if want := right[1]/n - 1; math.Abs(l.Estimate.Value-want) > 1e-12 || l.Null == nil {
		t.Errorf("behaviour changes by %v, expected %v", l.Estimate, want)
	}
	a, b := line(t, lines, "auroc_change", "probe", "a", "b-a", ""), line(t, lines, "auroc_change", "probe", "b", "b-a", "")
	if !a.Estimate.OK() || !(a.Estimate.Value < 0) || !(b.Estimate.Value > 0) {
		t.Errorf("%v and %v, expected that each probe is better on its own set", a.Estimate, b.Estimate)
	}
	d.Group[0] = 99
	d.Pair[0] = "A"
	if _, err := d.Measure(t.Context(), pairedSettings()); err == nil || !strings.Contains(err.Error(), `pair "A" has its rows "0" and "32" in different groups`) {
		t.Error(err)
	}
}

func TestIdenticalDumps(t *testing.T) {
	d := pairs.Dumps{Groups: 10, PerGroup: 4, Latent: 1, Act: [2]float64{0.8, 0.5}, Margin: 0.05}.Draw(rand.New(rand.NewPCG(1, 1)))
	d.Score[1], d.Behaviour[1], d.Frozen, d.Peer = slices.Clone(d.Score[0]), slices.Clone(d.Behaviour[0]), slices.Clone(d.Score[0]), d.Score[0]
	found := 0
	for _, l := range must(t)(d.Measure(t.Context(), pairedSettings())) {
		if l.Test == "tuned-base" || l.Key == compare.KeyPremium {
			found++
			if l.Estimate.Value != 0 || !slices.Equal(l.Estimate.Flags(), []string{compare.Identical}) {
				t.Errorf("%+v", l)
			}
		}
	}
	if found != 7 {
		t.Errorf("found %d lines, expected 7", found)
	}
	// Scores that differ but predict the same say less.
	for i := range d.Score[1] {
		d.Score[1][i] = expit(2 * logit(d.Score[1][i]))
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	if l := line(t, lines, "accuracy_change", "probe", "", "tuned-base", ""); l.Estimate.Value != 0 || !flagged(l, compare.NotShown) || flagged(l, compare.Identical) {
		t.Errorf("%+v", l)
	}
	d.Margin = 0.3
	lines = must(t)(d.Measure(t.Context(), pairedSettings()))
	if l := line(t, lines, "accuracy_change", "probe", "", "tuned-base", ""); !flagged(l, compare.Equivalent) || flagged(l, compare.NotShown) {
		t.Errorf("%+v", l)
	}
}

// A frozen probe whose log-odds move is as right as before at the old alarm rate.
func TestFrozenProbeThatMoves(t *testing.T) {
	d := pairs.Dumps{Groups: 20, PerGroup: 4, Latent: 1, Noise: [2]float64{1, 1}, Act: [2]float64{0.8, 0.5}}.Draw(rand.New(rand.NewPCG(1, 1)))
	for _, p := range d.Score[0] {
		d.Frozen = append(d.Frozen, expit(logit(p)+2))
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	at := func(key, test string) float64 { return line(t, lines, key, "probe", "base", test, "").Estimate.Value }
	if at("accuracy_matched", "tuned") != at("accuracy", "base") || at("accuracy", "tuned") >= at("accuracy", "base") {
		t.Errorf("matched %v, carried %v, before %v", at("accuracy_matched", "tuned"), at("accuracy", "tuned"), at("accuracy", "base"))
	}
	if l := line(t, lines, "accuracy_change", "probe", "base", "tuned-base", ""); !(l.Estimate.Value < 0) {
		t.Errorf("%+v", l)
	}
	if l := line(t, lines, "auroc_change", "probe", "base", "tuned-base", ""); l.Estimate.Value != 0 || !flagged(l, compare.NotShown) {
		t.Errorf("%+v", l)
	}
}

// A wide interval is never "no difference".
func TestNoMarginNoEquivalence(t *testing.T) {
	d := pairs.Dumps{Groups: 6, PerGroup: 2, Latent: 1, Noise: [2]float64{1, 1}, Act: [2]float64{0.7, 0.7}}.Draw(rand.New(rand.NewPCG(9, 1)))
	for _, l := range must(t)(d.Measure(t.Context(), pairedSettings())) {
		if l.Test == "tuned-base" && l.Estimate.OK() && !flagged(l, compare.NotShown) && !flagged(l, compare.Different) && !flagged(l, compare.Identical) || flagged(l, compare.Equivalent) {
			t.Errorf("%+v", l)
		}
	}
}

func TestPremiumWhereBehavioursDiffer(t *testing.T) {
	d := compare.Dumps{Names: [2]string{"own", "peer"}, ID: []string{"a", "b", "c", "d", "e", "f"}, Group: []int{0, 1, 2, 3, 4, 5},
		Label: []int{0, 1, 0, 1, 0, 1}, Behaviour: [2][]int{{0, 1, 0, 1, -1, 1}, {0, 1, 1, 0, 1, 1}}}
	d.Score[0] = []float64{0.1, 0.9, 0.2, 0.8, 0.9, 0.1}
	d.Score[1] = []float64{0.9, 0.1, 0.8, 0.3, 0.1, 0.9}
	d.Peer = d.Score[1]
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	if e := line(t, lines, "premium_behaviours_differ", "probe", "own", "own", "").Estimate; e.Value != 1 || e.N != 2 {
		t.Errorf("%v of %d rows, expected 1 of 2", e, e.N)
	}
}

func TestDoses(t *testing.T) {
	d := compare.Doses{Series: compare.Series{Name: "v", Dose: []float64{0, 2, -2}},
		ID: []string{"a", "b", "c", "d"}, Group: []int{0, 1, 2, 3}}
	nan := math.NaN()
	d.Behaviour = [][]float64{{0, 0, 1, nan}, {1, 1, 1, 1}, {0, 0, 0, 0}}
	d.Unrelated = [][]float64{{nan, nan, 1, 1}, {nan, nan, 1, 0}, {nan, nan, 1, 1}}
	for k := range 4 {
		b := slices.Repeat([]float64{0}, 4)
		for i := range k {
			b[i] = 1
		}
		d.Random = append(d.Random, compare.Series{Name: "r", Dose: []float64{2, -2}, Behaviour: [][]float64{b, {0, 0, 1, 0}}})
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	up := line(t, lines, "dose_change", "behaviour", "v", "v", "2")
	// Of 3 rows two rise. The random directions change by -1/3, 0, 1/3 and 2/3
	// less 1/3: 0-1, 1-1, 2-1 and 3-1 of 3.
	if math.Abs(up.Estimate.Value-2./3) > 1e-12 || up.Estimate.N != 3 || up.Null.P != 2./5 || math.Abs(up.Null.Mean-1./6) > 1e-12 {
		t.Errorf("%+v %+v", up.Estimate, up.Null)
	}
	if e := line(t, lines, "dose_random_directions", "behaviour", "v", "v", "2").Estimate; e.Value != 4 {
		t.Error(e)
	}
	if e := line(t, lines, "dose_change_unrelated", "unrelated", "v", "v", "2").Estimate; e.Value != -0.5 || e.N != 2 {
		t.Error(e)
	}
	slope := line(t, lines, "dose_slope", "behaviour", "v", "v", "")
	if want := 1. / 4; math.Abs(slope.Estimate.Value-want) > 1e-12 || slope.Null.P != 1./5 {
		t.Errorf("%+v %+v", slope.Estimate, slope.Null)
	}
	if e := line(t, lines, "dose_slope_unrelated", "unrelated", "v", "v", "").Estimate; math.Abs(e.Value+1./8) > 1e-12 {
		t.Error(e)
	}
	// A random direction with rows of its own without steering.
	d.Random = []compare.Series{{Name: "r", Dose: []float64{0, 2}, Behaviour: [][]float64{{1, 1, 1, 1}, {0, 1, 1, 1}}}}
	up = line(t, must(t)(d.Measure(t.Context(), pairedSettings())), "dose_change", "behaviour", "v", "v", "2")
	if up.Null.Mean != -0.25 || up.Null.P != 0.5 {
		t.Errorf("%+v", up.Null)
	}
	d.Dose = []float64{0, 2, 5}
	d.Behaviour = [][]float64{{1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1}}
	if e := line(t, must(t)(d.Measure(t.Context(), pairedSettings())), "dose_slope", "behaviour", "v", "v", "").Estimate; math.Abs(e.Value) > 1e-12 {
		t.Errorf("slope %v of what is constant", e)
	}
	d.Dose = []float64{1, 2, -2}
	if _, err := d.Measure(t.Context(), pairedSettings()); err == nil || !strings.Contains(err.Error(), "found no dose 0") {
		t.Error(err)
	}
}

func TestRefusedPairs(t *testing.T) {
	fresh := func() compare.Condition {
		return pairs.Condition{Groups: 4, PerGroup: 2, Probe: [2]float64{2, 2}, Behaviour: [2]float64{2, 1}}.Draw(rand.New(rand.NewPCG(3, 2)))
	}
	for _, c := range []struct {
		name  string
		spoil func(d *compare.Condition, s *compare.Settings)
		says  string
	}{
		{"twice", func(d *compare.Condition, _ *compare.Settings) { d.Pair[1] = "0" }, `found 1 ids that occur more than once ("0")`},
		{"no score", func(d *compare.Condition, _ *compare.Settings) {
			d.Score[1][2], d.Score[1][3] = math.NaN(), math.NaN()
		}, `probe in pressure: found no score on 2 of 8 rows ("2", "3")`},
		{"log-odds", func(d *compare.Condition, _ *compare.Settings) { d.Score[0][2] = 1.5 }, `found scores outside 0 to 1 on 1 of 8 rows ("2")`},
		{"label", func(d *compare.Condition, _ *compare.Settings) { d.Label[0][1] = 2 }, `label in neutral: row "1": found 2, expected 0 or 1`},
		{"behaviour", func(d *compare.Condition, _ *compare.Settings) { d.Behaviour[1][1] = -2 }, `behaviour in pressure: row "1": found -2`},
		{"one behaviour", func(d *compare.Condition, _ *compare.Settings) { d.Behaviour[1] = nil }, "expected it in both or neither"},
		{"groups", func(d *compare.Condition, _ *compare.Settings) { d.Group = d.Group[:3] }, "found 3 groups for 8 pairs"},
		{"layers", func(d *compare.Condition, _ *compare.Settings) {
			d.Layers = []compare.ConditionLayer{{Layer: 3, Score: d.Score}, {Layer: 3, Score: d.Score}}
		}, "found layer 3 twice"},
		{"layer", func(d *compare.Condition, _ *compare.Settings) {
			d.Layers = []compare.ConditionLayer{{Layer: 3, Score: [2][]float64{d.Score[0], {1}}}}
		}, "probe of layer 3 in pressure: found 1 scores for 8 rows"},
		{"refit", func(d *compare.Condition, _ *compare.Settings) { d.Refit = []float64{1} }, "found 1 scores for 8 rows"},
		{"name", func(d *compare.Condition, _ *compare.Settings) {
			d.Others = []compare.ConditionScores{{"probe", d.Score}}
		}, `a predictor named "probe"`},
		{"none", func(d *compare.Condition, _ *compare.Settings) {
			*d = compare.Condition{Names: d.Names, Lost: [2][]string{{"x"}, nil}}
		}, "no pair in common; rows without a partner: 1 in neutral, 0 in pressure"},
		{"permutations", func(_ *compare.Condition, s *compare.Settings) { s.Permutations = -1 }, "found -1 permutations"},
		{"level", func(_ *compare.Condition, s *compare.Settings) { s.Bootstrap.Level = 95 }, "found level 95"},
	} {
		d, s := fresh(), pairedSettings()
		c.spoil(&d, &s)
		if _, err := d.Measure(t.Context(), s); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: found %v, expected %q", c.name, err, c.says)
		}
	}
	// One class is no error: what can be told is.
	d := fresh()
	for i := range d.Pair {
		d.Label[0][i], d.Label[1][i] = 1, 1
	}
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	if e := line(t, lines, "d_prime", "probe", "neutral", "pressure", "").Estimate; e.Reason != "every row has label 1" {
		t.Error(e)
	}
	if e := line(t, lines, "accuracy_fall_matched", "probe", "neutral", "neutral-pressure", "").Estimate; !strings.Contains(e.Reason, "no row of label 0") {
		t.Error(e)
	}
	if e := line(t, lines, "accuracy_fall", "probe", "neutral", "neutral-pressure", "").Estimate; !e.OK() {
		t.Error(e)
	}
}

func TestRefusedSetsAndDumps(t *testing.T) {
	for name, c := range map[string]struct {
		change func(d *compare.Transfer)
		says   string
	}{
		"no sets":    {func(d *compare.Transfer) { d.Sets = nil }, "found no sets"},
		"same name":  {func(d *compare.Transfer) { d.Sets[1] = "a" }, `sets: found 1 ids that occur more than once ("a")`},
		"twice":      {func(d *compare.Transfer) { d.ID[1], d.ID[3] = "0", "2" }, `rows: found 2 ids that occur more than once ("0", "2")`},
		"rate":       {func(d *compare.Transfer) { d.FPR = 1 }, "found a false-positive rate of 1"},
		"control":    {func(d *compare.Transfer) { d.Control = 3 }, "found control set 3 of 3 sets"},
		"score":      {func(d *compare.Transfer) { d.Score[1][7] = -3 }, `probe trained in b: row "7": found score -3`},
		"scores":     {func(d *compare.Transfer) { d.Score = d.Score[:2] }, "found scores of 2 sets, expected 3"},
		"marks":      {func(d *compare.Transfer) { d.In[1] = nil }, "set b: found 0 marks"},
		"pairs":      {func(d *compare.Transfer) { d.Paired = [][2]int{{0, 1}} }, "found the pairs of 0 rows"},
		"directions": {func(d *compare.Transfer) { d.Directions = []compare.SetDirections{{Sets: [2]int{0, 3}}} }, "found directions of sets 0 and 3"},
		"cosines":    {func(d *compare.Transfer) { d.Directions = []compare.SetDirections{{Sets: [2]int{0, 1}}} }, "directions of a and b: expected cosines or a reason"},
	} {
		d := twoSets()
		c.change(&d)
		if _, err := d.Measure(t.Context(), pairedSettings()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: found %v, expected %q", name, err, c.says)
		}
	}
	for name, c := range map[string]struct {
		change func(d *compare.Dumps)
		says   string
	}{
		"none":   {func(d *compare.Dumps) { *d = compare.Dumps{Names: d.Names, Lost: [2][]string{{"x"}, {"y"}}} }, `no id in common; ids in one alone: 1 in base ("x"), 1 in tuned ("y")`},
		"twice":  {func(d *compare.Dumps) { d.ID[1] = "0" }, "occur more than once"},
		"frozen": {func(d *compare.Dumps) { d.Frozen = []float64{0.5} }, "frozen probe: found 1 scores"},
		"margin": {func(d *compare.Dumps) { d.Margin = -1 }, "found a margin of -1"},
	} {
		d := pairs.Dumps{Groups: 4, PerGroup: 2, Act: [2]float64{0.8, 0.5}}.Draw(rand.New(rand.NewPCG(1, 1)))
		c.change(&d)
		if _, err := d.Measure(t.Context(), pairedSettings()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: found %v, expected %q", name, err, c.says)
		}
	}
}

func TestJoin(t *testing.T) {
	j, err := compare.Join([2]string{"n", "p"}, [2][]string{{"a", "b", "c"}, {"c", "d", "a"}})
	if err != nil || !reflect.DeepEqual(j, compare.Joined{Rows: [2][]int{{0, 2}, {2, 0}}, Lost: [2][]string{{"b"}, {"d"}}}) {
		t.Errorf("%+v, %v", j, err)
	}
	if _, err := compare.Join([2]string{"n", "p"}, [2][]string{{"a"}, {"c", "c"}}); err == nil || err.Error() != `compare: p: found 1 ids that occur more than once ("c"), expected every id once` {
		t.Error(err)
	}
}

// Few rows of any kind give numbers or reasons, and no interval without its value.
func TestFewPairedRows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(rt, "rows")
		ints := func(from, to int, what string) []int {
			return rapid.SliceOfN(rapid.IntRange(from, to), n, n).Draw(rt, what)
		}
		scores := func(what string, missing bool) []float64 {
			values := []float64{0, 0.2, 0.5, 0.50000001, 0.9, 1}
			if missing {
				values = append(values, math.NaN())
			}
			return rapid.SliceOfN(rapid.SampledFrom(values), n, n).Draw(rt, what)
		}
		ids := strings.Split("abcdefg", "")[:n]
		group := ints(0, 3, "group")
		s := compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 20}, Permutations: 5}
		check := func(lines []compare.Line, err error) {
			if err != nil {
				rt.Fatal(err)
			}
			for _, l := range lines {
				e := l.Estimate
				switch {
				case !e.OK() && (e.Interval != nil || l.Null != nil || !math.IsNaN(e.Value)),
					e.OK() && (math.IsNaN(e.Value) || math.IsInf(e.Value, 0)),
					e.Interval != nil && !(e.Interval.Low <= e.Value && e.Value <= e.Interval.High),
					l.Null != nil && !(l.Null.P > 0 && l.Null.P <= 1):
					rt.Errorf("%s %s of %s: %+v, null %+v", l.Predictor, l.Key, l.Test, e, l.Null)
				}
			}
		}
		check(compare.Condition{Names: [2]string{"n", "p"}, Pair: ids, Group: group,
			Label: [2][]int{ints(0, 1, "l0"), ints(0, 1, "l1")}, Behaviour: [2][]int{ints(-1, 1, "b0"), ints(-1, 1, "b1")},
			Score: [2][]float64{scores("s0", false), scores("s1", false)}, Refit: scores("refit", false)}.Measure(t.Context(), s))
		check(compare.Dumps{Names: [2]string{"n", "p"}, ID: ids, Group: group, Label: ints(0, 1, "label"),
			Behaviour: [2][]int{ints(-1, 1, "b0"), ints(-1, 1, "b1")}, Score: [2][]float64{scores("s0", false), scores("s1", false)},
			Frozen: scores("frozen", false), Peer: scores("peer", false), Margin: rapid.SampledFrom([]float64{0, 0.1, 3}).Draw(rt, "margin")}.Measure(t.Context(), s))
		in := func(what string) []bool { return rapid.SliceOfN(rapid.Bool(), n, n).Draw(rt, what) }
		check(compare.Transfer{Sets: []string{"a", "b"}, ID: ids, Group: group, Unit: nil, In: [][]bool{in("a"), in("b")},
			Label: ints(0, 1, "label"), Behaviour: ints(-1, 1, "b"), Score: [][]float64{scores("sa", true), scores("sb", true)},
			FPR: rapid.Float64Range(0.001, 0.999).Draw(rt, "fpr"), Control: rapid.IntRange(-1, 1).Draw(rt, "control"),
			Paired: [][2]int{{0, 1}}, Pair: ids, Others: []compare.TransferScores{{Name: "text", Score: [][]float64{scores("ta", true), scores("tb", true)}}}}.Measure(t.Context(), s))
		check(compare.Doses{Series: compare.Series{Name: "v", Dose: []float64{0, 1, 3}, Behaviour: [][]float64{scores("d0", true), scores("d1", true), scores("d2", true)}},
			ID: ids, Group: group, Unrelated: [][]float64{scores("u0", true), scores("u1", true), scores("u2", true)},
			Random: []compare.Series{{Name: "r", Dose: []float64{1}, Behaviour: [][]float64{scores("r", true)}}}}.Measure(t.Context(), s))
	})
}

// A set whose probe could not be trained says why in its cells, and is still
// tested by the others. A row without a pair is paired with nothing.
func TestUntrainedSet(t *testing.T) {
	d := twoSets()
	d.Untrained = []string{"", "fold 0 leaves no row of label 0", ""}
	for i := range d.Score[1] {
		d.Score[1][i] = math.NaN()
	}
	d.Paired, d.Pair = [][2]int{{0, 1}}, make([]string, len(d.ID))
	lines := must(t)(d.Measure(t.Context(), pairedSettings()))
	if got, want := line(t, lines, "auroc", "probe", "b", "a", "").Estimate.Reason, "no probe could be trained on b: fold 0 leaves no row of label 0"; got != want {
		t.Errorf("found %q, expected %q", got, want)
	}
	if e := line(t, lines, "auroc", "probe", "a", "b", "").Estimate; !e.OK() {
		t.Errorf("a on b: %s", e.Reason)
	}
	if got, want := line(t, lines, "auroc_change", "probe", "a", "b-a", "").Estimate.Reason, "a and b have no pair in common"; got != want {
		t.Errorf("found %q, expected %q", got, want)
	}
	if got := line(t, lines, "auroc_change", "probe", "b", "b-a", "").Estimate.Reason; !strings.HasPrefix(got, "no probe could be trained on b") {
		t.Errorf("found %q", got)
	}
	d.Untrained = d.Untrained[:1]
	if _, err := d.Measure(t.Context(), pairedSettings()); err == nil {
		t.Error("reasons of one set for three are accepted")
	}
}
