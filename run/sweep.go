package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tell/folds"
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
	w.Family = p.Probe.Kind
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
// study asks for in its own, all in others of another shape.
func (p *plan) sitesOf(dump string) [][2]int {
	shape, own := p.source(dump).dump.Shape(), p.dump.Shape()
	var sites [][2]int
	for _, c := range p.sites() {
		if shape.Layers != own.Layers || shape.Positions != own.Positions {
			break
		}
		sites = append(sites, [2]int{c.Layer, c.Position})
	}
	if sites == nil {
		for l := range shape.Layers {
			for at := range shape.Positions {
				sites = append(sites, [2]int{l, at})
			}
		}
	}
	return sites
}

// isOwn tells whether the sweep is that of the study itself.
func (c Cell) isOwn() bool {
	return c.Target == "" && c.Train == "" && c.Test == "" && c.Dump == "" && c.Beside == "" && c.Control == ""
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
	for _, u := range p.source(w.Dump).folds.Units {
		for inner := range p.folds.Inner {
			var train []int
			for i, in := range u.Without(inner) {
				if in && (only == nil || only[i]) {
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
	w.Family = m.Probe.Kind
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
	return t, m.scoreUnseen(t)
}

// scoreUnseen gives rows of groups that none of the training rows is in the mean
// of the probes of all folds. All are held out there, and the probe of one fold
// for each row would set rows beside each other on the scales of several probes.
func (m *merging) scoreUnseen(t *trained) error {
	if t.Train == "" {
		return nil
	}
	from := m.source(t.Dump)
	_, only := m.taskOf(t.sweep)
	seen := map[int]bool{}
	for i, in := range only {
		if in {
			seen[from.cases.Group[i]] = true
		}
	}
	unseen := make([]bool, len(only))
	for i, g := range from.cases.Group {
		unseen[i] = !seen[g]
	}
	rows := indices(unseen)
	if rows == nil {
		return nil
	}
	width := t.nested.Width
	for r := range t.nested.Score {
		for _, i := range rows {
			clear(t.nested.Score[r][i*width : (i+1)*width])
		}
	}
	return m.eachPrediction(t, t.Dump, func(unit int, p []float64) error {
		for _, i := range rows {
			for k := i * width; k < (i+1)*width; k++ {
				t.nested.Score[from.folds.Units[unit].Repeat][k] += p[k] / float64(from.folds.Folds)
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
		x, _, err := m.rows(Cell{Dump: dump, Layer: site.Layer, Position: site.Position})
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

// applied scores the rows of a dump with the probes of a sweep on another dump
// whose states live in the same space: every row with the probe of the fold
// that tests its group.
func (m *merging) applied(ctx context.Context, t *trained, dump string) ([]float64, error) {
	to := m.source(dump).folds
	score := make([][]float64, to.Repeats())
	err := m.eachPrediction(t, dump, func(unit int, p []float64) error {
		takeTested(score, to.Units[unit], p)
		return ctx.Err()
	})
	return probe.Mean(score), err
}

// takeTested takes the scores of the rows that a unit tests, into those of its
// repeat, which are made as wide.
func takeTested(score [][]float64, u folds.Unit, p []float64) {
	if score[u.Repeat] == nil {
		score[u.Repeat] = make([]float64, len(p))
	}
	width := len(p) / len(u.Test)
	for i, test := range u.Test {
		if test {
			copy(score[u.Repeat][i*width:(i+1)*width], p[i*width:])
		}
	}
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
