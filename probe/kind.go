package probe

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"tell/internal/solve"
	"tell/target"
)

// The most levels of a target. More of a class are hardly classes, and more of an
// ordinal target are numbers.
const (
	maxClasses = 100
	maxOrdinal = 10
)

// maxWeight leaves room for sums of squares.
const maxWeight = 1e100

// shape is how the margins of a probe for one kind of target become scores and
// losses.
type shape struct {
	kind   target.Kind
	levels int
	width  int // scores of a row

	margin []float64 // of one row
}

func shapeOf(y target.Column) shape {
	return shape{kind: y.Kind, levels: len(y.Levels), width: solve.Width(y.Kind, len(y.Levels))}
}

// at gathers the margins of a row.
func (s *shape) at(f *solve.Fit, row int) []float64 {
	if f.Outputs() == 1 {
		return f.Margin[row : row+1]
	}
	n := len(f.Margin) / f.Outputs()
	s.margin = s.margin[:0]
	for k := range f.Outputs() {
		s.margin = append(s.margin, f.Margin[k*n+row])
	}
	return s.margin
}

// score sets dst to the scores of a row.
func (s *shape) score(dst []float64, f *solve.Fit, row int) {
	solve.Score(dst, s.kind, s.at(f, row), f.Cuts)
}

// loss is what the row adds to the loss.
func (s *shape) loss(y float64, f *solve.Fit, row int) float64 {
	return solve.Loss(s.kind, y, s.at(f, row), f.Cuts)
}

// inner sets dst to what a second level is given of a row: its margin, where that
// is one number whatever the fold, else its scores.
func (s *shape) inner(dst []float64, f *solve.Fit, row int) {
	if s.width == 1 {
		dst[0] = f.Margin[row]
		return
	}
	s.score(dst, f, row)
}

// checkTarget reports a target that no probe can be cross-validated on, by the
// names of its levels. group is the number of every row's group.
func (t *task) checkTarget(group []int, folds int) error {
	y := t.y
	if t.Only != nil {
		var rows, of []int
		for i, in := range t.Only {
			if in {
				rows, of = append(rows, i), append(of, group[i])
			}
		}
		y, group = y.At(rows), of
	}
	if y.Len() == 0 {
		return nil // the solver says so
	}
	switch y.Kind {
	case target.KindNumber:
		if n := y.Len(); slices.Min(y.Values) == slices.Max(y.Values) {
			return fmt.Errorf("probe: found the number %v on all %d rows, expected different numbers", y.Values[0], n)
		}
		if v := stat.Variance(y.Values, nil); !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("probe: found numbers from %v to %v, whose variance is no float64 above 0; expected numbers on another scale: multiply or divide them", slices.Min(y.Values), slices.Max(y.Values))
		}
	case target.KindShare:
		if n := y.Len(); slices.Min(y.Values) == slices.Max(y.Values) {
			return fmt.Errorf("probe: found the share %v on all %d rows, expected different shares", y.Values[0], n)
		}
		if y.N != nil && slices.Max(y.N) == 0 {
			return fmt.Errorf("probe: found shares of 0 judgements on all %d rows, expected some of 1 or more", y.Len())
		}
	case target.KindClass, target.KindOrdinal:
		return checkLevels(y, group, folds, "one for every fold; merge or leave out rare levels, or use fewer folds")
	}
	return nil
}

// CheckNested reports a class or ordinal target that cannot be cross-validated with
// inner folds however the groups are split, by the names of its levels.
func CheckNested(y target.Column, group []int) error {
	if y.Kind != target.KindClass && y.Kind != target.KindOrdinal {
		return nil
	}
	return checkLevels(y, group, 3, "one to train on beside those of an outer and an inner fold; merge or leave out rare levels")
}

func checkLevels(y target.Column, group []int, least int, why string) error {
	k, limit, advice := len(y.Levels), maxClasses, "merge classes, or give a number instead"
	if y.Kind == target.KindOrdinal {
		limit, advice = maxOrdinal, "merge levels, or give the target as a number"
	}
	if k < 2 {
		return fmt.Errorf("probe: found one value on all rows of a target of kind %s, expected 2 to %d levels", y.Kind, limit)
	}
	if k > limit {
		return fmt.Errorf("probe: found %d levels of a target of kind %s, expected 2 to %d; %s", k, y.Kind, limit, advice)
	}
	rows, groups := y.Spread(group)
	var few []string
	for v, name := range y.Levels {
		if groups[v] < least {
			few = append(few, fmt.Sprintf("%q with %d rows in %d groups", name, rows[v], groups[v]))
		}
	}
	if len(few) == 0 {
		return nil
	}
	const most = 5
	text := strings.Join(few[:min(most, len(few))], ", ")
	if len(few) > most {
		text += fmt.Sprintf(" and %d more", len(few)-most)
	}
	return fmt.Errorf("probe: found level %s, expected at least %d groups of each level, %s", text, least, why)
}

// checkTraining reports training rows that lack a level, by its name.
func checkTraining(y target.Column, train []bool, where string) error {
	if y.Kind != target.KindClass && y.Kind != target.KindOrdinal {
		return nil
	}
	rows := make([]int, len(y.Levels))
	for i, v := range y.Ints() {
		if train[i] {
			rows[v]++
		}
	}
	for v, n := range rows {
		if n == 0 {
			all := 0
			for _, x := range y.Values {
				if x == float64(v) {
					all++
				}
			}
			return fmt.Errorf("probe: %s: found none of the %d rows of level %q to train on, expected some; use fewer folds or leave out the level", where, all, y.Levels[v])
		}
	}
	return nil
}

// weights is how much every row counts in training and in losses: its weight,
// times its number of judgements, times that of its level where levels are
// balanced over the training rows. Nil stands for 1 each.
func (t *task) weights(values []float64, train []bool) []float64 {
	if t.Weight == nil && !t.Balanced && t.y.N == nil {
		return nil
	}
	w := slices.Repeat([]float64{1}, len(values))
	for i := range w {
		if t.Weight != nil {
			w[i] *= t.Weight[i]
		}
		if t.y.N != nil {
			w[i] *= t.y.N[i]
		}
	}
	if !t.Balanced {
		return w
	}
	// scikit-learn's class_weight: weight of the rows / (levels x that of the level).
	of, total := make(map[float64]float64), 0.0
	for i, in := range train {
		if in && w[i] > 0 {
			of[values[i]] += w[i]
			total += w[i]
		}
	}
	for i := range w {
		if n := of[values[i]]; n > 0 {
			w[i] *= total / (float64(len(of)) * n)
		}
	}
	return w
}

// split is the training of a target on some rows.
func (t *task) split(values []float64, train []bool) solve.Split {
	return solve.Split{Train: train, Weight: t.weights(values, train)}
}

// checkWeights reports weights that rows cannot have.
func (t *task) checkWeights() error {
	if t.Balanced && !t.y.Leveled() {
		return fmt.Errorf("probe: a target of kind %s has no levels to balance; leave Balanced out", t.y.Kind)
	}
	if t.Weight == nil {
		return nil
	}
	if len(t.Weight) != t.y.Len() {
		return fmt.Errorf("probe: found %d weights for %d rows, expected as many", len(t.Weight), t.y.Len())
	}
	for i, w := range t.Weight {
		if !(w >= 0) || math.IsInf(w, 1) {
			return fmt.Errorf("probe: row %d: found weight %v, expected a finite number that is not negative", i, w)
		}
		if w > maxWeight {
			return fmt.Errorf("probe: row %d: found weight %v, expected %v or less, so that sums of them are numbers", i, w, maxWeight)
		}
	}
	return nil
}

// counts is how much a row counts in a loss.
func counts(weight []float64, row int) float64 {
	if weight == nil {
		return 1
	}
	return weight[row]
}
