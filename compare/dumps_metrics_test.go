package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// metricTargets are a target of every kind but labels 0 and 1, on n rows.
func metricTargets(n int) map[target.Kind]target.Column {
	x, share, judges := make([]float64, n), make([]float64, n), make([]float64, n)
	names := make([]string, n)
	for i := range n {
		x[i] = float64((7 * i) % 11)
		judges[i] = float64(3 + i%4)
		share[i] = math.Round(judges[i]*x[i]/10) / judges[i]
		names[i] = []string{"a", "b", "c"}[i%11%3]
	}
	ordinal, err := target.Ordinal(names, []string{"a", "b", "c"})
	if err != nil {
		panic(err)
	}
	return map[target.Kind]target.Column{
		target.KindNumber: target.Number(x), target.KindShare: target.Share(share, judges),
		target.KindClass: target.Classes(names), target.KindOrdinal: ordinal,
	}
}

// scoresOf are scores of a target: more of the truth the smaller the noise is.
func scoresOf(y target.Column, noise float64, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 3))
	width := metric.Width(y)
	score := make([]float64, y.Len()*width)
	for i := range y.Len() {
		switch {
		case y.Kind == target.KindNumber:
			score[i] = y.Values[i] + 10*noise*rng.NormFloat64()
		case width == 1:
			score[i] = expit(3*(y.Values[i]-0.5) + noise*rng.NormFloat64())
		default:
			total := 0.0
			of := score[i*width : (i+1)*width]
			for k := range of {
				of[k] = math.Exp(noise * rng.NormFloat64())
				if k == int(y.Values[i]) {
					of[k] *= 2
				}
				total += of[k]
			}
			for k := range of {
				of[k] /= total
			}
		}
	}
	return score
}

func metricDumps(t *testing.T, d MetricDumps) []Line {
	t.Helper()
	n := d.Target.Len()
	d.Names, d.ID, d.Group = [2]string{"before", "after"}, numberedIDs(n), make([]int, n)
	for i := range n {
		d.Group[i] = i / 2
	}
	lines, err := d.Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 200, Seed: 2}})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func at(t *testing.T, lines []Line, train, test, key string) estimate.Estimate {
	t.Helper()
	for _, l := range lines {
		if l.Train == train && l.Test == test && l.Key == key {
			return l.Estimate
		}
	}
	t.Fatalf("found no %s of %s on %s", key, train, test)
	return estimate.Estimate{}
}

// A change is the paired difference of the metric itself; of identical dumps it is
// exactly 0.
func TestMetricDumps(t *testing.T) {
	const n = 120
	for kind, y := range metricTargets(n) {
		t.Run(string(kind), func(t *testing.T) {
			a, b, c := scoresOf(y, 0.3, 1), scoresOf(y, 1.5, 2), scoresOf(y, 3, 3)
			lines := metricDumps(t, MetricDumps{Target: y, Score: [2][]float64{a, b}, Frozen: c, Margin: 0.05})
			group := make([]int, n)
			for i := range n {
				group[i] = i / 2
			}
			for _, other := range []struct {
				train string
				score []float64
			}{{"", b}, {"before", c}} {
				want, err := metric.Compare(y, other.score, a, group, estimate.Bootstrap{Draws: 200, Seed: 2})
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range want {
					e := at(t, lines, other.train, "after-before", m.Key+"_change")
					if fmt.Sprint(e) != fmt.Sprint(m.Estimate) {
						t.Errorf("change of %s is %v, want %v", m.Key, e, m.Estimate)
					}
					of, _ := metric.Named(m.Key)
					flags := strings.Join(e.Flags(), " ")
					if e.Excludes(0) != strings.Contains(flags, Different) {
						t.Errorf("change of %s, %v, has the flags %s", m.Key, e, flags)
					}
					if strings.Contains(flags, Equivalent) && !hasMargin(of) {
						t.Errorf("%s is in %s and called equivalent", m.Key, of.Unit)
					}
				}
			}
			whole, _ := metric.Evaluate(y, c, group, estimate.Bootstrap{Draws: 200, Seed: 2})
			for _, m := range whole {
				if e := at(t, lines, "before", "after", m.Key); fmt.Sprint(e) != fmt.Sprint(m.Estimate) {
					t.Errorf("%s of the frozen probe is %v, want %v", m.Key, e, m.Estimate)
				}
			}

			for _, l := range metricDumps(t, MetricDumps{Target: y, Score: [2][]float64{a, a}, Frozen: a, Margin: 0.05}) {
				if strings.HasSuffix(l.Key, "_change") && (l.Estimate.Value != 0 || l.Estimate.Flags()[0] != Identical) {
					t.Errorf("%s of identical dumps is %v", l.Key, l.Estimate)
				}
			}
		})
	}
}

// Equivalence needs a narrow interval: two probes with hardly any noise have it, two
// wide ones do not.
func TestMetricDumpsMargin(t *testing.T) {
	y := metricTargets(200)[target.KindShare]
	for _, c := range []struct {
		noise, margin float64
		want          string
	}{{0.05, 0.1, Equivalent}, {2, 0.02, NotShown}} {
		lines := metricDumps(t, MetricDumps{Target: y, Score: [2][]float64{scoresOf(y, c.noise, 1), scoresOf(y, c.noise, 2)}, Margin: c.margin})
		if flags := strings.Join(at(t, lines, "", "after-before", "spearman_change").Flags(), " "); !strings.Contains(flags, c.want) {
			t.Errorf("noise %v, margin %v: found %q, want %s", c.noise, c.margin, flags, c.want)
		}
	}
}

// The probe of a set on a set is its metrics there, and what it recovers is beside the
// set's own probe.
func TestMetricTransfer(t *testing.T) {
	const n = 120
	for kind, y := range metricTargets(n) {
		t.Run(string(kind), func(t *testing.T) {
			d := MetricTransfer{
				Sets: []string{"a", "b", "none", "empty"}, ID: numberedIDs(n), Group: make([]int, n), Target: y,
				Score: [][]float64{scoresOf(y, 0.3, 1), scoresOf(y, 0.8, 2), nil, scoresOf(y, 1, 3)}, Untrained: []string{"", "", "too few", ""},
				In: [][]bool{make([]bool, n), make([]bool, n), make([]bool, n), make([]bool, n)},
			}
			var rows []int
			for i := range n {
				d.Group[i] = i / 2
				d.In[0][i], d.In[1][i], d.In[2][i] = i < 70, i >= 50, i%3 == 0
				if i >= 50 {
					rows = append(rows, i)
				}
			}
			lines, err := d.Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 100}})
			if err != nil {
				t.Fatal(err)
			}
			head, _ := metric.Headline(kind)
			value := func(a int) float64 {
				v, err := head.Value(y.At(rows), d.scores(a, rows), nil)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			ab, bb := value(0), value(1)
			if e := at(t, lines, "a", "b", head.Key); e.Value != ab || e.N != 70 {
				t.Errorf("found %v, want %v", e, ab)
			}
			if e := at(t, lines, "a", "b", KeyRecovery); math.Abs(e.Value-(ab-head.Chance)/(bb-head.Chance)) > 1e-12 {
				t.Errorf("recovery: found %v, want %v", e, (ab-head.Chance)/(bb-head.Chance))
			}
			for _, c := range [][3]string{{"none", "a", "no probe could be trained on none: too few"}, {"a", "empty", "set empty is empty"}} {
				for _, key := range []string{head.Key, KeyRecovery} {
					if e := at(t, lines, c[0], c[1], key); e.Reason != c[2] {
						t.Errorf("%s of %s on %s: found %v, want %q", key, c[0], c[1], e, c[2])
					}
				}
			}
			if e := at(t, lines, "a", "none", KeyRecovery); e.OK() {
				t.Errorf("recovery of what no own probe reads: found %v", e)
			}
			d.Score[0] = d.Score[0][1:]
			if _, err := d.Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 100}}); err == nil || !strings.Contains(err.Error(), "set a: found") {
				t.Errorf("found error %v", err)
			}
		})
	}
}
