// Package target holds what a probe predicts: a column of one value for each
// row, of a kind that says what the values mean. Metrics and families of probes
// name the kinds that they can deal with.
//
// A value that is not stated is NaN. A column is made by the function of its
// kind and checked by [Column.Check], which every user of a column calls.
package target

import (
	"fmt"
	"math"
)

// Kind says what the values of a column mean. A kind is a file of this package and
// a line in its list.
type Kind string

// Column is a target.
type Column struct {
	Kind Kind
	// Values holds one number for each row: 0 or 1 for binary, an index into
	// Levels for class and ordinal, the number itself for number, a share from
	// 0 to 1 for share. NaN is a value that is not stated.
	Values []float64
	// Levels names the levels of a binary, class or ordinal target, an ordinal
	// one's in ascending order.
	Levels []string
	// N is, for shares, the number of judgements or draws of each row. Nil
	// where that is not known.
	N []float64
}

// kind is what distinguishes one kind of target: a file of this package.
type kind struct {
	name Kind
	// leveled kinds hold indices into Levels.
	leveled bool
	// check reports the first value that the kind cannot have, and what was
	// expected.
	check func(c Column) error
}

var kinds = []kind{binaryKind, classKind, ordinalKind, numberKind, shareKind}

// Kinds lists the kinds of target.
func Kinds() []Kind {
	names := make([]Kind, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

func (c Column) kind() (kind, bool) {
	for _, k := range kinds {
		if k.name == c.Kind {
			return k, true
		}
	}
	return kind{}, false
}

// NotStated is the value of a row on which the target is not known.
var NotStated = math.NaN()

// Len is the number of rows.
func (c Column) Len() int { return len(c.Values) }

// Stated reports whether row i has a value.
func (c Column) Stated(i int) bool { return !math.IsNaN(c.Values[i]) }

// Leveled reports whether the values are indices into Levels.
func (c Column) Leveled() bool {
	k, _ := c.kind()
	return k.leveled
}

// Check reports the first thing in the column that its kind cannot have: an unknown
// kind, a value out of range, another number of counts than of values. NaN, a
// value that is not stated, passes.
func (c Column) Check() error {
	k, known := c.kind()
	if !known {
		return fmt.Errorf("target: found kind %q, expected one of %v", c.Kind, Kinds())
	}
	if c.N != nil && len(c.N) != len(c.Values) {
		return fmt.Errorf("target: found %d counts for %d values, expected as many", len(c.N), len(c.Values))
	}
	return k.check(c)
}

// Ints gives the values of a column with levels as whole numbers, the indices into
// Levels, and -1 where none is stated.
func (c Column) Ints() []int {
	v := make([]int, len(c.Values))
	for i, x := range c.Values {
		v[i] = -1
		if !math.IsNaN(x) {
			v[i] = int(x)
		}
	}
	return v
}

// At returns a new column of the given rows, in their order. A row may occur more
// than once; one that the column does not have panics, as an index does.
func (c Column) At(rows []int) Column {
	at := c
	at.Values = make([]float64, len(rows))
	for i, row := range rows {
		at.Values[i] = c.Values[row]
	}
	if c.N != nil {
		at.N = make([]float64, len(rows))
		for i, row := range rows {
			at.N[i] = c.N[row]
		}
	}
	return at
}

// Spread counts the rows of every level, and the groups that they are in. Every row is
// stated.
func (c Column) Spread(group []int) (rows, groups []int) {
	rows, groups = make([]int, len(c.Levels)), make([]int, len(c.Levels))
	type in struct{ level, group int }
	seen := make(map[in]bool)
	for i, v := range c.Ints() {
		rows[v]++
		if at := (in{v, group[i]}); !seen[at] {
			seen[at] = true
			groups[v]++
		}
	}
	return rows, groups
}

// checkLevels refuses values that are no index into Levels.
func (c Column) checkLevels() error {
	for i, x := range c.Values {
		if math.IsNaN(x) {
			continue
		}
		if x < 0 || x >= float64(len(c.Levels)) || x != math.Trunc(x) {
			return fmt.Errorf("target: row %d: found %v, expected the number of a level, 0 to %d", i, x, len(c.Levels)-1)
		}
	}
	return nil
}
