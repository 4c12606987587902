package study

import (
	"cmp"
	"slices"

	"tell/estimate"
)

// arrange puts the cases in the order of their groups, then of their ids.
func (c *Cases) arrange() {
	order := make([]int, len(c.ID))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(c.Group[i], c.Group[j]), estimate.CompareNames(c.ID[i], c.ID[j]))
	})
	for _, column := range []*[]int{&c.Rows, &c.Behaviour, &c.Knows, &c.Group, &c.Unit, &c.AnswerPosition} {
		*column = inOrder(*column, order)
	}
	for _, column := range []*[]string{&c.ID, &c.Condition, &c.Text, &c.Said} {
		*column = inOrder(*column, order)
	}
	c.Target.Values, c.Target.N = inOrder(c.Target.Values, order), inOrder(c.Target.N, order)
	c.Graded = inOrder(c.Graded, order)
	for i := range c.Strata {
		c.Strata[i].Value = inOrder(c.Strata[i].Value, order)
	}
	for i := range c.Nuisance {
		n := &c.Nuisance[i]
		n.Numeric, n.Levels = inOrder(n.Numeric, order), inOrder(n.Levels, order)
	}
	for i := range c.Scorers {
		c.Scorers[i].Score = inOrder(c.Scorers[i].Score, order)
	}
}

// inOrder is a column with its rows in another order; nil stays nil.
func inOrder[T any](column []T, order []int) []T {
	if column == nil {
		return nil
	}
	moved := make([]T, len(order))
	for k, i := range order {
		moved[k] = column[i]
	}
	return moved
}
