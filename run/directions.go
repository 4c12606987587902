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
// outer fold and on halves of the groups, and keeps how their directions agree.
func (p *plan) directions(ctx context.Context, c Cell, x probe.Rows) (*compare.Cosines, error) {
	pair, both := p.beside(c)
	sets := [][]bool{both}
	for _, u := range p.folds.Units[:p.folds.Folds] {
		sets = append(sets, and(u.Train(), both))
	}
	halves := halves(p.Seed, p.folds.Group, both, func(rows []bool) bool { return hasBoth(pair, rows) })
	sets = append(sets, halves...)
	if halves == nil || slices.ContainsFunc(sets, func(set []bool) bool { return !hasBoth(pair, set) }) {
		return nil, nil
	}
	d := [2]directions{newDirections(len(sets) - 1), newDirections(len(sets) - 1)}
	used := indices(both)
	var scale []float64 // of the columns, so that all weights are of columns standardised alike
	err := probe.TrainEach(ctx, x, pair, sets, p.settings(c), p.Controls.PermutationC, func(set, k int, fitted *probe.Probe, m []float64) {
		if set == 0 {
			scale = fitted.Scale
			return
		}
		d[k].put(set-1, fitted.Weights, at(m, used))
	})
	if err != nil {
		return nil, err
	}
	for k := range d {
		d[k].scale(scale)
	}
	return cosinesOf(d[0], d[1], p.folds.Folds)
}

// directions are those of one probe trained on several sets of rows: the training
// rows of every fold, then those that halves gives. They are kept as weights and as
// centred margins, which have the Mahalanobis cosine of the weights.
type directions struct{ weight, margin [][]float64 }

func newDirections(n int) directions {
	return directions{make([][]float64, n), make([][]float64, n)}
}

func (d directions) put(i int, weight, margin []float64) {
	floats.AddConst(-stat.Mean(margin, nil), margin)
	d.weight[i], d.margin[i] = weight, margin
}

func (d directions) scale(columns []float64) {
	for _, w := range d.weight {
		floats.Mul(w, columns)
	}
}

// cosinesOf tells how two directions agree.
func cosinesOf(a, b directions, folds int) (*compare.Cosines, error) {
	agree := func(a, b [][]float64) (*compare.Cosines, error) {
		var d compare.Directions
		for k := range folds {
			d.Pairs = append(d.Pairs, [2][]float64{a[k], b[k]})
		}
		a, b = a[folds:], b[folds:]
		for block := range 1 + leftBlocks {
			var list []compare.Halving
			for h := range halvings {
				k := 2 * (block*halvings + h)
				list = append(list, compare.Halving{{a[k], a[k+1]}, {b[k], b[k+1]}})
			}
			if block == 0 {
				d.Halvings = list
				continue
			}
			d.LeftOut = append(d.LeftOut, list)
		}
		return d.Cosines()
	}
	cosines, err := agree(a.weight, b.weight)
	if err != nil {
		return nil, err
	}
	in, err := agree(a.margin, b.margin)
	if err != nil {
		return nil, err
	}
	cosines.Mahalanobis = &in.Plain
	return cosines, nil
}

// halves are the rows of both halves of each halving of the groups, first of all
// groups, then without each of some blocks of them. Nil where some half does not hold
// what it should, such as every label, however the groups are halved.
func halves(seed uint64, group []int, among []bool, holds func(rows []bool) bool) [][]bool {
	groups := 1 + slices.Max(group)
	block := make([]int, groups)
	for place, g := range rand.New(estimate.Source(seed^halvingStream, 0)).Perm(groups) {
		block[g] = place % leftBlocks
	}
	half := func(first []bool, left int) (a, b []bool) {
		a, b = make([]bool, len(among)), make([]bool, len(among))
		for i, g := range group {
			if among[i] && block[g] != left {
				a[i], b[i] = first[g], !first[g]
			}
		}
		return a, b
	}
	var halved [][]bool // by halving, then group: whether it is in the first half
	for draw := uint64(1); len(halved) < halvings && draw <= maxHalvings; draw++ {
		rng := rand.New(estimate.Source(seed^halvingStream, draw))
		first := make([]bool, groups)
		for place, g := range rng.Perm(groups) {
			first[g] = place%2 == 0
		}
		all := true
		for left := -1; all && left < leftBlocks; left++ {
			a, b := half(first, left)
			all = holds(a) && holds(b)
		}
		if all {
			halved = append(halved, first)
		}
	}
	if len(halved) < halvings {
		return nil
	}
	sets := make([][]bool, 0, 2*halvings*(1+leftBlocks))
	for left := -1; left < leftBlocks; left++ {
		for _, first := range halved {
			a, b := half(first, left)
			sets = append(sets, a, b)
		}
	}
	return sets
}

// maxHalvings bounds the search for halves that hold what they should.
const maxHalvings = 50 * halvings

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
