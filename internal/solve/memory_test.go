package solve_test

import (
	"testing"

	"tell/internal/solve"
)

// Least squares hold products of the smaller side for two splits at a time, and
// multinomial probes the columns of every class.
func TestWorkingBytes(t *testing.T) {
	p := solve.Problem{Rows: 2000, Columns: 4096, Splits: 6, Targets: 1, Penalties: 10, Levels: 6}
	logistic := solve.WorkingBytes("logistic", p)
	for family, least := range map[string]int64{
		"ridge":       2 * 8 * 3 * 2000 * 2000, // product, factor, reduction
		"lda":         2 * 8 * 3 * 2000 * 2000,
		"multinomial": logistic + 8*10*6*5*(2000+4096), // ten vectors of five classes more
		"mass-mean":   logistic,
	} {
		if said := solve.WorkingBytes(family, p); said < least || said > 8*least {
			t.Errorf("%s: %d bytes said, expected %d to %d", family, said, least, 8*least)
		}
	}
	// Of rows few enough, two splits at a time hold products, coordinates and factor.
	p.Rows, p.Splits = 1000, 30
	if said, least := solve.WorkingBytes("share", p), int64(2*8*3*1000*1000); said < least || said > 2*least {
		t.Errorf("share: %d bytes said, expected %d to %d", said, least, 2*least)
	}
}
