package compare

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tell/estimate"
	"tell/metric"
)

type pairedReference struct {
	Pairs []struct {
		Label, Group []int
		Score        [2][]float64
		Behaviour    [2][]int
		AUROC        [2]float64
		Accuracy     [2]float64
		Observed     [2]struct {
			DPrime    float64 `json:"d_prime"`
			Criterion float64
		}
		Share   float64
		Fieller struct {
			Roots     []float64
			Unbounded bool
		}
		McNemar    *struct{ Probe, Behaviour float64 }
		LogitShift float64 `json:"logit_shift"`
	}
	Thresholds []struct {
		Control, Score        []float64
		FPR, Realised, Recall float64
	}
	Dumps []struct {
		Label     []int
		Score     [2][]float64
		Margin, P float64
		Change    float64
		TPaired   float64 `json:"t_p"`
	}
}

func readPaired(t *testing.T) (ref pairedReference) {
	t.Helper()
	raw, err := os.ReadFile("../testdata/compare/paired/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

func numberedIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	return ids
}

var pairSettings = Settings{Bootstrap: estimate.Bootstrap{Draws: 400, Seed: 3}, Permutations: 99, Seed: 5}

func pairLine(t *testing.T, lines []Line, predictor, key, test string) Line {
	t.Helper()
	for _, l := range lines {
		if l.Predictor == predictor && l.Key == key && l.Test == test && l.Column == "" {
			return l
		}
	}
	t.Fatalf("no line %s %s %s", predictor, key, test)
	return Line{}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: found %v, expected %v", what, got, want)
	}
}

func TestConditionAgreesWithReference(t *testing.T) {
	for k, p := range readPaired(t).Pairs {
		d := Condition{Names: [2]string{"n", "p"}, Pair: numberedIDs(len(p.Label)), Group: p.Group,
			Label: [2][]int{p.Label, p.Label}, Score: p.Score, Behaviour: p.Behaviour}
		lines, err := d.Measure(t.Context(), pairSettings)
		if err != nil {
			t.Fatal(err)
		}
		for c, test := range d.Names {
			near(t, "auroc", pairLine(t, lines, "probe", "auroc", test).Estimate.Value, p.AUROC[c], 1e-12)
			near(t, "accuracy", pairLine(t, lines, "probe", "accuracy", test).Estimate.Value, p.Accuracy[c], 1e-12)
			near(t, "d'", pairLine(t, lines, "probe", "d_prime", test).Estimate.Value, p.Observed[c].DPrime, 1e-9)
			near(t, "criterion", pairLine(t, lines, "probe", "criterion", test).Estimate.Value, p.Observed[c].Criterion, 1e-9)
		}
		near(t, "fall", pairLine(t, lines, "probe", "accuracy_fall", "n-p").Estimate.Value, p.Accuracy[0]-p.Accuracy[1], 1e-12)
		near(t, "auroc change", pairLine(t, lines, "probe", "auroc_change", "p-n").Estimate.Value, p.AUROC[1]-p.AUROC[0], 1e-12)
		near(t, "d' change", pairLine(t, lines, "probe", "d_prime_change", "p-n").Estimate.Value, p.Observed[1].DPrime-p.Observed[0].DPrime, 1e-9)
		near(t, "criterion change", pairLine(t, lines, "probe", "criterion_change", "p-n").Estimate.Value, p.Observed[1].Criterion-p.Observed[0].Criterion, 1e-9)
		near(t, "logit shift", pairLine(t, lines, "probe", "logit_shift", "p-n").Estimate.Value, p.LogitShift, 1e-9)
		if p.McNemar != nil {
			near(t, "McNemar, probe", pairLine(t, lines, "probe", "accuracy_fall", "n-p").Null.P, p.McNemar.Probe, 1e-9)
			near(t, "McNemar, behaviour", pairLine(t, lines, "behaviour", "accuracy_fall", "n-p").Null.P, p.McNemar.Behaviour, 1e-9)
		}

		says := [2]decision{carried(p.Label, p.Score[0]), carried(p.Label, p.Score[1])}
		acts := [2]decision{acted(p.Label, p.Behaviour[0]), acted(p.Label, p.Behaviour[1])}
		m := meanMoments(fallOf(says[0], says[1]), fallOf(acts[0], acts[1]), p.Group)
		kind, low, high := m.fieller(0.95)
		if want := p.Fieller.Roots; len(want) != 2 || (kind == complement) != p.Fieller.Unbounded {
			t.Fatalf("pairs %d: kind %d, expected roots %v", k, kind, want)
		}
		near(t, "Fieller low", low, p.Fieller.Roots[0], 1e-8)
		near(t, "Fieller high", high, p.Fieller.Roots[1], 1e-8)

		share := pairLine(t, lines, "", "override_share", "p-n").Estimate
		switch kind {
		case bounded:
			near(t, "share", share.Value, p.Share, 1e-12)
			near(t, "share low", share.Interval.Low, 1-p.Fieller.Roots[1], 1e-8)
			near(t, "share high", share.Interval.High, 1-p.Fieller.Roots[0], 1e-8)
		default:
			if share.OK() || !slices.Contains(share.Flags(), FiellerComplement) {
				t.Errorf("pairs %d: found %v %v, expected no estimate and a complement", k, share, share.Flags())
			}
		}
		// Draws give the errors of means as well as a formula.
		drawn := drawnMoments(estimate.Bootstrap{Seed: 1, Draws: 4000}, p.Group, func(w []float64) (x, y estimate.Value) {
			return difference(says[0].accuracy(w), says[1].accuracy(w)), difference(acts[0].accuracy(w), acts[1].accuracy(w))
		})
		near(t, "variance by draws", drawn.aa/m.aa, 1, 0.12)
		near(t, "covariance by draws", (drawn.ab-m.ab)/math.Sqrt(m.aa*m.bb), 0, 0.08)
	}
}

func TestFiellerSets(t *testing.T) {
	for _, c := range []struct {
		m    moments
		kind ratioSet
	}{
		{moments{a: 0.1, b: 1, aa: 0.01, bb: 0.01, groups: 100}, bounded},
		{moments{a: 1, b: 0.1, aa: 0.01, bb: 0.01, groups: 100}, complement},
		{moments{a: 0.1, b: 0.1, aa: 0.01, bb: 0.01, groups: 100}, unbounded},
	} {
		kind, low, high := c.m.fieller(0.95)
		if kind != c.kind || low > high {
			t.Errorf("%+v: found %d from %v to %v", c.m, kind, low, high)
		}
		b := estimate.Estimate{Value: c.m.b, Interval: &estimate.Interval{Low: 0.05, High: 2}}
		share := c.m.share(0.95, 10, b)
		if share.Value != 1-c.m.a/c.m.b || (share.Interval != nil) != (kind == bounded) || (len(share.Flags()) == 0) != (kind == bounded) {
			t.Errorf("%+v: found %+v", c.m, share)
		}
		b.Interval.Low = -0.05
		if share := c.m.share(0.95, 10, b); share.OK() || (len(share.Flags()) == 0) != (kind == bounded) {
			t.Errorf("%+v: found %+v, expected none", c.m, share)
		}
		rises := estimate.Estimate{Value: -0.2, Interval: &estimate.Interval{Low: -0.3, High: -0.1}}
		if share := c.m.share(0.95, 10, rises); share.OK() || !strings.Contains(share.Reason, "rises, by 0.200 (0.100 to 0.300)") {
			t.Errorf("%+v: found %+v where the behaviour rises, expected none", c.m, share)
		}
	}
}

func TestRecallAgreesWithReference(t *testing.T) {
	for _, c := range readPaired(t).Thresholds {
		n := len(c.Control) + len(c.Score)
		d := Transfer{Sets: []string{"a", "control"}, ID: numberedIDs(n), Score: make([][]float64, 2), In: make([][]bool, 2), FPR: c.FPR, Control: 1}
		for i := range n {
			d.Group = append(d.Group, i)
			label, score := 1, 0.0
			if i < len(c.Control) {
				label, score = 0, c.Control[i]
			} else {
				score = c.Score[i-len(c.Control)]
			}
			d.Label = append(d.Label, label)
			for k := range 2 {
				d.Score[k] = append(d.Score[k], score)
				d.In[k] = append(d.In[k], (k == 1) == (label == 0))
			}
		}
		lines, err := d.Measure(t.Context(), pairSettings)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "realised", pairLine(t, lines, "probe", KeyRealisedFPR, "a").Estimate.Value, c.Realised, 1e-12)
		near(t, "recall", pairLine(t, lines, "probe", KeyRecallAtFPR, "a").Estimate.Value, c.Recall, 1e-12)
		if e := pairLine(t, lines, "probe", KeyRealisedFPR, "a").Estimate; e.Interval == nil || e.Value > c.FPR {
			t.Errorf("realised rate %v, expected an interval and at most %v", e, c.FPR)
		}
	}
}

// The words agree with the two one-sided t-tests and the t-test, but where a p is
// close to .05.
func TestDumpsAgreeWithReference(t *testing.T) {
	sure := 0
	for k, c := range readPaired(t).Dumps {
		n := len(c.Label)
		d := Dumps{Names: [2]string{"base", "tuned"}, ID: numberedIDs(n), Label: c.Label, Score: c.Score, Margin: c.Margin}
		for i := range n {
			d.Group = append(d.Group, i)
		}
		lines, err := d.Measure(t.Context(), pairSettings)
		if err != nil {
			t.Fatal(err)
		}
		e := pairLine(t, lines, "probe", KeyAccuracyChange, "tuned-base").Estimate
		near(t, "change", e.Value, c.Change, 1e-12)
		clear := func(p float64) bool { return p < 0.03 || p > 0.08 }
		for _, said := range []struct {
			code string
			p    float64
		}{{Equivalent, c.P}, {Different, c.TPaired}} {
			if !clear(said.p) {
				continue
			}
			sure++
			if slices.Contains(e.Flags(), said.code) != (said.p < 0.05) {
				t.Errorf("dumps %d: flags %v, but p of %q is %v", k, e.Flags(), said.code, said.p)
			}
		}
		if slices.Contains(e.Flags(), NotShown) == (slices.Contains(e.Flags(), Different) || slices.Contains(e.Flags(), Equivalent)) {
			t.Errorf("dumps %d: flags %v", k, e.Flags())
		}
	}
	if sure < 15 {
		t.Errorf("only %d p-values are far from .05", sure)
	}
}

func TestThresholdsThatDisagree(t *testing.T) {
	in := func(low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: (low + high) / 2, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
	}
	for _, c := range []struct {
		key              string
		carried, matched estimate.Estimate
		flagged          bool
	}{
		{KeyFall, in(0.1, 0.3), in(0.05, 0.2), false},
		{KeyFall, in(0.1, 0.3), in(-0.05, 0.2), true},
		{KeyFall, in(0.1, 0.3), in(-0.3, -0.2), true},
		{KeyFall, in(0.1, 0.3), estimate.Estimate{}, true},
		{KeyFall, in(0.1, 0.3), estimate.NotEstimable(3, 3, "none"), false},
		{KeyFall, in(-0.1, 0.3), in(-0.2, 0.2), false},
		{KeyOverride, in(0.5, 1.1), in(0.5, 0.9), true},
		{KeyOverride, in(0.5, 0.8), in(-0.1, 0.9), true},
		{KeyOverride, in(0.5, 0.8), in(0.1, 0.9), false},
		{KeyPersuadedExcess, in(0.5, 0.8), in(-0.1, 0.9), true},
		{KeyDPrimeChange, in(-1, 0.8), in(-2, -0.9), true},
		{KeyCriterionChange, in(-1, 0.8), in(-2, -0.9), false},
	} {
		lines := []Line{{Key: c.key, Estimate: c.carried, Test: "p-n"}, {Key: c.key + matchedSuffix, Estimate: c.matched, Test: "p-n"}, {Key: c.key + matchedSuffix, Predictor: "other", Test: "p-n", Estimate: in(7, 8)}}
		compareThresholds(lines)
		for k, l := range lines {
			if slices.Contains(l.Estimate.Flags(), ThresholdDependent) != (c.flagged && k < 2) {
				t.Errorf("%s %v and %v: flags of line %d are %v", c.key, c.carried, c.matched, k, l.Estimate.Flags())
			}
		}
	}
}

// The null's sum of ranks is the AUROC, ties and all.
func TestMidranksGiveTheAUROC(t *testing.T) {
	label := []int{1, 0, 0, 1, 1, 0, 0}
	score := []float64{0.5, 0.5, 0.1, 0.5, 0.9, 0.1, 0.9}
	want := metric.NewRanking(label, score).AUROC(nil).X
	sum := 0.0
	for i, r := range midranks(score) {
		sum += float64(label[i]) * r
	}
	near(t, "AUROC", (sum-3*4/2)/(3*4), want, 1e-12)

	d := Transfer{Sets: []string{"a"}, ID: numberedIDs(8), Group: []int{0, 1, 2, 3, 4, 5, 6, 7}, Control: -1,
		Label: []int{0, 1, 0, 1, 0, 1, 0, 1}, Score: [][]float64{{0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.3, 0.6}}, In: [][]bool{{true, true, true, true, true, true, true, true}}}
	s := pairSettings
	s.Permutations = 4000
	lines, err := d.Measure(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	l := pairLine(t, lines, "probe", KeyAUROC, "a")
	near(t, "mean of the null", l.Null.Mean, 0.5, 0.02)
	near(t, "p", l.Null.P, 1./70, 0.006) // one of the 70 arrangements puts all in order
}
