package run

import (
	"context"
	"fmt"

	"tell/compare"
	"tell/probe"
	"tell/result"
)

// effort sets what the model spends beside the difficulty that is decoded.
func (m *merging) effort(ctx context.Context, nested *probe.Nested, base []baseline) error {
	c := m.cases
	if c.Effort == nil {
		return nil
	}
	one := func(score [][]float64) []float64 {
		mean := probe.Mean(score)
		x := make([]float64, c.Target.Len())
		for i := range x {
			x[i] = scoredAs(c.Target, mean, i).score
		}
		return x
	}
	d := compare.Effort{
		ID: c.ID, Group: c.Group, Unit: c.Unit, Difficulty: c.Target.Values, Decoded: one(nested.Score),
		Effort: c.Effort, Censored: c.Censored, Right: c.Right,
	}
	for _, b := range base {
		if b.reason == "" && b.name != result.Majority {
			d.Rivals = append(d.Rivals, compare.EffortRival{Name: b.name, Decoded: one(b.score)})
		}
	}
	lines, err := d.Measure(ctx, m.compareSettings())
	if err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	m.result.Table = append(m.result.Table, result.ComparedRows(result.Effort, lines)...)
	return nil
}
