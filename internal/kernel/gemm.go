package kernel

// A triangle is the part of C that a product writes.
type triangle int

const (
	whole triangle = iota
	upper
	lower
)

// holds tells whether element (i, j) is written.
func (t triangle) holds(i, j int) bool {
	return t == whole || t == upper && i <= j || t == lower && i >= j
}

// row returns the columns of row i that are written, of those given.
func (t triangle) row(i int, cols span) span {
	switch t {
	case upper:
		cols.lo = max(cols.lo, i)
	case lower:
		cols.hi = min(cols.hi, i+1)
	}
	return cols
}

// misses tells whether no element of the block is written.
func (t triangle) misses(rows, cols span) bool {
	switch t {
	case upper:
		return rows.lo > cols.hi-1
	case lower:
		return rows.hi-1 < cols.lo
	}
	return false
}

// covers tells whether every element of the block is written.
func (t triangle) covers(rows, cols span) bool {
	return t.holds(rows.lo, cols.hi-1) && t.holds(rows.hi-1, cols.lo)
}

// A product is C = alpha*A*B + beta*C, with A of m rows, B of n columns and
// sums of k terms.
type product[T element] struct {
	a, b        lines[T]
	c           []T
	ldc         int
	m, n, k     int
	alpha, beta T
	part        triangle
}

// smallest is the number of multiplications below which packing costs more
// than the kernels save.
const smallest = 4096

// worthwhile tells whether the arguments are those of a product that the
// kernels should compute. Gonum gets the others: it returns at once where
// nothing is to be done, is as fast where little is, and panics with its
// own message where they are invalid.
func (p *product[T]) worthwhile() bool {
	return worthwhile(p.a, p.b, p.m, p.n, p.k, p.alpha) &&
		p.ldc >= p.n && len(p.c) >= (p.m-1)*p.ldc+p.n
}

func worthwhile[T element](a, b lines[T], m, n, k int, alpha T) bool {
	return m > 0 && n > 0 && k > 0 && m*n*k >= smallest && alpha != 0 && a.fits(m, k) && b.fits(n, k)
}

// product computes p on at most workers goroutines.
func (e *engine[T]) product(p *product[T], workers int) {
	switch {
	case p.n <= e.skinnyColumns(p.a) && p.n <= p.m && p.part == whole:
		e.skinny(&skinnyProduct[T]{p.a, p.b, p.c, p.ldc, 1, p.m, p.n, p.k, p.alpha, p.beta}, workers)
	case p.m <= e.skinnyColumns(p.b) && p.m <= p.n && p.part == whole:
		e.skinny(&skinnyProduct[T]{p.b, p.a, p.c, 1, p.ldc, p.n, p.m, p.k, p.alpha, p.beta}, workers)
	case workers == 1:
		e.packed(p, span{0, p.m}, span{0, p.n})
	default:
		e.parallelPacked(p, workers)
	}
}

const (
	tasksPerWorker = 4
	fewestRows     = 256 // rows that repay packing B once more
)

// parallelPacked divides C into blocks of columns, which costs nothing, and
// those into rows where there would be too few blocks for the workers.
func (e *engine[T]) parallelPacked(p *product[T], workers int) {
	width := roundUp(min(e.columnBlock, (p.n+workers-1)/workers), e.tileWidth())
	if p.m > p.n {
		width = e.columnBlock
	}
	columns := (p.n + width - 1) / width
	rows := min((workers*tasksPerWorker+columns-1)/columns, max(1, p.m/fewestRows, workers/columns))
	height := roundUp((p.m+rows-1)/rows, e.rows)
	rows = (p.m + height - 1) / height
	parallel(workers, rows*columns, func(task int) {
		if p.part == upper {
			task = rows*columns - 1 - task // the largest blocks first
		}
		i, j := task%rows*height, task/rows*width
		e.packed(p, span{i, min(i+height, p.m)}, span{j, min(j+width, p.n)})
	})
}

// packed computes the block of C at rows x cols with packed operands, after
// Goto and van de Geijn, "Anatomy of high-performance matrix multiplication",
// ACM TOMS 34(3), 2008.
func (e *engine[T]) packed(p *product[T], rows, cols span) {
	w := e.workspace()
	defer e.release(w)
	p.scale(rows, cols)
	depth := evenly(p.k, e.depthBlock, e.transposeStep)
	for j := cols.lo; j < cols.hi; j += e.columnBlock {
		js := span{j, min(j+e.columnBlock, cols.hi)}
		if p.part.misses(rows, js) {
			continue
		}
		for l := 0; l < p.k; l += depth {
			ls := span{l, min(l+depth, p.k)}
			e.pack(w.b, p.b, js, ls, e.tileWidth(), e.lanes)
			add := l > 0 || p.beta != 0
			for i := rows.lo; i < rows.hi; i += e.rowBlock {
				is := span{i, min(i+e.rowBlock, rows.hi)}
				if p.part.misses(is, js) {
					continue
				}
				e.pack(w.a, p.a, is, ls, e.rows, e.rows)
				e.multiply(w, p, is, js, ls.len(), add)
			}
		}
	}
}

// evenly returns the step that divides n into equal blocks of at most largest,
// rounded up to a multiple of unit.
func evenly(n, largest, unit int) int {
	blocks := (n + largest - 1) / largest
	return roundUp((n+blocks-1)/blocks, unit)
}

// scale multiplies the block by beta, unless the first tiles overwrite it.
func (p *product[T]) scale(rows, cols span) {
	if p.beta == 0 || p.beta == 1 {
		return
	}
	for i := rows.lo; i < rows.hi; i++ {
		js := p.part.row(i, cols)
		for j := js.lo; j < js.hi; j++ {
			p.c[i*p.ldc+j] *= p.beta
		}
	}
}

// multiply adds the product of the packed blocks to C.
func (e *engine[T]) multiply(w *workspace[T], p *product[T], rows, cols span, depth int, add bool) {
	for i := rows.lo; i < rows.hi; i += e.rows {
		is := span{i, min(i+e.rows, rows.hi)}
		a := &w.a[(i-rows.lo)*depth]
		for j := cols.lo; j < cols.hi; j += e.tileWidth() {
			js := span{j, min(j+e.tileWidth(), cols.hi)}
			vecs := (js.len() + e.lanes - 1) / e.lanes
			b := &w.b[(j-cols.lo)*depth]
			switch {
			case is.len() == e.rows && js.len() == vecs*e.lanes && p.part.covers(is, js):
				e.tiles[vecs-1](depth, a, b, &p.c[i*p.ldc+j], p.ldc, p.alpha, add)
			case !p.part.misses(is, js):
				e.edge(w, p, is, js, depth, a, b, add)
			}
		}
	}
}

// edge computes a tile that reaches over the edge of C or of its triangle.
func (e *engine[T]) edge(w *workspace[T], p *product[T], rows, cols span, depth int, a, b *T, add bool) {
	vecs := (cols.len() + e.lanes - 1) / e.lanes
	width := vecs * e.lanes
	if add {
		for i := rows.lo; i < rows.hi; i++ {
			copy(w.tile[(i-rows.lo)*width:], p.c[i*p.ldc+cols.lo:][:cols.len()])
		}
	}
	e.tiles[vecs-1](depth, a, b, &w.tile[0], width, p.alpha, add)
	for i := rows.lo; i < rows.hi; i++ {
		js := p.part.row(i, cols)
		if js.len() > 0 {
			copy(p.c[i*p.ldc+js.lo:][:js.len()], w.tile[(i-rows.lo)*width+js.lo-cols.lo:])
		}
	}
}
