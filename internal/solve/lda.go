package solve

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"

	"tell/target"
)

// LDA is linear discriminant analysis with the shrinkage of Ledoit and Wolf (2004, J.
// Multivariate Anal. 88), as scikit-learn's with solver "lsqr" and shrinkage "auto":
// the covariance of every class is shrunk on columns standardised within the class,
// and the classes' covariances are averaged by their shares of the training rows. It
// has no penalty to choose: every C gives the same probe.
//
// With fewer rows than columns it works on the products of the rows.
type LDA struct {
	// Raw only concerns the standardisation that is reported: the method sees
	// columns in units of their own spread.
	Raw bool
	// Levels is the number of classes, 0 and 2 for a binary target, whose margin is
	// that of label 1 less that of label 0.
	Levels int
	// Pooled takes one shrinkage from all training rows, whatever their classes, so
	// that all targets of a split share the products of its rows and their factor.
	// It gives the margins of rows outside training alone and no weights. It is not
	// scikit-learn's; permutation tests are made with it.
	Pooled bool

	one bool // margin, of a binary target
}

var ldaFamily = definition{
	name: "lda", kinds: []target.Kind{target.KindBinary, target.KindClass},
	make: func(kind target.Kind, o Options) Family {
		if kind == target.KindBinary {
			return LDA{Raw: o.Raw, Levels: 2, one: true}
		}
		return LDA{Raw: o.Raw, Levels: o.Levels}
	},
	grid: []float64{1}, bytes: squaresBytes,
}

func (l LDA) forPermutations() Family {
	l.Pooled = true
	return l
}

// Fit implements Family.
func (l LDA) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	n, d := x.Dims()
	if l.Levels == 0 {
		l.Levels, l.one = 2, true
	}
	check := checkTasks(n, splits, targets, C)
	if !l.one {
		check = checkLevels(n, splits, targets, C, l.Levels)
	}
	if check != nil {
		return check
	}
	if weighted(splits) {
		return errors.New("linear discriminant analysis takes no row weights; leave them out or train another family")
	}
	grid := slices.Sorted(slices.Values(C))
	sc, err := newScaling(x, splits, l.Raw)
	if err != nil {
		return err
	}
	op := operator{x: x, n: n, d: d, scale: sc}
	if l.Pooled && l.Raw {
		if op.scale, err = standardise(x, splits); err != nil {
			return err
		}
	}
	var space ldaSpace
	fits := l.fitEach
	if l.Pooled {
		fits = l.fitPooled
		if space.shared, err = shareColumns(op, splits); err != nil {
			return err
		}
	}
	for i, s := range splits {
		err := fits(ctx, &space, op, i, s, targets, func(t int, f *Fit) {
			margin := f.Margin
			for k, c := range grid {
				f.Target, f.C, f.CIndex = t, c, k
				visit(f)
				f.Margin = margin
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// result lays out a probe from the weights of every class on the standardised columns
// and its intercept.
func (l LDA) result(op operator, split int, w, b []float64) (*Fit, error) {
	d := op.d
	if l.one {
		difference := make([]float64, d)
		for j := range difference {
			difference[j] = w[d+j] - w[j]
		}
		w, b = difference, []float64{b[1] - b[0]}
	}
	k := len(b)
	mean, scale := op.scale.of(split, d)
	f := &Fit{Split: split, Status: Converged, Iterations: 1, Mean: mean, Scale: scale, Weights: make([]float64, k*d), Margin: make([]float64, k*op.n), Intercepts: make([]float64, k)}
	if err := op.forward(f.Margin, slices.Repeat([]int{split}, k), rowsOf(w, k, d)); err != nil {
		return nil, err
	}
	for c := range k {
		f.Intercepts[c] = b[c] + divide(f.Weights[c*d:(c+1)*d], w[c*d:(c+1)*d], scale, mean)
		for i := range op.n {
			f.Margin[c*op.n+i] += b[c]
		}
	}
	if l.one {
		f.Intercept, f.Intercepts = f.Intercepts[0], nil
	}
	return f, nil
}

// ledoitWolf is the shrinkage of a covariance of m rows of d columns, from the
// squared Frobenius norm of their products, their squared norms, and the mean of the
// variances.
func ledoitWolf(frobenius float64, norms []float64, d int, mean float64) float64 {
	if d == 1 {
		return 0
	}
	m, width := float64(len(norms)), float64(d)
	fourth := 0.0
	for _, q := range norms {
		fourth += q * q
	}
	delta := frobenius / (m * m)
	beta := (fourth/m - delta) / (width * m)
	delta = (delta - 2*mean*mean*width + width*mean*mean) / width
	if beta = min(beta, delta); beta == 0 {
		return 0
	}
	return beta / delta
}

// shrinkage is that of rows, with the mean of their variances.
func shrinkage(z scaledRows, x Design) (s, mean float64, err error) {
	_, d := x.Dims()
	m := len(z.rows)
	size := min(m, d)
	gram, norms := make([]float64, size*size), make([]float64, m)
	if m <= d {
		if err := z.multiplyRows(gram, x); err != nil {
			return 0, 0, err
		}
		for i := range m {
			norms[i] = gram[i*m+i]
		}
	} else {
		if err := z.multiplyColumns(gram, x); err != nil {
			return 0, 0, err
		}
		if err := z.norms(norms, x); err != nil {
			return 0, 0, err
		}
	}
	mirror(gram, size)
	mean = sum(norms) / float64(m) / float64(d)
	return ledoitWolf(dot(gram, gram), norms, d, mean), mean, nil
}

// norms sets dst to the squared norm of every row.
func (z scaledRows) norms(dst []float64, x Design) error {
	return z.each(x, func(at int, row []float64) { dst[at] = dot(row, row) })
}

// fitEach trains target by target: with C the classes, their shares pi, shrinkages s
// and spreads D, the covariance is
//
//	Σ pi (1-s) S + E,  E = diag Σ pi s mu D²
//
// of which the first part has the rows as its factors.
func (l LDA) fitEach(ctx context.Context, space *ldaSpace, op operator, i int, split Split, targets [][]float64, give func(t int, f *Fit)) error {
	for t, y := range targets {
		if err := ctx.Err(); err != nil {
			return err
		}
		w, b, err := l.fitOne(space, op, i, split, y)
		if err != nil {
			return err
		}
		f, err := l.result(op, i, w, b)
		if err != nil {
			return err
		}
		give(t, f)
	}
	return nil
}

// ldaSpace is what one split after the other works in.
type ldaSpace struct {
	gram   []float64
	factor shifted
	pooled squares
	shared *shared
}

func (l LDA) fitOne(space *ldaSpace, op operator, i int, split Split, y []float64) (w, b []float64, err error) {
	k, d := l.Levels, op.d
	classes := make([]Split, k)
	of := make([][]int, k)
	for c := range classes {
		classes[c].Train = make([]bool, op.n)
	}
	var rows, class []int
	for row, in := range split.Train {
		if in {
			c := int(y[row])
			classes[c].Train[row] = true
			of[c] = append(of[c], row)
			rows, class = append(rows, row), append(class, c)
		}
	}
	sc, err := standardise(op.x, classes)
	if err != nil {
		return nil, nil, err
	}
	m := float64(len(rows))
	spread, part := make([]float64, d), make([]float64, k)
	shrink, variance := make([]float64, k), make([]float64, k)
	err = eachAtOnce(part, func(c int) (err error) {
		mean, scale := sc.of(c, d)
		z := scaledRows{of[c], slices.Repeat([]float64{1}, len(of[c])), func(int) []float64 { return mean }, scale, nil}
		shrink[c], variance[c], err = shrinkage(z, op.x)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for c := range k {
		_, scale := sc.of(c, d)
		share := float64(len(of[c])) / m
		part[c] = math.Sqrt(share * (1 - shrink[c]) / float64(len(of[c])))
		for j, v := range scale {
			spread[j] += share * max(shrink[c]*variance[c], 1e-12) * v * v
		}
	}
	for j := range spread {
		spread[j] = math.Sqrt(spread[j])
	}
	z := scaledRows{rows, make([]float64, len(rows)), func(at int) []float64 {
		mean, _ := sc.of(class[at], d)
		return mean
	}, spread, nil}
	for at, c := range class {
		z.root[at] = part[c]
	}
	// The means of the classes less that of all rows, over the spread.
	all, _ := op.scale.of(i, d)
	v := make([]float64, k*d)
	for c := range k {
		mean, _ := sc.of(c, d)
		for j := range d {
			v[c*d+j] = (mean[j] - all[j]) / spread[j]
		}
	}
	solved, err := z.solve(space, op.x, v, k)
	if err != nil {
		return nil, nil, err
	}
	_, scale := op.scale.of(i, d)
	b = make([]float64, k)
	for c := range k {
		b[c] = math.Log(float64(len(of[c]))/m) - dot(v[c*d:(c+1)*d], solved[c*d:(c+1)*d])/2
		for j := range d {
			solved[c*d+j] *= scale[j] / spread[j]
		}
	}
	return solved, b, nil
}

var errTooLarge = errors.New("found numbers too large to square, expected columns of a magnitude below 1e150")

// solve returns (I + ZᵀZ)⁻¹ v for k vectors.
func (z scaledRows) solve(space *ldaSpace, x Design, v []float64, k int) ([]float64, error) {
	_, d := x.Dims()
	m := len(z.rows)
	factor := &space.factor
	size := min(m, d)
	space.gram = grow(space.gram, size*size)
	gram := space.gram
	if d <= m {
		if err := z.multiplyColumns(gram, x); err != nil {
			return nil, err
		}
		solved := slices.Clone(v)
		if !factor.makeAtOnce(gram, d, d, 1) {
			return nil, errTooLarge
		}
		factor.solve(solved, k)
		return solved, nil
	}
	if err := z.multiplyRows(gram, x); err != nil {
		return nil, err
	}
	if !factor.makeAtOnce(gram, m, m, 1) {
		return nil, errTooLarge
	}
	// (I + ZᵀZ)⁻¹ = I - Zᵀ(I + ZZᵀ)⁻¹Z.
	image := make([]float64, k*m)
	err := z.each(x, func(at int, row []float64) {
		for c := range k {
			image[c*m+at] = dot(row, v[c*d:(c+1)*d])
		}
	})
	if err != nil {
		return nil, err
	}
	factor.solve(image, k)
	solved := slices.Clone(v)
	err = z.each(x, func(at int, row []float64) {
		for c := range k {
			axpy(-image[c*m+at], row, solved[c*d:(c+1)*d])
		}
	})
	return solved, err
}

// fitPooled trains all targets of a split with one shrinkage. With A the shrunken
// covariance of all rows, M the classes' means and pi their shares, the covariance
// within classes is A - (1-s) Σ pi M Mᵀ, and so
//
//	within⁻¹ U = A⁻¹U (I - (1-s) UᵀA⁻¹U)⁻¹,  U = M sqrt(pi)
func (l LDA) fitPooled(ctx context.Context, space *ldaSpace, op operator, i int, split Split, targets [][]float64, give func(t int, f *Fit)) error {
	s := &space.pooled
	if err := s.take(op, i, split, space.shared); err != nil {
		return err
	}
	mean, scale := op.scale.of(i, op.d)
	m, d, k := float64(len(s.rows)), op.d, l.Levels
	norms := make([]float64, len(s.rows))
	if s.dual {
		for r := range norms {
			norms[r] = s.gram[r*s.size+r]
		}
	} else {
		z := scaledRows{s.rows, s.root, func(int) []float64 { return mean }, scale, nil}
		if err := z.norms(norms, op.x); err != nil {
			return err
		}
	}
	variance := sum(norms) / m / float64(d)
	shrink := min(max(ledoitWolf(dot(s.gram, s.gram), norms, d, variance), 1e-9), 1-1e-9)
	alpha := shrink * variance * m / (1 - shrink)
	if !s.factor(alpha) {
		return errTooLarge
	}
	o, err := s.takeOutside()
	if err != nil {
		return err
	}
	// The last class follows from the others, since Σ sqrt(pi) U = 0.
	free := k - 1
	// In single precision, half the work, where there are columns enough to repay whitening
	// the rows and shrinkage leaves digits to spare. Batches are of about one size, so that
	// all take the same kernels and a permutation that is the target itself ties with it.
	var quick []float32
	if !s.dual && len(targets)*free >= fewestQuick && shrink > 1e-3 && len(s.rows)*d <= maxSingle {
		if quick, err = s.whiteRows(); err != nil {
			return err
		}
	}
	together := max(1, Together(op.n, d)/free)
	batches := (len(targets) + together - 1) / together
	for at := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo := at * len(targets) / batches
		batch := targets[lo : (at+1)*len(targets)/batches]
		columns := len(batch) * free
		share := l.shares(s, batch)
		var white, right []float64
		if quick != nil {
			white = l.quickMeans(s, batch, share, quick)
		} else {
			if right, err = s.right(l.classMeans(s, batch, share), columns); err != nil {
				return err
			}
			white = slices.Clone(right)
			s.shift.whiten(white, columns)
		}
		// product is UᵀA⁻¹U of two columns.
		product := func(a, c int) float64 {
			inner := dot(white[a*s.size:(a+1)*s.size], white[c*s.size:(c+1)*s.size])
			if s.dual { // K(K + alpha I)⁻¹ = I - alpha (K + alpha I)⁻¹
				return (dot(right[a*s.size:(a+1)*s.size], right[c*s.size:(c+1)*s.size]) - inner) * m / (1 - shrink)
			}
			return inner * s.shift.c * m / (1 - shrink)
		}
		margins, rows := o.margins(s, white, columns), len(o.rows)
		for t := range batch {
			pi := share[t*k : (t+1)*k]
			inner, ms := make([]float64, k*k), make([]float64, k*rows)
			last := func(c int) float64 { return -math.Sqrt(pi[c] / pi[free]) }
			for a := range free {
				at := t*free + a
				axpy(m/(1-shrink), margins[at*rows:(at+1)*rows], ms[a*rows:(a+1)*rows])
				axpy(last(a), ms[a*rows:(a+1)*rows], ms[free*rows:])
				for c := range free {
					inner[a*k+c] = product(at, t*free+c)
					inner[a*k+free] += last(c) * inner[a*k+c]
				}
				inner[free*k+a] = inner[a*k+free]
				inner[free*k+free] += last(a) * inner[a*k+free]
			}
			ms, b := within(ms, inner, pi, 1-shrink, rows)
			f := &Fit{Split: i, Status: Converged, Iterations: 1}
			if l.one {
				axpy(-1, ms[:rows], ms[rows:])
				f.Margin = o.spread(ms[rows:], 1, op.n, []float64{b[1] - b[0]})
			} else {
				f.Margin, f.Intercepts = o.spread(ms, k, op.n, b), b
			}
			give(lo+t, f)
		}
	}
	return nil
}

// fewestQuick is the number of columns from which the rows are whitened once for all.
const fewestQuick = 128

// whiteRows returns the training rows whitened, in single precision.
func (s *squares) whiteRows() ([]float32, error) {
	const height = 256
	d := s.size
	mean, scale := s.op.scale.of(s.split, d)
	white := make([]float32, 0, len(s.rows)*d)
	panel := make([]float64, 0, min(height, len(s.rows))*d)
	flush := func() {
		s.shift.whiten(panel, len(panel)/d)
		for _, v := range panel {
			white = append(white, float32(v))
		}
		panel = panel[:0]
	}
	z := scaledRows{s.rows, s.root, func(int) []float64 { return mean }, scale, nil}
	err := z.each(s.op.x, func(_ int, row []float64) {
		if panel = append(panel, row...); len(panel) == cap(panel) {
			flush()
		}
	})
	flush()
	return white, err
}

// shares gives the shares of the classes among the training rows.
func (l LDA) shares(s *squares, batch [][]float64) []float64 {
	share := make([]float64, len(batch)*l.Levels)
	for t, y := range batch {
		for _, row := range s.rows {
			share[t*l.Levels+int(y[row])] += 1 / float64(len(s.rows))
		}
	}
	return share
}

// classMeans gives the rows' parts in U of all classes but the last, columns x n: of each
// class the roots of shares over its rows.
func (l LDA) classMeans(s *squares, batch [][]float64, share []float64) []float64 {
	n, m, k := s.op.n, float64(len(s.rows)), l.Levels
	free := k - 1
	values := make([]float64, len(batch)*free*n)
	for t, y := range batch {
		for c := range free {
			root := math.Sqrt(share[t*k+c])
			to := values[(t*free+c)*n : (t*free+c+1)*n]
			for _, row := range s.rows {
				if to[row] = -root / m; int(y[row]) == c {
					to[row] += 1 / (root * m)
				}
			}
		}
	}
	return values
}

// quickMeans gives U whitened, from the whitened rows, whose sum is 0.
func (l LDA) quickMeans(s *squares, batch [][]float64, share []float64, rows []float32) []float64 {
	m, d, k := len(s.rows), s.size, l.Levels
	free := k - 1
	columns := len(batch) * free
	parts, product := make([]float32, columns*m), make([]float32, columns*d)
	for t, y := range batch {
		for i, row := range s.rows {
			if c := int(y[row]); c < free {
				parts[(t*free+c)*m+i] = float32(1 / (math.Sqrt(share[t*k+c]) * float64(m)))
			}
		}
	}
	gemm32(blas.NoTrans, blas.NoTrans, 1, general32(columns, m, m, parts), general32(m, d, d, rows), 0, general32(columns, d, d, product))
	white := make([]float64, columns*d)
	for i, v := range product {
		white[i] = float64(v)
	}
	return white
}

// within turns A⁻¹U, or the margins that it gives d rows, into those of the classes, and
// returns their intercepts.
func within(w, inner, share []float64, rest float64, d int) (weights, b []float64) {
	k := len(share)
	// Solve (I - rest inner) by Gauss-Jordan; it is symmetric and positive definite.
	a := make([]float64, k*k)
	inverse := make([]float64, k*k)
	for i := range k {
		for j := range k {
			a[i*k+j] = -rest * inner[i*k+j]
		}
		a[i*k+i]++
		inverse[i*k+i] = 1
	}
	for p := range k {
		pivot := a[p*k+p]
		for j := range k {
			a[p*k+j] /= pivot
			inverse[p*k+j] /= pivot
		}
		for i := range k {
			if f := a[i*k+p]; i != p {
				for j := range k {
					a[i*k+j] -= f * a[p*k+j]
					inverse[i*k+j] -= f * inverse[p*k+j]
				}
			}
		}
	}
	weights, b = make([]float64, k*d), make([]float64, k)
	for c := range k {
		root := math.Sqrt(share[c])
		square := 0.0 // meanᵀ within⁻¹ mean
		for j := range k {
			axpy(inverse[j*k+c]/root, w[j*d:(j+1)*d], weights[c*d:(c+1)*d])
			square += inner[c*k+j] * inverse[j*k+c]
		}
		b[c] = math.Log(share[c]) - square/share[c]/2
	}
	return weights, b
}
