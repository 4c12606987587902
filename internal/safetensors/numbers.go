package safetensors

import (
	"encoding/binary"
	"math"
)

// Float64 makes a tensor of type F64. That values fill shape is checked by Write.
func Float64(name string, shape []int, values []float64) Tensor {
	return encode("F64", name, shape, values, math.Float64bits)
}

// Int64 makes a tensor of type I64. That values fill shape is checked by Write.
func Int64(name string, shape []int, values []int64) Tensor {
	return encode("I64", name, shape, values, func(v int64) uint64 { return uint64(v) })
}

// Uint64 makes a tensor of type U64. That values fill shape is checked by Write.
func Uint64(name string, shape []int, values []uint64) Tensor {
	return encode("U64", name, shape, values, func(v uint64) uint64 { return v })
}

// Float64s returns the numbers of a tensor of type F64; others are an error.
func (t Tensor) Float64s() ([]float64, error) { return decode(&t, "F64", math.Float64frombits) }

// Int64s returns the numbers of a tensor of type I64; others are an error.
func (t Tensor) Int64s() ([]int64, error) {
	return decode(&t, "I64", func(bits uint64) int64 { return int64(bits) })
}

// Uint64s returns the numbers of a tensor of type U64; others are an error.
func (t Tensor) Uint64s() ([]uint64, error) {
	return decode(&t, "U64", func(bits uint64) uint64 { return bits })
}

func encode[T any](dtype, name string, shape []int, values []T, bits func(T) uint64) Tensor {
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, bits(v))
	}
	return Tensor{Name: name, DType: dtype, Shape: shape, Data: data}
}

func decode[T any](t *Tensor, dtype string, value func(uint64) T) ([]T, error) {
	if t.DType != dtype {
		return nil, t.errorf("dtype %q", "%s", t.DType, dtype)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	values := make([]T, len(t.Data)/8)
	for i := range values {
		values[i] = value(binary.LittleEndian.Uint64(t.Data[8*i:]))
	}
	return values, nil
}

// check refuses data that does not fill the shape.
func (t *Tensor) check() error {
	size, err := t.size()
	if err == nil && size != len(t.Data) {
		err = t.errorf("%d bytes", "%d for shape %v of %s", len(t.Data), size, t.Shape, t.DType)
	}
	return err
}
