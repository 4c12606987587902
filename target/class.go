package target

import (
	"math"
	"slices"
)

// KindClass is one of several classes without an order.
const KindClass Kind = "class"

var classKind = kind{KindClass, true, Column.checkLevels}

// Classes is a target of named classes, which become the levels in sorted
// order. An empty name is a class that is not stated.
func Classes(name []string) Column {
	levels := slices.Compact(slices.Sorted(slices.Values(name)))
	if len(levels) > 0 && levels[0] == "" {
		levels = levels[1:]
	}
	return indexed(KindClass, name, levels)
}

// indexed is a column of indices into levels, NaN for what is not among them.
func indexed(k Kind, name, levels []string) Column {
	at := make(map[string]float64, len(levels))
	for i, l := range levels {
		at[l] = float64(i)
	}
	c := Column{Kind: k, Values: make([]float64, len(name)), Levels: levels}
	for i, s := range name {
		x, known := at[s]
		if !known {
			x = math.NaN()
		}
		c.Values[i] = x
	}
	return c
}
