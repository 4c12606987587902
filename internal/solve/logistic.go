package solve

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Logistic trains L2-penalised logistic regressions with an unpenalised
// intercept. For labels y in {0, 1}, signs s = 2y-1 and standardised rows z it
// minimises scikit-learn's objective
//
//	f(w, b) = 1/2 wᵀw + C Σ v log(1 + exp(-s (wᵀz + b)))
//
// where the sum runs over the training rows of a split and z = (x - mean) /
// scale with the mean and the population standard deviation of those same
// rows (a constant column keeps scale 1, as in scikit-learn's
// StandardScaler). v is the row's weight, 1 unless the split gives weights; they
// count in the mean and the standard deviation as well, so that a whole weight
// is as many copies of the row. In scikit-learn that is sample_weight, given to
// StandardScaler and to LogisticRegression.
//
// All splits and targets advance in lockstep: one reading of the matrix serves
// a step of every one of them. Each is a truncated Newton method (Dembo and
// Steihaug 1983) whose inner conjugate gradients are preconditioned by the
// exact Hessian in the leading singular subspace of the data (see sketch), and
// multiply by the matrix in single precision while that is enough; gradients,
// margins and objectives are those of double precision. A matrix of up to 64
// MiB in single precision is read for two halves of the splits at a time, side
// by side. Many targets on no more rows than columns, or any number on far
// fewer rows, are trained on the Gram matrix of the rows instead (see dual), to
// the same optimum; permutations in single precision until they are near it (see
// dualSingle). Weighted splits never are: each has a standardisation of
// its own, so that no two would share a Gram matrix. Few targets on fewer rows than
// columns are stepped by one Gram matrix that all splits share (see wide).
//
// The values of C are visited in increasing order, each started from the
// extrapolation of the two before. A column that has converged leaves the
// batch.
//
// The penalty makes f 1-strongly convex in w, so that f - min f is at most
// half the squared norm of the gradient; a fit stops when that bound, with a
// second-order term for the intercept, is at most Tol times f. The test
// is on the norm of the gradient; the guarantee is on the objective.
type Logistic struct {
	// Tol bounds the relative excess of the objective. Zero means 1e-8.
	Tol float64
	// MaxIter bounds the Newton steps for one C. Zero means 100.
	MaxIter int
	// Raw leaves the columns as they are instead of standardising them.
	Raw bool

	outside bool // margins of rows outside training alone
}

// forPermutations implements permutable.
func (l Logistic) forPermutations() Family {
	l.outside = true
	return l
}

// Columns that advance together share readings of the matrix, and each holds a
// few vectors of the matrix's two lengths.
const (
	maxColumns = 256
	maxNumbers = 1 << 22 // columns x (rows + columns of the matrix)
)

// targetsTogether is the number of targets, at least one, whose columns for all
// splits make a batch.
func targetsTogether(n, d, splits int) int {
	return max(1, Together(n, d)/splits)
}

// Together is how many probes of an n x d matrix are best trained in one call:
// more take memory and gain nothing.
func Together(n, d int) int { return max(1, min(maxColumns, maxNumbers/(n+d))) }

// Fit implements Family.
func (l Logistic) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	n, d := x.Dims()
	if err := checkTasks(n, splits, targets, C); err != nil {
		return err
	}
	grid := slices.Clone(C)
	slices.Sort(grid)
	if suitsDual(n, d, len(targets)) && !weighted(splits) {
		return l.fitDual(ctx, x, splits, targets, grid, visit)
	}
	if suitsWide(n, d, len(splits)*len(targets)*len(grid)) {
		return l.fitWide(ctx, x, splits, targets, grid, visit)
	}
	return l.fitPrimal(ctx, x, splits, targets, grid, visit)
}

func (l Logistic) fitPrimal(ctx context.Context, x Design, splits []Split, targets [][]float64, grid []float64, visit func(*Fit)) error {
	if len(splits) == 0 || len(targets) == 0 {
		return nil
	}
	s, err := newPrimal(x, splits, l)
	if err != nil {
		return err
	}
	together := targetsTogether(s.n, s.d, len(splits))
	for lo := 0; lo < len(targets); lo += together {
		var batches []*newton
		for _, share := range sharesOf(len(splits), s.n, s.d) {
			space := s.twin()
			columns := space.begin(splits, share, targets, lo, min(lo+together, len(targets)))
			batches = append(batches, &newton{Logistic: l, space: space, columns: columns})
		}
		for i, c := range grid {
			if err := minimiseAll(ctx, batches, grid, i); err != nil {
				return err
			}
			for _, batch := range batches {
				for _, col := range batch.columns {
					f := s.fit(col)
					f.C, f.CIndex = c, i
					visit(f)
				}
			}
		}
	}
	return nil
}

// minimiseAll brings every batch to its optimum at grid[i].
func minimiseAll(ctx context.Context, batches []*newton, grid []float64, i int) error {
	return eachAtOnce(batches, func(k int) error {
		batches[k].start(grid, i)
		return batches[k].minimise(ctx, grid[i])
	})
}

// eachAtOnce calls do for every index of s, side by side.
func eachAtOnce[T any](s []T, do func(k int) error) error {
	var g errgroup.Group
	for k := range s {
		g.Go(func() error { return do(k) })
	}
	return g.Wait()
}

// fit returns what is known of a column's probe whatever its space.
func (c *column) fit() *Fit {
	return &Fit{Split: c.split, Target: c.target, Objective: c.objective, Excess: c.excess, Iterations: c.iterations, Status: c.status}
}

func (l Logistic) tol() float64 {
	if l.Tol == 0 {
		return 1e-8
	}
	return l.Tol
}

func (l Logistic) maxIter() int {
	if l.MaxIter == 0 {
		return 100
	}
	return l.MaxIter
}
