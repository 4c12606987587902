package compare

import (
	"context"
	"fmt"
	"slices"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// MetricTransfer are rows with a target of any kind, the sets that they are in,
// and the scores that a probe trained in each set gives them.
type MetricTransfer struct {
	Sets   []string
	ID     []string // of the rows, each once
	Group  []int
	In     [][]bool // by set, then row
	Target target.Column
	// Score[a] are the scores of a probe trained in set a without the row's group,
	// as [metric.Evaluate] takes them; nil where Untrained says why there is none.
	Score     [][]float64
	Untrained []string // by set
}

// Measure tests the probe of every set on every set by the metrics of the
// target's kind, and how much of the first of them it recovers.
func (d MetricTransfer) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	metrics := metric.For(d.Target.Kind)
	head, _ := metric.Headline(d.Target.Kind)
	first := slices.IndexFunc(metrics, func(m metric.Metric) bool { return m.Key == head.Key })
	rows := make([][]int, len(d.Sets))
	own := make([]estimate.Estimate, len(d.Sets))
	at := make([][][]func([]float64) estimate.Value, len(d.Sets)) // trained, tested, metric
	for b, in := range d.In {
		for i, is := range in {
			if is {
				rows[b] = append(rows[b], i)
			}
		}
	}
	for a := range d.Sets {
		at[a] = make([][]func([]float64) estimate.Value, len(d.Sets))
		for b := range d.Sets {
			if d.why(a, rows[b], b) != "" {
				continue
			}
			y, score := d.Target.At(rows[b]), d.scores(a, rows[b])
			for _, m := range metrics {
				f, err := m.On(y, score)
				if err != nil {
					return nil, fmt.Errorf("compare: the probe of %s on %s: %w", d.Sets[a], d.Sets[b], err)
				}
				at[a][b] = append(at[a][b], f)
			}
		}
	}
	var lines []Line
	for a := range d.Sets {
		for b := range d.Sets {
			still := &block{group: pick(d.Group, rows[b])}
			line := func(key string) Line {
				return Line{Train: d.Sets[a], Test: d.Sets[b], Predictor: probePredictor, Key: key}
			}
			reason := d.why(a, rows[b], b)
			for k, m := range metrics {
				still.one(line(m.Key), func(w []float64) estimate.Value {
					if reason != "" {
						return estimate.Value{Reason: reason}
					}
					return at[a][b][k](w)
				})
			}
			found := still.estimate(s.Bootstrap)
			if a == b {
				own[b] = found[first].Estimate
			}
			lines = append(lines, found...)
		}
	}
	for a := range d.Sets {
		for b := range d.Sets {
			l := Line{Train: d.Sets[a], Test: d.Sets[b], Predictor: probePredictor, Layer: None, Position: None, Key: KeyRecovery}
			groups := countGroups(pick(d.Group, rows[b]))
			switch reason := d.why(a, rows[b], b); {
			case reason != "":
				l.Estimate = estimate.NotEstimable(len(rows[b]), groups, reason)
			case !own[b].OK() || side(own[b], head.Chance) <= 0:
				l.Estimate = estimate.NotEstimable(len(rows[b]), groups, fmt.Sprintf("the %s of the own probe of %s is not shown to lie above %v", head.Key, d.Sets[b], head.Chance))
			case a == b:
				l.Estimate = estimate.Estimate{Value: 1, N: len(rows[b]), Groups: groups, Method: "exact: the set's own probe"}
			default:
				still := &block{group: pick(d.Group, rows[b])}
				still.one(l, func(w []float64) estimate.Value {
					x, of := at[a][b][first](w), at[b][b][first](w)
					if v := difference(x, of); v.Reason != "" {
						return v
					}
					if of.X == head.Chance {
						return estimate.Value{Reason: "the set's own probe does as chance does"}
					}
					return estimate.Value{X: (x.X - head.Chance) / (of.X - head.Chance)}
				})
				l = still.estimate(s.Bootstrap)[0]
			}
			lines = append(lines, l)
		}
	}
	return lines, nil
}

// why says what a cell lacks, if anything.
func (d *MetricTransfer) why(a int, rows []int, b int) string {
	switch {
	case len(rows) == 0:
		return fmt.Sprintf("set %s is empty", d.Sets[b])
	case d.Untrained[a] != "":
		return fmt.Sprintf("no probe could be trained on %s: %s", d.Sets[a], d.Untrained[a])
	}
	return ""
}

// scores are those of the rows by the probe of a set.
func (d *MetricTransfer) scores(a int, rows []int) []float64 {
	width := metric.Width(d.Target)
	var score []float64
	for _, i := range rows {
		score = append(score, d.Score[a][i*width:(i+1)*width]...)
	}
	return score
}

func (d *MetricTransfer) check() error {
	if err := checkSets(d.Sets, d.ID); err != nil {
		return err
	}
	n := len(d.ID)
	for _, of := range []struct {
		what      string
		has, want int
	}{
		{"groups", len(d.Group), n}, {"values of the target", d.Target.Len(), n}, {"sets of rows", len(d.In), len(d.Sets)},
		{"scores of sets", len(d.Score), len(d.Sets)}, {"reasons of sets", len(d.Untrained), len(d.Sets)},
	} {
		if of.has != of.want {
			return fmt.Errorf("compare: found %d %s, expected %d", of.has, of.what, of.want)
		}
	}
	width := metric.Width(d.Target)
	for a := range d.Sets {
		if len(d.In[a]) != n {
			return fmt.Errorf("compare: set %s: found %d marks for %d rows, expected as many", d.Sets[a], len(d.In[a]), n)
		}
		if d.Untrained[a] == "" && len(d.Score[a]) != n*width {
			return fmt.Errorf("compare: set %s: found %d scores for %d rows, expected %d of each", d.Sets[a], len(d.Score[a]), n, width)
		}
	}
	return nil
}
