package study

import (
	"cmp"
	"slices"

	"tell/activations"
	"tell/estimate"
)

// arrange puts the examples that are used in the order of their groups, then of
// their ids, before any column is made of them.
func (t *table) arrange(_ *activations.Dump, c *Cases) error {
	column, err := t.column("group", t.Group)
	if err != nil {
		return err
	}
	order := make([]int, len(t.used))
	names := make([]string, len(t.used))
	for k, i := range t.used {
		order[k], names[k] = k, c.ID[k]
		if column != nil {
			names[k] = column.String(i)
		}
	}
	group, _ := estimate.Numbered(names)
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(group[i], group[j]), estimate.CompareNames(c.ID[i], c.ID[j]))
	})
	t.used, c.Rows, c.ID = pick(t.used, order), pick(c.Rows, order), pick(c.ID, order)
	return nil
}
