package solve

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
)

// fitPooled trains all targets of a split with one shrinkage. With A the shrunken
// covariance of all rows, M the classes' means and pi their shares, the covariance
// within classes is A - (1-s) Σ pi M Mᵀ, and so
//
//	within⁻¹ U = A⁻¹U (I - (1-s) UᵀA⁻¹U)⁻¹,  U = M sqrt(pi)
func (l LDA) fitPooled(ctx context.Context, op operator, splits []Split, targets [][]float64, give func(t int, f *Fit)) error {
	b := ldaBatch{LDA: l, squares: new(squares), all: make([]float64, op.n*l.Levels)}
	b.shared = sync.OnceValues(func() (*shared, error) { return shareColumns(op, splits) })
	for i, split := range splits {
		b.op, b.split, b.rows, b.outside = op, i, split.rows(), nil
		if err := b.fitSplit(ctx, split, targets, give); err != nil {
			return err
		}
	}
	return nil
}

// fitSplit trains all targets on a split.
func (b *ldaBatch) fitSplit(ctx context.Context, split Split, targets [][]float64, give func(t int, f *Fit)) error {
	// Batches are of about one size, so that all take the same kernels and a permutation that
	// is the target itself ties with it.
	n, d, free := b.op.n, b.op.d, b.Levels-1
	multiply, together := b.multiply, max(1, Together(n, d)/free)
	quick, err := b.takeSingle(split, len(targets)*free)
	if err == nil && !quick {
		err = b.takeDouble(split)
	}
	if err != nil {
		return err
	}
	if quick {
		multiply, together = b.multiplySingle, max(1, maxSingle/d/free)
	}
	batches := (len(targets) + together - 1) / together
	for at := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo := at * len(targets) / batches
		b.targets = targets[lo : (at+1)*len(targets)/batches]
		b.countShares()
		if err := multiply(); err != nil {
			return err
		}
		for t := range b.targets {
			f, left := b.fit(t)
			if quick && left < fewestLeft {
				one := *b
				one.targets, one.share = b.targets[t:t+1], b.share[t*b.Levels:(t+1)*b.Levels]
				if err := one.multiplySettled(split); err != nil {
					return err
				}
				f, _ = one.fit(0)
			}
			give(lo+t, f)
		}
	}
	return nil
}

// takeDouble takes the products of a split's rows or columns, and their shrinkage.
func (b *ldaBatch) takeDouble(split Split) error {
	shared, err := b.shared()
	if err != nil {
		return err
	}
	if err := b.take(b.op, b.split, split, shared); err != nil {
		return err
	}
	norms := make([]float64, len(b.rows))
	if b.dual {
		for r := range norms {
			norms[r] = b.gram[r*b.size+r]
		}
	} else if err := b.scaled(b.rows, b.root).norms(norms, b.op.x); err != nil {
		return err
	}
	variance := sum(norms) / float64(len(b.rows)) / float64(b.op.d)
	s, _ := ledoitWolf(dot(b.gram, b.gram), norms, b.op.d, variance)
	b.shrink(s, variance)
	return nil
}

// shrink sets rest and alpha. Where all columns are constant any alpha does.
func (b *ldaBatch) shrink(s, variance float64) {
	s = min(max(s, 1e-9), 1-1e-9)
	b.rest, b.alpha = 1-s, cmp.Or(s*variance*float64(len(b.rows))/(1-s), 1)
}

// ldaBatch are targets that are trained together on one split.
type ldaBatch struct {
	LDA
	*squares
	shared      func() (*shared, error)
	white       whitened
	outside     *outside
	rest, alpha float64   // 1-s, and what is added to the products of the standardised columns
	made, all   []float64 // margins of a target, of the rows outside and of all

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

// fit makes the probe of one target, whose margins are lent until the next, and returns the
// least pivot of within.
func (b *ldaBatch) fit(t int) (*Fit, float64) {
	k, rows := b.Levels, len(b.outside.rows)
	free := k - 1
	pi := b.share[t*k : (t+1)*k]
	inner := make([]float64, k*k)
	last := func(c int) float64 { return -math.Sqrt(pi[c] / pi[free]) }
	for a := range free {
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
	of, intercepts, left := within(inner, pi, b.rest)
	if b.one {
		of, intercepts = difference(of), []float64{intercepts[1] - intercepts[0]}
	}
	outputs := len(intercepts)
	b.made = grow(b.made, outputs*rows)
	clear(b.made)
	for a := range free {
		margins := b.margins(t*free + a)
		for c := range outputs {
			axpy(of[c*k+a]+last(a)*of[c*k+free], margins, b.made[c*rows:(c+1)*rows])
		}
	}
	f := &Fit{Split: b.split, Status: Converged, Iterations: 1}
	f.Margin = b.outside.spread(b.all, b.made, outputs, b.op.n, intercepts)
	if !b.one {
		f.Intercepts = intercepts
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

// within returns, for every class, what A⁻¹U or the margins that it gives are multiplied by
// and added up to the class's, its intercept, and the least pivot of all.
func within(inner, share []float64, rest float64) (of, b []float64, least float64) {
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
	of, b = make([]float64, k*k), make([]float64, k)
	for c := range k {
		root := math.Sqrt(share[c])
		square := 0.0 // meanᵀ within⁻¹ mean
		for j := range k {
			of[c*k+j] = inverse[j*k+c] / root
			square += inner[c*k+j] * inverse[j*k+c]
		}
		b[c] = math.Log(share[c]) - square/share[c]/2
	}
	return of, b, least
}
