package metric

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
)

// Curve and recall are those of scikit-learn's roc_curve, with ties and weights.
func TestROCAgainstScikitLearn(t *testing.T) {
	var c struct {
		Curves []struct {
			Label                                []int
			Score, Weight, Rates, Height, Recall []float64
		}
	}
	data, err := os.ReadFile("../testdata/controls/reference.json")
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil || len(c.Curves) != 6 {
		t.Fatal(len(c.Curves), err)
	}
	for n, of := range c.Curves {
		w := of.Weight
		if w == nil {
			w = unit(len(of.Label))
		}
		roc, heights := NewROC(of.Label, of.Score), make([]estimate.Value, len(of.Rates))
		roc.Curve(w, of.Rates, heights)
		for k, rate := range of.Rates {
			if math.Abs(heights[k].X-of.Height[k]) > 1e-12 {
				t.Errorf("curve %d at %v: %v, want %v", n, rate, heights[k].X, of.Height[k])
			}
			recall, realised := roc.Recall(w, rate)
			if math.Abs(recall.X-of.Recall[k]) > 1e-12 || realised.X > rate+1e-12 {
				t.Errorf("curve %d at %v: recall %v, want %v; realised %v", n, rate, recall.X, of.Recall[k], realised.X)
			}
		}
	}
}

// The area under the curve is the AUROC, the recall never above the curve, and whole
// weights are copies of rows.
func TestROCProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "n")
		var y, copied []int
		var score, scores, w []float64
		for i := range n {
			y = append(y, (i+rapid.IntRange(0, 1).Draw(t, "y"))%2)
			score = append(score, float64(rapid.IntRange(0, 5).Draw(t, "score"))/5)
			w = append(w, float64(rapid.IntRange(0, 3).Draw(t, "w")))
			for range int(w[i]) {
				copied, scores = append(copied, y[i]), append(scores, score[i])
			}
		}
		var rates []float64
		const fine = 2000
		for k := range fine + 1 {
			rates = append(rates, float64(k)/fine)
		}
		roc, heights := NewROC(y, score), make([]estimate.Value, len(rates))
		roc.Curve(w, rates, heights)
		want := NewRanking(y, score).AUROC(w)
		if want.Reason != "" {
			if heights[0].Reason != want.Reason {
				t.Fatalf("found %q, want %q", heights[0].Reason, want.Reason)
			}
			return
		}
		area := 0.0
		for k := range fine {
			area += (heights[k].X + heights[k+1].X) / 2 / fine
		}
		if math.Abs(area-want.X) > 1e-2 {
			t.Fatalf("area %v, AUROC %v", area, want.X)
		}
		k := rapid.IntRange(0, fine).Draw(t, "rate")
		recall, _ := roc.Recall(w, rates[k])
		if recall.X > heights[k].X+1e-12 {
			t.Fatalf("recall %v above the curve, %v", recall.X, heights[k].X)
		}
		if same, _ := NewROC(copied, scores).Recall(unit(len(copied)), rates[k]); math.Abs(same.X-recall.X) > 1e-12 {
			t.Fatalf("recall %v, of copies %v", recall.X, same.X)
		}
	})
}
