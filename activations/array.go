package activations

import (
	"fmt"
	"math/bits"
	"slices"

	"tell/activations/internal/input"
)

// plane is a block of numbers in a file: the rows x positions x width of one
// layer, or of a part of its rows. Strides are in bytes and never negative.
type plane struct {
	file      *input.File
	part      string // for error messages
	dtype     DType
	bigEndian bool
	offset    int64

	rows, positions, width                int
	rowStride, positionStride, itemStride int64

	ragged *raggedRows // nil where every row has as many positions
}

// array is a plane for every layer, a fixed distance apart.
type array struct {
	plane
	layers      int
	layerStride int64
}

func (a *array) layer(i int) plane {
	p := a.plane
	p.offset += int64(i) * a.layerStride
	if p.ragged != nil {
		ragged := *p.ragged
		ragged.layer = i
		p.ragged = &ragged
	}
	return p
}

func (a *array) shape() Shape {
	return Shape{Rows: a.rows, Layers: a.layers, Positions: a.positions, Width: a.width}
}

// encoding says how the numbers of an array are stored.
type encoding struct {
	dtype     DType
	bigEndian bool
}

// storage describes an array as its file does.
type storage struct {
	part   string // for error messages
	offset int64
	encoding
	shape   []int
	strides []int64 // nil for C order
	axes    []Axis
}

// bytes is how much room the numbers take without gaps.
func (s *storage) bytes() (n int64, ok bool) { return product(s.shape, int64(s.dtype.size())) }

// newArray finds the axes of what is stored in f. It fails when the numbers do
// not fit in the file.
func newArray(f *input.File, s storage) (*array, error) {
	s, err := s.joinHeads(f)
	if err != nil {
		return nil, err
	}
	axes, err := s.nameAxes(f)
	if err != nil {
		return nil, err
	}
	total, ok := s.bytes()
	if !ok || total > f.Size-s.offset {
		return nil, f.Errorf(s.part, s.offset, fmt.Sprintf("%d bytes of numbers", f.Size-s.offset),
			"%s for shape %v of %s", byteCount(total, ok), s.shape, s.dtype)
	}
	strides := s.strides
	if strides == nil {
		strides = cStrides(s.shape, s.dtype)
	}
	a := &array{
		plane: plane{file: f, part: s.part, dtype: s.dtype, bigEndian: s.bigEndian, offset: s.offset,
			rows: 1, positions: 1, width: 1},
		layers: 1,
	}
	for i, axis := range axes {
		switch axis {
		case Row:
			a.rows, a.rowStride = s.shape[i], strides[i]
		case Layer:
			a.layers, a.layerStride = s.shape[i], strides[i]
		case Position:
			a.positions, a.positionStride = s.shape[i], strides[i]
		case Width:
			a.width, a.itemStride = s.shape[i], strides[i]
		}
	}
	return a, nil
}

// nameAxes gives every stored axis its meaning.
func (s *storage) nameAxes(f *input.File) ([]Axis, error) {
	axes := s.axes
	if axes == nil {
		axes = usualAxes(len(s.shape))
	}
	if slices.Contains(axes, Batch) {
		return nil, f.Errorf(s.part, -1, fmt.Sprintf("axes %v of shape %v", axes, s.shape), "no batch, which is a list or tuple of tensors in a .pt file; the axis of the rows is row")
	}
	if len(axes) != len(s.shape) || len(s.shape) == 0 {
		expected := fmt.Sprintf("%d axes %v", len(axes), axes)
		if len(axes) == 0 {
			expected = "2, 3 or 4 axes, or their names"
		}
		return nil, f.Errorf(s.part, -1, fmt.Sprintf("shape %v", s.shape), "%s", expected)
	}
	for i, axis := range axes {
		if axis != Row && s.shape[i] == 0 {
			return nil, f.Errorf(s.part, -1, fmt.Sprintf("shape %v", s.shape), "a %s axis that is not empty", axis)
		}
	}
	return axes, nil
}

// usualAxes is the default meaning of the axes.
func usualAxes(rank int) []Axis {
	switch rank {
	case 2:
		return []Axis{Row, Width}
	case 3:
		return []Axis{Row, Layer, Width}
	case 4:
		return []Axis{Row, Layer, Position, Width}
	}
	return nil
}

// checkAxes refuses unknown, repeated and missing axes.
func checkAxes(axes []Axis) error {
	seen := map[Axis]bool{}
	for _, axis := range axes {
		switch axis {
		case Row, Layer, Position, Head, Width, Batch:
		default:
			return fmt.Errorf("unknown axis %q: expected %s, %s, %s, %s, %s or %s", axis, Row, Layer, Position, Head, Width, Batch)
		}
		if seen[axis] {
			return fmt.Errorf("axis %q is named twice in %v", axis, axes)
		}
		seen[axis] = true
	}
	if axes != nil && !seen[Width] {
		return fmt.Errorf("axes %v name no %q", axes, Width)
	}
	return nil
}

func cStrides(shape []int, t DType) []int64 {
	strides := make([]int64, len(shape))
	next := int64(t.size())
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = next
		next *= int64(shape[i])
	}
	return strides
}

func fortranStrides(shape []int, t DType) []int64 {
	strides := make([]int64, len(shape))
	next := int64(t.size())
	for i := range shape {
		strides[i] = next
		next *= int64(shape[i])
	}
	return strides
}

// product multiplies sizes; ok is false when the result leaves int64.
func product(shape []int, size int64) (total int64, ok bool) {
	for _, n := range shape {
		if n == 0 {
			return 0, true
		}
	}
	total = size
	for _, n := range shape {
		hi, lo := bits.Mul64(uint64(total), uint64(n))
		if n < 0 || hi != 0 || lo > 1<<62 {
			return 0, false
		}
		total = int64(lo)
	}
	return total, true
}

func byteCount(n int64, ok bool) string {
	if !ok {
		return "more bytes than a file can have"
	}
	return fmt.Sprintf("%d bytes", n)
}
