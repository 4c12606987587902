package activations

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"tell/activations/internal/input"
	"tell/activations/positions"
)

// parquetRagged is the columns of states of a Parquet file whose rows have
// different numbers of positions. Row groups, and pages where the file says
// where they are, are unpacked once they are asked for.
type parquetRagged struct {
	file    *parquetFile
	choice  choice
	columns []*raggedLists
	size    contents
	counts  []string
}

// ragged opens the columns of states where their lists may differ: where a
// position is chosen. It returns nil where no axis is that of positions.
func (p *parquetFile) ragged(spec Spec, chosen choice, leaves []parquetLeaf) (*parquetRagged, error) {
	s := &parquetRagged{file: p, choice: chosen, counts: spec.counts()}
	for _, name := range chosen.names {
		l := leaves[slices.IndexFunc(leaves, func(l parquetLeaf) bool { return l.name == name })]
		axes, err := chosen.axes(p.File, spec, l.rank)
		if err != nil {
			return nil, err
		}
		if axes == nil {
			axes = usualAxes(l.rank)
		}
		ragged := slices.Index(axes, Position) - 1
		if len(axes) != l.rank || axes[0] != Row || ragged < 0 || l.shaped {
			return nil, nil
		}
		if spec.DType != "" && spec.DType != l.dtype {
			return nil, p.Errorf(fmt.Sprintf("column %q", name), -1, string(l.dtype), "%s, as declared", spec.DType)
		}
		c := newRaggedLists(p, l, axes, ragged)
		if err := p.guard(c.part, c.measure); err != nil {
			return nil, err
		}
		if err := s.add(c); err != nil {
			return nil, err
		}
	}
	if spec.Position == positions.All {
		return s, s.count()
	}
	return s, nil
}

// count finds how many positions every row has, the same in all columns.
func (s *parquetRagged) count() error {
	for k, c := range s.columns {
		var lengths []int
		err := s.file.guard(c.part, func() (err error) {
			lengths, err = c.countRows()
			return err
		})
		if err != nil {
			return err
		}
		if k == 0 {
			s.size.lengths, s.size.measuredLate = lengths, false
			continue
		}
		for row, n := range lengths {
			if want := s.size.lengths[row]; n != want {
				return s.file.Errorf(fmt.Sprintf("%s, row %d", c.part, row), -1, fmt.Sprintf("%d positions", n), "%d as in %s", want, s.columns[0].part)
			}
		}
	}
	if s.size.lengths != nil {
		s.size.shape.Positions = slices.Max(s.size.lengths)
	}
	return nil
}

// add checks a column against the first.
func (s *parquetRagged) add(c *raggedLists) error {
	a, err := c.array(0, nil)
	if err != nil {
		return err
	}
	shape := a.shape()
	shape.Rows = int(s.file.r.NumRows())
	if s.columns = append(s.columns, c); len(s.columns) == 1 {
		s.size = contents{shape: shape, dtype: c.dtype, measuredLate: true}
		if s.choice.family {
			s.size.layers = s.choice.names
			s.size.shape.Layers = len(s.choice.names)
		}
		return nil
	}
	shape.Layers = s.size.shape.Layers
	if shape != s.size.shape || c.dtype != s.size.dtype {
		return s.file.Errorf(c.part, -1, fmt.Sprintf("%d wide of %s", shape.Width, c.dtype), "%d of %s as in %s", s.size.shape.Width, s.size.dtype, s.columns[0].part)
	}
	return nil
}

func (s *parquetRagged) contents() contents { return s.size }

func (s *parquetRagged) layer(i int) ([]plane, error) {
	if s.choice.family {
		return s.columns[i].planes(0)
	}
	return s.columns[0].planes(i)
}

func (s *parquetRagged) table() (*Examples, error) {
	return s.file.examples(func(name string) bool { return slices.Contains(s.choice.names, name) }, s.counts)
}

func (s *parquetRagged) Close() error {
	errs := []error{s.file.Close()}
	for _, c := range s.columns {
		if c.spool != nil {
			errs = append(errs, c.spool.Close())
		}
	}
	return errors.Join(errs...)
}

// raggedLists reads a column of lists, those at one nesting of any length.
type raggedLists struct {
	parquetLists
	axes   []Axis
	ragged int
	begins []int16 // repeatedLevels
	arrays func() ([]*array, error)
	spool  *input.Spool
}

func newRaggedLists(p *parquetFile, l parquetLeaf, axes []Axis, ragged int) *raggedLists {
	c := &raggedLists{
		parquetLists: parquetLists{file: p, leaf: l.index, part: fmt.Sprintf("column %q", l.name), dtype: l.dtype},
		axes:         axes,
		ragged:       ragged,
		begins:       repeatedLevels(p.r.MetaData().Schema.Column(l.index)),
	}
	for range l.rank - 1 {
		c.dims = append(c.dims, -1)
	}
	c.arrays = sync.OnceValues(c.place)
	return c
}

// errEnough ends a walk over a column.
var errEnough = errors.New("enough is read")

// measure finds the lengths that all rows share in the first rows.
func (c *raggedLists) measure() error {
	rows := c.rows(0)
	known := func() bool {
		for k, n := range rows.dims {
			if n < 0 && k != c.ragged {
				return false
			}
		}
		return rows.count > 0
	}
	for g := range c.file.r.NumRowGroups() {
		err := c.walkGroup(g, 0, func(_ []byte, defined, repeated []int16) error {
			for i := range repeated {
				if err := c.refuse(rows.add(defined[i], repeated[i]), rows); err != nil {
					return err
				}
				if repeated[i] == 0 && known() {
					return errEnough
				}
			}
			return nil
		})
		if err == nil {
			err = c.refuse(rows.end(), rows)
		}
		if err != nil && err != errEnough {
			return err
		}
		if known() {
			break
		}
	}
	if rows.count > 0 && !known() {
		return c.file.Errorf(c.part, -1, "rows without a position", "numbers in some row")
	}
	for k, n := range rows.dims {
		if k == c.ragged || n < 0 {
			rows.dims[k] = 1
		}
	}
	c.dims = rows.dims
	return nil
}

// countRows reads the levels of the column for the positions of every row, nil
// where there is no row.
func (c *raggedLists) countRows() ([]int, error) {
	rows := c.rows(0)
	limit := int(input.UnpackLimit(c.file.Size) / raggedRowMemory)
	for g := range c.file.r.NumRowGroups() {
		err := c.walkGroup(g, 0, func(_ []byte, defined, repeated []int16) error {
			for i := range repeated {
				if err := c.refuse(rows.add(defined[i], repeated[i]), rows); err != nil {
					return err
				}
			}
			if len(rows.lengths) > limit {
				return c.file.Errorf(c.part, -1, fmt.Sprintf("more than %d rows", limit), "fewer in a file of %d bytes", c.file.Size)
			}
			return nil
		})
		if err == nil {
			err = c.refuse(rows.end(), rows)
		}
		if err != nil {
			return nil, err
		}
	}
	if n := int(c.file.r.NumRows()); len(rows.lengths) != n {
		return nil, c.file.Errorf(c.part, -1, fmt.Sprintf("%d rows", len(rows.lengths)), "%d, as the file says", n)
	}
	return rows.lengths, nil
}

// rows starts to separate the rows of a column; first is the number of its
// first row.
func (c *raggedLists) rows(first int) *raggedLevels {
	return &raggedLevels{dims: slices.Clone(c.dims), ragged: c.ragged, begins: c.begins, first: first,
		full: c.file.r.MetaData().Schema.Column(c.leaf).MaxDefinitionLevel(), index: make([]int, len(c.dims))}
}

// refuse is an error on the row that has just been read.
func (c *raggedLists) refuse(bad *positions.TooShort, rows *raggedLevels) error {
	if bad == nil {
		return nil
	}
	return c.file.Errorf(fmt.Sprintf("%s, row %d", c.part, rows.first+rows.count), -1, bad.Found, "%s", bad.Expected)
}

// array views rows that run finds.
func (c *raggedLists) array(rows int, run func() (*raggedRun, error)) (*array, error) {
	s := storage{part: c.part, encoding: encoding{dtype: c.dtype}, shape: append([]int{1}, c.dims...), axes: c.axes}
	return newRagged(s, 1+c.ragged, Shape{Rows: rows, Positions: 1}, run)
}

// place makes an array of every unit.
func (c *raggedLists) place() ([]*array, error) {
	var arrays []*array
	first := 0
	for g := range c.file.r.NumRowGroups() {
		units, err := c.units(g)
		if err != nil {
			return nil, err
		}
		for _, u := range units {
			u.first = first
			first += u.rows
			a, err := c.array(u.rows, sync.OnceValues(func() (*raggedRun, error) { return c.unpackUnit(u) }))
			if err != nil {
				return nil, err
			}
			arrays = append(arrays, a)
		}
	}
	return arrays, nil
}

func (c *raggedLists) planes(layer int) ([]plane, error) {
	arrays, err := c.arrays()
	if err != nil {
		return nil, err
	}
	return planesOf(arrays, layer), nil
}

// raggedUnit is rows that are unpacked together: those from row skip of a row
// group on.
type raggedUnit struct {
	group int
	skip  int64
	rows  int
	first int // row of the column
}

// unpackUnit appends the numbers of a unit to the spool, little-endian.
func (c *raggedLists) unpackUnit(u raggedUnit) (*raggedRun, error) {
	c.file.mu.Lock()
	defer c.file.mu.Unlock()
	if c.spool == nil {
		var err error
		if c.spool, err = input.NewSpool(c.file.Path); err != nil {
			return nil, err
		}
	}
	w := unitWriter{raggedLists: c, unit: u, rows: c.rows(u.first), run: &raggedRun{file: &c.spool.File}, at: c.spool.Size}
	err := c.file.guard(c.part, func() error { return c.walkGroup(u.group, u.skip, w.add) })
	if err == nil {
		err = c.refuse(w.rows.end(), w.rows)
	}
	if err != nil && err != errEnough {
		return nil, err
	}
	if w.run.lengths = w.rows.lengths; len(w.run.lengths) != u.rows || len(w.run.begins) != u.rows {
		return nil, c.file.Errorf(c.part, -1, fmt.Sprintf("%d rows", len(w.run.lengths)), "%d from row %d on", u.rows, u.first)
	}
	return w.run, nil
}

// unitWriter notes where rows begin while their numbers are written.
type unitWriter struct {
	*raggedLists
	unit raggedUnit
	rows *raggedLevels
	run  *raggedRun
	at   int64
}

func (w *unitWriter) add(raw []byte, defined, repeated []int16) error {
	size, n := w.dtype.size(), 0
	var enough error
	for i, level := range defined {
		if repeated[i] == 0 && len(w.run.begins) == w.unit.rows {
			enough = errEnough
			if err := w.refuse(w.rows.end(), w.rows); err != nil {
				return err
			}
			break
		}
		if err := w.refuse(w.rows.add(level, repeated[i]), w.rows); err != nil {
			return err
		}
		if repeated[i] == 0 {
			w.run.begins = append(w.run.begins, w.at+int64(n*size))
		}
		if level == w.rows.full {
			n++
		}
	}
	if n*size > len(raw) {
		return w.file.Errorf(w.part, -1, fmt.Sprintf("%d bytes for %d numbers", len(raw), n), "as many numbers as levels")
	}
	if limit := input.UnpackLimit(w.file.Size) / raggedRowMemory; int64(len(w.run.begins)) > limit {
		return w.file.Errorf(w.part, -1, fmt.Sprintf("more than %d rows", limit), "fewer in a file of %d bytes", w.file.Size)
	}
	if limit := input.SpoolLimit(w.file.Size); w.spool.Size+int64(n*size) > limit {
		return w.file.Errorf(w.part, -1, fmt.Sprintf("more than %d bytes once unpacked", limit), "at most that for a file of %d bytes", w.file.Size)
	}
	if _, err := w.spool.Write(raw[:n*size]); err != nil {
		return err
	}
	w.at += int64(n * size)
	return enough
}

// raggedLevels follows the levels of a column and finds how many positions each
// row has. The lists of all other nestings are of one length.
type raggedLevels struct {
	dims   []int // of every nesting, -1 where it is not known yet
	ragged int
	begins []int16
	full   int16

	first   int // the row that is counted as row 0
	count   int // rows that are whole
	index   []int
	below   int // nestings in which the last value is an item
	length  int // positions of the row, -1 before a list of them ends
	open    bool
	lengths []int
}

// add takes one value.
func (r *raggedLevels) add(defined, repeated int16) *positions.TooShort {
	k := int(repeated)
	if k == len(r.index) && r.open && r.below == k && defined == r.full {
		r.index[k-1]++ // one more number of a position
		return nil
	}
	switch {
	case k == 0:
		if bad := r.end(); bad != nil {
			return bad
		}
		r.open, r.length = true, -1
	case !r.open || k > r.below:
		return &positions.TooShort{Found: "a value that goes on with no list", Expected: "repetition levels of lists"}
	default:
		if bad := r.close(k); bad != nil {
			return bad
		}
		r.index[k-1]++
	}
	clear(r.index[k:])
	switch defined {
	case r.full:
		r.below = len(r.index)
	case r.begins[r.ragged] - 1:
		r.below = r.ragged
	default:
		return &positions.TooShort{Found: "a null or an empty list", Expected: "numbers in every row"}
	}
	if k > r.below {
		return &positions.TooShort{Found: "an empty list inside of a list", Expected: "numbers"}
	}
	return nil
}

// end closes the last row.
func (r *raggedLevels) end() *positions.TooShort {
	if !r.open {
		return nil
	}
	if bad := r.close(0); bad != nil {
		return bad
	}
	r.open = false
	r.count++
	r.lengths = append(r.lengths, r.length)
	return nil
}

// close measures the lists at nesting k and within.
func (r *raggedLevels) close(k int) *positions.TooShort {
	for ; k < len(r.index) && k <= r.below; k++ {
		n := r.index[k] + 1
		if k == r.below {
			n = 0 // the one that is empty
		}
		switch {
		case k == r.ragged && r.length < 0:
			r.length = n
		case k == r.ragged && n != r.length:
			return &positions.TooShort{Found: fmt.Sprintf("lists of %d and %d positions", r.length, n), Expected: "as many in every layer"}
		case k == r.ragged:
		case r.dims[k] < 0:
			r.dims[k] = n
		case r.dims[k] != n:
			return &positions.TooShort{Found: fmt.Sprintf("a list of %d", n), Expected: fmt.Sprintf("%d as in the rows before%s", r.dims[k], raggedAxes)}
		}
	}
	return nil
}
