package run

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"tell/compare"
	"tell/metric"
	"tell/probe"
	"tell/result"
	"tell/study"
	"tell/target"
)

var transferComparer = comparing("transfer",
	func(p *plan, _ int, of *study.Transfers) error {
		dumps := p.DumpsOf(of.Transfer)
		for _, dump := range dumps {
			if dump == "" || len(dumps) == 1 {
				continue
			}
			if err := p.checkSpace(dump, "compare sets of one dump, since a probe of another cannot be applied to it"); err != nil {
				return err
			}
		}
		for _, name := range of.Transfer {
			dump := p.Sets[name].Dump
			in := p.source(dump).cases.Sets[name]
			if !slices.Contains(in, true) {
				return p.ErrorAt("sets."+name, "none of its rows in the dump %q has an id that the study's own rows have, expected some", dump)
			}
			if err := p.nameRows(name, in); err != nil {
				return err
			}
			w := sweep{Train: name, Dump: dump}
			p.addSweep(w)
			p.addPlainRivals(w)
		}
		return nil
	},
	func(ctx context.Context, m *merging, i int, of *study.Transfers) ([]compare.Line, error) {
		t := transfer{merging: m, Transfers: of}
		for _, dump := range m.DumpsOf(of.Transfer) {
			t.addRows(i, dump)
		}
		t.data.Sets, t.data.FPR, t.data.Control = of.Transfer, of.FPR, slices.Index(of.Transfer, of.Control)
		for _, sets := range of.Paired {
			t.data.Paired = append(t.data.Paired, [2]int{slices.Index(of.Transfer, sets[0]), slices.Index(of.Transfer, sets[1])})
		}
		for _, name := range t.plainRivals() {
			t.data.Others = append(t.data.Others, compare.TransferScores{Name: name})
		}
		for _, name := range of.Transfer {
			if err := t.addSet(name); err != nil {
				return nil, err
			}
		}
		if !m.binary() {
			return t.metrics().Measure(ctx, m.compareSettings())
		}
		if err := t.addDirections(ctx); err != nil {
			return nil, err
		}
		return t.data.Measure(ctx, m.compareSettings())
	})

// plainRivals are the predictors without hidden states that are trained in every set
// like its probe: without them nothing says that what a probe carries over is not in
// the words. They are compared by the AUROC, and there are none for other targets than
// labels 0 and 1.
func (p *plan) plainRivals() []string {
	if !p.binary() {
		return nil
	}
	var names []string
	if p.cases.Text != nil {
		names = append(names, result.Text)
	}
	if len(p.cases.Nuisance) > 0 {
		names = append(names, result.Nuisance)
	}
	return names
}

// addPlainRivals lays out the predictors that stand beside a sweep.
func (p *plan) addPlainRivals(w sweep) {
	if p.cannot(w) != "" {
		return
	}
	for _, name := range p.plainRivals() {
		c := p.control(name)
		c.Train, c.Dump = w.Train, w.Dump
		if !slices.Contains(p.cells, c) {
			p.cells = append(p.cells, c)
		}
	}
}

// dumpsBeside lists the dumps to which what is trained on a set is applied, beside
// its own.
func (p *plan) dumpsBeside(c Cell) []string {
	var dumps []string
	for _, item := range p.Compare {
		of, ok := item.Of.(*study.Transfers)
		if !ok || !slices.Contains(of.Transfer, c.Train) {
			continue
		}
		for _, d := range p.DumpsOf(of.Transfer) {
			if d != c.Dump && !slices.Contains(dumps, d) {
				dumps = append(dumps, d)
			}
		}
	}
	return dumps
}

// transfer gathers what a transfer is measured on: the rows of all dumps that it
// has sets of, one dump after the other.
type transfer struct {
	*merging
	*study.Transfers
	data  compare.Transfer
	parts []dumpRows
	sets  []*trained
}

// dumpRows are the rows of a dump among those of a transfer.
type dumpRows struct {
	dump     string
	from, to int
}

func (t *transfer) addRows(item int, dump string) {
	c, d := t.source(dump).cases, &t.data
	group := map[string]int{}
	for g, name := range t.cases.GroupNames {
		group[name] = g
	}
	from := len(d.ID)
	for i, id := range c.ID {
		if dump != "" {
			id += " of " + dump
		}
		d.ID, d.Group = append(d.ID, id), append(d.Group, group[c.GroupNames[c.Group[i]]])
		if c.Unit != nil {
			d.Unit = append(d.Unit, from+c.Unit[i])
		}
	}
	d.Label, d.Behaviour = append(d.Label, c.Target.Ints()...), append(d.Behaviour, c.Behaviour...)
	if len(t.Paired) > 0 {
		d.Pair = append(d.Pair, c.Compared[item].(study.Pairs)...)
	}
	t.parts = append(t.parts, dumpRows{dump, from, len(d.ID)})
}

func (t *transfer) addSet(name string) error {
	w := sweep{Train: name, Dump: t.Sets[name].Dump}
	of, err := t.trained(w)
	if err != nil {
		return err
	}
	t.publish(of)
	in := make([]bool, len(t.data.ID))
	width := metric.Width(t.cases.Target)
	score := slices.Repeat([]float64{math.NaN()}, len(in)*width)
	for _, at := range t.parts {
		if at.dump == w.Dump {
			copy(in[at.from:at.to], t.source(w.Dump).cases.Sets[name])
		}
		if of.reason != "" {
			continue
		}
		s := of.nested.Score
		if at.dump != w.Dump {
			if s, err = t.applied(of, at.dump); err != nil {
				return err
			}
		}
		copy(score[at.from*width:at.to*width], probe.Mean(s))
	}
	t.sets = append(t.sets, of)
	t.data.In, t.data.Score, t.data.Untrained = append(t.data.In, in), append(t.data.Score, score), append(t.data.Untrained, of.reason)
	for k := range t.data.Others {
		other := &t.data.Others[k]
		score, err := t.controlScore(w, other.Name)
		if err != nil {
			return err
		}
		other.Score = append(other.Score, score)
	}
	return nil
}

// controlScore is what a predictor without hidden states gives the rows.
func (t *transfer) controlScore(w sweep, name string) ([]float64, error) {
	score := slices.Repeat([]float64{math.NaN()}, len(t.data.ID))
	if t.cannot(w) != "" {
		return score, nil
	}
	c := t.control(name)
	c.Train, c.Dump = w.Train, w.Dump
	s, err := t.store.get(c)
	if err != nil {
		return nil, err
	}
	for _, at := range t.parts {
		if at.dump == w.Dump {
			copy(score[at.from:at.to], s.curve.P())
		} else {
			copy(score[at.from:at.to], s.beside[at.dump])
		}
	}
	return score, nil
}

// metrics are the same rows, sets and scores for a target of any kind.
func (t *transfer) metrics() compare.MetricTransfer {
	d := t.data
	y := t.cases.Target
	y.Values, y.N = nil, nil
	for _, at := range t.parts {
		of := t.source(at.dump).cases.Target
		y.Values, y.N = append(y.Values, of.Values...), append(y.N, of.N...)
	}
	return compare.MetricTransfer{Sets: d.Sets, ID: d.ID, Group: d.Group, In: d.In, Target: y, Score: d.Score, Untrained: d.Untrained}
}

// addDirections compares the directions of every two sets at the site that most of
// their probes chose. Halves of the groups are the same for all, so that rows of one
// group are never on both sides.
func (t *transfer) addDirections(ctx context.Context) error {
	site, ok := t.mostChosen()
	if !ok {
		return nil
	}
	reason := make([]string, len(t.sets))
	for a, of := range t.sets {
		switch {
		case of.reason != "":
			reason[a] = fmt.Sprintf("no probe could be trained on %s: %s", of.Train, of.reason)
		case t.halves(a) == nil:
			reason[a] = fmt.Sprintf("%s has too few groups: not every half of them holds both labels", of.Train)
		}
	}
	var able []int
	for a := range t.sets {
		if reason[a] == "" {
			able = append(able, a)
		}
	}
	halves := t.halves(able...)
	each := make([]directions, len(t.sets))
	if halves != nil && len(able) > 1 {
		var err error
		if each, err = t.directions(ctx, site, able, halves); err != nil {
			return err
		}
	}
	for b := range t.sets {
		for a := range b {
			d := compare.SetDirections{Sets: [2]int{a, b}, Layer: site.Layer, Position: site.Position, Reason: cmp.Or(reason[a], reason[b])}
			if d.Reason == "" && halves == nil {
				d.Reason = "the groups cannot be halved so that each half of every set holds both labels"
			}
			if d.Reason == "" {
				var err error
				if d.Cosines, err = cosinesOf(each[a], each[b], t.folds.Folds, t.leftOut()); err != nil {
					return err
				}
			}
			t.data.Directions = append(t.data.Directions, d)
		}
	}
	return nil
}

// mostChosen is the site that most units of all sets chose, the first of equals.
func (t *transfer) mostChosen() (site Cell, ok bool) {
	var count []int
	var parts []*part
	for _, of := range t.sets {
		if of.reason != "" {
			continue
		}
		parts = of.parts
		count = append(count, make([]int, len(parts)-len(count))...)
		for _, k := range of.nested.Choice {
			count[k]++
		}
	}
	if count == nil {
		return Cell{}, false
	}
	return parts[slices.Index(count, slices.Max(count))].Cell, true
}

// bothLabels tells whether some rows hold both labels of every set.
func (t *transfer) bothLabels(sets []int, rows []bool) bool {
	return !slices.ContainsFunc(sets, func(a int) bool {
		var n [2]int
		for i, half := range rows {
			if half && t.data.In[a][i] {
				n[t.data.Label[i]]++
			}
		}
		return n[0] == 0 || n[1] == 0
	})
}

// tested marks the rows that each outer fold tests, in all dumps.
func (t *transfer) tested() [][]bool {
	tested := make([][]bool, t.folds.Folds)
	for _, at := range t.parts {
		for k, u := range t.source(at.dump).folds.Units[:t.folds.Folds] {
			tested[k] = append(tested[k], u.Test...)
		}
	}
	return tested
}

// halves are those of the rows of some sets in which each has both labels.
func (t *transfer) halves(sets ...int) *halves {
	if len(sets) == 0 {
		return nil
	}
	in := make([]bool, len(t.data.ID))
	for i := range in {
		in[i] = slices.ContainsFunc(sets, func(a int) bool { return t.data.In[a][i] })
	}
	base := t.part(t.sets[sets[0]].Dump)
	return halvesOf(t.plan, t.data.Group, in, t.tested(), func(a, b, outside []bool) bool {
		return t.bothLabels(sets, a) && t.bothLabels(sets, b) && len(indices(outside[base.from:base.to])) >= fewestJudged
	})
}

// directions trains the probe of every set on its rows in every fold and in every
// half. Margins are of the rows of the sets in the dump of the first that no probe
// was trained on, and columns are standardised alike, as on all these rows.
func (t *transfer) directions(ctx context.Context, site Cell, sets []int, halves *halves) ([]directions, error) {
	of := make([]directions, len(t.sets))
	base := t.sets[sets[0]].sweep
	used := make([]bool, len(t.source(base.Dump).cases.Rows))
	for _, a := range sets {
		if t.sets[a].Dump != base.Dump {
			continue
		}
		for i, in := range t.rowsIn(a) {
			used[i] = used[i] || in
		}
	}
	place := t.part(base.Dump)
	var judged [][]int
	for _, u := range t.source(base.Dump).folds.Units[:t.folds.Folds] {
		judged = append(judged, indices(and(slices.Clone(u.Test), used)))
	}
	for _, outside := range halves.outside {
		judged = append(judged, indices(and(slices.Clone(outside[place.from:place.to]), used)))
	}
	states, _, err := t.rows(Cell{Dump: base.Dump, Layer: site.Layer, Position: site.Position})
	if err != nil {
		return nil, err
	}
	train := func(w sweep, x probe.Rows, rows [][]bool, visit func(set, target int, fitted *probe.Probe, margin []float64)) error {
		y := []target.Column{t.source(w.Dump).cases.Target}
		return probe.TrainEach(ctx, x, y, rows, t.settings(w), t.Controls.PermutationC, visit)
	}
	var scale []float64
	err = train(base, states, [][]bool{used}, func(_, _ int, fitted *probe.Probe, _ []float64) { scale = fitted.Scale })
	if err != nil {
		return nil, err
	}
	for _, a := range sets {
		w, x, in := t.sets[a].sweep, states, t.rowsIn(a)
		if w.Dump != base.Dump {
			if x, _, err = t.rows(Cell{Dump: w.Dump, Layer: site.Layer, Position: site.Position}); err != nil {
				return nil, err
			}
		}
		from := t.source(w.Dump)
		var rows [][]bool
		for _, u := range from.folds.Units[:from.folds.Folds] {
			rows = append(rows, and(u.Train(), in))
		}
		place := t.part(w.Dump)
		for _, half := range halves.rows {
			rows = append(rows, and(slices.Clone(half[place.from:place.to]), in))
		}
		of[a] = newDirections(len(rows))
		var failed error
		err := train(w, x, rows, func(k, _ int, fitted *probe.Probe, margin []float64) {
			if w.Dump != base.Dump && failed == nil {
				margin, failed = fitted.Margin(states)
			}
			if failed == nil {
				of[a].put(k, fitted.Weights, at(margin, judged[k]))
			}
		})
		if err == nil {
			err = failed
		}
		if err != nil {
			return nil, err
		}
		of[a].scale(scale)
	}
	return of, nil
}

// part is where the rows of a dump stand.
func (t *transfer) part(dump string) dumpRows {
	return t.parts[slices.IndexFunc(t.parts, func(p dumpRows) bool { return p.dump == dump })]
}

// rowsIn marks the rows of a set among those of its dump.
func (t *transfer) rowsIn(set int) []bool {
	at := t.part(t.sets[set].Dump)
	return t.data.In[set][at.from:at.to]
}
