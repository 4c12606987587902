package study

import (
	"maps"
	"slices"

	"tell/target"
)

// TargetPair sets two targets beside each other on the same folds, such as what
// is known and what is done.
type TargetPair struct {
	// Targets names two of: the study's own target, "behaviour", and those of
	// targets.
	Targets []string `yaml:"targets"`
}

// behaviourTarget is the name of the target that the decision makes: 0 and 1,
// not stated where the model acted as neither.
const behaviourTarget = "behaviour"

var targetsKind = kindOf("targets", "the two AUROCs and directions are", (*Study).checkTargetPair, (*table).targetPair)

func (s *Study) checkTargetPair(key string, c *TargetPair) error {
	if err := s.checkNames(key+".targets", c.Targets, 2, "two targets"); err != nil {
		return err
	}
	if n := len(c.Targets); n > 2 {
		return s.ErrorAt(key+".targets", "found %d, expected 2; write an item for each pair", n)
	}
	known := append(slices.Sorted(maps.Keys(s.Targets)), s.Target.Label)
	if s.Decision != nil {
		known = append(known, behaviourTarget)
	}
	for i, name := range c.Targets {
		if !slices.Contains(known, name) {
			return s.ErrorAt(key+".targets", "[%d]: found %q, expected one of %s", i, name, first(known))
		}
	}
	return nil
}

// A TargetColumn is a target by its name; the study's own has none.
type TargetColumn struct {
	Name   string
	Column target.Column
}

// targetPair evaluates the two targets on the cases.
func (t *table) targetPair(key string, of *TargetPair, c *Cases) ([]TargetColumn, error) {
	var pair []TargetColumn
	for _, name := range of.Targets {
		target, isNamed := t.Targets[name]
		switch {
		case name == t.Target.Label:
			pair = append(pair, TargetColumn{"", c.Target})
		case isNamed:
			y, err := t.optionalLabels("targets."+name, target)
			if err != nil {
				return nil, err
			}
			pair = append(pair, TargetColumn{name, y})
		default:
			pair = append(pair, TargetColumn{name, acted(c)})
		}
	}
	return pair, nil
}

// acted is the behaviour as a target.
func acted(c *Cases) target.Column {
	y := binaryWhereStated(c.Behaviour)
	y.Levels = []string{"acts as " + c.Target.Levels[0], "acts as " + c.Target.Levels[1]}
	return y
}

// optionalLabels evaluates a label that is nil where it is not stated.
func (t *table) optionalLabels(key string, of Target) (target.Column, error) {
	key += ".label"
	labels, err := t.optionalTruths(key, of.Label, "label 0 or 1, or nil where it is not stated")
	if err != nil {
		return target.Column{}, err
	}
	y := binaryWhereStated(labels)
	y.Levels = of.Names[:]
	var n [2]int
	for _, label := range labels {
		if label >= 0 {
			n[label]++
		}
	}
	if n[0]+n[1] == 0 {
		return y, t.ErrorAt(key, "`%s` is nil on all %d rows used, expected both labels", of.Label, len(t.used))
	}
	for label := range n {
		if n[label] == 0 {
			return y, t.ErrorAt(key, "all %d rows that state it have label %d, expected both labels", n[1-label], 1-label)
		}
	}
	return y, nil
}

// binaryWhereStated is a binary target of labels 0 and 1; any other is not stated.
func binaryWhereStated(labels []int) target.Column {
	y := target.Binary(labels)
	for i, label := range labels {
		if label != 0 && label != 1 {
			y.Values[i] = target.NotStated
		}
	}
	return y
}
