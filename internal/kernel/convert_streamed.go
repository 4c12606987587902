package kernel

import "unsafe"

// streamed are the conversions that store past the caches: a line that is
// written whole need not be read first. They are nil where there are none.
var streamed struct {
	f16To32, bf16To32 convertKernel[float32]
	f16To64, bf16To64 convertKernel[float64]
}

// streamAlignment is what the address of the first number must be a multiple of.
const streamAlignment = 32

// StreamF16ToF32 is [F16ToF32] for results that are not used before many more
// are written: where it can it stores past the caches.
func StreamF16ToF32(dst []float32, src []byte) {
	done := streamVectors(streamed.f16To32, dst, src)
	F16ToF32(dst[done:], src[2*done:])
}

// StreamF16ToF64 is [F16ToF64], storing as [StreamF16ToF32] does.
func StreamF16ToF64(dst []float64, src []byte) {
	done := streamVectors(streamed.f16To64, dst, src)
	F16ToF64(dst[done:], src[2*done:])
}

// StreamBF16ToF32 is [BF16ToF32], storing as [StreamF16ToF32] does.
func StreamBF16ToF32(dst []float32, src []byte) {
	done := streamVectors(streamed.bf16To32, dst, src)
	BF16ToF32(dst[done:], src[2*done:])
}

// StreamBF16ToF64 is [BF16ToF64], storing as [StreamF16ToF32] does.
func StreamBF16ToF64(dst []float64, src []byte) {
	done := streamVectors(streamed.bf16To64, dst, src)
	BF16ToF64(dst[done:], src[2*done:])
}

func streamVectors[T element](kernel convertKernel[T], dst []T, src []byte) int {
	if uintptr(unsafe.Pointer(unsafe.SliceData(dst)))%streamAlignment != 0 {
		kernel = nil
	}
	return convertVectors(kernel, dst, src)
}
