// Package probe trains linear probes on rows of numbers and scores every row
// with a probe that saw neither the row nor its group.
//
// [CrossValidate] goes from rows and labels to scores and their metrics, [Train]
// to a probe that can be kept. They know no files of hidden states; package
// activations gives the rows of a dump.
package probe

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"tell/estimate"
	"tell/folds"
	"tell/internal/solve"
	"tell/metric"
	"tell/target"
)

// OutOfFold is what rows give in nested cross-validation: C is chosen inside
// the training rows of every unit of the plan, and its test rows are scored
// with the probe of that C. It is made by [CrossValidate]. Losses are means of
// -ln P(label of the row), in nats.
type OutOfFold struct {
	Plan   *folds.Plan
	Target target.Column
	// Grid holds the values of C in ascending order.
	Grid []float64
	// Loss, C: for every unit, the smallest mean log loss over the inner
	// validation rows and the C that has it.
	Loss, C []float64
	// Score is P(label = 1) for every repeat and row, by the probe of the
	// unit that tests the row.
	Score [][]float64
	// Inner is, for every unit and training row, the margin given by the probe of
	// the unit's C that was trained without the row's inner fold; 0 on test rows.
	// It is what a second level is trained on, which must not see how a probe
	// does on rows that it was trained on.
	Inner [][]float64
	// Probes are those that scored, one for each unit. Nil where the columns
	// themselves were learned anew in every unit.
	Probes []*Probe
	// TestLoss is the mean log loss of all test rows for each C of Grid: what
	// the C of a probe on all rows is chosen by.
	TestLoss []float64
	// Fits counts the probes trained, NotConverged those among them that
	// stopped before the tolerance.
	Fits, NotConverged int

	task *task
}

// CrossValidate trains and scores probes on the folds of the settings: for
// every outer fold and C one on its training rows, and one on the training rows
// without each inner fold. Rows that cannot be split as the settings say, numbers
// that are not finite, and labels that are missing or of a kind that the family
// cannot be trained on are errors.
func CrossValidate(ctx context.Context, x Rows, y target.Column, s *Settings) (*OutOfFold, error) {
	t, err := s.planned(x, y)
	if err != nil {
		return nil, err
	}
	o := newOutOfFold(t)
	o.Probes = make([]*Probe, len(t.plan.Units))
	if err := o.run(ctx, x, t.plan.Units); err != nil {
		return nil, err
	}
	return o, nil
}

// CrossValidateEach is CrossValidate for columns that are themselves learned
// from training rows: rows is asked for the matrix of each unit, with the rows
// that may be learned from, and gives a matrix of all rows.
func CrossValidateEach(ctx context.Context, rows func(train []bool) (Rows, error), y target.Column, s *Settings) (*OutOfFold, error) {
	var o *OutOfFold
	// The first rows are needed to know the folds' number of rows.
	t, err := s.planned(Dense(y.Len(), 1, make([]float64, y.Len())), y)
	if err != nil {
		return nil, err
	}
	o = newOutOfFold(t)
	for i, u := range t.plan.Units {
		x, err := rows(u.Train())
		if err == nil {
			err = x.check()
		}
		if err != nil {
			return nil, err
		}
		if err := o.run(ctx, x, t.plan.Units[i:i+1]); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// errNotCrossValidated is an OutOfFold without the settings that it came from.
var errNotCrossValidated = errors.New("probe: found no scores; make them with CrossValidate")

func newOutOfFold(t *task) *OutOfFold {
	return &OutOfFold{
		Plan:     t.plan,
		Target:   t.y,
		Grid:     t.C,
		Loss:     make([]float64, len(t.plan.Units)),
		C:        make([]float64, len(t.plan.Units)),
		Score:    t.plan.NewScores(),
		Inner:    make([][]float64, len(t.plan.Units)),
		TestLoss: make([]float64, len(t.C)),
		task:     t,
	}
}

// run trains the given units, which are consecutive units of the plan.
func (o *OutOfFold) run(ctx context.Context, x Rows, units []folds.Unit) error {
	p, label := o.Plan, o.task.labels()
	perUnit := 1 + p.Inner
	splits := make([]solve.Split, 0, len(units)*perUnit)
	for _, u := range units {
		splits = append(splits, solve.Split{Train: o.task.only(u.Train())})
		for f := range p.Inner {
			splits = append(splits, solve.Split{Train: o.task.only(u.Without(f))})
		}
	}
	loss := make([][]float64, len(units))     // unit, C: summed over validation rows
	margin := make([][][]float64, len(units)) // unit, C, row: of validation rows
	score := make([][][]float64, len(units))  // unit, C, row
	kept := make([][]*Probe, len(units))      // unit, C
	for i := range units {
		loss[i] = make([]float64, len(o.Grid))
		margin[i] = make([][]float64, len(o.Grid))
		for c := range o.Grid {
			margin[i][c] = make([]float64, len(label))
		}
		score[i] = make([][]float64, len(o.Grid))
		kept[i] = make([]*Probe, len(o.Grid))
	}
	rows := o.task.trainable()
	err := o.task.family.Fit(ctx, x.design, splits, [][]float64{label}, o.Grid, func(f *solve.Fit) {
		o.count(f)
		i, inner := f.Split/perUnit, f.Split%perUnit-1
		if inner >= 0 {
			var total float64
			for row, fold := range units[i].InnerFold {
				if fold != inner {
					continue
				}
				margin[i][f.CIndex][row] = f.Margin[row]
				if o.task.trains(row) {
					total += rowLoss(label[row], f.Margin[row])
				}
			}
			loss[i][f.CIndex] += total
			return
		}
		score[i][f.CIndex] = testScores(f.Margin, units[i].Test)
		for row, test := range units[i].Test {
			if test && o.task.trains(row) {
				o.TestLoss[f.CIndex] += rowLoss(label[row], f.Margin[row]) / float64(rows*p.Repeats())
			}
		}
		if o.Probes != nil {
			kept[i][f.CIndex] = o.task.keep(f)
		}
	})
	if err != nil {
		return err
	}
	for i, u := range units {
		best := 0
		for c := range o.Grid {
			if loss[i][c] < loss[i][best] {
				best = c
			}
		}
		n := u.Repeat*p.Folds + u.Fold
		o.C[n] = o.Grid[best]
		o.Loss[n] = loss[i][best] / float64(o.task.trainingRows(u))
		o.Inner[n] = margin[i][best]
		if o.Probes != nil {
			o.Probes[n] = kept[i][best]
		}
		next := 0
		for row, test := range u.Test {
			if test {
				o.Score[u.Repeat][row] = score[i][best][next]
				next++
			}
		}
	}
	return nil
}

func (o *OutOfFold) count(f *solve.Fit) {
	o.Fits++
	if f.Status != solve.Converged {
		o.NotConverged++
	}
}

// trainable is how many rows probes may be trained on.
func (t *task) trainable() int {
	n := 0
	for i := range t.y.Len() {
		if t.trains(i) {
			n++
		}
	}
	return n
}

func (t *task) trainingRows(u folds.Unit) int {
	n := 0
	for i, test := range u.Test {
		if !test && t.trains(i) {
			n++
		}
	}
	return n
}

func testScores(margin []float64, test []bool) []float64 {
	var s []float64
	for i, in := range test {
		if in {
			s = append(s, solve.Sigmoid(margin[i]))
		}
	}
	return s
}

func rowLoss(label, margin float64) float64 { return solve.LogisticLoss((2*label - 1) * margin) }

// P is the score of every row, P(label = 1), the mean over the repeats. Every
// one of them is out of fold, and so is their mean.
func (o *OutOfFold) P() []float64 { return Mean(o.Score) }

// Mean averages the scores of the repeats row by row. The mean of scores from 0
// to 1 is never above 1, as a sum of rounded shares of them may be.
func Mean(score [][]float64) []float64 {
	if len(score) == 0 {
		return nil
	}
	mean := make([]float64, len(score[0]))
	for _, s := range score {
		for i, v := range s {
			mean[i] += v
		}
	}
	for i := range mean {
		mean[i] /= float64(len(score))
	}
	return mean
}

// Metrics measures the scores, averaged over the repeats, by every metric of the
// target's kind, with intervals from a bootstrap over groups.
// They are about the rows that probes may be trained on.
func (o *OutOfFold) Metrics() ([]metric.Measured, error) {
	if o.task == nil {
		return nil, errNotCrossValidated
	}
	if o.task.Only == nil {
		return metric.Evaluate(o.Target, o.P(), o.Plan.Group, o.task.Bootstrap)
	}
	var rows, group []int
	var score []float64
	for i, p := range o.P() {
		if o.task.trains(i) {
			rows, group, score = append(rows, i), append(group, o.Plan.Group[i]), append(score, p)
		}
	}
	return metric.Evaluate(o.Target.At(rows), score, group, o.task.Bootstrap)
}

// AUROC is the AUROC of the scores, with its interval from a bootstrap over
// groups.
func (o *OutOfFold) AUROC() estimate.Estimate { return o.measure("auroc") }

// Accuracy is the share of rows whose label is predicted, with its interval
// from a bootstrap over groups.
func (o *OutOfFold) Accuracy() estimate.Estimate { return o.measure("accuracy") }

func (o *OutOfFold) measure(key string) estimate.Estimate {
	m, err := o.Metrics()
	if err != nil {
		return estimate.NotEstimable(o.Target.Len(), 0, err.Error())
	}
	return metric.Of(key, m)
}

// Nested is the choice among several sets of rows of the same examples, such as
// the layers of a model, made for every unit from its training rows alone.
type Nested struct {
	// Choice is the index of the one with the smallest inner loss, for every
	// unit; the first of equals.
	Choice []int
	// Score is P(label = 1) for every repeat and row, by the chosen probe.
	Score [][]float64
}

// Choose takes, for every unit of the plan, the one of several curves with the
// smallest inner log loss. A nil entry is never chosen. Curves of other folds, or
// none at all, are an error.
func Choose(p *folds.Plan, curves []*OutOfFold) (*Nested, error) {
	if err := checkCurves(p, curves); err != nil {
		return nil, err
	}
	n := &Nested{Choice: make([]int, len(p.Units)), Score: p.NewScores()}
	for i, u := range p.Units {
		best := -1
		for j, c := range curves {
			if c != nil && (best < 0 || c.Loss[i] < curves[best].Loss[i]) {
				best = j
			}
		}
		n.Choice[i] = best
		for row, test := range u.Test {
			if test {
				n.Score[u.Repeat][row] = curves[best].Score[u.Repeat][row]
			}
		}
	}
	return n, nil
}

// checkCurves reports curves that cannot be compared unit by unit. Those that
// were read from files hold no plan; whoever reads them knows theirs.
func checkCurves(p *folds.Plan, curves []*OutOfFold) error {
	if err := p.Check(); err != nil {
		return err
	}
	found := false
	for j, c := range curves {
		if c == nil {
			continue
		}
		found = true
		other := c.Plan != nil && c.Plan != p && !(slices.Equal(c.Plan.IDs, p.IDs) && reflect.DeepEqual(c.Plan.Units, p.Units))
		if other || len(c.Loss) != len(p.Units) || len(c.Score) != p.Repeats() || slices.ContainsFunc(c.Score, func(s []float64) bool { return len(s) != len(p.IDs) }) {
			return fmt.Errorf("probe: curve %d was not made on the folds to choose on; give all of them the same Settings", j)
		}
	}
	if !found {
		return errors.New("probe: found no curve to choose")
	}
	return nil
}

// smallest is the index of the smallest number, the first of equals.
func smallest(x []float64) int { return slices.Index(x, slices.Min(x)) }
