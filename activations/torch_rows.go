package activations

import (
	"fmt"
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

// openRows places every row, or batch of them: a tensor, or one for each layer. They
// may have different numbers of positions where one is chosen.
func (s *torchSource) openRows(spec Spec, cells [][]*tensor) error {
	first := cells[0][0]
	var shape Shape
	var lengths []int
	for _, tensors := range cells {
		arrays := make([]*array, len(tensors))
		for i, t := range tensors {
			if t.stored.dtype != first.stored.dtype {
				return s.file.Errorf(t.stored.part, -1, string(t.stored.dtype), "%s as in %s", first.stored.dtype, first.stored.part)
			}
			if t.stored.axes == nil {
				t.stored.axes = spec.Axes
			}
			a, err := t.array()
			if err != nil {
				return err
			}
			if arrays[i] = a; t == first {
				shape = a.shape()
			}
			switch has := a.shape(); {
			case a.layers != shape.Layers || a.width != shape.Width || a.positions != shape.Positions && spec.Position == "":
				return s.file.Errorf(t.stored.part, -1, has.apart(), "%s as in %s", shape.apart(), first.stored.part)
			case a.rows != arrays[0].rows:
				return s.file.Errorf(t.stored.part, -1, fmt.Sprintf("%d rows", a.rows), "%d as in %s", arrays[0].rows, tensors[0].stored.part)
			case a.positions != arrays[0].positions:
				return s.file.Errorf(t.stored.part, -1, fmt.Sprintf("%d positions", a.positions), "%d as in %s",
					arrays[0].positions, tensors[0].stored.part)
			}
			t.picked = true
			s.picked = append(s.picked, t)
		}
		s.rows = append(s.rows, arrays)
		lengths = append(lengths, slices.Repeat([]int{arrays[0].positions}, arrays[0].rows)...)
	}
	if len(lengths) == 0 {
		return s.file.Errorf(first.stored.part, -1, "no rows", "at least one")
	}
	shape.Rows, shape.Layers, shape.Positions = len(lengths), shape.Layers*len(cells[0]), slices.Max(lengths)
	s.size = contents{shape: shape, dtype: first.stored.dtype}
	if slices.Min(lengths) < shape.Positions {
		s.size.lengths = lengths
	}
	return nil
}

// layer returns the plane of every row or batch.
func (s *torchSource) layer(i int) ([]plane, error) {
	if s.rows == nil {
		return s.tensorSource.layer(i)
	}
	planes := make([]plane, len(s.rows))
	for row, arrays := range s.rows {
		if len(arrays) == 1 {
			planes[row] = arrays[0].layer(i)
		} else {
			planes[row] = arrays[i].layer(0)
		}
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
	if s.rows != nil && !s.nested && !taken["tensor"] {
		c := &Column{Name: "tensor", Kind: String}
		for _, t := range s.picked {
			c.Append(t.name)
		}
		columns = append(columns, c)
	}
	if len(e.Columns())+len(columns)+len(s.left) == 0 {
		return nil, nil
	}
	return e.With(columns...), nil
}
