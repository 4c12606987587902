package result

import (
	"math"
	"slices"
	"strconv"
	"testing"
)

// One row without a condition, even the first, hides no condition of the others.
func TestGapDataKeepsConditions(t *testing.T) {
	for _, c := range []struct{ conditions, want []string }{
		{[]string{"", "a", "b"}, []string{"", "a", "b"}},
		{[]string{"a", "", "b"}, []string{"a", "", "b"}},
		{[]string{"", "", ""}, nil},
	} {
		var scores []Score
		for i, condition := range c.conditions {
			scores = append(scores, Score{ID: strconv.Itoa(i), Condition: condition})
		}
		if got := GapData(scores).Condition; !slices.Equal(got, c.want) {
			t.Errorf("conditions %q, want %q", got, c.want)
		}
	}
}

// Every column of scores is averaged over the repeats that a row has, and the
// mean of probabilities is a probability.
func TestMeansOfRepeats(t *testing.T) {
	var scores []Score
	for repeat := range 9 {
		x := float64(repeat%3) / 4
		scores = append(scores,
			Score{ID: "a", Repeat: repeat, Fold: repeat, Score: x, TextScore: x / 2, BehaviourScore: 1 - x, Prediction: 1},
			Score{ID: "b", Repeat: repeat, Score: 1, TextScore: 1, BehaviourScore: math.NaN()})
	}
	scores = append(scores, Score{ID: "c", Score: 0.8, TextScore: 0.6, BehaviourScore: 0.2})
	means := Means(scores)
	if len(means) != 3 {
		t.Fatalf("%d means, want 3", len(means))
	}
	a, b, c := means[0], means[1], means[2]
	if a.ID != "a" || a.Fold != 0 || a.Score != 0.25 || a.TextScore != 0.125 || a.BehaviourScore != 0.75 || a.Prediction != 0 {
		t.Errorf("first row %+v", a)
	}
	if b.ID != "b" || b.Score != 1 || b.TextScore != 1 || !math.IsNaN(b.BehaviourScore) || b.Prediction != 1 {
		t.Errorf("second row %+v", b)
	}
	if c.Score != 0.8 || c.TextScore != 0.6 || c.BehaviourScore != 0.2 {
		t.Errorf("row of one repeat %+v", c)
	}
}
