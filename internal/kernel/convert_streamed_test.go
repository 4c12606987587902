package kernel

import (
	"math"
	"testing"
)

// Streamed or not, the numbers are the same to the last bit, wherever they are
// put, and nothing beside them is touched.
func TestStreamedConversions(t *testing.T) {
	bits32 := func(v float32) uint64 { return uint64(math.Float32bits(v)) }
	testStreamed(t, "F16ToF32", F16ToF32, StreamF16ToF32, bits32)
	testStreamed(t, "BF16ToF32", BF16ToF32, StreamBF16ToF32, bits32)
	testStreamed(t, "F16ToF64", F16ToF64, StreamF16ToF64, math.Float64bits)
	testStreamed(t, "BF16ToF64", BF16ToF64, StreamBF16ToF64, math.Float64bits)
}

func testStreamed[T element](t *testing.T, name string, plain, stream func([]T, []byte), bits func(T) uint64) {
	all := allHalves()
	want, got := make([]T, 1<<16), make([]T, 1<<16)
	plain(want, all)
	stream(got, all)
	for h := range want {
		if bits(got[h]) != bits(want[h]) {
			t.Fatalf("%s of %#04x = %v, streamed %v", name, h, want[h], got[h])
		}
	}
	const room, outside = 128, 77
	for offset := range streamAlignment {
		for n := range 80 {
			dst := aligned[T](room)
			for i := range dst {
				dst[i] = outside
			}
			stream(dst[offset:offset+n], all[2*0x3c00:][:2*n])
			for i, v := range dst {
				expected := T(outside)
				if i >= offset && i < offset+n {
					expected = want[0x3c00+i-offset]
				}
				if v != expected {
					t.Fatalf("%s, %d numbers from number %d on: number %d is %v, want %v", name, n, offset, i, v, expected)
				}
			}
		}
	}
}
