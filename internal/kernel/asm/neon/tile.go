package main

import "fmt"

const (
	tileRows   = 8
	tileVecs   = 3 // vectors in a row of the widest tile
	tileUnroll = 4
)

// tiles writes the inner kernels of the packed product: tiles of tileRows rows
// and one to three vectors of columns whose sums stay in registers. The widest
// takes 24 of the 32 registers for them.
func tiles() []*function {
	var all []*function
	for _, p := range []precision{double, single} {
		for vecs := 1; vecs <= tileVecs; vecs++ {
			all = append(all, tile(p, vecs))
		}
	}
	return all
}

func tile(p precision, vecs int) *function {
	name := fmt.Sprintf("tile%dNEONx%d", p.bits, vecs)
	f := newFunction(name, fmt.Sprintf("k int, a *%s, b *%[1]s, c *%[1]s, ldc int, alpha %[1]s, add bool", p.goType()),
		fmt.Sprintf("%s computes the %d x %d tile c = alpha*a*b, or c += alpha*a*b if add is", name, tileRows, vecs*p.perVector()),
		"true. Step l of k reads one packed column of a and one packed row of b.")

	sums, pool := take(allVectors(), tileRows*vecs)
	row, pool := take(pool, vecs)
	column, _ := take(pool, tileRows/p.perVector())
	sumsOf := func(i int) []vector { return sums[i*vecs : (i+1)*vecs] }

	k, a, b, c, ldc := f.load("k"), f.load("a"), f.load("b"), f.load("c"), f.load("ldc")
	p.bytes(f, ldc)

	f.comment("Bring the tile of c near before the last step asks for it.")
	ahead := f.general()
	f.op("MOVD", c, ahead)
	for i := range tileRows {
		f.op("PRFM", at(ahead, 0), "PLDL1KEEP")
		if i+1 < tileRows {
			f.op("ADD", ldc, ahead)
		}
	}
	for _, s := range sums {
		f.zero(s)
	}

	steps := func(name string, n int) {
		f.loop(name, k, n, func() {
			for l := range n {
				f.loadVectors(b, l*len(row)*vectorBytes, row)
				f.loadVectors(a, l*len(column)*vectorBytes, column)
				for i := range tileRows {
					for v, s := range sumsOf(i) {
						p.fmaLane(f, s, row[v], column[i/p.perVector()], i%p.perVector())
					}
				}
			}
			f.op("ADD", immediate(n*len(column)*vectorBytes), a)
			f.op("ADD", immediate(n*len(row)*vectorBytes), b)
		})
	}
	steps("unrolled", tileUnroll)
	steps("single", 1)

	alpha := column[0]
	f.loadFloat(p, "alpha", alpha)
	add := f.load("add")
	f.op("CBNZ", add, "accumulate")

	each := func(update func(sums []vector)) {
		for i := range tileRows {
			update(sumsOf(i))
			if i+1 < tileRows {
				f.op("ADD", ldc, c)
			}
		}
		f.op("RET")
	}
	each(func(sums []vector) {
		for _, s := range sums {
			p.mulLane(f, s, s, alpha, 0)
		}
		f.storeVectors(sums, c, 0)
	})
	f.label("accumulate")
	each(func(sums []vector) {
		f.loadVectors(c, 0, row)
		for v, s := range sums {
			p.fmaLane(f, row[v], s, alpha, 0)
		}
		f.storeVectors(row, c, 0)
	})
	return f
}
