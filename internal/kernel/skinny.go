package kernel

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
	skinnyColumns = 16   // the most columns of a skinny product
	skinnyDepth   = 1024 // terms of a sum taken together
	skinnyRows    = 4    // rows of A that a kernel reads at once
)

// skinny computes p on at most workers goroutines, reading A where it lies.
func (e *engine[T]) skinny(p *skinnyProduct[T], workers int) {
	compute, tasks := e.skinnyDots, workers*tasksPerWorker
	if p.a.adjacent {
		// Long pieces of the rows of A are what memory is fast at.
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
		beta := T(1)
		if l == 0 {
			beta = p.beta
		}
		b := w.b[:p.n*sum.len()]
		for j := range p.n {
			column := b[j*sum.len():][:sum.len()]
			for i := range column {
				column[i] = p.b.data[p.b.offset(j, l+i)]
			}
		}
		for i := rows.lo; i < rows.hi; i += skinnyRows {
			// Rows that are missing are stood in for by the first one.
			n, ld := min(skinnyRows, rows.hi-i), p.a.ld
			if n < skinnyRows {
				n, ld = 1, 0
			}
			for r := i; r < min(i+skinnyRows, rows.hi); r += n {
				e.dotRows(w, p, span{r, r + n}, ld, sum, beta)
			}
		}
	}
}

func (e *engine[T]) dotRows(w *workspace[T], p *skinnyProduct[T], rows span, ld int, sum span, beta T) {
	a := &p.a.data[p.a.offset(rows.lo, sum.lo)]
	for j := 0; j < p.n; j += len(e.dots) {
		cols := min(len(e.dots), p.n-j)
		e.dots[cols-1](sum.len(), a, ld, &w.b[j*sum.len()], sum.len(), &w.tile[0])
		for i := range rows.len() {
			for c := range cols {
				p.put(rows.lo+i, j+c, w.tile[i*cols+c], beta)
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

// skinnyUpdates serves an A whose columns are contiguous: the sums of a block
// of rows of C grow together, one column of A after the other.
func (e *engine[T]) skinnyUpdates(w *workspace[T], p *skinnyProduct[T], rows span) {
	ld := len(w.b) / skinnyColumns / e.lanes * e.lanes
	for i := rows.lo; i < rows.hi; i += ld {
		block := span{i, min(i+ld, rows.hi)}
		clear(w.b[:p.n*ld])
		for l := 0; l < p.k; l += skinnyDepth {
			e.updateRows(w, p, block, span{l, min(l+skinnyDepth, p.k)}, ld)
		}
		for j := range p.n {
			for r, v := range w.b[j*ld:][:block.len()] {
				p.put(block.lo+r, j, v, p.beta)
			}
		}
	}
}

func (e *engine[T]) updateRows(w *workspace[T], p *skinnyProduct[T], rows, sum span, ld int) {
	group := len(e.updates4)
	coef := w.a[:p.n*sum.len()]
	for j := 0; j < p.n; j += group {
		cols := min(group, p.n-j)
		for l := range sum.len() {
			for c := range cols {
				coef[j*sum.len()+l*cols+c] = p.b.data[p.b.offset(j+c, sum.lo+l)]
			}
		}
	}
	for l := 0; l < sum.len(); {
		step, kernels := skinnyRows, e.updates4
		if sum.len()-l < skinnyRows {
			step, kernels = 1, e.updates1
		}
		a := &p.a.data[p.a.offset(rows.lo, sum.lo+l)]
		for j := 0; j < p.n; j += group {
			cols := min(group, p.n-j)
			kernels[cols-1](rows.len(), a, p.a.ld, &coef[j*sum.len()+l*cols], &w.b[j*ld], ld)
		}
		l += step
	}
}
