package hidden

import (
	"fmt"
	"math"
	"slices"

	"tell/metric"
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
	if !d.Target.Leveled() {
		return fmt.Errorf("hidden: found a target of kind %s, expected one of labels 0 and 1, classes or ordered levels", d.Target.Kind)
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
	k := max(2, metric.Width(d.Target)) // those of labels 0 and 1 need no names
	if k > MaxLevels {
		return &Unestimable{fmt.Sprintf("found %d levels, expected at most %d: the rivals would have %d coefficients for what the model did", k, MaxLevels, (k-1)*(k+1))}
	}
	for _, u := range d.Plan.Units {
		for inner := -1; inner < d.Plan.Inner; inner++ {
			count := make([]int, k)
			all := 0
			for i, in := range u.Without(inner) {
				if in {
					count[int(d.Target.Values[i])]++
					all++
				}
			}
			if level := slices.Index(count, 0); level >= 0 {
				part := "training rows"
				if inner >= 0 {
					part = fmt.Sprintf("training rows without inner fold %d", inner)
				}
				return &Unestimable{fmt.Sprintf("repeat %d, fold %d: found %s on none of the %d %s, expected every label", u.Repeat, u.Fold, d.labelled(level), all, part)}
			}
		}
	}
	return nil
}

// MaxLevels is the number of classes or levels up to which [Measure] measures. With k
// of them, what the model did alone has k² - 1 coefficients.
const MaxLevels = 12

// Unestimable says why the rows do not determine what a probe adds.
type Unestimable struct{ Reason string }

func (e *Unestimable) Error() string { return "hidden: " + e.Reason }

// labelled names a level with the number of its rows.
func (d Data) labelled(level int) string {
	if d.Target.Kind == target.KindBinary {
		return fmt.Sprintf("label %d", level)
	}
	n := 0
	for _, y := range d.Target.Values {
		if int(y) == level {
			n++
		}
	}
	return fmt.Sprintf("%.60q, which %d of all %d rows are of,", d.Target.Levels[level], n, d.Target.Len())
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
	width := 1
	if probe && d.Target.Kind == target.KindClass {
		width = metric.Width(d.Target)
	} else if p.Levels == nil && len(p.Score[0]) != len(d.Plan.IDs) {
		width = metric.Width(d.Target)
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
			if len(at.score) != len(u.Test)*width {
				of := "one for each row"
				if width > 1 {
					of = fmt.Sprintf("%d for each of %d rows", width, len(u.Test))
				}
				return fmt.Errorf("%s: found %d, expected %d, %s", at.name, len(at.score), len(u.Test)*width, of)
			}
			for i, test := range u.Test {
				for _, x := range at.score[i*width : (i+1)*width] {
					if test != at.test {
						continue
					}
					if err := p.checkScore(x, probe); err != nil {
						return fmt.Errorf("%s: row %d: %w", at.name, i, err)
					}
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

// constant tells whether all rows but those left out have one score, or the same
// scores.
func constant(score []float64, without []bool) bool {
	width := len(score) / len(without)
	first := -1
	for i, out := range without {
		switch {
		case out:
			continue
		case first < 0:
			first = i
		}
		for a := range width {
			x, y := score[first*width+a], score[i*width+a]
			if x != y && !(math.IsNaN(x) && math.IsNaN(y)) {
				return false
			}
		}
	}
	return true
}
