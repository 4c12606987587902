package probe

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Logistic trains L2-penalised logistic regressions with an unpenalised
// intercept. For labels y in {0, 1}, signs s = 2y-1 and standardised rows z it
// minimises scikit-learn's objective
//
//	f(w, b) = 1/2 wᵀw + C Σ log(1 + exp(-s (wᵀz + b)))
//
// where the sum runs over the training rows of a split and z = (x - mean) /
// scale with the mean and the population standard deviation of those same
// rows (a constant column keeps scale 1, as in scikit-learn's
// StandardScaler).
//
// All splits and targets advance in lockstep: one reading of the matrix serves
// a step of every one of them. Each is a truncated Newton method (Dembo and
// Steihaug 1983) whose inner conjugate gradients are preconditioned by the
// exact Hessian in the leading singular subspace of the data (see sketch).
// The values of C are visited in increasing order, each started from the
// extrapolation of the two before. A column that has converged leaves the
// batch.
//
// The penalty makes f 1-strongly convex in w, so that f - min f is at most
// half the squared norm of the gradient; a fit stops when that bound, with a
// second-order term for the intercept, is at most Tol times f. It is the
// gradient norm that stops a fit and the objective that is known to be right.
type Logistic struct {
	// Tol bounds the relative excess of the objective. Zero means 1e-6.
	Tol float64
	// MaxIter bounds the Newton steps for one C. Zero means 100.
	MaxIter int
	// Raw leaves the columns as they are instead of standardising them.
	Raw bool
}

// Split says which rows train a probe.
type Split struct {
	Train []bool
}

// Status says why a solver stopped.
type Status string

// The reasons to stop.
const (
	Converged Status = "converged"
	// IterationLimit means that MaxIter steps were not enough: raise it, or
	// loosen Tol.
	IterationLimit Status = "iteration limit"
	// Stalled means that rounding allows no further descent.
	Stalled Status = "stalled"
)

// Fit is one trained probe.
type Fit struct {
	Split, Target int     // indices into the splits and targets
	C             float64 // inverse penalty
	CIndex        int     // index into the increasing values of C

	// Weights and Intercept act on the columns as they are stored: the
	// standardisation of the split is folded in.
	Weights   []float64
	Intercept float64

	Objective float64
	// Excess bounds Objective minus its minimum.
	Excess     float64
	Iterations int
	Status     Status

	// Margin is wᵀx + b for every row, training rows and others. It and
	// Weights are only valid until the function that received the Fit
	// returns.
	Margin []float64
}

// OneClassError is a split whose training rows carry a single label.
type OneClassError struct {
	Split, Target int
	Label, N      int
}

func (e *OneClassError) Error() string {
	return fmt.Sprintf("split %d, target %d: found label %d on all %d training rows, expected both labels", e.Split, e.Target, e.Label, e.N)
}

// Fit trains one probe for every split, target and C and hands each to visit,
// for increasing C, then by split, then by target. A target gives a label, 0
// or 1, for every row of x.
func (l Logistic) Fit(ctx context.Context, x Design, splits []Split, targets [][]int, C []float64, visit func(*Fit)) error {
	n, _ := x.Dims()
	if err := checkTasks(n, splits, targets, C); err != nil {
		return err
	}
	s, err := newSolver(x, splits, targets, l)
	if err != nil {
		return err
	}
	grid := slices.Clone(C)
	slices.Sort(grid)
	for i, c := range grid {
		s.start(grid, i)
		if err := s.minimise(ctx, c); err != nil {
			return err
		}
		for j := range s.columns {
			fit := s.fit(j)
			fit.CIndex = i
			visit(fit)
		}
	}
	return nil
}

func (l Logistic) tol() float64 {
	if l.Tol == 0 {
		return 1e-6
	}
	return l.Tol
}

func (l Logistic) maxIter() int {
	if l.MaxIter == 0 {
		return 100
	}
	return l.MaxIter
}

func checkTasks(n int, splits []Split, targets [][]int, C []float64) error {
	for _, c := range C {
		if !(c > 0) || math.IsInf(c, 1) {
			return fmt.Errorf("C: found %v, expected a positive finite number", c)
		}
	}
	for t, y := range targets {
		if len(y) != n {
			return fmt.Errorf("target %d: found %d labels, expected %d, one for each row", t, len(y), n)
		}
		for i, v := range y {
			if v != 0 && v != 1 {
				return fmt.Errorf("target %d, row %d: found label %d, expected 0 or 1", t, i, v)
			}
		}
	}
	for i, s := range splits {
		if len(s.Train) != n {
			return fmt.Errorf("split %d: found %d rows, expected %d", i, len(s.Train), n)
		}
		for t, y := range targets {
			var count [2]int
			for row, in := range s.Train {
				if in {
					count[y[row]]++
				}
			}
			if count[0] == 0 || count[1] == 0 {
				label := 0
				if count[1] > 0 {
					label = 1
				}
				return &OneClassError{Split: i, Target: t, Label: label, N: count[label]}
			}
		}
	}
	return nil
}
