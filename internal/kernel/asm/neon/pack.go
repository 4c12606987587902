package main

import "fmt"

const dealPanels = 8

// deals writes the functions that pack rows whose neighbours in memory belong
// to neighbouring panels.
func deals() []*function { return []*function{deal(double), deal(single)} }

func deal(p precision) *function {
	name := fmt.Sprintf("deal%dNEON", p.bits)
	f := newFunction(name, fmt.Sprintf("n int, src *%s, ld int, dst *%[1]s, step int", p.goType()),
		fmt.Sprintf("%s sets dst[j*step+l*%d+i] = src[l*ld+j*%[2]d+i] for n rows l, %d panels j", name, tileRows, dealPanels),
		fmt.Sprintf("and %d lines i of a panel.", tileRows))
	n, src, ld, dst, step := f.load("n"), f.load("src"), f.load("ld"), f.load("dst"), f.load("step")
	p.bytes(f, ld)
	p.bytes(f, step)
	panels := f.apart(dst, step, dealPanels)

	piece := tileRows / p.perVector() // vectors
	pool := allVectors()
	f.loop("rows", n, 1, func() {
		for j, panel := range panels {
			v := pool[j*piece:][:piece]
			f.loadVectors(src, j*piece*vectorBytes, v)
			f.storeVectors(v, panel, 0)
			f.op("ADD", immediate(piece*vectorBytes), panel)
		}
		f.op("ADD", ld, src)
	})
	f.op("RET")
	return f
}

// transposes writes the functions that turn four rows into packed columns.
func transposes() []*function { return []*function{transpose(double), transpose(single)} }

func transpose(p precision) *function {
	const rows = 4
	columns := 2 * p.perVector()
	name := fmt.Sprintf("transpose%d", p.bits)
	f := newFunction(name, fmt.Sprintf("n int, src *%s, ld int, dst *%[1]s, step int", p.goType()),
		fmt.Sprintf("%s sets dst[l*step+i] = src[i*ld+l] for four rows i and n columns l;", name),
		fmt.Sprintf("n must be a multiple of %d.", columns))
	n, src, ld, dst, step := f.load("n"), f.load("src"), f.load("ld"), f.load("dst"), f.load("step")
	p.bytes(f, ld)
	p.bytes(f, step)
	from := f.apart(src, ld, rows)

	in, pool := take(allVectors(), 2*rows)
	f.loop("columns", n, columns, func() {
		for i, row := range from {
			f.op("FLDPQ.P", at(row, 2*vectorBytes), pair(in[2*i], in[2*i+1]))
		}
		for h := range 2 {
			block := [rows]vector{in[h], in[2+h], in[4+h], in[6+h]}
			for _, column := range p.transposeBlock(f, block, pool) {
				f.storeVectors(column, dst, 0)
				f.op("ADD", step, dst)
			}
		}
	})
	f.op("RET")
	return f
}

// transposeBlock turns a vector of each of four rows into the columns, which
// it leaves in registers of the pool.
func (p precision) transposeBlock(f *function, row [4]vector, pool []vector) [][]vector {
	// Go names the operands of a permutation from the last to the first.
	permute := func(op, lanes string, first, second, to vector) {
		f.op(op, second.as(lanes), first.as(lanes), to.as(lanes))
	}
	if p.bits == 64 {
		for i := range 2 {
			permute("VZIP1", "D2", row[2*i], row[2*i+1], pool[i])
			permute("VZIP2", "D2", row[2*i], row[2*i+1], pool[2+i])
		}
		return [][]vector{pool[:2], pool[2:4]}
	}
	even, odd, columns := pool[:2], pool[2:4], pool[4:8]
	for i := range 2 {
		permute("VTRN1", "S4", row[2*i], row[2*i+1], even[i])
		permute("VTRN2", "S4", row[2*i], row[2*i+1], odd[i])
	}
	permute("VZIP1", "D2", even[0], even[1], columns[0])
	permute("VZIP1", "D2", odd[0], odd[1], columns[1])
	permute("VZIP2", "D2", even[0], even[1], columns[2])
	permute("VZIP2", "D2", odd[0], odd[1], columns[3])
	return [][]vector{columns[:1], columns[1:2], columns[2:3], columns[3:4]}
}
