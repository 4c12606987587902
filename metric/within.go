package metric

import (
	"fmt"
	"slices"

	"tell/estimate"
	"tell/target"
)

// A Part is some rows of a target with scores that belong together, such as the test
// rows of a fold. Score has those of all rows.
type Part struct {
	Rows  []int
	Score []float64
}

// Within is the metric within each part, averaged by the weight of their rows, with an
// interval from a bootstrap over groups. Parts that a draw does not determine are
// left out of it; parts that the rows themselves do not determine make it not
// estimable.
func (m Metric) Within(y target.Column, parts []Part, groups []int, b estimate.Bootstrap) (estimate.Estimate, error) {
	if m.bind == nil || !slices.Contains(m.Kinds, y.Kind) {
		return estimate.Estimate{}, fmt.Errorf("metric: %s is not defined for a target of kind %s", m.Key, y.Kind)
	}
	groups, err := grouped(groups, y.Len(), b)
	if err != nil {
		return estimate.Estimate{}, err
	}
	width := Width(y)
	bound := make([]statistic, len(parts))
	for k, p := range parts {
		if err := check(y, p.Score); err != nil {
			return estimate.Estimate{}, err
		}
		var score []float64
		for _, i := range p.Rows {
			score = append(score, p.Score[i*width:(i+1)*width]...)
		}
		bound[k] = m.bind(y.At(p.Rows), score)
		if v := bound[k](unit(len(p.Rows))); v.Reason != "" {
			return estimate.NotEstimable(y.Len(), 0, fmt.Sprintf("part %d of %d: %s", k+1, len(parts), v.Reason)), nil
		}
	}
	return b.Estimate(groups, 1, func(w []float64, out []estimate.Value) {
		var total, weight float64
		for k, p := range parts {
			some, n := make([]float64, len(p.Rows)), 0.0
			for at, i := range p.Rows {
				some[at] = w[i]
				n += w[i]
			}
			if n == 0 {
				continue
			}
			if v := bound[k](some); v.Reason == "" {
				total += n * v.X
				weight += n
			}
		}
		if out[0].X = total / weight; weight == 0 {
			out[0] = estimate.Value{Reason: "no part determines it"}
		}
	})[0], nil
}
