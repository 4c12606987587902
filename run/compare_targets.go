package run

import (
	"context"

	"tell/compare"
	"tell/study"
	"tell/target"
)

var targetsComparer = comparing("targets",
	func(p *plan, i int, _ *study.TargetPair) error {
		for _, y := range columnsOf[[]study.TargetColumn](p, i) {
			if y.Name == "" {
				continue
			}
			if p.targets == nil {
				p.targets = map[string]target.Column{}
			}
			p.targets[y.Name] = y.Column
			p.addSweep(sweep{Target: y.Name})
		}
		return nil
	},
	func(_ context.Context, m *merging, i int, of *study.TargetPair) ([]compare.Line, error) {
		for _, y := range columnsOf[[]study.TargetColumn](m.plan, i) {
			t, err := m.trained(sweep{Target: y.Name})
			if err != nil {
				return nil, err
			}
			m.publish(t)
		}
		return nil, nil
	})
