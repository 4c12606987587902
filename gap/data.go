package gap

import (
	"fmt"
	"math"
)

// check says which row or column of d cannot be what it claims to be.
func (d *Data) check() error {
	n := len(d.Label)
	if n == 0 {
		return fmt.Errorf("gap: no rows")
	}
	if err := d.checkLengths(n); err != nil {
		return err
	}
	for i := range n {
		switch {
		case !binary(d.Label[i]):
			return fmt.Errorf("gap: row %d: label is %d, want 0 or 1", i, d.Label[i])
		case !binary(d.Behaviour[i]) && d.Behaviour[i] != Neither:
			return fmt.Errorf("gap: row %d: behaviour is %d, want 0, 1 or %d for neither", i, d.Behaviour[i], Neither)
		case !binary(d.Prediction[i]):
			return fmt.Errorf("gap: row %d: prediction is %d, want 0 or 1", i, d.Prediction[i])
		case math.IsNaN(d.Score[i]) || math.IsInf(d.Score[i], 0):
			return fmt.Errorf("gap: row %d: score is %v, want a finite number", i, d.Score[i])
		case d.Graded != nil && math.IsInf(d.Graded[i], 0):
			return fmt.Errorf("gap: row %d: graded behaviour is %v, want a finite number, or NaN where it is not stated", i, d.Graded[i])
		case d.Knows != nil && !binary(d.Knows[i]) && d.Knows[i] != Unstated:
			return fmt.Errorf("gap: row %d: knows is %d, want 0, 1 or %d where it is not stated", i, d.Knows[i], Unstated)
		case d.Text != nil && !binary(d.Text[i]):
			return fmt.Errorf("gap: row %d: text-only prediction is %d, want 0 or 1", i, d.Text[i])
		case d.Calibrated != nil && d.Behaviour[i] != Neither && !binary(d.Calibrated[i]):
			return fmt.Errorf("gap: row %d: calibrated behaviour is %d, want 0 or 1", i, d.Calibrated[i])
		}
	}
	return nil
}

func (d *Data) checkLengths(n int) error {
	type column struct {
		name     string
		length   int
		optional bool
	}
	columns := []column{
		{"behaviours", len(d.Behaviour), false},
		{"predictions", len(d.Prediction), false},
		{"scores", len(d.Score), false},
		{"graded behaviours", len(d.Graded), d.Graded == nil},
		{"values of knows", len(d.Knows), d.Knows == nil},
		{"calibrated behaviours", len(d.Calibrated), d.Calibrated == nil},
		{"text-only predictions", len(d.Text), d.Text == nil},
		{"groups", len(d.Group), d.Group == nil},
		{"conditions", len(d.Condition), d.Condition == nil},
	}
	for _, s := range d.Strata {
		columns = append(columns, column{fmt.Sprintf("values of stratum %q", s.Name), len(s.Value), false})
	}
	for _, c := range columns {
		if c.length != n && !c.optional {
			return fmt.Errorf("gap: %d %s for %d labels", c.length, c.name, n)
		}
	}
	return nil
}

func binary(x int) bool { return x == 0 || x == 1 }

// group is the group code of row i.
func (d *Data) group(i int) int {
	if d.Group == nil {
		return i
	}
	return d.Group[i]
}
