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

// fewestJudged is how many rows a correlation of margins takes.
const fewestJudged = 3

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
	sets := [][]bool{both}
	var tested [][]bool
	var judged [][]int // the rows of a set's margins
	for _, u := range p.folds.Units[:p.folds.Folds] {
		sets, tested = append(sets, and(u.Train(), both)), append(tested, u.Test)
		judged = append(judged, indices(and(slices.Clone(u.Test), both)))
	}
	h := halvesOf(p, p.folds.Group, both, tested, func(a, b, outside []bool) bool {
		return hasBoth(pair, a) && hasBoth(pair, b) && len(indices(outside)) >= fewestJudged
	})
	if h == nil || slices.ContainsFunc(sets, func(set []bool) bool { return !hasBoth(pair, set) }) {
		return nil, nil
	}
	sets = append(sets, h.rows...)
	for _, outside := range h.outside {
		judged = append(judged, indices(outside))
	}
	d := [2]directions{newDirections(len(judged)), newDirections(len(judged))}
	var scale []float64 // of the columns, so that all weights are of columns standardised alike
	err := probe.TrainEach(ctx, x, pair, sets, p.settings(c), p.Controls.PermutationC, func(set, k int, fitted *probe.Probe, m []float64) {
		if set == 0 {
			scale = fitted.Scale
			return
		}
		d[k].put(set-1, fitted.Weights, at(m, judged[set-1]))
	})
	if err != nil {
		return nil, err
	}
	for k := range d {
		d[k].scale(scale)
	}
	return cosinesOf(d[0], d[1], p.folds.Folds, p.leftOut())
}

// directions are those of one probe trained on several sets of rows: the training
// rows of every fold, then those of halves. They are kept as weights and as
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
func cosinesOf(a, b directions, folds, leftOut int) (*compare.Cosines, error) {
	agree := func(a, b [][]float64) (*compare.Cosines, error) {
		var d compare.Directions
		for k := range folds {
			d.Pairs = append(d.Pairs, [2][]float64{a[k], b[k]})
		}
		a, b = a[folds:], b[folds:]
		for block := range 1 + leftOut {
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

// halves are rows of both halves of halved groups, and for each half the rows that
// are in neither, first of all groups, then without each of some blocks of them.
type halves struct{ rows, outside [][]bool }

// halvesOf halves the training groups of the outer folds in turn, whose tested rows
// are in neither half. Nil where the halves do not hold what they should, such as
// every label, however the groups are halved.
func halvesOf(p *plan, group []int, among []bool, tested [][]bool, holds func(a, b, outside []bool) bool) *halves {
	groups := 1 + slices.Max(group)
	block := make([]int, groups)
	for place, g := range rand.New(estimate.Source(p.Seed^halvingStream, 0)).Perm(groups) {
		block[g] = place % p.leftOut()
	}
	half := func(h halving, left int) (a, b, outside []bool) {
		a, b, outside = make([]bool, len(among)), make([]bool, len(among)), make([]bool, len(among))
		for i, g := range group {
			switch {
			case !among[i] || block[g] == left:
			case tested[h.fold][i]:
				outside[i] = true
			default:
				a[i], b[i] = h.first[g], !h.first[g]
			}
		}
		return a, b, outside
	}
	var halved []halving
	for draw := uint64(1); len(halved) < halvings && draw <= maxHalvings; draw++ {
		rng := rand.New(estimate.Source(p.Seed^halvingStream, draw))
		h := halving{first: make([]bool, groups), fold: len(halved) % len(tested)}
		for place, g := range rng.Perm(groups) {
			h.first[g] = place%2 == 0
		}
		all := true
		for left := -1; all && left < p.leftOut(); left++ {
			all = holds(half(h, left))
		}
		if all {
			halved = append(halved, h)
		}
	}
	if len(halved) < halvings {
		return nil
	}
	var all halves
	for left := -1; left < p.leftOut(); left++ {
		for _, h := range halved {
			a, b, outside := half(h, left)
			all.rows, all.outside = append(all.rows, a, b), append(all.outside, outside, outside)
		}
	}
	return &all
}

// A halving is the groups of one half, and the fold whose rows are in neither.
type halving struct {
	first []bool
	fold  int
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
