package kernel

import "unsafe"

// Count, where it is set, hears of every matrix product that has terms: the
// additions and multiplications that it takes, and the bytes of its operands
// and its result. It is for measurements, and is set and reset while nothing is
// computed.
var Count func(operations, bytes int64)

func count[T element](operations, numbers int) {
	if Count != nil && operations > 0 {
		Count(int64(operations), int64(numbers)*int64(unsafe.Sizeof(T(0))))
	}
}
