package run

import (
	"context"
	"fmt"
	"strconv"

	"tell/probe"
	"tell/result"
	"tell/study"
	"tell/target"
)

// joined sets the probes of all layers and positions together beside the nested one.
func (m *merging) joined(ctx context.Context, nested *probe.Nested) error {
	for _, how := range m.Probe.LayersJoined {
		var score [][]float64
		var err error
		switch how {
		case study.JoinedMean:
			score, err = probe.MeanOf(m.folds, m.cases.Target, m.curves())
		case study.JoinedStack:
			settings := m.columnSettings()
			settings.Bootstrap = m.bootstrap()
			var stack *probe.OutOfFold
			if stack, err = probe.Stack(ctx, m.cases.Target, m.curves(), settings); err == nil {
				score = stack.Score
			}
		}
		if err == nil {
			err = m.setBeside(result.Row{Block: result.Joined, Predictor: how}, probe.Mean(nested.Score), score, "")
		}
		if err != nil {
			return fmt.Errorf("layers joined by %s: %w", how, err)
		}
	}
	return nil
}

// sparseSweeps are the probes on few columns, and on as many drawn at random.
func (p *plan) sparseSweeps() []sweep {
	var list []sweep
	for _, k := range p.Probe.SparsePath {
		list = append(list, sweep{Coordinates: k}, sweep{Coordinates: k, Random: true})
	}
	return list
}

// laySparse lays out the path over the number of columns.
func (p *plan) laySparse() error {
	path := p.Probe.SparsePath
	if path == nil {
		return nil
	}
	if k := p.cases.Target.Kind; k != target.KindBinary {
		return p.ErrorAt("probe.sparse_path", "found it beside a target of kind %s, expected a binary one", k)
	}
	if last, width := path[len(path)-1], p.dump.Shape().Width; last > width {
		return p.ErrorAt(fmt.Sprintf("probe.sparse_path[%d]", len(path)-1), "found %d, expected at most %d, the width of the states", last, width)
	}
	for _, w := range p.sparseSweeps() {
		p.addSweep(w)
	}
	return nil
}

// sparse measures the path over the number of columns. Layer, position and C are
// chosen inside the training folds for each number, as those of the probe are.
func (m *merging) sparse(nested *probe.Nested) error {
	for _, w := range m.sparseSweeps() {
		t, err := m.trained(w)
		if err != nil {
			return err
		}
		first := result.Row{Block: result.Sparse, Predictor: result.FewColumns, Subset: result.Subset{Column: result.Coordinates, Value: strconv.Itoa(w.Coordinates)}}
		if w.Random {
			first.Predictor = result.RandomColumns
		}
		var score [][]float64
		if t.reason == "" {
			score = t.nested.Score
		}
		if err := m.setBeside(first, probe.Mean(nested.Score), score, t.reason); err != nil {
			return fmt.Errorf("%d columns: %w", w.Coordinates, err)
		}
	}
	return nil
}

// curves are those of the sites, nil where there is nothing to train on.
func (m *merging) curves() []*probe.OutOfFold {
	curves := make([]*probe.OutOfFold, len(m.sites))
	for i, s := range m.sites {
		if s.tellsNothing() == "" {
			curves[i] = s.curve
		}
	}
	return curves
}
