package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An isa is an instruction set that kernels are written for.
type isa struct {
	name  string
	width int // bytes in a vector
	regs  []reg.VecPhysical
	rows  int // rows of a tile
	cols  int // the most columns of a skinny kernel
}

var (
	avx2 = isa{name: "AVX2", width: 32, rows: 4, cols: 2, regs: []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}}
	avx512 = isa{name: "AVX512", width: 64, rows: 8, cols: 4, regs: []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}}
)

// take splits a pool of registers after the first n.
func take(pool []reg.VecPhysical, n int) (taken, rest []reg.VecPhysical) {
	return pool[:n:n], pool[n:]
}

func (m isa) zero(r reg.VecPhysical) {
	if m.width == 64 {
		VPXORQ(r, r, r)
		return
	}
	VXORPS(r, r, r)
}

// A precision is a floating-point type with its instructions.
type precision struct {
	bits  int
	size  int
	shift uint64 // log2(size)

	move, mul, add, fma231, fma213, broadcast func(...Op)

	moveMasked, maskMove func(from, mask, to Op)
	moveOne              func(from, to Op)
}

var (
	double = precision{
		bits: 64, size: 8, shift: 3,
		move: VMOVUPD, mul: VMULPD, add: VADDPD, fma231: VFMADD231PD, fma213: VFMADD213PD, broadcast: VBROADCASTSD,
		moveMasked: VMOVUPD_Z, maskMove: VMASKMOVPD, moveOne: func(from, to Op) { VMOVSD(from, to) },
	}
	single = precision{
		bits: 32, size: 4, shift: 2,
		move: VMOVUPS, mul: VMULPS, add: VADDPS, fma231: VFMADD231PS, fma213: VFMADD213PS, broadcast: VBROADCASTSS,
		moveMasked: VMOVUPS_Z, maskMove: VMASKMOVPS, moveOne: func(from, to Op) { VMOVSS(from, to) },
	}
)

func (p precision) goType() string { return fmt.Sprintf("float%d", p.bits) }

// lanes is the number of elements in a vector of m.
func (p precision) lanes(m isa) int { return m.width / p.size }

// reduce adds the lanes of r, halving the vector until one element is left,
// and returns the register that holds it. Both r and spare are used up.
func (p precision) reduce(m isa, r, spare reg.VecPhysical) reg.Register {
	if m.width == 64 {
		VEXTRACTF64X4(U8(1), r, spare.AsY())
		p.add(spare.AsY(), r.AsY(), r.AsY())
		VEXTRACTF32X4(U8(1), r.AsY(), spare.AsX())
	} else {
		VEXTRACTF128(U8(1), r.AsY(), spare.AsX())
	}
	x, s := r.AsX(), spare.AsX()
	p.add(s, x, x)
	VPERMILPD(U8(1), x, s)
	p.add(s, x, x)
	if p.bits == 32 {
		VMOVSHDUP(x, s)
		p.add(s, x, x)
	}
	return x
}

// at is the address base + disp bytes.
func at(base reg.Register, disp int) Mem { return Mem{Base: base, Disp: disp} }

// stride turns ld from elements into bytes and returns three times that.
func (p precision) stride(ld reg.Register) (ld3 reg.Register) {
	SHLQ(U8(p.shift), ld)
	ld3 = GP64()
	LEAQ(Mem{Base: ld, Index: ld, Scale: 2}, ld3)
	return ld3
}

// fourRows returns the addresses of four rows that lie ld bytes apart; ld3 is
// three times ld.
func fourRows(base, ld, ld3 reg.Register) [4]Mem {
	return [4]Mem{
		{Base: base},
		{Base: base, Index: ld, Scale: 1},
		{Base: base, Index: ld, Scale: 2},
		{Base: base, Index: ld3, Scale: 1},
	}
}

// function starts a function that keeps no pointer and needs no stack.
func function(name, signature string, doc ...string) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(doc...)
}
