package study

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tell/activations"
	"tell/gap"
)

// levelActedAs evaluates which level the model acted as.
func (t *table) levelActedAs(_ *activations.Dump, c *Cases) error {
	const key = "decision.acts_as"
	if t.Decision == nil || t.Decision.ActsAs == "" {
		return nil
	}
	x, err := t.compile(key, t.Decision.ActsAs)
	if err != nil {
		return err
	}
	unknown, acted := map[string]int{}, 0
	for _, i := range t.used {
		c.Behaviour = append(c.Behaviour, gap.Neither)
		if x.missing(i) {
			continue
		}
		v, err := x.value(i)
		if err != nil {
			return t.errorOn(i, key, "", "%w", err)
		}
		if v == nil || v == "" {
			continue
		}
		if number, ok := asNumber(v); ok && number == math.Trunc(number) && math.Abs(number) < 1<<53 {
			v = int(number)
		}
		name := level(v)
		b := slices.Index(c.Target.Levels, name)
		if b < 0 {
			unknown[name]++
			continue
		}
		c.Behaviour[len(c.Behaviour)-1] = b
		acted++
	}
	switch {
	case len(unknown) > 0:
		return t.ErrorAt(key, "`%s` gives %s, which no row used has as its label; expected one of %s, or nil where the model acted as none of them",
			t.Decision.ActsAs, counted(unknown), first(c.Target.Levels))
	case acted == 0:
		return t.ErrorAt(key, "`%s` is nil on all %d rows used, expected the level that the model acted as on some", t.Decision.ActsAs, len(t.used))
	}
	return nil
}

// counted lists names with their numbers of rows, the most first.
func counted(rows map[string]int) string {
	const most = 5
	names := slices.Sorted(maps.Keys(rows))
	slices.SortStableFunc(names, func(a, b string) int { return rows[b] - rows[a] })
	var list []string
	for _, name := range names[:min(len(names), most)] {
		of := "rows"
		if rows[name] == 1 {
			of = "row"
		}
		list = append(list, fmt.Sprintf("%.60q on %d %s", name, rows[name], of))
	}
	if more := len(names) - most; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, ", ")
}

// gradedLevels evaluates how far the behaviour goes toward every level.
func (t *table) gradedLevels(_ *activations.Dump, c *Cases) error {
	const key = "decision.scores"
	if t.Decision == nil || t.Decision.Scores == nil {
		return nil
	}
	levels := c.Target.Levels
	for _, name := range slices.Sorted(maps.Keys(t.Decision.Scores)) {
		if !slices.Contains(levels, name) {
			return t.ErrorAt(key+"."+name, "found a score of %.60q, which no row used has as its label; expected one for each of %s", name, first(levels))
		}
	}
	c.GradedLevels = make([][]float64, len(t.used))
	for k := range c.GradedLevels {
		c.GradedLevels[k] = make([]float64, len(levels))
	}
	stated := 0
	for v, name := range levels {
		source, ok := t.Decision.Scores[name]
		if !ok {
			return t.ErrorAt(key, "found no score of %.60q, expected one for each of %s", name, first(levels))
		}
		x, err := t.numbers(key+"."+name, source)
		if err != nil {
			return err
		}
		for k := range x {
			c.GradedLevels[k][v] = x[k]
		}
	}
	for k, g := range c.GradedLevels {
		// A row states all of them or none, and none is what all 0 says.
		if slices.ContainsFunc(g, math.IsNaN) || slices.Max(g) == 0 && slices.Min(g) == 0 {
			c.GradedLevels[k] = nil
			continue
		}
		stated++
	}
	if stated == 0 {
		return t.ErrorAt(key, "found no row of %d with a score for every level, expected some", len(t.used))
	}
	return nil
}
