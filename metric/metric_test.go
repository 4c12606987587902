package metric_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

func ExampleEvaluate() {
	// Ten questions, each asked in two ways.
	var y, question []int
	var p []float64
	for i := range 20 {
		y = append(y, i%2)
		p = append(p, 0.35+0.2*float64(i%2)+0.07*float64(i*i%5))
		question = append(question, i/2)
	}
	measured, err := metric.Evaluate(target.Binary(y), p, question, estimate.Bootstrap{})
	if err != nil {
		fmt.Println(err)
	}
	for _, m := range measured {
		fmt.Printf("%s: %v\n", m.Key, m.Estimate)
	}
	// Output:
	// auroc: 0.76 [0.44, 0.95]
	// accuracy: 0.80 [0.60, 0.95]
	// balanced_accuracy: 0.80 [0.60, 0.95]
	// log_loss: 0.54 [0.45, 0.64]
	// brier: 0.18 [0.14, 0.23]
	// ece: 0.25 [0.13, 0.35]
}

type metricsReference struct {
	Name             string
	Y                []int
	P, W             []float64
	AUROC, Accuracy  float64
	BalancedAccuracy float64 `json:"balanced_accuracy"`
	LogLoss          float64 `json:"log_loss"`
	Brier, ECE       float64
	Bins             []struct {
		Low      float64
		N        int
		MeanP    float64 `json:"mean_p"`
		Observed float64
	}
}

func readMetricsReference(t *testing.T) []metricsReference {
	t.Helper()
	data, err := os.ReadFile("../testdata/metrics/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []metricsReference
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

var fewDraws = estimate.Bootstrap{Draws: 20}

func TestMetricsAgainstScikitLearn(t *testing.T) {
	for _, c := range readMetricsReference(t) {
		want := map[string]float64{
			"auroc": c.AUROC, "accuracy": c.Accuracy, "balanced_accuracy": c.BalancedAccuracy,
			"log_loss": c.LogLoss, "brier": c.Brier, "ece": c.ECE,
		}
		for _, m := range metric.For(target.KindBinary) {
			got, err := m.Value(target.Binary(c.Y), c.P, c.W)
			if err != nil || !(math.Abs(got-want[m.Key]) <= 1e-12) {
				t.Errorf("%s: %s = %v, %v, scikit-learn %v", c.Name, m.Key, got, err, want[m.Key])
			}
		}
		bins, err := metric.Calibration(target.Binary(c.Y), c.P, alone(len(c.Y)), fewDraws)
		if err != nil || len(bins) != len(c.Bins) {
			t.Errorf("%s: %d calibration bins, %v, want %d", c.Name, len(bins), err, len(c.Bins))
			continue
		}
		for k, want := range c.Bins {
			got := bins[k]
			if got.Low != want.Low || got.N != want.N || got.Observed.N != want.N ||
				math.Abs(got.MeanP-want.MeanP) > 1e-12 || math.Abs(got.Observed.Value-want.Observed) > 1e-12 {
				t.Errorf("%s: calibration bin %+v, want %+v", c.Name, got, want)
			}
		}
	}
}

// Evaluate gives the same numbers as Value, and weights that repeat rows are those rows repeated.
func TestEvaluateAgreesWithValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, p := drawScores(t)
		n := len(y)
		var ry []int
		var rp, w []float64
		for i := range n {
			k := rapid.IntRange(0, 3).Draw(t, "times")
			w = append(w, float64(k))
			for range k {
				ry, rp = append(ry, y[i]), append(rp, p[i])
			}
		}
		for _, m := range evaluate(ry, rp, alone(len(ry)), fewDraws) {
			one, _ := metric.Named(m.Key)
			got, err := one.Value(target.Binary(y), p, w)
			if (err == nil) != m.Estimate.OK() || err == nil && math.Abs(got-m.Estimate.Value) > 1e-9 {
				t.Fatalf("%s: weighted %v, %v, repeated %v", m.Key, got, err, m.Estimate)
			}
		}
	})
}

// evaluate measures what is known to be well formed.
func evaluate(y []int, p []float64, group []int, b estimate.Bootstrap) []metric.Measured {
	m, err := metric.Evaluate(target.Binary(y), p, group, b)
	if err != nil {
		panic(err)
	}
	return m
}

func compare(y []int, p, q []float64, group []int, b estimate.Bootstrap) []metric.Measured {
	m, err := metric.Compare(target.Binary(y), p, q, group, b)
	if err != nil {
		panic(err)
	}
	return m
}

func TestAUROCIsTheShareOfPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, p := drawScores(t)
		pairs, above := 0., 0.
		for i := range y {
			for j := range y {
				if y[i] == 1 && y[j] == 0 {
					pairs++
					switch {
					case p[i] > p[j]:
						above++
					case p[i] == p[j]:
						above += 0.5
					}
				}
			}
		}
		got, err := metric.AUROC(y, p)
		if (err == nil) != (pairs > 0) || err == nil && math.Abs(got-above/pairs) > 1e-12 {
			t.Fatalf("%v, %v, pairs %v of %v", got, err, above, pairs)
		}
	})
}

func TestCompareIsPaired(t *testing.T) {
	r := rand.New(estimate.Source(1, 0))
	var y, group []int
	var p, q []float64
	for i := range 300 {
		y, group = append(y, r.IntN(2)), append(group, i/3)
		z := float64(2*y[i]-1) + r.NormFloat64()
		p = append(p, 1/(1+math.Exp(-2*z)))
		q = append(q, 1/(1+math.Exp(-2*(z+0.3*r.NormFloat64()))))
	}
	b := estimate.Bootstrap{Draws: 500}
	mp, mq, d := metric.Of("auroc", evaluate(y, p, group, b)), metric.Of("auroc", evaluate(y, q, group, b)), metric.Of("auroc", compare(y, p, q, group, b))
	if math.Abs(d.Value-(mp.Value-mq.Value)) > 1e-12 {
		t.Errorf("difference %v of %v and %v", d, mp, mq)
	}
	width := func(e estimate.Estimate) float64 { return e.Interval.High - e.Interval.Low }
	if width(d) > width(mp)/2 {
		t.Errorf("paired difference %v of scores that nearly agree is as uncertain as %v", d, mp)
	}
	for _, m := range compare(y, p, p, group, b) {
		if e := m.Estimate; e.Value != 0 || e.Interval != nil {
			t.Errorf("%s: a score less itself is %v", m.Key, e)
		}
	}
}

// What one of two scores does not have, their difference does not have either, in no draw.
func TestCompareNeedsBoth(t *testing.T) {
	y := target.Number([]float64{1, 2, 3, 4, 5, 6, 7, 8})
	known, constant := []float64{1, 3, 2, 4, 6, 5, 7, 8}, make([]float64, 8)
	for _, pair := range [][2][]float64{{known, constant}, {constant, known}} {
		list, err := metric.Compare(y, pair[0], pair[1], nil, fewDraws)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			ranks := m.Key == "spearman" || m.Key == "kendall_tau_b"
			if m.Estimate.OK() == ranks || ranks && !strings.Contains(m.Estimate.Reason, "every row has the same score") {
				t.Errorf("%s: %v", m.Key, m.Estimate)
			}
		}
	}
}

func TestOneClass(t *testing.T) {
	for _, m := range evaluate([]int{1, 1, 1}, []float64{0.2, 0.8, 0.9}, alone(3), fewDraws) {
		switch e := m.Estimate; m.Key {
		case "auroc", "balanced_accuracy":
			if e.Reason != "every row has label 1" || e.N != 3 {
				t.Errorf("%s of one class: %v", m.Key, e)
			}
		default:
			if !e.OK() {
				t.Errorf("%s of one class: %v", m.Key, e)
			}
		}
	}
}

func TestWhatIsNoProbability(t *testing.T) {
	y, group := target.Binary([]int{0, 1, 0}), alone(3)
	good := []float64{0.1, 0.2, 0.3}
	for _, bad := range []float64{math.NaN(), math.Inf(1), -0.1, 1.0001} {
		p := []float64{0.5, bad, 0.5}
		want := fmt.Sprintf("score of row 1 is %v", bad)
		_, first := metric.Evaluate(y, p, group, fewDraws)
		_, second := metric.Compare(y, good, p, group, fewDraws)
		_, third := metric.Compare(y, p, good, group, fewDraws)
		_, fourth := metric.Calibration(y, p, group, fewDraws)
		brier, _ := metric.Named("brier")
		_, fifth := brier.Value(y, p, nil)
		for k, err := range []error{first, second, third, fourth, fifth} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("call %d with %v: error %v, want one that says %q", k, bad, err, want)
			}
		}
	}
	if _, err := metric.AUROC([]int{0, 1, 0}, []float64{0, math.NaN(), 1}); err == nil {
		t.Error("AUROC ranks NaN")
	}
	if x, err := metric.AUROC([]int{0, 1, 0}, []float64{-8, math.Inf(1), 3}); x != 1 || err != nil {
		t.Errorf("AUROC of scores that are no probabilities: %v, %v, want 1", x, err)
	}
}

func TestWhatCannotBeMeasured(t *testing.T) {
	p, group := []float64{0.1, 0.2, 0.3}, alone(3)
	for _, test := range []struct {
		name  string
		y     target.Column
		p     []float64
		group []int
		want  string
	}{
		{"labels", target.Binary([]int{0, 1, 2}), p, group, "row 2: found 2, expected label 0 or 1"},
		{"rows", target.Binary([]int{0, 1}), p, group, "found 3 scores for 2 rows"},
		{"groups", target.Binary([]int{0, 1, 1}), p, group[:2], "found 2 groups for 3 rows"},
		{"not stated", target.Column{Kind: target.KindBinary, Values: []float64{0, 1, math.NaN()}, Levels: []string{"a", "b"}}, p, group, "row 2 has no label"},
	} {
		_, err := metric.Evaluate(test.y, test.p, test.group, fewDraws)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that says %q", test.name, err, test.want)
		}
	}
	percent := estimate.Bootstrap{Level: 95}
	_, evaluated := metric.Evaluate(target.Binary([]int{0, 1, 1}), p, group, percent)
	_, compared := metric.Compare(target.Binary([]int{0, 1, 1}), p, p, group, percent)
	_, calibrated := metric.Calibration(target.Binary([]int{0, 1, 1}), p, group, percent)
	for _, err := range []error{evaluated, compared, calibrated} {
		if err == nil || !strings.Contains(err.Error(), "found level 95, expected one between 0 and 1") {
			t.Errorf("a level of 95: %v", err)
		}
	}
	mine := metric.Metric{Key: "mine", Kinds: target.Kinds()}
	if _, err := mine.Value(target.Binary([]int{0, 1, 1}), p, nil); err == nil {
		t.Error("a metric that was not taken from the list has a value")
	}
	auroc, _ := metric.Named("auroc")
	if _, err := auroc.Value(target.Number(p), p, nil); err == nil || !strings.Contains(err.Error(), "not defined for a target of kind number") {
		t.Errorf("AUROC of numbers: %v", err)
	}
}

func TestWithoutGroupsEveryRowIsItsOwn(t *testing.T) {
	y, p := target.Binary([]int{0, 1, 0, 1, 0, 1}), []float64{0.1, 0.8, 0.3, 0.2, 0.4, 0.9}
	want, err := metric.Evaluate(y, p, alone(6), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	got, err := metric.Evaluate(y, p, nil, fewDraws)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("without groups %v (%v), with one for each row %v", got, err, want)
	}
}

func TestNoRows(t *testing.T) {
	for _, m := range evaluate(nil, nil, nil, fewDraws) {
		if m.Estimate.Reason != "no rows" {
			t.Errorf("%s of no rows: %v", m.Key, m.Estimate)
		}
	}
}

func TestMetricsAreDescribed(t *testing.T) {
	for _, m := range metric.All() {
		if m.Key == "" || m.Title == "" || m.Definition == "" || m.Unit == "" || len(m.Kinds) == 0 {
			t.Errorf("%+v", m)
		}
		if named, ok := metric.Named(m.Key); !ok || named.Title != m.Title {
			t.Errorf("%s is not found by its key", m.Key)
		}
	}
}

// drawScores draws scores with ties.
func drawScores(t *rapid.T) (y []int, p []float64) {
	n := rapid.IntRange(1, 30).Draw(t, "rows")
	y = rapid.SliceOfN(rapid.IntRange(0, 1), n, n).Draw(t, "y")
	for _, k := range rapid.SliceOfN(rapid.IntRange(0, 20), n, n).Draw(t, "p") {
		p = append(p, float64(k)/20)
	}
	return y, p
}

// alone puts each of n rows in its own group.
func alone(n int) []int {
	code := make([]int, n)
	for i := range code {
		code[i] = i
	}
	return code
}

// The time of a whole sweep: layers x metrics x draws.
func BenchmarkEvaluate(b *testing.B) {
	r := rand.New(estimate.Source(1, 0))
	var y, group []int
	var p []float64
	for i := range 576 {
		y, group, p = append(y, r.IntN(2)), append(group, i/6), append(p, r.Float64())
	}
	for b.Loop() {
		evaluate(y, p, group, estimate.Bootstrap{Workers: 1})
	}
}
