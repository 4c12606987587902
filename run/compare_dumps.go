package run

import (
	"context"
	"maps"
	"math"
	"slices"

	"tell/compare"
	"tell/gap"
	"tell/probe"
	"tell/study"
)

var dumpsComparer = comparing("dumps",
	func(p *plan, _ int, of *study.DumpSeries) error {
		for _, name := range of.Dumps {
			if err := p.checkSpace(name, "leave same_space out to compare scores alone"); err != nil {
				return err
			}
			p.addSweep(sweep{Dump: name})
		}
		return nil
	},
	func(ctx context.Context, m *merging, i int, of *study.DumpSeries) ([]compare.Line, error) {
		own, err := m.trained(sweep{})
		if err != nil {
			return nil, err
		}
		var lines []compare.Line
		for _, name := range of.Dumps {
			more, err := m.dumps(ctx, name, of.Margin, own)
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
		if of.Dose == nil {
			return lines, nil
		}
		doses, err := m.doses(ctx, i, of)
		return append(lines, doses...), err
	})

// checkSpace reports a dump that is said to be in the space of the study's own and
// cannot be: its probes would be applied to states of another width, or layer.
func (p *plan) checkSpace(name, instead string) error {
	if !p.Dumps[name].SameSpace {
		return nil
	}
	own, other := p.dump.Shape(), p.source(name).dump.Shape()
	refuse := func(format string, args ...any) error {
		return p.ErrorAt("dumps."+name+".same_space", format+"; "+instead, args...)
	}
	switch {
	case own.Width != other.Width:
		return refuse("found states of width %d, expected %d, that of the study's own dump", other.Width, own.Width)
	case own.Layers != other.Layers || own.Positions != other.Positions:
		return refuse("found %d layers and %d positions, expected %d and %d, those of the study's own dump", other.Layers, other.Positions, own.Layers, own.Positions)
	}
	names, numbers := p.opened.LayerNames(), p.opened.LayerNumbers()
	of := p.source(name).opened
	for i, found := range of.LayerNames() {
		if found != names[i] || of.LayerNumbers()[i] != numbers[i] {
			return refuse("found %q as layer %d, expected %q, as in the study's own dump", found, of.LayerNumbers()[i], names[i])
		}
	}
	return nil
}

// ownDump is what the study's own dump is called beside others.
const ownDump = "own"

// dumps compares a dump with the study's own on the rows that both have.
func (m *merging) dumps(ctx context.Context, name string, margin float64, own *trained) ([]compare.Line, error) {
	names := [2]string{ownDump, name}
	other, err := m.trained(sweep{Dump: name})
	if err != nil {
		return nil, err
	}
	a, b := m.cases, m.source(name).cases
	j, err := compare.Join(names, [2][]string{a.ID, b.ID})
	if err != nil {
		return nil, err
	}
	j.Lost[1] = m.source(name).alone // its cases are those that the study's own dump has too
	if other.reason != "" {
		return cannot(names, len(j.Rows[0]), other.reason), nil
	}
	m.publish(other)
	if !m.binary() {
		return m.metricDumps(ctx, j, names, margin, own, other)
	}
	d := compare.Dumps{
		Names: names, ID: at(a.ID, j.Rows[0]), Group: at(a.Group, j.Rows[0]), Label: at(a.Target.Ints(), j.Rows[0]),
		Score:  [2][]float64{at(own.score(), j.Rows[0]), at(other.score(), j.Rows[1])},
		Margin: margin, Lost: j.Lost,
	}
	if a.Behaviour != nil {
		d.Behaviour = [2][]int{at(a.Behaviour, j.Rows[0]), at(b.Behaviour, j.Rows[1])}
	}
	if m.Dumps[name].SameSpace {
		frozen, err := m.applied(own, name)
		if err != nil {
			return nil, err
		}
		d.Frozen = snapped(at(probe.Mean(frozen), j.Rows[1]), d.Score[0])
	} else {
		d.Peer = d.Score[1]
	}
	return d.Measure(ctx, m.compareSettings())
}

// metricDumps compares what the metrics of the kind of target say of two dumps.
func (m *merging) metricDumps(ctx context.Context, j compare.Joined, names [2]string, margin float64, own, other *trained) ([]compare.Line, error) {
	width := own.nested.Width
	d := compare.MetricDumps{
		Names: names, ID: at(m.cases.ID, j.Rows[0]), Group: at(m.cases.Group, j.Rows[0]), Target: m.cases.Target.At(j.Rows[0]),
		Score:  [2][]float64{scoresAt(own.score(), width, j.Rows[0]), scoresAt(other.score(), width, j.Rows[1])},
		Margin: margin, Lost: j.Lost,
	}
	if m.Dumps[other.Dump].SameSpace {
		frozen, err := m.applied(own, other.Dump)
		if err != nil {
			return nil, err
		}
		d.Frozen = snapped(scoresAt(probe.Mean(frozen), width, j.Rows[1]), d.Score[0])
	}
	return d.Measure(ctx, m.compareSettings())
}

// scoresAt picks the scores of rows, width numbers each.
func scoresAt(score []float64, width int, rows []int) []float64 {
	picked := make([]float64, 0, len(rows)*width)
	for _, row := range rows {
		picked = append(picked, score[row*width:(row+1)*width]...)
	}
	return picked
}

// snapped is the reference where all scores are the same but for rounding: those
// of the same states, which are computed in another order.
func snapped(score, reference []float64) []float64 {
	for i, p := range score {
		if math.Abs(p-reference[i]) > 1e-9 {
			return score
		}
	}
	return reference
}

// doses measures the behaviour of a series of dumps by dose.
func (m *merging) doses(ctx context.Context, i int, of *study.DumpSeries) ([]compare.Line, error) {
	names := append([]string{""}, of.Dumps...)
	// Every id of any dump is a row; a dump without it states nothing there.
	var ids []string
	group := map[string]int{}
	for _, name := range append(slices.Clone(names), slices.Sorted(maps.Keys(of.Random))...) {
		c := m.source(name).cases
		unrelated, _ := c.Compared[i].(*study.UnrelatedRows)
		for k, id := range c.ID {
			if _, seen := group[id]; !seen {
				ids = append(ids, id)
				group[id] = slices.Index(m.cases.GroupNames, c.GroupNames[c.Group[k]])
			}
		}
		if unrelated != nil {
			for _, id := range unrelated.ID {
				if _, seen := group[id]; !seen {
					ids = append(ids, id)
					group[id] = len(m.cases.GroupNames) + len(group) // each by itself
				}
			}
		}
	}
	behaviour := func(name string) []float64 {
		c := m.source(name).cases
		row := map[string]int{}
		for k, id := range c.ID {
			row[id] = k
		}
		x := make([]float64, len(ids))
		for k, id := range ids {
			x[k] = math.NaN()
			if r, known := row[id]; known && c.Behaviour[r] != gap.Neither {
				x[k] = float64(c.Behaviour[r])
			}
		}
		return x
	}
	d := compare.Doses{Series: compare.Series{Name: ownDump, Dose: of.Dose}, ID: ids}
	for _, id := range ids {
		d.Group = append(d.Group, group[id])
	}
	for _, name := range names {
		d.Behaviour = append(d.Behaviour, behaviour(name))
		if of.Unrelated == nil {
			continue
		}
		unrelated := m.source(name).cases.Compared[i].(*study.UnrelatedRows)
		correct := map[string]bool{}
		for k, id := range unrelated.ID {
			correct[id] = unrelated.Correct[k]
		}
		x := make([]float64, len(ids))
		for k, id := range ids {
			is, known := correct[id]
			switch {
			case !known:
				x[k] = math.NaN()
			case is:
				x[k] = 1
			}
		}
		d.Unrelated = append(d.Unrelated, x)
	}
	for _, name := range slices.Sorted(maps.Keys(of.Random)) {
		d.Random = append(d.Random, compare.Series{Name: name, Dose: []float64{of.Random[name]}, Behaviour: [][]float64{behaviour(name)}})
	}
	return d.Measure(ctx, m.compareSettings())
}
