package run

import (
	"context"
	"errors"
	"math"
	"slices"

	"tell/gap"
	"tell/hidden"
	"tell/probe"
	"tell/result"
)

// hidden measures what the probe adds to all its rivals together. Rows of the
// table and the scores of the rows take part in it; a study without permutations
// has no null.
func (m *merging) hidden(ctx context.Context, nested *probe.Nested, base []baseline) error {
	y := m.cases.Target
	if !y.Leveled() {
		return nil
	}
	var inner [][]float64
	for i, k := range nested.Choice {
		inner = append(inner, m.sites[k].curve.Inner[i])
	}
	own := m.stackedModel(result.Probe, inner, nested.Score)
	permutations := m.Controls.Permutations
	if permutations == 0 {
		permutations = -1
	}
	h, err := hidden.Measure(ctx, hidden.Data{Plan: m.folds, Target: y, Probe: own, Rivals: m.stacked(base), Unit: m.cases.Unit}, hidden.Settings{
		Permutations: permutations, Bootstrap: m.bootstrap(), Seed: m.Seed,
	})
	var none *hidden.Unestimable
	if errors.As(err, &none) {
		m.result.Table = append(m.result.Table, result.NoHiddenRows(y.Len(), none.Reason)...)
		return nil
	}
	if err != nil {
		return err
	}
	m.added = h
	m.result.Table = append(m.result.Table, result.HiddenRows(h)...)
	return nil
}

// stackedModel is a model of the first level as the second takes it. What inner holds
// of labels 0 and 1 are margins already, see [probe.OutOfFold].
func (m *merging) stackedModel(name string, inner, score [][]float64) hidden.Predictor {
	y := m.cases.Target
	if !m.binary() {
		inner = hidden.Scores(y, inner)
	}
	return hidden.Predictor{Name: name, Inner: inner, Score: hidden.Scores(y, score)}
}

// stacked lists the rivals as the second level takes them: models of the first
// level by their margins, columns as they are.
func (m *merging) stacked(base []baseline) []hidden.Predictor {
	var rivals []hidden.Predictor
	for _, b := range base {
		if b.inner != nil && !m.isColumn(b.name) {
			rivals = append(rivals, m.stackedModel(b.name, b.inner, b.score))
		}
	}
	if acted := m.acted(); acted != nil {
		names := []string{"0", "1"}
		if !m.binary() {
			names = m.cases.Target.Levels
		}
		p := hidden.Levels(m.folds, result.Behaviour, acted, append([]string{"neither"}, names...)...)
		p.Behaviour = true
		rivals = append(rivals, p)
	}
	if g := m.cases.Graded; g != nil {
		p := hidden.Column(m.folds, result.Graded, g)
		p.Behaviour = true
		rivals = append(rivals, p)
	}
	if g := m.cases.GradedLevels; g != nil {
		p := hidden.Column(m.folds, result.Graded, hidden.Scores(m.cases.Target, [][]float64{gradedShares(g, len(m.cases.Target.Levels))})[0])
		p.Behaviour = true
		rivals = append(rivals, p)
	}
	for _, s := range m.cases.Scorers {
		rivals = append(rivals, hidden.Column(m.folds, s.Name, s.Score))
	}
	return rivals
}

// gradedShares are the probabilities of the levels by the graded behaviour, row by row,
// NaN on a row that states none.
func gradedShares(graded [][]float64, levels int) []float64 {
	var p []float64
	for _, of := range gap.Shares(graded) {
		if of == nil {
			of = slices.Repeat([]float64{math.NaN()}, levels)
		}
		p = append(p, of...)
	}
	return p
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
	return scoredAs(m.cases.Target, m.added.J0, row).score, m.added.Gain[row]
}
