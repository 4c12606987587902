package run

import (
	"context"
	"fmt"

	"tell/compare"
	"tell/probe"
	"tell/result"
	"tell/target"
)

// disagreement measures how well the variance of judgements is foreseen, where the
// target is a share.
func (m *merging) disagreement(ctx context.Context, nested *probe.Nested, base []baseline) error {
	c := m.cases
	if c.Target.Kind != target.KindShare {
		return nil
	}
	d := compare.Disagreement{
		Group: c.Group, Fold: m.folds.OuterFold(0), Target: c.Target,
		Scores: []compare.NamedScore{{Name: result.Probe, Score: probe.Mean(nested.Score)}},
	}
	for _, b := range base {
		if b.reason == "" {
			d.Scores = append(d.Scores, compare.NamedScore{Name: b.name, Score: probe.Mean(b.score)})
		}
	}
	lines, err := d.Measure(ctx, m.compareSettings())
	if err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	m.result.Table = append(m.result.Table, result.ComparedRows(result.Disagreement, lines)...)
	return nil
}
