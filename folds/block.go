package folds

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

// blockKind says how the labels lie in a group.
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
	rows, ones  int // ones of them have label 1
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

// profile is how many units of each size carry label 1.
func (b block) profile(label []int) string {
	var ones []int
	for alike := range b.alike() {
		n := 0
		for _, u := range alike {
			n += label[u.rows[0]]
		}
		ones = append(ones, n)
	}
	return fmt.Sprint(ones)
}

// NewPermuter takes the labels, 0 or 1, and the group of every row. fold holds
// every row's fold when the folds were stratified by these labels; nil for folds
// that were made without them. unit numbers the units of a group; rows of
// different groups are never of one unit. It may be nil.
//
// It returns an error for a unit with both labels, and panics where the lengths
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
	place := make(map[[2]int]int) // of a group's unit in its block
	for row, g := range group {
		n, seen := number[g]
		if !seen {
			n = len(blocks)
			number[g] = n
			blocks = append(blocks, block{group: g})
			if fold != nil {
				blocks[n].fold = fold[row]
			}
		}
		b := &blocks[n]
		b.rows++
		b.ones += label[row]
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
		switch {
		case b.ones == 0 || b.ones == b.rows:
			blocks[i].kind = constantBlock
		case 2*b.ones == b.rows:
			blocks[i].kind = evenBlock
		default:
			blocks[i].kind = unevenBlock
		}
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
