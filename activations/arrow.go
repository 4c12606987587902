package activations

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"tell/activations/internal/input"
)

// arrowSource is the columns of states of an Arrow IPC file or stream: one
// column that holds every layer, or a column for each.
type arrowSource struct {
	file    *arrowFile
	choice  choice
	columns []*arrowColumn
	size    contents
	counts  []string // the column that says which positions count
}

// isArrowStream matches streams by their first message, a schema. Before
// version 0.15 of the format nothing came before the length of a message, and
// pyarrow still writes that with use_legacy_format.
func isArrowStream(head []byte) bool {
	if len(head) <= 8 || string(head[:4]) == arrowContinuation {
		return len(head) > 8
	}
	length := binary.LittleEndian.Uint32(head)
	if length < 8 || length > input.MaxMetadata {
		return false
	}
	root := flatRoot(head[4:])
	version, typ := root.int16(0, 0), root.uint8(1)
	return root.pos >= 4 && version >= 3 && version <= 4 && typ == arrowSchemaMessage && !root.buf.broken
}

func openArrowFile(f *input.File, spec Spec) (source, error) {
	a, err := readArrowFile(f)
	if err != nil {
		return nil, err
	}
	return newArrowSource(a, spec)
}

func openArrowStream(f *input.File, spec Spec) (source, error) {
	a, err := readArrowStream(f)
	if err != nil {
		return nil, err
	}
	return newArrowSource(a, spec)
}

func newArrowSource(a *arrowFile, spec Spec) (source, error) {
	var names, others []string
	for i := range a.fields {
		f := &a.fields[i]
		if f.isStates(spec.DType) && !slices.Contains(spec.counts(), f.name) {
			names = append(names, f.name)
		} else {
			others = append(others, fmt.Sprintf("%q (%s)", f.name, f))
		}
	}
	if len(names) == 0 && spec.Tensor == "" {
		return nil, noStates(a.File, "columns", others...)
	}
	chosen, err := choose(a.File, "columns", names, spec.Tensor)
	if err != nil {
		return nil, err
	}
	s := &arrowSource{file: a, choice: chosen, counts: spec.counts()}
	named := map[string]int{}
	for i := range slices.Backward(a.fields) {
		if a.fields[i].isStates(spec.DType) {
			named[a.fields[i].name] = i
		}
	}
	for _, name := range chosen.names {
		i := named[name]
		c, err := a.column(i, chosen, spec)
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, c)
		if err := s.measure(c); err != nil {
			return nil, err
		}
		if !chosen.family {
			s.size.layers = layerNames(a.fields[i].layers, s.size.shape.Layers)
		}
	}
	s.size.origin = a.origin
	return s, nil
}

// measure checks a column against the first.
func (s *arrowSource) measure(c *arrowColumn) error {
	shape, err := c.shape()
	if err != nil {
		return err
	}
	if len(s.columns) == 1 {
		s.size = contents{shape: shape, dtype: c.enc.dtype, lengths: c.lengths()}
		if s.choice.family {
			s.size.layers = s.choice.names
			s.size.shape.Layers = len(s.choice.names)
		}
		return nil
	}
	shape.Layers = s.size.shape.Layers
	if shape != s.size.shape || !slices.Equal(c.lengths(), s.size.lengths) || c.enc.dtype != s.size.dtype {
		return s.file.Errorf(c.part, -1, shape.apart()+" of "+string(c.enc.dtype), "%s of %s as in %s", s.size.shape.apart(), s.size.dtype, s.columns[0].part)
	}
	return nil
}

func (s *arrowSource) contents() contents { return s.size }

func (s *arrowSource) layer(i int) ([]plane, error) {
	if s.choice.family {
		return s.columns[i].planes(0)
	}
	return s.columns[0].planes(i)
}

func (s *arrowSource) table() (*Examples, error) {
	return s.file.examples(func(name string) bool { return slices.Contains(s.choice.names, name) }, s.counts)
}

func (s *arrowSource) Close() error {
	errs := []error{s.file.Close()}
	for _, c := range s.columns {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
