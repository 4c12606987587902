package activations

import (
	"fmt"
	"slices"
	"strconv"
)

// Reading says in plain data which positions of its rows a dump reads.
type Reading struct {
	// Position is what the Spec asks for, empty where all positions are kept.
	Position string
	// Words says the same in words, such as "the last position of the row".
	Words string
	// Length and Mask are the columns, the array or the file of the Spec that say
	// which positions count; all do where both are empty.
	Length, Mask string
	// Names has a name for each position of the dump's shape; see PositionNames.
	Names []string
}

// Reading says which positions of its rows the dump reads.
func (d *Dump) Reading() Reading {
	r := Reading{Position: d.spec.Position, Length: d.spec.Length, Mask: d.spec.Mask, Names: d.PositionNames()}
	r.Words = d.chosen.words(r.Length != "" || r.Mask != "")
	return r
}

// PositionNames returns a name for each position of the dump's shape.
//
//	all positions are kept   position 0, position 1, ...
//	first, last              first position, last position
//	a number such as -2      position -2
//	a range such as -4:      position -4, ..., position -1
//	mean                     mean over positions
//	a column                 position at COLUMN
func (d *Dump) PositionNames() []string {
	names := make([]string, d.shape.Positions)
	for i := range names {
		names[i] = d.chosen.name(i)
	}
	return names
}

// words says which positions are read, of a row or of those that count there.
func (c *chooser) words(counted bool) string {
	of, all := "of the row", "of the row"
	if counted {
		of, all = "of those that count", "that count"
	}
	switch {
	case c == nil:
		return "every stored position"
	case c.kind == meanPosition:
		return "the mean over all positions " + all
	case c.kind == namedIndex:
		return fmt.Sprintf("the position %s that column %q gives", of, c.column)
	case c.kind == positionSpan && c.from < 0:
		return fmt.Sprintf("positions %d to %d %s, where -1 is the last", c.from, c.to-1, of)
	case c.kind == positionSpan:
		return fmt.Sprintf("positions %d to %d %s, where 0 is the first", c.from, c.to-1, of)
	case slices.Contains([]string{"first", "last"}, c.text):
		return fmt.Sprintf("the %s position %s", c.text, of)
	case c.from < 0:
		return fmt.Sprintf("position %d %s, where -1 is the last", c.from, of)
	}
	return fmt.Sprintf("position %d %s, where 0 is the first", c.from, of)
}

// name names position i of those that are left.
func (c *chooser) name(i int) string {
	switch {
	case c == nil:
		return "position " + strconv.Itoa(i)
	case c.kind == meanPosition:
		return "mean over positions"
	case c.kind == namedIndex:
		return "position at " + c.column
	case slices.Contains([]string{"first", "last"}, c.text):
		return c.text + " position"
	}
	return "position " + strconv.Itoa(c.from+i)
}
