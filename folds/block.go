package folds

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// blockKind says how the labels lie in a group: one alone, several of which each
// has as many rows, or several in unequal number.
type blockKind int

const (
	constantBlock blockKind = iota
	evenBlock
	unevenBlock
)

// block is the rows of one group.
type block struct {
	group, fold int
	kind        blockKind
	rows        int
	count       map[int]int // of the rows of each label
	binary      bool        // the labels of all groups are 0 and 1
	units       []unit
}

// unit is rows that carry one label and move as one.
type unit struct{ rows []int }

// call gives all rows of a unit the label.
func (u unit) call(label []int, l int) {
	for _, row := range u.rows {
		label[row] = l
	}
}

func (b block) compareClass(c block) int {
	return cmp.Or(cmp.Compare(b.fold, c.fold), cmp.Compare(b.kind, c.kind), cmp.Compare(b.rows, c.rows),
		slices.CompareFunc(b.units, c.units, unit.compareSize))
}

func (u unit) compareSize(v unit) int { return cmp.Compare(len(u.rows), len(v.rows)) }

// alike gives the units of each size.
func (b block) alike() iter.Seq[[]unit] {
	return func(yield func([]unit) bool) {
		for units := b.units; len(units) > 0; {
			n := 1
			for n < len(units) && units[n].compareSize(units[0]) == 0 {
				n++
			}
			if !yield(units[:n]) {
				return
			}
			units = units[n:]
		}
	}
}

// profile is how many units of each size carry each label.
func (b block) profile(label []int) string {
	var all [][][2]int
	for alike := range b.alike() {
		all = append(all, tally(alike, label))
	}
	return fmt.Sprint(all)
}

// tally counts the units of every label, in the order of labels.
func tally(units []unit, label []int) [][2]int {
	count := make(map[int]int)
	for _, u := range units {
		count[label[u.rows[0]]]++
	}
	var pairs [][2]int
	for _, l := range slices.Sorted(maps.Keys(count)) {
		pairs = append(pairs, [2]int{l, count[l]})
	}
	return pairs
}

// kindOf tells how the labels lie in a group. Of labels beside 0 and 1 each must have
// two rows or more to be a part that keeps together: where every row has a label of
// its own, as numbers do, naming the parts anew is shuffling the rows.
func (b block) kindOf() blockKind {
	if len(b.count) == 1 {
		return constantBlock
	}
	each := b.rows / len(b.count)
	for _, n := range b.count {
		if n != each {
			return unevenBlock
		}
	}
	if each == 1 && !b.binary {
		return unevenBlock
	}
	return evenBlock
}

// NewPermuter takes the labels and the group of every row. Labels are any whole
// numbers: 0 and 1, the levels of a target with several, or a number for each value
// that a target without levels has. fold holds
// every row's fold when the folds were stratified by these labels; nil for folds
// that were made without them. unit numbers the units of a group; rows of
// different groups are never of one unit. It may be nil.
//
// It returns an error for a unit with two labels, and panics where the lengths
// differ.
func NewPermuter(label, group, fold, unit []int) (*Permuter, error) {
	for _, column := range [][]int{fold, unit} {
		if len(group) != len(label) || column != nil && len(column) != len(label) {
			panic("folds: label, group, fold and unit differ in length")
		}
	}
	blocks, err := blocksOf(label, group, fold, unit)
	if err != nil {
		return nil, err
	}
	return &Permuter{label: slices.Clone(label), classes: classesOf(blocks), units: unit != nil}, nil
}

// blocksOf gathers rows into blocks, whose units come in order of size, then of
// their first rows.
func blocksOf(label, group, fold, units []int) ([]block, error) {
	var blocks []block
	number := make(map[int]int)
	binary := !slices.ContainsFunc(label, func(l int) bool { return l != 0 && l != 1 })
	place := make(map[[2]int]int) // of a group's unit in its block
	for row, g := range group {
		n, seen := number[g]
		if !seen {
			n = len(blocks)
			number[g] = n
			blocks = append(blocks, block{group: g, count: make(map[int]int), binary: binary})
			if fold != nil {
				blocks[n].fold = fold[row]
			}
		}
		b := &blocks[n]
		b.rows++
		b.count[label[row]]++
		if units == nil {
			b.units = append(b.units, unit{rows: []int{row}})
			continue
		}
		key := [2]int{g, units[row]}
		k, seen := place[key]
		if !seen {
			k = len(b.units)
			place[key] = k
			b.units = append(b.units, unit{})
		}
		u := &b.units[k]
		u.rows = append(u.rows, row)
		if first := u.rows[0]; label[first] != label[row] {
			return nil, &UnitError{Unit: units[row], Group: g, Rows: [2]int{first, row}, Labels: [2]int{label[first], label[row]}}
		}
	}
	for i, b := range blocks {
		blocks[i].kind = b.kindOf()
		slices.SortStableFunc(b.units, unit.compareSize)
	}
	return blocks, nil
}

// UnitError is a unit that carries two labels.
type UnitError struct {
	Unit, Group  int
	Rows, Labels [2]int
}

func (e *UnitError) Error() string {
	return fmt.Sprintf("folds: unit %d of group %d has label %d in row %d and label %d in row %d, expected one label for all its rows",
		e.Unit, e.Group, e.Labels[0], e.Rows[0], e.Labels[1], e.Rows[1])
}
