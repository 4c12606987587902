package hidden

import (
	"fmt"
	"math"
	"slices"

	"tell/target"
)

var missing = math.NaN()

// check refuses what cannot be measured.
func (d Data) check(s Settings) error {
	if d.Plan == nil || len(d.Plan.Units) == 0 {
		return fmt.Errorf("hidden: found no folds")
	}
	for _, c := range s.C {
		if !(c > 0) || math.IsInf(c, 1) {
			return fmt.Errorf("hidden: found C = %v, expected a positive finite number", c)
		}
	}
	if len(s.C) == 0 {
		return fmt.Errorf("hidden: found no C, expected at least one")
	}
	if err := d.checkTarget(); err != nil {
		return err
	}
	names := make(map[string]bool)
	for i, p := range append([]Predictor{d.Probe}, d.Rivals...) {
		if p.Name == "" {
			return fmt.Errorf("hidden: predictor %d (0 is the probe) has no name", i)
		}
		if names[p.Name] {
			return fmt.Errorf("hidden: found two predictors named %q", p.Name)
		}
		names[p.Name] = true
		if err := d.checkPredictor(p, i == 0); err != nil {
			return fmt.Errorf("hidden: %s: %w", p.Name, err)
		}
	}
	return nil
}

func (d Data) checkTarget() error {
	if err := d.Target.Check(); err != nil {
		return err
	}
	if d.Target.Kind != target.KindBinary {
		return fmt.Errorf("hidden: found a target of kind %s, expected a binary one", d.Target.Kind)
	}
	n := len(d.Plan.IDs)
	if d.Target.Len() != n {
		return fmt.Errorf("hidden: found %d labels for folds of %d rows, expected as many", d.Target.Len(), n)
	}
	for i := range n {
		if !d.Target.Stated(i) {
			return fmt.Errorf("hidden: row %d has no label; leave such rows out", i)
		}
	}
	for _, u := range d.Plan.Units {
		for inner := -1; inner < d.Plan.Inner; inner++ {
			var count [2]int
			for i, in := range u.Without(inner) {
				if in {
					count[int(d.Target.Values[i])]++
				}
			}
			if label := slices.Index(count[:], 0); label >= 0 {
				part := "training rows"
				if inner >= 0 {
					part = fmt.Sprintf("training rows without inner fold %d", inner)
				}
				return fmt.Errorf("hidden: repeat %d, fold %d: found no label %d on the %d %s, expected both labels",
					u.Repeat, u.Fold, label, count[1-label], part)
			}
		}
	}
	return nil
}

func (d Data) checkPredictor(p Predictor, probe bool) error {
	if len(p.Inner) != len(d.Plan.Units) {
		return fmt.Errorf("found inner scores of %d units, expected %d", len(p.Inner), len(d.Plan.Units))
	}
	if len(p.Score) != d.Plan.Repeats() {
		return fmt.Errorf("found scores of %d repeats, expected %d", len(p.Score), d.Plan.Repeats())
	}
	if probe && p.Levels != nil {
		return fmt.Errorf("found levels, expected the probe to be a number")
	}
	for k, u := range d.Plan.Units {
		for _, at := range []struct {
			name  string
			score []float64
			test  bool
		}{
			{fmt.Sprintf("inner scores of repeat %d, fold %d", u.Repeat, u.Fold), p.Inner[k], false},
			{fmt.Sprintf("scores of repeat %d", u.Repeat), p.Score[u.Repeat], true},
		} {
			if len(at.score) != len(u.Test) {
				return fmt.Errorf("%s: found %d, expected %d, one for each row", at.name, len(at.score), len(u.Test))
			}
			for i, test := range u.Test {
				if test != at.test {
					continue
				}
				if err := p.checkScore(at.score[i], probe); err != nil {
					return fmt.Errorf("%s: row %d: %w", at.name, i, err)
				}
			}
		}
		if probe && constant(p.Inner[k], u.Test) {
			return fmt.Errorf("inner scores of repeat %d, fold %d: found one value on all rows, expected a probe that tells rows apart", u.Repeat, u.Fold)
		}
	}
	return nil
}

func (p Predictor) checkScore(x float64, probe bool) error {
	switch {
	case math.IsInf(x, 0):
		return fmt.Errorf("found %v, expected a finite number", x)
	case probe && math.IsNaN(x):
		return fmt.Errorf("found NaN, expected a number")
	case p.Levels != nil && !math.IsNaN(x) && (x != math.Trunc(x) || x < 0 || int(x) >= len(p.Levels)):
		return fmt.Errorf("found %v, expected the index of one of %d levels", x, len(p.Levels))
	}
	return nil
}

// constant tells whether all rows but those left out have one score.
func constant(score []float64, without []bool) bool {
	first := math.Inf(1)
	for i, x := range score {
		if without[i] {
			continue
		}
		if math.IsInf(first, 1) {
			first = x
		}
		if x != first && !(math.IsNaN(x) && math.IsNaN(first)) {
			return false
		}
	}
	return true
}
