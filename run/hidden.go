package run

import (
	"context"
	"math"

	"tell/hidden"
	"tell/probe"
	"tell/result"
)

// hidden measures what the probe adds to all its rivals together. Rows of the
// table and the scores of the rows take part in it; a study without permutations
// has no null.
func (m *merging) hidden(ctx context.Context, nested *probe.Nested, base []baseline) error {
	if !m.binary() {
		if m.cases.Behaviour != nil {
			m.result.Table = append(m.result.Table, result.NoHiddenRows(m.cases.Target.Len())...)
		}
		return nil
	}
	own := hidden.Predictor{Name: result.Probe, Score: hidden.Logits(nested.Score)}
	for i, k := range nested.Choice {
		own.Inner = append(own.Inner, m.sites[k].curve.Inner[i])
	}
	permutations := m.Controls.Permutations
	if permutations == 0 {
		permutations = -1
	}
	h, err := hidden.Measure(ctx, hidden.Data{Plan: m.folds, Target: m.cases.Target, Probe: own, Rivals: m.stacked(base), Unit: m.cases.Unit}, hidden.Settings{
		Permutations: permutations, Bootstrap: m.bootstrap(), Seed: m.Seed,
	})
	if err != nil {
		return err
	}
	m.added = h
	m.result.Table = append(m.result.Table, result.HiddenRows(h)...)
	return nil
}

// stacked lists the rivals as the second level takes them: models of the first
// level by their margins, columns as they are.
func (m *merging) stacked(base []baseline) []hidden.Predictor {
	var rivals []hidden.Predictor
	for _, b := range base {
		if b.inner != nil && !m.isColumn(b.name) {
			rivals = append(rivals, hidden.Predictor{Name: b.name, Inner: b.inner, Score: hidden.Logits(b.score)})
		}
	}
	if acted := m.acted(); acted != nil {
		p := hidden.Levels(m.folds, result.Behaviour, acted, "neither", "0", "1")
		p.Behaviour = true
		rivals = append(rivals, p)
	}
	if g := m.cases.Graded; g != nil {
		p := hidden.Column(m.folds, result.Graded, g)
		p.Behaviour = true
		rivals = append(rivals, p)
	}
	for _, s := range m.cases.Scorers {
		rivals = append(rivals, hidden.Column(m.folds, s.Name, s.Score))
	}
	return rivals
}

// isColumn reports whether a rival is a column of the examples.
func (m *merging) isColumn(name string) bool {
	if name == result.Graded {
		return true
	}
	for _, s := range m.cases.Scorers {
		if s.Name == name {
			return true
		}
	}
	return false
}

// gainOf is the score of all rivals together and what the probe adds on a row.
func (m *merging) gainOf(row int) (rivals, gain float64) {
	if m.added == nil {
		return math.NaN(), math.NaN()
	}
	return m.added.J0[row], m.added.Gain[row]
}
