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

// Resampled holds metrics of out-of-fold scores, and what they become when the
// probes are trained again on resampled groups.
type Resampled struct {
	Measured []ResampledMetric
	// Fits counts the probes trained, NotConverged those among them that
	// stopped before the tolerance.
	Fits, NotConverged int

	// Level is that of the intervals.
	Level float64
}

// ResampledMetric is one metric of a Resampled.
type ResampledMetric struct {
	Key string
	// Retrained has no value in draws that do not determine the metric, or that
	// leave a fold's training rows with one label.
	estimate.Retrained
}

// drawTol is how far from the optimum the probes of draws may stop, as the
// spread of metrics does not show more.
const drawTol = 1e-6

// Procedure measures how much the metrics of a procedure, training included,
// vary between data sets. The cluster bootstrap of out-of-fold scores holds the
// trained probes fixed and says how well these probes do on other rows. Here
// every draw resamples whole groups as row weights, those of
// [estimate.Bootstrap] under the same seed, trains the outer folds of the first
// repeat again with them at one fixed C, and measures the scores of the test
// rows with them. A group never stands on both sides of a fold, however often
// it is drawn. ECE has no interval and is left out.
//
// All draws of a fold advance side by side, so that they cost about as much as
// as many permutations: draws times folds probes.
func Procedure(ctx context.Context, x Rows, y target.Column, s *Settings, C float64, draws int, seed uint64) (*Resampled, error) {
	t, err := s.planned(x, y)
	if err != nil {
		return nil, err
	}
	if t.Only != nil {
		return nil, fmt.Errorf("probe: found marks of rows to train on, expected none where training rows are resampled")
	}
	if y.Kind != target.KindBinary {
		return nil, fmt.Errorf("probe: a procedure on a target of kind %s cannot be resampled, expected a binary one", y.Kind)
	}
	if err := t.wholeRows("a procedure"); err != nil {
		return nil, err
	}
	if t.Weight != nil || t.Balanced {
		return nil, fmt.Errorf("probe: a procedure with weighted rows cannot be resampled; leave out Weight and Balanced")
	}
	if draws < 2 {
		return nil, fmt.Errorf("probe: found %d draws of the procedure, expected at least 2", draws)
	}
	r := &Resampled{Level: t.Bootstrap.Level}
	if r.Level == 0 {
		r.Level = 0.95
	}
	observed, err := t.outOfFold(ctx, x, C, [][]float64{nil}, r)
	if err != nil {
		return nil, err
	}
	weights := make([][]float64, draws)
	for b := range weights {
		weights[b] = estimate.Bootstrap{Seed: seed}.Weights(t.plan.Group, b)
	}
	loose := *t
	loose.family, err = t.newFamily(max(t.Tol, drawTol))
	if err != nil {
		return nil, err
	}
	scores, err := loose.outOfFold(ctx, x, C, weights, r)
	if err != nil {
		return nil, err
	}
	for _, m := range metric.For(y.Kind) {
		if m.Key == "ece" {
			continue
		}
		e := estimate.Retrained{N: y.Len(), Groups: distinct(t.plan.Group), Folds: t.plan.Folds}
		if m.LowerIsBetter {
			e.Scale = estimate.Log
		}
		if e.Observed, err = m.Value(y, observed[0], nil); err != nil {
			return nil, err
		}
		e.Value = e.Observed
		for b, w := range weights {
			held, anew := math.NaN(), math.NaN()
			if scores[b] != nil {
				// What the rows of a draw do not determine has no value.
				held = orNaN(m.Value(y, observed[0], w))
				anew = orNaN(m.Value(y, scores[b], w))
			}
			e.Held, e.Anew = append(e.Held, held), append(e.Anew, anew)
		}
		r.Measured = append(r.Measured, ResampledMetric{m.Key, e})
	}
	return r, nil
}

// outOfFold returns the scores of all rows in the first repeat for each set of
// row weights, nil for one that leaves some fold without a label.
func (t *task) outOfFold(ctx context.Context, x Rows, C float64, weights [][]float64, r *Resampled) ([][]float64, error) {
	units := t.plan.Units[:t.plan.Folds]
	n, d := x.Dims()
	scores := make([][]float64, len(weights))
	var trained []int
	for b, w := range weights {
		if slices.ContainsFunc(units, func(u folds.Unit) bool { return !bothLabels(u, t.y.Values, w) }) {
			continue
		}
		scores[b] = make([]float64, n)
		trained = append(trained, b)
	}
	for _, u := range units {
		train := u.Train()
		for batch := range slices.Chunk(trained, solve.Together(n, d)) {
			splits := make([]solve.Split, len(batch))
			for i, b := range batch {
				splits[i] = solve.Split{Train: train, Weight: weights[b]}
			}
			err := t.family.Fit(ctx, x.design, splits, [][]float64{t.y.Values}, []float64{C}, func(f *solve.Fit) {
				r.Fits++
				if f.Status != solve.Converged {
					r.NotConverged++
				}
				for i, test := range u.Test {
					if test {
						scores[batch[f.Split]][i] = solve.Sigmoid(f.Margin[i])
					}
				}
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return scores, nil
}

// bothLabels tells whether training rows of a unit with weight carry both. Rows
// without weights are left to the solver, which says what is wrong.
func bothLabels(u folds.Unit, label, weight []float64) bool {
	if weight == nil {
		return true
	}
	var seen [2]bool
	for i, test := range u.Test {
		if !test && weight[i] > 0 {
			seen[int(label[i])] = true
		}
	}
	return seen[0] && seen[1]
}

func distinct(x []int) int {
	seen := make(map[int]bool)
	for _, v := range x {
		seen[v] = true
	}
	return len(seen)
}

func orNaN(x float64, err error) float64 {
	if err != nil {
		return math.NaN()
	}
	return x
}

// Estimate is a metric at the fixed C with the interval of the procedure (see
// [estimate.Retrained]).
func (r *Resampled) Estimate(key string) estimate.Estimate {
	return r.estimate(key, func(*estimate.Retrained) {})
}

// EstimateOf is Estimate for another value of the metric: that of scores whose C
// was chosen in every fold.
func (r *Resampled) EstimateOf(key string, value float64) estimate.Estimate {
	return r.estimate(key, func(e *estimate.Retrained) { e.Value, e.Chosen = value, true })
}

func (r *Resampled) estimate(key string, change func(*estimate.Retrained)) estimate.Estimate {
	for _, m := range r.Measured {
		if m.Key == key {
			change(&m.Retrained)
			return m.Procedure(r.Level)
		}
	}
	return estimate.NotEstimable(0, 0, fmt.Sprintf("there is no interval of the procedure for %s", key))
}
