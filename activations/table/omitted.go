package table

import (
	"fmt"
	"slices"
)

// Omitted is a column that a table leaves out, and why.
type Omitted struct{ Name, Reason string }

// Omitted lists the columns of the file that the table leaves out: of types that
// no column has, and of numbers that none can hold.
func (e *Examples) Omitted() []Omitted {
	all := slices.Clone(e.omitted)
	for _, name := range e.lists {
		all = append(all, Omitted{name, "lists, which are read as a length or a mask alone"})
	}
	return all
}

// Unheld says why a column cannot be held. It leaves the column out and stops
// nothing else.
type Unheld struct{ Reason string }

func (e *Unheld) Error() string { return e.Reason }

// BeyondInt is a value that no int holds.
func BeyondInt(row int, value any) error {
	return &Unheld{fmt.Sprintf("row %d has %v, and whole numbers go up to 2^63-1", row, value)}
}

// BeyondFloat is a value that no float64 holds.
func BeyondFloat(row int, value any) error {
	return &Unheld{fmt.Sprintf("row %d has %v, and numbers go up to 1.8e308", row, value)}
}

// omit leaves a column out.
func (e *Examples) omit(o Omitted) {
	if slices.ContainsFunc(e.omitted, func(known Omitted) bool { return known.Name == o.Name }) {
		return
	}
	e.omitted = append(e.omitted, o)
	if _, ok := e.index[o.Name]; ok {
		delete(e.index, o.Name)
		e.columns = slices.DeleteFunc(e.columns, func(c *Column) bool { return c.Name == o.Name })
	}
}
