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
	// visit. A target gives the value of every row of x: a label 0 or 1, the
	// number of a level, a number or a share, as the kind of target has it. Each
	// pair of split and target comes with the values of C in increasing order; the
	// order is otherwise fixed but unspecified.
	Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error
}

// Options are what a family is made with.
type Options struct {
	// Tol is the tolerance of the solver, 0 for the default. Raw leaves columns
	// unstandardised.
	Tol float64
	Raw bool
	// Levels is the number of levels of a class or ordinal target.
	Levels int
	// Coordinates is how many columns a sparse probe reads, 0 for the default.
	// Random draws them instead of choosing them, from Seed.
	Coordinates int
	Random      bool
	Seed        uint64
}

// definition is a kind of probe.
type definition struct {
	name  string
	kinds []target.Kind // of target that it can be trained on
	make  func(kind target.Kind, o Options) Family
	// grid are the values of C to choose from where nothing else is said, nil
	// for those of the logistic probe.
	grid []float64
	// bytes is what it works in, nil where that is no more than the logistic probe.
	bytes func(Problem) int64
}

// families holds the kinds of probe by the name that a study gives: a file of
// this package and a line here.
var families = []definition{
	logisticFamily,
	massMeanFamily,
	ridgeFamily,
	multinomialFamily,
	cumulativeFamily,
	shareFamily,
	ldaFamily,
	kSparseFamily,
}

var binaryOnly = []target.Kind{target.KindBinary}

var logisticFamily = definition{name: "logistic", kinds: binaryOnly,
	make: func(_ target.Kind, o Options) Family { return Logistic{Tol: o.Tol, Raw: o.Raw} }}

var massMeanFamily = definition{name: "mass-mean", kinds: binaryOnly,
	make: func(_ target.Kind, o Options) Family { return MassMean{Tol: o.Tol, Raw: o.Raw} }}

// Families returns the names of the kinds of probe.
func Families() []string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.name
	}
	return names
}

// FamiliesFor returns the names of the kinds of probe that can be trained on a
// kind of target, the default one first.
func FamiliesFor(kind target.Kind) []string {
	var names []string
	for _, f := range families {
		if slices.Contains(f.kinds, kind) {
			names = append(names, f.name)
		}
	}
	return names
}

// Grid returns the inverse penalties that a kind of probe chooses from by default,
// nil where it has no list of its own.
func Grid(name string) []float64 {
	for _, f := range families {
		if f.name == name {
			return slices.Clone(f.grid)
		}
	}
	return nil
}

// NewFamily returns the kind of probe with the name, for a kind of target.
func NewFamily(name string, kind target.Kind, o Options) (Family, error) {
	for _, f := range families {
		if f.name != name {
			continue
		}
		if !slices.Contains(f.kinds, kind) {
			return nil, fmt.Errorf("probe kind: a %s probe cannot be trained on a target of kind %s, expected a target of kind %s, or probe kind %s",
				name, kind, or(f.kinds), or(FamiliesFor(kind)))
		}
		return f.make(kind, o), nil
	}
	return nil, fmt.Errorf("probe kind: found %q, expected one of %s", name, strings.Join(Families(), ", "))
}

func or[T ~string](names []T) string {
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteString(" or ")
		}
		b.WriteString(string(n))
	}
	return b.String()
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

// rows are those that train.
func (s Split) rows() []int {
	var rows []int
	for row := range s.Train {
		if s.in(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// allRows trains on every row.
func allRows(n int) Split { return Split{Train: slices.Repeat([]bool{true}, n)} }

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
	// standardisation of the split is folded in. Where a probe has an output for
	// each class, Weights holds those of one class after the other, and
	// Intercepts one number for each.
	Weights    []float64
	Intercept  float64
	Intercepts []float64
	// Cuts are the ascending cut points of a probe for ordered levels, whose
	// intercept is 0: P(level <= k) = 1/(1+exp(-(Cuts[k] - margin))).
	Cuts []float64
	// Mean and Scale are that standardisation, z = (x - Mean) / Scale.
	Mean, Scale []float64

	Objective float64
	// Excess bounds Objective minus its minimum.
	Excess     float64
	Iterations int
	Status     Status

	// Margin is wᵀx + b for every row, training rows and others; of several
	// outputs, first those of all rows of the first. It, Weights, Mean and Scale
	// are only valid until the function that received the Fit returns.
	Margin []float64
}

// Outputs is the number of margins of a row.
func (f *Fit) Outputs() int { return max(1, len(f.Intercepts)) }

// OneClassError is a split whose training rows carry a single label.
type OneClassError struct {
	Split, Target int
	Label, N      int
}

func (e *OneClassError) Error() string {
	return fmt.Sprintf("split %d, target %d: found label %d on all %d training rows, expected both labels", e.Split, e.Target, e.Label, e.N)
}

// checkTasks is checkGrid and checkSplits for targets of labels 0 and 1, both
// of which every split must hold.
func checkTasks(n int, splits []Split, targets [][]float64, C []float64) error {
	err := checkValues(n, targets, C, func(v float64) string {
		if v != 0 && v != 1 {
			return "0 or 1"
		}
		return ""
	})
	if err != nil {
		return err
	}
	return checkSplits(n, splits, targets, func(s Split, y []float64) error {
		if err := checkClasses(s, y); err != nil {
			return err
		}
		return nil
	})
}

// checkValues reports a penalty that is none, and the first value that is not
// what is expected, "" where it is.
func checkValues(n int, targets [][]float64, C []float64, expected func(v float64) string) error {
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
			if want := expected(v); want != "" {
				return fmt.Errorf("target %d, row %d: found label %v, expected %s", t, i, v, want)
			}
		}
	}
	return nil
}

// checkSplits reports splits that do not fit the rows, and what determined says
// of the training rows of a split and a target.
func checkSplits(n int, splits []Split, targets [][]float64, determined func(s Split, y []float64) error) error {
	for i, s := range splits {
		if len(s.Train) != n {
			return fmt.Errorf("split %d: found %d rows, expected %d", i, len(s.Train), n)
		}
		if err := s.checkWeights(n); err != nil {
			return fmt.Errorf("split %d: %w", i, err)
		}
		for t, y := range targets {
			err := determined(s, y)
			if e, ok := err.(*OneClassError); ok {
				e.Split, e.Target = i, t
				return e
			}
			if err != nil {
				return fmt.Errorf("split %d, target %d: %w", i, t, err)
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

// permutable is a family that has a cheaper form for permutations of a target.
type permutable interface{ forPermutations() Family }

// ForPermutations returns the form of a family that a permutation test is made
// with: itself, unless it has one in which all permutations share their products. The
// test holds with any form, as long as the observed target has the same. Fits may have
// the margins of rows outside training alone, and no weights or intercept.
func ForPermutations(f Family) Family {
	if p, ok := f.(permutable); ok {
		return p.forPermutations()
	}
	return f
}
