package activations

import (
	"encoding/binary"
	"math"

	"tell/internal/kernel"
)

// size returns the number of bytes of one stored number.
func (t DType) size() int {
	switch t {
	case F8E4M3, F8E5M2:
		return 1
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

// decode turns len(dst) little-endian numbers, all of src, into floats.
func decode[T float](dst []T, src []byte, t DType) {
	switch dst := any(dst).(type) {
	case []float32:
		decodeFloat32(dst, src, t)
	case []float64:
		decodeFloat64(dst, src, t)
	}
}

// decodeStreamed is decode for numbers that are not used soon.
func decodeStreamed[T float](dst []T, src []byte, t DType) {
	switch dst := any(dst).(type) {
	case []float32:
		switch t {
		case F16:
			kernel.StreamF16ToF32(dst, src)
			return
		case BF16:
			kernel.StreamBF16ToF32(dst, src)
			return
		}
	case []float64:
		switch t {
		case F16:
			kernel.StreamF16ToF64(dst, src)
			return
		case BF16:
			kernel.StreamBF16ToF64(dst, src)
			return
		}
	}
	decode(dst, src, t)
}

func decodeFloat32(dst []float32, src []byte, t DType) {
	switch t {
	case F16:
		kernel.F16ToF32(dst, src)
	case BF16:
		kernel.BF16ToF32(dst, src)
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case F8E4M3:
		decodeBytes(dst, src, &e4m3)
	case F8E5M2:
		decodeBytes(dst, src, &e5m2)
	case F64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
		}
	}
}

func decodeFloat64(dst []float64, src []byte, t DType) {
	switch t {
	case F16:
		kernel.F16ToF64(dst, src)
	case BF16:
		kernel.BF16ToF64(dst, src)
	case F32:
		for i := range dst {
			dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
		}
	case F8E4M3:
		decodeBytes(dst, src, &e4m3)
	case F8E5M2:
		decodeBytes(dst, src, &e5m2)
	case F64:
		for i := range dst {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
		}
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
