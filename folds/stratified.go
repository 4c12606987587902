package folds

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Stratified assigns every row to one of k folds, numbered from 0. No group
// crosses a split, and the shares of every stratum are balanced over the folds.
// The same input and seed give the same folds.
//
// The algorithm is that of scikit-learn's StratifiedGroupKFold with shuffle:
// the groups are shuffled, then sorted (stably) by how unequal their counts of
// the strata are, the most unequal first. One after the other, each goes to the
// fold that leaves the smallest spread between folds, which is the standard
// deviation over folds of the share of each stratum's rows, averaged over the
// strata. Among equals the fold with the fewest rows takes the group.
//
// A stratum is a number from 0 to levels-1, as the label of a row; group
// numbers are arbitrary. An error says why the rows cannot be split: fewer
// groups than folds, or a fold whose training part, all the other folds, lacks
// a stratum. Inner folds are made by calling it on the training rows.
func Stratified(stratum []int, levels int, group []int, k int, seed uint64) ([]int, error) {
	if len(stratum) != len(group) {
		return nil, fmt.Errorf("folds: %d labels but %d group numbers", len(stratum), len(group))
	}
	if k < 2 {
		return nil, fmt.Errorf("folds: found %d folds, expected at least 2", k)
	}
	if levels < 1 {
		return nil, fmt.Errorf("folds: found %d levels, expected at least 1", levels)
	}
	index, count, err := countGroups(stratum, levels, group)
	if err != nil {
		return nil, err
	}
	if len(count) < k {
		return nil, fmt.Errorf("folds: found %d groups, expected at least as many as the %d folds", len(count), k)
	}

	order := rand.New(rand.NewPCG(seed, foldStream)).Perm(len(count))
	foldOf, perFold := allocate(count, order, k)

	all := sumOf(perFold, levels)
	for f, c := range perFold {
		for y := range levels {
			if all[y] == c[y] {
				return nil, fmt.Errorf("folds: without fold %d of %d no row with label %d is left to train on (%d rows in all); "+
					"use fewer folds or more groups with that label", f, k, y, all[y])
			}
		}
	}

	folds := make([]int, len(group))
	for i, g := range index {
		folds[i] = foldOf[g]
	}
	return folds, nil
}

// Streams keep the random numbers of different purposes apart when they share
// one seed.
const (
	foldStream    = 0x666f6c64 // "fold"
	permuteStream = 0x7065726d // "perm"
)

// counts holds the number of rows of each stratum.
type counts []int

func (c counts) add(d counts) {
	for y, n := range d {
		c[y] += n
	}
}

func (c counts) subtract(d counts) {
	for y, n := range d {
		c[y] -= n
	}
}

func (c counts) rows() int {
	n := 0
	for _, v := range c {
		n += v
	}
	return n
}

func sumOf(all []counts, levels int) counts {
	sum := make(counts, levels)
	for _, c := range all {
		sum.add(c)
	}
	return sum
}

// spread orders groups by the standard deviation of their counts: it is the
// variance times the square of their number, a whole number.
func (c counts) spread() int {
	squares, n := 0, c.rows()
	for _, v := range c {
		squares += v * v
	}
	return len(c)*squares - n*n
}

// countGroups numbers the groups by ascending group number and counts their
// strata. index holds every row's group in that numbering.
func countGroups(stratum []int, levels int, group []int) (index []int, count []counts, err error) {
	names := slices.Clone(group)
	slices.Sort(names)
	names = slices.Compact(names)
	number := make(map[int]int, len(names))
	for i, g := range names {
		number[g] = i
	}

	index = make([]int, len(group))
	count = make([]counts, len(names))
	for g := range count {
		count[g] = make(counts, levels)
	}
	for i, y := range stratum {
		if y < 0 || y >= levels {
			return nil, nil, fmt.Errorf("folds: row %d: found label %d, expected 0 to %d", i, y, levels-1)
		}
		index[i] = number[group[i]]
		count[index[i]][y]++
	}
	if len(stratum) == 0 {
		return nil, nil, errors.New("folds: no rows to split")
	}
	return index, count, nil
}

// allocate deals the groups to k folds. order is the order in which groups of
// equal spread are dealt.
func allocate(count []counts, order []int, k int) (foldOf []int, perFold []counts) {
	order = slices.Clone(order)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(count[b].spread(), count[a].spread())
	})
	levels := len(count[0])
	all := sumOf(count, levels)
	foldOf = make([]int, len(count))
	perFold = make([]counts, k)
	for f := range perFold {
		perFold[f] = make(counts, levels)
	}
	for _, g := range order {
		best, bestSpread := 0, math.Inf(1)
		for f := range k {
			rows := perFold[f].rows()
			perFold[f].add(count[g])
			s := foldSpread(perFold, all)
			perFold[f].subtract(count[g])
			if s < bestSpread || isClose(s, bestSpread) && rows < perFold[best].rows() {
				best, bestSpread = f, s
			}
		}
		foldOf[g] = best
		perFold[best].add(count[g])
	}
	return foldOf, perFold
}

// foldSpread is the standard deviation over folds of the share of each
// stratum's rows, averaged over the strata that occur. It rounds as numpy does,
// since the last bit decides between folds that are equal; the conversions
// keep a compiler from fusing multiplication and addition.
func foldSpread(perFold []counts, all counts) float64 {
	k := float64(len(perFold))
	var spread, classes float64
	for y, n := range all {
		if n == 0 {
			continue
		}
		var mean, variance float64
		for _, c := range perFold {
			mean += float64(c[y]) / float64(n)
		}
		mean /= k
		for _, c := range perFold {
			d := float64(c[y])/float64(n) - mean
			variance += float64(d * d)
		}
		spread += math.Sqrt(variance / k)
		classes++
	}
	return spread / classes
}

// isClose is numpy's isclose with its default tolerances.
func isClose(a, b float64) bool {
	return math.Abs(a-b) <= 1e-8+1e-5*math.Abs(b) && !math.IsInf(b, 0)
}
