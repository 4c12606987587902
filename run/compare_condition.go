package run

import (
	"context"
	"fmt"

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
	func(ctx context.Context, m *merging, i int, of *study.Conditions) ([]compare.Line, error) {
		frozen, err := m.trained(sweep{Train: of.Condition[0]})
		if err != nil {
			return nil, err
		}
		var lines []compare.Line
		for _, other := range of.Condition[1:] {
			refit, err := m.trained(sweep{Train: other})
			if err != nil {
				return nil, err
			}
			more, err := m.condition(ctx, [2]string{of.Condition[0], other}, columnsOf[study.Pairs](m.plan, i), frozen, refit)
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
		return lines, nil
	})

// condition compares two conditions on their pairs.
func (m *merging) condition(ctx context.Context, names [2]string, pair study.Pairs, frozen, refit *trained) ([]compare.Line, error) {
	c := m.cases
	var rows [2][]int
	var ids [2][]string
	for i, name := range c.Condition {
		for k := range names {
			if name == names[k] && pair[i] != "" {
				rows[k], ids[k] = append(rows[k], i), append(ids[k], pair[i])
			}
		}
	}
	j, err := compare.Join(names, ids)
	if err != nil {
		return nil, err
	}
	if len(j.Rows[0]) == 0 {
		return nil, fmt.Errorf("found no pair with a row in %q and one in %q; %d and %d rows have none", names[0], names[1], len(j.Lost[0]), len(j.Lost[1]))
	}
	d := compare.Condition{Names: names, Lost: j.Lost}
	for k := range names {
		for n, at := range j.Rows[k] {
			j.Rows[k][n] = rows[k][at]
		}
		d.Label[k] = at(c.Target.Ints(), j.Rows[k])
		if c.Behaviour != nil {
			d.Behaviour[k] = at(c.Behaviour, j.Rows[k])
		}
		if frozen.reason == "" {
			d.Score[k] = at(frozen.score(), j.Rows[k])
		}
	}
	d.Pair, d.Group = at([]string(pair), j.Rows[0]), at(c.Group, j.Rows[0])
	if frozen.reason != "" {
		return cannot(names, len(d.Pair), frozen.reason), nil
	}
	m.publish(frozen)
	for _, site := range frozen.parts {
		if site.tellsNothing() != "" || site.Position != frozen.parts[0].Position {
			continue
		}
		score := site.curve.P()
		d.Layers = append(d.Layers, compare.ConditionLayer{Layer: site.Layer, Score: [2][]float64{at(score, j.Rows[0]), at(score, j.Rows[1])}})
	}
	if refit.reason == "" {
		m.publish(refit)
		d.Refit = at(refit.score(), j.Rows[1])
	}
	return d.Measure(ctx, m.compareSettings())
}
