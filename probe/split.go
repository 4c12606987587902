package probe

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// GroupFolds assigns every row to one of k folds, numbered from 0. No group
// crosses a split, and the shares of the two labels are balanced over the
// folds. The same input and seed give the same folds.
//
// The algorithm is that of scikit-learn's StratifiedGroupKFold with shuffle:
// the groups are shuffled, then sorted (stably) by how unequal their two label
// counts are, the most unequal first. One after the other, each goes to the
// fold that leaves the smallest spread between folds, which is the standard
// deviation over folds of the share of each label's rows, averaged over the
// two labels. Among equals the fold with the fewest rows takes the group.
//
// Labels are 0 or 1; group numbers are arbitrary. An error says why the rows
// cannot be split: fewer groups than folds, or a fold whose training part, all
// the other folds, holds one label only. Inner folds are made by calling it on
// the training rows.
func GroupFolds(label, group []int, k int, seed uint64) ([]int, error) {
	if len(label) != len(group) {
		return nil, fmt.Errorf("folds: %d labels but %d group numbers", len(label), len(group))
	}
	if k < 2 {
		return nil, fmt.Errorf("folds: found %d folds, expected at least 2", k)
	}
	index, count, err := labelCounts(label, group)
	if err != nil {
		return nil, err
	}
	if len(count) < k {
		return nil, fmt.Errorf("folds: found %d groups, expected at least as many as the %d folds", len(count), k)
	}

	order := rand.New(rand.NewPCG(seed, foldStream)).Perm(len(count))
	foldOf, perFold := allocate(count, order, k)

	var all counts
	for _, c := range perFold {
		all = all.plus(c)
	}
	for f, c := range perFold {
		for y, name := range []string{"0", "1"} {
			if all[y] == c[y] {
				return nil, fmt.Errorf("folds: without fold %d of %d no row with label %s is left to train on (%d rows in all); "+
					"use fewer folds or more groups with that label", f, k, name, all[y])
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

// counts holds the number of rows with label 0 and with label 1.
type counts [2]int

func (c counts) plus(d counts) counts { return counts{c[0] + d[0], c[1] + d[1]} }
func (c counts) rows() int            { return c[0] + c[1] }

// spread orders groups by the standard deviation of their two counts.
func (c counts) spread() int { return max(c[0]-c[1], c[1]-c[0]) }

// labelCounts numbers the groups by ascending group number and counts their
// labels. index holds every row's group in that numbering.
func labelCounts(label, group []int) (index []int, count []counts, err error) {
	names := slices.Clone(group)
	slices.Sort(names)
	names = slices.Compact(names)
	number := make(map[int]int, len(names))
	for i, g := range names {
		number[g] = i
	}

	index = make([]int, len(group))
	count = make([]counts, len(names))
	for i, y := range label {
		if y != 0 && y != 1 {
			return nil, nil, fmt.Errorf("folds: row %d: found label %d, expected 0 or 1", i, y)
		}
		index[i] = number[group[i]]
		count[index[i]][y]++
	}
	if len(label) == 0 {
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
	var all counts
	for _, c := range count {
		all = all.plus(c)
	}

	foldOf = make([]int, len(count))
	perFold = make([]counts, k)
	for _, g := range order {
		best, bestSpread := 0, math.Inf(1)
		for f := range k {
			was := perFold[f]
			perFold[f] = was.plus(count[g])
			s := foldSpread(perFold, all)
			perFold[f] = was
			if s < bestSpread || isClose(s, bestSpread) && was.rows() < perFold[best].rows() {
				best, bestSpread = f, s
			}
		}
		foldOf[g] = best
		perFold[best] = perFold[best].plus(count[g])
	}
	return foldOf, perFold
}

// foldSpread is the standard deviation over folds of the share of each label's
// rows, averaged over the labels that occur. It rounds as numpy does, since the
// last bit decides between folds that stand equal; the conversions keep a
// compiler from fusing multiplication and addition.
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
