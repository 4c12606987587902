package folds

import (
	"cmp"
	"fmt"
	"slices"

	"tell/internal/natural"
)

// renumbered numbers groups from 0, in the order of their names where there are
// any, else in that of the first of their ids.
func renumbered(ids []string, group []int, names []string) ([]int, error) {
	name := make(map[int]string)
	for i, g := range group {
		switch known, seen := name[g]; {
		case names != nil && (g < 0 || g >= len(names)):
			return nil, fmt.Errorf("folds: found group number %d in row %d, expected one of the %d groups that have names", g, i, len(names))
		case names != nil:
			name[g] = names[g]
		case !seen || natural.Compare(ids[i], known) < 0:
			name[g] = ids[i]
		}
	}
	order := make([]int, 0, len(name))
	for g := range name {
		order = append(order, g)
	}
	slices.SortFunc(order, func(g, h int) int { return cmp.Or(natural.Compare(name[g], name[h]), cmp.Compare(g, h)) })
	number := make(map[int]int, len(order))
	for k, g := range order {
		number[g] = k
	}
	renamed := make([]int, len(group))
	for i, g := range group {
		renamed[i] = number[g]
	}
	return renamed, nil
}

// Permuter is [NewPermuter] for the rows of a plan. Its draws give an id the same
// label whatever the order of rows.
func (p *Plan) Permuter(label, fold, unit []int) (*Permuter, error) {
	for _, column := range [][]int{label, fold, unit} {
		if column != nil && len(column) != len(p.IDs) {
			return nil, fmt.Errorf("folds: found %d labels, folds or units for the %d rows of the plan, expected as many", len(column), len(p.IDs))
		}
	}
	order := make([]int, len(p.IDs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(p.Group[i], p.Group[j]), natural.Compare(p.IDs[i], p.IDs[j]))
	})
	sorted := func(column []int) []int {
		if column == nil {
			return nil
		}
		return pick(column, order)
	}
	q, err := NewPermuter(sorted(label), sorted(p.Group), sorted(fold), sorted(unit))
	if err != nil {
		return nil, err
	}
	// Back to the rows of the plan.
	q.label = slices.Clone(label)
	for _, class := range q.classes {
		for _, b := range class {
			for _, u := range b.units {
				for i, row := range u.rows {
					u.rows[i] = order[row]
				}
			}
		}
	}
	return q, nil
}
