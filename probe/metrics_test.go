package probe_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/internal/estimate"
	"tell/probe"
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
	for metric, e := range probe.Evaluate(y, p, question, probe.Bootstrap{}).All() {
		fmt.Printf("%s: %v\n", metric.Title, e)
	}
	// Output:
	// AUROC: 0.760 [0.440, 0.950]
	// Accuracy: 0.800 [0.600, 0.950]
	// Balanced accuracy: 0.800 [0.600, 0.950]
	// Log loss: 0.544 [0.452, 0.641]
	// Brier score: 0.182 [0.140, 0.229]
	// Expected calibration error: 0.248 [0.130, 0.351]
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

var fewDraws = probe.Bootstrap{Draws: 20}

func TestMetricsAgainstScikitLearn(t *testing.T) {
	for _, c := range readMetricsReference(t) {
		for _, m := range []struct {
			name string
			f    func(y []int, p, w []float64) (float64, error)
			want float64
		}{
			{"AUROC", probe.AUROC, c.AUROC}, {"accuracy", probe.Accuracy, c.Accuracy},
			{"balanced accuracy", probe.BalancedAccuracy, c.BalancedAccuracy}, {"log loss", probe.LogLoss, c.LogLoss},
			{"Brier score", probe.Brier, c.Brier}, {"ECE", probe.ECE, c.ECE},
		} {
			got, err := m.f(c.Y, c.P, c.W)
			if err != nil || math.Abs(got-m.want) > 1e-12 {
				t.Errorf("%s: %s = %v, %v, scikit-learn %v", c.Name, m.name, got, err, m.want)
			}
		}
		bins, err := probe.Calibration(c.Y, c.P, alone(len(c.Y)), fewDraws)
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

// Evaluate gives the same numbers as the functions of one metric, and weights
// that repeat rows are those rows repeated.
func TestEvaluateAgreesWithTheFunctions(t *testing.T) {
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
		m := probe.Evaluate(ry, rp, alone(len(ry)), fewDraws)
		functions := []func([]int, []float64, []float64) (float64, error){
			probe.AUROC, probe.Accuracy, probe.BalancedAccuracy, probe.LogLoss, probe.Brier, probe.ECE,
		}
		k := 0
		for metric, e := range m.All() {
			got, err := functions[k](y, p, w)
			if (err == nil) != e.OK() || err == nil && math.Abs(got-e.Value) > 1e-9 {
				t.Fatalf("%s: weighted %v, %v, repeated %v", metric.Key, got, err, e)
			}
			k++
		}
	})
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
		got, err := probe.AUROC(y, p, nil)
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
	b := probe.Bootstrap{Draws: 500}
	mp, mq, d := probe.Evaluate(y, p, group, b), probe.Evaluate(y, q, group, b), probe.Compare(y, p, q, group, b)
	if math.Abs(d.AUROC.Value-(mp.AUROC.Value-mq.AUROC.Value)) > 1e-12 {
		t.Errorf("difference %v of %v and %v", d.AUROC, mp.AUROC, mq.AUROC)
	}
	width := func(e probe.Estimate) float64 { return e.Interval.High - e.Interval.Low }
	if width(d.AUROC) > width(mp.AUROC)/2 {
		t.Errorf("paired difference %v of scores that nearly agree is as uncertain as %v", d.AUROC, mp.AUROC)
	}
	for metric, e := range probe.Compare(y, p, p, group, b).All() {
		if e.Value != 0 || e.Interval != nil {
			t.Errorf("%s: a score less itself is %v", metric.Key, e)
		}
	}
}

func TestOneClass(t *testing.T) {
	m := probe.Evaluate([]int{1, 1, 1}, []float64{0.2, 0.8, 0.9}, alone(3), fewDraws)
	for metric, e := range m.All() {
		switch metric.Key {
		case "auroc", "balanced_accuracy":
			if e.Reason != "every row has label 1" || e.N != 3 {
				t.Errorf("%s of one class: %v", metric.Key, e)
			}
		default:
			if !e.OK() {
				t.Errorf("%s of one class: %v", metric.Key, e)
			}
		}
	}
}

func TestWhatIsNoProbability(t *testing.T) {
	y, group := []int{0, 1, 0}, alone(3)
	good := []float64{0.1, 0.2, 0.3}
	for _, bad := range []float64{math.NaN(), math.Inf(1), -0.1, 1.0001} {
		p := []float64{0.5, bad, 0.5}
		want := fmt.Sprintf("P(Y=1) of row 1 is %v", bad)
		for _, m := range []probe.Metrics{
			probe.Evaluate(y, p, group, fewDraws), probe.Compare(y, good, p, group, fewDraws), probe.Compare(y, p, good, group, fewDraws),
		} {
			for metric, e := range m.All() {
				if e.Reason != want {
					t.Errorf("%s with %v: %v, want reason %q", metric.Key, bad, e, want)
				}
			}
		}
		if _, err := probe.Calibration(y, p, group, fewDraws); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("calibration with %v: error %v, want one that says %q", bad, err, want)
		}
		if _, err := probe.Brier(y, p, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Brier score with %v: error %v, want one that says %q", bad, err, want)
		}
	}
	if _, err := probe.AUROC(y, []float64{0, math.NaN(), 1}, nil); err == nil {
		t.Error("AUROC ranks NaN")
	}
	if x, err := probe.AUROC(y, []float64{-8, math.Inf(1), 3}, nil); x != 1 || err != nil {
		t.Errorf("AUROC of scores that are no probabilities: %v, %v, want 1", x, err)
	}
}

func TestNoRows(t *testing.T) {
	for metric, e := range probe.Evaluate(nil, nil, nil, fewDraws).All() {
		if e.Reason != "no rows" {
			t.Errorf("%s of no rows: %v", metric.Key, e)
		}
	}
}

func TestMetricsInJSON(t *testing.T) {
	data, err := json.Marshal(probe.Evaluate([]int{0, 1}, []float64{0.2, 0.9}, []int{0, 0}, fewDraws))
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for metric := range (probe.Metrics{}).All() {
		next := strings.Index(string(data), `"`+metric.Key+`":`)
		if next < at || metric.Title == "" || metric.Definition == "" {
			t.Errorf("%q is not in its place in %s", metric.Key, data)
		}
		at = next
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
		probe.Evaluate(y, p, group, probe.Bootstrap{Workers: 1})
	}
}
