// Package safetensors writes and reads small safetensors files of tell's own,
// such as probes, whole and in memory. Hidden states, which do not fit there, are
// for package activations.
//
// A file is the length of its header as 8 bytes, the header, JSON padded with
// spaces to a multiple of 8 bytes, and the data of all tensors, little-endian,
// one after the other. Reading is strict: a file that this package takes is also
// read by the reference implementation, and every byte of it is accounted for.
package safetensors

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Tensor is an array with a name.
type Tensor struct {
	Name  string
	DType string // as the format spells it: F64, F32, I64, U64, U8, BOOL, ...
	Shape []int  // nil or empty for a single number
	Data  []byte // little-endian, row-major
}

// sizes are the bytes that a number of each type takes.
var sizes = map[string]int{
	"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1,
	"I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}

// The limits of a file. That of the header is the reference implementation's,
// that of the axes is NumPy's.
const (
	maxHeader = 100_000_000
	maxAxes   = 64
)

// metadataName is the key of the metadata among the tensors of a header.
const metadataName = "__metadata__"

// size is the number of bytes that shape and type ask for.
func (t *Tensor) size() (int, error) {
	item, known := sizes[t.DType]
	if !known {
		return 0, t.errorf("dtype %q", "one of %v", t.DType, slices.Sorted(maps.Keys(sizes)))
	}
	if len(t.Shape) > maxAxes {
		return 0, t.errorf("%d axes", "at most %d", len(t.Shape), maxAxes)
	}
	n := item
	for _, length := range t.Shape {
		if length < 0 || length > 0 && n > math.MaxInt/length {
			return 0, t.errorf("shape %v of %s", "one of fewer than 2^63 bytes", t.Shape, t.DType)
		}
		n *= length
	}
	return n, nil
}

// errorf says what was found in a tensor and what was expected. args are those
// of found, then those of expected.
func (t *Tensor) errorf(found, expected string, args ...any) error {
	return fmt.Errorf("tensor %q: found "+found+", expected "+expected, append([]any{shorten(t.Name)}, args...)...)
}

// shorten cuts a name that would fill a message.
func shorten(name string) string {
	const most = 60
	if len(name) <= most {
		return name
	}
	return name[:most] + "..."
}
