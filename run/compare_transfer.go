package run

import (
	"context"

	"tell/compare"
	"tell/study"
)

var transferComparer = comparing("transfer",
	func(p *plan, _ int, of *study.Transfers) error {
		for _, name := range of.Transfer {
			if err := p.nameRows(name, p.cases.Sets[name]); err != nil {
				return err
			}
			p.addSweep(sweep{Train: name})
		}
		return nil
	},
	func(_ context.Context, m *merging, _ int, of *study.Transfers) ([]compare.Line, error) {
		for _, name := range of.Transfer {
			t, err := m.trained(sweep{Train: name})
			if err != nil {
				return nil, err
			}
			m.publish(t)
		}
		return nil, nil
	})
