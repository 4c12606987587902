package study

import "slices"

// Conditions compares values of the condition. A probe trained on the rows of
// the first is applied, frozen, to those of every other.
type Conditions struct {
	// Condition are the values; the first is the one without pressure.
	Condition []string `yaml:"condition"`
	// Pair is the column that says which rows of two conditions belong
	// together. A value stands once in each condition.
	Pair string `yaml:"pair"`
}

var conditionKind = kindOf("condition", (*Study).checkConditions, (*table).pairs)

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
	return t.text(key+".pair", of.Pair, "")
}

// distinct lists the values in the order in which they come.
func distinct(values []string) []string {
	var list []string
	for _, v := range values {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}
