package run

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"tell/audit"
	"tell/estimate"
	"tell/folds"
	"tell/gap"
	"tell/hidden"
	"tell/internal/profile"
	"tell/metric"
	"tell/probe"
	"tell/result"
	"tell/study"
	"tell/target"
)

// merging is what the parts come to, on the way to a result.
type merging struct {
	*plan
	sites  []*part
	added  *hidden.Result
	result *result.Result
	// compared are the scores of comparisons.
	compared []result.Score
}

// merge turns the parts into a result and the scores of the rows.
func (p *plan) merge(ctx context.Context) (*result.Result, []result.Score, error) {
	m := &merging{plan: p, result: p.begin()}
	if err := profile.In(ctx, StageParts, func(context.Context) error { return m.readSites() }); err != nil {
		return nil, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	nested, err := m.choose()
	if err != nil {
		return nil, nil, err
	}
	base, err := m.baselines()
	if err != nil {
		return nil, nil, err
	}
	m.curve()
	for _, of := range []struct {
		stage   string
		measure func(context.Context) error
	}{
		{StageBootstrap, func(context.Context) error { return m.nested(nested) }},
		{StageBootstrap, func(context.Context) error { return m.against(nested, base) }},
		{StageBootstrap, func(ctx context.Context) error { return m.joined(ctx, nested) }},
		{StageBootstrap, func(context.Context) error { return m.sparse(nested) }},
		{StageComparisons, func(ctx context.Context) error { return m.traces(ctx, nested) }},
		{StageHidden, func(ctx context.Context) error { return m.hidden(ctx, nested, base) }},
		{StageBootstrap, func(context.Context) error { return m.levelGap(nested, base) }},
		{StageControls, func(ctx context.Context) error { return m.controls(ctx, nested, base) }},
		{StageComparisons, func(ctx context.Context) error { return m.effort(ctx, nested, base) }},
		{StageComparisons, func(ctx context.Context) error { return m.disagreement(ctx, nested, base) }},
		{StageComparisons, m.compare},
	} {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if err := profile.In(ctx, of.stage, of.measure); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.Path, err)
		}
	}
	m.audit()
	m.provenance()
	scores := m.scores(nested, base)
	for i := range scores {
		scores[i].Run = m.result.Run()
	}
	return m.result, scores, nil
}

// readSites reads the parts of the study's own sites.
func (m *merging) readSites() error {
	for _, c := range m.plan.sites() {
		s, err := m.store.get(c)
		if err != nil {
			return err
		}
		m.sites = append(m.sites, s)
	}
	return nil
}

// begin is a result that says what was read and how, but nothing that was found.
func (p *plan) begin() *result.Result {
	k, c, shape := p.Probe, p.cases, p.dump.Shape()
	r := &result.Result{
		Schema:   result.Schema,
		Name:     p.Name,
		Warnings: []result.Warning{},
		Data: result.Data{
			Format: p.dump.Format(), DType: string(p.dump.DType()), Model: p.dump.Model(),
			Rows: shape.Rows, Layers: shape.Layers, Positions: shape.Positions, Width: shape.Width,
			Used: len(c.Rows), Filter: p.Rows, Groups: len(c.GroupNames), Group: p.Group,
			Target: p.Target.Label, Kind: c.Target.Kind,
			LabelNames: append([]string{}, c.Target.Levels...), // not null in JSON
			Labels:     append([]int{}, labelsOf(c.Target)...),
			Conditions: countNames(c.Condition),
		},
		Protocol: result.Protocol{
			Probe: k.Kind, C: k.C, Folds: k.Folds, InnerFolds: k.InnerFolds, Repeats: k.Repeats,
			Select: "smallest mean log loss over the inner folds", Weight: p.Weight, ClassWeight: p.ClassWeight,
			Permutations: p.Controls.Permutations, PermutationC: p.Controls.PermutationC,
			Bootstrap: p.Controls.Bootstrap, Level: p.Controls.Level, Selectivity: p.Controls.Selectivity,
			Seed: p.Seed, Tol: k.Tol,
		},
	}
	read := p.dump.Reading()
	r.Reading = result.Reading{
		Position: read.Position, Words: read.Words, Length: read.Length, Mask: read.Mask,
		Positions: read.Names, Layers: p.dump.LayerNames(),
	}
	if numbers := p.dump.LayerNumbers(); slices.Max(numbers) != len(numbers)-1 || !slices.IsSorted(numbers) {
		r.Reading.LayerNumbers = numbers
	}
	if layer := p.embedding(); layer != result.None {
		r.Reading.Embeddings = &layer
	}
	if c.Target.Kind == target.KindNumber {
		r.Protocol.Select = "smallest mean squared error over the inner folds"
	}
	if p.Decision != nil {
		r.Data.Effort, r.Data.Censored = p.Decision.Effort, p.Decision.Censored
	}
	if c.Right != nil {
		r.Data.Right = p.Decision.Right
	}
	if acted := p.acted(); acted != nil {
		names := []string{"0", "1"}
		if p.binary() {
			r.Data.ActsAs = &result.ActsAs{Zero: p.Decision.ActsAs0, One: p.Decision.ActsAs1}
		} else {
			names, r.Data.ActedAs = c.Target.Levels, p.Decision.ActsAs
		}
		n := countOf(acted, 1+len(names))
		for v, name := range names {
			r.Data.Behaviour = append(r.Data.Behaviour, result.Count{Name: name, N: n[1+v]})
		}
		r.Data.Behaviour = append(r.Data.Behaviour, result.Count{Name: "neither", N: n[0]})
	}
	return r
}

// labelsOf counts the rows of each level, nil where there are none.
func labelsOf(y target.Column) []int {
	if !y.Leveled() {
		return nil
	}
	return countOf(y.Ints(), len(y.Levels))
}

// countOf counts the values 0..k-1.
func countOf(values []int, k int) []int {
	n := make([]int, k)
	for _, v := range values {
		n[v]++
	}
	return n
}

// countNames counts names in their order.
func countNames(names []string) []result.Count {
	number, sorted := estimate.Numbered(names)
	var counts []result.Count
	for i, n := range countOf(number, len(sorted)) {
		counts = append(counts, result.Count{Name: sorted[i], N: n})
	}
	return counts
}

// choose makes the nested choice of layer, position and C among the sites that
// hold something to decode. A constant one scores as chance does, which is a
// smaller log loss than that of an overconfident probe.
func (m *merging) choose() (*probe.Nested, error) {
	curves := m.curves()
	if !slices.ContainsFunc(curves, func(c *probe.OutOfFold) bool { return c != nil }) {
		return nil, fmt.Errorf("%s: nothing can be decoded from any layer; %s", m.Path, m.whyNothing())
	}
	return probe.Choose(m.folds, curves)
}

// whyNothing names the first constant site and the first with numbers that are
// not finite.
func (m *merging) whyNothing() string {
	var reasons []string
	for _, finite := range []bool{false, true} {
		i := slices.IndexFunc(m.sites, func(s *part) bool { return s.Health.Finite() == finite })
		if i >= 0 {
			reason := fmt.Sprintf("%s: %s", m.sites[i].Cell, m.sites[i].tellsNothing())
			if finite {
				reason += ". It may be that of padding or of a token that all prompts end in: state activations.length or activations.mask, or another position"
			}
			reasons = append(reasons, reason)
		}
	}
	return strings.Join(reasons, "; ")
}

// tellsNothing says why the numbers of a site have no score, if they have none.
func (s *part) tellsNothing() string {
	switch h := s.Health; {
	case !h.Finite():
		return fmt.Sprintf("%d NaN and %d infinite numbers in the rows used, first in row %d of them", h.NaN, h.Inf, h.FirstNonFinite)
	case h.Constant():
		return constant
	}
	return ""
}

const constant = "constant: every row has the same state"

// curve sets the sites side by side, each measured by itself.
func (m *merging) curve() {
	var observed []float64
	var null [][]float64
	for _, s := range m.sites {
		if s.null != nil {
			observed, null = append(observed, s.null.Observed), append(null, s.null.Draws)
		}
	}
	p, pMax := estimate.MaxP(observed, null)
	positions := m.dump.PositionNames()
	tested := 0
	for _, s := range m.sites {
		site := result.Site{Layer: s.Layer, Position: s.Position, Name: layerName(m.dump, s.Layer), PositionName: positions[s.Position], C: []float64{}}
		first := result.Row{Block: result.Curve, Layer: s.Layer, Position: s.Position, Predictor: result.Probe}
		if reason := s.tellsNothing(); reason != "" {
			none := metric.NotEstimable(m.cases.Target.Kind, m.cases.Target.Len(), reason)
			m.result.Table = append(m.result.Table, result.MetricRows(first, "", none)...)
			m.result.Sites = append(m.result.Sites, site)
			continue
		}
		list := slices.Clone(s.measured)
		m.ofProcedure(s, list)
		m.result.Table = append(m.result.Table, result.MetricRows(first, "", list)...)
		site.C, site.NotConverged = s.curve.C, s.curve.NotConverged
		m.result.Sites = append(m.result.Sites, site)
		if s.null != nil {
			m.result.Table = append(m.result.Table, m.permuted(first, s.null, p[tested], pMax[tested])...)
			tested++
		}
	}
}

// permuted sums up the shuffled labels of one site. The quantile is that of the
// draws with the smallest rank that leaves at most 1 - level above it.
func (m *merging) permuted(first result.Row, null *probe.Null, p, pMax float64) result.Table {
	sorted := slices.Sorted(slices.Values(null.Draws))
	var mean float64
	for _, v := range sorted {
		mean += v / float64(len(sorted))
	}
	high := int(math.Ceil(m.Controls.Level*float64(len(sorted)))) - 1
	number := func(key, unit string, x float64, n int) result.Row {
		row := first
		row.Key, row.Unit, row.Estimate = key, unit, estimate.Estimate{Value: x, N: n}
		return row
	}
	headline, _ := metric.Headline(m.cases.Target.Kind)
	observed := number(result.PermutedKey(m.cases.Target.Kind), headline.Unit, null.Observed, m.cases.Target.Len())
	observed.Null = &result.Null{Mean: mean, P: p}
	return result.Table{
		observed,
		number(result.KeyNullHigh, headline.Unit, sorted[high], len(sorted)),
		number(result.KeyPMax, result.UnitP, pMax, len(sorted)),
	}
}

// nested measures the probe whose site and C are chosen inside.
func (m *merging) nested(nested *probe.Nested) error {
	score := probe.Mean(nested.Score)
	list, err := m.evaluate(score)
	if err != nil {
		return err
	}
	m.ofProcedure(m.mostChosen(nested), list)
	first := result.Row{Block: result.Nested, Layer: result.None, Position: result.None, Predictor: result.Probe}
	m.result.Table = append(m.result.Table, result.MetricRows(first, "", list)...)
	for i, u := range m.folds.Units {
		s := m.sites[nested.Choice[i]]
		m.result.Choices = append(m.result.Choices, result.Choice{Repeat: u.Repeat, Fold: u.Fold, Layer: s.Layer, Position: s.Position, C: s.curve.C[i]})
	}
	if !m.binary() {
		return nil
	}
	bins, err := metric.Calibration(m.cases.Target, score, m.cases.Group, m.bootstrap())
	m.result.Table = append(m.result.Table, result.CalibrationRows(bins)...)
	return err
}

// against sets the nested probe against the baselines.
func (m *merging) against(nested *probe.Nested, base []baseline) error {
	score := probe.Mean(nested.Score)
	for _, b := range base {
		m.result.Predictors = append(m.result.Predictors, result.Predictor{Name: b.name, Note: b.note})
		if err := m.setBeside(result.Row{Block: result.Baseline, Predictor: b.name}, score, b.score, b.reason); err != nil {
			return fmt.Errorf("baseline %s: %w", b.name, err)
		}
	}
	return nil
}

// setBeside measures the scores of a predictor and sets those of the nested probe
// against them, in rows like first; a reason says why there are none. What the majority
// says differs from fold to fold, and most where the rows of a fold differ the other way,
// so that ranks over folds would be the wrong way round: it is ranked as one constant.
func (m *merging) setBeside(first result.Row, probed []float64, other [][]float64, reason string) error {
	first.Layer, first.Position = result.None, result.None
	list := metric.NotEstimable(m.cases.Target.Kind, m.cases.Target.Len(), reason)
	difference := list
	if reason == "" {
		var err error
		score := probe.Mean(other)
		if list, difference, err = m.measureBeside(probed, score); err != nil {
			return err
		}
		if first.Predictor == result.Majority {
			tied, lead, err := m.measureBeside(probed, slices.Repeat(score[:metric.Width(m.cases.Target)], m.cases.Target.Len()))
			if err != nil {
				return err
			}
			for i, v := range list {
				if known, _ := metric.Named(v.Key); known.Ranks {
					list[i], difference[i] = tied[i], lead[i]
				}
			}
		}
	}
	m.result.Table = append(m.result.Table, result.MetricRows(first, "", list)...)
	m.result.Table = append(m.result.Table, result.MetricRows(first, result.Difference, difference)...)
	return nil
}

// measureBeside measures scores, and those of the nested probe less these.
func (m *merging) measureBeside(probed, score []float64) (own, lead []metric.Measured, err error) {
	if own, err = m.evaluate(score); err != nil {
		return nil, nil, err
	}
	lead, err = metric.Compare(m.cases.Target, probed, score, m.cases.Group, m.bootstrap())
	return own, lead, err
}

// audit warns of what the reader of the result must know, including problems
// of the probes.
func (m *merging) audit() {
	e := audit.Evidence{
		Fold:      m.folds.OuterFold(0),
		Baselines: m.result.Table.In(result.Baseline),
		Curve:     m.result.Table.In(result.Curve),
		Nested:    m.result.Table.In(result.Nested),
		States:    m.sites[len(m.sites)-1].states,
	}
	notConverged, fits := 0, 0
	for _, s := range m.sites {
		e.Sites = append(e.Sites, audit.Site{Layer: s.Layer, Position: s.Position, Health: s.Health})
		if s.curve != nil {
			notConverged += s.curve.NotConverged
			fits += s.curve.Fits
		}
	}
	for _, note := range m.dump.Notes() {
		m.result.Warnings = append(m.result.Warnings, result.Warning{Code: "dump-note", Message: "Of the hidden states: " + strings.ReplaceAll(note, filepath.Dir(m.Path)+string(filepath.Separator), "") + "."})
	}
	m.result.Warnings = append(m.result.Warnings, audit.Audit(m.Study, m.cases, e)...)
	if notConverged > 0 {
		m.result.Warnings = append(m.result.Warnings, result.Warning{
			Code:    "not-converged",
			Message: fmt.Sprintf("%d of %d probes stopped before the tolerance %g was reached.", notConverged, fits, m.Probe.Tol),
			Advice:  "Raise probe.tol, or leave out the largest values of probe.C.",
		})
	}
}

// A scored row is what its scores come to in one number: P(label = 1), the number
// or share that is predicted, the level expected, or the probability of the class
// that is predicted.
type scoredRow struct {
	score      float64
	prediction int // the level that is predicted, None where there are no levels
}

func scoredAs(y target.Column, score []float64, row int) scoredRow {
	width := metric.Width(y)
	if width == 1 {
		s := scoredRow{score[row], result.None}
		if y.Kind == target.KindBinary {
			s.prediction = metric.Predict(s.score)
		}
		return s
	}
	p := score[row*width : (row+1)*width]
	s := scoredRow{prediction: slices.Index(p, slices.Max(p))}
	if y.Kind == target.KindClass {
		s.score = p[s.prediction]
		return s
	}
	for level, x := range p {
		s.score += float64(level) * x
	}
	return s
}

// scoreOf is what the scores of a row say of the row, whatever scored it.
func scoreOf(c *study.Cases, i int) result.Score {
	s := result.Score{
		ID: c.ID[i], Row: c.Rows[i], Group: c.GroupNames[c.Group[i]], Behaviour: gap.Neither, Knows: gap.Unstated,
		TextScore: math.NaN(), BehaviourScore: math.NaN(), Graded: math.NaN(), RivalsScore: math.NaN(), Gain: math.NaN(),
	}
	if c.Behaviour != nil {
		s.Behaviour = c.Behaviour[i]
	}
	if c.Graded != nil {
		s.Graded = c.Graded[i]
	}
	if c.Condition != nil {
		s.Condition = c.Condition[i]
	}
	for _, st := range c.Strata {
		s.Strata = append(s.Strata, result.StratumValue{Name: st.Name, Value: st.Value[i]})
	}
	return s
}

// outerFolds is every row's outer fold in each repeat.
func outerFolds(p *folds.Plan) [][]int {
	fold := make([][]int, p.Repeats())
	for r := range fold {
		fold[r] = p.OuterFold(r)
	}
	return fold
}

// scores lays out the out-of-fold scores, a row for each repeat.
func (m *merging) scores(nested *probe.Nested, base []baseline) []result.Score {
	find := func(name string) [][]float64 {
		for _, b := range base {
			if b.name == name {
				return b.score
			}
		}
		return nil
	}
	c, label := m.cases, m.cases.Target.Ints()
	text, behaviour := find(result.Text), find(result.Behaviour)
	if graded := find(result.Graded); graded != nil {
		behaviour = graded
	}
	fold := outerFolds(m.folds)
	all := make([]result.Score, 0, len(label)*len(fold))
	for i := range label {
		for r := range fold {
			site := m.sites[nested.Choice[r*m.folds.Folds+fold[r][i]]]
			scored := scoredAs(c.Target, nested.Score[r], i)
			s := scoreOf(c, i)
			s.Repeat, s.Fold, s.Layer, s.Position = r, fold[r][i], site.Layer, site.Position
			s.Score, s.Prediction, s.Label = scored.score, scored.prediction, label[i]
			s.RivalsScore, s.Gain = m.gainOf(i)
			if c.Knows != nil {
				s.Knows = c.Knows[i]
			}
			if !c.Target.Leveled() {
				s.Label, s.Value = result.None, c.Target.Values[i]
			}
			if text != nil {
				s.TextScore = scoredAs(c.Target, text[r], i).score
			}
			if behaviour != nil {
				s.BehaviourScore = scoredAs(c.Target, behaviour[r], i).score
			}
			if c.Text != nil {
				s.Text = c.Text[i]
			}
			if c.Said != nil {
				s.Said = c.Said[i]
			}
			all = append(all, s)
		}
	}
	return append(all, m.compared...)
}
