package kernel

import "unsafe"

// A skinny product is C = alpha*A*B + beta*C with B of a few columns, in
// either direction: element (i, j) of C is at i*rowStep + j*columnStep, so
// that it may be the transpose of what the caller calls C.
type skinnyProduct[T element] struct {
	a, b                lines[T]
	c                   []T
	rowStep, columnStep int
	m, n, k             int
	alpha, beta         T
}

// worthwhile tells whether the kernels should compute the product; it has one
// column.
func (p *skinnyProduct[T]) worthwhile() bool {
	return worthwhile(p.a, p.b, p.m, p.n, p.k, p.alpha) &&
		p.rowStep > 0 && len(p.c) > (p.m-1)*p.rowStep
}

const (
	skinnyDepth = 1024 // the most terms of a sum taken together
	mostUpdates = 32   // columns whose sums grow together
	skinnyRows  = 4    // rows of A that a kernel reads at once
)

// skinnyColumns is the number of columns up to which A is read where it lies.
func (e *engine[T]) skinnyColumns(a lines[T]) int {
	if a.adjacent {
		return e.updateColumns
	}
	return e.dotColumns
}

// columns returns the part of p that gives the columns js of C.
func (p *skinnyProduct[T]) columns(js span) *skinnyProduct[T] {
	part := *p
	part.n = js.len()
	part.b.data = p.b.data[p.b.offset(js.lo, 0):]
	part.c = p.c[js.lo*p.columnStep:]
	return &part
}

// skinny computes p on at most workers goroutines, reading A where it lies.
func (e *engine[T]) skinny(p *skinnyProduct[T], workers int) {
	if p.n > mostUpdates {
		width := evenly(p.n, mostUpdates, len(e.updates4))
		for j := 0; j < p.n; j += width {
			e.skinny(p.columns(span{j, min(j+width, p.n)}), workers)
		}
		return
	}
	compute, tasks := e.skinnyDots, workers*tasksPerWorker
	if p.a.adjacent {
		// Memory is fastest on long pieces of the rows of A.
		compute, tasks = e.skinnyUpdates, workers
	}
	if workers == 1 {
		tasks = 1
	}
	height := roundUp((p.m+tasks-1)/tasks, max(e.lanes, skinnyRows))
	tasks = (p.m + height - 1) / height
	parallel(workers, tasks, func(task int) {
		w := e.workspace()
		defer e.release(w)
		compute(w, p, span{task * height, min((task+1)*height, p.m)})
	})
}

// skinnyDots serves an A whose rows are contiguous: each element of C is the
// dot product of a row of A and a column of B.
func (e *engine[T]) skinnyDots(w *workspace[T], p *skinnyProduct[T], rows span) {
	for l := 0; l < p.k; l += skinnyDepth {
		sum := span{l, min(l+skinnyDepth, p.k)}
		b := w.b[:p.n*sum.len()]
		for j := range p.n {
			p.b.take(b[j*sum.len():][:sum.len()], j, l)
		}
		for i := rows.lo; i < rows.hi; i += skinnyRows {
			// The first row takes the place of missing rows.
			n, ld := min(skinnyRows, rows.hi-i), p.a.ld
			if n < skinnyRows {
				n, ld = 1, 0
			}
			for r := i; r < min(i+skinnyRows, rows.hi); r += n {
				e.dotRows(w, p, span{r, r + n}, ld, sum)
			}
		}
	}
}

func (e *engine[T]) dotRows(w *workspace[T], p *skinnyProduct[T], rows span, ld int, sum span) {
	a := &p.a.data[p.a.offset(rows.lo, sum.lo)]
	for j := 0; j < p.n; j += len(e.dots) {
		cols := min(len(e.dots), p.n-j)
		e.dots[cols-1](sum.len(), a, ld, &w.b[j*sum.len()], sum.len(), &w.tile[0])
		for i := range rows.len() {
			for c := range cols {
				p.put(rows.lo+i, j+c, w.tile[i*cols+c], p.betaAt(sum.lo))
			}
		}
	}
}

// put sets an element of C to alpha*v + beta times what it was.
func (p *skinnyProduct[T]) put(i, j int, v, beta T) {
	c := &p.c[i*p.rowStep+j*p.columnStep]
	if beta == 0 {
		*c = p.alpha * v
		return
	}
	*c = p.alpha*v + beta**c
}

// putColumn sets elements of column j of C, from row i on, as put does.
func (p *skinnyProduct[T]) putColumn(i, j int, v []T, beta T) {
	plain := p.rowStep == 1 && p.alpha == 1
	switch c := p.c[i*p.rowStep+j*p.columnStep:]; {
	case plain && beta == 0:
		copy(c, v)
	case plain && beta == 1:
		c = c[:len(v)]
		for r, x := range v {
			c[r] += x
		}
	default:
		for r, x := range v {
			p.put(i+r, j, x, beta)
		}
	}
}

// skinnyUpdates serves an A whose columns are contiguous: the sums of a block
// of rows of C grow together, one column of A after the other.
func (e *engine[T]) skinnyUpdates(w *workspace[T], p *skinnyProduct[T], rows span) {
	// The sums of a column begin a quarter of a page after those of the column
	// before, so that loads do not wait for stores at the same place of a page.
	page := 4096 / int(unsafe.Sizeof(T(0)))
	apart := page/4 + e.lanes
	height := evenly(rows.len(), (len(w.b)/p.n-apart)/page*page, e.lanes)
	ld := roundUp(height, page) + apart
	depth := min(skinnyDepth, len(w.a)/p.n/skinnyRows*skinnyRows)
	for l := 0; l < p.k; l += depth {
		sum := span{l, min(l+depth, p.k)}
		e.packCoefficients(w.a, p, sum)
		for i := rows.lo; i < rows.hi; i += height {
			block := span{i, min(i+height, rows.hi)}
			for j := range p.n {
				clear(w.b[j*ld:][:roundUp(block.len(), e.lanes)])
			}
			e.updateRows(w, p, block, sum, ld)
			for j := range p.n {
				p.putColumn(block.lo, j, w.b[j*ld:][:block.len()], p.betaAt(l))
			}
		}
	}
}

// betaAt returns what C is multiplied by when the terms from l on are added.
func (p *skinnyProduct[T]) betaAt(l int) T {
	if l == 0 {
		return p.beta
	}
	return 1
}

// packCoefficients lays the elements of B that one kernel reads side by side.
func (e *engine[T]) packCoefficients(dst []T, p *skinnyProduct[T], sum span) {
	group, step := len(e.updates4), 1
	if p.b.adjacent {
		step = p.b.ld
	}
	for j := 0; j < p.n; j += group {
		cols := min(group, p.n-j)
		from := p.b.data[p.b.offset(j, sum.lo):]
		if cols == 4 && p.b.adjacent {
			for l := range sum.len() {
				*(*[4]T)(dst[l*4:]) = *(*[4]T)(from[l*step:])
			}
		} else {
			for c := range cols {
				at := p.b.offset(c, 0)
				for l := range sum.len() {
					dst[l*cols+c] = from[at+l*step]
				}
			}
		}
		dst = dst[cols*sum.len():]
	}
}

func (e *engine[T]) updateRows(w *workspace[T], p *skinnyProduct[T], rows, sum span, ld int) {
	group := len(e.updates4)
	step, kernels := skinnyRows, e.updates4
	for l := 0; l < sum.len(); l += step {
		if sum.len()-l < skinnyRows {
			step, kernels = 1, e.updates1
		}
		a := &p.a.data[p.a.offset(rows.lo, sum.lo+l)]
		for j := 0; j < p.n; j += group {
			cols := min(group, p.n-j)
			kernels[cols-1](rows.len(), a, p.a.ld, &w.a[j*sum.len()+l*cols], &w.b[j*ld], ld)
		}
	}
}
