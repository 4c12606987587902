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
	// Levels is the number of classes, 0 for a binary target, whose margin is that of
	// label 1 less that of label 0.
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
	fits := l.fitEach
	if l.Pooled {
		fits = l.fitPooled
	}
	return fits(ctx, op, splits, targets, func(t int, f *Fit) {
		margin := f.Margin
		for k, c := range grid {
			f.Target, f.C, f.CIndex = t, c, k
			visit(f)
			f.Margin = margin
		}
	})
}

// ledoitWolf is the shrinkage of a covariance of m rows of d columns, from the
// squared Frobenius norm of their products, their squared norms, and the mean of the
// variances. It also returns how many times as large its relative error is as that of the
// Frobenius norm squared.
func ledoitWolf(frobenius float64, norms []float64, d int, mean float64) (s, magnified float64) {
	if d == 1 {
		return 0, 0
	}
	m, width := float64(len(norms)), float64(d)
	fourth := 0.0
	for _, q := range norms {
		fourth += q * q
	}
	delta := frobenius / (m * m)
	beta := (fourth/m - delta) / (width * m)
	share := delta / width
	delta = (delta - 2*mean*mean*width + width*mean*mean) / width
	magnified = share/math.Abs(m*beta) + share/delta
	if beta = min(beta, delta); beta == 0 {
		return 0, magnified
	}
	return beta / delta, magnified
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
	s, _ = ledoitWolf(dot(gram, gram), norms, d, mean)
	return s, mean, nil
}

// magnifiedEnough is how many times the rounding of products in single precision, 1e-8 of
// their Frobenius norm, may come back in a shrinkage.
const magnifiedEnough = 10

// shrinkageSingle is shrinkage in single precision; the products are left in gram. It
// reports false where that loses too much.
func shrinkageSingle(gram, rows []float32, d int) (s, mean float64, ok bool) {
	m := len(rows) / d
	norms := make([]float64, m)
	multiplySingle(gram, rows, d)
	frobenius := frobeniusOf(gram, min(m, d))
	for i := range m {
		norms[i] = squared(rows[i*d : (i+1)*d])
	}
	mean = sum(norms) / float64(m) / float64(d)
	s, magnified := ledoitWolf(frobenius, norms, d, mean)
	return s, mean, magnified <= magnifiedEnough
}

// multiplySingle sets the upper triangle of gram to that of the products of rows of d
// columns, or of their columns where these are fewer.
func multiplySingle(gram, rows []float32, d int) {
	if m := len(rows) / d; m <= d {
		syrkOf(blas.NoTrans, m, d, 1, rows, d, 0, gram, m)
	} else {
		syrkOf(blas.Trans, d, m, 1, rows, d, 0, gram, d)
	}
}

// frobeniusOf is the square of the Frobenius norm of a symmetric matrix of which the upper
// triangle is given.
func frobeniusOf(upper []float32, m int) (total float64) {
	for i := range m {
		row := upper[i*m+i : (i+1)*m]
		total += 2*squared(row) - squared(row[:1])
	}
	return total
}

// squared is the sum of the squares of x, in double precision.
func squared(x []float32) float64 { return simd.Dsdot(len(x), x, 1, x, 1) }

// norms sets dst to the squared norm of every row.
func (z scaledRows) norms(dst []float64, x Design) error {
	return z.each(x, func(at int, row []float64) { dst[at] = dot(row, row) })
}
