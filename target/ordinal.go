package target

import (
	"fmt"
	"slices"
)

// KindOrdinal is one of several levels in order.
const KindOrdinal Kind = "ordinal"

var ordinalKind = kind{KindOrdinal, true, Column.checkLevels}

// Ordinal is a target of named levels, which order lists in ascending order. An
// empty name is a level that is not stated; another that order lacks is an
// error, and so is an order that holds an empty name or one name twice.
func Ordinal(name, order []string) (Column, error) {
	for i, s := range order {
		if s == "" || slices.Contains(order[:i], s) {
			return Column{}, fmt.Errorf("target: found level %q as number %d of the order, expected different names, none of them empty", s, i)
		}
	}
	for i, s := range name {
		if s != "" && !slices.Contains(order, s) {
			return Column{}, fmt.Errorf("target: row %d: found level %q, expected one of %q", i, s, order)
		}
	}
	return indexed(KindOrdinal, name, slices.Clone(order)), nil
}
