package activations

import (
	"slices"

	"tell/activations/table"
)

// rowsOf returns the tensors that are a row each, in the order of the file:
// several that are named alike, where the axes name layers but no rows. Other
// files have none.
func rowsOf(s *tensorSource, spec Spec) ([]*tensor, error) {
	if !slices.Contains(spec.Axes, Layer) || slices.Contains(spec.Axes, Row) {
		return nil, nil
	}
	chosen, err := s.choose(spec)
	if err != nil || !chosen.family {
		return nil, err
	}
	named := map[string]bool{}
	for _, name := range chosen.names {
		named[name] = true
	}
	var rows []*tensor
	for _, t := range s.all {
		if named[t.name] {
			t.picked = true
			rows = append(rows, t)
		}
	}
	return rows, nil
}

// openRows places every row. They may have different numbers of positions
// where one is chosen.
func (s *torchSource) openRows(spec Spec, rows []*tensor) error {
	s.picked = rows
	lengths := make([]int, len(rows))
	for i, t := range rows {
		if t.stored.axes = spec.Axes; t.stored.dtype != rows[0].stored.dtype {
			return s.file.Errorf(t.stored.part, -1, string(t.stored.dtype), "%s as in %s", rows[0].stored.dtype, rows[0].stored.part)
		}
		a, err := t.array()
		if err != nil {
			return err
		}
		s.rows = append(s.rows, a)
		first := s.rows[0]
		if a.layers != first.layers || a.width != first.width || a.positions != first.positions && spec.Position == "" {
			return s.file.Errorf(t.stored.part, -1, a.shape().apart(), "%s as in %s", first.shape().apart(), rows[0].stored.part)
		}
		lengths[i] = a.positions
	}
	shape := s.rows[0].shape()
	shape.Rows, shape.Positions = len(rows), slices.Max(lengths)
	s.size = contents{shape: shape, dtype: rows[0].stored.dtype}
	if slices.Min(lengths) < shape.Positions {
		s.size.lengths = lengths
	}
	return nil
}

// layer returns the plane of every row.
func (s *torchSource) layer(i int) ([]plane, error) {
	if s.rows == nil {
		return s.tensorSource.layer(i)
	}
	planes := make([]plane, len(s.rows))
	for row, a := range s.rows {
		planes[row] = a.layer(i)
	}
	return planes, nil
}

// table adds what stands beside the tensors to their own table: lists that are
// as long as the rows, and the names of tensors that are rows.
func (s *torchSource) table() (*Examples, error) {
	e, err := s.tensorSource.table()
	if err != nil {
		return nil, err
	}
	rows := s.contents().shape.Rows
	if e == nil {
		e = table.New(nil, table.Part{Path: s.file.Path, Rows: rows})
	}
	taken := map[string]bool{}
	for _, c := range e.Columns() {
		taken[c.Name] = true
	}
	var columns []*Column
	for _, l := range s.lists {
		if len(l.items) != rows || l.name == "" || taken[l.name] {
			continue
		}
		if c := l.column(); c != nil {
			taken[l.name] = true
			columns = append(columns, c)
		}
	}
	if s.rows != nil && !taken["tensor"] {
		c := &Column{Name: "tensor", Kind: String}
		for _, t := range s.picked {
			c.Append(t.name)
		}
		columns = append(columns, c)
	}
	if len(e.Columns())+len(columns) == 0 {
		return nil, nil
	}
	return e.With(columns...), nil
}
