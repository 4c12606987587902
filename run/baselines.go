package run

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tell/audit"
	"tell/gap"
	"tell/metric"
	"tell/probe"
	"tell/probe/tfidf"
	"tell/result"
	"tell/study"
	"tell/target"
)

// baseline is a predictor that needs no hidden state of the chosen layer.
type baseline struct {
	name, note string
	score      [][]float64 // out-of-fold P(label = 1) of every repeat and row
	inner      [][]float64 // margins of training rows, see probe.OutOfFold; nil where they are none
	reason     string      // why there are no scores
	lessons    []probe.Lesson
}

// baselines gathers every baseline that the study has the columns for, on the
// folds of the probe.
func (m *merging) baselines() ([]baseline, error) {
	all := []baseline{m.majority()}
	if m.cases.Text != nil {
		all = append(all, baseline{name: result.Text,
			note: m.regression() + " on TF-IDF of the prompt: words and word pairs, and 2 to 5 characters within words"})
	}
	if slices.ContainsFunc(m.sites, func(s *part) bool { return s.Layer == m.plan.embedding() && s.curve != nil }) {
		b, err := m.embedding()
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	for _, r := range m.rivals {
		all = append(all, baseline{name: r.name, note: r.note})
	}
	if m.cases.Residual != nil {
		b, err := m.residualised()
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	if m.cases.Behaviour != nil {
		all = append(all, m.behaviour())
	}
	for _, b := range m.Baselines {
		if b.Dump != "" {
			peer, err := m.peer(b.Name, b.Dump)
			if err != nil {
				return nil, err
			}
			all = append(all, peer)
		}
	}
	for i, b := range all {
		if b.score != nil || b.reason != "" {
			continue
		}
		trained, err := m.store.get(m.control(b.name))
		if err != nil {
			return nil, err
		}
		all[i].score, all[i].inner, all[i].lessons = trained.curve.Score, trained.curve.Inner, trained.lessons
	}
	return all, nil
}

// majority scores a row with the share of label 1 among the training rows; of
// other kinds of target, with the mean or the share of every level.
func (m *merging) majority() baseline {
	if !m.binary() {
		return baseline{
			name:  result.Majority,
			note:  "the mean of the training rows, or the share of every level; it ranks no row above another",
			score: m.constants(),
		}
	}
	return baseline{
		name:  result.Majority,
		note:  "the share of each label among the training rows; it ranks no row above another",
		score: m.frequency(func(int) int { return 0 }, 1),
	}
}

// constants scores every row with what its training rows have in common.
func (m *merging) constants() [][]float64 {
	y := m.cases.Target
	width := metric.Width(y)
	score := make([][]float64, m.folds.Repeats())
	for r := range score {
		score[r] = make([]float64, y.Len()*width)
	}
	for _, u := range m.folds.Units {
		common := make([]float64, width)
		var n float64
		for i, test := range u.Test {
			if test {
				continue
			}
			if n++; width > 1 {
				common[int(y.Values[i])]++
			} else {
				common[0] += y.Values[i]
			}
		}
		for i, test := range u.Test {
			for k := 0; test && k < width; k++ {
				score[u.Repeat][i*width+k] = common[k] / n
			}
		}
	}
	return score
}

// behaviour scores a row with the share of label 1 among the training rows
// that acted as it did.
func (m *merging) behaviour() baseline {
	acted := m.acted()
	if !m.binary() {
		return baseline{
			name:  result.Behaviour,
			note:  "the share of every level among training rows with the same behaviour",
			score: m.levelFrequency(acted),
		}
	}
	return baseline{
		name:  result.Behaviour,
		note:  "the label that training rows with the same behaviour (0, 1 or neither) carry most often",
		score: m.frequency(func(i int) int { return acted[i] }, 3),
	}
}

// acted is the behaviour of the rows as levels: 0 neither, 1 as if the label
// were 0 or the first level, 2 as if it were 1, and on; nil where the study maps
// none.
func (p *plan) acted() []int {
	if p.cases.Behaviour == nil {
		return nil
	}
	levels := make([]int, len(p.cases.Behaviour))
	for i, v := range p.cases.Behaviour {
		levels[i] = v - gap.Neither
	}
	return levels
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
func (m *merging) embedding() (baseline, error) {
	b := baseline{name: result.Embedding, note: fmt.Sprintf("the same probe on layer %d, the embedding output", m.plan.embedding()), reason: constant}
	var parts []*part
	for _, s := range m.sites {
		if s.Layer == m.plan.embedding() {
			if s.tellsNothing() == "" {
				parts, b.reason = append(parts, s), ""
			}
		}
	}
	if b.reason == "" {
		if err := m.takeChosen(&b, parts); err != nil {
			return b, err
		}
	}
	return b, nil
}

// takeChosen takes the scores of the best of several parts in every unit.
func (m *merging) takeChosen(b *baseline, parts []*part) error {
	var curves []*probe.OutOfFold
	for _, s := range parts {
		curves = append(curves, s.curve)
	}
	chosen, err := probe.Choose(m.folds, curves)
	if err != nil {
		return err
	}
	b.score, b.lessons = chosen.Score, m.lessonsOf(parts, chosen.Choice)
	for i, k := range chosen.Choice {
		b.inner = append(b.inner, curves[k].Inner[i])
	}
	return nil
}

// peer is the probe on a dump beside the study's own, its layer, position and C
// chosen inside the training folds like those of the probe.
func (m *merging) peer(name, dump string) (baseline, error) {
	shape := m.source(dump).dump.Shape()
	b := baseline{name: name, note: fmt.Sprintf("the same probe on the dump %s (%d layers, %d wide), chosen inside the training folds like the probe", dump, shape.Layers, shape.Width)}
	t, err := m.trained(sweep{Dump: dump})
	if err != nil || t.reason != "" {
		b.reason = t.reason
		return b, err
	}
	b.score, b.lessons = t.nested.Score, m.lessonsOf(t.parts, t.nested.Choice)
	for unit, k := range t.nested.Choice {
		b.inner = append(b.inner, t.parts[k].curve.Inner[unit])
	}
	return b, nil
}

// textOnly trains on TF-IDF features of the prompt, whose vocabulary comes
// from the training rows of each fold.
func (p *plan) textOnly(ctx context.Context, c Cell) (*part, error) {
	from := p.source(c.Dump)
	settings := p.controlSettings(c)
	settings.Raw = true
	var learned []*tfidf.Vectorizer
	rows := func(train []bool) (probe.Rows, error) {
		if settings.Only != nil {
			and(train, settings.Only)
		}
		words, x, err := wordsOf(from.cases.Text, train)
		if c.Train != "" { // it is applied to rows elsewhere
			learned = append(learned, words)
		}
		return x, err
	}
	o, err := probe.CrossValidateEach(ctx, rows, from.cases.Target, settings)
	if err != nil {
		return nil, err
	}
	made := &part{Cell: c, curve: o}
	if p.learns(c) {
		if made.lessons, err = probe.LearnEach(ctx, rows, p.cases.Target, settings, o.C[:p.folds.Folds]); err != nil {
			return nil, err
		}
	}
	return made, p.applyControl(made, func(unit int, of *source) probe.Rows { return countedWords(learned[unit], of.cases.Text) })
}

// controlSettings are those of a predictor without hidden states that is trained on
// the rows of a cell.
func (p *plan) controlSettings(c Cell) *probe.Settings {
	settings := p.columnSettings()
	settings.Plan = p.source(c.Dump).folds
	if c.Train != "" {
		_, settings.Only = p.taskOf(c)
	}
	return settings
}

// applyControl scores the rows that a predictor was not trained on, of its own dump
// and of others, as the probe of the same rows does, and drops what it was trained to.
func (p *plan) applyControl(made *part, rows func(unit int, of *source) probe.Rows) error {
	probes := made.curve.Probes
	made.curve.Probes = nil
	if made.Train == "" {
		return nil
	}
	for _, dump := range append([]string{made.Dump}, p.dumpsBeside(made.Cell)...) {
		score, err := p.heldOut(made.Cell, dump, func(use func(int, []float64) error) error {
			for unit, fitted := range probes {
				predicted, err := fitted.Predict(rows(unit, p.source(dump)))
				if err != nil {
					return err
				}
				if err := use(unit, predicted); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if dump == made.Dump {
			made.curve.Score = score
			continue
		}
		if made.beside == nil {
			made.beside = map[string][]float64{}
		}
		made.beside[dump] = probe.Mean(score)
	}
	return nil
}

// wordsOf learns the words of the training texts, and counts them in all.
func wordsOf(texts []string, train []bool) (*tfidf.Vectorizer, probe.Rows, error) {
	words, err := tfidf.Fit(at(texts, indices(train)), tfidf.Settings{})
	if err != nil {
		return nil, probe.Rows{}, err
	}
	return words, countedWords(words, texts), nil
}

// countedWords are the features of texts.
func countedWords(words *tfidf.Vectorizer, texts []string) probe.Rows {
	x := words.Transform(texts)
	return probe.Sparse(x.Rows, x.Cols, x.Indptr, x.Indices, x.Values)
}

// columnSettings are those of predictors that are trained on columns: the first
// family for the kind of target.
func (p *plan) columnSettings() *probe.Settings {
	s := &probe.Settings{Family: probe.FamiliesFor(p.cases.Target.Kind)[0], Tol: p.Probe.Tol, Plan: p.folds, Seed: p.Seed, Weight: p.cases.Weight, Balanced: p.balanced()}
	if s.Family == p.Probe.Kind || p.binary() {
		s.C = p.Probe.C
	}
	return s
}

// binary tells whether the target has label 0 and label 1.
func (p *plan) binary() bool { return p.cases.Target.Kind == target.KindBinary }

// A rival is a predictor that is trained on columns of the examples.
type rival struct {
	name, note string
	columns    [][]float64
}

// regression is what a rival that reads text or columns is called.
func (p *plan) regression() string {
	switch p.columnSettings().Family {
	case "ridge":
		return "ridge regression"
	case "cumulative":
		return "cumulative logistic regression"
	case "multinomial":
		return "multinomial logistic regression"
	}
	return "logistic regression"
}

// columnRivals lists the nuisance columns together, the graded behaviour, and
// every score that the study names.
func (p *plan) columnRivals(cases *study.Cases) []rival {
	var list []rival
	if n := cases.Nuisance; len(n) > 0 {
		r := rival{name: result.Nuisance}
		var names []string
		for k, c := range n {
			names = append(names, c.Name)
			r.columns = append(r.columns, c.ColumnsAs(p.cases.Nuisance[k])...)
		}
		r.note = p.regression() + " on the column " + names[0]
		if len(names) > 1 {
			r.note = p.regression() + " on the columns " + audit.List(names)
		}
		list = append(list, r)
	}
	if g := cases.Graded; g != nil {
		list = append(list, rival{result.Graded, "logistic regression on the graded behaviour", filled(g)})
	}
	if cases.GradedLevels != nil {
		list = append(list, rival{result.Graded, "multinomial regression on the graded behaviour toward every level", gradedColumns(cases)})
	}
	for _, s := range cases.Scorers {
		list = append(list, rival{s.Name, "logistic regression on the score that the study names", filled(s.Score)})
	}
	return list
}

// filled gives a score as columns: the score with its mean where a row has none
// and, if such rows there are, which they are.
func filled(score []float64) [][]float64 {
	x, missing := slices.Clone(score), make([]float64, len(score))
	var sum, n float64
	for _, v := range score {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	for i, v := range score {
		if math.IsNaN(v) {
			x[i], missing[i] = sum/max(n, 1), 1
		}
	}
	if int(n) == len(score) {
		return [][]float64{x}
	}
	return [][]float64{x, missing}
}

// columns trains on the columns of a rival.
func (p *plan) columns(ctx context.Context, c Cell) (*part, error) {
	table := func(of *source) probe.Rows {
		rivals := p.rivals
		if of.cases != p.cases {
			rivals = p.columnRivals(of.cases)
		}
		columns := rivals[slices.IndexFunc(rivals, func(r rival) bool { return r.name == c.Control })].columns
		data := make([]float64, 0, len(columns)*len(of.cases.Rows))
		for i := range of.cases.Rows {
			for _, column := range columns {
				data = append(data, column[i])
			}
		}
		return probe.Dense(len(of.cases.Rows), len(columns), data)
	}
	from := p.source(c.Dump)
	o, err := probe.CrossValidate(ctx, table(from), from.cases.Target, p.controlSettings(c))
	if err != nil {
		return nil, err
	}
	made := &part{Cell: c, curve: o}
	if p.learns(c) {
		if made.lessons, err = probe.Learn(ctx, table(from), from.cases.Target, p.columnSettings(), o.C[:p.folds.Folds]); err != nil {
			return nil, err
		}
	}
	return made, p.applyControl(made, func(_ int, of *source) probe.Rows { return table(of) })
}
