package activations

import (
	"fmt"
	"strconv"

	"tell/activations/internal/input"
	"tell/activations/positions"
)

// PositionColumns names the columns that Spec.Position, Spec.Length and
// Spec.Mask refer to.
func (d *Dump) PositionColumns() []string {
	var names []string
	if name := d.chosen.Index(); name != "" {
		names = append(names, name)
	}
	return append(names, d.spec.counts()...)
}

// counts names the column that says which positions count, if there is one. It
// may hold lists.
func (s *Spec) counts() []string {
	switch {
	case s.Length != "":
		return []string{s.Length}
	case s.Mask != "" && !IsMaskFile(s.Mask):
		return []string{s.Mask}
	}
	return nil
}

// ownPositions reads the columns that are stored beside the states.
func (d *Dump) ownPositions() (*RowPositions, error) { return d.positionsFrom(nil, nil, nil) }

// PositionsFrom reads the columns that Spec.Position, Spec.Length and Spec.Mask
// name from a table of which example i belongs to row rowOf[i] of the dump, or
// to none where that is negative; rows without an example are not to be read. A
// column that the table lacks is looked for beside the states.
func (d *Dump) PositionsFrom(e *Examples, rowOf []int) (*RowPositions, error) {
	used := make([]bool, d.shape.Rows)
	for _, row := range rowOf {
		if row >= 0 {
			used[row] = true
		}
	}
	return d.positionsFrom(e, rowOf, used)
}

// positionsFrom reads what concerns the rows that are used; nil uses all.
func (d *Dump) positionsFrom(e *Examples, rowOf []int, used []bool) (*RowPositions, error) {
	p := &RowPositions{}
	if d.chosen.Index() != "" {
		if err := d.readIndices(p, e, rowOf, used); err != nil {
			return nil, err
		}
	}
	if d.spec.Length == "" && d.spec.Mask == "" {
		return p, nil
	}
	p.Counted, p.Stored = make([][]Span, d.shape.Rows), make([]int, d.shape.Rows)
	return p, d.readCounted(p, e, rowOf, used)
}

func (d *Dump) readIndices(p *RowPositions, e *Examples, rowOf []int, used []bool) error {
	p.Index = make([]int, d.shape.Rows)
	c, err := d.positionColumn(d.chosen.Index(), e, rowOf)
	if err != nil {
		return err
	}
	return c.each(used, "the index of a position; a position is "+positions.Forms, func(v any, row int) (ok bool) {
		p.Index[row], ok = v.(int)
		return ok
	})
}

func (d *Dump) readCounted(p *RowPositions, e *Examples, rowOf []int, used []bool) error {
	var c *positionColumn
	var err error
	name, expected := d.spec.Length, "a number of positions, or a mask such as [1, 1, 0]"
	if name == "" {
		name, expected = d.spec.Mask, "a mask such as [1, 1, 0]"
	}
	if d.spec.Length == "" && IsMaskFile(d.spec.Mask) {
		c, err = d.maskFile()
	} else {
		c, err = d.positionColumn(name, e, rowOf)
	}
	if err != nil {
		return err
	}
	type mask struct {
		spans  []Span
		stored int
		ok     bool
	}
	seen := map[string]mask{} // masks are often alike
	return c.each(used, expected, func(v any, row int) (ok bool) {
		switch v := v.(type) {
		case int:
			p.Counted[row] = []Span{{From: 0, To: v}}[:max(0, min(v, 1))]
			return v >= 0 && d.spec.Length != ""
		case string:
			m, known := seen[v]
			if !known {
				m.spans, m.stored, m.ok = positions.ParseMask(v)
				seen[v] = m
			}
			p.Counted[row], p.Stored[row], ok = m.spans, m.stored, m.ok
		}
		return ok
	})
}

// positionColumn is a column of a table and the rows of the dump that its values
// belong to.
type positionColumn struct {
	*Column
	table *Examples
	rowOf []int
}

// positionColumn finds a column in a table, else beside the states.
func (d *Dump) positionColumn(name string, e *Examples, rowOf []int) (*positionColumn, error) {
	if e != nil {
		if c, ok := e.Column(name); ok {
			return &positionColumn{c, e, rowOf}, nil
		}
	}
	own, err := d.Examples()
	if err != nil {
		return nil, err
	}
	if own != nil {
		if c, ok := own.Column(name); ok {
			return &positionColumn{c, own, nil}, nil
		}
	}
	path := Printable(d.firstPath())
	beside := fmt.Sprintf("%s: the file holds no table beside the states", path)
	if own != nil {
		beside = fmt.Sprintf("%s: expected one of %s", path, own.AllNames())
	}
	if e != nil && e != own {
		beside = fmt.Sprintf("%s: expected one of %s; nor in %s", Printable(e.FirstPath()), e.AllNames(), beside)
	}
	hint := ""
	if name == d.chosen.Index() {
		hint = "; a position is " + positions.Forms
	}
	return nil, fmt.Errorf("no column %q in %s%s", name, beside, hint)
}

// each hands every value of a row that is used to set, which refuses some.
func (c *positionColumn) each(used []bool, expected string, set func(v any, row int) bool) error {
	for i := range c.table.Len() {
		row := i
		if c.rowOf != nil {
			row = c.rowOf[i]
		}
		if row < 0 || used != nil && !used[row] || set(c.Value(i), row) {
			continue
		}
		found := strconv.Quote(input.Shorten(c.String(i)))
		if c.IsNull(i) {
			found = "null"
		}
		path, line, at := c.table.Place(i)
		part := fmt.Sprintf("column %q", c.Name)
		if line == 0 {
			part = fmt.Sprintf("row %d, column %q", at, c.Name)
		}
		return &FormatError{File: path, Line: line, Part: part, Offset: -1, Found: found, Expected: expected}
	}
	return nil
}
