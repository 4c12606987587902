package activations

import (
	"encoding/binary"
	"fmt"
	"math"
)

// halfLike is a binary type of 16 bits.
type halfLike struct {
	mantissa int // bits
	least    int // exponent of the smallest normal number
	infinity uint16
}

var (
	binary16 = halfLike{10, -14, 0x7c00}
	brain16  = halfLike{7, -126, 0x7f80}
)

// round gives the nearest number of the type, ties to even. What is too large
// becomes an infinity; NaN stays NaN.
func (h halfLike) round(x float64) uint16 {
	bits := math.Float64bits(x)
	sign := uint16(bits >> 48 & 0x8000)
	switch {
	case math.IsNaN(x):
		return sign | h.infinity | 1<<(h.mantissa-1)
	case math.IsInf(x, 0):
		return sign | h.infinity
	}
	// The number in units of its last place; rounding up may carry into the
	// exponent, which the sum below does by itself.
	exponent := max(int(bits>>52&0x7ff)-1023, h.least)
	units := math.RoundToEven(math.Ldexp(math.Abs(x), h.mantissa-exponent))
	if exponent > -h.least+1 {
		return sign | h.infinity
	}
	return sign | min(uint16(exponent-h.least)<<h.mantissa+uint16(units), h.infinity)
}

// encode appends numbers in little-endian order and counts those that are
// finite and become infinite. The first of them is at index first, or -1.
func encode(dst []byte, src []float64, t DType) (out []byte, overflows, first int) {
	first = -1
	for i, v := range src {
		infinite := false
		switch t {
		case F16:
			bits := binary16.round(v)
			infinite = bits&0x7fff == binary16.infinity
			dst = binary.LittleEndian.AppendUint16(dst, bits)
		case BF16:
			bits := brain16.round(v)
			infinite = bits&0x7fff == brain16.infinity
			dst = binary.LittleEndian.AppendUint16(dst, bits)
		case F32:
			infinite = math.IsInf(float64(float32(v)), 0)
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v)))
		case F64:
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
		if infinite && !math.IsInf(v, 0) {
			if overflows == 0 {
				first = i
			}
			overflows++
		}
	}
	return dst, overflows, first
}

// largest is the largest finite number of a type, in words.
func (t DType) largest() string {
	switch t {
	case F16:
		return "65504"
	case BF16:
		return fmt.Sprint(math.Float32frombits(0x7f7f0000))
	}
	return fmt.Sprint(math.MaxFloat32)
}
