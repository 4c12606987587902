package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tell/compare"
	"tell/estimate"
	"tell/folds"
	"tell/probe"
	"tell/probe/tfidf"
	"tell/result"
	"tell/study"
)

// The rivals of the probe along an answer.
const (
	forcedAnswer  = "forced answer"
	positionAlone = "position alone"
	textSoFar     = "text so far"
)

// alongAnswer is what a cell is tested on that reads one position of the answers,
// on the rows that have it.
const alongAnswer = "answers"

var trajectoryComparer = comparing("trajectory",
	func(p *plan, i int, of *study.Trajectories) error {
		shape := p.dump.Shape()
		if shape.Positions < 2 {
			return p.ErrorAt("activations.position", "found 1 position of each row, expected those of the answers, as with position: all")
		}
		for k, at := range of.Positions {
			if at >= shape.Positions {
				return p.ErrorAt(fmt.Sprintf("compare[%d].positions[%d]", i, k), "found %d, expected 0 to %d, as the dump has", at, shape.Positions-1)
			}
		}
		for _, at := range p.answerPositions(of) {
			if _, why := p.trainableAt(at); why != "" {
				continue
			}
			for _, c := range p.cellsAt(at) {
				if !c.isOwn() {
					p.cells = append(p.cells, c)
				}
			}
		}
		return nil
	},
	func(ctx context.Context, m *merging, i int, of *study.Trajectories) ([]compare.Line, error) {
		return m.trajectory(ctx, of, columnsOf[*study.TrajectoryColumns](m.plan, i))
	})

// answerPositions lists the positions that an item reads.
func (p *plan) answerPositions(of *study.Trajectories) []int {
	if of.Positions != nil {
		return of.Positions
	}
	all := make([]int, p.dump.Shape().Positions)
	for at := range all {
		all[at] = at
	}
	return all
}

// cellsAt are the cells of the study's layers at a position: those of the study
// itself where it probes that position, else ones of their own.
func (p *plan) cellsAt(position int) []Cell {
	var cells []Cell
	for _, c := range p.sites() {
		c.Position, c.Test = position, alongAnswer
		if own := (Cell{Layer: c.Layer, Position: position, Family: c.Family}); slices.Contains(p.cells, own) {
			c = own
		}
		if !slices.Contains(cells, c) {
			cells = append(cells, c)
		}
	}
	return cells
}

// rowsAt lists the cases that have a position, nil for all of them.
func (p *plan) rowsAt(position int) []int {
	if p.cases.Counts == nil {
		return nil
	}
	rows := []int{}
	for i, n := range p.cases.Counts {
		if position < n {
			rows = append(rows, i)
		}
	}
	if len(rows) == len(p.cases.Counts) {
		return nil
	}
	return rows
}

// rowsOf lists the cases that a cell reads, nil for all.
func (p *plan) rowsOf(c Cell) []int {
	if c.Control != "" || c.Dump != "" {
		return nil
	}
	return p.rowsAt(c.Position)
}

// foldsOf is the plan for some of the cases, nil for all.
func (p *plan) foldsOf(rows []int) (*folds.Plan, error) {
	if rows == nil {
		return p.folds, nil
	}
	return p.folds.For(at(p.cases.ID, rows))
}

// trainableAt counts the cases that have a position, and says why no probe can be
// trained on them, if that is so.
func (p *plan) trainableAt(position int) (n int, why string) {
	rows := p.rowsAt(position)
	if rows == nil {
		rows = make([]int, len(p.cases.Rows))
		for i := range rows {
			rows[i] = i
		}
	}
	for _, u := range p.folds.Units {
		for inner := range p.folds.Inner {
			train := u.Without(inner)
			var n [2]int
			for _, i := range rows {
				if train[i] {
					n[int(p.cases.Target.Values[i])]++
				}
			}
			if n[0] == 0 || n[1] == 0 {
				return len(rows), fmt.Sprintf("of the %d rows that have position %d, fold %d of repeat %d leaves %d of label 0 and %d of label 1 to train on, without one inner fold",
					len(rows), position, u.Fold, u.Repeat, n[0], n[1])
			}
		}
	}
	return len(rows), ""
}

// An answerPosition is what is read at one position: the cases that have it, nil
// for all, and scores of them by predictor.
type answerPosition struct {
	position int
	rows     []int
	folds    *folds.Plan
	score    map[string][]float64
}

// trajectory reads the target along the answers. Layers and C are chosen at every
// position by itself, inside the training folds.
func (m *merging) trajectory(ctx context.Context, of *study.Trajectories, c *study.TrajectoryColumns) ([]compare.Line, error) {
	var read []answerPosition
	var lines []compare.Line
	for _, at := range m.answerPositions(of) {
		a, reason, err := m.readAnswer(ctx, at, c)
		if err != nil {
			return nil, fmt.Errorf("position %d: %w", at, err)
		}
		if reason != "" {
			lines = append(lines, m.unread(a, reason))
			continue
		}
		read = append(read, *a)
	}
	if read == nil {
		return lines, nil
	}
	d, err := m.answers(read, of, c)
	if err != nil {
		return nil, err
	}
	measured, err := d.Measure(ctx, m.compareSettings())
	return append(lines, measured...), err
}

// readAnswer scores the cases that have a position, by the probe and its rivals.
func (m *merging) readAnswer(ctx context.Context, position int, c *study.TrajectoryColumns) (a *answerPosition, reason string, err error) {
	a = &answerPosition{position: position, rows: m.rowsAt(position), score: map[string][]float64{}}
	if _, reason = m.trainableAt(position); reason != "" {
		return a, reason, nil
	}
	if a.folds, err = m.foldsOf(a.rows); err != nil {
		return nil, "", err
	}
	var curves []*probe.OutOfFold
	reason = constant
	for _, cell := range m.cellsAt(position) {
		s, err := m.store.get(cell)
		if err != nil {
			return nil, "", err
		}
		if why := s.tellsNothing(); why != "" {
			reason = why
			continue
		}
		curves = append(curves, s.curve)
	}
	if curves == nil {
		return a, reason, nil
	}
	nested, err := probe.Choose(a.folds, curves)
	if err != nil {
		return nil, "", err
	}
	a.score[result.Probe] = probe.Mean(nested.Score)
	a.score[positionAlone] = shareOfOnes(a.folds, a.pick(m.cases.Target.Values))
	if c.TokenText != nil {
		if a.score[textSoFar], err = m.textAt(ctx, a, c.TokenText); err != nil {
			return nil, "", err
		}
	}
	return a, "", nil
}

// pick takes the cases of the position from a column.
func (a *answerPosition) pick(x []float64) []float64 {
	if a.rows == nil {
		return x
	}
	return at(x, a.rows)
}

// shareOfOnes scores a row with the share of label 1 among the training rows; one
// row of each label is added, so that no probability is 0 or 1.
func shareOfOnes(p *folds.Plan, label []float64) []float64 {
	score := p.NewScores()
	for _, u := range p.Units {
		var ones, all float64
		for i, test := range u.Test {
			if !test {
				ones, all = ones+label[i], all+1
			}
		}
		for i, test := range u.Test {
			if test {
				score[u.Repeat][i] = (ones + 1) / (all + 2)
			}
		}
	}
	return probe.Mean(score)
}

// textAt scores a position by the text of the answer up to there.
func (m *merging) textAt(ctx context.Context, a *answerPosition, tokens [][]string) ([]float64, error) {
	rows := a.rows
	if rows == nil {
		rows = indices(slices.Repeat([]bool{true}, len(tokens)))
	}
	texts := make([]string, len(rows))
	for k, i := range rows {
		if len(tokens[i]) <= a.position {
			return nil, fmt.Errorf("token_text: found %d texts on row %q, which has %d positions", len(tokens[i]), m.cases.ID[i], m.countOf(i))
		}
		texts[k] = strings.Join(tokens[i][:a.position+1], "")
	}
	y := m.cases.Target.At(rows)
	learned := func(train []bool) (probe.Rows, error) {
		var seen []string
		for i, in := range train {
			if in {
				seen = append(seen, texts[i])
			}
		}
		v, err := tfidf.Fit(seen, tfidf.Settings{})
		if err != nil {
			return probe.Rows{}, err
		}
		x := v.Transform(texts)
		return probe.Sparse(x.Rows, x.Cols, x.Indptr, x.Indices, x.Values), nil
	}
	o, err := probe.CrossValidateEach(ctx, learned, y, &probe.Settings{C: m.Probe.C, Tol: m.Probe.Tol, Raw: true, Plan: a.folds, Weight: at(m.cases.Weight, rows), Balanced: m.balanced()})
	if err != nil {
		return nil, err
	}
	return o.P(), nil
}

// countOf is how many positions a case has.
func (m *merging) countOf(i int) int {
	if m.cases.Counts == nil {
		return m.dump.Shape().Positions
	}
	return m.cases.Counts[i]
}

// unread says why nothing is read at a position.
func (m *merging) unread(a *answerPosition, reason string) compare.Line {
	n := len(m.cases.Rows)
	if a.rows != nil {
		n = len(a.rows)
	}
	return compare.Line{
		Layer: compare.None, Position: a.position, Predictor: result.Probe, Key: compare.KeyAUROCAt,
		Estimate: estimate.NotEstimable(n, 0, reason),
	}
}

// answers lays what was read out by answer; those without a position that was
// read are left out.
func (m *merging) answers(read []answerPosition, of *study.Trajectories, c *study.TrajectoryColumns) (*compare.Trajectory, error) {
	n := len(m.cases.Rows)
	names := []string{result.Probe, positionAlone, result.Majority}
	if c.TokenText != nil {
		names = append(names, textSoFar)
	}
	if c.Forced != nil {
		names = append(names, forcedAnswer)
	}
	position := make([][]int, n)
	score := map[string][][]float64{}
	for _, name := range names {
		score[name] = make([][]float64, n)
	}
	majority := shareOfOnes(m.folds, m.cases.Target.Values)
	for _, a := range read {
		rows := a.rows
		if rows == nil {
			rows = indices(slices.Repeat([]bool{true}, n))
		}
		for k, i := range rows {
			position[i] = append(position[i], a.position)
			for _, name := range names {
				var p float64
				switch name {
				case result.Majority:
					p = majority[i]
				case forcedAnswer:
					if len(c.Forced[i]) <= a.position {
						return nil, fmt.Errorf("forced: found %d numbers on row %q, which has %d positions", len(c.Forced[i]), m.cases.ID[i], m.countOf(i))
					}
					p = c.Forced[i][a.position]
				default:
					p = a.score[name][k]
				}
				score[name][i] = append(score[name][i], p)
			}
		}
	}
	var used []int
	for i := range n {
		if position[i] != nil {
			used = append(used, i)
		}
	}
	d := &compare.Trajectory{
		IDs: at(m.cases.ID, used), Group: at(m.cases.Group, used), Fold: at(m.folds.OuterFold(0), used), Position: at(position, used),
		Final: at(m.cases.Target.Ints(), used), Stated: at(c.Stated, used), Precision: of.Precision,
	}
	for _, i := range used {
		end := m.countOf(i) - 1
		if c.Tokens != nil {
			end = c.Tokens[i]
		}
		d.End = append(d.End, end)
	}
	if c.Truth != nil {
		d.Truth = at(c.Truth, used)
	}
	if c.Correct != nil {
		d.Correct = at(c.Correct, used)
	}
	for _, name := range names {
		s := compare.PositionScore{Name: name, Score: at(score[name], used)}
		if name == result.Probe {
			d.Probe = s
		} else {
			d.Baselines = append(d.Baselines, s)
		}
	}
	return d, nil
}
