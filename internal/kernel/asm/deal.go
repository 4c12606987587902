package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	dealPanels = 8
	dealAhead  = 8 // rows
)

// packs writes the functions that pack rows, and that which adds them up.
func packs(m isa) {
	for _, p := range []precision{double, single} {
		deal(m, p)
		lay(m, p)
	}
	gather(m, single)
}

// deal writes the function that packs rows whose neighbours in memory belong to
// neighbouring panels.
func deal(m isa, p precision) {
	name := fmt.Sprintf("deal%d%s", p.bits, m.name)
	function(name, fmt.Sprintf("func(n int, src *%s, ld int, dst *%[1]s, step int)", p.goType()),
		fmt.Sprintf("%s sets dst[j*step+l*%d+i] = src[l*ld+j*%[2]d+i] for n rows l, %d panels j", name, m.rows, dealPanels),
		fmt.Sprintf("and %d lines i of a panel.", m.rows))
	n := Load(Param("n"), GP64())
	src := Load(Param("src"), GP64())
	ld := Load(Param("ld"), GP64())
	dst := Load(Param("dst"), GP64())
	step := Load(Param("step"), GP64())
	SHLQ(U8(p.shift), ld)
	step3 := p.stride(step)
	dst4, ahead := GP64(), GP64()
	LEAQ(Mem{Base: dst, Index: step, Scale: 4}, dst4)
	MOVQ(ld, ahead)
	IMUL3Q(U8(dealAhead), ahead, ahead)
	ADDQ(src, ahead)

	piece := m.rows * p.size
	vector := func(j int) reg.Register {
		switch r := m.regs[j]; piece {
		case 16:
			return r.AsX()
		case 32:
			return r.AsY()
		default:
			return r.AsZ()
		}
	}
	first, last := fourRows(dst, step, step3), fourRows(dst4, step, step3)
	panels := append(first[:], last[:]...)

	Label("loop")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	for line := 0; line < dealPanels*piece; line += 64 {
		PREFETCHT0(at(ahead, line))
	}
	for j := range panels {
		p.move(at(src, j*piece), vector(j))
	}
	for j, panel := range panels {
		p.move(vector(j), panel)
	}
	ADDQ(ld, src)
	ADDQ(ld, ahead)
	ADDQ(U8(piece), dst)
	ADDQ(U8(piece), dst4)
	DECQ(n)
	JMP(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
}

// lay writes the function that packs a panel of the widest tile from rows whose neighbours
// in memory are neighbours in it.
func lay(m isa, p precision) {
	const vectors = 3
	name := fmt.Sprintf("lay%d%s", p.bits, m.name)
	function(name, fmt.Sprintf("func(n int, src *%s, ld int, dst *%[1]s)", p.goType()),
		fmt.Sprintf("%s copies n pieces of %d numbers, which lie ld apart, one after the other.", name, vectors*p.lanes(m)))
	n := Load(Param("n"), GP64())
	src := Load(Param("src"), GP64())
	ld := Load(Param("ld"), GP64())
	dst := Load(Param("dst"), GP64())
	SHLQ(U8(p.shift), ld)
	Label("loop")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	for v := range vectors {
		p.move(at(src, v*m.width), m.regs[v])
	}
	for v := range vectors {
		p.move(m.regs[v], at(dst, v*m.width))
	}
	ADDQ(ld, src)
	ADDQ(U32(vectors*m.width), dst)
	DECQ(n)
	JMP(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
}

// gatherVectors is the number of vectors that one call of a gather adds up.
const gatherVectors = 4

// gather writes the function that adds up some rows of a matrix.
func gather(m isa, p precision) {
	name := fmt.Sprintf("gather%d%s", p.bits, m.name)
	function(name, fmt.Sprintf("func(n int, which *int, a *%s, lda int, acc *%[1]s)", p.goType()),
		fmt.Sprintf("%s adds the first %d numbers of the n rows of a that which names to acc.", name, gatherVectors*p.lanes(m)))
	n := Load(Param("n"), GP64())
	which := Load(Param("which"), GP64())
	a := Load(Param("a"), GP64())
	lda := Load(Param("lda"), GP64())
	acc := Load(Param("acc"), GP64())
	SHLQ(U8(p.shift), lda)
	sums, row := m.regs[:gatherVectors], GP64()
	for v, s := range sums {
		p.move(at(acc, v*m.width), s)
	}
	Label("loop")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	MOVQ(at(which, 0), row)
	IMULQ(lda, row)
	ADDQ(a, row)
	for v, s := range sums {
		p.add(at(row, v*m.width), s, s)
	}
	ADDQ(U8(8), which)
	DECQ(n)
	JMP(LabelRef("loop"))
	Label("done")
	for v, s := range sums {
		p.move(s, at(acc, v*m.width))
	}
	VZEROUPPER()
	RET()
}
