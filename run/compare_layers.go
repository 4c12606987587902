package run

import (
	"context"

	"tell/compare"
	"tell/probe"
	"tell/study"
)

var layersComparer = comparing("layers",
	func(*plan, int, *study.LayerPairs) error { return nil },
	func(ctx context.Context, m *merging, _ int, _ *study.LayerPairs) ([]compare.Line, error) {
		var lines []compare.Line
		for _, tested := range m.sites {
			if tested.tellsNothing() != "" {
				continue
			}
			x, _, err := m.rows(tested.Cell)
			if err != nil {
				return nil, err
			}
			d := compare.Layers{Tested: tested.Layer, Position: tested.Position, Target: m.cases.Target, Group: m.cases.Group}
			for _, trained := range m.sites {
				if trained.tellsNothing() != "" || trained.Position != tested.Position {
					continue
				}
				score, err := m.foldScores(ctx, trained, x)
				if err != nil {
					return nil, err
				}
				d.Trained, d.Score = append(d.Trained, trained.Layer), append(d.Score, score)
			}
			more, err := d.Measure(ctx, m.compareSettings())
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
		return lines, nil
	})

// foldScores scores every row of a matrix with the probe of a part that tests
// its fold.
func (m *merging) foldScores(ctx context.Context, of *part, x probe.Rows) ([]float64, error) {
	score, err := m.heldOut(sweep{}, "", func(use func(int, []float64) error) error {
		for k := range m.folds.Units {
			if err := ctx.Err(); err != nil {
				return err
			}
			p, err := of.curve.Probes[k].Predict(x)
			if err != nil {
				return err
			}
			if err := use(k, p); err != nil {
				return err
			}
		}
		return nil
	})
	return probe.Mean(score), err
}
