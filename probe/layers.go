package probe

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tell/estimate"
	"tell/folds"
	"tell/internal/solve"
	"tell/metric"
	"tell/target"
)

// MeanOf makes one predictor of several curves on the same folds, such as those of all
// layers: the mean of their logits, of a number the mean of the numbers, of levels
// the normalised geometric mean of the probabilities. Nothing is trained, so that its
// scores are out of fold as theirs are. It returns the scores of every repeat, as
// [OutOfFold] has them. A nil curve is left out.
func MeanOf(p *folds.Plan, y target.Column, curves []*OutOfFold) ([][]float64, error) {
	if err := checkCurves(p, curves); err != nil {
		return nil, err
	}
	shape := shapeOf(y)
	mean := newScores(p, shape.width)
	for r, to := range mean {
		n := 0.0
		for _, c := range curves {
			if c == nil {
				continue
			}
			if len(c.Score[r]) != len(to) {
				return nil, fmt.Errorf("probe: found %d scores of a curve, expected %d for a target of kind %s", len(c.Score[r]), len(to), y.Kind)
			}
			n++
			for i, s := range c.Score[r] {
				to[i] += shape.toLogit(s)
			}
		}
		for i := range to {
			to[i] /= n
		}
		for i := 0; i < len(to); i += shape.width {
			shape.fromLogits(to[i : i+shape.width])
		}
	}
	return mean, nil
}

// toLogit takes a score to where means are taken: a logit, a logarithm of a probability
// among several, a number as it is.
func (s shape) toLogit(score float64) float64 {
	const epsilon = 0x1p-52
	switch {
	case s.kind == target.KindNumber:
		return score
	case s.width > 1:
		return math.Log(max(score, epsilon))
	}
	p := min(max(score, epsilon), 1-epsilon)
	return math.Log(p) - math.Log1p(-p)
}

// fromLogits takes the means of a row back to scores.
func (s shape) fromLogits(row []float64) {
	switch {
	case s.kind == target.KindNumber:
	case s.width > 1:
		solve.Score(row, target.KindClass, slices.Clone(row), nil)
	default:
		row[0] = solve.Sigmoid(row[0])
	}
}

// Stack trains a second level on several curves of one target on the same folds, such
// as those of all layers: in every unit on what the probes of the inner folds gave
// for rows that they did not see, as [OutOfFold.Inner] holds it, its C chosen on
// these inner folds, and applied to the scores of the test rows. Settings are those
// of the second level, whose folds are those of the curves.
//
// A curve gives a column: its logit, or number; of levels in order the mean level, of
// classes the logarithm of each one's probability. Columns are in their own units
// unless standardised, which they are by default.
func Stack(ctx context.Context, y target.Column, curves []*OutOfFold, s *Settings) (*OutOfFold, error) {
	var plan *folds.Plan
	for _, c := range curves {
		if c != nil {
			plan = c.Plan
			break
		}
	}
	var own Settings
	if s != nil {
		own = *s
	}
	if own.Plan == nil {
		own.Plan = plan
	}
	if own.Plan == nil {
		return nil, fmt.Errorf("probe: found no folds to stack curves on; give a curve of CrossValidate, or a Plan")
	}
	if err := checkCurves(own.Plan, curves); err != nil {
		return nil, err
	}
	shape, n := shapeOf(y), y.Len()
	var used []*OutOfFold
	for j, c := range curves {
		if c == nil {
			continue
		}
		used = append(used, c)
		for _, inner := range c.Inner {
			if len(c.Inner) != len(own.Plan.Units) || len(inner) != n*shape.width {
				return nil, fmt.Errorf("probe: curve %d holds no scores of inner folds for a target of kind %s", j, y.Kind)
			}
		}
	}
	columns := 1
	if y.Kind == target.KindClass {
		columns = shape.width
	}
	next := 0
	return CrossValidateEach(ctx, func([]bool) (Rows, error) {
		u := own.Plan.Units[next]
		width := len(used) * columns
		data := make([]float64, n*width)
		for j, c := range used {
			for i, test := range u.Test {
				dst := data[i*width+j*columns : i*width+(j+1)*columns]
				if test {
					shape.feature(dst, c.Score[u.Repeat][i*shape.width:(i+1)*shape.width], false)
				} else {
					shape.feature(dst, c.Inner[next][i*shape.width:(i+1)*shape.width], true)
				}
			}
		}
		next++
		return Dense(n, width, data), nil
	}, y, &own)
}

// feature sets dst to what a second level reads of a row's scores, or of what Inner
// holds of it.
func (s shape) feature(dst, score []float64, inner bool) {
	switch {
	case s.kind == target.KindClass:
		for k, p := range score {
			dst[k] = s.toLogit(p)
		}
	case s.kind == target.KindOrdinal:
		for k, p := range score {
			dst[0] += float64(k) * p
		}
	case inner:
		dst[0] = score[0]
	default:
		dst[0] = s.toLogit(score[0])
	}
}

// SparsePath cross-validates a k-sparse probe for each number of columns, and with
// random set one on as many columns drawn at random: how much of what a probe reads
// lies in few coordinates.
func SparsePath(ctx context.Context, x Rows, y target.Column, s *Settings, k []int, random bool) ([]*OutOfFold, error) {
	var path []*OutOfFold
	for _, coordinates := range k {
		if coordinates < 1 {
			return nil, fmt.Errorf("probe: found %d columns of a sparse probe, expected at least 1", coordinates)
		}
		var own Settings
		if s != nil {
			own = *s
		}
		own.Family, own.Coordinates, own.Random = "k-sparse", coordinates, random
		o, err := CrossValidate(ctx, x, y, &own)
		if err != nil {
			return nil, fmt.Errorf("%d columns: %w", coordinates, err)
		}
		path = append(path, o)
	}
	return path, nil
}

// WithinFolds is a metric within each outer fold, averaged over folds by their rows and
// over repeats. Pooled ranks compare the scores of different probes, which makes a
// rank correlation slightly negative where nothing is known; ranks within a fold do
// not.
func (o *OutOfFold) WithinFolds(key string) estimate.Estimate {
	if o.task == nil {
		return estimate.NotEstimable(o.Target.Len(), 0, errNotCrossValidated.Error())
	}
	m, ok := metric.Named(key)
	if !ok {
		return estimate.NotEstimable(o.Target.Len(), 0, fmt.Sprintf("no metric is called %q", key))
	}
	var parts []metric.Part
	for _, u := range o.Plan.Units {
		var rows []int
		for i, test := range u.Test {
			if test {
				rows = append(rows, i)
			}
		}
		parts = append(parts, metric.Part{Rows: rows, Score: o.Score[u.Repeat]})
	}
	e, err := m.Within(o.Target, parts, o.Plan.Group, o.task.Bootstrap)
	if err != nil {
		return estimate.NotEstimable(o.Target.Len(), 0, err.Error())
	}
	return e
}
