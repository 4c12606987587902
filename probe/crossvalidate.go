// Package probe trains linear probes on rows of numbers and scores every row
// with a probe that saw neither the row nor its group.
//
// [CrossValidate] goes from rows and labels to scores and their metrics, [Train]
// to a probe that can be kept. They know no files of hidden states; package
// activations gives the rows of a dump.
package probe

import (
	"cmp"
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
// -ln P(label of the row), in nats; of a number, of the squared distance.
type OutOfFold struct {
	Plan   *folds.Plan
	Target target.Column
	// Grid holds the values of C in ascending order.
	Grid []float64
	// Loss, C: for every unit, the smallest mean log loss over the inner
	// validation rows and the C that has it.
	Loss, C []float64
	// Width is the number of scores of a row: one for each level of a class or
	// ordinal target, else 1.
	Width int
	// Score is the score of every repeat and row, by the probe of the unit that
	// tests the row: P(label = 1), the share or the number that is expected, or,
	// one row after the other, the probability of every level.
	Score [][]float64
	// Inner is, for every unit and training row, what the probe of the unit's C
	// gives that was trained without the row's inner fold: the margin, or of
	// several levels the scores, as Score has them; 0 on test rows. It is what a
	// second level is trained on, which must not see how a probe does on rows
	// that it was trained on.
	Inner [][]float64
	// Probes are those that scored, one for each unit.
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
	if err := o.run(ctx, x, t.plan.Units); err != nil {
		return nil, err
	}
	if t.Residualise != nil {
		o.Probes = nil // they fit no rows as they are
	}
	return o, nil
}

// CrossValidateEach is CrossValidate for columns that are themselves learned
// from training rows: rows is asked for the matrix of each unit, with the rows
// that may be learned from, and gives a matrix of all rows.
func CrossValidateEach(ctx context.Context, rows func(train []bool) (Rows, error), y target.Column, s *Settings) (*OutOfFold, error) {
	// The first rows are needed to know the folds' number of rows.
	t, err := s.planned(Dense(y.Len(), 1, make([]float64, y.Len())), y)
	if err != nil {
		return nil, err
	}
	if err := t.wholeRows("columns that are learned anew"); err != nil {
		return nil, err
	}
	return t.each(ctx, rows)
}

// each trains every unit on rows of its own.
func (t *task) each(ctx context.Context, rows func(train []bool) (Rows, error)) (*OutOfFold, error) {
	o := newOutOfFold(t)
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
		Width:    t.shape.width,
		Score:    newScores(t.plan, t.shape.width),
		Inner:    make([][]float64, len(t.plan.Units)),
		Probes:   make([]*Probe, len(t.plan.Units)),
		TestLoss: make([]float64, len(t.C)),
		task:     t,
	}
}

// newScores returns zeros for the scores of every repeat.
func newScores(p *folds.Plan, width int) [][]float64 {
	score := make([][]float64, p.Repeats())
	for r := range score {
		score[r] = make([]float64, len(p.IDs)*width)
	}
	return score
}

// run trains the given units, which are consecutive units of the plan.
func (o *OutOfFold) run(ctx context.Context, x Rows, units []folds.Unit) error {
	p, t, shape, values := o.Plan, o.task, o.task.shape, o.task.labels()
	n, width := len(values), o.Width
	perUnit := 1 + p.Inner
	splits := make([]solve.Split, 0, len(units)*perUnit)
	for _, u := range units {
		for f := -1; f < p.Inner; f++ {
			train := t.only(u.Without(f))
			where := fmt.Sprintf("repeat %d, fold %d", u.Repeat, u.Fold)
			if f >= 0 {
				where = fmt.Sprintf("%s, inner fold %d", where, f)
			}
			if err := checkTraining(t.y, train, where); err != nil {
				return err
			}
			splits = append(splits, t.split(values, train))
		}
	}
	weight := t.weights(values, t.only(slices.Repeat([]bool{true}, n)))
	total := 0.0 // of all rows that train
	for i := range n {
		if t.trains(i) {
			total += counts(weight, i)
		}
	}
	loss := make([][]float64, len(units))     // unit, C: summed over validation rows
	margin := make([][][]float64, len(units)) // unit, C, row: of validation rows
	score := make([][][]float64, len(units))  // unit, C, row: of test rows
	kept := make([][]*Probe, len(units))      // unit, C
	for i := range units {
		loss[i] = make([]float64, len(o.Grid))
		margin[i] = make([][]float64, len(o.Grid))
		for c := range o.Grid {
			margin[i][c] = make([]float64, n*width)
		}
		score[i] = make([][]float64, len(o.Grid))
		kept[i] = make([]*Probe, len(o.Grid))
	}
	err := t.fit(ctx, x, splits, [][]float64{values}, o.Grid, func(f *solve.Fit) {
		o.count(f)
		i, inner := f.Split/perUnit, f.Split%perUnit-1
		if inner >= 0 {
			var sum float64
			for row, fold := range units[i].InnerFold {
				if fold != inner {
					continue
				}
				shape.inner(margin[i][f.CIndex][row*width:(row+1)*width], f, row)
				if t.trains(row) {
					sum += counts(weight, row) * shape.loss(values[row], f, row)
				}
			}
			loss[i][f.CIndex] += sum
			return
		}
		var scores []float64
		one := make([]float64, width)
		for row, test := range units[i].Test {
			if test {
				shape.score(one, f, row)
				scores = append(scores, one...)
			}
			if test && t.trains(row) {
				o.TestLoss[f.CIndex] += counts(weight, row) * shape.loss(values[row], f, row) / (total * float64(p.Repeats()))
			}
		}
		score[i][f.CIndex] = scores
		kept[i][f.CIndex] = t.keep(f)
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
		o.Loss[n] = loss[i][best] / t.trainingWeight(u, weight)
		o.Inner[n] = margin[i][best]
		o.Probes[n] = kept[i][best]
		next := 0
		for row, test := range u.Test {
			if test {
				copy(o.Score[u.Repeat][row*width:(row+1)*width], score[i][best][next:])
				next += width
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

// trainingWeight is the weight of the training rows, whose number it is where they
// have none.
func (t *task) trainingWeight(u folds.Unit, weight []float64) float64 {
	n := 0.0
	for i, test := range u.Test {
		if !test && t.trains(i) {
			n += counts(weight, i)
		}
	}
	return n
}

// P is the score of every row, such as P(label = 1), the mean over the repeats.
// Every one of them is out of fold, and so is their mean.
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
	p := o.P()
	for i := range o.Target.Len() {
		if o.task.trains(i) {
			rows, group, score = append(rows, i), append(group, o.Plan.Group[i]), append(score, p[i*o.Width:(i+1)*o.Width]...)
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
	// Score is that of every repeat and row by the chosen probe, Width numbers a
	// row; see [OutOfFold].
	Score [][]float64
	Width int
}

// Choose takes, for every unit of the plan, the one of several curves with the
// smallest inner log loss. A nil entry is never chosen. Curves of other folds, or
// none at all, are an error.
func Choose(p *folds.Plan, curves []*OutOfFold) (*Nested, error) {
	if err := checkCurves(p, curves); err != nil {
		return nil, err
	}
	width := 1
	for _, c := range curves {
		if c != nil {
			width = max(1, c.Width)
		}
	}
	n := &Nested{Choice: make([]int, len(p.Units)), Score: newScores(p, width), Width: width}
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
				copy(n.Score[u.Repeat][row*width:(row+1)*width], curves[best].Score[u.Repeat][row*width:])
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
	found, width := false, 0
	for j, c := range curves {
		if c == nil {
			continue
		}
		found = true
		other := c.Plan != nil && c.Plan != p && !(slices.Equal(c.Plan.IDs, p.IDs) && reflect.DeepEqual(c.Plan.Units, p.Units))
		width = cmp.Or(width, max(1, c.Width))
		if other || max(1, c.Width) != width || len(c.Loss) != len(p.Units) || len(c.Score) != p.Repeats() || slices.ContainsFunc(c.Score, func(s []float64) bool { return len(s) != len(p.IDs)*width }) {
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
