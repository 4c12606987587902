package run

import (
	"context"
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
	func(_ context.Context, m *merging, _ int, of *study.Transfers) ([]compare.Line, error) {
		c := m.cases
		d := compare.TransferData{
			ID: c.ID, Group: c.Group, Label: c.Target.Ints(), Behaviour: c.Behaviour, FPR: of.FPR, Control: -1,
		}
		var lines []compare.Line
		for _, name := range of.Transfer {
			t, err := m.trained(sweep{Train: name})
			if err != nil {
				return nil, err
			}
			if t.reason != "" {
				lines = append(lines, cannot([2]string{name, name}, countTrue(c.Sets[name]), t.reason)...)
				continue
			}
			m.publish(t)
			d.Sets, d.In, d.Score = append(d.Sets, name), append(d.In, c.Sets[name]), append(d.Score, t.score())
		}
		if of.Control != "" {
			d.Control = slices.Index(d.Sets, of.Control)
		}
		if len(d.Sets) == 0 {
			return lines, nil
		}
		measured, err := compare.Transfer(d, m.compareSettings())
		return append(lines, measured...), err
	})

func countTrue(in []bool) int {
	n := 0
	for _, is := range in {
		if is {
			n++
		}
	}
	return n
}
