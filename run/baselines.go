package study

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tell/gap"
	"tell/probe"
	"tell/probe/tfidf"
)

// baseline is a predictor that needs no hidden state of the chosen layer.
type baseline struct {
	name, note string
	score      []float64 // out-of-fold P(label = 1)
	reason     string    // why there are no scores
}

// The names of the baselines.
const (
	Majority      = "majority"
	TextOnly      = "text"
	Embedding     = "embedding"
	Nuisances     = "nuisance"
	BehaviourOnly = "behaviour"
)

// baselines scores every baseline that the study has the columns for, on the
// folds of the probe.
func (r *run) baselines(ctx context.Context) ([]baseline, error) {
	const stage = "baselines"
	makers := []struct {
		has   bool
		score func(context.Context) (baseline, error)
	}{
		{true, r.majority},
		{r.cases.Text != nil, r.textOnly},
		{slices.ContainsFunc(r.sites, func(s *trained) bool { return s.layer == 0 && s.curve != nil }), r.embedding},
		{len(r.cases.Nuisance) > 0, r.nuisance},
		{r.cases.Behaviour != nil, r.behaviour},
	}
	var all []baseline
	for i, m := range makers {
		r.progress(stage, i, len(makers))
		if !m.has {
			continue
		}
		b, err := m.score(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: baseline: %w", r.Path, err)
		}
		all = append(all, b)
	}
	r.progress(stage, len(makers), len(makers))
	return all, nil
}

// majority scores a row with the share of label 1 among the training rows.
func (r *run) majority(context.Context) (baseline, error) {
	return baseline{
		name:  Majority,
		note:  "the share of each label among the training rows; it differs a little from fold to fold, so that its AUROC may fall just below 0.5",
		score: r.frequency(func(int) int { return 0 }, 1),
	}, nil
}

// behaviour scores a row with the share of label 1 among the training rows
// that acted as it did.
func (r *run) behaviour(context.Context) (baseline, error) {
	return baseline{
		name:  BehaviourOnly,
		note:  "the label that training rows with the same behaviour (0, 1 or neither) carry most often",
		score: r.frequency(func(i int) int { return r.cases.Behaviour[i] - gap.Neither }, 3),
	}, nil
}

// frequency scores every row by the share of label 1 among the training rows
// of the same class, one of k; one row of each label is added, so that no
// probability is 0 or 1.
func (r *run) frequency(class func(row int) int, k int) []float64 {
	score := r.plan.NewScores()
	for _, u := range r.plan.Units {
		ones, all := make([]float64, k), make([]float64, k)
		for i, test := range u.Test {
			if !test {
				ones[class(i)] += float64(r.cases.Label[i])
				all[class(i)]++
			}
		}
		for i, test := range u.Test {
			if test {
				score[u.Repeat][i] = (ones[class(i)] + 1) / (all[class(i)] + 2)
			}
		}
	}
	return probe.MeanScore(score)
}

// textOnly trains on TF-IDF features of the prompt, whose vocabulary comes
// from the training rows of each fold.
func (r *run) textOnly(ctx context.Context) (baseline, error) {
	b := baseline{
		name: TextOnly,
		note: "logistic regression on TF-IDF of the prompt: words and word pairs, and 2 to 5 characters within words",
	}
	design := func(u probe.Unit) (probe.Design, error) {
		var train []string
		for i, test := range u.Test {
			if !test {
				train = append(train, r.cases.Text[i])
			}
		}
		v, err := tfidf.Fit(train, tfidf.Settings{})
		if err != nil {
			return nil, err
		}
		return v.Transform(r.cases.Text), nil
	}
	family := probe.Logistic{Tol: r.Probe.Tol, Raw: true}
	o, err := probe.CrossValidateEach(ctx, design, r.plan, family, r.Probe.C)
	if err != nil {
		return b, fmt.Errorf("%s: %w", b.name, err)
	}
	b.score = probe.MeanScore(o.Score)
	return b, nil
}

// embedding is the probe on layer 0, its position chosen like the layer of the
// probe.
func (r *run) embedding(context.Context) (baseline, error) {
	b := baseline{name: Embedding, note: "the same probe on layer 0, the embedding output", reason: constant}
	var curves []*probe.OutOfFold
	for _, s := range r.sites {
		if s.layer == 0 {
			curves = append(curves, s.curve)
			if s.tellsNothing() == "" {
				b.reason = ""
			}
		}
	}
	if b.reason == "" {
		b.score = probe.MeanScore(probe.Choose(r.plan, curves).Score)
	}
	return b, nil
}

// nuisance trains on the columns that the study names as nuisance.
func (r *run) nuisance(ctx context.Context) (baseline, error) {
	var columns [][]float64
	var names []string
	for _, n := range r.cases.Nuisance {
		names = append(names, n.Name)
		columns = append(columns, n.columns()...)
	}
	b := baseline{name: Nuisances, note: fmt.Sprintf("logistic regression on the columns %s", join(names))}
	data := make([]float64, 0, len(columns)*len(r.cases.Rows))
	for i := range r.cases.Rows {
		for _, c := range columns {
			data = append(data, c[i])
		}
	}
	x, err := probe.NewDense(len(r.cases.Rows), len(columns), data)
	if err != nil {
		return b, fmt.Errorf("%s: %w", b.name, err)
	}
	o, err := probe.CrossValidate(ctx, x, r.plan, probe.Logistic{Tol: r.Probe.Tol}, r.Probe.C)
	if err != nil {
		return b, fmt.Errorf("%s: %w", b.name, err)
	}
	b.score = probe.MeanScore(o.Score)
	return b, nil
}

// columns turns a nuisance into numbers: itself, or an indicator for every
// level.
func (n *Nuisance) columns() [][]float64 {
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

func join(names []string) string {
	text := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += n
	}
	return text
}

// scores lays out the out-of-fold scores row by row.
func (r *run) scores(nested *probe.Nested, base []baseline) []Score {
	score := probe.MeanScore(nested.Score)
	find := func(name string) []float64 {
		for _, b := range base {
			if b.name == name {
				return b.score
			}
		}
		return nil
	}
	text, calibrated := find(TextOnly), find(BehaviourOnly)
	all := make([]Score, len(score))
	c := r.cases
	for i := range all {
		s := Score{
			ID: c.ID[i], Row: c.Rows[i],
			Score: score[i], Predicted: probe.Predict(score[i]), Label: c.Label[i], Behaviour: gap.Neither,
			TextScore: math.NaN(), CalibratedScore: math.NaN(),
			Group: c.GroupNames[c.Group[i]],
		}
		if c.Behaviour != nil {
			s.Behaviour = c.Behaviour[i]
		}
		if text != nil {
			s.TextScore = text[i]
		}
		if calibrated != nil {
			s.CalibratedScore = calibrated[i]
		}
		if c.Condition != nil {
			s.Condition = c.Condition[i]
		}
		if c.Text != nil {
			s.Text = c.Text[i]
		}
		if c.Said != nil {
			s.Said = c.Said[i]
		}
		for _, st := range c.Strata {
			s.Strata = append(s.Strata, Stratum{st.Name, st.Value[i]})
		}
		all[i] = s
	}
	for i, u := range r.plan.Units {
		site := r.sites[nested.Choice[i]]
		for row, test := range u.Test {
			if !test {
				continue
			}
			s := &all[row]
			s.Split = appendTo(s.Split, u.Fold)
			s.Layer = appendTo(s.Layer, site.layer)
			s.Position = appendTo(s.Position, site.position)
		}
	}
	return all
}

// appendTo adds a repeat's number to a list joined by ";".
func appendTo(list string, n int) string {
	if list == "" {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s;%d", list, n)
}
