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

// deals writes the functions that pack rows whose neighbours in memory belong
// to neighbouring panels.
func deals(m isa) {
	for _, p := range []precision{double, single} {
		deal(m, p)
	}
}

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
