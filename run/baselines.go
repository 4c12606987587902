package run

import (
	"context"
	"fmt"
	"slices"

	"tell/audit"
	"tell/gap"
	"tell/probe"
	"tell/probe/tfidf"
	"tell/result"
	"tell/study"
)

// baseline is a predictor that needs no hidden state of the chosen layer.
type baseline struct {
	name, note string
	score      [][]float64 // out-of-fold P(label = 1) of every repeat and row
	reason     string      // why there are no scores
}

// baselines gathers every baseline that the study has the columns for, on the
// folds of the probe.
func (m *merging) baselines() ([]baseline, error) {
	all := []baseline{m.majority()}
	if m.cases.Text != nil {
		all = append(all, baseline{name: result.Text,
			note: "logistic regression on TF-IDF of the prompt: words and word pairs, and 2 to 5 characters within words"})
	}
	if slices.ContainsFunc(m.sites, func(s *part) bool { return s.Layer == m.plan.embedding() && s.curve != nil }) {
		all = append(all, m.embedding())
	}
	if n := m.cases.Nuisance; len(n) > 0 {
		var names []string
		for _, c := range n {
			names = append(names, c.Name)
		}
		all = append(all, baseline{name: result.Nuisance, note: "logistic regression on the columns " + audit.List(names)})
	}
	if m.cases.Behaviour != nil {
		all = append(all, m.behaviour())
	}
	for i, b := range all {
		if b.score != nil || b.reason != "" {
			continue
		}
		trained, err := m.store.get(Cell{Control: b.name, Family: "logistic"})
		if err != nil {
			return nil, err
		}
		all[i].score = trained.curve.Score
	}
	return all, nil
}

// majority scores a row with the share of label 1 among the training rows.
func (m *merging) majority() baseline {
	return baseline{
		name:  result.Majority,
		note:  "the share of each label among the training rows; it differs a little from fold to fold, so its AUROC may fall just below 0.5",
		score: m.frequency(func(int) int { return 0 }, 1),
	}
}

// behaviour scores a row with the share of label 1 among the training rows
// that acted as it did.
func (m *merging) behaviour() baseline {
	return baseline{
		name:  result.Behaviour,
		note:  "the label that training rows with the same behaviour (0, 1 or neither) carry most often",
		score: m.frequency(func(i int) int { return m.cases.Behaviour[i] - gap.Neither }, 3),
	}
}

// frequency scores every row by the share of label 1 among the training rows
// of the same class, one of k; one row of each label is added, so that no
// probability is 0 or 1.
func (m *merging) frequency(class func(row int) int, k int) [][]float64 {
	score := m.folds.NewScores()
	for _, u := range m.folds.Units {
		ones, all := make([]float64, k), make([]float64, k)
		for i, test := range u.Test {
			if !test {
				ones[class(i)] += m.cases.Target.Values[i]
				all[class(i)]++
			}
		}
		for i, test := range u.Test {
			if test {
				score[u.Repeat][i] = (ones[class(i)] + 1) / (all[class(i)] + 2)
			}
		}
	}
	return score
}

// embedding is the probe on the embedding output, its position chosen like the
// layer of the probe. There is none where it is not known which layer that is.
func (m *merging) embedding() baseline {
	b := baseline{name: result.Embedding, note: fmt.Sprintf("the same probe on layer %d, the embedding output", m.plan.embedding()), reason: constant}
	var curves []*probe.OutOfFold
	for _, s := range m.sites {
		if s.Layer == m.plan.embedding() {
			if s.tellsNothing() == "" {
				curves, b.reason = append(curves, s.curve), ""
			}
		}
	}
	if b.reason == "" {
		b.score = probe.Choose(m.folds, curves).Score
	}
	return b
}

// textOnly trains on TF-IDF features of the prompt, whose vocabulary comes
// from the training rows of each fold.
func (p *plan) textOnly(ctx context.Context, c Cell) (*part, error) {
	rows := func(train []bool) (probe.Rows, error) {
		var texts []string
		for i, in := range train {
			if in {
				texts = append(texts, p.cases.Text[i])
			}
		}
		v, err := tfidf.Fit(texts, tfidf.Settings{})
		if err != nil {
			return probe.Rows{}, err
		}
		m := v.Transform(p.cases.Text)
		return probe.Sparse(m.Rows, m.Cols, m.Indptr, m.Indices, m.Values), nil
	}
	o, err := probe.CrossValidateEach(ctx, rows, p.cases.Target, &probe.Settings{C: p.Probe.C, Tol: p.Probe.Tol, Raw: true, Plan: p.folds})
	if err != nil {
		return nil, err
	}
	return &part{Cell: c, curve: o}, nil
}

// nuisance trains on the columns that the study names as nuisance.
func (p *plan) nuisance(ctx context.Context, c Cell) (*part, error) {
	var columns [][]float64
	for _, n := range p.cases.Nuisance {
		columns = append(columns, numbers(n)...)
	}
	data := make([]float64, 0, len(columns)*len(p.cases.Rows))
	for i := range p.cases.Rows {
		for _, column := range columns {
			data = append(data, column[i])
		}
	}
	x := probe.Dense(len(p.cases.Rows), len(columns), data)
	o, err := probe.CrossValidate(ctx, x, p.cases.Target, &probe.Settings{C: p.Probe.C, Tol: p.Probe.Tol, Plan: p.folds})
	if err != nil {
		return nil, err
	}
	return &part{Cell: c, curve: o}, nil
}

// numbers turns a nuisance into columns: itself, or an indicator for every
// level.
func numbers(n study.Nuisance) [][]float64 {
	if n.Numeric != nil {
		return [][]float64{n.Numeric}
	}
	levels := slices.Compact(slices.Sorted(slices.Values(n.Levels)))
	columns := make([][]float64, len(levels))
	for c, level := range levels {
		columns[c] = make([]float64, len(n.Levels))
		for i, v := range n.Levels {
			if v == level {
				columns[c][i] = 1
			}
		}
	}
	return columns
}
