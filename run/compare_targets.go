package run

import (
	"context"

	"tell/compare"
	"tell/study"
	"tell/target"
)

var targetsComparer = comparing("targets",
	func(p *plan, i int, of *study.TargetPair) error {
		pair := columnsOf[[]study.TargetColumn](p, i)
		for _, y := range pair {
			if y.Name == "" {
				continue
			}
			if p.targets == nil {
				p.targets = map[string]target.Column{}
			}
			p.targets[y.Name] = y.Column
			p.addSweep(sweep{Target: y.Name})
		}
		p.addSweep(sweep{Target: pair[0].Name, Beside: of.Targets[1]})
		return nil
	},
	func(ctx context.Context, m *merging, i int, of *study.TargetPair) ([]compare.Line, error) {
		pair := columnsOf[[]study.TargetColumn](m.plan, i)
		names := [2]string{of.Targets[0], of.Targets[1]}
		var each [2]*trained
		for k, y := range pair {
			t, err := m.trained(sweep{Target: y.Name})
			if err != nil {
				return nil, err
			}
			if t.reason != "" {
				return cannot(names, len(m.cases.Rows), names[k]+": "+t.reason), nil
			}
			m.publish(t)
			each[k] = t
		}
		beside := Cell{Target: pair[0].Name, Beside: names[1], Family: m.Probe.Kind}
		_, both := m.beside(beside)
		rows := indices(both)
		c := m.cases
		d := compare.Targets{IDs: at(c.ID, rows), Names: names, Group: at(c.Group, rows), Fold: at(m.folds.OuterFold(0), rows)}
		for k := range pair {
			d.Label[k] = at(pair[k].Column.Ints(), rows)
		}
		for s, site := range each[0].parts {
			other := each[1].parts[s]
			if site.tellsNothing() != "" || other.tellsNothing() != "" || site.Position != each[0].parts[0].Position {
				continue
			}
			beside.Layer, beside.Position = site.Layer, site.Position
			directions, err := m.store.get(beside)
			if err != nil {
				return nil, err
			}
			d.Layers = append(d.Layers, compare.TargetLayer{
				Layer: site.Layer, Score: [2][]float64{at(site.curve.P(), rows), at(other.curve.P(), rows)}, Cosines: directions.cosines,
			})
		}
		return d.Measure(ctx, m.compareSettings())
	})
