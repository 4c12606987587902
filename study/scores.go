package study

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"tell/activations"
)

// Scorer is a rival that the study gives by a score.
type Scorer struct {
	Name  string
	Score []float64 // NaN where a row has none
}

// numbers evaluates an expression for a finite number; a row on which the
// expression, or a column that it reads, is null has NaN.
func (t *table) numbers(key, source string) ([]float64, error) {
	return t.numbersOf(key, source, "a finite number, or nil where there is none")
}

// numbersOf is numbers, with what its error says that was expected.
func (t *table) numbersOf(key, source, expected string) ([]float64, error) {
	x, err := t.compile(key, source)
	if err != nil {
		return nil, err
	}
	numbers := make([]float64, len(t.used))
	for k, i := range t.used {
		numbers[k] = math.NaN()
		if x.missing(i) {
			continue
		}
		v, err := x.value(i)
		if err != nil {
			return nil, t.errorOn(i, key, "", "%w", err)
		}
		if v == nil {
			continue
		}
		number, ok := asNumber(v)
		if !ok {
			// One text among numbers makes a column of them text: that one is at fault.
			if x.program == nil {
				if row, ok := x.columns[0].NotNumber(); ok {
					i, v = row, x.columns[0].Value(row)
				}
			}
			return nil, t.errorOn(i, key, source, "found %s, expected %s%s", literal(v), expected, asWritten(source, v))
		}
		if err := t.inRange(i, key, source, number); err != nil {
			return nil, err
		}
		numbers[k] = number
	}
	return numbers, nil
}

// asWritten says what to write for a value that stands for a number.
func asWritten(source string, v any) string {
	switch v := v.(type) {
	case bool:
		return fmt.Sprintf("; write `(%s) ? 1 : 0`", source)
	case string:
		trimmed := strings.TrimSpace(v)
		if x, err := strconv.ParseFloat(trimmed, 64); err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			return ""
		}
		if trimmed != v {
			source = fmt.Sprintf("trim(%s)", source)
		}
		return fmt.Sprintf("; it is text that holds a number: write `float(%s)`", source)
	}
	return ""
}

// inRange refuses a number on row i that cannot be computed with.
func (t *table) inRange(i int, key, source string, x float64) error {
	const most = 1e100
	if math.Abs(x) > most {
		return t.errorOn(i, key, source, "found %v, expected a number from -1e100 to 1e100, so that sums of squares are numbers; divide such numbers, or leave the row out", x)
	}
	return nil
}

// missing reports whether a column that the expression reads is null on row i,
// where the expression does not deal with that itself.
func (x *expression) missing(i int) bool {
	if x.nils {
		return false
	}
	for _, c := range x.columns {
		if c.IsNull(i) {
			return true
		}
	}
	return false
}

func (t *table) graded(_ *activations.Dump, c *Cases) (err error) {
	if t.Decision != nil && t.Decision.Score != "" {
		c.Graded, err = t.numbers("decision.score", t.Decision.Score)
	}
	return err
}

func (t *table) knows(_ *activations.Dump, c *Cases) (err error) {
	if t.Decision != nil && t.Decision.Knows != "" {
		c.Knows, err = t.optionalTruths("decision.knows", t.Decision.Knows, trueFalseOrNil)
	}
	return err
}

// effort evaluates what the model spends and whether it was cut off and right.
func (t *table) effort(_ *activations.Dump, c *Cases) (err error) {
	d := t.Decision
	if d == nil || d.Effort == "" {
		return nil
	}
	if c.Effort, err = t.numbers("decision.effort", d.Effort); err != nil {
		return err
	}
	if d.Censored != "" {
		if c.Censored, err = t.truths("decision.censored", d.Censored); err != nil {
			return err
		}
	}
	if d.Right != "" {
		c.Right, err = t.optionalTruths("decision.right", d.Right, trueFalseOrNil)
	}
	return err
}

// optionalTruths evaluates an expression that is true, false or, on a row on
// which that is not stated, nil: 1, 0 and -1. Another value is an error that says
// what was expected.
func (t *table) optionalTruths(key, source, expected string) ([]int, error) {
	x, err := t.compile(key, source)
	if err != nil {
		return nil, err
	}
	values := make([]int, len(t.used))
	for k, i := range t.used {
		values[k] = -1
		if x.missing(i) {
			continue
		}
		v, err := x.value(i)
		if err != nil {
			return nil, t.errorOn(i, key, "", "%w", err)
		}
		if v == nil {
			continue
		}
		is, err := truth(v)
		if err != nil {
			hint := ""
			if _, ok := asNumber(v); ok {
				hint = fmt.Sprintf("; write a comparison, such as `(%s) == %v`", source, v)
			}
			return nil, t.errorOn(i, key, source, "found %s, expected %s%s", literal(v), expected, hint)
		}
		values[k] = 0
		if is {
			values[k] = 1
		}
	}
	return values, nil
}

const trueFalseOrNil = "true, false or nil"

// units numbers the values of the unit column. A unit with two labels, or in two
// groups, is an error.
func (t *table) units(_ *activations.Dump, c *Cases) error {
	column, err := t.column("unit", t.Unit)
	if column == nil {
		return err
	}
	first := map[string]int{}
	for k, i := range t.used {
		if column.IsNull(i) {
			return t.errorOn(i, "unit", t.Unit, "found null, expected a unit")
		}
		name := column.String(i)
		at, seen := first[name]
		if !seen {
			at = k
			first[name] = k
		}
		if c.Target.Values[at] != c.Target.Values[k] {
			return t.errorOn(i, "unit", t.Unit, "found label %v in unit %q, which has label %v at %s; expected one label in a unit", c.Target.Values[k], name, c.Target.Values[at], t.Where(t.used[at]))
		}
		if c.Group[at] != c.Group[k] {
			return t.errorOn(i, "unit", t.Unit, "found unit %q in groups %s and %s, expected it in one: a unit is a part of a group, so name a column whose values no two groups share", name, c.GroupNames[c.Group[at]], c.GroupNames[c.Group[k]])
		}
		c.Unit = append(c.Unit, at)
	}
	return nil
}

func (t *table) scorers(_ *activations.Dump, c *Cases) error {
	for i, b := range t.Baselines {
		if b.Score == "" {
			continue
		}
		score, err := t.numbers(fmt.Sprintf("baselines[%d].score", i), b.Score)
		if err != nil {
			return err
		}
		c.Scorers = append(c.Scorers, Scorer{b.Name, score})
	}
	return nil
}

// sets marks the cases on which the expression of a set is true. Sets of a dump
// that has examples of its own are not among the study's own.
func (t *table) sets(_ *activations.Dump, c *Cases) error {
	if t.Sets == nil {
		return nil
	}
	c.Sets = map[string][]bool{}
	for _, name := range slices.Sorted(maps.Keys(t.Sets)) {
		set, key := t.Sets[name], "sets."+name
		if t.Dumps[set.Dump].Examples != "" {
			continue
		}
		if set.Rows == "" {
			c.Sets[name] = slices.Repeat([]bool{true}, len(t.used))
			continue
		}
		in, err := t.truths(key, set.Rows)
		if err != nil {
			return err
		}
		if !slices.Contains(in, true) {
			return t.ErrorAt(key, "`%s` is true for none of the %d rows used", set.Rows, len(in))
		}
		c.Sets[name] = in
	}
	return nil
}

// truths evaluates an expression that is true or false on every case.
func (t *table) truths(key, source string) ([]bool, error) {
	x, err := t.compile(key, source)
	if err != nil {
		return nil, err
	}
	values := make([]bool, len(t.used))
	for k, i := range t.used {
		if values[k], err = x.truth(i); err != nil {
			return nil, t.errorOn(i, key, "", "%w", err)
		}
	}
	return values, nil
}
