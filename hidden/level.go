package hidden

import (
	"math"
	"slices"

	"tell/folds"
)

// task is the data with settings, laid out for fits.
type task struct {
	Data
	Settings
	grid  []float64 // ascending C
	y     []float64
	probe [][]float64 // unit, row: inner score or, on test rows, score
}

func newTask(d Data, s Settings) (*task, error) {
	t := &task{Data: d, Settings: s, grid: slices.Sorted(slices.Values(s.C)), y: d.Target.Values}
	for k, u := range d.Plan.Units {
		t.probe = append(t.probe, d.Probe.columns(k, u)[0])
	}
	return t, nil
}

// level is the second level on some predictors: one part for each unit.
type level struct {
	*task
	parts []part
}

// part is one unit. Its blocks are the training rows that predict the test rows
// and, of the training rows, those that predict each inner fold.
type part struct {
	unit   folds.Unit
	cols   int
	blocks []block
}

// block is the rows that train and those that are predicted, with the columns
// standardised on the former.
type block struct {
	train, test []int
	z, zTest    [][]float64 // by column
	y           []float64   // of train
}

func (t *task) level(predictors []Predictor) *level {
	l := &level{task: t}
	for k, u := range t.Plan.Units {
		var columns [][]float64
		for _, p := range predictors {
			columns = append(columns, p.columns(k, u)...)
		}
		p := part{unit: u, cols: len(columns)}
		p.blocks = append(p.blocks, newBlock(columns, u.Train(), u.Test, t.y))
		for f := range t.Plan.Inner {
			validation := make([]bool, len(t.y))
			for i, in := range u.InnerFold {
				validation[i] = in == f
			}
			p.blocks = append(p.blocks, newBlock(columns, u.Without(f), validation, t.y))
		}
		l.parts = append(l.parts, p)
	}
	return l
}

func newBlock(columns [][]float64, train, test []bool, y []float64) block {
	b := block{train: rowsOf(train), test: rowsOf(test)}
	for _, i := range b.train {
		b.y = append(b.y, y[i])
	}
	for _, c := range columns {
		z, zTest := b.standardise(c, nil, nil)
		b.z, b.zTest = append(b.z, z), append(b.zTest, zTest)
	}
	return b
}

// standardise appends the column's training and test rows, in units of the
// former.
func (b *block) standardise(column, train, test []float64) (z, zTest []float64) {
	mean, scale := moments(b.train, column)
	for _, i := range b.train {
		train = append(train, (column[i]-mean)/scale)
	}
	for _, i := range b.test {
		test = append(test, (column[i]-mean)/scale)
	}
	return train, test
}

func rowsOf(in []bool) []int {
	var rows []int
	for i, yes := range in {
		if yes {
			rows = append(rows, i)
		}
	}
	return rows
}

// moments are the mean and the population standard deviation of a column over
// rows; a constant column keeps scale 1, as in the probe's solver.
func moments(rows []int, x []float64) (mean, scale float64) {
	n := float64(len(rows))
	for _, i := range rows {
		mean += x[i] / n
	}
	var variance float64
	for _, i := range rows {
		d := x[i] - mean
		variance += d * d / n
	}
	const eps = 0x1p-52
	if variance <= n*eps*variance+(n*mean*eps)*(n*mean*eps) {
		return mean, 1
	}
	return mean, math.Sqrt(variance)
}

// fitted is what the second level gives.
type fitted struct {
	C       []float64   // chosen in each unit
	score   [][]float64 // repeat, row: P(label = 1), out of fold
	weights [][]float64 // of each unit, on standardised columns
	// optimum holds the weights of each unit, block and C, as starts for others.
	optimum [][][][]float64
}

// mean is the score of every row over the repeats.
func (f *fitted) mean() []float64 {
	mean := make([]float64, len(f.score[0]))
	for _, s := range f.score {
		for i, p := range s {
			mean[i] += p / float64(len(f.score))
		}
	}
	return mean
}

// fit trains on the columns of the level and, unless it is nil, on one more,
// given for each unit and row.
func (l *level) fit(extra [][]float64) *fitted {
	return l.fitFrom(extra, nil, &regression{})
}

// fitFrom is fit that starts from the optima of a level without the extra
// column, with memory that can be used again.
func (l *level) fitFrom(extra [][]float64, start *fitted, r *regression) *fitted {
	f := &fitted{score: l.Plan.NewScores()}
	for k := range l.parts {
		p := &l.parts[k]
		var column []float64
		if extra != nil {
			column = extra[k]
		}
		var from [][][]float64
		if start != nil {
			from = start.optimum[k]
		}
		l.fitPart(f, p, column, from, r)
	}
	return f
}

func (l *level) fitPart(f *fitted, p *part, column []float64, start [][][]float64, r *regression) {
	if start == nil {
		start = make([][][]float64, len(p.blocks))
	}
	optimum := make([][][]float64, len(p.blocks))
	loss := make([]float64, len(l.grid))
	for n := 1; n < len(p.blocks); n++ {
		b := &p.blocks[n]
		test := b.use(r, column)
		optimum[n] = r.path(l.grid, start[n])
		margin := make([]float64, len(b.test))
		for c, w := range optimum[n] {
			margins(margin, test, w)
			for a, i := range b.test {
				loss[c] += lossOf(l.y[i], margin[a])
			}
		}
	}
	best := slices.Index(loss, slices.Min(loss))
	b := &p.blocks[0]
	test := b.use(r, column)
	var w []float64
	if start[0] == nil {
		optimum[0] = r.path(l.grid, nil)
		w = optimum[0][best]
	} else {
		w = r.path(l.grid[best:best+1], start[0][best:])[0]
	}
	margin := make([]float64, len(b.test))
	margins(margin, test, w)
	for a, i := range b.test {
		f.score[p.unit.Repeat][i] = sigmoid(margin[a])
	}
	f.C = append(f.C, l.grid[best])
	f.weights = append(f.weights, w)
	f.optimum = append(f.optimum, optimum)
}

// use gives a regression the training rows of the block, with one more column
// unless it is nil, and returns the columns of the test rows.
func (b *block) use(r *regression, column []float64) (test [][]float64) {
	r.x, r.y = append(r.x[:0], b.z...), b.y
	test = b.zTest
	if column != nil {
		var last []float64
		r.extra, last = b.standardise(column, r.extra[:0], nil)
		r.x, test = append(r.x, r.extra), append(slices.Clip(test), last)
	}
	return test
}
