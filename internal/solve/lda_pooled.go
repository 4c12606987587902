package solve

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"

	"tell/internal/kernel"
)

// fitPooled trains all targets of a split with one shrinkage. With A the shrunken
// covariance of all rows, M the classes' means and pi their shares, the covariance
// within classes is A - (1-s) Σ pi M Mᵀ, and so
//
//	within⁻¹ U = A⁻¹U (I - (1-s) UᵀA⁻¹U)⁻¹,  U = M sqrt(pi)
func (l LDA) fitPooled(ctx context.Context, op operator, splits []Split, targets [][]float64, give func(t int, f *Fit)) error {
	shared, err := shareColumns(op, splits)
	if err != nil {
		return err
	}
	var s squares
	for i, split := range splits {
		if err := s.take(op, i, split, shared); err != nil {
			return err
		}
		if err := l.fitSplit(ctx, &s, targets, give); err != nil {
			return err
		}
	}
	return nil
}

// fitSplit trains all targets on the split that s has taken.
func (l LDA) fitSplit(ctx context.Context, s *squares, targets [][]float64, give func(t int, f *Fit)) error {
	m, d := float64(len(s.rows)), s.op.d
	norms := make([]float64, len(s.rows))
	if s.dual {
		for r := range norms {
			norms[r] = s.gram[r*s.size+r]
		}
	} else if err := s.scaled(s.rows, s.root).norms(norms, s.op.x); err != nil {
		return err
	}
	variance := sum(norms) / m / float64(d)
	shrink := min(max(ledoitWolf(dot(s.gram, s.gram), norms, d, variance), 1e-9), 1-1e-9)
	b := ldaBatch{LDA: l, squares: s, rest: 1 - shrink, alpha: shrink * variance * m / (1 - shrink)}
	// In single precision, half the work, where U has columns enough to repay whitening the
	// rows and shrinkage leaves digits to spare. Batches are of about one size, so that
	// all take the same kernels and a permutation that is the target itself ties with it.
	columns := len(targets) * (l.Levels - 1)
	quick := !s.dual && columns >= fewestQuick && shrink > 1e-2
	together := max(1, Together(s.op.n, d)/(l.Levels-1))
	if quick {
		together = max(1, maxSingle/d/(l.Levels-1))
	}
	batches := (len(targets) + together - 1) / together
	b.all = make([]float64, s.op.n*l.Levels)
	for at := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo := at * len(targets) / batches
		b.targets = targets[lo : (at+1)*len(targets)/batches]
		b.countShares()
		multiply := b.multiply
		if quick {
			multiply = b.multiplySingle
		}
		if err := multiply(); err != nil {
			return err
		}
		for t := range b.targets {
			f, left := b.fit(t)
			if quick && left < fewestLeft {
				one := b
				one.targets, one.share = b.targets[t:t+1], b.share[t*l.Levels:(t+1)*l.Levels]
				if err := one.multiply(); err != nil {
					return err
				}
				b.outside = one.outside
				f, _ = one.fit(0)
			}
			give(lo+t, f)
		}
	}
	return nil
}

// fewestQuick is the number of columns of U from which the rows are whitened once for all.
const fewestQuick = 128

// fewestLeft is the share of a spread that classes must leave within them, so that single
// precision tells it: that of a target that the columns give away takes double precision.
const fewestLeft = 0.05

// ldaBatch are targets that are trained together on one split.
type ldaBatch struct {
	LDA
	*squares
	outside     *outside
	rest, alpha float64 // 1-s, and what is added to the products of the standardised columns
	all         []float64

	targets [][]float64
	share   []float64 // of every class of each target among the training rows
	// Of each target all classes but the last, which follows from the others, since
	// Σ sqrt(pi) U = 0. The products are UᵀA⁻¹U of two columns of U, numbered over all
	// targets, and HA⁻¹U of one, with H the rows outside training.
	inner   func(a, c int) float64
	margins func(a int) []float64
}

func (b *ldaBatch) countShares() {
	b.share = make([]float64, len(b.targets)*b.Levels)
	for t, y := range b.targets {
		for _, row := range b.rows {
			b.share[t*b.Levels+int(y[row])] += 1 / float64(len(b.rows))
		}
	}
}

// multiply makes the products from whitened columns of U.
func (b *ldaBatch) multiply() (err error) {
	if !b.factor(b.alpha) {
		return errTooLarge
	}
	if b.outside == nil || b.outside.white == nil {
		if b.outside, err = b.takeOutside(); err != nil {
			return err
		}
	}
	columns, size, m := len(b.targets)*(b.Levels-1), b.size, float64(len(b.rows))
	right, err := b.right(b.classMeans(), columns)
	if err != nil {
		return err
	}
	white := slices.Clone(right)
	b.shift.whiten(white, columns)
	b.inner = func(a, c int) float64 {
		inner := dot(white[a*size:(a+1)*size], white[c*size:(c+1)*size])
		if b.dual { // K(K + alpha I)⁻¹ = I - alpha (K + alpha I)⁻¹
			return (dot(right[a*size:(a+1)*size], right[c*size:(c+1)*size]) - inner) * m / b.rest
		}
		return inner * b.shift.c * m / b.rest
	}
	margins, n := b.outside.margins(b.squares, white, columns), len(b.outside.rows)
	b.margins = func(a int) []float64 {
		scaleTo(margins[a*n:(a+1)*n], m/b.rest, margins[a*n:(a+1)*n])
		return margins[a*n : (a+1)*n]
	}
	return nil
}

// multiplySingle makes the products in single precision from whitened rows: those that
// train are added up by class, and no sum needs a multiplication.
func (b *ldaBatch) multiplySingle() error {
	d, free, m := b.size, b.Levels-1, float64(len(b.rows))
	if !b.factor(b.alpha) {
		return errTooLarge
	}
	full := &b.shift
	f := factor[float32]{m: d, tile: full.tile, upper: make([]float32, d*d), inverted: make([]float32, len(full.inverted))}
	narrow(f.upper, full.upper, 1)
	narrow(f.inverted, full.inverted, 1)
	place := placesOf(b.rows, b.op.n)
	b.outside = new(outside)
	every := make([]int, b.op.n)
	for row := range every {
		every[row] = row
	}
	const height = 256
	columns, which := len(b.targets)*free, make([][]int, b.Levels)
	sums, out, panel := make([]float32, columns*d), make([]float32, 0, (b.op.n-len(b.rows))*d), make([]float32, height*d)
	flush := func(lo, hi int) {
		f.whiten(panel, hi-lo)
		for row := lo; row < hi; row++ {
			if place[row] < 0 {
				b.outside.rows = append(b.outside.rows, row)
				out = append(out, panel[(row-lo)*d:(row-lo+1)*d]...)
			}
		}
		for t, y := range b.targets {
			for c := range which {
				which[c] = which[c][:0]
			}
			for row, v := range y[lo:hi] {
				if place[lo+row] >= 0 {
					which[int(v)] = append(which[int(v)], row)
				}
			}
			kernel.AddRows(sums[t*free*d:(t+1)*free*d], panel, d, which[:free])
		}
	}
	lo := 0
	err := b.scaled(every, slices.Repeat([]float64{1}, b.op.n)).each(b.op.x, func(row int, x []float64) {
		narrow(panel[(row-lo)*d:], x, 1)
		if row+1-lo == height {
			flush(lo, row+1)
			lo = row + 1
		}
	})
	if err != nil {
		return err
	}
	flush(lo, b.op.n)
	n := len(b.outside.rows)
	products := make([]float32, columns*n)
	gemmOf(blas.NoTrans, blas.Trans, columns, n, d, 1, sums, d, out, d, 0, products, n)
	// The part of a class in U, of which the products are with A⁻¹.
	part := func(a int) float64 {
		return 1 / (math.Sqrt(b.share[a/free*b.Levels+a%free]) * m)
	}
	times := b.shift.c * m / b.rest
	b.inner = func(a, c int) float64 {
		return times * part(a) * part(c) * float64(simd.Sdot(d, sums[a*d:], 1, sums[c*d:], 1))
	}
	margin := make([]float64, n)
	b.margins = func(a int) []float64 {
		for i, v := range products[a*n : (a+1)*n] {
			margin[i] = times * part(a) * float64(v)
		}
		return margin
	}
	return nil
}

// fit makes the probe of one target, whose margins are lent until the next, and returns the
// least pivot of within.
func (b *ldaBatch) fit(t int) (*Fit, float64) {
	k, rows := b.Levels, len(b.outside.rows)
	free := k - 1
	pi := b.share[t*k : (t+1)*k]
	inner, ms := make([]float64, k*k), make([]float64, k*rows)
	last := func(c int) float64 { return -math.Sqrt(pi[c] / pi[free]) }
	for a := range free {
		margins := b.margins(t*free + a)
		copy(ms[a*rows:], margins)
		axpy(last(a), margins, ms[free*rows:])
		for c := range a + 1 {
			inner[a*k+c] = b.inner(t*free+a, t*free+c)
			inner[c*k+a] = inner[a*k+c]
		}
	}
	for a := range free {
		for c := range free {
			inner[a*k+free] += last(c) * inner[a*k+c]
		}
		inner[free*k+a] = inner[a*k+free]
		inner[free*k+free] += last(a) * inner[a*k+free]
	}
	ms, intercepts, left := within(ms, inner, pi, b.rest, rows)
	f := &Fit{Split: b.split, Status: Converged, Iterations: 1}
	if b.one {
		axpy(-1, ms[:rows], ms[rows:])
		f.Margin = b.outside.spread(b.all, ms[rows:], 1, b.op.n, []float64{intercepts[1] - intercepts[0]})
	} else {
		f.Margin, f.Intercepts = b.outside.spread(b.all, ms, k, b.op.n, intercepts), intercepts
	}
	return f, left
}

// classMeans gives the rows' parts in U, columns x n: of each class the roots of shares over
// its rows.
func (b *ldaBatch) classMeans() []float64 {
	n, m, free := b.op.n, float64(len(b.rows)), b.Levels-1
	values := make([]float64, len(b.targets)*free*n)
	for t, y := range b.targets {
		for c := range free {
			root := math.Sqrt(b.share[t*b.Levels+c])
			to := values[(t*free+c)*n : (t*free+c+1)*n]
			for _, row := range b.rows {
				if to[row] = -root / m; int(y[row]) == c {
					to[row] += 1 / (root * m)
				}
			}
		}
	}
	return values
}

// within turns A⁻¹U, or the margins that it gives d rows, into those of the classes, and
// returns their intercepts and the least pivot.
func within(w, inner, share []float64, rest float64, d int) (weights, b []float64, least float64) {
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
	least = math.Inf(1)
	for p := range k {
		pivot := a[p*k+p]
		least = min(least, pivot)
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
	return weights, b, least
}
