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
		columns := columnsOf[*study.TrajectoryColumns](p, i)
		for _, at := range p.answerPositions(of) {
			if err := p.checkLists(i, at, of, columns); err != nil {
				return err
			}
			if _, why := p.trainableAt(at); why != "" {
				continue
			}
			if text := p.textCell(of, at); of.TokenText != "" && !slices.Contains(p.cells, text) {
				p.cells = append(p.cells, text)
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

// checkLists reports the first row whose lists end before a position that it has.
func (p *plan) checkLists(i, position int, of *study.Trajectories, c *study.TrajectoryColumns) error {
	for k := range p.cases.Rows {
		if p.countOf(k) <= position {
			continue
		}
		for _, list := range []struct {
			key, name string
			has       int
		}{{"token_text", of.TokenText, lengthOf(c.TokenText, k)}, {"forced", of.Forced, lengthOf(c.Forced, k)}} {
			if list.name != "" && list.has <= position {
				return p.ErrorAt(fmt.Sprintf("compare[%d].%s", i, list.key), "the list in column %s of row %q ends after %d of its %d positions; expected an item for each",
					list.name, p.cases.ID[k], list.has, p.countOf(k))
			}
		}
	}
	return nil
}

func lengthOf[T any](lists [][]T, row int) int {
	if lists == nil {
		return 0
	}
	return len(lists[row])
}

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
	if c.Control != "" && !c.readsText() || c.Dump != "" {
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
		a, reason, err := m.readAnswer(at, of)
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
	measured, err := m.answers(read, of, c).Measure(ctx, m.compareSettings())
	return append(lines, measured...), err
}

// readAnswer scores the cases that have a position, by the probe and its rivals.
func (m *merging) readAnswer(position int, of *study.Trajectories) (a *answerPosition, reason string, err error) {
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
	if of.TokenText != "" {
		text, err := m.store.get(m.textCell(of, position))
		if err != nil {
			return nil, "", err
		}
		a.score[textSoFar] = text.curve.P()
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

// textCell is the rival that reads the text of the answer up to a position.
func (p *plan) textCell(of *study.Trajectories, position int) Cell {
	c := p.control(textSoFar)
	c.Position, c.Test = position, of.TokenText
	return c
}

// readsText tells whether the cell is a rival along the answers.
func (c Cell) readsText() bool { return c.Control == textSoFar && c.Test != "" }

// textAlong trains on the text of the answers up to a position, on the rows that
// have it.
func (p *plan) textAlong(ctx context.Context, c Cell) (*part, error) {
	rows := p.rowsOf(c)
	folds, err := p.foldsOf(rows)
	if err != nil {
		return nil, err
	}
	if rows == nil {
		rows = indices(slices.Repeat([]bool{true}, len(p.cases.Rows)))
	}
	tokens := p.tokensOf(c.Test)
	texts := make([]string, len(rows))
	for k, i := range rows {
		texts[k] = strings.Join(tokens[i][:c.Position+1], "")
	}
	settings := p.columnSettings()
	settings.Raw, settings.Plan, settings.Weight = true, folds, at(p.cases.Weight, rows)
	o, err := probe.CrossValidateEach(ctx, func(train []bool) (probe.Rows, error) {
		_, x, err := wordsOf(texts, train)
		return x, err
	}, p.cases.Target.At(rows), settings)
	if err != nil {
		return nil, err
	}
	o.Probes = nil // each of another vocabulary
	return &part{Cell: c, curve: o}, nil
}

// tokensOf is a column of token texts that a trajectory names.
func (p *plan) tokensOf(column string) [][]string {
	for i, item := range p.Compare {
		if of, ok := item.Of.(*study.Trajectories); ok && of.TokenText == column {
			return columnsOf[*study.TrajectoryColumns](p, i).TokenText
		}
	}
	return nil
}

// countOf is how many positions a case has.
func (p *plan) countOf(i int) int {
	if p.cases.Counts == nil {
		return p.dump.Shape().Positions
	}
	return p.cases.Counts[i]
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
func (m *merging) answers(read []answerPosition, of *study.Trajectories, c *study.TrajectoryColumns) *compare.Trajectory {
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
	return d
}
