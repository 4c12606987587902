package estimate

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// meanOf is the weighted mean of x as a run of one statistic.
func meanOf(x []float64) Statistics {
	return func(w []float64, out []Value) {
		sum, total := 0.0, 0.0
		for i := range x {
			sum += w[i] * x[i]
			total += w[i]
		}
		out[0] = Value{X: sum / total}
	}
}

func varianceOf(x []float64) Statistics {
	return func(w []float64, out []Value) {
		var mean [1]Value
		meanOf(x)(w, mean[:])
		sum, total := 0.0, 0.0
		for i := range x {
			sum += w[i] * (x[i] - mean[0].X) * (x[i] - mean[0].X)
			total += w[i]
		}
		out[0] = Value{X: sum / total}
	}
}

func TestIntervalsAgainstScipy(t *testing.T) {
	var reference struct {
		Tails []struct {
			Level  float64
			Groups int
			Tail   float64
		}
		Intervals []struct {
			Name             string
			Sample           []float64
			Value, Low, High float64
		}
	}
	readJSON(t, "../testdata/estimate/reference.json", &reference)
	for _, want := range reference.Tails {
		got := expandedTail(want.Level, want.Groups)
		if math.Abs(got-want.Tail) > 1e-9*want.Tail+1e-15 {
			t.Errorf("tail at level %v with %d groups: %v, scipy %v", want.Level, want.Groups, got, want.Tail)
		}
	}
	statistics := map[string]func([]float64) Statistics{"mean": meanOf, "variance": varianceOf}
	for _, want := range reference.Intervals {
		got := Bootstrap{Draws: 40_000, Seed: 1}.Estimate(alone(len(want.Sample)), 1, statistics[want.Name](want.Sample))[0]
		if math.Abs(got.Value-want.Value) > 1e-12 {
			t.Errorf("%s: %v, numpy %v", want.Name, got.Value, want.Value)
		}
		tolerance := 0.02 * (want.High - want.Low)
		if math.Abs(got.Interval.Low-want.Low) > tolerance || math.Abs(got.Interval.High-want.High) > tolerance {
			t.Errorf("%s: %v, scipy [%.4f, %.4f]", want.Name, got, want.Low, want.High)
		}
	}
}

// The draws of a mean over groups of equal size have the closed-form variance
// Σ(m_g - m)²/g² around the mean.
func TestDrawsHaveTheMomentsOfGroups(t *testing.T) {
	const groups, each = 50, 4
	r := rand.New(Source(3, 0))
	var x []float64
	var code []int
	means := make([]float64, groups)
	for g := range groups {
		shared := r.NormFloat64()
		for range each {
			x = append(x, shared+r.NormFloat64())
			code = append(code, 10*g)
			means[g] += x[len(x)-1] / each
		}
	}
	b := Bootstrap{Draws: 20_000, Seed: 5}.withDefaults()
	draws := b.draw(clustersOf(code), 1, meanOf(x))[0]
	mean, sd := stat.MeanStdDev(draws, nil)
	want := math.Sqrt(stat.PopVariance(means, nil) / groups)
	if math.Abs(mean-stat.Mean(x, nil)) > 4*want/math.Sqrt(20_000) {
		t.Errorf("mean of draws %v, mean of rows %v", mean, stat.Mean(x, nil))
	}
	if math.Abs(sd/want-1) > 0.03 {
		t.Errorf("standard deviation of draws %v, closed form %v", sd, want)
	}
}

func TestDrawsWeighWholeGroups(t *testing.T) {
	code := []int{7, 7, 3, 7, 3, 9}
	Bootstrap{Draws: 50}.Estimate(code, 1, func(w []float64, out []Value) {
		if w[0] != w[1] || w[0] != w[3] || w[2] != w[4] {
			t.Errorf("weights %v split a group", w)
		}
	})
}

func TestWorkersDoNotChangeTheResult(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SliceOfN(rapid.IntRange(0, 8), 1, 40).Draw(t, "groups")
		x := rapid.SliceOfN(rapid.Float64Range(-5, 5), len(code), len(code)).Draw(t, "x")
		b := Bootstrap{Draws: 100, Seed: rapid.Uint64().Draw(t, "seed"), Workers: 1}
		one := b.Estimate(code, 1, meanOf(x))
		b.Workers = rapid.IntRange(2, 9).Draw(t, "workers")
		if many := b.Estimate(code, 1, meanOf(x)); toJSON(one) != toJSON(many) {
			t.Fatalf("%d workers give %s, one gives %s", b.Workers, toJSON(many), toJSON(one))
		}
	})
}

// Numbers whose squares underflow, and tails beyond what a normal quantile can
// tell, once gave a level of NaN.
func TestIntervalsAtTheEdgeOfFloats(t *testing.T) {
	tiny := []float64{1.3625471488026082e-107, 3.4063678720065206e-108, 6.812735744013041e-108}
	plain := []float64{1, 5, 2}
	for _, test := range []struct {
		x     []float64
		level float64
	}{{tiny, 0.95}, {plain, 0.9999}, {[]float64{1e200, 5e200, 2e200}, 0.95}} {
		e := Bootstrap{Draws: 100, Level: test.level}.Estimate([]int{0, 0, 1}, 1, meanOf(test.x))[0]
		if e.Interval == nil || !(e.Interval.Low <= e.Value && e.Value <= e.Interval.High) {
			t.Errorf("mean of %v at level %v: %+v, want an interval around the value", test.x, test.level, e)
		}
	}
}

func TestDifferencesArePaired(t *testing.T) {
	x := []float64{1, 5, 2, 8, 3, 9, 4, 4}
	got := Bootstrap{}.Estimate(alone(len(x)), 1, func(w []float64, out []Value) {
		var a, b [1]Value
		meanOf(x)(w, a[:])
		meanOf(x)(w, b[:])
		out[0].X = a[0].X - b[0].X
	})[0]
	if got.Value != 0 || got.Interval != nil || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0].Text, "the same value") {
		t.Errorf("a statistic less itself: %+v", got)
	}
}

func TestWithoutInterval(t *testing.T) {
	value := func(x float64, reason string) Statistics {
		return func(w []float64, out []Value) { out[0] = Value{x, reason} }
	}
	// unlessDrawn has a value only where group 0 has the weight it started with.
	unlessDrawn := func(w []float64, out []Value) {
		out[0].X = w[1]
		if w[0] != 1 {
			out[0].Reason = "group 0 counts otherwise"
		}
	}
	lowest := func(w []float64, out []Value) { // all rows: the least any draw can give
		for _, x := range w {
			out[0].X += math.Abs(x - 1)
		}
	}
	// biased is the mean plus what resampling alone adds to it.
	biased := func(w []float64, out []Value) {
		for i, x := range w {
			out[0].X += (float64(i%2)*x + 0.1*math.Abs(x-1)) / float64(len(w))
		}
	}
	for _, test := range []struct {
		name   string
		groups []int
		f      Statistics
		want   string
	}{
		{"no rows", nil, value(0, "no rows"), "no rows"},
		{"infinite", []int{1, 2}, value(math.Inf(1), ""), "the value is +Inf"},
		{"one group", []int{4, 4, 4}, value(2, ""), "all rows are in one group"},
		{"constant", alone(30), value(2, ""), "every bootstrap draw gave the same value"},
		{"mostly missing", alone(30), unlessDrawn, "bootstrap draws gave no value"},
		{"one side", alone(30), lowest, "on one side of the value"},
		{"biased", alone(200), biased, "too biased"},
	} {
		got := Bootstrap{}.Estimate(test.groups, 1, test.f)[0]
		if got.Interval != nil || !strings.Contains(got.Reason+strings.Join(got.Notes(), ";"), test.want) {
			t.Errorf("%s: %+v, want no interval and %q", test.name, got, test.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	// Missing where the weight of row 0 is 4 or more, in about 2% of draws.
	seldomMissing := func(x []float64) Statistics {
		return func(w []float64, out []Value) {
			meanOf(x)(w, out)
			if w[0] >= 4 {
				out[0].Reason = "too much of row 0"
			}
		}
	}
	x := make([]float64, 60)
	for i := range x {
		x[i] = float64(i * i % 17)
	}
	got := Bootstrap{}.Estimate(alone(60), 1, seldomMissing(x))[0]
	if got.Interval == nil || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0].Text, "of 2000 bootstrap draws gave no value and are left out") {
		t.Errorf("draws without a value: %+v", got)
	}
	got = Bootstrap{}.Estimate(alone(12), 1, meanOf(x[:12]))[0]
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0].Text, "only 12 groups") {
		t.Errorf("few groups: %+v", got)
	}
}

func TestJackknifeOfManyGroupsLeavesOutEachGroupOnce(t *testing.T) {
	const groups = 450
	b := Bootstrap{}.withDefaults()
	left := make([]float64, groups)
	b.Workers = 1
	b.jackknife(clustersOf(alone(groups)), 1, func(w []float64, out []Value) {
		for i, x := range w {
			left[i] += 1 - x
		}
	})
	if slices.Max(left) != 1 || slices.Min(left) != 1 {
		t.Errorf("groups were left out between %v and %v times", slices.Min(left), slices.Max(left))
	}
}

func TestImpossibleSettingsPanic(t *testing.T) {
	for _, b := range []Bootstrap{{Draws: -1}, {Workers: -1}, {Level: 1}, {Level: math.NaN()}} {
		if b.Check() == nil {
			t.Errorf("%+v passes the check", b)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is accepted", b)
				}
			}()
			b.Estimate([]int{1}, 0, func([]float64, []Value) {})
		}()
	}
}

// Streams must differ and be reproducible.
func TestSource(t *testing.T) {
	seen := make(map[uint64]bool)
	for seed := range uint64(30) {
		for k := range uint64(30) {
			x := Source(seed, k).Uint64()
			if x != Source(seed, k).Uint64() || seen[x] {
				t.Fatalf("stream %d of seed %d is not its own", k, seed)
			}
			seen[x] = true
		}
	}
}

func alone(n int) []int {
	code := make([]int, n)
	for i := range code {
		code[i] = i
	}
	return code
}

func toJSON(x any) string {
	data, err := json.Marshal(x)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
