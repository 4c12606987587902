package study

import (
	"slices"

	"tell/activations"
)

// positions tells the dump which positions of its rows count, and which to
// read, where columns of the examples say so.
func (t *table) positions(dump *activations.Dump, c *Cases) error {
	if t.examplesPath() == "" {
		return nil // the columns lie beside the activations
	}
	names := dump.PositionColumns()
	missing := func(name string) bool {
		_, ok := t.Column(name)
		return !ok
	}
	switch n := len(slices.DeleteFunc(slices.Clone(names), missing)); {
	case n == 0:
		return nil
	case n < len(names):
		return t.errorAt("activations", "found one of the columns %q and %q among the examples, expected both there or both beside the activations", names[0], names[1])
	}
	rowOf := make([]int, t.Len())
	for i := range rowOf {
		rowOf[i] = -1
	}
	for k, i := range t.used {
		rowOf[i] = c.Rows[k]
	}
	p, err := dump.PositionsFrom(t.Examples, rowOf)
	if err == nil {
		err = dump.SetPositions(*p)
	}
	if err != nil {
		return t.errorAt("activations", "%w", err)
	}
	return nil
}
