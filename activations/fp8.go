package activations

import "math"

// The widened numbers of the 8-bit types, by their bits.
var (
	e4m3 = widenBytes(func(b byte) float64 {
		if b&0x7f == 0x7f {
			return math.NaN() // the type has no infinities
		}
		return byteFloat(b, 3, 7)
	})
	e5m2 = widenBytes(func(b byte) float64 {
		if b&0x7c == 0x7c {
			if b&3 != 0 {
				return math.NaN()
			}
			return math.Inf(1 - 2*int(b>>7))
		}
		return byteFloat(b, 2, 15)
	})
)

// byteFloat is the finite number of a sign, an exponent and a mantissa of so
// many bits.
func byteFloat(b byte, mantissa, bias int) float64 {
	fraction, exponent := int(b)&(1<<mantissa-1), int(b&0x7f)>>mantissa
	if exponent > 0 {
		fraction += 1 << mantissa
	}
	x := math.Ldexp(float64(fraction), max(exponent, 1)-bias-mantissa)
	if b>>7 == 1 {
		return -x
	}
	return x
}

func widenBytes(value func(byte) float64) (table [256]float32) {
	for i := range table {
		table[i] = float32(value(byte(i)))
	}
	return table
}

func decodeBytes[T float](dst []T, src []byte, table *[256]float32) {
	for i := range dst {
		dst[i] = T(table[src[i]])
	}
}
