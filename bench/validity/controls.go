package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"
	"gonum.org/v1/gonum/stat/distuv"

	"tell/compare"
	"tell/estimate"
	"tell/probe"
)

// controls redraws data sets and counts how often the intervals of description
// length, learning curves and selectivity hold what probes trained on as many groups
// have in the population.
type controls struct {
	sets, draws, groups, width int
	seed                       uint64
}

const (
	rowsOfGroup = 4
	outerFolds  = 5
	orders      = 5
	tasks       = 20 // of a run
	values      = 8  // of the column of control tasks
)

// controlWorlds are populations of 40 groups unless the command says otherwise.
func controlWorlds() []world {
	return []world{
		{width: 20, strength: 0.6, slope: 0.3, share: 0.3},
		{width: 20, strength: 1.2, slope: 0.3, share: 0.3},
		{width: 100, strength: 1.2, slope: 0.3, share: 0.3},
		{width: 20, slope: 0.3, share: 0.3},
		{width: 20, slope: 0.3, share: 0.3, labels: halves},
	}
}

// A truth is a number of a data set: the estimate, the truth of the very probes that
// gave it, NaN where that is not known, one draw of what the procedure gives, and what of
// it goes with the labels that the rows happen to have.
type truth struct {
	key                      string
	estimate                 estimate.Estimate
	these, procedure, labels float64
}

func (c controls) table(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "%d data sets a line, %d draws, seed %d\n\n", c.sets, c.draws, c.seed)
	fmt.Fprintln(out, "| groups | columns | strength | labels | number | truth | mean | held, the procedure | too high, too low | held, these probes | none |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|---|")
	for _, w := range controlWorlds() {
		if c.width != 0 && c.width != w.width {
			continue
		}
		w.groups, w.rows = c.groups, rowsOfGroup
		if err := c.line(ctx, out, w); err != nil {
			return err
		}
	}
	return nil
}

func (c controls) line(ctx context.Context, out io.Writer, w world) error {
	all := make([][]truth, c.sets)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for n := range all {
		g.Go(func() error {
			for _, of := range []func(context.Context, world, int) ([]truth, error){c.description, c.learning, c.selectivity} {
				found, err := of(ctx, w, n)
				if err != nil {
					return err
				}
				all[n] = append(all[n], found...)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	c.count(out, w, all)
	return nil
}

// count writes a line for every number, of which all has the truths by data set.
func (c controls) count(out io.Writer, w world, all [][]truth) {
	sets := float64(len(all))
	for k := range all[0] {
		var mean, procedure, labels, estimated float64
		for _, of := range all {
			procedure += of[k].procedure / sets
			labels += of[k].labels / sets
			if e := of[k].estimate; e.OK() {
				mean += e.Value
				estimated++
			}
		}
		var these, whole held
		missing := 0
		for _, of := range all {
			if of[k].estimate.Interval == nil {
				missing++
				continue
			}
			these.add(of[k].estimate, of[k].these)
			whole.add(of[k].estimate, procedure+of[k].labels-labels)
		}
		own := fmt.Sprintf("%.1f%%", these.share())
		if math.IsNaN(all[0][k].these) {
			own = ""
		}
		fmt.Fprintf(out, "| %d | %d | %.1f | %s | %s | %.3f | %.3f | %.1f%% | %s | %s | %d |\n",
			w.groups, w.width, w.strength, w.labels, all[0][k].key, procedure, mean/estimated, whole.share(), whole.misses(), own, missing)
	}
}

func (c controls) settings(s sample, number int) *probe.Settings {
	return &probe.Settings{Group: s.names, C: []float64{fixedC}, Folds: outerFolds, InnerFolds: 2, Seed: uint64(number), Tol: 1e-6}
}

func (c controls) compare(number int) compare.Settings {
	return compare.Settings{Bootstrap: estimate.Bootstrap{Draws: c.draws, Seed: uint64(number), Workers: 1}, Seed: uint64(number)}
}

// trained is the probe of the rows that keep marks, nil where they lack a label.
func (c controls) trained(ctx context.Context, s sample, number int, keep func(row int) bool) (*probe.Probe, error) {
	only := make([]bool, s.y.Len())
	var seen [2]bool
	for i := range only {
		if only[i] = keep(i); only[i] {
			seen[int(s.y.Values[i])] = true
		}
	}
	if !seen[0] || !seen[1] {
		return nil, nil
	}
	settings := c.settings(s, number)
	settings.Only = only
	return probe.Train(ctx, s.x, s.y, settings)
}

// anew is a probe of the first groups of another data set.
func (c controls) anew(ctx context.Context, w world, number, groups int) (*probe.Probe, error) {
	w.groups = groups
	return c.trained(ctx, w.draw(c.seed, truthStream+uint64(number)), number, func(int) bool { return true })
}

// bits is what the label of a row of the population takes, 1 where there was no probe.
func (w world) bits(p *probe.Probe) float64 {
	if p == nil {
		return 1
	}
	return w.truth(p)["log_loss"] / math.Ln2
}

// describedBy is the mean over the portions of what the function says of the groups
// before; the first portion takes 1 bit a row.
func describedBy(groups int, bits func(before int) (float64, error)) (float64, error) {
	var sum float64
	before := 0
	for k := probe.Portions - 1; k >= 0; k-- {
		end := groups >> k
		if end == before {
			continue
		}
		one := 1.0
		if before > 0 {
			var err error
			if one, err = bits(before); err != nil {
				return 0, err
			}
		}
		sum += one * float64(end-before) / float64(groups)
		before = end
	}
	return sum, nil
}

// sharesTake is the bits of a label by the share of those of so many groups: of fair
// ones, or of halves of every group, which take a bit each.
func (w world) sharesTake(groups int) (float64, error) {
	if w.labels == halves {
		return 1, nil
	}
	n := groups * rowsOfGroup
	var bits float64
	for k := range n + 1 {
		p := (float64(k) + 0.5) / float64(n+1)
		bits -= combin.GeneralizedBinomial(float64(n), float64(k)) * math.Pow(0.5, float64(n)) * (math.Log2(p) + math.Log2(1-p)) / 2
	}
	return bits, nil
}

func (c controls) description(ctx context.Context, w world, number int) ([]truth, error) {
	s := w.draw(c.seed, uint64(number))
	settings := c.settings(s, number)
	o, err := probe.CrossValidate(ctx, s.x, s.y, settings)
	if err != nil {
		return nil, err
	}
	d, err := probe.Describe(ctx, s.x, s.y, settings, orders)
	if err != nil {
		return nil, err
	}
	coding := probe.CodingOf(o.Plan, settings.Seed, orders)
	lines, err := compare.Description{Levels: 2, Group: s.group, Shares: coding.Shares(s.y),
		Codes: []compare.Code{{Predictor: "probe", Layer: compare.None, Position: compare.None, Bits: d.Bits}}}.Measure(ctx, c.compare(number))
	if err != nil {
		return nil, err
	}
	var these float64
	for order := range orders {
		place := o.Plan.Order(settings.Seed, order)
		one, err := describedBy(w.groups, func(before int) (float64, error) {
			p, err := c.trained(ctx, s, number, func(i int) bool { return place[i] < before })
			return w.bits(p), err
		})
		if err != nil {
			return nil, err
		}
		these += one / orders
	}
	procedure, err := describedBy(w.groups, func(before int) (float64, error) {
		p, err := c.anew(ctx, w, number, before)
		return w.bits(p), err
	})
	if err != nil {
		return nil, err
	}
	byShares, err := describedBy(w.groups, w.sharesTake)
	if err != nil {
		return nil, err
	}
	return []truth{
		{compare.KeyDescription, of(lines, compare.KeyDescription, ""), these, procedure, 0},
		{compare.KeyDescriptionLead, of(lines, compare.KeyDescriptionLead, ""), byShares - these, byShares - procedure, 0},
	}, nil
}

// of is the first line of a key and value.
func of(lines []compare.Line, key, value string) estimate.Estimate {
	for _, l := range lines {
		if l.Key == key && l.Value == value {
			return l.Estimate
		}
	}
	return estimate.NotEstimable(0, 0, "no such line")
}

func (c controls) learning(ctx context.Context, w world, number int) ([]truth, error) {
	s := w.draw(c.seed, uint64(number))
	settings := c.settings(s, number)
	o, err := probe.CrossValidate(ctx, s.x, s.y, settings)
	if err != nil {
		return nil, err
	}
	lessons, err := probe.Learn(ctx, s.x, s.y, settings, o.C)
	if err != nil {
		return nil, err
	}
	var list []compare.Lesson
	var parts []int
	for _, l := range lessons {
		if len(parts) == 0 || parts[len(parts)-1] != l.Part {
			parts = append(parts, l.Part)
			list = append(list, compare.Lesson{Predictor: "probe", Groups: l.Groups})
		}
		last := &list[len(list)-1]
		last.Score = append(last.Score, l.Score)
	}
	list = append(list, compare.Lesson{Predictor: "probe", Groups: float64(w.groups) * (outerFolds - 1) / outerFolds, Score: [][]float64{o.Score[0]}})
	parts = append(parts, 1)
	lines, err := compare.Learning{Target: s.y, Group: s.group, Fold: o.Plan.OuterFold(0), Lessons: list}.Measure(ctx, c.compare(number))
	if err != nil {
		return nil, err
	}
	var found []truth
	for k, l := range lines {
		these, draws := 0.0, len(list[k].Score)
		for draw := range draws {
			place := o.Plan.Order(settings.Seed, draw)
			for _, u := range o.Plan.Units {
				p, err := c.trained(ctx, s, number, firstGroups(u.Test, place, parts[k]))
				if err != nil {
					return nil, err
				}
				these += w.auroc(p) / float64(draws*outerFolds)
			}
		}
		p, err := c.anew(ctx, w, number, int(math.Round(list[k].Groups)))
		if err != nil {
			return nil, err
		}
		found = append(found, truth{"auroc, " + l.Value + " groups", l.Estimate, these, w.auroc(p), 0})
	}
	return found, nil
}

// auroc is that of a probe in the population, ½ where there is none.
func (w world) auroc(p *probe.Probe) float64 {
	if p == nil {
		return 0.5
	}
	return w.truth(p)["auroc"]
}

// firstGroups marks the training rows of 1/part of the groups that train, the first in
// an order.
func firstGroups(test []bool, place []int, part int) func(row int) bool {
	trains := make(map[int]bool)
	for i, in := range test {
		if !in {
			trains[place[i]] = true
		}
	}
	left, last := (len(trains)+part-1)/part, -1
	for at := 0; left > 0; at++ {
		if trains[at] {
			left, last = left-1, at
		}
	}
	return func(i int) bool { return !test[i] && place[i] <= last }
}

// selectivity is of a column of values that the states tell, each along a direction
// of its own, and the label does not depend on.
func (c controls) selectivity(ctx context.Context, w world, number int) ([]truth, error) {
	w.value = 1
	s := w.draw(c.seed, uint64(number))
	settings := c.settings(s, number)
	o, err := probe.CrossValidate(ctx, s.x, s.y, settings)
	if err != nil {
		return nil, err
	}
	control, err := probe.ControlTasks(ctx, s.x, s.y, settings, o.C, s.value, tasks)
	if err != nil {
		return nil, err
	}
	lessons, err := probe.Halves(ctx, s.x, s.y, settings, o.C)
	if err != nil {
		return nil, err
	}
	byTask := make([]float64, tasks)
	for n := range control.ByTask {
		floats.AddScaled(byTask, 1/float64(s.y.Len()), control.ByTask[n])
	}
	// Every value is on rows that train, so that no row is left out.
	right := func(score []float64) []float64 {
		of := make([]float64, s.y.Len())
		for i, p := range score {
			if (p > 0.5) == (s.y.Values[i] == 1) {
				of[i] = 1
			}
		}
		return of
	}
	var byHalf []float64
	for _, l := range lessons {
		share := math.NaN()
		if l.Score != nil {
			share = stat.Mean(right(l.Score), nil)
		}
		byHalf = append(byHalf, share)
	}
	lines, err := compare.Selectivity{Right: right(o.Score[0]), Control: control.Right, Group: s.group, ByTask: byTask, ByHalf: byHalf}.Measure(ctx, c.compare(number))
	if err != nil {
		return nil, err
	}
	same := w
	same.given = s.y.Values
	accuracy := 0.0
	for k := range labelled {
		other, err := c.crossValidated(ctx, same, number, truthStream+uint64(k*c.sets+number))
		if err != nil {
			return nil, err
		}
		accuracy += w.accuracy(other) / labelled
	}
	known, err := c.known(ctx, same, number)
	if err != nil {
		return nil, err
	}
	nan := math.NaN()
	return []truth{
		{compare.KeyAccuracy, of(lines, compare.KeyAccuracy, ""), w.accuracy(o), accuracy, accuracy},
		{compare.KeyControlAccuracy, of(lines, compare.KeyControlAccuracy, ""), nan, known, 0},
		{compare.KeySelectivity, of(lines, compare.KeySelectivity, ""), nan, accuracy - known, accuracy},
	}, nil
}

// labelled is how many other data sets with the same labels an accuracy is the mean of.
const labelled = 4

func (c controls) crossValidated(ctx context.Context, w world, number int, stream uint64) (*probe.OutOfFold, error) {
	s := w.draw(c.seed, stream)
	return probe.CrossValidate(ctx, s.x, s.y, c.settings(s, number))
}

// known is the accuracy of a probe of a control task on the groups that train a fold.
func (c controls) known(ctx context.Context, w world, number int) (float64, error) {
	w.groups = w.groups * (outerFolds - 1) / outerFolds
	s := w.draw(c.seed, truthStream+uint64(number))
	drawn := s.y.Values
	s.y.Values = make([]float64, len(drawn))
	for draw := uint64(0); ; draw++ { // tasks have both labels
		rng := rand.New(estimate.Source(c.seed^truthStream, uint64(number)<<16+draw))
		var task [values]int
		for v := range task {
			task[v] = int(drawn[rng.IntN(len(drawn))])
		}
		for i := range s.y.Values {
			s.y.Values[i] = float64(task[s.value[i][0]-'0'])
		}
		p, err := c.trained(ctx, s, number, func(int) bool { return true })
		if err != nil {
			return 0, err
		}
		if p == nil {
			continue
		}
		sum := 0.0
		for _, label := range drawn {
			sum += w.right(p, int(label), func(value int) int { return task[value] }) / float64(len(drawn))
		}
		return sum, nil
	}
}

// accuracy is that of the probes of all folds on new rows with the labels of the rows
// that they scored.
func (w world) accuracy(o *probe.OutOfFold) float64 {
	sum := 0.0
	for n, u := range o.Plan.Units {
		var of [2]float64
		for label := range of {
			of[label] = w.right(o.Probes[n], label, func(int) int { return label })
		}
		for i, test := range u.Test {
			if test {
				sum += of[int(o.Target.Values[i])] / float64(len(u.Test))
			}
		}
	}
	return sum
}

// right is how often a probe predicts what the function makes of the value of a row of a
// label.
func (w world) right(p *probe.Probe, label int, want func(value int) int) float64 {
	sd := floats.Norm(p.Weights, 2) * math.Sqrt(1+w.slope*w.slope)
	sum := 0.0
	for v := range values {
		margin := float64(2*label-1)*w.strength*p.Weights[0] + w.value*p.Weights[1+v] + p.Intercept
		sum += distuv.UnitNormal.CDF(float64(2*want(v)-1)*margin/sd) / values
	}
	return sum
}
