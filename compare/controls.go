package compare

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// The keys of the controls.
const (
	KeyDescription     = "description_length"
	KeyCompression     = "compression"
	KeyDescriptionLead = "description_lead"
	KeyControlAccuracy = "control_accuracy"
	KeySelectivity     = "selectivity"
)

// The units of a code, and of a difference between two.
const (
	BitsARow  = "bits a row"
	BitsSaved = "bits"
)

// SharesPredictor is the code by the shares of the levels alone, MixturePredictor the
// one of the probes of all layers and positions together.
const (
	SharesPredictor  = "majority"
	MixturePredictor = "probe"
)

// DescriptionQuantities define the keys of [Description].
func DescriptionQuantities() []Quantity {
	const voita = "Voita and Titov 2020, EMNLP"
	return []Quantity{
		{KeyDescription, "Description length", "bits a row that the labels take in an online code: groups come in portions, each coded by probes trained on those before it, of all C and, where no layer is named, of all layers together; the mean over orders of the groups", BitsARow, voita},
		{KeyCompression, "Compression", "bits that the labels take in the uniform code over the description length; 1 where nothing is compressed", Ratio, voita},
		{KeyDescriptionLead, "Bits saved", "description length by the shares of the labels in the portions before, less that of the probe, in bits a row; 0 or less where the probe says no more than these shares. Its interval, unlike those of the lengths, allows for other training groups too, by how much the orders differ", BitsSaved, voita},
	}
}

// A Code is a code of the labels by order and row.
type Code struct {
	Predictor       string
	Layer, Position int // None where it is of all of them
	Bits            [][]float64
}

// Description is codes of the labels, and that of the shares of the levels in the
// portions before, on the same orders of the groups.
type Description struct {
	Levels int
	Group  []int
	Shares [][]float64 // bits by order and row
	Codes  []Code
}

// Measure sets the codes against the uniform one and that of the shares.
func (d Description) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: description: %w", err)
	}
	b := &block{group: d.Group}
	uniform := math.Log2(float64(d.Levels))
	own := meanOfRows(d.Shares)
	var lines []Line
	codes := append(slices.Clip(d.Codes), Code{SharesPredictor, None, None, d.Shares})
	for _, c := range codes {
		bits := meanOfRows(c.Bits)
		if len(bits) != len(d.Group) || len(own) != len(d.Group) {
			return nil, fmt.Errorf("compare: description: found %d rows of a code and %d of the shares for %d groups, expected as many", len(bits), len(own), len(d.Group))
		}
		line := func(key string) Line {
			return Line{Predictor: c.Predictor, Layer: c.Layer, Position: c.Position, Key: key}
		}
		of := []Line{line(KeyDescription), line(KeyCompression)}
		if c.Predictor != SharesPredictor {
			of = append(of, line(KeyDescriptionLead))
		}
		lines = append(lines, of...)
		b.add(func(w []float64, out []estimate.Value) {
			out[0] = metric.Mean(bits, w)
			out[1] = ratio(uniform, out[0].X, "no row has a label to code")
			if len(out) > 2 {
				out[2] = difference(metric.Mean(own, w), out[0])
			}
		}, of...)
	}
	for i, l := range b.estimate(s.Bootstrap) {
		lines[i].Estimate = l.Estimate
	}
	for i := range lines {
		var of []float64
		for _, c := range codes {
			if c.Predictor == lines[i].Predictor && c.Layer == lines[i].Layer && c.Position == lines[i].Position {
				of = byOrder(lines[i].Key, c.Bits, d.Shares, uniform)
			}
		}
		// Training moves two codes of one row apart more than the bits that it takes,
		// most of which are how surprising its label is.
		share, low := 0., 0.
		if lines[i].Key == KeyDescriptionLead {
			share, low = orderShare, math.Inf(-1)
		}
		if len(of) == 1 {
			withoutInterval(&lines[i].Estimate, "one order of the groups does not show how much orders differ; expected 2 or more, better 5")
		}
		widenOverDraws(&lines[i].Estimate, of, share, low, math.Inf(1))
	}
	return lines, nil
}

// byOrder is a number of a description in every order of the groups.
func byOrder(key string, bits, shares [][]float64, uniform float64) []float64 {
	of := make([]float64, len(bits))
	for o := range bits {
		of[o] = stat.Mean(bits[o], nil)
		switch key {
		case KeyCompression:
			of[o] = uniform / of[o]
		case KeyDescriptionLead:
			of[o] = stat.Mean(shares[o], nil) - of[o]
		}
	}
	return of
}

// orderShare is how much of the groups two orders train on in common: a half where most
// of the rows are coded.
const orderShare = 0.5

// widenOverDraws makes room for the training rows, which the bootstrap of scores holds
// fixed. Values are those of draws of a share of the groups, and the estimate is their
// mean: it varies by what draws share, and by the rest over their number.
func widenOverDraws(e *estimate.Estimate, draws []float64, share, low, high float64) {
	if n := float64(len(draws)); n > 1 {
		e.Widen(ofOtherSets(draws, share)*(share+(1-share)/n), n-1, low, high)
	}
}

// widenToAll is widenOverDraws for the one value of all groups. What training adds there
// is taken to be less as there are more groups than in the draws.
func widenToAll(e *estimate.Estimate, draws []float64, share, low, high float64) {
	if n := float64(len(draws)); n > 1 {
		e.Widen(ofOtherSets(draws, share)*share, n-1, low, high)
	}
}

// withoutInterval takes away an interval of these probes where it should be about others,
// and what is said of it.
func withoutInterval(e *estimate.Estimate, format string, args ...any) {
	if e.Interval != nil {
		e.Interval, e.Warnings = nil, nil
		e.Warn(estimate.NoInterval, "no interval: "+format, args...)
	}
}

// ofOtherSets is the variance that values of a share of the groups have between data
// sets. Draws have that share of their groups in common, so that theirs is 1 - share of
// it.
func ofOtherSets(draws []float64, share float64) float64 {
	return stat.Variance(draws, nil) / (1 - share)
}

// meanOfRows is the mean over several columns, row by row.
func meanOfRows(columns [][]float64) []float64 {
	if len(columns) == 0 {
		return nil
	}
	mean := make([]float64, len(columns[0]))
	for _, column := range columns {
		for i, v := range column {
			mean[i] += v / float64(len(columns))
		}
	}
	return mean
}

// SelectivityQuantities define the keys of [Selectivity].
func SelectivityQuantities() []Quantity {
	const hewitt = "Hewitt and Liang 2019, EMNLP"
	return []Quantity{
		accuracyQuantity,
		{KeyControlAccuracy, "Accuracy on control tasks", "mean accuracy of probes on labels that are drawn at random for each value of the column, out of fold, on rows whose value the training rows have too: what a probe knows of these values by heart. The interval also allows for other draws of these labels", Share, hewitt},
		{KeySelectivity, "Selectivity", "accuracy less that on control tasks, on the same rows; near 0 where a probe can know the values of the column by heart as well as it reads the label. The interval allows for other draws of the labels of the tasks, and for other training groups, by how much probes of halves of them differ", Difference, hewitt},
	}
}

// Selectivity is on which rows the label is predicted, and those of control tasks.
type Selectivity struct {
	Right   []float64 // 1 or 0
	Control []float64 // the share of the tasks; NaN on rows whose value no training row has
	Group   []int
	// ByTask is the accuracy on each control task, on all those rows, ByHalf that on the
	// label in draws of half of the training groups; NaN where a level is lacking.
	ByTask, ByHalf []float64
}

// Measure sets how often the label is predicted beside how often those of control
// tasks are.
func (d Selectivity) Measure(ctx context.Context, s Settings) ([]Line, error) {
	right, control, group := d.Right, d.Control, d.Group
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: selectivity: %w", err)
	}
	if len(right) != len(control) || len(group) != len(control) {
		return nil, fmt.Errorf("compare: selectivity: found %d rows that are right or wrong and %d groups for %d of the control tasks, expected as many", len(right), len(group), len(control))
	}
	var rows []int
	for i, v := range control {
		if !math.IsNaN(v) {
			rows = append(rows, i)
		}
	}
	own, other := pick(right, rows), pick(control, rows)
	line := func(key string) Line {
		return Line{Predictor: probePredictor, Layer: None, Position: None, Key: key}
	}
	of := []Line{line(KeyAccuracy), line(KeyControlAccuracy), line(KeySelectivity)}
	if len(rows) == 0 {
		for k := range of {
			of[k].Estimate = estimate.NotEstimable(len(right), 0, "no row has a value that rows which train its fold have too")
		}
		return of, nil
	}
	b := &block{group: pick(group, rows)}
	b.add(func(w []float64, out []estimate.Value) {
		out[0], out[1] = metric.Mean(own, w), metric.Mean(other, w)
		out[2] = difference(out[0], out[1])
	}, of...)
	lines := b.estimate(s.Bootstrap)
	widenOverDraws(&lines[1].Estimate, d.ByTask, 0, 0, 1)
	widenOverDraws(&lines[2].Estimate, d.ByTask, 0, -1, 1)
	lacking := 0
	for _, v := range d.ByHalf {
		if math.IsNaN(v) {
			lacking++
		}
	}
	for _, k := range []int{0, 2} {
		e, low := &lines[k].Estimate, float64(-k/2)
		if lacking > 0 {
			withoutInterval(e, "in %d of %d draws of half of the training groups, those of some fold lack a level", lacking, len(d.ByHalf))
		}
		widenToAll(e, d.ByHalf, 0.5, low, 1)
	}
	return lines, nil
}

// LearningQuantities define the keys of [Learning]: the first metric of each kind of
// target.
func LearningQuantities() []Quantity {
	var list []Quantity
	seen := map[string]bool{}
	for _, k := range target.Kinds() {
		if m, ok := metric.Headline(k); ok && !seen[m.Key] {
			seen[m.Key] = true
			list = append(list, Quantity{m.Key, m.Title, m.Definition, m.Unit, "metric"})
		}
	}
	return list
}

// TrainingGroups is the column of a subset that names how many groups trained.
const TrainingGroups = "training groups"

// A Lesson is the scores of a predictor that was trained on some of the groups, in
// several draws of them. No scores are those of training rows that lack a level.
type Lesson struct {
	Predictor string
	Groups    float64 // mean over folds
	Score     [][]float64
}

// Learning is what predictors learn from ever more groups.
type Learning struct {
	Target      target.Column
	Group, Fold []int    // of the rows; those of a fold are scored by one probe
	Lessons     []Lesson // of a predictor in ascending order; that of all groups has one draw
}

// Measure takes every lesson by the first metric of the target's kind within each
// fold: probes of few groups have intercepts so different that their scores cannot be
// put in one order. Values are means over the folds and the draws.
func (d Learning) Measure(ctx context.Context, s Settings) ([]Line, error) {
	y := d.Target
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: learning: %w", err)
	}
	m, ok := metric.Headline(y.Kind)
	if !ok {
		return nil, fmt.Errorf("compare: learning: a target of kind %s has no metric", y.Kind)
	}
	if len(d.Fold) != y.Len() {
		return nil, fmt.Errorf("compare: learning: found %d folds for %d rows, expected as many", len(d.Fold), y.Len())
	}
	var folds [][]int
	for _, f := range distinctInts(d.Fold) {
		var rows []int
		for i, of := range d.Fold {
			if of == f {
				rows = append(rows, i)
			}
		}
		folds = append(folds, rows)
	}
	var lines []Line
	all := map[string]float64{}                     // groups of a predictor
	last := map[string]func(e *estimate.Estimate){} // widens by its last draws
	for _, l := range d.Lessons {
		all[l.Predictor] = max(all[l.Predictor], l.Groups)
	}
	low := 0. // of the metric
	if m.Unit == Correlation {
		low = -1
	}
	for _, lesson := range d.Lessons {
		l := Line{
			Predictor: lesson.Predictor, Layer: None, Position: None, Key: m.Key,
			Column: TrainingGroups, Value: strconv.FormatFloat(math.Round(lesson.Groups), 'f', -1, 64),
		}
		var parts []metric.Part
		lacking := 0
		for _, score := range lesson.Score {
			if score == nil {
				lacking++
				continue
			}
			for _, rows := range folds {
				parts = append(parts, metric.Part{Rows: rows, Score: score})
			}
		}
		if lacking > 0 {
			l.Estimate = estimate.NotEstimable(y.Len(), 0, fmt.Sprintf("in %d of %d draws the training rows of some fold lack a level", lacking, len(lesson.Score)))
		} else {
			var err error
			if l.Estimate, err = m.Within(y, parts, d.Group, s.Bootstrap); err != nil {
				return nil, fmt.Errorf("compare: learning: %w", err)
			}
		}
		if l.Estimate.OK() {
			// Draws of a part of the groups show what the choice of these does.
			part := lesson.Groups / all[lesson.Predictor]
			if len(lesson.Score) > 1 {
				of := drawnValues(m, y, parts, len(folds))
				widenOverDraws(&l.Estimate, of, part, low, 1)
				last[lesson.Predictor] = func(e *estimate.Estimate) { widenToAll(e, of, part, low, 1) }
			} else if widen := last[lesson.Predictor]; widen != nil {
				widen(&l.Estimate)
			} else {
				withoutInterval(&l.Estimate, "no draws of fewer groups show how much difference other groups would make")
			}
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// drawnValues are the metric in each draw, the mean over its folds.
func drawnValues(m metric.Metric, y target.Column, parts []metric.Part, folds int) []float64 {
	width := metric.Width(y)
	of := make([]float64, len(parts)/folds)
	for k, p := range parts {
		var score []float64
		for _, i := range p.Rows {
			score = append(score, p.Score[i*width:(i+1)*width]...)
		}
		v, err := m.Value(y.At(p.Rows), score, nil)
		if err != nil {
			return nil // then there is no estimate
		}
		of[k/folds] += v * float64(len(p.Rows)) / float64(y.Len())
	}
	return of
}
