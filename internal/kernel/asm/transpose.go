package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transposes writes the functions that turn four rows into packed columns.
func transposes() {
	transpose64()
	transpose32()
}

type transposeArgs struct {
	n, src, ld, dst, step reg.Register
	next                  reg.Register
	rows, ahead, columns  [4]Mem
}

func loadTranspose(p precision) transposeArgs {
	t := transposeArgs{
		n:    Load(Param("n"), GP64()),
		src:  Load(Param("src"), GP64()),
		ld:   Load(Param("ld"), GP64()),
		dst:  Load(Param("dst"), GP64()),
		step: Load(Param("step"), GP64()),
	}
	ld3 := p.stride(t.ld)
	t.next = GP64()
	LEAQ(Mem{Base: t.src, Index: t.ld, Scale: 4}, t.next)
	t.rows, t.ahead = fourRows(t.src, t.ld, ld3), fourRows(t.next, t.ld, ld3)
	t.columns = fourRows(t.dst, t.step, p.stride(t.step))
	return t
}

func transpose64() {
	function("transpose64", "func(n int, src *float64, ld int, dst *float64, step int)",
		"transpose64 sets dst[l*step+i] = src[i*ld+l] for four rows i and n columns l;",
		"n must be a multiple of 4.")
	t := loadTranspose(double)
	Label("loop")
	CMPQ(t.n, U8(4))
	JL(LabelRef("done"))
	var in, pair, out [4]reg.VecVirtual
	for i := range in {
		PREFETCHT0(t.ahead[i])
		in[i], pair[i], out[i] = YMM(), YMM(), YMM()
		VMOVUPD(t.rows[i], in[i])
	}
	for i := 0; i < 4; i += 2 {
		VUNPCKLPD(in[i+1], in[i], pair[i])
		VUNPCKHPD(in[i+1], in[i], pair[i+1])
	}
	VPERM2F128(U8(0x20), pair[2], pair[0], out[0])
	VPERM2F128(U8(0x20), pair[3], pair[1], out[1])
	VPERM2F128(U8(0x31), pair[2], pair[0], out[2])
	VPERM2F128(U8(0x31), pair[3], pair[1], out[3])
	for l := range out {
		VMOVUPD(out[l], t.columns[l])
	}
	ADDQ(U8(32), t.src)
	ADDQ(U8(32), t.next)
	LEAQ(Mem{Base: t.dst, Index: t.step, Scale: 4}, t.dst)
	SUBQ(U8(4), t.n)
	JMP(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
}

func transpose32() {
	function("transpose32", "func(n int, src *float32, ld int, dst *float32, step int)",
		"transpose32 sets dst[l*step+i] = src[i*ld+l] for four rows i and n columns l;",
		"n must be a multiple of 8.")
	t := loadTranspose(single)
	Label("loop")
	CMPQ(t.n, U8(8))
	JL(LabelRef("done"))
	var in, pair, out [4]reg.VecVirtual
	for i := range in {
		PREFETCHT0(t.ahead[i])
		in[i], pair[i], out[i] = YMM(), YMM(), YMM()
		VMOVUPS(t.rows[i], in[i])
	}
	for i := 0; i < 4; i += 2 {
		VUNPCKLPS(in[i+1], in[i], pair[i])
		VUNPCKHPS(in[i+1], in[i], pair[i+1])
	}
	for h := range 2 {
		VUNPCKLPD(pair[2+h], pair[h], out[2*h])
		VUNPCKHPD(pair[2+h], pair[h], out[2*h+1])
	}
	for l := range out {
		VMOVUPS(out[l].AsX(), t.columns[l])
	}
	LEAQ(Mem{Base: t.dst, Index: t.step, Scale: 4}, t.dst)
	for l := range out {
		VEXTRACTF128(U8(1), out[l], t.columns[l])
	}
	LEAQ(Mem{Base: t.dst, Index: t.step, Scale: 4}, t.dst)
	ADDQ(U8(32), t.src)
	ADDQ(U8(32), t.next)
	SUBQ(U8(8), t.n)
	JMP(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
}
