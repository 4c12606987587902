package study

import (
	"math"
	"slices"

	"tell/activations"
	"tell/target"
)

// Balanced is the class_weight that gives every level the same weight in all.
const Balanced = "balanced"

func (s *Study) checkWeights() error {
	key, value := "weight", s.Weight
	if s.ClassWeight != "" {
		key, value = "class_weight", s.ClassWeight
	}
	switch leveled := s.Target.Kind != target.KindNumber && s.Target.Kind != target.KindShare; {
	case value == "":
		return nil
	case s.ClassWeight != "" && s.ClassWeight != Balanced:
		return s.ErrorAt(key, "found %q, expected %s", s.ClassWeight, Balanced)
	case s.ClassWeight != "" && !leveled:
		return s.ErrorAt(key, "found %s for a target of kind %s, which has no levels to balance; leave it out", s.ClassWeight, s.Target.Kind)
	case s.Probe.Kind == "lda":
		return s.ErrorAt(key, "found %q for a probe of kind lda, which takes no weights; leave it out or train another kind", value)
	case s.Controls.Interval == IntervalOfProcedure:
		return s.ErrorAt("controls.interval", "found %s beside %s, expected %s: resampled training rows have weights of their own", IntervalOfProcedure, key, IntervalOfScores)
	}
	return nil
}

// maxOrders is far above what is useful.
const maxOrders = 100

func (s *Study) checkExtraControls() error {
	c, kind := s.Controls, s.Target.Kind
	for i, source := range s.Probe.Residualise {
		if source == "" || slices.Index(s.Probe.Residualise, source) < i {
			return s.ErrorAt("probe.residualise", "found %q twice or without a name, expected different columns", source)
		}
	}
	switch {
	case c.FPR != nil && !(*c.FPR > 0 && *c.FPR < 1):
		return s.ErrorAt("controls.fpr", "found %v, expected a number between 0 and 1, such as 0.05", *c.FPR)
	case c.FPR != nil && kind != target.KindBinary:
		return s.ErrorAt("controls.fpr", "found %v for a target of kind %s, expected a binary one", *c.FPR, kind)
	case c.Description < 0 || c.Description > maxOrders:
		return s.ErrorAt("controls.description", "found %d, expected 0 to %d orders of the groups", c.Description, maxOrders)
	case c.Description > 0 && (kind == target.KindNumber || kind == target.KindShare):
		return s.ErrorAt("controls.description", "found %d for a target of kind %s, expected one with levels, which have a uniform code", c.Description, kind)
	case c.Selectivity != "" && kind != target.KindBinary && kind != target.KindClass:
		return s.ErrorAt("controls.selectivity", "found %q for a target of kind %s, expected a binary one or classes, whose labels can be drawn at random", c.Selectivity, kind)
	}
	return nil
}

// weights evaluates how much a row counts in training.
func (t *table) weights(_ *activations.Dump, c *Cases) (err error) {
	const key = "weight"
	if t.Weight == "" {
		return nil
	}
	if c.Weight, err = t.numbersOf(key, t.Weight, "a number of 0 or more; rows of weight 0 do not train"); err != nil {
		return err
	}
	for k, w := range c.Weight {
		switch {
		case math.IsNaN(w):
			return t.errorOn(t.used[k], key, t.Weight, "found none, expected a number of 0 or more; rows of weight 0 do not train")
		case w < 0:
			return t.errorOn(t.used[k], key, t.Weight, "found %v, expected a number of 0 or more; rows of weight 0 do not train", w)
		}
	}
	if slices.Max(c.Weight) == 0 {
		return t.ErrorAt(key, "found 0 on all %d rows used, expected more on some", len(c.Weight))
	}
	return nil
}

// controlColumns evaluates what is regressed out of the states, and the values that
// get labels of their own in control tasks.
func (t *table) controlColumns(_ *activations.Dump, c *Cases) (err error) {
	if c.Residual, err = t.features("probe.residualise", t.Probe.Residualise); err != nil {
		return err
	}
	const key = "controls.selectivity"
	if c.Selectivity, err = t.text(key, t.Controls.Selectivity, none); c.Selectivity == nil {
		return err
	}
	group := map[string]int{}
	for k, value := range c.Selectivity {
		if first, seen := group[value]; seen && first != c.Group[k] {
			return nil
		}
		group[value] = c.Group[k]
	}
	return t.ErrorAt(key, "found the column %s, none of whose %d values stands in two groups, so that a probe could know the labels of none from training; expected a column whose values groups share", t.Controls.Selectivity, len(group))
}
