package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// conversions writes the functions that widen half precision numbers.
func conversions() {
	f16 := func(from Mem, to reg.VecVirtual) { VCVTPH2PS(from, to) }
	bf16 := func(from Mem, to reg.VecVirtual) {
		VPMOVZXWD(from, to)
		VPSLLD(U8(16), to, to)
	}
	conversion("f16", single, f16)
	conversion("bf16", single, bf16)
	conversion("f16", double, f16)
	conversion("bf16", double, bf16)
}

// conversion writes a loop over vectors of eight numbers, which widen turns
// into float32.
func conversion(from string, to precision, widen func(from Mem, to reg.VecVirtual)) {
	const (
		lanes  = 8
		unroll = 4
	)
	name := fmt.Sprintf("%sTo%d", from, to.bits)
	function(name, fmt.Sprintf("func(n int, dst *%s, src *byte)", to.goType()),
		fmt.Sprintf("%s widens n numbers; n is a multiple of %d.", name, lanes))
	n := Load(Param("n"), GP64())
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())

	loop := func(name string, vectors int, done string) {
		Label(name)
		CMPQ(n, U8(vectors*lanes))
		JL(LabelRef(done))
		for v := range vectors {
			y := YMM()
			widen(at(src, v*lanes*2), y)
			cell := v * lanes * to.size
			if to.bits == 32 {
				VMOVUPS(y, at(dst, cell))
				continue
			}
			low, high := YMM(), YMM()
			VEXTRACTF128(U8(1), y, high.AsX())
			VCVTPS2PD(y.AsX(), low)
			VCVTPS2PD(high.AsX(), high)
			VMOVUPD(low, at(dst, cell))
			VMOVUPD(high, at(dst, cell+32))
		}
		ADDQ(U32(vectors*lanes*2), src)
		ADDQ(U32(vectors*lanes*to.size), dst)
		SUBQ(U8(vectors*lanes), n)
		JMP(LabelRef(name))
		Label(done)
	}
	loop("unrolled", unroll, "rest")
	loop("single", 1, "finish")
	VZEROUPPER()
	RET()
}
