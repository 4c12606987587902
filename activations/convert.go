package activations

import (
	"encoding/binary"
	"math"
)

// size returns the number of bytes of one stored number.
func (t DType) size() int {
	switch t {
	case F16, BF16:
		return 2
	case F32:
		return 4
	case F64:
		return 8
	}
	return 0
}

type float interface{ float32 | float64 }

// decode turns len(dst) little-endian numbers into floats.
func decode[T float](dst []T, src []byte, t DType) {
	switch dst := any(dst).(type) {
	case []float32:
		decodeFloat32(dst, src, t)
	case []float64:
		decodeFloat64(dst, src, t)
	}
}

func decodeFloat32(dst []float32, src []byte, t DType) {
	switch t {
	case F16:
		f16ToF32(dst, src)
	case BF16:
		bf16ToF32(dst, src)
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case F64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
		}
	}
}

func decodeFloat64(dst []float64, src []byte, t DType) {
	if t == F64 {
		for i := range dst {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
		}
		return
	}
	var narrow [512]float32
	size := t.size()
	for len(dst) > 0 {
		n := min(len(dst), len(narrow))
		decodeFloat32(narrow[:n], src, t)
		for i, v := range narrow[:n] {
			dst[i] = float64(v)
		}
		dst, src = dst[n:], src[n*size:]
	}
}

// f16ToF32 converts IEEE 754 binary16, which float32 holds exactly.
//
// Shifted into place the 15 low bits are a float32 whose exponent is 112 too
// small; one exact product mends that for normal and subnormal numbers alike.
func f16ToF32(dst []float32, src []byte) {
	for i := range dst {
		h := uint32(binary.LittleEndian.Uint16(src[2*i:]))
		bits := math.Float32bits(math.Float32frombits(h&0x7fff<<13) * 0x1p112)
		if h&0x7c00 == 0x7c00 { // Inf and NaN keep their payload
			bits = 0x7f800000 | h&0x3ff<<13
		}
		dst[i] = math.Float32frombits(bits | h&0x8000<<16)
	}
}

// bf16ToF32 converts bfloat16, the upper half of a float32.
func bf16ToF32(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
	}
}

// swapBytes turns numbers of the given size from big-endian into little-endian.
func swapBytes(b []byte, size int) {
	switch size {
	case 2:
		for ; len(b) >= 2; b = b[2:] {
			b[0], b[1] = b[1], b[0]
		}
	case 4:
		for ; len(b) >= 4; b = b[4:] {
			binary.LittleEndian.PutUint32(b, binary.BigEndian.Uint32(b))
		}
	case 8:
		for ; len(b) >= 8; b = b[8:] {
			binary.LittleEndian.PutUint64(b, binary.BigEndian.Uint64(b))
		}
	}
}
