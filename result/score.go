package result

import (
	"math"

	"tell/estimate"
	"tell/gap"
	"tell/metric"
)

// Score is one row of the examples in one repeat, scored by a probe that saw
// neither it nor its group.
type Score struct {
	ID  string
	Row int // row of the dump
	// Compared says which probe of a comparison scored the row, such as "train
	// neutral"; empty for the study's own.
	Compared string
	Repeat   int
	Fold     int // outer fold that tests the row
	// Layer and Position are what that fold chose.
	Layer, Position int
	// Score is P(label = 1); of a number or a share what is predicted, of ordered
	// levels the level expected, of classes the probability of the predicted one.
	Score float64
	// Prediction and Label are levels, None where the target has none; Value is
	// then what is predicted.
	Prediction int
	Label      int
	Value      float64
	Behaviour  int // 0, 1, or the level acted as, or gap.Neither
	// TextScore and BehaviourScore are what Score is, of the text-only and
	// behaviour-only predictors; NaN where there is none.
	TextScore      float64
	BehaviourScore float64
	// Graded is the graded behaviour toward label 1, NaN where there is none,
	// and Knows says whether the model is known to know: 1, 0 or gap.Unstated.
	Graded float64
	Knows  int
	// RivalsScore is what Score is, of all rivals together, and Gain what the probe
	// adds to it, in bits: log2 of P(label) with the probe less without. The mean over the repeats; NaN where there is none.
	RivalsScore, Gain float64
	Group             string
	Condition         string
	Strata            []StratumValue
	Text              string
	Said              string
	// Run is that of the result, see [Result.Run].
	Run string
}

// StratumValue is a declared stratum's value on one row.
type StratumValue struct {
	Name, Value string
}

// Means averages the scores of the study's own probe over the repeats row by row, in the order of first
// appearance of the ids. Repeat, Fold, Layer and Position are those of the first
// repeat.
func Means(scores []Score) []Score {
	var means []Score
	var repeats []float64 // of each row
	at := map[string]int{}
	for _, s := range scores {
		if s.Compared != "" {
			continue
		}
		i, seen := at[s.ID]
		if !seen {
			at[s.ID] = len(means)
			means, repeats = append(means, s), append(repeats, 1)
			continue
		}
		repeats[i]++
		m := &means[i]
		m.Score += s.Score
		m.TextScore += s.TextScore
		m.BehaviourScore += s.BehaviourScore
	}
	for i := range means {
		m := &means[i]
		m.Score /= repeats[i]
		m.TextScore /= repeats[i]
		m.BehaviourScore /= repeats[i]
		if repeats[i] > 1 && m.Label != None { // of a binary target, the only one that is averaged
			m.Prediction = metric.Predict(m.Score)
		}
	}
	return means
}

// GapData is what the gap is measured from: scores averaged over the repeats.
func GapData(scores []Score) gap.Data {
	var d gap.Data
	var groups []string
	scores = Means(scores)
	text, calibrated, conditions := true, true, false
	graded, knows := false, false
	for _, s := range scores {
		text = text && !math.IsNaN(s.TextScore)
		calibrated = calibrated && !math.IsNaN(s.BehaviourScore)
		graded = graded || !math.IsNaN(s.Graded)
		knows = knows || s.Knows != gap.Unstated
	}
	for i, s := range scores {
		d.Label = append(d.Label, s.Label)
		d.Behaviour = append(d.Behaviour, s.Behaviour)
		d.Prediction = append(d.Prediction, s.Prediction)
		d.Score = append(d.Score, s.Score)
		if graded {
			d.Graded = append(d.Graded, s.Graded)
		}
		if knows {
			d.Knows = append(d.Knows, s.Knows)
		}
		if text {
			d.Text = append(d.Text, metric.Predict(s.TextScore))
		}
		if calibrated {
			d.Calibrated = append(d.Calibrated, metric.Predict(s.BehaviourScore))
		}
		groups = append(groups, s.Group)
		d.Condition = append(d.Condition, s.Condition)
		conditions = conditions || s.Condition != ""
		for j, st := range s.Strata {
			if i == 0 {
				d.Strata = append(d.Strata, gap.Stratum{Name: st.Name})
			}
			d.Strata[j].Value = append(d.Strata[j].Value, st.Value)
		}
	}
	d.Group, _ = estimate.Numbered(groups)
	if !conditions {
		d.Condition = nil
	}
	return d
}
