package study

import (
	"math"

	"tell/gap"
	"tell/probe"
)

// Gap measures the action-commitment gap on out-of-fold scores and adds it to
// the result. A study that maps no behaviour has no gap.
func Gap(r *Result, scores []Score) error {
	if r.Data.ActsAs == nil {
		return nil
	}
	g, err := gap.Measure(gapData(scores), gap.Settings{Bootstrap: gap.Bootstrap{
		Draws: r.Protocol.Bootstrap,
		Level: r.Protocol.Level,
		Seed:  r.Protocol.Seed,
	}})
	if err != nil {
		return err
	}
	r.Gap = g
	return nil
}

func gapData(scores []Score) gap.Data {
	var d gap.Data
	code := map[string]int{}
	text, calibrated := true, true
	for _, s := range scores {
		text = text && !math.IsNaN(s.TextScore)
		calibrated = calibrated && !math.IsNaN(s.CalibratedScore)
	}
	for i, s := range scores {
		d.Label = append(d.Label, s.Label)
		d.Behaviour = append(d.Behaviour, s.Behaviour)
		d.Prediction = append(d.Prediction, s.Predicted)
		d.Score = append(d.Score, s.Score)
		if text {
			d.Text = append(d.Text, probe.Predict(s.TextScore))
		}
		if calibrated {
			d.Calibrated = append(d.Calibrated, probe.Predict(s.CalibratedScore))
		}
		if _, seen := code[s.Group]; !seen {
			code[s.Group] = len(code)
		}
		d.Group = append(d.Group, code[s.Group])
		if s.Condition != "" || d.Condition != nil {
			d.Condition = append(d.Condition, s.Condition)
		}
		for j, st := range s.Strata {
			if i == 0 {
				d.Strata = append(d.Strata, gap.Stratum{Name: st.Name})
			}
			d.Strata[j].Value = append(d.Strata[j].Value, st.Value)
		}
	}
	if len(d.Condition) != len(d.Label) {
		d.Condition = nil
	}
	return d
}
