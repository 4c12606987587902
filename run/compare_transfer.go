package run

import (
	"context"
	"math"
	"slices"

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
	func(_ context.Context, m *merging, i int, of *study.Transfers) ([]compare.Line, error) {
		if !m.binary() {
			return m.metricTransfer(of)
		}
		c := m.cases
		d := compare.TransferData{
			Sets: of.Transfer, ID: c.ID, Group: c.Group, Label: c.Target.Ints(), Unit: c.Unit, Behaviour: c.Behaviour,
			FPR: of.FPR, Control: slices.Index(of.Transfer, of.Control), Pair: columnsOf[study.Pairs](m.plan, i),
		}
		for _, sets := range of.Paired {
			d.Paired = append(d.Paired, [2]int{slices.Index(of.Transfer, sets[0]), slices.Index(of.Transfer, sets[1])})
		}
		for _, name := range of.Transfer {
			t, err := m.trained(sweep{Train: name})
			if err != nil {
				return nil, err
			}
			m.publish(t)
			score := slices.Repeat([]float64{math.NaN()}, len(c.ID))
			if t.reason == "" {
				score = t.score()
			}
			d.In, d.Score, d.Untrained = append(d.In, c.Sets[name]), append(d.Score, score), append(d.Untrained, t.reason)
		}
		return compare.Transfer(d, m.compareSettings())
	})

// metricTransfer measures transfer by the metrics of the kind of target.
func (m *merging) metricTransfer(of *study.Transfers) ([]compare.Line, error) {
	c := m.cases
	d := compare.MetricTransferData{Sets: of.Transfer, ID: c.ID, Group: c.Group, Target: c.Target}
	for _, name := range of.Transfer {
		t, err := m.trained(sweep{Train: name})
		if err != nil {
			return nil, err
		}
		m.publish(t)
		var score []float64
		if t.reason == "" {
			score = t.score()
		}
		d.In, d.Score, d.Untrained = append(d.In, c.Sets[name]), append(d.Score, score), append(d.Untrained, t.reason)
	}
	return compare.MetricTransfer(d, m.compareSettings())
}
