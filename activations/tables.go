package activations

import "tell/activations/table"

// The table of examples that belongs to a dump, and what it is made of.
type (
	// Examples is a row an example, ordered and typed columns.
	Examples = table.Examples
	// Column is one column of a table of examples.
	Column = table.Column
	// Kind is the type of a column.
	Kind = table.Kind
	// Omitted is a column that a table leaves out, and why.
	Omitted = table.Omitted
)

// The kinds of columns.
const (
	Bool   = table.Bool
	Int    = table.Int
	Float  = table.Float
	String = table.String
)
