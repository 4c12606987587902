package gap_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
	"tell/gap"
)

func TestObserversAgainstScipy(t *testing.T) {
	ref := readReference(t)
	if len(ref.Observers) == 0 {
		t.Fatal("the reference lacks observers")
	}
	for _, want := range ref.Observers {
		p, b := gap.Observer{DPrime: want.ProbeD, Criterion: want.ProbeC}, gap.Observer{DPrime: want.BehaviourD, Criterion: want.BehaviourC}
		near := func(what string, got, want float64) {
			t.Helper()
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("%+v and %+v: %s %v, scipy %v", p, b, what, got, want)
			}
		}
		near("hit rate of the probe", p.Rates().Hit, want.HitP)
		near("alarm rate of the probe", p.Rates().Alarm, want.AlarmP)
		near("hit rate of the behaviour", b.Rates().Hit, want.HitB)
		near("alarm rate of the behaviour", b.Rates().Alarm, want.AlarmB)
		near("d' from the rates", b.Rates().Observe().DPrime, want.BehaviourD)
		near("criterion from the rates", b.Rates().Observe().Criterion, want.BehaviourC)
		near("net gap", gap.NetAt(want.Pi, p.Rates(), b.Rates()), want.Net)
		near("difference of accuracies", p.Accuracy(want.Pi)-b.Accuracy(want.Pi), want.Net)
		s, c := gap.Decompose(want.Pi, p, b)
		near("part from sensitivity", s, want.Sensitivity)
		near("part from the criterion", c, want.Criterion)
		root, ok := gap.Root(p.Rates(), b.Rates())
		if ok != (want.Root != nil) {
			t.Errorf("%+v and %+v: a root is found: %t, by scipy: %t", p, b, ok, want.Root != nil)
		} else if ok {
			near("root", root, *want.Root)
		}
	}
}

// The parts sum to the gap, and what does not differ has no part.
func TestDecompose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) gap.Observer {
			return gap.Observer{DPrime: rapid.Float64Range(-4, 4).Draw(t, name+" d'"), Criterion: rapid.Float64Range(-3, 3).Draw(t, name+" criterion")}
		}
		p, b, pi := draw("probe"), draw("behaviour"), rapid.Float64Range(0, 1).Draw(t, "base rate")
		s, c := gap.Decompose(pi, p, b)
		if gap := p.Accuracy(pi) - b.Accuracy(pi); math.Abs(s+c-gap) > 1e-12 {
			t.Fatalf("parts %v and %v of a gap of %v", s, c, gap)
		}
		if s, _ := gap.Decompose(pi, p, gap.Observer{DPrime: p.DPrime, Criterion: b.Criterion}); s != 0 {
			t.Fatalf("equal d', and a part of %v", s)
		}
		if _, c := gap.Decompose(pi, p, gap.Observer{DPrime: b.DPrime, Criterion: p.Criterion}); c != 0 {
			t.Fatalf("equal criteria, and a part of %v", c)
		}
	})
}

// The correction moves the rates, and the parts sum to what is left.
func TestPartsSumToTheCorrectedGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawData(t)
		r, err := gap.Measure(d, few)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := r.Item(gap.KeyFromSensitivity)
		c, _ := r.Item(gap.KeyFromCriterion)
		if !s.Estimate.OK() {
			return
		}
		var n, p, b [2]float64
		for i, y := range d.Label {
			if d.Behaviour[i] != gap.Neither {
				n[y]++
				p[y] += float64(d.Prediction[i])
				b[y] += float64(d.Behaviour[i])
			}
		}
		rates := func(k [2]float64) gap.Rates {
			return gap.Rates{Hit: (k[1] + 0.5) / (n[1] + 1), Alarm: (k[0] + 0.5) / (n[0] + 1)}
		}
		want := gap.NetAt(n[1]/(n[0]+n[1]), rates(p), rates(b))
		if got := s.Estimate.Value + c.Estimate.Value; math.Abs(got-want) > 1e-12 {
			t.Fatalf("parts sum to %v, the corrected net gap is %v", got, want)
		}
	})
}

// relabelled maps a key to the one that has its place when the labels are named
// the other way round, and the value that it then has.
func relabelled(key string) (twin string, turn func(float64) float64) {
	same := func(x float64) float64 { return x }
	minus := func(x float64) float64 { return -x }
	rest := func(x float64) float64 { return 1 - x }
	switch key {
	case gap.KeyHitProbe, gap.KeyHitBehaviour:
		return strings.Replace(key, "hit", "alarm", 1), rest
	case gap.KeyAlarmProbe, gap.KeyAlarmBehaviour:
		return strings.Replace(key, "alarm", "hit", 1), rest
	case gap.KeyCriterionProbe, gap.KeyCriterionBehaviour, gap.KeyCriterionDifference:
		return key, minus
	case gap.KeyBaseRate, gap.KeyBaseRateRoot:
		return key, rest
	}
	return strings.NewReplacer("_b0", "_b1", "_b1", "_b0", "_y0", "_y1", "_y1", "_y0",
		"_at_05", "_at_95", "_at_25", "_at_75", "_at_75", "_at_25", "_at_95", "_at_05").Replace(key), same
}

// Naming the labels the other way round changes which behaviour is which, and
// nothing else.
func TestRelabelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawData(t)
		r, err := gap.Measure(d, few)
		if err != nil {
			t.Fatal(err)
		}
		other := d
		other.Label, other.Behaviour, other.Prediction = relabel(d.Label), relabel(d.Behaviour), relabel(d.Prediction)
		other.Calibrated, other.Text = relabel(d.Calibrated), relabel(d.Text)
		other.Score, other.Graded = slices.Clone(d.Score), slices.Clone(d.Graded)
		for i := range other.Score {
			other.Score[i], other.Graded[i] = -d.Score[i], -d.Graded[i]
		}
		q, err := gap.Measure(other, few)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range r.Items {
			key, turn := relabelled(it.Key)
			twin, _ := q.Item(key)
			if it.Estimate.OK() != twin.Estimate.OK() || math.Abs(turn(it.Estimate.Value)-twin.Estimate.Value) > 1e-9 {
				t.Fatalf("%s: %v, after relabelling %v", it.Key, it.Estimate, twin.Estimate)
			}
		}
	})
}

// A flag stands at the numbers that it is about, and says what decides them.
func TestFlagsOfSignalDetection(t *testing.T) {
	reached := []counted{{0, 0, 0, 9}, {0, 1, 0, 10}, {0, 0, 1, 11}, {1, 0, 1, 11}, {1, 1, 1, 4}, {1, 1, 0, 10}}
	seldom := []counted{{0, 0, 0, 9}, {0, 1, 0, 9}, {0, 0, 1, 11}, {1, 0, 1, 11}, {1, 1, 1, 4}, {1, 1, 0, 10}}
	agrees := []counted{{0, 0, 0, 11}, {0, 0, 1, 10}, {1, 0, 1, 14}, {1, 1, 1, 4}, {1, 1, 0, 10}}
	sure := []counted{{0, 0, 0, 11}, {0, 1, 0, 10}, {1, 0, 1, 11}, {1, 1, 1, 10}}
	for name, test := range map[string]struct {
		rows []counted
		key  string
		want string // flags of the estimate
		says string
	}{
		"both sides reached":       {reached, gap.KeyDPrimeDifference, "", ""},
		"a side not reached":       {agrees, gap.KeyCriterionBehaviour, "corrected-bound criterion-undefined", "no row of label 0 has behaviour 1"},
		"the number of rows":       {agrees, gap.KeyDPrimeDifference, "corrected-bound criterion-undefined", "how many rows there are (21)"},
		"a side seldom reached":    {seldom, gap.KeyDPrimeDifference, "few-rows", "the behaviour says 1 on 9 of 29 rows of label 0"},
		"an act that is rare":      {seldom, gap.KeyPredictsAct + "_y0", "few-rows", "only 9 rows of label 0 have behaviour 1"},
		"an act that is not":       {reached, gap.KeyPredictsAct + "_y0", "", ""},
		"the probe is not at it":   {agrees, gap.KeyDPrimeProbe, "", ""},
		"a probe never wrong":      {sure, gap.KeyDPrimeProbe, "corrected-bound corrected-bound", "the probe says 1 on none of 21 rows of label 0"},
		"nor is the behaviour":     {sure, gap.KeyDPrimeBehaviour, "", ""},
		"sign fixed by the rows":   {agrees, gap.KeyNet, "base-rate-dependent", "positive above it"},
		"sign the same everywhere": {sure, gap.KeyNet, "", ""},
	} {
		d := rowsOf(test.rows)
		d.Group = nil
		r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 200}})
		if err != nil {
			t.Fatal(err)
		}
		it, _ := r.Item(test.key)
		flags := slices.DeleteFunc(it.Estimate.Flags(), func(f string) bool { return f == estimate.Biased || f == estimate.DrawsLeftOut })
		if got := strings.Join(flags, " "); got != test.want {
			t.Errorf("%s: %s has flags %q, want %q", name, test.key, got, test.want)
		}
		if got := strings.Join(it.Estimate.Notes(), "\n"); !strings.Contains(got, test.says) {
			t.Errorf("%s: %s is noted to be %q, want %q", name, test.key, got, test.says)
		}
	}
}

func TestGradedBehaviour(t *testing.T) {
	at := func(graded func(i, label int) float64) *gap.Result {
		d := rowsOf([]counted{{0, 0, 0, 9}, {0, 1, 0, 3}, {0, gap.Neither, 1, 2}, {1, 0, 1, 8}, {1, 1, 1, 4}, {1, gap.Neither, 0, 2}})
		for i, y := range d.Label {
			d.Graded = append(d.Graded, graded(i, y))
		}
		r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 300}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	item := func(r *gap.Result, key string) estimate.Estimate {
		it, _ := r.Item(key)
		return it.Estimate
	}

	r := at(func(i, y int) float64 { return float64(i%7 + 3*y) })
	if e := item(r, gap.KeyAUROCBehaviour); e.N != 28 || len(r.Warnings) > 0 {
		t.Errorf("%d rows and warnings %v, want 28 rows, those of neither behaviour too, and no warning", e.N, r.Warnings)
	}
	r = at(func(i, y int) float64 {
		if i%2 == 0 {
			return math.NaN()
		}
		return float64(i%7 + 3*y)
	})
	for _, key := range []string{gap.KeyAUROCBehaviour, gap.KeyAUROCProbe, gap.KeyAUROCDifference} {
		if e := item(r, key); e.N != 14 {
			t.Errorf("%s rests on %d rows, want the 14 that state it", key, e.N)
		}
	}
	if len(r.Warnings) != 1 || r.Warnings[0].Code != gap.GradedMissing || !strings.Contains(r.Warnings[0].Text, "on 14 of 28 rows") {
		t.Errorf("a column that states half has warnings %v", r.Warnings)
	}
	r = at(func(i, y int) float64 { return float64(i%7 - 5*y) })
	if e := item(r, gap.KeyAUROCBehaviour); !slices.Contains(e.Flags(), gap.GradedWrongSign) || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Text, "its negative must be given") {
		t.Errorf("a column of the wrong sign has flags %v and warnings %v", e.Flags(), r.Warnings)
	}
	r = at(func(int, int) float64 { return 2 })
	if e := item(r, gap.KeyAUROCBehaviour); e.OK() || !slices.Contains(e.Flags(), gap.GradedOneValue) || len(r.Warnings) != 1 {
		t.Errorf("a column of one value has %v with flags %v and warnings %v", e, e.Flags(), r.Warnings)
	}
	r = at(func(int, int) float64 { return math.NaN() })
	if e := item(r, gap.KeyAUROCDifference); e.Reason != "the graded behaviour is stated on no row" {
		t.Errorf("a column that states nothing has %v", e)
	}
}

func TestSmallestGapSaysItsLevel(t *testing.T) {
	d := readReference(t).data()
	for level, want := range map[float64]string{
		0:   "cluster standard error over 40 groups, two-sided test at 5%, power 80%",
		0.9: "cluster standard error over 40 groups, two-sided test at 10%, power 80%",
	} {
		r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 20, Level: level}})
		if err != nil {
			t.Fatal(err)
		}
		if it, _ := r.Item(gap.KeySmallest); it.Estimate.Method != want {
			t.Errorf("at level %v: %q, want %q", level, it.Estimate.Method, want)
		}
	}
}

// A difference of two kinds of rows rests on both.
func TestKnownDifferenceCountsBothKinds(t *testing.T) {
	d := rowsOf([]counted{{0, 0, 0, 9}, {0, 1, 0, 3}, {1, 0, 1, 8}, {1, 1, 1, 4}})
	for i := range d.Label {
		d.Knows = append(d.Knows, []int{0, 1, 1, gap.Unstated}[i%4])
	}
	r, err := gap.Measure(d, few)
	if err != nil {
		t.Fatal(err)
	}
	n := func(key string) int {
		it, _ := r.Item(key)
		return it.Estimate.N
	}
	if known, unknown, both := n(gap.KeyAgainstKnown), n(gap.KeyAgainstUnknown), n(gap.KeyAgainstDifference); known != 12 || unknown != 6 || both != 18 {
		t.Errorf("%d and %d rows, and their difference rests on %d, want 12, 6 and 18", known, unknown, both)
	}
}
