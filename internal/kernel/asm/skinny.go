package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// skinnyRows is the number of rows of the large matrix in one call.
const skinnyRows = 4

// skinny writes the kernels for products with a few columns, which read the
// large matrix where it lies: dots for its rows, updates for its columns. They
// fetch the next rows into the second level of the cache; fetched into the
// first, they would push out what the other columns still need.
func skinny(m isa) {
	for _, p := range []precision{double, single} {
		masked := maskedLoads(m, p)
		for cols := 1; cols <= m.cols; cols++ {
			dots(m, p, cols, masked)
		}
		for cols := 1; cols <= m.cols; cols++ {
			update(m, p, skinnyRows, cols, masked)
			update(m, p, 1, cols, masked)
		}
	}
}

func dots(m isa, p precision, cols int, masked tailLoads) {
	name := fmt.Sprintf("dots%d%sx%d", p.bits, m.name, cols)
	function(name, fmt.Sprintf("func(n int, a *%s, lda int, b *%[1]s, ldb int, out *%[1]s)", p.goType()),
		fmt.Sprintf("%s sets out[i*%d+j] to the dot product, n long, of row i of a and row j", name, cols),
		fmt.Sprintf("of b, for %d rows of a and %d of b.", skinnyRows, cols))

	sums, pool := take(m.regs, skinnyRows*cols)
	right, left := take(pool, cols)
	sum := func(i, j int) reg.VecPhysical { return sums[i*cols+j] }

	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	a := Load(Param("a"), GP64())
	lda := Load(Param("lda"), GP64())
	b := Load(Param("b"), GP64())
	ldb := Load(Param("ldb"), GP64())
	lda3 := p.stride(lda)
	rowsA, rowsB := fourRows(a, lda, lda3), fourRows(b, ldb, p.stride(ldb))
	next := GP64()
	LEAQ(Mem{Base: a, Index: lda, Scale: 4}, next)

	for _, s := range sums {
		m.zero(s)
	}
	step := func(load func(Mem, reg.VecPhysical)) {
		for j, r := range right {
			load(rowsB[j], r)
		}
		for i := range skinnyRows {
			l := left[i%len(left)]
			load(rowsA[i], l)
			for j, r := range right {
				p.fma231(r, l, sum(i, j))
			}
		}
	}
	sweep(m, p, n, fourRows(next, lda, lda3), []reg.Register{a, next, b}, step, masked, left[len(left)-1], "reduce")
	out := Load(Param("out"), GP64())
	for i, s := range sums {
		p.moveOne(p.reduce(m, s, left[0]), at(out, i*p.size))
	}
	VZEROUPPER()
	RET()
}

func update(m isa, p precision, rows, cols int, masked tailLoads) {
	name := fmt.Sprintf("update%d%sx%dx%d", p.bits, m.name, rows, cols)
	function(name, fmt.Sprintf("func(n int, a *%s, lda int, coef, acc *%[1]s, ldacc int)", p.goType()),
		fmt.Sprintf("%s adds coef[i*%d+j] times row i of a, n long, to row j of acc for", name, cols),
		fmt.Sprintf("%d rows of a and %d of acc. The rows of acc are whole vectors.", rows, cols))

	scale, pool := take(m.regs, rows*cols)
	acc, pool := take(pool, cols)
	row := pool

	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	a := Load(Param("a"), GP64())
	lda := Load(Param("lda"), GP64())
	coef := Load(Param("coef"), GP64())
	out := Load(Param("acc"), GP64())
	ldacc := Load(Param("ldacc"), GP64())
	for i, s := range scale {
		p.broadcast(at(coef, i*p.size), s)
	}
	lda3 := p.stride(lda)
	rowsA, rowsAcc := fourRows(a, lda, lda3), fourRows(out, ldacc, p.stride(ldacc))
	next := GP64()
	LEAQ(Mem{Base: a, Index: lda, Scale: 4}, next)

	step := func(load func(Mem, reg.VecPhysical)) {
		for j, r := range acc {
			p.move(rowsAcc[j], r)
		}
		for i := range rows {
			l := row[i%len(row)]
			load(rowsA[i], l)
			for j, r := range acc {
				p.fma231(scale[i*cols+j], l, r)
			}
		}
		for j, r := range acc {
			p.move(r, rowsAcc[j])
		}
	}
	sweep(m, p, n, fourRows(next, lda, lda3), []reg.Register{a, next, out}, step, masked, row[len(row)-1], "done")
	VZEROUPPER()
	RET()
}

// sweep takes step over n numbers, whole vectors first and then what is left
// by masked loads, fetching rows ahead; it moves the pointers on, and ends at
// the label end. spare is a register that is free where the tail begins.
func sweep(m isa, p precision, n reg.GPVirtual, ahead [4]Mem, pointers []reg.Register, step func(load func(Mem, reg.VecPhysical)), masked tailLoads, spare reg.VecPhysical, end string) {
	Label("loop")
	CMPQ(n, U8(p.lanes(m)))
	JL(LabelRef("tail"))
	for _, row := range ahead {
		PREFETCHT1(row)
	}
	step(func(from Mem, to reg.VecPhysical) { p.move(from, to) })
	for _, pointer := range pointers {
		ADDQ(U8(m.width), pointer)
	}
	SUBQ(U8(p.lanes(m)), n)
	JMP(LabelRef("loop"))
	Label("tail")
	TESTQ(n, n)
	JZ(LabelRef(end))
	step(masked(n, spare))
	Label(end)
}

// tailLoads returns the function that loads the first n elements of a vector.
// The lanes beyond become zero and their memory is not touched. Call it where
// the tail begins; it may use spare.
type tailLoads func(n reg.GPVirtual, spare reg.VecPhysical) func(from Mem, to reg.VecPhysical)

func maskedLoads(m isa, p precision) tailLoads {
	if m.width == 64 {
		return func(n reg.GPVirtual, _ reg.VecPhysical) func(Mem, reg.VecPhysical) {
			bits, mask := GP32(), K()
			MOVL(U32(0xffff), bits)
			BZHIL(n.As32(), bits, bits)
			KMOVW(bits, mask)
			return func(from Mem, to reg.VecPhysical) { p.moveMasked(from, mask, to) }
		}
	}
	lanes := p.lanes(m)
	table := GLOBL(fmt.Sprintf("lanes%d", p.bits), RODATA|NOPTR)
	for i := range 8 {
		ones := U64(0)
		if i < 4 {
			ones = ^ones
		}
		DATA(8*i, ones)
	}
	return func(n reg.GPVirtual, spare reg.VecPhysical) func(Mem, reg.VecPhysical) {
		from := GP64()
		LEAQ(table, from)
		SHLQ(U8(p.shift), n)
		SUBQ(n, from)
		VMOVDQU(at(from, lanes*p.size), spare)
		return func(from Mem, to reg.VecPhysical) { p.maskMove(from, spare, to) }
	}
}
