package hidden

import (
	"math"
	"slices"

	"tell/folds"
	"tell/metric"
	"tell/target"
)

// task is the data with settings, laid out for fits.
type task struct {
	Data
	Settings
	grid  []float64 // ascending C
	y     []float64
	width int         // scores of a row
	probe [][]float64 // unit, row: inner score or, on test rows, score; see columns
}

func newTask(d Data, s Settings) *task {
	t := &task{Data: d, Settings: s, grid: slices.Sorted(slices.Values(s.C)), y: d.Target.Values, width: metric.Width(d.Target)}
	for k, u := range d.Plan.Units {
		t.probe = append(t.probe, d.Probe.columns(k, u)[0])
	}
	return t
}

// fitter fits the regression of the kind of target.
func (t *task) fitter() *fitter {
	switch t.Target.Kind {
	case target.KindClass:
		return &fitter{model: &softmax{classes: t.width}}
	case target.KindOrdinal:
		return &fitter{model: &ordered{levels: t.width}}
	}
	return &fitter{model: &logistic{}}
}

// margins is the number of margins of a row.
func (t *task) margins() int {
	if t.Target.Kind == target.KindClass {
		return t.width - 1
	}
	return 1
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
	y, yTest    []float64
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
	for _, i := range b.test {
		b.yTest = append(b.yTest, y[i])
	}
	for _, c := range columns {
		z, zTest := b.standardise(c, len(y), nil, nil)
		b.z, b.zTest = append(b.z, z), append(b.zTest, zTest)
	}
	return b
}

// standardise appends the column's training and test rows, in units of the
// former. Log-odds have one unit for all classes: the root of the variances of all
// classes' logarithms, each less their mean.
func (b *block) standardise(column []float64, n int, train, test []float64) (z, zTest []float64) {
	q := len(column) / n
	mean := make([]float64, q)
	var scale float64
	for a := range q {
		mean[a], scale = moments(b.train, column[a*n:(a+1)*n])
	}
	if q > 1 {
		scale = spread(b.train, column, n, mean)
	}
	for a := range q {
		for _, i := range b.train {
			train = append(train, (column[a*n+i]-mean[a])/scale)
		}
		for _, i := range b.test {
			test = append(test, (column[a*n+i]-mean[a])/scale)
		}
	}
	return train, test
}

// spread is the unit of log-odds about their means, 1 where they are constant.
func spread(rows []int, column []float64, n int, mean []float64) float64 {
	var variance, size float64
	for _, i := range rows {
		var sum, squares float64
		for a, m := range mean {
			d := column[a*n+i] - m
			sum += d
			squares += d * d
			size = max(size, math.Abs(m))
		}
		variance += (squares - sum*sum/float64(len(mean)+1)) / float64(len(rows))
	}
	const eps = 0x1p-52
	if edge := float64(len(rows)) * eps * size; variance <= edge*edge {
		return 1
	}
	return math.Sqrt(variance)
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
	score   [][]float64 // repeat, row: P(label = 1) or that of every level, out of fold
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
	return l.fitFrom(extra, nil, l.fitter())
}

// fitFrom is fit that starts from the optima of a level without the extra
// column, with memory that can be used again.
func (l *level) fitFrom(extra [][]float64, start *fitted, r *fitter) *fitted {
	f := &fitted{}
	for range l.Plan.Repeats() {
		f.score = append(f.score, make([]float64, len(l.y)*l.width))
	}
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

func (l *level) fitPart(f *fitted, p *part, column []float64, start [][][]float64, r *fitter) {
	if start == nil {
		start = make([][][]float64, len(p.blocks))
	}
	optimum := make([][][]float64, len(p.blocks))
	loss := make([]float64, len(l.grid))
	for n := 1; n < len(p.blocks); n++ {
		b := &p.blocks[n]
		test := l.use(b, r, column)
		optimum[n] = r.path(l.grid, start[n])
		for c, w := range optimum[n] {
			loss[c] += r.predict(r.scores, test, w, b.yTest)
		}
	}
	best := slices.Index(loss, slices.Min(loss))
	b := &p.blocks[0]
	test := l.use(b, r, column)
	var w []float64
	if start[0] == nil {
		optimum[0] = r.path(l.grid, nil)
		w = optimum[0][best]
	} else {
		w = r.path(l.grid[best:best+1], start[0][best:])[0]
	}
	r.predict(r.scores, test, w, b.yTest)
	for a, i := range b.test {
		copy(f.score[p.unit.Repeat][i*l.width:], r.scores[a*l.width:(a+1)*l.width])
	}
	f.C = append(f.C, l.grid[best])
	f.weights = append(f.weights, w)
	f.optimum = append(f.optimum, optimum)
}

// use gives a fitter the training rows of the block, with one more column
// unless it is nil, and returns the columns of the test rows.
func (l *level) use(b *block, r *fitter, column []float64) (test [][]float64) {
	x := slices.Clip(b.z)
	test = b.zTest
	if column != nil {
		var last []float64
		r.extra, last = b.standardise(column, len(l.y), r.extra[:0], nil)
		x, test = append(x, r.extra), append(slices.Clip(test), last)
	}
	r.use(x, b.y)
	r.scores = sized(r.scores, len(b.test)*l.width)
	return test
}
