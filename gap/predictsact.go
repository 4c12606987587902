package gap

import (
	"fmt"

	"tell/estimate"
)

// predictsAct is whether the probe's signal goes with the act among rows of one
// label: whether rows on which the model acts by the label are those on which
// the probe sees it best.
type predictsAct struct{ label int }

func (e predictsAct) about() about {
	return about{
		key:   fmt.Sprintf("%s_y%d", KeyPredictsAct, e.label),
		title: fmt.Sprintf("Signal predicts the act, label %d", e.label),
		definition: fmt.Sprintf("AUROC(s for B | Y=%d), ties counted half: the probability that the score speaks more for label %d on a row that acts by it than on one that does not; "+
			"0.5 means that the signal does not go with the act", e.label, e.label),
		kind: AUROC,
	}
}

func (e predictsAct) at(v *view) value {
	acts1 := v.says1[behaviour][e.label]
	acts0 := v.ofLabel[e.label] - acts1
	switch {
	case acts0+acts1 == 0:
		return value{reason: oneLabel(e.label)}
	case acts0 == 0:
		return value{reason: fmt.Sprintf("every row of label %d has behaviour 1", e.label)}
	case acts1 == 0:
		return value{reason: fmt.Sprintf("every row of label %d has behaviour 0", e.label)}
	}
	return value{x: v.aboveByLabel[e.label] / (acts0 * acts1), n: acts0 + acts1}
}

func (e predictsAct) notes(v *view) []estimate.Warning {
	acts1 := v.says1[behaviour][e.label]
	for b, k := range [2]float64{v.ofLabel[e.label] - acts1, acts1} {
		if k < few {
			return []estimate.Warning{{Code: FewRows, Text: fmt.Sprintf("only %.0f rows of label %d have behaviour %d: with so few the interval is often far too narrow", k, e.label, b)}}
		}
	}
	return nil
}
