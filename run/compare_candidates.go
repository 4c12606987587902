package run

import (
	"context"

	"tell/compare"
	"tell/estimate"
	"tell/study"
)

var candidatesComparer = comparing("candidates",
	func(*plan, int, *study.CandidateAnswers) error { return nil },
	func(ctx context.Context, m *merging, i int, _ *study.CandidateAnswers) ([]compare.Line, error) {
		columns := columnsOf[*study.CandidateColumns](m.plan, i)
		question, _ := estimate.Numbered(columns.Question)
		own, err := m.trained(sweep{})
		if err != nil {
			return nil, err
		}
		if own.reason != "" {
			return cannot([2]string{}, len(m.cases.Rows), own.reason), nil
		}
		d := compare.Candidates{
			IDs: m.cases.ID, Question: question, Group: m.cases.Group, Fold: m.folds.OuterFold(0),
			Right: m.cases.Target.Ints(), Said: columns.Said, Greedy: columns.Greedy, Probe: own.score(),
		}
		for _, s := range m.sites {
			if s.tellsNothing() == "" && m.dump.Shape().Positions == 1 {
				d.Layers = append(d.Layers, compare.AtLayer{Layer: s.Layer, Score: s.curve.P()})
			}
		}
		for _, s := range columns.Scorers {
			d.External = append(d.External, compare.Scorer{Name: s.Name, Score: s.Score})
		}
		return d.Measure(ctx, m.compareSettings())
	})
