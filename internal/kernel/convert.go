package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
)

// F16ToF32 widens IEEE 754 half precision numbers, stored as little-endian
// bytes. Every value is exact; a NaN keeps its payload and becomes quiet. It
// panics unless src holds exactly len(dst) numbers, as its companions do.
func F16ToF32(dst []float32, src []byte) {
	for i := convertVectors(f16Vectors32, dst, src); i < len(dst); i++ {
		dst[i] = fromF16(half(src, i))
	}
}

// F16ToF64 widens IEEE 754 half precision numbers to double precision.
func F16ToF64(dst []float64, src []byte) {
	for i := convertVectors(f16Vectors64, dst, src); i < len(dst); i++ {
		dst[i] = float64(fromF16(half(src, i)))
	}
}

// BF16ToF32 widens bfloat16 numbers, stored as little-endian bytes.
func BF16ToF32(dst []float32, src []byte) {
	for i := convertVectors(bf16Vectors32, dst, src); i < len(dst); i++ {
		dst[i] = fromBF16(half(src, i))
	}
}

// BF16ToF64 widens bfloat16 numbers to double precision.
func BF16ToF64(dst []float64, src []byte) {
	for i := convertVectors(bf16Vectors64, dst, src); i < len(dst); i++ {
		dst[i] = float64(fromBF16(half(src, i)))
	}
}

// A convertKernel widens n numbers, a multiple of convertLanes.
type convertKernel[T element] func(n int, dst *T, src *byte)

const convertLanes = 8

// convertVectors converts as many numbers as fill whole vectors and returns
// how many.
func convertVectors[T element](kernel convertKernel[T], dst []T, src []byte) int {
	if len(src) != 2*len(dst) {
		panic(fmt.Sprintf("kernel: %d bytes do not hold %d numbers of 2 bytes", len(src), len(dst)))
	}
	n := len(dst) / convertLanes * convertLanes
	if kernel == nil || n == 0 {
		return 0
	}
	kernel(n, &dst[0], &src[0])
	return n
}

func half(src []byte, i int) uint16 { return binary.LittleEndian.Uint16(src[2*i:]) }

func fromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// fromF16 moves exponent and mantissa to their places in float32 and corrects
// the exponent's bias by a multiplication, which also normalises subnormals.
func fromF16(h uint16) float32 {
	const (
		infinity = 0x7c00
		quiet    = 0x7fc00000
	)
	sign := uint32(h&0x8000) << 16
	bits := uint32(h&0x7fff) << 13
	switch magnitude := h & 0x7fff; {
	case magnitude > infinity:
		return math.Float32frombits(sign | quiet | bits)
	case magnitude == infinity:
		return math.Float32frombits(sign | 0x7f800000)
	}
	return math.Float32frombits(sign | math.Float32bits(math.Float32frombits(bits)*0x1p112))
}
