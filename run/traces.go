package run

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"tell/estimate"
	"tell/gap"
	"tell/metric"
	"tell/probe"
	"tell/result"
)

// traceStream parts the random numbers of traces from all others.
const traceStream = 0x74726163 // "trac"

// layTraces checks that there are positions to follow a row along.
func (p *plan) layTraces() error {
	if p.Traces != nil && p.dump.Shape().Positions < 2 {
		return p.ErrorAt("traces", "found 1 position of each row, expected several, as with position: all")
	}
	return nil
}

// traces follows a few rows along their positions, each with the probe that scored it
// in the first repeat: the one of its fold, at the layer and position that the fold
// chose. That probe saw no row of the group at any position.
func (m *merging) traces(ctx context.Context, nested *probe.Nested) error {
	if m.Traces == nil {
		return nil
	}
	fold := m.folds.OuterFold(0)
	state := make([]float64, m.dump.Shape().Width)
	for _, i := range m.drawTraces(nested.Score[0]) {
		unit := fold[i]
		site := m.sites[nested.Choice[unit]]
		t := result.Trace{
			ID: m.cases.ID[i], Label: int(m.cases.Target.Values[i]), Right: m.readRightly(nested.Score[0], i),
			Fold: fold[i], Layer: site.Layer, Position: site.Position,
		}
		if b := m.cases.Behaviour; b != nil {
			t.Behaviour = &b[i]
		}
		n := m.countOf(i)
		if text := m.cases.TokenText; text != nil {
			if len(text[i]) < n {
				return fmt.Errorf("traces: token_text: found %d texts on row %q, which has %d positions", len(text[i]), t.ID, n)
			}
			t.TokenText = text[i][:n]
		}
		m.result.Traces = append(m.result.Traces, t)
		for at := range n {
			row := result.Row{Block: result.Traced, Layer: site.Layer, Position: at, Predictor: result.Probe, Key: result.KeyScoreAt, Unit: result.UnitProbability,
				Subset: result.Subset{Column: result.ColumnRow, Value: t.ID}, Estimate: estimate.NotEstimable(1, 1, "the state is not finite")}
			if err := m.dump.ReadFloat64(state, m.dump.LayerIndex(site.Layer), at, m.cases.Rows[i], m.cases.Rows[i]+1); err != nil {
				return err
			}
			if !slices.ContainsFunc(state, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }) {
				score, err := site.curve.Probes[unit].Predict(probe.Dense(1, len(state), state))
				if err != nil {
					return err
				}
				row.Estimate = estimate.Estimate{Value: score[0], N: 1, Groups: 1}
			}
			m.result.Table = append(m.result.Table, row)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (m *merging) readRightly(score []float64, i int) bool {
	return metric.Predict(score[i]) == int(m.cases.Target.Values[i])
}

// drawTraces draws rows of each quadrant: by whether the probe reads the row rightly,
// and whether the model acted on its label; where the study maps no behaviour, by
// label. Rows of neither behaviour are in none. The draw goes by the ids of rows and the
// seed.
func (m *merging) drawTraces(score []float64) []int {
	var quadrants [4][]int
	for i := range m.cases.ID {
		k := 0
		if !m.readRightly(score, i) {
			k = 1
		}
		label := int(m.cases.Target.Values[i])
		switch b := m.cases.Behaviour; {
		case b == nil:
			k += 2 * (1 - label)
		case b[i] == gap.Neither:
			continue
		case b[i] == label:
			k += 2
		}
		quadrants[k] = append(quadrants[k], i)
	}
	rng := rand.New(estimate.Source(m.Seed, traceStream))
	var drawn []int
	for _, of := range quadrants {
		slices.SortFunc(of, func(a, b int) int { return cmp.Compare(m.cases.ID[a], m.cases.ID[b]) })
		rng.Shuffle(len(of), func(a, b int) { of[a], of[b] = of[b], of[a] })
		drawn = append(drawn, of[:min(len(of), m.Traces.Rows)]...)
	}
	return drawn
}
