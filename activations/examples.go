package activations

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Examples is the table of examples that belongs to a dump: a row an example,
// ordered and typed columns.
type Examples struct {
	columns []*Column
	index   map[string]*Column
	parts   []part
	n       int
	lists   []string // columns of lists, or arrays, that were not asked for
	omitted []Omitted
	nested  nestedColumns
}

// part is a run of rows from one file.
type part struct {
	path  string
	first int // row of the table
	rows  int
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
	switch path, line, row := e.place(i); {
	case line > 0:
		return fmt.Sprintf("%s:%d", Printable(path), line)
	case path != "":
		return fmt.Sprintf("%s: row %d", Printable(path), row)
	}
	return fmt.Sprintf("row %d", i)
}

// place finds the file of example i, and its line or its row there.
func (e *Examples) place(i int) (path string, line, row int) {
	k := runOf(len(e.parts), i, func(k int) int { return e.parts[k].first + e.parts[k].rows })
	if k == len(e.parts) {
		return "", 0, i - e.n
	}
	p := e.parts[k]
	if i -= p.first; p.lines != nil {
		return p.path, p.lines[i], i
	}
	return p.path, 0, i
}

func (e *Examples) names() string {
	names := make([]string, len(e.columns))
	for i, c := range e.columns {
		names[i] = strconv.Quote(c.Name)
	}
	return strings.Join(names, ", ")
}

// newExamples makes a table of columns of equal length.
func newExamples(columns []*Column, p part) *Examples {
	e := &Examples{columns: columns, index: map[string]*Column{}, parts: []part{p}, n: p.rows}
	for _, c := range columns {
		e.index[c.Name] = c
	}
	return e
}

// and returns e with the rows of more, a table with the same columns. If
// e is nil it returns more.
func (e *Examples) and(more *Examples) (*Examples, error) {
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
			return nil, &FormatError{File: more.parts[0].path, Part: "columns", Offset: -1,
				Found: more.names(), Expected: e.names() + " as in " + e.parts[0].path}
		}
		if !c.append(other) {
			return nil, &FormatError{File: more.parts[0].path, Part: fmt.Sprintf("column %q", c.Name), Offset: -1,
				Found: string(other.Kind), Expected: fmt.Sprintf("%s as in %s", c.Kind, e.parts[0].path)}
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
		c.add(nil)
	}
	return c
}

// add appends a value of the column's kind, or nil.
func (c *Column) add(v any) {
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

// IsNull reports whether value i is null or missing.
func (c *Column) IsNull(i int) bool { return c.null[i] }

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
