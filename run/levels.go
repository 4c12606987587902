package run

import (
	"slices"

	"tell/gap"
	"tell/metric"
	"tell/probe"
	"tell/result"
	"tell/study"
	"tell/target"
)

// levelGap sets the level that the model acted as against the one that the probe
// predicts.
func (m *merging) levelGap(nested *probe.Nested, base []baseline) error {
	c := m.cases
	if m.binary() || c.Behaviour == nil {
		return nil
	}
	y := c.Target
	width := metric.Width(y)
	predicted := func(score [][]float64) []int {
		mean := probe.Mean(score)
		list := make([]int, y.Len())
		for i := range list {
			list[i] = scoredAs(m.cases.Target, mean, i).prediction
		}
		return list
	}
	d := gap.Levels{
		Names: y.Levels, Ordered: y.Kind == target.KindOrdinal,
		Label: y.Ints(), Behaviour: c.Behaviour, Prediction: predicted(nested.Score), Graded: c.GradedLevels,
		Group: c.Group, Condition: c.Condition, Strata: c.Strata,
	}
	for p := range slices.Chunk(probe.Mean(nested.Score), width) {
		d.Score = append(d.Score, p)
	}
	for _, b := range base {
		switch {
		case b.reason != "":
		case b.name == result.Text:
			d.Text = predicted(b.score)
		case b.name == result.Behaviour && c.GradedLevels == nil, b.name == result.Graded:
			d.Calibrated = predicted(b.score)
		}
	}
	g, err := gap.MeasureLevels(d, gap.Settings{Bootstrap: m.bootstrap()})
	if err != nil {
		return err
	}
	m.result.Table = append(m.result.Table, result.LevelGapRows(g)...)
	for _, w := range g.Warnings {
		m.result.Warnings = append(m.result.Warnings, result.Warning{Code: w.Code, Message: w.Text})
	}
	return nil
}

// levelFrequency scores every row by the share of each level among the training
// rows of the same class, one row of each level added.
func (m *merging) levelFrequency(class []int) [][]float64 {
	y := m.cases.Target.Ints()
	width := metric.Width(m.cases.Target)
	score := make([][]float64, m.folds.Repeats())
	for r := range score {
		score[r] = make([]float64, len(y)*width)
	}
	for _, u := range m.folds.Units {
		rows, all := make([][]float64, slices.Max(class)+1), make([]float64, slices.Max(class)+1)
		for c := range rows {
			rows[c] = make([]float64, width)
		}
		for i, test := range u.Test {
			if !test {
				rows[class[i]][y[i]]++
				all[class[i]]++
			}
		}
		for i, test := range u.Test {
			for k := 0; test && k < width; k++ {
				score[u.Repeat][i*width+k] = (rows[class[i]][k] + 1) / (all[class[i]] + float64(width))
			}
		}
	}
	return score
}

// gradedColumns are the graded behaviour toward every level, and which rows state
// none.
func gradedColumns(cases *study.Cases) [][]float64 {
	var columns [][]float64
	for v := range cases.Target.Levels {
		x := make([]float64, len(cases.GradedLevels))
		for i, g := range cases.GradedLevels {
			x[i] = target.NotStated
			if g != nil {
				x[i] = g[v]
			}
		}
		of := filled(x)
		if v > 0 {
			of = of[:1]
		}
		columns = append(columns, of...)
	}
	return columns
}
