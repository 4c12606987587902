package main

import "fmt"

const (
	skinnyRows    = 4 // rows of the large matrix in one call
	skinnyColumns = 4 // the most columns of a kernel
)

// skinny writes the kernels for products with a few columns, which read the
// large matrix where it lies: dots for its rows, updates for its columns.
func skinny() []*function {
	var all []*function
	for _, p := range []precision{double, single} {
		for cols := 1; cols <= skinnyColumns; cols++ {
			all = append(all, dots(p, cols))
		}
		for cols := 1; cols <= skinnyColumns; cols++ {
			all = append(all, update(p, skinnyRows, cols), update(p, 1, cols))
		}
	}
	return all
}

// A piece is a part of a row that one instruction loads: two vectors, one, or
// a single number, with zeros in the other lanes.
type piece struct {
	vectors  int
	elements int
}

func (p precision) pieces() map[string]piece {
	return map[string]piece{
		"pairs":   {2, 2 * p.perVector()},
		"vectors": {1, p.perVector()},
		"singles": {1, 1},
	}
}

// load loads a piece.
func (s piece) load(f *function, p precision, from general, to []vector) {
	switch {
	case s.vectors == 2:
		f.op("FLDPQ", at(from, 0), pair(to[0], to[1]))
	case s.elements > 1:
		f.op("FMOVQ", at(from, 0), to[0].float())
	default:
		f.op(p.move, at(from, 0), to[0].float())
	}
}

// loadNext loads a piece and moves the pointer on.
func (s piece) loadNext(f *function, p precision, from general, to []vector) {
	step := at(from, s.elements*p.size)
	switch {
	case s.vectors == 2:
		f.op("FLDPQ.P", step, pair(to[0], to[1]))
	case s.elements > 1:
		f.op("FMOVQ.P", step, to[0].float())
	default:
		f.op(p.move+".P", step, to[0].float())
	}
}

// storeNext stores a piece and moves the pointer on.
func (s piece) storeNext(f *function, p precision, from []vector, to general) {
	step := at(to, s.elements*p.size)
	switch {
	case s.vectors == 2:
		f.op("FSTPQ.P", pair(from[0], from[1]), step)
	case s.elements > 1:
		f.op("FMOVQ.P", from[0].float(), step)
	default:
		f.op(p.move+".P", from[0].float(), step)
	}
}

// sweep takes step over n numbers, in the largest pieces that there are.
func sweep(f *function, p precision, n general, step func(s piece)) {
	pieces := p.pieces()
	for _, name := range []string{"pairs", "vectors", "singles"} {
		f.loop(name, n, pieces[name].elements, func() { step(pieces[name]) })
	}
}

// twos splits registers into as many pairs as there are, at most most.
func twos(pool []vector, most int) [][]vector {
	var pairs [][]vector
	for ; len(pool) > 1 && len(pairs) < most; pool = pool[2:] {
		pairs = append(pairs, pool[:2])
	}
	return pairs
}

func dots(p precision, cols int) *function {
	name := fmt.Sprintf("dots%dNEONx%d", p.bits, cols)
	f := newFunction(name, fmt.Sprintf("n int, a *%s, lda int, b *%[1]s, ldb int, out *%[1]s", p.goType()),
		fmt.Sprintf("%s sets out[i*%d+j] to the dot product, n long, of row i of a and row j", name, cols),
		fmt.Sprintf("of b, for %d rows of a and %d of b.", skinnyRows, cols))

	// Few columns have few sums, each of which waits for the one before. A
	// second set of them, for the second vector of a pair, halves that wait.
	sets := 1
	if cols <= skinnyColumns/2 {
		sets = 2
	}
	sums, pool := take(allVectors(), sets*skinnyRows*cols)
	first, second := take(sums, skinnyRows*cols)
	set := [][]vector{first, second}
	right, left := twos(pool, cols), twos(pool[2*cols:], skinnyRows)

	n, a, lda, b, ldb, out := f.load("n"), f.load("a"), f.load("lda"), f.load("b"), f.load("ldb"), f.load("out")
	p.bytes(f, lda)
	p.bytes(f, ldb)
	rowsA, rowsB := f.apart(a, lda, skinnyRows), f.apart(b, ldb, cols)

	for _, s := range sums {
		f.zero(s)
	}
	sweep(f, p, n, func(s piece) {
		for j, r := range right {
			s.loadNext(f, p, rowsB[j], r)
		}
		for i, row := range rowsA {
			l := left[i%len(left)]
			s.loadNext(f, p, row, l)
			for v := range s.vectors {
				for j, r := range right {
					p.fma(f, set[v%sets][i*cols+j], r[v], l[v])
				}
			}
		}
	})
	for i, s := range second {
		p.add(f, first[i], first[i], s)
	}
	f.storeVectors(p.reduce(f, first), out, 0)
	f.op("RET")
	return f
}

func update(p precision, rows, cols int) *function {
	name := fmt.Sprintf("update%dNEONx%dx%d", p.bits, rows, cols)
	f := newFunction(name, fmt.Sprintf("n int, a *%s, lda int, coef *%[1]s, acc *%[1]s, ldacc int", p.goType()),
		fmt.Sprintf("%s adds coef[i*%d+j] times row i of a, n long, to row j of acc for", name, cols),
		fmt.Sprintf("%d rows of a and %d of acc.", rows, cols))

	n, a, lda, coef, out, ldacc := f.load("n"), f.load("a"), f.load("lda"), f.load("coef"), f.load("acc"), f.load("ldacc")
	p.bytes(f, lda)
	p.bytes(f, ldacc)
	rowsA, rowsAcc := f.apart(a, lda, rows), f.apart(out, ldacc, cols)
	scale, pool := loadCoefficients(f, p, coef, rows*cols, allVectors())
	acc, row := twos(pool, cols), twos(pool[2*cols:], skinnyRows)

	sweep(f, p, n, func(s piece) {
		for j, r := range acc {
			s.load(f, p, rowsAcc[j], r)
		}
		for i := range rowsA {
			l := row[i%len(row)]
			s.loadNext(f, p, rowsA[i], l)
			for v := range s.vectors {
				for j, r := range acc {
					c := scale[i*cols+j]
					p.fmaLane(f, r[v], l[v], c.vector, c.lane)
				}
			}
		}
		for j, r := range acc {
			s.storeNext(f, p, r, rowsAcc[j])
		}
	})
	f.op("RET")
	return f
}

// A coefficient is a number in a lane of a register.
type coefficient struct {
	vector vector
	lane   int
}

// loadCoefficients loads n neighbouring numbers, as whole vectors as far as
// they fill them and else one by one, and returns where they are and the
// registers that are left.
func loadCoefficients(f *function, p precision, from general, n int, pool []vector) ([]coefficient, []vector) {
	var all []coefficient
	whole, pool := take(pool, n/p.perVector())
	f.loadVectors(from, 0, whole)
	for _, v := range whole {
		for lane := range p.perVector() {
			all = append(all, coefficient{v, lane})
		}
	}
	rest, pool := take(pool, n%p.perVector())
	for _, v := range rest {
		f.op(p.move, at(from, len(all)*p.size), v.float())
		all = append(all, coefficient{v, 0})
	}
	return all, pool
}
