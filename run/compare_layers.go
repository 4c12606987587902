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
			d := compare.LayersData{Tested: tested.Layer, Position: tested.Position, Target: m.cases.Target, Group: m.cases.Group}
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
			more, err := compare.Layers(d, m.compareSettings())
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
	score := make([][]float64, m.folds.Repeats())
	for k, u := range m.folds.Units {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := of.curve.Probes[k].Predict(x)
		if err != nil {
			return nil, err
		}
		takeTested(score, u, p)
	}
	return probe.Mean(score), nil
}
