package target

import (
	"fmt"
	"slices"
)

// Targets that are one of several levels in order.
const KindOrdinal Kind = "ordinal"

var ordinalKind = kind{KindOrdinal, true, Column.checkLevels}

// Ordinal is a target of named levels, which order lists in ascending order. An
// empty name is a level that is not stated; another that order lacks is an
// error.
func Ordinal(name, order []string) (Column, error) {
	for i, s := range name {
		if s != "" && !slices.Contains(order, s) {
			return Column{}, fmt.Errorf("target: row %d: found level %q, expected one of %q", i, s, order)
		}
	}
	return indexed(KindOrdinal, name, order), nil
}
