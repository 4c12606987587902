package main

import "fmt"

const vectorBytes = 16

// A vector is one of the 32 vector registers.
type vector int

// as is the register as a vector, such as V3.D2.
func (v vector) as(arrangement string) string { return fmt.Sprintf("V%d.%s", int(v), arrangement) }

// float is the register where it is loaded or stored.
func (v vector) float() string { return fmt.Sprintf("F%d", int(v)) }

// allVectors returns the registers, all of which a function may change.
func allVectors() []vector {
	pool := make([]vector, 32)
	for i := range pool {
		pool[i] = vector(i)
	}
	return pool
}

// take splits a pool of registers after the first n.
func take(pool []vector, n int) (taken, rest []vector) { return pool[:n:n], pool[n:] }

// A precision is a floating-point type with its instructions.
type precision struct {
	bits  int
	size  int
	shift int    // log2(size)
	move  string // of one number
	lanes string // Go's name of a vector
	code  uint32 // the bit of an encoding that says double precision
	arm   string // Arm's name of a vector
	lane  string // Arm's name of a lane
	// narrow are Arm's names of half a vector and a vector of numbers of
	// half the size.
	narrow [2]string
}

var (
	double = precision{bits: 64, size: 8, shift: 3, move: "FMOVD", lanes: "D2", code: 1 << 22, arm: "2d", lane: "d", narrow: [2]string{"2s", "4s"}}
	single = precision{bits: 32, size: 4, shift: 2, move: "FMOVS", lanes: "S4", arm: "4s", lane: "s", narrow: [2]string{"4h", "8h"}}
)

func (p precision) goType() string { return fmt.Sprintf("float%d", p.bits) }

// perVector is the number of elements in a vector.
func (p precision) perVector() int { return vectorBytes / p.size }

// bytes turns n from elements into bytes.
func (p precision) bytes(f *function, n general) { f.op("LSL", immediate(p.shift), n) }

func (f *function) zero(v vector) { f.op("VMOVI", "$0", v.as("B16")) }

// fma adds n*m to d, lane by lane.
func (p precision) fma(f *function, d, n, m vector) {
	f.op("VFMLA", m.as(p.lanes), n.as(p.lanes), d.as(p.lanes))
}

// Encodings from the Arm Architecture Reference Manual, DDI 0487, C7.2, for
// whole vectors (bit 30) in single precision. The number of d is in bits 0 to
// 4, of n in 5 to 9, of m in 16 to 20.
const (
	fmlaElement = 0x4f801000 // FMLA (by element)
	fmulElement = 0x4f809000 // FMUL (by element)
	faddVector  = 0x4e20d400 // FADD (vector)
	faddpVector = 0x6e20d400 // FADDP (vector)

	fcvtlLower  = 0x0e217800 // FCVTL, which leaves bit 30 out
	fcvtlHigher = 0x4e217800 // FCVTL2
)

func encode(code uint32, d, n, m vector) uint32 {
	return code | uint32(m)<<16 | uint32(n)<<5 | uint32(d)
}

// element adds the number of a lane to an encoding: its high bit is H, bit 11,
// and in single precision its low bit is L, bit 21.
func (p precision) element(lane int) uint32 {
	if p.bits == 64 {
		return uint32(lane) << 11
	}
	return uint32(lane>>1)<<11 | uint32(lane&1)<<21
}

// fmaLane adds n times one lane of m to d.
func (p precision) fmaLane(f *function, d, n, m vector, lane int) {
	f.word(encode(fmlaElement|p.code|p.element(lane), d, n, m), "fmla v%d.%s, v%d.%[2]s, v%[4]d.%s[%d]", int(d), p.arm, int(n), int(m), p.lane, lane)
}

// mulLane sets d to n times one lane of m.
func (p precision) mulLane(f *function, d, n, m vector, lane int) {
	f.word(encode(fmulElement|p.code|p.element(lane), d, n, m), "fmul v%d.%s, v%d.%[2]s, v%[4]d.%s[%d]", int(d), p.arm, int(n), int(m), p.lane, lane)
}

// add sets d to n + m, lane by lane.
func (p precision) add(f *function, d, n, m vector) {
	f.word(encode(faddVector|p.code, d, n, m), "fadd v%d.%s, v%d.%[2]s, v%[4]d.%[2]s", int(d), p.arm, int(n), int(m))
}

// addPairs sets d to the sums of neighbouring lanes, of n and then of m.
func (p precision) addPairs(f *function, d, n, m vector) {
	f.word(encode(faddpVector|p.code, d, n, m), "faddp v%d.%s, v%d.%[2]s, v%[4]d.%[2]s", int(d), p.arm, int(n), int(m))
}

// widen sets to to the numbers of half the size in n.
func (p precision) widen(f *function, to []vector, n vector) {
	f.word(encode(fcvtlLower|p.code, to[0], n, 0), "fcvtl v%d.%s, v%d.%s", int(to[0]), p.arm, int(n), p.narrow[0])
	f.word(encode(fcvtlHigher|p.code, to[1], n, 0), "fcvtl2 v%d.%s, v%d.%s", int(to[1]), p.arm, int(n), p.narrow[1])
}

// reduce adds the lanes of each of the sums, whose number is a multiple of
// four, and returns the registers that then hold the totals side by side.
func (p precision) reduce(f *function, sums []vector) []vector {
	for left := p.perVector(); left > 1; left /= 2 {
		for i := range len(sums) / 2 {
			p.addPairs(f, sums[i], sums[2*i], sums[2*i+1])
		}
		sums = sums[:len(sums)/2]
	}
	return sums
}
