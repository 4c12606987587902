package activations

import (
	"encoding/binary"
	"math"
	"testing"
)

// halfValue spells out IEEE 754 binary16.
func halfValue(h uint16) float64 {
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	exponent, fraction := int(h>>10&31), float64(h&1023)
	switch exponent {
	case 0:
		return sign * fraction * 0x1p-24
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

func TestEveryHalf(t *testing.T) {
	src := make([]byte, 2<<16)
	for h := range 1 << 16 {
		binary.LittleEndian.PutUint16(src[2*h:], uint16(h))
	}
	got := make([]float32, 1<<16)
	f16ToF32(got, src)
	for h, x := range got {
		want := float32(halfValue(uint16(h)))
		if math.Float32bits(x) != math.Float32bits(want) && !(x != x && want != want) {
			t.Fatalf("f16 %#04x: %v, want %v", h, x, want)
		}
	}
	bf16ToF32(got, src)
	for h, x := range got {
		if math.Float32bits(x) != uint32(h)<<16 {
			t.Fatalf("bf16 %#04x: %v", h, x)
		}
	}
}

func TestDoubleRoundsToNearest(t *testing.T) {
	x := 1 + 0x1p-24 + 0x1p-40
	src := binary.LittleEndian.AppendUint64(nil, math.Float64bits(x))
	got := make([]float32, 1)
	decode(got, src, F64)
	if got[0] != 1+0x1p-23 {
		t.Errorf("%v rounds to %v", x, got[0])
	}
}
