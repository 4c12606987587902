package gap

import (
	"fmt"

	"tell/estimate"
)

// few is the number of rows below which a bootstrap says little about a rate's
// distance from 0 or 1. In the table of planted/cmd a 95% interval of d' holds
// the truth in 94% of samples where 10 such rows are expected, in 90% at 4 and
// in 79% at 2.
const few = 10

// extremes says where a rate of the predictors is near 0 or 1, or at it. A
// behaviour that never occurs under a label may be one that the decision map
// cannot reach there.
func (v *view) extremes(of ...predictor) []estimate.Warning {
	var notes []estimate.Warning
	note := func(code, format string, args ...any) {
		notes = append(notes, estimate.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	for _, p := range of {
		for y, n := range v.ofLabel {
			rarer, k := 0, n-v.says1[p][y]
			if v.says1[p][y] < k {
				rarer, k = 1, v.says1[p][y]
			}
			switch {
			case n == 0 || k >= few:
			case k > 0:
				note(FewRows, "%s says %d on %.0f of %.0f rows of label %d: with so few the interval is often far too narrow", predictors[p].words, rarer, k, n, y)
			default:
				note(CorrectedBound, "%s says %d on none of %.0f rows of label %d: the correction, and not the rate, keeps this number finite", predictors[p].words, rarer, n, y)
				if p == behaviour {
					note(CriterionUndefined, "no row of label %d has behaviour %d: if the decision map cannot reach it there, this number says how many rows there are (%.0f) and nothing about the model", y, rarer, n)
				}
			}
		}
	}
	return notes
}
