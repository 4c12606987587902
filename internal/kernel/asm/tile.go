package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	tileVecs   = 3 // vectors in a row of the widest tile
	tileUnroll = 4
)

// tiles writes the inner kernels of the packed product: tiles of m.rows rows
// and one to three vectors of columns whose sums stay in registers.
func tiles(m isa) {
	for _, p := range []precision{double, single} {
		for vecs := 1; vecs <= tileVecs; vecs++ {
			tile(m, p, vecs)
		}
	}
}

func tile(m isa, p precision, vecs int) {
	name := fmt.Sprintf("tile%d%sx%d", p.bits, m.name, vecs)
	function(name, fmt.Sprintf("func(k int, a, b, c *%s, ldc int, alpha %[1]s, add bool)", p.goType()),
		fmt.Sprintf("%s computes the %d x %d tile c = alpha*a*b, or c += alpha*a*b if add is", name, m.rows, vecs*p.lanes(m)),
		"true. Step l of k reads one packed column of a and one packed row of b.")

	sums, pool := take(m.regs, m.rows*vecs)
	row, pool := take(pool, vecs)
	spread := pool
	sum := func(i, v int) reg.VecPhysical { return sums[i*vecs+v] }

	k := Load(Param("k"), GP64())
	a := Load(Param("a"), GP64())
	b := Load(Param("b"), GP64())
	c := Load(Param("c"), GP64())
	ldc := Load(Param("ldc"), GP64())
	SHLQ(U8(p.shift), ldc)

	Comment("Bring the tile of c near before the last step asks for it.")
	ahead := GP64()
	MOVQ(c, ahead)
	for i := range m.rows {
		for v := 0; v < vecs*m.width; v += 64 {
			PREFETCHT0(at(ahead, v))
		}
		if i+1 < m.rows {
			ADDQ(ldc, ahead)
		}
	}
	for _, s := range sums {
		m.zero(s)
	}

	step := func(l int) {
		for v, r := range row {
			p.move(at(b, (l*vecs+v)*m.width), r)
		}
		for i := range m.rows {
			s := spread[i%len(spread)]
			p.broadcast(at(a, (l*m.rows+i)*p.size), s)
			for v, r := range row {
				p.fma231(r, s, sum(i, v))
			}
		}
	}
	steps := func(n int, loop, done string) {
		Label(loop)
		CMPQ(k, U8(n))
		JL(LabelRef(done))
		for l := range n {
			step(l)
		}
		ADDQ(U32(n*m.rows*p.size), a)
		ADDQ(U32(n*vecs*m.width), b)
		SUBQ(U8(n), k)
		JMP(LabelRef(loop))
		Label(done)
	}
	steps(tileUnroll, "unrolled", "rest")
	steps(1, "single", "finish")

	alpha := spread[0]
	alphaParam, err := Param("alpha").Resolve()
	if err != nil {
		panic(err)
	}
	p.broadcast(alphaParam.Addr, alpha)
	add := Load(Param("add"), GP8())
	TESTB(add, add)
	JNZ(LabelRef("accumulate"))

	each := func(update func(r reg.VecPhysical, cell Mem)) {
		for i := range m.rows {
			for v := range vecs {
				update(sum(i, v), at(c, v*m.width))
			}
			if i+1 < m.rows {
				ADDQ(ldc, c)
			}
		}
		VZEROUPPER()
		RET()
	}
	each(func(r reg.VecPhysical, cell Mem) {
		p.mul(alpha, r, r)
		p.move(r, cell)
	})
	Label("accumulate")
	each(func(r reg.VecPhysical, cell Mem) {
		p.fma213(cell, alpha, r)
		p.move(r, cell)
	})
}
