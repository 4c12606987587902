package gap

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"tell/estimate"
)

// Levels is what the gap of a target of several levels is measured from: classes,
// or levels in order. A label, a behaviour and a prediction are numbers of levels.
// Every slice that is given has one element for each row.
type Levels struct {
	Names   []string // of the levels; from the lowest where they are ordered
	Ordered bool

	Label      []int
	Behaviour  []int       // or Neither
	Prediction []int       // the probe's, out of fold
	Score      [][]float64 // the probe's out-of-fold probability of every level
	// Graded is how far the behaviour goes toward every level: probabilities or
	// counts, which are divided by their sum, or, where any of them is below 0,
	// their logarithms. A row that does not state it has nil; nil if there is none.
	Graded     [][]float64
	Calibrated []int // out-of-fold label predicted from B alone, wherever B is a level; nil if there is none
	Text       []int // out-of-fold label predicted from the prompt's text alone; nil if there is none
	Group      []int // rows of equal code are dependent; nil if all rows are independent
	Condition  []string
	Strata     []Stratum
}

// LevelsResult is the gap of a target of several levels.
type LevelsResult struct {
	// Result is the gap on all rows and in its slices: probe and behaviour are
	// right or wrong about the level.
	Result
	// Counts are the rows of each label by behaviour; the last is Neither.
	Counts [][]int
	// ByLabel is the gap on the rows of each label.
	ByLabel []Slice
	// Splits is a gap of labels 0 and 1 for each class against all others or, of
	// ordered levels, for the levels from one on against those below it.
	Splits []Slice
}

// MeasureLevels computes the gap of a target of several levels. What depends on no
// more than whether probe and behaviour are right is what [Measure] gives of it.
// Of two classes everything that both give is the same.
func MeasureLevels(d Levels, s Settings) (*LevelsResult, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if err := s.Bootstrap.Check(); err != nil {
		return nil, fmt.Errorf("gap: %w", err)
	}
	d.Graded = Shares(d.Graded)
	right, rows := d.rightness(), allRows(len(d.Label))
	r := &LevelsResult{Result: Result{
		Summary: summarize(&right, rows, s, ofRightness),
		Neither: neither(&right, rows, s),
	}}
	r.Neither.ByLabel = [2]int{} // in Counts
	r.Counts = make([][]int, len(d.Names))
	for y := range r.Counts {
		r.Counts[y] = make([]int, len(d.Names)+1)
	}
	for i, y := range d.Label {
		b := d.Behaviour[i]
		if b == Neither {
			b = len(d.Names)
		}
		r.Counts[y][b]++
	}
	r.Items = append(r.Items, d.items(rows, s, ofLevels)...)
	ofLabel := make([][]int, len(d.Names))
	for i, y := range d.Label {
		ofLabel[y] = append(ofLabel[y], i)
	}
	for y, rows := range ofLabel {
		l := Slice{Value: d.Names[y], Summary: summarize(&right, rows, s, rightLabel), Neither: neither(&right, rows, s)}
		l.Items = append(l.Items, d.items(rows, s, ofOneLevel)...)
		l.withhold(l.N, "rows of "+strconv.Quote(l.Value))
		r.ByLabel = append(r.ByLabel, l)
	}
	d.noteMix(r)
	for y := range d.Names {
		if d.Ordered && y == 0 {
			continue
		}
		name, one := d.split(y)
		split := Slice{Value: name, Summary: summarize(&one, rows, s, ofSplit), Neither: neither(&one, rows, s)}
		split.Items = append(split.Items, d.items(rows, s, []levelEstimator{matchedClass(y)})...)
		table := split.Behaviours
		split.withhold(min(table[0][0]+table[1][0], table[0][1]+table[1][1]), "rows on one side of the label")
		r.Splits = append(r.Splits, split)
	}
	if d.Condition != nil {
		r.Conditions, r.Contrasts = breakDown(&right, d.Condition, s, rightSlice, rightContrast)
	}
	for _, st := range d.Strata {
		b := Breakdown{Name: st.Name}
		b.Slices, b.Contrasts = breakDown(&right, st.Value, s, rightSlice, rightContrast)
		r.Strata = append(r.Strata, b)
	}
	for _, w := range warnings(&right, r.Summary) {
		if w.Code != OneLabelOnly { // the label of rightness
			r.Warnings = append(r.Warnings, w)
		}
	}
	missing := 0
	for _, g := range d.Graded {
		if g == nil {
			missing++
		}
	}
	if missing > 0 {
		r.Warnings = append(r.Warnings, estimate.Warning{Code: GradedMissing, Text: fmt.Sprintf("the graded behaviour is not stated on %d of %d rows, which are in no number about it", missing, len(d.Label))})
	}
	return r, nil
}

// fewOfLevel is the number of rows with a behaviour below which nothing is said of
// a level by itself.
const fewOfLevel = 10

// withhold leaves out numbers about too few rows.
func (s *Slice) withhold(n int, of string) {
	if n >= fewOfLevel {
		return
	}
	for k := range s.Items {
		if e := &s.Items[k].Estimate; e.OK() {
			*e = estimate.NotEstimable(e.N, e.Groups, fmt.Sprintf("only %d %s have a behaviour, expected at least %d", n, of, fewOfLevel))
		}
	}
}

// noteMix warns at the net gap where other shares of the levels would turn it.
func (d *Levels) noteMix(r *LevelsResult) {
	low, high := -1, -1
	net := make([]estimate.Estimate, len(r.ByLabel))
	for y, l := range r.ByLabel {
		switch net[y] = l.Net(); {
		case !net[y].OK():
			continue
		case low < 0 || net[y].Value < net[low].Value:
			low = y
		}
		if high < 0 || net[y].Value > net[high].Value {
			high = y
		}
	}
	if low < 0 || net[low].Value >= 0 || net[high].Value <= 0 {
		return
	}
	for k := range r.Items {
		if it := &r.Items[k]; it.Key == KeyNet && it.Estimate.OK() {
			it.Estimate.Warn(BaseRateDependent, "the net gap is %+.2f on the rows of %q and %+.2f on those of %q: with other shares of the labels it could be anything between", net[low].Value, d.Names[low], net[high].Value, d.Names[high])
		}
	}
}

// rightness is the data of which label 1 is that a level is right.
func (d *Levels) rightness() Data {
	is := func(level []int) []int {
		if level == nil {
			return nil
		}
		right := make([]int, len(level))
		for i, v := range level {
			if v == d.Label[i] {
				right[i] = 1
			}
		}
		return right
	}
	r := Data{
		Label: is(d.Label), Behaviour: is(d.Behaviour), Prediction: is(d.Prediction), Score: make([]float64, len(d.Label)),
		Calibrated: is(d.Calibrated), Text: is(d.Text), Group: d.Group,
	}
	for i, b := range d.Behaviour {
		if b == Neither {
			r.Behaviour[i] = Neither
		}
	}
	return r
}

// split is the data of which label 1 is a class, or a level or a higher one.
func (d *Levels) split(level int) (name string, one Data) {
	in := func(v int) bool { return v == level || d.Ordered && v > level }
	name = d.Names[level]
	if d.Ordered {
		name = "at least " + name
	}
	is := func(list []int) []int {
		if list == nil {
			return nil
		}
		side := make([]int, len(list))
		for i, v := range list {
			if in(v) {
				side[i] = 1
			}
		}
		return side
	}
	sum := func(p []float64) (x float64) {
		if p == nil {
			return math.NaN()
		}
		for v, share := range p {
			if in(v) {
				x += share
			}
		}
		return x
	}
	one = Data{Label: is(d.Label), Behaviour: is(d.Behaviour), Prediction: is(d.Prediction), Calibrated: is(d.Calibrated), Text: is(d.Text), Group: d.Group}
	for i, b := range d.Behaviour {
		if b == Neither {
			one.Behaviour[i] = Neither
		}
		one.Score = append(one.Score, sum(d.Score[i]))
		if d.Graded != nil {
			one.Graded = append(one.Graded, sum(d.Graded[i]))
		}
	}
	return name, one
}

// Shares turns what is graded toward every level into probabilities; a row that states
// none stays nil.
func Shares(graded [][]float64) [][]float64 {
	logarithms := slices.ContainsFunc(graded, func(g []float64) bool { return g != nil && slices.Min(g) < 0 })
	p := slices.Clone(graded)
	for i, g := range graded {
		if g == nil {
			continue
		}
		p[i] = slices.Clone(g)
		sum, top := 0.0, slices.Max(g)
		for k, x := range g {
			if logarithms {
				p[i][k] = math.Exp(x - top)
			}
			sum += p[i][k]
		}
		for k := range g {
			p[i][k] /= sum
		}
	}
	return p
}

func (d *Levels) check() error {
	n, k := len(d.Label), len(d.Names)
	switch {
	case n == 0:
		return fmt.Errorf("gap: no rows")
	case k < 2:
		return fmt.Errorf("gap: found %d levels, expected at least 2", k)
	case len(d.Behaviour) != n || len(d.Prediction) != n || len(d.Score) != n:
		return fmt.Errorf("gap: found %d behaviours, %d predictions and %d scores for %d labels, expected as many", len(d.Behaviour), len(d.Prediction), len(d.Score), n)
	case d.Graded != nil && len(d.Graded) != n:
		return fmt.Errorf("gap: found %d graded behaviours for %d labels, expected as many", len(d.Graded), n)
	}
	level := func(v int) bool { return v >= 0 && v < k }
	for i := range n {
		for _, of := range []struct {
			name    string
			list    []int
			without bool
		}{
			{"label", d.Label, false}, {"behaviour", d.Behaviour, d.Behaviour[i] == Neither}, {"prediction", d.Prediction, false},
			{"calibrated behaviour", d.Calibrated, d.Calibrated == nil || d.Behaviour[i] == Neither}, {"text-only prediction", d.Text, d.Text == nil},
		} {
			if of.without {
				continue
			}
			if i >= len(of.list) || !level(of.list[i]) {
				return fmt.Errorf("gap: row %d: %s is no number of a level, want 0 to %d", i, of.name, k-1)
			}
		}
		if err := probabilities(d.Score[i], k); err != nil {
			return fmt.Errorf("gap: row %d: scores: %w", i, err)
		}
		if d.Graded == nil || d.Graded[i] == nil {
			continue
		}
		g := d.Graded[i]
		if len(g) != k || slices.ContainsFunc(g, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }) || slices.Max(g) == 0 && slices.Min(g) == 0 {
			return fmt.Errorf("gap: row %d: graded behaviour is %v, want %d finite numbers that are not all 0, or none where it is not stated", i, g, k)
		}
	}
	rest := d.rightness()
	rest.Condition, rest.Strata = d.Condition, d.Strata
	return rest.checkLengths(n)
}

func probabilities(p []float64, k int) error {
	if len(p) != k || slices.ContainsFunc(p, func(x float64) bool { return !(x >= 0 && x <= 1) }) {
		return fmt.Errorf("found %v, want %d probabilities", p, k)
	}
	return nil
}
