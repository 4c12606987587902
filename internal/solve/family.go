package solve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"tell/target"
)

// Family is a kind of linear probe.
type Family interface {
	// Fit trains one probe for every split, target and C and hands each to
	// visit. A target gives a label, 0 or 1, for every row of x. Each pair of
	// split and target comes with the values of C in increasing order; the
	// order is otherwise fixed but unspecified.
	Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error
}

// families holds the kinds of probe by the name that a study gives, each with
// the kinds of target that it can be trained on.
var families = []struct {
	name  string
	kinds []target.Kind
	make  func(tol float64, raw bool) Family
}{
	{"logistic", []target.Kind{target.KindBinary}, func(tol float64, raw bool) Family { return Logistic{Tol: tol, Raw: raw} }},
	{"mass-mean", []target.Kind{target.KindBinary}, func(tol float64, raw bool) Family { return MassMean{Tol: tol, Raw: raw} }},
}

// Families returns the names of the kinds of probe.
func Families() []string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.name
	}
	return names
}

// NewFamily returns the kind of probe with the name, for a kind of target. tol
// is the tolerance of its solver, 0 for the default; raw leaves columns
// unstandardised.
func NewFamily(name string, kind target.Kind, tol float64, raw bool) (Family, error) {
	for _, f := range families {
		if f.name != name {
			continue
		}
		if !slices.Contains(f.kinds, kind) {
			return nil, fmt.Errorf("probe kind: a %s probe cannot be trained on a target of kind %s, expected one of %v", name, kind, f.kinds)
		}
		return f.make(tol, raw), nil
	}
	return nil, fmt.Errorf("probe kind: found %q, expected one of %s", name, strings.Join(Families(), ", "))
}

// Split says which rows train a probe.
type Split struct {
	Train []bool
	// Weight is how much every row counts, 0 or more; nil for 1 each. Rows that
	// do not train have none, and a row of weight 0 does not train.
	Weight []float64
}

// in tells whether a row trains.
func (s Split) in(row int) bool { return s.Train[row] && (s.Weight == nil || s.Weight[row] > 0) }

// weight is how much a row counts, 0 for one that does not train.
func (s Split) weight(row int) float64 {
	switch {
	case !s.Train[row]:
		return 0
	case s.Weight == nil:
		return 1
	}
	return s.Weight[row]
}

// checkWeights reports what rows cannot be counted by.
func (s Split) checkWeights(n int) error {
	if s.Weight != nil && len(s.Weight) != n {
		return fmt.Errorf("found %d weights, expected %d, one for each row", len(s.Weight), n)
	}
	for row, w := range s.Weight {
		if !(w >= 0) || math.IsInf(w, 1) {
			return fmt.Errorf("row %d: found weight %v, expected a finite number that is not negative", row, w)
		}
	}
	return nil
}

// weighted tells whether any of the splits weighs its rows.
func weighted(splits []Split) bool {
	return slices.ContainsFunc(splits, func(s Split) bool { return s.Weight != nil })
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
	// Mean and Scale are that standardisation, z = (x - Mean) / Scale.
	Mean, Scale []float64

	Objective float64
	// Excess bounds Objective minus its minimum.
	Excess     float64
	Iterations int
	Status     Status

	// Margin is wᵀx + b for every row, training rows and others. It, Weights,
	// Mean and Scale are only valid until the function that received the Fit
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

func checkTasks(n int, splits []Split, targets [][]float64, C []float64) error {
	for _, c := range C {
		if !(c > 0) || math.IsInf(c, 1) {
			return fmt.Errorf("found C = %v, expected a positive finite number", c)
		}
	}
	for t, y := range targets {
		if len(y) != n {
			return fmt.Errorf("target %d: found %d labels, expected %d, one for each row", t, len(y), n)
		}
		for i, v := range y {
			if v != 0 && v != 1 {
				return fmt.Errorf("target %d, row %d: found label %v, expected 0 or 1", t, i, v)
			}
		}
	}
	for i, s := range splits {
		if len(s.Train) != n {
			return fmt.Errorf("split %d: found %d rows, expected %d", i, len(s.Train), n)
		}
		if err := s.checkWeights(n); err != nil {
			return fmt.Errorf("split %d: %w", i, err)
		}
		for t, y := range targets {
			if err := checkClasses(s, y); err != nil {
				err.Split, err.Target = i, t
				return err
			}
		}
	}
	return nil
}

// checkClasses returns nil when both labels are among the training rows.
func checkClasses(s Split, y []float64) *OneClassError {
	var count [2]int
	for i := range s.Train {
		if s.in(i) {
			count[int(y[i])]++
		}
	}
	switch {
	case count[0] == 0:
		return &OneClassError{Label: 1, N: count[1]}
	case count[1] == 0:
		return &OneClassError{Label: 0, N: count[0]}
	}
	return nil
}

// Targets gives labels as Family.Fit takes them.
func Targets(labels ...[]int) [][]float64 {
	targets := make([][]float64, len(labels))
	for t, y := range labels {
		targets[t] = make([]float64, len(y))
		for i, v := range y {
			targets[t][i] = float64(v)
		}
	}
	return targets
}
