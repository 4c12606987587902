// Package folds splits rows for nested cross-validation and permutes their
// labels. Rows are known by their ids, so that one plan serves several dumps,
// targets and sets of rows; groups of dependent rows are never parted.
package folds

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Plan is how rows are split for nested cross-validation. Every outer fold of
// every repeat is a unit: its training rows alone choose C, the layer and the
// position, by inner folds, and its test rows are scored with what was chosen.
type Plan struct {
	IDs   []string // of the rows, each once
	Group []int    // of every row, from 0 in the order that New gives groups; rows of equal number depend on each other
	Folds int      // outer folds of a repeat
	Inner int      // inner folds of a unit
	Units []Unit   // in the order of repeats, then folds
}

// Unit is one outer fold.
type Unit struct {
	Repeat, Fold int    // both from 0
	Test         []bool // for every row, whether the fold tests it
	// InnerFold is the inner fold of every training row and -1 for test rows.
	InnerFold []int
}

// Settings say how rows are split. Zero values mean 5 folds, 5 inner folds and
// 1 repeat. Every repeat, and every unit of it, draws from a seed of its own that
// is made from Seed.
type Settings struct {
	Folds, Inner, Repeats int
	Seed                  uint64
	// GroupNames, where given, holds the name of group g at index g.
	GroupNames []string
}

// New makes grouped and stratified folds (see [Stratified]) for every repeat. ids,
// group and stratum have one element for each row, a stratum from 0 to levels-1.
// Group numbers are arbitrary: groups are dealt by their names where the settings
// have them, else by the first of their ids, so that the folds of an id do not
// depend on the order of rows.
// An id that comes twice is an error, and so are rows that cannot be split as
// the settings say.
func New(ids []string, group, stratum []int, levels int, s Settings) (*Plan, error) {
	s = s.withDefaults()
	if len(ids) != len(group) {
		return nil, fmt.Errorf("folds: %d ids but %d group numbers", len(ids), len(group))
	}
	if s.Repeats < 1 {
		return nil, fmt.Errorf("folds: found %d repeats, expected at least 1", s.Repeats)
	}
	p := &Plan{IDs: ids, Folds: s.Folds, Inner: s.Inner}
	if _, err := p.index(); err != nil {
		return nil, err
	}
	var err error
	if p.Group, err = renumbered(ids, group, s.GroupNames); err != nil {
		return nil, err
	}
	group = p.Group
	for r := range s.Repeats {
		outer, err := Stratified(stratum, levels, group, s.Folds, s.Seed+uint64(r)<<32)
		if err != nil {
			return nil, err
		}
		for f := range s.Folds {
			u, err := p.newUnit(stratum, levels, outer, r, f, s.Seed)
			if err != nil {
				return nil, fmt.Errorf("repeat %d, fold %d: inner %w", r, f, err)
			}
			p.Units = append(p.Units, u)
		}
	}
	return p, nil
}

func (s Settings) withDefaults() Settings {
	for _, n := range []struct {
		value    *int
		standard int
	}{{&s.Folds, 5}, {&s.Inner, 5}, {&s.Repeats, 1}} {
		if *n.value == 0 {
			*n.value = n.standard
		}
	}
	return s
}

// index is the place of every id.
func (p *Plan) index() (map[string]int, error) {
	at := make(map[string]int, len(p.IDs))
	for i, id := range p.IDs {
		if first, seen := at[id]; seen {
			return nil, fmt.Errorf("folds: found id %q in rows %d and %d, expected every id once", id, first, i)
		}
		at[id] = i
	}
	return at, nil
}

func (p *Plan) newUnit(stratum []int, levels int, outer []int, repeat, fold int, seed uint64) (Unit, error) {
	u := Unit{Repeat: repeat, Fold: fold, Test: make([]bool, len(outer)), InnerFold: make([]int, len(outer))}
	var rows, in, group []int
	for i, f := range outer {
		if f == fold {
			u.Test[i] = true
			u.InnerFold[i] = -1
			continue
		}
		rows = append(rows, i)
		in = append(in, stratum[i])
		group = append(group, p.Group[i])
	}
	inner, err := Stratified(in, levels, group, p.Inner, seed+uint64(repeat)<<32+uint64(fold)+1)
	if err != nil {
		return u, err
	}
	for i, row := range rows {
		u.InnerFold[row] = inner[i]
	}
	return u, nil
}

// Check reports what a plan that was not made by New or For may hold and no
// probe can be trained on: columns of unequal length, units that are missing or
// out of order, a row that a repeat does not test exactly once.
func (p *Plan) Check() error {
	n := len(p.IDs)
	if len(p.Group) != n {
		return fmt.Errorf("folds: found %d group numbers for %d rows, expected as many", len(p.Group), n)
	}
	if p.Folds < 1 || p.Inner < 1 || len(p.Units) == 0 || len(p.Units)%p.Folds != 0 {
		return fmt.Errorf("folds: found %d units of %d folds and %d inner folds, expected a unit for each repeat and fold", len(p.Units), p.Folds, p.Inner)
	}
	tested := make([]int, n)
	for k, u := range p.Units {
		if u.Repeat != k/p.Folds || u.Fold != k%p.Folds {
			return fmt.Errorf("folds: unit %d: found repeat %d, fold %d, expected repeat %d, fold %d", k, u.Repeat, u.Fold, k/p.Folds, k%p.Folds)
		}
		if len(u.Test) != n || len(u.InnerFold) != n {
			return fmt.Errorf("folds: unit %d: found %d test marks and %d inner folds for %d rows, expected as many", k, len(u.Test), len(u.InnerFold), n)
		}
		for i, test := range u.Test {
			inner := u.InnerFold[i]
			if test != (inner == -1) || inner < -1 || inner >= p.Inner {
				return fmt.Errorf("folds: unit %d, row %d: found inner fold %d, expected -1 on test rows and 0 to %d on others", k, i, inner, p.Inner-1)
			}
			if test {
				tested[i]++
			}
			if u.Fold == p.Folds-1 && tested[i] != u.Repeat+1 {
				return fmt.Errorf("folds: row %d is tested in %d folds of %d repeats, expected one of each", i, tested[i], u.Repeat+1)
			}
		}
	}
	return nil
}

// For returns the plan for other rows, in the order of their ids: those of
// another dump, or some of the plan's own. Every row keeps its group and its
// folds. An id that the plan does not hold is an error, and so is one that comes
// twice. Folds are not balanced anew: with few of the rows, one may be empty or
// lack a label.
func (p *Plan) For(ids []string) (*Plan, error) {
	at, err := p.index()
	if err != nil {
		return nil, err
	}
	rows := make([]int, len(ids))
	for i, id := range ids {
		row, known := at[id]
		if !known {
			return nil, fmt.Errorf("folds: found id %q in row %d, expected one of the %d ids that were split", id, i, len(p.IDs))
		}
		rows[i] = row
	}
	q := &Plan{IDs: slices.Clone(ids), Group: pick(p.Group, rows), Folds: p.Folds, Inner: p.Inner}
	if _, err := q.index(); err != nil {
		return nil, err
	}
	for _, u := range p.Units {
		q.Units = append(q.Units, Unit{u.Repeat, u.Fold, pick(u.Test, rows), pick(u.InnerFold, rows)})
	}
	return q, nil
}

func pick[T any](x []T, rows []int) []T {
	at := make([]T, len(rows))
	for i, row := range rows {
		at[i] = x[row]
	}
	return at
}

// Repeats is the number of repeats.
func (p *Plan) Repeats() int { return len(p.Units) / p.Folds }

// NewScores returns zeros to be filled in with scores: a slice for each repeat, with
// a number for each row.
func (p *Plan) NewScores() [][]float64 {
	score := make([][]float64, p.Repeats())
	for r := range score {
		score[r] = make([]float64, len(p.IDs))
	}
	return score
}

// OuterFold returns every row's outer fold in a repeat, which counts from 0.
func (p *Plan) OuterFold(repeat int) []int {
	fold := make([]int, len(p.IDs))
	for _, u := range p.Units[repeat*p.Folds : (repeat+1)*p.Folds] {
		for i, test := range u.Test {
			if test {
				fold[i] = u.Fold
			}
		}
	}
	return fold
}

// Train marks the training rows of the unit: everything but the test rows.
func (u Unit) Train() []bool { return u.Without(-1) }

// Without marks the training rows of the unit that are not in one inner fold.
func (u Unit) Without(inner int) []bool {
	train := make([]bool, len(u.Test))
	for i, f := range u.InnerFold {
		train[i] = !u.Test[i] && f != inner
	}
	return train
}

// Order puts the groups in a random order and returns the place of every row's group
// in it, from 0. The same seed and draw give a group the same place whatever the order
// of rows.
func (p *Plan) Order(seed uint64, draw int) []int {
	groups := 0
	for _, g := range p.Group {
		groups = max(groups, g+1)
	}
	places := rand.New(rand.NewPCG(seed^orderStream, uint64(draw))).Perm(groups)
	return pick(places, p.Group)
}

const orderStream = 0x6f72646572 // "order"
