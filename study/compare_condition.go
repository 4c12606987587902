package study

import (
	"maps"
	"slices"
)

// Conditions compares values of the condition. A probe trained on the rows of
// the first is applied, frozen, to those of every other.
type Conditions struct {
	// Condition are the values; the first is the one without pressure.
	Condition []string `yaml:"condition"`
	// Pair is the column that says which rows of two conditions belong
	// together. A value stands once in each condition.
	Pair string `yaml:"pair"`
}

var conditionKind = kindOf("condition", "overrides and alarm rates are", (*Study).checkConditions, (*table).pairs)

func (s *Study) checkConditions(key string, c *Conditions) error {
	switch {
	case s.Condition == "":
		return s.ErrorAt(key+".condition", "the study names no condition, expected the column that holds %q", c.Condition)
	case c.Pair == "":
		return s.ErrorAt(key+".pair", "missing, expected the column that says which rows of two conditions belong together")
	}
	return s.checkNames(key+".condition", c.Condition, 2, "a value of the condition, the one without pressure first")
}

// Pairs holds, for every case, what pairs it with a case of another condition;
// empty where the column has null.
type Pairs []string

func (t *table) pairs(key string, of *Conditions, c *Cases) (Pairs, error) {
	for i, name := range of.Condition {
		if !slices.Contains(c.Condition, name) {
			return nil, t.ErrorAt(key+".condition", "[%d]: found %q, expected one of the values that %s has on the rows used: %s", i, name, t.Condition, first(distinct(c.Condition)))
		}
	}
	pair, err := t.text(key+".pair", of.Pair, "")
	if err != nil {
		return nil, err
	}
	return pair, t.checkPairs(key+".pair", of, c, pair)
}

// checkPairs reports a value that stands twice in a condition or in two groups, and a
// condition that has no pair with the first.
func (t *table) checkPairs(key string, of *Conditions, c *Cases, pair Pairs) error {
	rows := map[string]map[string]int{}
	for _, name := range of.Condition {
		rows[name] = map[string]int{}
	}
	for i, value := range pair {
		in, compared := rows[c.Condition[i]]
		if !compared || value == "" {
			continue
		}
		if k, twice := in[value]; twice {
			return t.ErrorAt(key, "found %s %q on the rows %q and %q of %s %q, expected it once in each: name a column that tells them apart", of.Pair, value, c.ID[k], c.ID[i], t.Condition, c.Condition[i])
		}
		in[value] = i
	}
	one := of.Condition[0]
	for _, other := range of.Condition[1:] {
		for _, value := range slices.Sorted(maps.Keys(rows[other])) {
			i := rows[other][value]
			if k, both := rows[one][value]; both && c.Group[i] != c.Group[k] {
				return t.ErrorAt(key, "found %s %q on rows %q and %q of groups %q and %q, expected it in one", of.Pair, value, c.ID[k], c.ID[i], c.GroupNames[c.Group[k]], c.GroupNames[c.Group[i]])
			}
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(rows[one])), func(value string) bool { _, both := rows[other][value]; return both }) {
			return t.ErrorAt(key, "found no value of %s in both %q and %q; %d values in the one (%s), %d in the other (%s)", of.Pair,
				one, other, len(rows[one]), first(slices.Sorted(maps.Keys(rows[one]))), len(rows[other]), first(slices.Sorted(maps.Keys(rows[other]))))
		}
	}
	return nil
}

// distinct lists the values in the order in which they come.
func distinct[T comparable](values []T) []T {
	var list []T
	for _, v := range values {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}
