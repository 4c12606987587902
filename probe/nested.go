package probe

import (
	"context"
	"math"
	"slices"
)

// OutOfFold is what one design (a layer at a position, or a baseline's
// features) gives under a plan, C chosen inside every unit's training rows.
type OutOfFold struct {
	// Loss, C: for every unit, the smallest mean log loss over the inner
	// validation rows and the C that has it.
	Loss, C []float64
	// Score is P(label = 1) for every repeat and row, by the probe of the
	// unit that tests the row.
	Score [][]float64
	// Fits counts the probes trained, NotConverged those among them that
	// stopped before the tolerance.
	Fits, NotConverged int
}

// CrossValidate trains x under the plan: for every unit and C a probe on its
// training rows and one on the training rows without each inner fold.
func CrossValidate(ctx context.Context, x Design, p *Plan, family Family, C []float64) (*OutOfFold, error) {
	o := newOutOfFold(p)
	return o, o.run(ctx, x, p, p.Units, family, C)
}

// CrossValidateEach is CrossValidate for features that are themselves learned
// from a unit's training rows: design is asked for each unit's matrix.
func CrossValidateEach(ctx context.Context, design func(Unit) (Design, error), p *Plan, family Family, C []float64) (*OutOfFold, error) {
	o := newOutOfFold(p)
	for i := range p.Units {
		x, err := design(p.Units[i])
		if err != nil {
			return nil, err
		}
		if err := o.run(ctx, x, p, p.Units[i:i+1], family, C); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func newOutOfFold(p *Plan) *OutOfFold {
	return &OutOfFold{
		Loss:  make([]float64, len(p.Units)),
		C:     make([]float64, len(p.Units)),
		Score: p.NewScores(),
	}
}

// run trains the given units, which are consecutive units of the plan.
func (o *OutOfFold) run(ctx context.Context, x Design, p *Plan, units []Unit, family Family, C []float64) error {
	grid := slices.Clone(C)
	slices.Sort(grid)
	perUnit := 1 + p.Inner
	splits := make([]Split, 0, len(units)*perUnit)
	for _, u := range units {
		splits = append(splits, u.outer())
		for f := range p.Inner {
			splits = append(splits, u.without(f))
		}
	}
	loss := make([][]float64, len(units))    // unit, C: summed over validation rows
	score := make([][][]float64, len(units)) // unit, C, row
	for i := range units {
		loss[i] = make([]float64, len(grid))
		score[i] = make([][]float64, len(grid))
	}
	err := family.Fit(ctx, x, splits, [][]int{p.Label}, grid, func(f *Fit) {
		o.Fits++
		if f.Status != Converged {
			o.NotConverged++
		}
		i, inner := f.Split/perUnit, f.Split%perUnit-1
		if inner < 0 {
			score[i][f.CIndex] = testScores(f.Margin, units[i].Test)
			return
		}
		loss[i][f.CIndex] += validationLoss(f.Margin, p.Label, units[i].InnerFold, inner)
	})
	if err != nil {
		return err
	}
	for i, u := range units {
		best := 0
		for c := range grid {
			if loss[i][c] < loss[i][best] {
				best = c
			}
		}
		n := u.Repeat*p.Folds + u.Fold
		o.C[n] = grid[best]
		o.Loss[n] = loss[i][best] / float64(trainingRows(u))
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

func trainingRows(u Unit) int {
	n := 0
	for _, test := range u.Test {
		if !test {
			n++
		}
	}
	return n
}

func testScores(margin []float64, test []bool) []float64 {
	var s []float64
	for i, in := range test {
		if in {
			s = append(s, Sigmoid(margin[i]))
		}
	}
	return s
}

func validationLoss(margin []float64, label, fold []int, inner int) float64 {
	var total float64
	for i, f := range fold {
		if f == inner {
			total += logisticLoss(float64(2*label[i]-1) * margin[i])
		}
	}
	return total
}

// Sigmoid is 1/(1+exp(-m)), the probability that a margin stands for.
func Sigmoid(m float64) float64 {
	if m >= 0 {
		return 1 / (1 + math.Exp(-m))
	}
	e := math.Exp(m)
	return e / (1 + e)
}

// Predict is the label that a probability of label 1 stands for: 1 above 1/2.
func Predict(p float64) int {
	if p > 0.5 {
		return 1
	}
	return 0
}

// Nested is the choice among several designs, made for every unit from its
// training rows alone.
type Nested struct {
	// Choice is the index of the design with the smallest inner loss, for
	// every unit; the first of equals.
	Choice []int
	// Score is P(label = 1) for every repeat and row, by the chosen probe.
	Score [][]float64
}

// Choose takes, for every unit of the plan, the design with the smallest inner
// log loss. A nil entry of curves is never chosen; at least one must not be
// nil.
func Choose(p *Plan, curves []*OutOfFold) *Nested {
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
	return n
}

// MeanScore averages the scores of the repeats row by row. Every one of them
// is out of fold, and so is their mean.
func MeanScore(score [][]float64) []float64 {
	mean := make([]float64, len(score[0]))
	for _, s := range score {
		for i, v := range s {
			mean[i] += v / float64(len(score))
		}
	}
	return mean
}

// Permutations trains x on the observed labels and on draws permutations of
// them (see PermuteLabels) with the outer folds of the plan's first repeat and
// one fixed C, and returns the out-of-fold AUROC of each. The same seed gives
// the same permutations for every design, so that a maximum over designs can
// be taken draw by draw.
func Permutations(ctx context.Context, x Design, p *Plan, family Family, C float64, draws int, seed uint64) (observed float64, null []float64, err error) {
	fold := p.OuterFold(0)
	targets := [][]int{p.Label}
	for b := range draws {
		targets = append(targets, PermuteLabels(p.Label, p.Group, fold, seed, b))
	}
	var splits []Split
	for _, u := range p.Units[:p.Folds] {
		splits = append(splits, u.outer())
	}
	score := make([][]float64, len(targets))
	for t := range score {
		score[t] = make([]float64, len(p.Label))
	}
	err = family.Fit(ctx, x, splits, targets, []float64{C}, func(f *Fit) {
		for i, test := range p.Units[f.Split].Test {
			if test {
				score[f.Target][i] = Sigmoid(f.Margin[i])
			}
		}
	})
	if err != nil {
		return 0, nil, err
	}
	auroc := make([]float64, len(targets))
	for t, y := range targets {
		if auroc[t], err = AUROC(y, score[t], nil); err != nil {
			return 0, nil, err
		}
	}
	return auroc[0], auroc[1:], nil
}

// MaxP returns, for every design with its observed statistic and its null
// draws, the permutation p-value of that design alone and the one corrected
// over all designs by the maximum statistic (Westfall and Young 1993): the
// share of draws, the observed one among them, whose largest statistic over
// all designs is at least the observed.
func MaxP(observed []float64, null [][]float64) (p, corrected []float64) {
	p, corrected = make([]float64, len(observed)), make([]float64, len(observed))
	if len(observed) == 0 {
		return p, corrected
	}
	draws := len(null[0])
	top := slices.Clone(null[0])
	for _, site := range null[1:] {
		for b, v := range site {
			top[b] = max(top[b], v)
		}
	}
	for j, v := range observed {
		alone, largest := 1, 1
		for b := range draws {
			if null[j][b] >= v {
				alone++
			}
			if top[b] >= v {
				largest++
			}
		}
		p[j] = float64(alone) / float64(draws+1)
		corrected[j] = float64(largest) / float64(draws+1)
	}
	return p, corrected
}
