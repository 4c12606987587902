package probe

import (
	"context"
	"fmt"

	"tell/internal/solve"
	"tell/metric"
	"tell/target"
)

// Null is a statistic on the observed labels and on permutations of them, which
// [tell/estimate.MaxP] makes a p-value of.
type Null struct {
	Observed float64
	Draws    []float64
}

// Permutations trains on the observed labels and on draws permutations of them
// (see [tell/folds.Permuter]) with the outer folds of the first repeat and one
// fixed C, and returns the out-of-fold AUROC of each. The same seed gives the
// same permutations for every set of rows, so that a maximum over layers can be
// taken draw by draw.
func Permutations(ctx context.Context, x Rows, y target.Column, s *Settings, C float64, draws int) (*Null, error) {
	t, err := s.planned(x, y)
	if err != nil {
		return nil, err
	}
	if t.Only != nil {
		return nil, fmt.Errorf("probe: found marks of rows to train on, expected none where labels are permuted")
	}
	if y.Kind != target.KindBinary {
		return nil, fmt.Errorf("probe: labels of kind %s cannot be permuted, expected binary ones", y.Kind)
	}
	p, fold, label := t.plan, t.plan.OuterFold(0), y.Ints()
	permuter, err := p.Permuter(label, fold, t.Unit)
	if err != nil {
		return nil, err
	}
	labels := [][]int{label}
	for b := range draws {
		labels = append(labels, permuter.Draw(t.Seed, b))
	}
	var splits []solve.Split
	for _, u := range p.Units[:p.Folds] {
		splits = append(splits, solve.Split{Train: u.Train()})
	}
	score := make([][]float64, len(labels))
	for k := range score {
		score[k] = make([]float64, len(label))
	}
	err = t.family.Fit(ctx, x.design, splits, solve.Targets(labels...), []float64{C}, func(f *solve.Fit) {
		for i, test := range p.Units[f.Split].Test {
			if test {
				score[f.Target][i] = solve.Sigmoid(f.Margin[i])
			}
		}
	})
	if err != nil {
		return nil, err
	}
	auroc := make([]float64, len(labels))
	for k, y := range labels {
		if auroc[k], err = metric.AUROC(y, score[k]); err != nil {
			return nil, err
		}
	}
	return &Null{Observed: auroc[0], Draws: auroc[1:]}, nil
}
