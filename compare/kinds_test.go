package compare

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tell/target"
)

// Every kind of comparison, at its smallest.
func kinds() map[string]interface {
	Measure(context.Context, Settings) ([]Line, error)
} {
	id, group, label := []string{"a", "b"}, []int{0, 1}, []int{0, 1}
	score, y := []float64{0.2, 0.9}, target.Binary(label)
	return map[string]interface {
		Measure(context.Context, Settings) ([]Line, error)
	}{
		"condition": Condition{Pair: id, Group: group, Label: [2][]int{label, label}, Score: [2][]float64{score, score}},
		"transfer": Transfer{Sets: []string{"a"}, ID: id, Group: group, Label: label, Control: -1,
			In: [][]bool{{true, true}}, Score: [][]float64{score}},
		"dumps":               Dumps{ID: id, Group: group, Label: label, Score: [2][]float64{score, score}},
		"dumps of any target": MetricDumps{ID: id, Group: group, Target: y, Score: [2][]float64{score, score}},
		"transfer of any target": MetricTransfer{Sets: []string{"a"}, ID: id, Group: group, Target: y,
			In: [][]bool{{true, true}}, Score: [][]float64{score}, Untrained: []string{""}},
		"disagreement": Disagreement{Group: group, Fold: group, Target: target.Share(score, score)},
		"doses":        Doses{Series: Series{Dose: []float64{0, 1}, Behaviour: [][]float64{score, score}}, ID: id, Group: group},
		"layers":       Layers{Group: group, Target: y, Trained: []int{0}, Score: [][]float64{score}},
		"effort":       Effort{ID: id, Group: group, Difficulty: score, Decoded: score, Effort: score},
		"description":  Description{Levels: 2, Group: group, Shares: [][]float64{score}},
		"selectivity":  Selectivity{Right: score, Control: score, Group: group},
		"learning":     Learning{Target: y, Group: group, Fold: group},
		"roc":          ROC{Label: label, Group: group, Predictors: []Scored{{"probe", score}}, FPR: 0.1},
		"targets":      smallTargets(),
		"trajectory":   smallTrajectory(),
		"candidates":   smallCandidates(),
	}
}

func TestEveryKindChecksItsSettings(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range kinds() {
		if _, err := c.Measure(t.Context(), Settings{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Measure(t.Context(), Settings{Permutations: -1}); err == nil || !strings.Contains(err.Error(), "found -1 permutations, expected 0 or more") {
			t.Errorf("%s: -1 permutations: found %v", name, err)
		}
		if _, err := c.Measure(cancelled, Settings{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: a context that is cancelled: found %v", name, err)
		}
	}
}
