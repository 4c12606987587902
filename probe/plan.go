package probe

import "fmt"

// Plan is how rows are split for nested cross-validation. Every outer fold of
// every repeat is a unit: its training rows alone choose C, the layer and the
// position, by inner folds, and its test rows are scored with what was chosen.
type Plan struct {
	Label, Group []int
	Folds        int
	Inner        int
	Units        []Unit // in the order of repeats, then folds
}

// Unit is one outer fold.
type Unit struct {
	Repeat, Fold int
	Test         []bool
	// InnerFold is the inner fold of every training row and -1 for test rows.
	InnerFold []int
}

// NewPlan makes grouped and stratified folds (see GroupFolds) for every
// repeat.
func NewPlan(label, group []int, folds, inner, repeats int, seed uint64) (*Plan, error) {
	p := &Plan{Label: label, Group: group, Folds: folds, Inner: inner}
	for r := range repeats {
		outer, err := GroupFolds(label, group, folds, seed+uint64(r)<<32)
		if err != nil {
			return nil, err
		}
		for f := range folds {
			u, err := p.newUnit(outer, r, f, seed)
			if err != nil {
				return nil, fmt.Errorf("repeat %d, fold %d: inner %w", r, f, err)
			}
			p.Units = append(p.Units, u)
		}
	}
	return p, nil
}

func (p *Plan) newUnit(outer []int, repeat, fold int, seed uint64) (Unit, error) {
	u := Unit{Repeat: repeat, Fold: fold, Test: make([]bool, len(outer)), InnerFold: make([]int, len(outer))}
	var rows, label, group []int
	for i, f := range outer {
		if f == fold {
			u.Test[i] = true
			u.InnerFold[i] = -1
			continue
		}
		rows = append(rows, i)
		label = append(label, p.Label[i])
		group = append(group, p.Group[i])
	}
	inner, err := GroupFolds(label, group, p.Inner, seed+uint64(repeat)<<32+uint64(fold)+1)
	if err != nil {
		return u, err
	}
	for i, row := range rows {
		u.InnerFold[row] = inner[i]
	}
	return u, nil
}

// Repeats is the number of repeats.
func (p *Plan) Repeats() int { return len(p.Units) / p.Folds }

// NewScores returns a score of 0 for every repeat and row.
func (p *Plan) NewScores() [][]float64 {
	score := make([][]float64, p.Repeats())
	for r := range score {
		score[r] = make([]float64, len(p.Label))
	}
	return score
}

// OuterFold returns every row's outer fold in a repeat.
func (p *Plan) OuterFold(repeat int) []int {
	fold := make([]int, len(p.Label))
	for _, u := range p.Units[repeat*p.Folds : (repeat+1)*p.Folds] {
		for i, test := range u.Test {
			if test {
				fold[i] = u.Fold
			}
		}
	}
	return fold
}

// outer is the split that trains on everything but the test rows.
func (u Unit) outer() Split { return u.without(-1) }

// without is the split that trains on all training rows but one inner fold.
func (u Unit) without(inner int) Split {
	train := make([]bool, len(u.Test))
	for i, f := range u.InnerFold {
		train[i] = !u.Test[i] && f != inner
	}
	return Split{train}
}
