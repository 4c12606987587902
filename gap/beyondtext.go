package gap

import "tell/estimate"

// beyondText is what the probe knows beyond the better of two readings that
// need no hidden state.
type beyondText struct{}

func (beyondText) about() about {
	return about{
		key:   KeyBeyondText,
		title: "Hidden-beyond-text gap",
		definition: "P(Ŷ=Y) - max(P(C=Y), P(T=Y)), with C the label predicted out of fold from the behaviour alone and T from the prompt's text alone; " +
			"every bootstrap draw chooses the maximum again",
		kind: Difference,
	}
}

func (beyondText) at(v *view) value {
	c, t := accuracy{calibrated}.at(v), accuracy{text}.at(v)
	if c.reason != "" {
		return c
	}
	if t.reason != "" {
		return t
	}
	best := c
	if t.x > c.x {
		best = t
	}
	return accuracy{probe}.at(v).minus(best)
}

func (beyondText) notes(v *view) []estimate.Warning {
	c, t := accuracy{calibrated}.at(v), accuracy{text}.at(v)
	if t.x > c.x || v.weight(func(o outcome) bool { return o.calibrated != o.behaviour }) > 0 {
		return nil
	}
	return []estimate.Warning{{Code: estimate.SameAsNetGap, Text: sameAsNet}}
}

const sameAsNet = "calibration changes the behaviour on no row, and the text-only predictor is no more accurate, so the hidden-beyond-text gap equals the net gap"
