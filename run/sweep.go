package run

import (
	"fmt"
	"slices"
	"strings"

	"tell/probe"
	"tell/result"
	"tell/target"
)

// A sweep is what is trained at every layer and position for a comparison: a
// target, the rows that train, and the dump. It is a [Cell] without a site.
type sweep = Cell

// addSweep lays out the cells of a sweep, unless they are there already. One that cannot
// be trained has none; see [plan.cannot].
func (p *plan) addSweep(w sweep) {
	w.Family = p.familyOf(w)
	if w.isOwn() || slices.Contains(p.sweeps, w) {
		return
	}
	p.sweeps = append(p.sweeps, w)
	if p.cannot(w) != "" {
		return
	}
	for _, at := range p.sitesOf(w.Dump) {
		w.Layer, w.Position = at[0], at[1]
		p.cells = append(p.cells, w)
	}
}

// sitesOf lists the layers and positions to probe in a dump: those that the
// study asks for in its own, all in others that have other ones.
func (p *plan) sitesOf(dump string) [][2]int {
	of := p.source(dump).dump
	numbers, positions := of.LayerNumbers(), of.Shape().Positions
	var sites [][2]int
	if slices.Equal(numbers, p.dump.LayerNumbers()) && positions == p.dump.Shape().Positions {
		for _, c := range p.sites() {
			sites = append(sites, [2]int{c.Layer, c.Position})
		}
		return sites
	}
	for _, l := range numbers {
		for at := range positions {
			sites = append(sites, [2]int{l, at})
		}
	}
	return sites
}

// isOwn tells whether the sweep is that of the study itself.
func (c Cell) isOwn() bool {
	return c.Target == "" && c.Train == "" && c.Test == "" && c.Dump == "" && c.Beside == "" && c.Control == "" && c.Coordinates == 0 && !c.Residual
}

// named are rows of the study's own dump that a sweep may be trained on.
func (p *plan) nameRows(name string, in []bool) error {
	if old, seen := p.named[name]; seen && !slices.Equal(old, in) {
		return p.ErrorAt("compare", "%q names two different sets of rows; give the set another name", name)
	}
	if p.named == nil {
		p.named = map[string][]bool{}
	}
	p.named[name] = in
	return nil
}

// taskOf is what the cells of a sweep predict, and on which rows they train; nil
// for all.
func (p *plan) taskOf(w sweep) (y target.Column, only []bool) {
	y = p.source(w.Dump).cases.Target
	if w.Target != "" {
		y = p.targets[w.Target]
	}
	if w.Train != "" {
		only = slices.Clone(p.named[w.Train])
	}
	for i := range y.Len() {
		if !y.Stated(i) {
			if only == nil {
				only = slices.Repeat([]bool{true}, y.Len())
			}
			only[i] = false
		}
	}
	return y, only
}

// cannot says why a sweep cannot be trained: the training rows of some fold lack a
// level, or have one value.
func (p *plan) cannot(w sweep) string {
	y, only := p.taskOf(w)
	weight := p.source(w.Dump).cases.Weight
	for _, u := range p.source(w.Dump).folds.Units {
		for inner := range p.folds.Inner {
			var train []int
			for i, in := range u.Without(inner) {
				if in && (only == nil || only[i]) && (weight == nil || weight[i] > 0) {
					train = append(train, i)
				}
			}
			if lack := lacking(y.At(train)); lack != "" {
				return fmt.Sprintf("fold %d of repeat %d leaves %s to train on, without one inner fold", u.Fold, u.Repeat, lack)
			}
		}
	}
	return ""
}

// lacking says what rows lack to be trained on, if anything.
func lacking(y target.Column) string {
	if !y.Leveled() {
		if y.Len() == 0 || slices.Min(y.Values) == slices.Max(y.Values) {
			return fmt.Sprintf("%d rows of no two different values", y.Len())
		}
		return ""
	}
	n := labelsOf(y)
	if y.Kind == target.KindBinary {
		if n[0] == 0 || n[1] == 0 {
			return fmt.Sprintf("%d rows of label 0 and %d of label 1", n[0], n[1])
		}
		return ""
	}
	if level := slices.Index(n, 0); level >= 0 {
		return fmt.Sprintf("none of %d rows of level %q", y.Len(), y.Levels[level])
	}
	return ""
}

// trained is a sweep with its layer, position and C chosen inside the training
// folds, as the study's own probe is.
type trained struct {
	sweep
	parts  []*part
	nested *probe.Nested
	// reason says why there are no scores.
	reason string
}

// score is what the sweep gives every row of its dump, such as P(label = 1): the mean
// over the repeats.
func (t *trained) score() []float64 { return probe.Mean(t.nested.Score) }

// probeOf is the probe that scored the test rows of a unit.
func (t *trained) probeOf(unit int) *probe.Probe {
	return t.parts[t.nested.Choice[unit]].curve.Probes[unit]
}

// trained gathers the parts of a sweep and makes the nested choice.
func (m *merging) trained(w sweep) (*trained, error) {
	w.Family = m.familyOf(w)
	t := &trained{sweep: w}
	if w.isOwn() {
		t.parts = m.sites
	} else {
		if t.reason = m.cannot(w); t.reason != "" {
			return t, nil
		}
		for _, at := range m.sitesOf(w.Dump) {
			w.Layer, w.Position = at[0], at[1]
			s, err := m.store.get(w)
			if err != nil {
				return nil, err
			}
			t.parts = append(t.parts, s)
		}
	}
	curves := make([]*probe.OutOfFold, len(t.parts))
	t.reason = constant
	for i, s := range t.parts {
		if why := s.tellsNothing(); why != "" {
			continue
		}
		curves[i], t.reason = s.curve, ""
	}
	if t.reason != "" {
		return t, nil
	}
	var err error
	if t.nested, err = probe.Choose(m.source(w.Dump).folds, curves); err != nil {
		return t, err
	}
	if slices.Contains(m.unseen(w, w.Dump), true) {
		t.nested.Score, err = m.applied(t, w.Dump)
	}
	return t, err
}

// unseen marks the rows of a dump that are of groups which none of the training rows
// of a sweep is in; nil where all rows train.
func (p *plan) unseen(w sweep, dump string) []bool {
	if w.Train == "" {
		return nil
	}
	from, to := p.source(w.Dump).cases, p.source(dump).cases
	_, only := p.taskOf(w)
	seen := map[string]bool{}
	for i, in := range only {
		if in {
			seen[from.GroupNames[from.Group[i]]] = true
		}
	}
	unseen := make([]bool, len(to.Group))
	for i, g := range to.Group {
		unseen[i] = !seen[to.GroupNames[g]]
	}
	return unseen
}

// heldOut scores the rows of a dump with the predictions of the units of a sweep:
// rows of groups that it was trained on by the unit that tests them. All units hold
// out the others, which get the mean of the folds: one fold for each row would set
// rows beside each other on the scales of several probes.
func (p *plan) heldOut(w sweep, dump string, each func(use func(unit int, predicted []float64) error) error) ([][]float64, error) {
	to := p.source(dump).folds
	unseen := p.unseen(w, dump)
	score := make([][]float64, to.Repeats())
	return score, each(func(unit int, predicted []float64) error {
		u := to.Units[unit]
		if score[u.Repeat] == nil {
			score[u.Repeat] = make([]float64, len(predicted))
		}
		width := len(predicted) / len(u.Test) // numbers that a row is given
		for i, test := range u.Test {
			for k := i * width; k < (i+1)*width; k++ {
				switch {
				case unseen != nil && unseen[i]:
					score[u.Repeat][k] += predicted[k] / float64(to.Folds)
				case test:
					score[u.Repeat][k] = predicted[k]
				}
			}
		}
		return nil
	})
}

// eachPrediction gives what the probe of every unit predicts of the rows of a dump.
// The states of a site are read once, however many units chose it.
func (m *merging) eachPrediction(t *trained, dump string, use func(unit int, p []float64) error) error {
	for k, site := range t.parts {
		if !slices.Contains(t.nested.Choice, k) {
			continue
		}
		x, health, err := m.rows(Cell{Dump: dump, Layer: site.Layer, Position: site.Position})
		if err == nil && !health.Finite() {
			err = fmt.Errorf("dump %q: layer %d, position %d: found %d NaN and %d infinite numbers, expected finite states to apply a probe to", dump, site.Layer, site.Position, health.NaN, health.Inf)
		}
		if err != nil {
			return err
		}
		for unit, choice := range t.nested.Choice {
			if choice != k {
				continue
			}
			p, err := t.probeOf(unit).Predict(x)
			if err != nil {
				return err
			}
			if err := use(unit, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// applied scores the rows of a dump with the probes of a sweep, as heldOut does. The
// states of the dump live in the same space as those that trained.
func (m *merging) applied(t *trained, dump string) ([][]float64, error) {
	return m.heldOut(t.sweep, dump, func(use func(int, []float64) error) error { return m.eachPrediction(t, dump, use) })
}

// scoreName is what the scores of a sweep are called in the table of scores.
func (c Cell) scoreName() string {
	var words []string
	for _, of := range [][2]string{{"target", c.Target}, {"train", c.Train}, {"dump", c.Dump}} {
		if of[1] != "" {
			words = append(words, of[0]+" "+of[1])
		}
	}
	return strings.Join(words, ", ")
}

// publish puts the scores of a sweep into the table of scores, once.
func (m *merging) publish(t *trained) {
	name := t.scoreName()
	if name == "" || t.reason != "" || slices.ContainsFunc(m.compared, func(s result.Score) bool { return s.Compared == name }) {
		return
	}
	from := m.source(t.Dump)
	y, _ := m.taskOf(t.sweep)
	fold := outerFolds(from.folds)
	for i, label := range y.Ints() {
		if !y.Stated(i) {
			continue
		}
		for r, scores := range t.nested.Score {
			s := scoreOf(from.cases, i)
			s.Compared, s.Repeat, s.Fold = name, r, fold[r][i]
			at := t.parts[t.nested.Choice[r*from.folds.Folds+s.Fold]]
			s.Layer, s.Position = at.Layer, at.Position
			scored := scoredAs(y, scores, i)
			s.Score, s.Prediction, s.Label = scored.score, scored.prediction, label
			if !y.Leveled() {
				s.Label, s.Value = result.None, y.Values[i]
			}
			m.compared = append(m.compared, s)
		}
	}
}
