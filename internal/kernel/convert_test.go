package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

// allHalves returns the 65536 patterns of 16 bits.
func allHalves() []byte { return halves(0, 1<<16) }

// halves returns the patterns of 16 bits in [lo, hi).
func halves(lo, hi int) []byte {
	src := make([]byte, 0, 2*(hi-lo))
	for h := lo; h < hi; h++ {
		src = binary.LittleEndian.AppendUint16(src, uint16(h))
	}
	return src
}

// definition16 evaluates a number of 16 bits with that many bits of exponent
// by the definition of IEEE 754.
func definition16(h uint16, exponentBits int) float64 {
	mantissaBits := 15 - exponentBits
	bias := 1<<(exponentBits-1) - 1
	exponent := int(h>>mantissaBits) & (1<<exponentBits - 1)
	mantissa := float64(h & (1<<mantissaBits - 1))
	scale := math.Ldexp(1, -mantissaBits)
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 1<<exponentBits-1 && mantissa == 0:
		return math.Inf(int(sign))
	case exponent == 1<<exponentBits-1:
		return math.NaN()
	case exponent == 0:
		return math.Copysign(math.Ldexp(mantissa*scale, 1-bias), sign)
	}
	return sign * math.Ldexp(1+mantissa*scale, exponent-bias)
}

func TestConversions(t *testing.T) {
	src := allHalves()
	f32, f64 := make([]float32, 1<<16), make([]float64, 1<<16)
	checkAll := func(name string, exponentBits int, at func(i int) float64) {
		for h := range 1 << 16 {
			want, got := definition16(uint16(h), exponentBits), at(h)
			if math.Float64bits(want) != math.Float64bits(got) && !(math.IsNaN(want) && math.IsNaN(got)) {
				t.Errorf("%s of %#04x = %v, want %v", name, h, got, want)
			}
		}
	}
	in32 := func(i int) float64 { return float64(f32[i]) }
	in64 := func(i int) float64 { return f64[i] }

	F16ToF32(f32, src)
	checkAll("F16ToF32", 5, in32)
	F16ToF64(f64, src)
	checkAll("F16ToF64", 5, in64)
	BF16ToF32(f32, src)
	checkAll("BF16ToF32", 8, in32)
	BF16ToF64(f64, src)
	checkAll("BF16ToF64", 8, in64)
}

// The kernels and the plain code agree to the last bit of a NaN.
func TestConversionKernelsAgree(t *testing.T) {
	src := allHalves()
	f32 := make([]float32, 1<<16)
	F16ToF32(f32, src)
	for h, v := range f32 {
		if want := fromF16(uint16(h)); math.Float32bits(v) != math.Float32bits(want) {
			t.Errorf("F16ToF32 of %#04x = %#x, want %#x", h, math.Float32bits(v), math.Float32bits(want))
		}
	}
	BF16ToF32(f32, src)
	for h, v := range f32 {
		if math.Float32bits(v) != uint32(h)<<16 {
			t.Errorf("BF16ToF32 of %#04x = %#x", h, math.Float32bits(v))
		}
	}
}

// Every length takes another way through the kernels and leaves another
// remainder to the plain code.
func TestConversionLengths(t *testing.T) {
	for n := range 100 {
		checkLength(t, "F16ToF32", n, F16ToF32, fromF16)
		checkLength(t, "F16ToF64", n, F16ToF64, fromF16)
		checkLength(t, "BF16ToF32", n, BF16ToF32, fromBF16)
		checkLength(t, "BF16ToF64", n, BF16ToF64, fromBF16)
	}
}

func checkLength[T element](t *testing.T, name string, n int, convert func(dst []T, src []byte), plain func(uint16) float32) {
	t.Helper()
	first := 0x3c00 - n
	dst := make([]T, n)
	convert(dst, halves(first, first+n))
	for i, v := range dst {
		if want := T(plain(uint16(first + i))); v != want {
			t.Fatalf("%s: number %d of %d is %v, want %v", name, i, n, v, want)
		}
	}
}

func TestConversionOfWrongLength(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("7 bytes were taken for 4 numbers")
		}
	}()
	F16ToF32(make([]float32, 4), make([]byte, 7))
}

func ExampleF16ToF32() {
	stored := []byte{0x00, 0x3c, 0x00, 0xc0, 0x55, 0x35}
	values := make([]float32, 3)
	F16ToF32(values, stored)
	fmt.Println(values)
	// Output: [1 -2 0.33325195]
}
