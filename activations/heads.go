package activations

import (
	"fmt"
	"slices"

	"tell/activations/internal/input"
)

// Head is an axis of attention heads, as in dumps of the heads' outputs. It
// comes before Width and is read as part of it: the heads side by side. To read
// the heads one by one, name the axis Position.
const Head Axis = "head"

// joinHeads makes one axis of the heads and the width of each.
func (s storage) joinHeads(f *input.File) (storage, error) {
	i := slices.Index(s.axes, Head)
	if i < 0 || len(s.axes) != len(s.shape) {
		return s, nil
	}
	if s.strides != nil && s.strides[i] != int64(s.shape[i+1])*s.strides[i+1] {
		return s, f.Errorf(s.part, -1, fmt.Sprintf("shape %v in an order that does not keep the heads side by side", s.shape), "heads side by side, or the axis called %s", Position)
	}
	n, ok := product(s.shape[i:i+2], 1)
	if !ok {
		return s, f.Errorf(s.part, -1, fmt.Sprintf("shape %v", s.shape), "numbers that fit in a file")
	}
	s.shape = slices.Concat(s.shape[:i], []int{int(n)}, s.shape[i+2:])
	s.axes = slices.Concat(s.axes[:i], s.axes[i+1:])
	if s.strides != nil {
		s.strides = slices.Concat(s.strides[:i], s.strides[i+1:])
	}
	return s, nil
}

// checkHeads makes sure that an axis of heads comes right before the width.
func checkHeads(axes []Axis) error {
	if i := slices.Index(axes, Head); i >= 0 && (i+1 == len(axes) || axes[i+1] != Width) {
		return fmt.Errorf("axes %v: expected %q right before %q", axes, Head, Width)
	}
	return nil
}
