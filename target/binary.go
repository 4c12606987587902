package target

import (
	"fmt"
	"math"
)

// KindBinary is label 0 or 1, no or yes.
const KindBinary Kind = "binary"

var binaryKind = kind{KindBinary, true, func(c Column) error {
	if len(c.Levels) != 2 {
		return fmt.Errorf("target: found %d levels, expected 2: of label 0 and of label 1", len(c.Levels))
	}
	for i, x := range c.Values {
		if x != 0 && x != 1 && !math.IsNaN(x) {
			return fmt.Errorf("target: row %d: found %v, expected label 0 or 1", i, x)
		}
	}
	return nil
}}

// Binary is a target of labels 0 and 1, the names of which are "0" and "1" until
// Levels is set. [Column.Check] refuses any other label.
func Binary(label []int) Column {
	c := Column{Kind: KindBinary, Values: make([]float64, len(label)), Levels: []string{"0", "1"}}
	for i, y := range label {
		c.Values[i] = float64(y)
	}
	return c
}

// Bools is a binary target: true is label 1.
func Bools(label []bool) Column {
	y := make([]int, len(label))
	for i, is := range label {
		if is {
			y[i] = 1
		}
	}
	return Binary(y)
}
