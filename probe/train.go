package probe

import (
	"context"
	"fmt"
	"slices"

	"tell/internal/solve"
	"tell/target"
)

// Train trains a probe on all rows. Its C is the one whose probes have the
// smallest mean loss on the test rows of the outer folds; with a single C
// there is nothing to choose and no folds are made. Scores of the rows that it was
// trained on say nothing about others: those come from [CrossValidate]. See there
// for what is an error, and Status of the probe for a solver that stopped early.
func Train(ctx context.Context, x Rows, y target.Column, s *Settings) (*Probe, error) {
	t, err := s.task(x, y)
	if err != nil {
		return nil, err
	}
	loss := make([]float64, len(t.C))
	if len(t.C) > 1 {
		if t.plan, err = t.makePlan(y.Len()); err != nil {
			return nil, err
		}
		var splits []solve.Split
		for _, u := range t.plan.Units {
			train := t.only(u.Train())
			if err := checkTraining(y, train, fmt.Sprintf("repeat %d, fold %d", u.Repeat, u.Fold)); err != nil {
				return nil, err
			}
			splits = append(splits, t.split(t.labels(), train))
		}
		weight := t.weights(t.labels(), t.only(slices.Repeat([]bool{true}, y.Len())))
		err := t.family.Fit(ctx, x.design, splits, [][]float64{t.labels()}, t.C, func(f *solve.Fit) {
			for row, test := range t.plan.Units[f.Split].Test {
				if test && t.trains(row) {
					loss[f.CIndex] += counts(weight, row) * t.shape.loss(y.Values[row], f, row)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return t.train(ctx, x, t.C[smallest(loss)])
}

// Train trains a probe on all rows, with the C whose probes have the smallest
// TestLoss. The rows are those that were cross-validated.
func (o *OutOfFold) Train(ctx context.Context, x Rows) (*Probe, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	if o.task == nil {
		return nil, errNotCrossValidated
	}
	return o.task.train(ctx, x, o.Grid[smallest(o.TestLoss)])
}

// train trains on all rows at one C.
func (t *task) train(ctx context.Context, x Rows, C float64) (p *Probe, err error) {
	all := t.only(slices.Repeat([]bool{true}, t.y.Len()))
	if err := t.wholeRows("a probe on all rows"); err != nil {
		return nil, err
	}
	if err := checkTraining(t.y, all, "all rows"); err != nil {
		return nil, err
	}
	err = t.family.Fit(ctx, x.design, []solve.Split{t.split(t.labels(), all)}, [][]float64{t.labels()}, []float64{C}, func(f *solve.Fit) { p = t.keep(f) })
	return p, err
}
