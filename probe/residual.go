package probe

import (
	"fmt"

	"tell/internal/solve"
)

// without is x less what Residualise tells of it on some rows.
func (t *task) without(x Rows, train []bool) (Rows, error) {
	if t.Residualise == nil {
		return x, nil
	}
	design, err := solve.Residual(x.design, t.Residualise, t.split(t.labels(), train))
	if err != nil {
		return Rows{}, fmt.Errorf("probe: residualised rows: %w", err)
	}
	return Rows{design: design}, nil
}

// wholeRows reports settings with columns to regress out where rows are taken as
// they are.
func (t *task) wholeRows(what string) error {
	if t.Residualise != nil {
		return fmt.Errorf("probe: found columns to regress out, expected none for %s; CrossValidate takes them", what)
	}
	return nil
}
