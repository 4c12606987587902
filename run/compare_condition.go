package run

import (
	"context"

	"tell/compare"
	"tell/study"
)

var conditionComparer = comparing("condition",
	func(p *plan, _ int, of *study.Conditions) error {
		for _, name := range of.Condition {
			in := make([]bool, len(p.cases.Condition))
			for i, c := range p.cases.Condition {
				in[i] = c == name
			}
			if err := p.nameRows(name, in); err != nil {
				return err
			}
			p.addSweep(sweep{Train: name})
		}
		return nil
	},
	func(_ context.Context, m *merging, _ int, of *study.Conditions) ([]compare.Line, error) {
		frozen, err := m.trained(sweep{Train: of.Condition[0]})
		if err != nil {
			return nil, err
		}
		m.publish(frozen)
		var lines []compare.Line
		for _, other := range of.Condition[1:] {
			refit, err := m.trained(sweep{Train: other})
			if err != nil {
				return nil, err
			}
			m.publish(refit)
		}
		return lines, nil
	})
