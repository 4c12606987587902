package study

import "tell/activations"

// positions takes a view of the dump at the positions that the study reads.
// Columns are those of the examples, else those beside the activations.
func (t *table) positions(dump *activations.Dump, c *Cases) error {
	c.Dump = dump
	if t.Activations.Position == "" {
		return nil
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
		c.Dump, err = dump.WithPositions(*p)
	}
	var counts []int
	if err == nil {
		counts, err = c.Dump.Counts()
	}
	if err != nil {
		return t.ErrorAt("activations", "%w", err)
	}
	c.Counts = pick(counts, c.Rows)
	return nil
}
