package probe

import (
	"context"
	"fmt"

	"tell/folds"
	"tell/internal/solve"
	"tell/metric"
	"tell/target"
)

// Null is a statistic on the observed labels and on permutations of them, which
// [tell/estimate.MaxP] makes a p-value of.
type Null struct {
	// Key is the metric that the statistic is.
	Key      string
	Observed float64
	Draws    []float64
	// Validity says whether the test is known to hold.
	Validity folds.Validity
}

// Permutations trains on the observed target and on draws permutations of it (see
// [tell/folds.Permuter]) with the outer folds of the first repeat and one fixed C, and
// returns the out-of-fold [metric.Headline] of each: the AUROC of a binary target.
// Values move with their numbers of judgements. The same seed gives the same
// permutations for every set of rows, so that a maximum over layers can be taken
// draw by draw.
func Permutations(ctx context.Context, x Rows, y target.Column, s *Settings, C float64, draws int) (*Null, error) {
	t, err := s.planned(x, y)
	if err != nil {
		return nil, err
	}
	if t.Only != nil {
		return nil, fmt.Errorf("probe: found marks of rows to train on, expected none where labels are permuted")
	}
	if err := t.wholeRows("permutations"); err != nil {
		return nil, err
	}
	m, ok := metric.Headline(y.Kind)
	if !ok {
		return nil, fmt.Errorf("probe: a target of kind %s cannot be permuted, as no metric is known for it", y.Kind)
	}
	p, shape := t.plan, t.shape
	fold := p.OuterFold(0)
	if !y.Leveled() {
		fold = nil // the folds were made without the values
	}
	label, row := numbered(y)
	permuter, err := p.Permuter(label, fold, t.Unit)
	if err != nil {
		return nil, err
	}
	units := p.Units[:p.Folds]
	family := solve.ForPermutations(t.family)
	statistic := make([]float64, 1+draws) // of the observed target, then of the draws
	size := together(t, len(statistic))
	score := make([][]float64, size)
	for k := range score {
		score[k] = make([]float64, y.Len()*shape.width)
	}
	for lo := 0; lo < len(statistic); lo += size {
		var targets []target.Column
		for k := lo; k < min(lo+size, len(statistic)); k++ {
			if k == 0 {
				targets = append(targets, y)
				continue
			}
			drawn := permuter.Draw(t.Seed, k-1)
			rows := make([]int, len(drawn))
			for i, l := range drawn {
				rows[i] = row[l]
			}
			targets = append(targets, y.At(rows))
		}
		// Weights that follow the values go with each target.
		one := *t
		one.y = targets[0]
		splits, values := make([]solve.Split, len(units)), make([][]float64, len(targets))
		for i, u := range units {
			train := u.Train()
			if err := checkTraining(one.y, train, fmt.Sprintf("fold %d", u.Fold)); err != nil {
				return nil, err
			}
			splits[i] = one.split(one.y.Values, train)
		}
		for k, c := range targets {
			values[k] = c.Values
		}
		err = family.Fit(ctx, x.design, splits, values, []float64{C}, func(f *solve.Fit) {
			to := score[f.Target]
			for i, test := range units[f.Split].Test {
				if test {
					shape.score(to[i*shape.width:(i+1)*shape.width], f, i)
				}
			}
		})
		if err != nil {
			return nil, err
		}
		for k, c := range targets {
			if statistic[lo+k], err = m.Value(c, score[k], nil); err != nil {
				return nil, err
			}
		}
	}
	return &Null{Key: m.Key, Observed: statistic[0], Draws: statistic[1:], Validity: permuter.Validity()}, nil
}

// maxPermuted bounds the values of targets that are trained in one call: what a call
// begins with is soon shared by enough of them, and all are held.
var maxPermuted = 1 << 24

// together is how many targets are trained in one call, or one by one where the
// weights of rows depend on the target.
func together(t *task, targets int) int {
	const few = 64
	if t.Balanced || t.y.N != nil {
		return 1
	}
	calls := (targets*t.y.Len() + maxPermuted - 1) / maxPermuted
	return max(min(targets, few), (targets+calls-1)/calls)
}

// numbered gives every row the number of its value and a row that has the value of
// each number. Values with levels keep their own numbers.
func numbered(y target.Column) (label []int, row map[int]int) {
	row = make(map[int]int)
	if y.Leveled() {
		label = y.Ints()
		for i, l := range label {
			row[l] = i
		}
		return label, row
	}
	type value struct{ x, n float64 }
	at := make(map[value]int)
	label = make([]int, y.Len())
	for i, x := range y.Values {
		v := value{x: x}
		if y.N != nil {
			v.n = y.N[i]
		}
		l, seen := at[v]
		if !seen {
			l = len(at)
			at[v], row[l] = l, i
		}
		label[i] = l
	}
	return label, row
}
