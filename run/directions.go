package run

import (
	"context"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"tell/compare"
	"tell/estimate"
	"tell/probe"
	"tell/target"
)

// How often the groups are halved for the floor of a cosine, and how many blocks
// of groups are left out for its interval.
const (
	halvings   = 20
	leftBlocks = 8
)

// halvingStream keeps these random numbers apart from those of other purposes
// under one seed.
const halvingStream = 0x68616c76696e67 // "halving"

// leftOut is how many blocks of groups are left out: no more than there are groups.
func (p *plan) leftOut() int { return min(leftBlocks, 1+slices.Max(p.folds.Group)) }

// beside gives the two targets of a cell that sets them beside each other, and
// the rows that state both.
func (p *plan) beside(c Cell) (pair []target.Column, both []bool) {
	pair = make([]target.Column, 2)
	both = slices.Repeat([]bool{true}, len(p.cases.Rows))
	for k, name := range []string{c.Target, c.Beside} {
		if name == p.Target.Label { // the study's own
			name = ""
		}
		pair[k], _ = p.taskOf(sweep{Target: name})
		for i := range both {
			both[i] = both[i] && pair[k].Stated(i)
		}
	}
	return pair, both
}

// directions trains the probes of two targets on the training rows of every
// outer fold and on halves of them, and keeps how their directions agree. A
// correlation of margins is one of rows that neither probe was trained on: on
// its own rows a probe of many columns gives the labels back, whatever its
// direction.
func (p *plan) directions(ctx context.Context, c Cell, x probe.Rows) (*compare.Cosines, error) {
	pair, both := p.beside(c)
	sets, judged := [][]bool{both}, [][]int{nil} // the rows of a set's margins
	for _, u := range p.folds.Units[:p.folds.Folds] {
		sets, judged = append(sets, and(u.Train(), both)), append(judged, indices(and(slices.Clone(u.Test), both)))
	}
	halves, outside := p.halves(pair, both)
	sets, judged = append(sets, halves...), append(judged, outside...)
	if halves == nil || slices.ContainsFunc(sets, func(set []bool) bool { return !hasBoth(pair, set) }) {
		return nil, nil
	}
	weight, margin := make([][2][]float64, len(sets)), make([][2][]float64, len(sets))
	var scale []float64 // of the columns, so that all weights are of columns standardised alike
	err := probe.TrainEach(ctx, x, pair, sets, p.settings(c), p.Controls.PermutationC, func(set, k int, fitted *probe.Probe, m []float64) {
		if set == 0 {
			scale = fitted.Scale
		}
		weight[set][k] = fitted.Weights
		if set > 0 {
			margin[set][k] = at(m, judged[set])
			floats.AddConst(-stat.Mean(margin[set][k], nil), margin[set][k])
		}
	})
	if err != nil {
		return nil, err
	}
	for _, of := range weight {
		for k := range of {
			floats.Mul(of[k], scale)
		}
	}
	agree := func(of [][2][]float64) (*compare.Cosines, error) {
		directions := compare.Directions{Pairs: of[1 : 1+p.folds.Folds]}
		rest := of[1+p.folds.Folds:]
		for b := range 1 + p.leftOut() {
			var list []compare.Halving
			for h := range halvings {
				first, second := rest[2*(b*halvings+h)], rest[2*(b*halvings+h)+1]
				list = append(list, compare.Halving{{first[0], second[0]}, {first[1], second[1]}})
			}
			if b == 0 {
				directions.Halvings = list
				continue
			}
			directions.LeftOut = append(directions.LeftOut, list)
		}
		return directions.Cosines()
	}
	cosines, err := agree(weight)
	if err != nil {
		return nil, err
	}
	in, err := agree(margin) // centred margins have the Mahalanobis cosine of the weights
	if err != nil {
		return nil, err
	}
	cosines.Mahalanobis = &in.Plain
	return cosines, nil
}

// halves are the rows of both halves of each halving of the training groups of a
// fold, folds in turn, and for each half the rows of that fold: first of all
// groups, then without each of some blocks of them. Nil where some half lacks a
// label however the groups are halved, or a fold has hardly any rows.
func (p *plan) halves(pair []target.Column, both []bool) (sets [][]bool, judged [][]int) {
	groups := 1 + slices.Max(p.folds.Group)
	block := make([]int, groups)
	for place, g := range rand.New(estimate.Source(p.Seed^halvingStream, 0)).Perm(groups) {
		block[g] = place % p.leftOut()
	}
	var halved []halving
	for draw := uint64(1); len(halved) < halvings && draw <= maxHalvings; draw++ {
		rng := rand.New(estimate.Source(p.Seed^halvingStream, draw))
		h := halving{first: make([]bool, groups), block: block, fold: len(halved) % p.folds.Folds}
		for place, g := range rng.Perm(groups) {
			h.first[g] = place%2 == 0
		}
		if p.canHalve(pair, both, h) {
			halved = append(halved, h)
		}
	}
	if len(halved) < halvings {
		return nil, nil
	}
	for left := -1; left < p.leftOut(); left++ {
		for _, h := range halved {
			a, b, outside := p.half(both, h, left)
			sets, judged = append(sets, a, b), append(judged, outside, outside)
		}
	}
	return sets, judged
}

// A halving is the groups of one half, the fold that is in neither, and the
// blocks that are left out in turn.
type halving struct {
	first []bool
	block []int
	fold  int
}

// maxHalvings bounds the search for halves that hold every label.
const maxHalvings = 50 * halvings

// half are the rows of both halves and of the fold, without a block of groups.
func (p *plan) half(both []bool, h halving, left int) (a, b []bool, fold []int) {
	a, b = make([]bool, len(both)), make([]bool, len(both))
	test := p.folds.Units[h.fold].Test
	for i, g := range p.folds.Group {
		switch {
		case !both[i] || h.block[g] == left:
		case test[i]:
			fold = append(fold, i)
		default:
			a[i], b[i] = h.first[g], !h.first[g]
		}
	}
	return a, b, fold
}

func (p *plan) canHalve(pair []target.Column, both []bool, h halving) bool {
	for left := -1; left < p.leftOut(); left++ {
		a, b, fold := p.half(both, h, left)
		if !hasBoth(pair, a) || !hasBoth(pair, b) || len(fold) < 3 {
			return false
		}
	}
	return true
}

// hasBoth tells whether every target has both labels on some rows.
func hasBoth(pair []target.Column, rows []bool) bool {
	for _, y := range pair {
		var seen [2]bool
		for i, in := range rows {
			if in {
				seen[int(y.Values[i])] = true
			}
		}
		if !seen[0] || !seen[1] {
			return false
		}
	}
	return true
}

func and(a, b []bool) []bool {
	for i := range a {
		a[i] = a[i] && b[i]
	}
	return a
}

// indices are those of the rows that are marked.
func indices(marked []bool) []int {
	var rows []int
	for i, in := range marked {
		if in {
			rows = append(rows, i)
		}
	}
	return rows
}
