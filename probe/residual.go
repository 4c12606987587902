package probe

import (
	"context"
	"fmt"

	"tell/internal/solve"
)

// fit trains on every split. With columns to regress out, each has rows of its own: what
// is regressed out is learned on the rows that train it, so that those held out of an
// inner fold have no part in the choice of C.
func (t *task) fit(ctx context.Context, x Rows, splits []solve.Split, targets [][]float64, C []float64, emit func(*solve.Fit)) error {
	if t.Residualise == nil {
		return t.family.Fit(ctx, x.design, splits, targets, C, emit)
	}
	for k, s := range splits {
		design, err := solve.Residual(x.design, t.Residualise, s)
		if err != nil {
			return fmt.Errorf("probe: residualised rows: %w", err)
		}
		if err := t.family.Fit(ctx, design, splits[k:k+1], targets, C, func(f *solve.Fit) {
			f.Split = k
			emit(f)
		}); err != nil {
			return err
		}
	}
	return nil
}

// wholeRows reports settings with columns to regress out where rows are taken as
// they are.
func (t *task) wholeRows(what string) error {
	if t.Residualise != nil {
		return fmt.Errorf("probe: found columns to regress out, expected none for %s; CrossValidate takes them", what)
	}
	return nil
}
