package metric_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

func named(levels int) []string {
	var names []string
	for k := range levels {
		names = append(names, "level "+strconv.Itoa(k))
	}
	return names
}

func TestMetricsOfOtherKindsAgainstScipy(t *testing.T) {
	var cases []struct {
		Kind     target.Kind
		Y, Score []float64
		N, W     []float64
		Levels   int
		Want     map[string]float64
	}
	data, err := os.ReadFile("../testdata/metrics/kinds.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		y := target.Column{Kind: c.Kind, Values: c.Y, Levels: named(c.Levels), N: c.N}
		for _, m := range metric.For(c.Kind) {
			want, known := c.Want[m.Key]
			got, err := m.Value(y, c.Score, c.W)
			if !known || err != nil || !(math.Abs(got-want) <= 1e-10) {
				t.Errorf("%s: %s = %v, %v, reference %v (known: %v)", c.Kind, m.Key, got, err, want, known)
			}
		}
	}
}

// drawKind gives a target of a kind and scores of it.
func drawKind(t *rapid.T, kind target.Kind, n int) (target.Column, []float64) {
	y := target.Column{Kind: kind, Values: make([]float64, n)}
	width := 1
	if kind == target.KindClass || kind == target.KindOrdinal {
		width = 3
		y.Levels = named(width)
	}
	if kind == target.KindShare {
		y.N = make([]float64, n)
	}
	score := make([]float64, n*width)
	for i := range n {
		switch kind {
		case target.KindNumber:
			y.Values[i] = float64(rapid.IntRange(-3, 3).Draw(t, "y"))
			score[i] = float64(rapid.IntRange(-3, 3).Draw(t, "score")) / 2
		case target.KindShare:
			y.N[i] = float64(rapid.IntRange(0, 3).Draw(t, "n"))
			y.Values[i] = float64(rapid.IntRange(0, 4).Draw(t, "y")) / 4
			score[i] = float64(rapid.IntRange(0, 8).Draw(t, "score")) / 8
		default:
			y.Values[i] = float64(rapid.IntRange(0, width-1).Draw(t, "y"))
			total := 0.0
			for k := range width {
				score[i*width+k] = float64(rapid.IntRange(1, 4).Draw(t, "score"))
				total += score[i*width+k]
			}
			for k := range width {
				score[i*width+k] /= total
			}
		}
	}
	return y, score
}

var otherKinds = []target.Kind{target.KindNumber, target.KindOrdinal, target.KindClass, target.KindShare}

// Whole weights are repeated rows, for every metric of every kind.
func TestWeightsOfOtherKindsAreRepeatedRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(otherKinds).Draw(t, "kind")
		n := rapid.IntRange(1, 12).Draw(t, "rows")
		y, score := drawKind(t, kind, n)
		width := metric.Width(y)
		w := make([]float64, n)
		var rows []int
		var repeated []float64
		for i := range n {
			w[i] = float64(rapid.IntRange(0, 3).Draw(t, "weight"))
			for range int(w[i]) {
				rows = append(rows, i)
				repeated = append(repeated, score[i*width:(i+1)*width]...)
			}
		}
		for _, m := range metric.For(kind) {
			got, err := m.Value(y, score, w)
			want, wanted := m.Value(y.At(rows), repeated, nil)
			if (err == nil) != (wanted == nil) || err == nil && math.Abs(got-want) > 1e-9 {
				t.Fatalf("%s: weighted %v, %v, repeated %v, %v", m.Key, got, err, want, wanted)
			}
		}
	})
}

func TestPairsAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, score := drawKind(t, target.KindNumber, rapid.IntRange(1, 12).Draw(t, "rows"))
		var excess, x, both float64
		for i := range score {
			for j := range i {
				a, b := score[i]-score[j], y.Values[i]-y.Values[j]
				switch {
				case a*b > 0:
					excess++
				case a*b < 0:
					excess--
				}
				if a != 0 {
					x++
				}
				if b != 0 {
					both++
				}
			}
		}
		m, _ := metric.Named("kendall_tau_b")
		got, err := m.Value(y, score, nil)
		if (err == nil) != (x > 0 && both > 0) || err == nil && math.Abs(got-excess/math.Sqrt(x*both)) > 1e-12 {
			t.Fatalf("%v, %v, counted %v of %v and %v", got, err, excess, x, both)
		}
	})
}

func TestEvaluateOtherKinds(t *testing.T) {
	for _, kind := range otherKinds {
		var y target.Column
		var score []float64
		rapid.Check(t, func(t *rapid.T) { y, score = drawKind(t, kind, 40) })
		measured, err := metric.Evaluate(y, score, nil, estimate.Bootstrap{Draws: 50})
		if err != nil || len(measured) != len(metric.For(kind)) {
			t.Errorf("%s: %d metrics, %v", kind, len(measured), err)
		}
		if m, ok := metric.Headline(kind); !ok || m.LowerIsBetter || !metric.Of(m.Key, measured).OK() {
			t.Errorf("%s: headline %q, %v, in %v", kind, m.Key, ok, measured)
		}
	}
}

func TestRefusedScores(t *testing.T) {
	three := target.Column{Kind: target.KindClass, Values: []float64{0, 1}, Levels: named(3)}
	for _, c := range []struct {
		y     target.Column
		score []float64
		want  string
	}{
		{three, []float64{0.5, 0.5}, "found 2 scores for 2 rows, expected 3 of each"},
		{three, []float64{0.5, 0.5, 0, 0.5, 0.4, 0}, "scores of row 1 sum to 0.9"},
		{three, []float64{1.5, -0.5, 0, 0.5, 0.5, 0}, "score of row 0 is 1.5, expected a probability"},
		{target.Share([]float64{0.5}, nil), []float64{1.5}, "expected a probability"},
		{target.Number([]float64{1}), []float64{math.Inf(1)}, "expected a finite number"},
		{target.Share([]float64{1.2}, nil), []float64{0.5}, "found share 1.2, expected 0 to 1"},
		{target.Share([]float64{0.2}, []float64{-1}), []float64{0.5}, "found a share of -1 judgements"},
	} {
		if _, err := metric.Evaluate(c.y, c.score, nil, estimate.Bootstrap{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.score, err, c.want)
		}
	}
}

func ExampleEvaluate_number() {
	// Steps that ten questions take, and the steps that a probe reads.
	steps := target.Number([]float64{1, 1, 2, 2, 3, 3, 4, 4, 5, 5})
	read := []float64{1.2, 0.8, 1.9, 2.5, 2.2, 3.1, 4.2, 3.0, 4.1, 5.3}
	measured, err := metric.Evaluate(steps, read, nil, estimate.Bootstrap{})
	if err != nil {
		fmt.Println(err)
	}
	for _, m := range measured {
		fmt.Printf("%s: %.2f\n", m.Key, m.Estimate.Value)
	}
	// Output:
	// spearman: 0.91
	// kendall_tau_b: 0.80
	// r2: 0.85
	// mean_absolute_error: 0.43
}
