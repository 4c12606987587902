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
	for _, streamed := range []bool{false, true} {
		conversion("f16", single, streamed, f16)
		conversion("bf16", single, streamed, bf16)
		conversion("f16", double, streamed, f16)
		conversion("bf16", double, streamed, bf16)
	}
}

// conversion writes a loop over vectors of eight numbers, which widen turns
// into float32. Streamed, it stores past the caches.
func conversion(from string, to precision, streamed bool, widen func(from Mem, to reg.VecVirtual)) {
	const (
		lanes  = 8
		unroll = 4
	)
	name := fmt.Sprintf("%sTo%d", from, to.bits)
	doc := fmt.Sprintf("%%s widens n numbers; n is a multiple of %d.", lanes)
	store32 := func(from, to Op) { VMOVUPS(from, to) }
	store64 := func(from, to Op) { VMOVUPD(from, to) }
	if streamed {
		name += "Streamed"
		doc += fmt.Sprintf(" dst begins at a multiple of %d.", lanes*single.size)
		store32, store64 = VMOVNTPS, VMOVNTPD
	}
	function(name, fmt.Sprintf("func(n int, dst *%s, src *byte)", to.goType()), fmt.Sprintf(doc, name))
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
				store32(y, at(dst, cell))
				continue
			}
			low, high := YMM(), YMM()
			VEXTRACTF128(U8(1), y, high.AsX())
			VCVTPS2PD(y.AsX(), low)
			VCVTPS2PD(high.AsX(), high)
			store64(low, at(dst, cell))
			store64(high, at(dst, cell+32))
		}
		ADDQ(U32(vectors*lanes*2), src)
		ADDQ(U32(vectors*lanes*to.size), dst)
		SUBQ(U8(vectors*lanes), n)
		JMP(LabelRef(name))
		Label(done)
	}
	loop("unrolled", unroll, "rest")
	loop("single", 1, "finish")
	if streamed {
		SFENCE()
	}
	VZEROUPPER()
	RET()
}
