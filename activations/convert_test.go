package activations

import (
	"encoding/binary"
	"fmt"
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
	single, double := make([]float32, 1<<16), make([]float64, 1<<16)
	check := func(t DType, value func(h uint16) float64) string {
		decode(single, src, t)
		decode(double, src, t)
		for h := range 1 << 16 {
			want := value(uint16(h))
			for _, x := range []float64{float64(single[h]), double[h]} {
				if math.Float64bits(x) != math.Float64bits(want) && !(math.IsNaN(x) && math.IsNaN(want)) {
					return fmt.Sprintf("%s %#04x: %v, want %v", t, h, x, want)
				}
			}
		}
		return ""
	}
	if failure := check(F16, halfValue); failure != "" {
		t.Error(failure)
	}
	bfloat := func(h uint16) float64 { return float64(math.Float32frombits(uint32(h) << 16)) }
	if failure := check(BF16, bfloat); failure != "" {
		t.Error(failure)
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
