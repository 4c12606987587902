package probe

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tell/estimate"
	"tell/folds"
	"tell/internal/solve"
	"tell/target"
)

// Settings say how probes are trained, chosen and scored. The zero value, and a
// nil pointer, stand for the defaults.
type Settings struct {
	// Family is one of [Families]. Default: the first of [FamiliesFor] the kind of
	// target, "logistic" for a binary one.
	Family string
	// C are the inverse penalties to choose from. Default: [DefaultGrid] of the
	// family.
	C []float64
	// Tol is the excess of the objective over its minimum, as a share of it, at
	// which the solver stops. Default: 1e-8.
	Tol float64
	// Raw leaves the columns as they are instead of standardising them.
	Raw bool
	// Coordinates is how many columns a probe of family k-sparse reads. Default:
	// 16. Random draws them from Seed instead of choosing them.
	Coordinates int
	Random      bool

	// Weight is how much each row counts in training, in its standardisation and
	// in the losses that C is chosen by. Metrics count every row alike. Default: 1
	// each. Shares count by their number of judgements as well.
	Weight []float64
	// Balanced gives every level of the training rows of a split the same weight
	// in all, each row its Weight times that of all rows / (levels x that of the rows of
	// its level).
	Balanced bool

	// Residualise are columns that are regressed out of the rows in CrossValidate: in
	// every outer and inner fold, on the rows that train it, an intercept among them.
	// Nothing else takes them, and the probes are not kept.
	Residualise [][]float64

	// Group names what rows depend on: rows of equal name are never parted by a
	// fold, and intervals resample them together. Default: every row is its own
	// group.
	Group []string
	// Unit numbers what carries one label and moves as one when labels are
	// permuted, such as the wordings of one claim. Default: every row by itself.
	Unit []int
	// ID names the rows. Default: their numbers.
	ID []string
	// Folds are the outer folds, on which rows are scored, InnerFolds those on
	// which C is chosen, Repeats how often the outer ones are drawn. Default:
	// 5, 5 and 1.
	Folds, InnerFolds, Repeats int
	// Plan, when not nil, is used instead of folds made from the fields above.
	Plan *folds.Plan

	// Only, when not nil, marks the rows that probes are trained and chosen on,
	// such as those of one condition. All others are scored too, each by a
	// probe that saw no row of its fold, and need no label.
	Only []bool

	// Bootstrap is how intervals are made. Default: 2,000 draws of groups, 95%.
	Bootstrap estimate.Bootstrap
	// Seed is where folds and permutations come from.
	Seed uint64

	// Trained, when not nil, is called after every probe that is trained, from one
	// goroutine at a time. It changes no number.
	Trained func()
}

// Families lists the kinds of probe. [FamiliesFor] says which can be trained on a
// kind of target. All standardise the columns on the training rows.
//
// "logistic" is an L2-penalised logistic regression with an unpenalised
// intercept. For standardised training rows z and signs s = 2y-1 it minimises
// |w|²/2 + C Σ log(1 + exp(-s (w·z + b))), which is scikit-learn's objective.
//
// "mass-mean" takes the difference of the two class means as its direction (Marks
// and Tegmark 2023, "The Geometry of Truth", section 5), and its probabilities
// from a logistic regression on the projection with the same penalty.
//
// "ridge" is least squares, |w|²/2 + C Σ (y - w·z - b)², scikit-learn's Ridge with
// alpha = 1/(2C). Binary labels are regressed as -2 and 2, so that 1/(1+exp(-margin))
// has the value and the slope of the regression's own probability at 1/2.
//
// "lda" is linear discriminant analysis with Ledoit-Wolf shrinkage, scikit-learn's with
// solver lsqr and shrinkage auto. It has no C to choose and takes no weights.
// Permutations share one shrinkage of all training rows.
//
// "k-sparse" is the logistic probe on the few columns whose class means differ most.
//
// "multinomial" minimises |W|²/2 + C Σ -log softmax(Wz + b)_y, scikit-learn's objective
// for several classes. "cumulative", for ordered levels, has one direction and cut
// points that are not penalised: |w|²/2 - C Σ log P(y), P(y <= k) =
// 1/(1+exp(-(cut_k - w·z))). "share" is the logistic regression of shares, each row
// counted by its number of judgements: |w|²/2 + C Σ n (log(1+exp(m)) - s m).
func Families() []string { return solve.Families() }

// FamiliesFor lists the kinds of probe for a kind of target, the default one first.
func FamiliesFor(kind target.Kind) []string { return solve.FamiliesFor(kind) }

// DefaultGrid returns the inverse penalties that a family chooses from by default:
// its own, or those of DefaultC.
func DefaultGrid(family string) []float64 {
	if C := solve.Grid(family); C != nil {
		return C
	}
	return DefaultC()
}

// DefaultC returns the inverse penalties that are chosen from by default.
func DefaultC() []float64 {
	C := make([]float64, 10)
	for i := range C {
		exponent := -4.0
		if i > 0 {
			exponent += float64(i) * 8 / 9
		}
		C[i] = math.Pow(10, exponent)
	}
	return C
}

// task is what settings come to for a target.
type task struct {
	Settings
	family solve.Family
	plan   *folds.Plan
	y      target.Column
	shape  shape
}

func (s *Settings) task(x Rows, y target.Column) (*task, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	t := &task{y: y}
	if s != nil {
		t.Settings = *s
	}
	if err := y.Check(); err != nil {
		return nil, err
	}
	if t.Family == "" {
		t.Family = FamiliesFor(y.Kind)[0]
	}
	if t.C == nil {
		t.C = DefaultGrid(t.Family)
	}
	t.C = slices.Sorted(slices.Values(t.C))
	t.shape = shapeOf(y)
	n, _ := x.Dims()
	if y.Len() != n {
		return nil, fmt.Errorf("probe: found %d labels for %d rows, expected as many", y.Len(), n)
	}
	if t.Only != nil && len(t.Only) != n {
		return nil, fmt.Errorf("probe: found %d marks of rows to train on for %d rows, expected as many", len(t.Only), n)
	}
	for i := range y.Len() {
		if t.trains(i) && !y.Stated(i) {
			return nil, fmt.Errorf("probe: row %d has no label; leave such rows out", i)
		}
	}
	if len(t.C) == 0 {
		return nil, fmt.Errorf("probe: found no C, expected at least one")
	}
	if t.Tol != 0 && !(t.Tol > 0 && !math.IsInf(t.Tol, 1)) {
		return nil, fmt.Errorf("probe: found tolerance %v, expected a finite number above 0", t.Tol)
	}
	if err := t.Bootstrap.Check(); err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	if err := t.checkWeights(); err != nil {
		return nil, err
	}
	var err error
	if t.family, err = t.newFamily(t.Tol); err != nil {
		return nil, err
	}
	return t, t.checkTarget(make([]int, n), 1)
}

// newFamily makes the family with a tolerance.
func (t *task) newFamily(tol float64) (solve.Family, error) {
	f, err := solve.NewFamily(t.Family, t.y.Kind, solve.Options{Tol: tol, Raw: t.Raw, Levels: len(t.y.Levels), Coordinates: t.Coordinates, Random: t.Random, Seed: t.Seed})
	if err != nil || t.Trained == nil {
		return f, err
	}
	return solve.Counted(f, t.Trained), nil
}

// trains tells whether probes may be trained on a row.
func (t *task) trains(row int) bool { return t.Only == nil || t.Only[row] }

// only takes out of training rows those that probes must not be trained on.
func (t *task) only(train []bool) []bool {
	for i := range train {
		train[i] = train[i] && t.trains(i)
	}
	return train
}

// labels are what the solver is given: those of the target, and 0 on rows that
// it is not trained on.
func (t *task) labels() []float64 {
	if t.Only == nil {
		return t.y.Values
	}
	y := make([]float64, t.y.Len())
	for i, v := range t.y.Values {
		if t.Only[i] {
			y[i] = v
		}
	}
	return y
}

// planned is a task with folds.
func (s *Settings) planned(x Rows, y target.Column) (*task, error) {
	t, err := s.task(x, y)
	if err != nil {
		return nil, err
	}
	t.plan, err = t.makePlan(y.Len())
	return t, err
}

// makePlan returns the folds that the settings ask for.
func (t *task) makePlan(n int) (*folds.Plan, error) {
	if t.Plan != nil {
		if len(t.Plan.IDs) != n {
			return nil, fmt.Errorf("probe: found folds of %d rows for %d rows, expected as many", len(t.Plan.IDs), n)
		}
		if err := t.Plan.Check(); err != nil {
			return nil, err
		}
		return t.Plan, t.checkTarget(t.Plan.Group, 1)
	}
	id := t.ID
	if id == nil {
		for i := range n {
			id = append(id, strconv.Itoa(i))
		}
	}
	group := t.Group
	if group == nil {
		group = id
	}
	for _, column := range []struct {
		name   string
		length int
	}{{"ids", len(id)}, {"groups", len(group)}} {
		if column.length != n {
			return nil, fmt.Errorf("probe: found %d %s for %d rows, expected as many", column.length, column.name, n)
		}
	}
	number, names := estimate.Numbered(group)
	if err := t.checkTarget(number, cmp.Or(t.Folds, 5)); err != nil {
		return nil, err
	}
	stratum, levels := Strata(t.y)
	return folds.New(id, number, stratum, levels, folds.Settings{
		Folds: t.Folds, Inner: t.InnerFolds, Repeats: t.Repeats, Seed: t.Seed, GroupNames: names,
	})
}

// Strata is what folds are balanced over: the levels of a target that has
// them, else a single stratum.
func Strata(y target.Column) (stratum []int, levels int) {
	if y.Leveled() {
		return y.Ints(), len(y.Levels)
	}
	return make([]int, y.Len()), 1
}
