package activations

import (
	"fmt"

	"tell/activations/internal/input"
)

// parkedSource is a source of which no more than its size is kept: a dump can be a
// hundred thousand files. It is opened again for every read.
type parkedSource struct {
	file   *input.Parked
	format *format
	spec   *Spec
	shape  Shape
	dtype  DType
}

// reopen opens what was parked; the caller closes it.
func (s *parkedSource) reopen() (source, error) {
	f, err := s.file.Open()
	if err != nil {
		return nil, err
	}
	src, err := s.format.open(f, *s.spec)
	if err != nil {
		f.Close()
		return nil, err
	}
	// What says how a raw array is stored is in another file.
	if c := src.contents(); c.shape != s.shape || c.dtype != s.dtype {
		src.Close()
		return nil, fmt.Errorf("%s: %w", Printable(f.Path), input.ErrChanged)
	}
	return src, nil
}

func (s *parkedSource) contents() contents { return contents{shape: s.shape, dtype: s.dtype} }

func (s *parkedSource) layer(int) ([]plane, error) {
	return nil, fmt.Errorf("a parked file is opened again before it is read")
}

func (s *parkedSource) table() (*Examples, error) {
	src, err := s.reopen()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return src.table()
}

func (s *parkedSource) Close() error { return nil }
