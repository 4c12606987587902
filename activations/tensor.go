package activations

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"tell/activations/internal/input"
	"tell/activations/table"
)

// tensor is a named array in a file that holds several.
type tensor struct {
	name    string
	source  *input.File // for error messages
	numbers *input.File // what the offset of stored counts in; nil when packed
	size    int64       // bytes, with what comes before the numbers
	stored  storage
	code    string // the type as NumPy writes it, such as f2; bf for bfloat16
	layers  string // the names of its layers, as Convert writes them
	origin  origin
	refusal error // why it cannot hold states
	damage  error // why nothing is known of it but its name
	picked  bool  // holds the states

	// unpack writes all bytes of a packed tensor.
	unpack func(w io.Writer) error
	// scatter is unpack in any order, for what is stored in chunks.
	scatter func(w io.WriterAt) error
	verify  func() error // of stored numbers with a checksum, else nil
	spool   *input.Spool
	place   func() (*array, error)
}

// array places the tensor, after unpacking it where that is needed.
func (t *tensor) array() (*array, error) {
	f := t.numbers
	if err := t.check(); err != nil {
		return nil, err
	}
	if f == nil {
		s, err := input.NewSpool(t.source.Path)
		if err != nil {
			return nil, err
		}
		t.spool, f = s, &s.File
		unpack := func() error { return t.unpack(s) }
		if t.scatter != nil {
			unpack = func() error { return errors.Join(s.Reserve(t.size), t.scatter(s)) }
		}
		if err := unpack(); err != nil {
			return nil, err
		}
	}
	return newArray(f, t.stored)
}

// check makes sure, once, that numbers with a checksum are as they were written.
func (t *tensor) check() error {
	if t.verify == nil {
		return nil
	}
	return t.verify()
}

// shape is the shape of the tensor without unpacking it.
func (t *tensor) shape() (Shape, error) {
	f := t.numbers
	if f == nil {
		f = &input.File{Path: t.source.Path, Size: t.size}
	}
	a, err := newArray(f, t.stored)
	if err != nil {
		return Shape{}, err
	}
	return a.shape(), nil
}

// bytes reads all numbers of a tensor that is small enough for memory.
func (t *tensor) bytes() ([]byte, error) {
	if t.numbers == nil {
		if limit := input.UnpackLimit(t.source.Size); t.size > limit {
			return nil, &table.Unheld{Reason: fmt.Sprintf("%d bytes once unpacked, and at most %d in memory for a file of %d", t.size, limit, t.source.Size)}
		}
		var b bytes.Buffer
		err := t.unpack(&b)
		return b.Bytes()[min(t.stored.offset, int64(b.Len())):], err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	b := make([]byte, t.size-t.stored.offset)
	return b, t.numbers.ReadAt(b, t.stored.offset, t.stored.part)
}

// tensorSource is a file with named arrays: one that holds every layer, or one
// for each. Arrays of one axis, as long as the rows, are columns of a table.
type tensorSource struct {
	file   *input.File
	more   []io.Closer // further files that the tensors are in
	all    []*tensor
	choice choice
	picked []*tensor
	size   contents
	single bool   // no row axis: the file is one row
	mask   string // the array that says which positions count
	left   []Omitted

	columns func() (*Examples, error) // where the file has a table of its own
}

func newTensorSource(f *input.File, spec Spec, all []*tensor) (*tensorSource, error) {
	s := &tensorSource{file: f, all: all, mask: spec.Mask}
	chosen, err := s.choose(spec)
	if err != nil {
		return nil, err
	}
	s.choice = chosen
	named := map[string]*tensor{}
	for _, t := range slices.Backward(all) {
		named[t.name] = t
	}
	for _, name := range chosen.names {
		t := named[name]
		if t.stored.axes, err = chosen.axes(f, spec, len(t.stored.shape)); err != nil {
			return nil, err
		}
		t.place = sync.OnceValues(t.array)
		t.picked = true
		s.picked = append(s.picked, t)
		if err := s.measure(t); err != nil {
			return nil, err
		}
	}
	s.single = spec.Axes != nil && !slices.Contains(spec.Axes, Row)
	return s, nil
}

func (s *tensorSource) choose(spec Spec) (choice, error) {
	var names, others []string
	var refusal error
	for _, t := range s.all {
		rank := len(t.stored.shape)
		fits := rank >= 2 && rank <= 4
		if spec.Axes != nil {
			fits = rank == len(spec.Axes)
		}
		switch {
		case t.damage != nil:
			// It stops what may be meant to read it.
			if spec.Tensor == "" {
				return choice{}, fmt.Errorf("%w; name the tensor that holds the states to read it without this one", t.damage)
			}
			if matches(spec.Tensor, t.name) {
				return choice{}, t.damage
			}
		case t.name == spec.Mask:
		case t.refusal != nil && t.name == spec.Tensor:
			return choice{}, t.refusal
		case t.refusal != nil && (refusal == nil || fits):
			refusal = t.refusal
		case t.refusal == nil && (fits || t.name == spec.Tensor):
			names = append(names, t.name)
		default:
			others = append(others, fmt.Sprintf("%q (shape %v)", t.name, t.stored.shape))
		}
	}
	if len(names) == 0 && spec.Tensor == "" {
		if refusal != nil {
			return choice{}, refusal
		}
		return choice{}, noStates(s.file, "tensors", others...)
	}
	return choose(s.file, "tensors", names, spec.Tensor)
}

// measure checks a tensor against the first.
func (s *tensorSource) measure(t *tensor) error {
	shape, err := t.shape()
	if err != nil {
		return err
	}
	if row, limit := int64(shape.Width)*int64(t.stored.dtype.size()), input.UnpackLimit(t.source.Size); t.unpack != nil && row > limit {
		return s.file.Errorf(t.stored.part, -1, fmt.Sprintf("rows of %d bytes once unpacked", row), "at most %d for a file of %d", limit, t.source.Size)
	}
	if s.choice.family && shape.Layers != 1 {
		return s.file.Errorf(t.stored.part, -1, shape.String(), "one layer in every tensor")
	}
	if len(s.picked) == 1 {
		s.size = contents{shape: shape, dtype: t.stored.dtype, layers: layerNames(t.layers, shape.Layers), origin: t.origin}
		if s.choice.family {
			s.size.layers = s.choice.names
			s.size.shape.Layers = len(s.choice.names)
		}
		return nil
	}
	s.size.origin = s.size.origin.and(t.origin)
	shape.Layers = s.size.shape.Layers
	if shape != s.size.shape || t.stored.dtype != s.size.dtype {
		return s.file.Errorf(t.stored.part, -1, fmt.Sprintf("%v of %s", shape, t.stored.dtype), "%v of %s as in %s",
			s.size.shape, s.size.dtype, s.picked[0].stored.part)
	}
	return nil
}

func (s *tensorSource) contents() contents { return s.size }

func (s *tensorSource) layer(i int) ([]plane, error) {
	t, layer := s.picked[0], i
	if s.choice.family {
		t, layer = s.picked[i], 0
	}
	a, err := t.place()
	if err != nil {
		return nil, err
	}
	return []plane{a.layer(layer)}, nil
}

// table has a column for every tensor with one value a row. Where a file is a
// single row its name is the column "file".
func (s *tensorSource) table() (*Examples, error) {
	if s.columns != nil {
		return s.columns()
	}
	rows := s.size.shape.Rows
	var columns []*Column
	omitted := slices.Clone(s.left)
	for _, t := range s.all {
		if bad, ok := errors.AsType[*FormatError](t.damage); ok && t.name != s.mask {
			omitted = append(omitted, Omitted{Name: t.name, Reason: damaged(bad)})
		}
		if len(t.stored.shape) != 1 || t.stored.shape[0] != rows || t.picked || s.single && t.name == s.mask {
			continue
		}
		c, err := t.column()
		if bad, ok := errors.AsType[*table.Unheld](err); ok {
			omitted = append(omitted, Omitted{Name: t.name, Reason: bad.Reason})
			continue
		}
		if bad, ok := errors.AsType[*FormatError](err); ok {
			omitted = append(omitted, Omitted{Name: t.name, Reason: damaged(bad)})
			continue
		}
		if err != nil {
			return nil, err
		}
		if c != nil {
			columns = append(columns, c)
		} else if bad, ok := errors.AsType[*FormatError](t.refusal); ok {
			omitted = append(omitted, Omitted{Name: t.name, Reason: damaged(bad)})
		}
	}
	if s.single && !slices.ContainsFunc(columns, func(c *Column) bool { return c.Name == "file" }) {
		base := filepath.Base(s.file.Path)
		c := &Column{Name: "file", Kind: String}
		c.Append(strings.TrimSuffix(base, filepath.Ext(base)))
		columns = append(columns, c)
	}
	columns, err := s.maskColumn(columns)
	if columns == nil && omitted == nil || err != nil {
		return nil, err
	}
	return table.New(columns, table.Part{Path: s.file.Path, Rows: rows}).LeaveOut(s.masks(), omitted), nil
}

// damaged is why a column that cannot be read is left out. A study that names it
// is told so.
func damaged(e *FormatError) string { return fmt.Sprintf("found %s, expected %s", e.Found, e.Expected) }

func (s *tensorSource) Close() error {
	errs := []error{s.file.Close()}
	for _, c := range s.more {
		errs = append(errs, c.Close())
	}
	for _, t := range s.picked {
		if t.spool != nil {
			errs = append(errs, t.spool.Close())
		}
	}
	return errors.Join(errs...)
}
