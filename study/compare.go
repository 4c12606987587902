package study

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tell/activations"
	"tell/target"
)

// Comparison is one item of compare. Kind is the key that tells it apart, such
// as "condition"; Of points to what the item asks for, such as a [*Conditions].
type Comparison struct {
	Kind string
	Of   any
}

// A comparisonKind is one kind of comparison: a file of this package and a line
// in comparisonKinds.
type comparisonKind struct {
	name  string
	empty func() any
	// labels says which parts of the comparison are of labels 0 and 1 alone. Empty
	// for one that goes with a target of any kind.
	labels string
	// check judges what can be judged without the data, the item being at key.
	check func(s *Study, key string, of any) error
	// columns evaluates what the comparison needs of the examples beside what
	// every study does; it ends in Cases.Compared.
	columns func(t *table, key string, of any, c *Cases) (any, error)
}

var comparisonKinds = []comparisonKind{conditionKind, transferKind, dumpsKind, targetsKind, trajectoryKind, candidatesKind, layersKind}

// kindOf makes a kind from functions over the type of its items. columns may be
// nil.
func kindOf[T, C any](name, labels string, check func(*Study, string, *T) error, columns func(*table, string, *T, *Cases) (C, error)) comparisonKind {
	return comparisonKind{
		name:   name,
		labels: labels,
		empty:  func() any { return new(T) },
		check:  func(s *Study, key string, of any) error { return check(s, key, of.(*T)) },
		columns: func(t *table, key string, of any, c *Cases) (any, error) {
			if columns == nil {
				return nil, nil
			}
			return columns(t, key, of.(*T), c)
		},
	}
}

// ComparisonKinds lists the kinds of comparison by the keys that tell them apart.
func ComparisonKinds() []string {
	var names []string
	for _, k := range comparisonKinds {
		names = append(names, k.name)
	}
	return names
}

// keysOfComparisons are the keys of the items of all kinds.
func keysOfComparisons() []string {
	var keys []string
	for _, k := range comparisonKinds {
		for _, key := range keysOf(reflect.TypeOf(k.empty()).Elem()) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

func kindNamed(name string) (comparisonKind, bool) {
	i := slices.IndexFunc(comparisonKinds, func(k comparisonKind) bool { return k.name == name })
	if i < 0 {
		return comparisonKind{}, false
	}
	return comparisonKinds[i], true
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler.
func (c *Comparison) UnmarshalYAML(decode func(any) error) error {
	var keys map[string]any
	if err := decode(&keys); err != nil {
		return err
	}
	for _, k := range comparisonKinds {
		if _, has := keys[k.name]; !has {
			continue
		}
		if c.Kind != "" {
			return &keyError{key: "compare", message: fmt.Sprintf("found %s and %s in one item, expected an item for each", c.Kind, k.name)}
		}
		c.Kind, c.Of = k.name, k.empty()
	}
	if c.Kind == "" {
		return &keyError{key: "compare", message: fmt.Sprintf("found an item without a kind, expected one of the keys %s", strings.Join(ComparisonKinds(), ", "))}
	}
	return decode(c.Of)
}

func (s *Study) checkComparisons() error {
	for i, c := range s.Compare {
		k, _ := kindNamed(c.Kind)
		if err := s.checkLabels(fmt.Sprintf("compare[%d].%s", i, k.name), k); err != nil {
			return err
		}
		if err := k.check(s, fmt.Sprintf("compare[%d]", i), c.Of); err != nil {
			return err
		}
	}
	return nil
}

// checkLabels refuses a comparison that is of labels 0 and 1 for another target.
func (s *Study) checkLabels(key string, k comparisonKind) error {
	if k.labels == "" || s.Target.Kind == target.KindBinary {
		return nil
	}
	var other []string
	for _, k := range comparisonKinds {
		if k.labels == "" {
			other = append(other, k.name)
		}
	}
	return s.ErrorAt(key, "found it for a target of kind %s, expected a binary one, since %s of labels 0 and 1; of this kind, a study compares %s", s.Target.Kind, k.labels, strings.Join(other, ", "))
}

// compared evaluates what comparisons need of the examples.
func (t *table) compared(_ *activations.Dump, c *Cases) error {
	for i, item := range t.Compare {
		k, known := kindNamed(item.Kind)
		if !known {
			c.Compared = append(c.Compared, nil)
			continue
		}
		columns, err := k.columns(t, fmt.Sprintf("compare[%d]", i), item.Of, c)
		if err != nil {
			return err
		}
		c.Compared = append(c.Compared, columns)
	}
	return nil
}

func (s *Study) errNoSet(key, list string, i int, name string) error {
	return s.ErrorAt(key+"."+list, "[%d]: found %q, expected one of sets: %s", i, name, strings.Join(slices.Sorted(maps.Keys(s.Sets)), ", "))
}

// checkNames reports a list of too few names, or one with a name twice.
func (s *Study) checkNames(key string, names []string, least int, what string) error {
	if len(names) < least {
		return s.ErrorAt(key, "found %d, expected at least %d: %s", len(names), least, what)
	}
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", key, i)
		switch {
		case name == "":
			return s.ErrorAt(at, "found nothing, expected %s", what)
		case slices.Index(names, name) < i:
			return s.ErrorAt(at, "found %q twice", name)
		}
	}
	return nil
}

// checkOnly refuses a second item of a kind whose lines do not tell two apart.
func (s *Study) checkOnly(key, kind string) error {
	n := 0
	for _, c := range s.Compare {
		if c.Kind == kind {
			n++
		}
	}
	if n > 1 {
		return s.ErrorAt(key+"."+kind, "found %d items of this kind, expected one", n)
	}
	return nil
}
