// Package table holds tables of examples, a row an example, with ordered and typed
// columns, and reads them from JSON lines and CSV.
package table

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"tell/activations/internal/input"
)

// Examples is the table of examples that belongs to a dump: a row an example,
// ordered and typed columns.
type Examples struct {
	columns []*Column
	index   map[string]*Column
	parts   []Part
	n       int
	lists   []string // columns of lists, or arrays, that were not asked for
	omitted []Omitted
	nested  nestedColumns
}

// Part is a run of rows from one file.
type Part struct {
	Path  string
	Rows  int
	first int   // row of the table
	lines []int // of every row, or nil where the file has no lines
}

// Kind is the type of a column.
type Kind string

// The kinds of columns.
const (
	Bool   Kind = "bool"
	Int    Kind = "int"
	Float  Kind = "float"
	String Kind = "string"
)

// Column is one column of a table of examples. Any value may be null.
type Column struct {
	Name string
	Kind Kind

	bools   []bool
	ints    []int
	floats  []float64
	strings []string
	null    []bool
	lists   bool
}

// Len returns the number of examples.
func (e *Examples) Len() int { return e.n }

// Columns returns the columns in the order of the file.
func (e *Examples) Columns() []*Column { return e.columns }

// Column returns the column of the given name. Fields of nested values are
// columns too: meta.a is field a of the objects in column meta.
func (e *Examples) Column(name string) (*Column, bool) {
	if c, ok := e.index[name]; ok {
		return c, true
	}
	return e.nestedColumn(name)
}

// Where says where example i comes from: file and line, or file and row
// counted from 0.
func (e *Examples) Where(i int) string {
	switch path, line, row := e.Place(i); {
	case line > 0:
		return fmt.Sprintf("%s:%d", input.Printable(path), line)
	case path != "":
		return fmt.Sprintf("%s: row %d", input.Printable(path), row)
	}
	return fmt.Sprintf("row %d", i)
}

// Place finds the file of example i, and its line or its row there.
func (e *Examples) Place(i int) (path string, line, row int) {
	k := sort.Search(len(e.parts), func(k int) bool { return e.parts[k].first+e.parts[k].Rows > i })
	if k == len(e.parts) {
		return "", 0, i - e.n
	}
	p := e.parts[k]
	if i -= p.first; p.lines != nil {
		return p.Path, p.lines[i], i
	}
	return p.Path, 0, i
}

func (e *Examples) Names() string {
	names := make([]string, len(e.columns))
	for i, c := range e.columns {
		names[i] = strconv.Quote(c.Name)
	}
	return strings.Join(names, ", ")
}

// AllNames lists the columns with those of lists.
func (e *Examples) AllNames() string {
	names := make([]string, 0, len(e.columns)+len(e.lists))
	for _, c := range e.columns {
		names = append(names, strconv.Quote(c.Name))
	}
	for _, name := range e.lists {
		names = append(names, strconv.Quote(name))
	}
	return strings.Join(names, ", ")
}

// New makes a table of columns of equal length.
func New(columns []*Column, p Part) *Examples {
	e := &Examples{columns: columns, index: map[string]*Column{}, parts: []Part{p}, n: p.Rows}
	for _, c := range columns {
		e.index[c.Name] = c
	}
	return e
}

// LeaveOut notes columns of lists, or arrays, that were not asked for, and those
// that no column can hold.
func (e *Examples) LeaveOut(lists []string, omitted []Omitted) *Examples {
	e.lists, e.omitted = lists, omitted
	return e
}

// With is a table of e's columns and more beside them. It leaves out what e does.
func (e *Examples) With(more ...*Column) *Examples {
	return New(slices.Concat(e.columns, more), e.parts[0]).LeaveOut(e.lists, e.omitted)
}

// WithoutLines forgets the lines of its rows, which are in no file.
func (e *Examples) WithoutLines() *Examples {
	for i := range e.parts {
		e.parts[i].lines = nil
	}
	return e
}

// FirstPath is the file of the first rows.
func (e *Examples) FirstPath() string { return e.parts[0].Path }

// Extend returns e with the rows of more, a table with the same columns. If
// e is nil it returns more.
func (e *Examples) Extend(more *Examples) (*Examples, error) {
	if e == nil {
		return more, nil
	}
	for _, o := range slices.Concat(e.omitted, more.omitted) {
		e.omit(o)
		more.omit(o)
	}
	for _, c := range e.columns {
		other, ok := more.index[c.Name]
		if !ok || len(more.columns) != len(e.columns) {
			return nil, &input.FormatError{File: more.parts[0].Path, Part: "columns", Offset: -1,
				Found: more.Names(), Expected: e.Names() + " as in " + e.parts[0].Path}
		}
		if !c.append(other) {
			return nil, &input.FormatError{File: more.parts[0].Path, Part: fmt.Sprintf("column %q", c.Name), Offset: -1,
				Found: string(other.Kind), Expected: fmt.Sprintf("%s as in %s", c.Kind, e.parts[0].Path)}
		}
	}
	for _, p := range more.parts {
		p.first += e.n
		e.parts = append(e.parts, p)
	}
	e.n += more.n
	return e, nil
}

// append adds the values of other; ints and floats together are floats, and a
// column of nulls takes any kind.
func (c *Column) append(other *Column) bool {
	switch {
	case c.Kind == other.Kind:
	case other.allNull():
		other = nullColumn(c.Name, c.Kind, len(other.null))
	case c.allNull():
		*c = *nullColumn(c.Name, other.Kind, len(c.null))
	case c.Kind == Int && other.Kind == Float:
		c.toFloat()
	case c.Kind == Float && other.Kind == Int:
		other.toFloat()
	default:
		return false
	}
	c.lists = (c.lists || c.allNull()) && (other.lists || other.allNull())
	c.bools = append(c.bools, other.bools...)
	c.ints = append(c.ints, other.ints...)
	c.floats = append(c.floats, other.floats...)
	c.strings = append(c.strings, other.strings...)
	c.null = append(c.null, other.null...)
	return true
}

func (c *Column) allNull() bool { return !slices.Contains(c.null, false) }

func (c *Column) toFloat() {
	c.Kind = Float
	c.floats = make([]float64, len(c.ints))
	for i, v := range c.ints {
		c.floats[i] = float64(v)
	}
	c.ints = nil
}

func nullColumn(name string, kind Kind, n int) *Column {
	c := &Column{Name: name, Kind: kind}
	for range n {
		c.Append(nil)
	}
	return c
}

// Append appends a value of the column's kind, or nil.
func (c *Column) Append(v any) {
	c.null = append(c.null, v == nil)
	switch c.Kind {
	case Bool:
		x, _ := v.(bool)
		c.bools = append(c.bools, x)
	case Int:
		x, _ := v.(int)
		c.ints = append(c.ints, x)
	case Float:
		x, _ := v.(float64)
		c.floats = append(c.floats, x)
	case String:
		x, _ := v.(string)
		c.strings = append(c.strings, x)
	}
}

// Len returns the number of values.
func (c *Column) Len() int { return len(c.null) }

// SetNull makes value i null.
func (c *Column) SetNull(i int) { c.null[i] = true }

// Clear takes all values away and keeps their room.
func (c *Column) Clear() {
	*c = Column{Name: c.Name, Kind: c.Kind,
		bools: c.bools[:0], ints: c.ints[:0], floats: c.floats[:0], strings: c.strings[:0], null: c.null[:0]}
}

// IsNull reports whether value i is null or missing.
func (c *Column) IsNull(i int) bool { return c.null[i] }

// IsList reports whether every value is null or a list, as JSON text.
func (c *Column) IsList() bool { return c.lists }

// Value returns value i as a bool, int, float64 or string, or nil for null.
func (c *Column) Value(i int) any {
	if c.null[i] {
		return nil
	}
	switch c.Kind {
	case Bool:
		return c.bools[i]
	case Int:
		return c.ints[i]
	case Float:
		return c.floats[i]
	}
	return c.strings[i]
}

// String returns value i as text: true or false, a number in its shortest
// decimal form, the string itself, or nothing for null.
func (c *Column) String(i int) string {
	if c.null[i] {
		return ""
	}
	switch c.Kind {
	case Bool:
		return strconv.FormatBool(c.bools[i])
	case Int:
		return strconv.Itoa(c.ints[i])
	case Float:
		return strconv.FormatFloat(c.floats[i], 'g', -1, 64)
	}
	return c.strings[i]
}

// List writes values [lo, hi) of whole numbers or bools as a list of JSON.
func (c *Column) List(lo, hi int) string {
	text := []byte{'['}
	for i := lo; i < hi; i++ {
		if i > lo {
			text = append(text, ',')
		}
		switch {
		case c.null[i]:
			text = append(text, "null"...)
		case c.Kind == Bool:
			text = strconv.AppendBool(text, c.bools[i])
		default:
			text = strconv.AppendInt(text, int64(c.ints[i]), 10)
		}
	}
	return string(append(text, ']'))
}
