package compare

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tell/estimate"
	"tell/metric"
)

// Doses are the same rows before and after steering by several doses.
type Doses struct {
	Series
	ID    []string // of the rows, each once
	Group []int
	// Unrelated is whether an unrelated task was solved, by dose and row: 0, 1 or
	// NaN where a row has none; nil where there is none. Its rows may be others
	// than those of the behaviour.
	Unrelated [][]float64
	// Random are series of directions drawn at random. Each is compared with its
	// own dose 0, or where it has none with that of the studied direction.
	Random []Series
}

// A Series is a behaviour at several doses of one direction.
type Series struct {
	Name string
	Dose []float64 // each once; 0 is without steering
	// Behaviour has one number for each dose and row, such as 0 and 1, NaN where
	// a row has none.
	Behaviour [][]float64
}

// Keys of [Doses].
const (
	KeyDoseChange    = "dose_change"
	KeyDoseUnrelated = "dose_change_unrelated"
	KeyDoseSlope     = "dose_slope"
	KeyDoseSlopeOf   = "dose_slope_unrelated"
	KeyDoseRandom    = "dose_random_directions"
	doseColumn       = "dose"
)

// The further units of doses.
const (
	PerDose          = "per unit of dose"
	RandomDirections = "directions"
)

// DoseQuantities define the keys of [Doses].
func DoseQuantities() []Quantity {
	const against = ". Its p is the rank among directions drawn at random, (1 + those that change as much or more, in either direction) / (directions + 1)"
	return sourced(
		Quantity{KeyDoseChange, "Change of the behaviour by dose", "mean of the behaviour at the dose less that at dose 0, on rows that have both" + against, Difference, ""},
		Quantity{KeyDoseUnrelated, "Change of an unrelated accuracy by dose", "accuracy on an unrelated task at the dose less that at dose 0, on rows that have both", Difference, ""},
		Quantity{KeyDoseSlope, "Slope of the behaviour on the dose", "least-squares slope of the mean behaviour on the dose, on rows that have every dose" + against, PerDose, ""},
		Quantity{KeyDoseSlopeOf, "Slope of an unrelated accuracy on the dose", "least-squares slope of the accuracy on an unrelated task on the dose, on rows that have every dose", PerDose, ""},
		Quantity{KeyDoseRandom, "Directions drawn at random", "number of random directions that a change is ranked among", RandomDirections, ""},
	)
}

// Measure estimates how a behaviour moves with the dose of a direction, beside an
// unrelated accuracy and beside directions drawn at random.
func (d Doses) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	zero := slices.Index(d.Dose, 0)
	var lines []Line
	for k, dose := range d.Dose {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if k == zero {
			continue
		}
		l := Line{Train: d.Name, Test: d.Name, Layer: None, Position: None, Column: doseColumn, Value: strconv.FormatFloat(dose, 'g', -1, 64)}
		acts := l
		acts.Predictor, acts.Key = behaviourPredictor, KeyDoseChange
		acts.Estimate = d.mean(minus(d.Behaviour[k], d.Behaviour[zero]), s)
		if s := slices.Equal(d.Behaviour[k], d.Behaviour[zero]); s && acts.Estimate.OK() {
			acts.Estimate.Warn(Identical, "the same on all rows as without steering")
		}
		var random []float64
		for _, r := range d.Random {
			if j := slices.Index(r.Dose, dose); j >= 0 {
				if v := meanOfStated(minus(r.Behaviour[j], r.reference(d))); v.Reason == "" {
					random = append(random, v.X)
				}
			}
		}
		if acts.Estimate.OK() {
			acts.Null = nullOf(acts.Estimate.Value, 0, random, false)
		}
		count := l
		count.Key, count.Predictor = KeyDoseRandom, behaviourPredictor
		count.Estimate = estimate.Estimate{Value: float64(len(random)), N: len(random), Method: "count"}
		lines = append(lines, acts)
		if len(d.Random) > 0 {
			lines = append(lines, count)
		}
		if d.Unrelated != nil {
			other := l
			other.Predictor, other.Key = "unrelated", KeyDoseUnrelated
			other.Estimate = d.mean(minus(d.Unrelated[k], d.Unrelated[zero]), s)
			lines = append(lines, other)
		}
	}
	if len(d.Dose) < 2 {
		return lines, nil
	}
	l := Line{Train: d.Name, Test: d.Name, Layer: None, Position: None, Predictor: behaviourPredictor, Key: KeyDoseSlope}
	l.Estimate = d.mean(slopes(d.Dose, d.Behaviour), s)
	var random []float64
	for _, r := range d.Random {
		dose, behaviour := r.Dose, r.Behaviour
		if !slices.Contains(dose, 0) {
			dose, behaviour = append(slices.Clone(dose), 0), append(slices.Clone(behaviour), d.Behaviour[zero])
		}
		if !sameNumbers(dose, d.Dose) {
			continue
		}
		if v := meanOfStated(slopes(dose, behaviour)); v.Reason == "" {
			random = append(random, v.X)
		}
	}
	if l.Estimate.OK() {
		l.Null = nullOf(l.Estimate.Value, 0, random, false)
	}
	lines = append(lines, l)
	if len(d.Random) > 0 {
		count := l
		count.Null, count.Key = nil, KeyDoseRandom
		count.Estimate = estimate.Estimate{Value: float64(len(random)), N: len(random), Method: "count"}
		lines = append(lines, count)
	}
	if d.Unrelated != nil {
		l.Predictor, l.Key, l.Null = "unrelated", KeyDoseSlopeOf, nil
		l.Estimate = d.mean(slopes(d.Dose, d.Unrelated), s)
		lines = append(lines, l)
	}
	return lines, nil
}

func (d *Doses) check() error {
	if len(d.ID) == 0 {
		return fmt.Errorf("compare: found no rows for %s, expected at least one", d.Name)
	}
	if err := once("rows of "+d.Name, d.ID); err != nil {
		return err
	}
	if len(d.Group) != len(d.ID) {
		return fmt.Errorf("compare: found %d groups for %d rows, expected as many", len(d.Group), len(d.ID))
	}
	if !slices.Contains(d.Dose, 0) {
		return fmt.Errorf("compare: found no dose 0 among those of %s, expected the rows without steering", d.Name)
	}
	if d.Unrelated != nil && len(d.Unrelated) != len(d.Dose) {
		return fmt.Errorf("compare: found an unrelated accuracy at %d doses, expected %d", len(d.Unrelated), len(d.Dose))
	}
	for k, x := range d.Unrelated {
		if err := d.checkColumn(fmt.Sprintf("unrelated accuracy at dose %v", d.Dose[k]), x); err != nil {
			return err
		}
	}
	for _, r := range append([]Series{d.Series}, d.Random...) {
		if len(r.Behaviour) != len(r.Dose) {
			return fmt.Errorf("compare: %s: found a behaviour at %d doses, expected %d", r.Name, len(r.Behaviour), len(r.Dose))
		}
		for k, dose := range r.Dose {
			switch {
			case math.IsNaN(dose) || math.IsInf(dose, 0):
				return fmt.Errorf("compare: %s: found dose %v, expected a finite number", r.Name, dose)
			case slices.Index(r.Dose, dose) != k:
				return fmt.Errorf("compare: %s: found dose %v more than once, expected each once", r.Name, dose)
			}
			if err := d.checkColumn(fmt.Sprintf("%s at dose %v", r.Name, dose), r.Behaviour[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Doses) checkColumn(what string, x []float64) error {
	if len(x) != len(d.ID) {
		return fmt.Errorf("compare: %s: found %d values for %d rows, expected as many", what, len(x), len(d.ID))
	}
	for i, v := range x {
		if math.IsInf(v, 0) {
			return fmt.Errorf("compare: %s: row %q: found %v, expected a finite number, or NaN for none", what, d.ID[i], v)
		}
	}
	return nil
}

// reference is the series' own behaviour without steering, or that of the data.
func (r Series) reference(d Doses) []float64 {
	if k := slices.Index(r.Dose, 0); k >= 0 {
		return r.Behaviour[k]
	}
	return d.Behaviour[slices.Index(d.Dose, 0)]
}

// mean is that of a number of each row, of the rows that have one.
func (d *Doses) mean(x []float64, s Settings) estimate.Estimate {
	var rows []int
	for i, v := range x {
		if !math.IsNaN(v) {
			rows = append(rows, i)
		}
	}
	kept := pick(x, rows)
	b := &block{group: pick(d.Group, rows)}
	b.one(Line{}, func(w []float64) estimate.Value { return metric.Mean(kept, w) })
	return b.estimate(s.Bootstrap)[0].Estimate
}

func meanOfStated(x []float64) estimate.Value {
	kept := slices.DeleteFunc(slices.Clone(x), math.IsNaN)
	return metric.Mean(kept, ones(len(kept)))
}

// slopes are the least-squares slopes of each row's values on the dose. Their
// mean is the slope of the means.
func slopes(dose []float64, value [][]float64) []float64 {
	mean, squares := 0.0, 0.0
	for _, x := range dose {
		mean += x / float64(len(dose))
	}
	for _, x := range dose {
		squares += (x - mean) * (x - mean)
	}
	out := make([]float64, len(value[0]))
	for i := range out {
		for k, x := range dose {
			out[i] += (x - mean) / squares * value[k][i]
		}
	}
	return out
}

func sameNumbers(a, b []float64) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
