package target

import (
	"fmt"
	"math"
)

// KindNumber is a quantity.
const KindNumber Kind = "number"

var numberKind = kind{KindNumber, false, func(c Column) error {
	for i, x := range c.Values {
		if math.IsInf(x, 0) {
			return fmt.Errorf("target: row %d: found %v, expected a finite number", i, x)
		}
	}
	return nil
}}

// Number is a target of quantities. NaN is one that is not stated. x is not copied.
func Number(x []float64) Column { return Column{Kind: KindNumber, Values: x} }
