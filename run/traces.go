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
	"tell/probe"
	"tell/result"
	"tell/target"
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
	y := m.cases.Target
	key, of := result.KeyDecodedAt, result.UnitDecoded
	if y.Kind == target.KindBinary || y.Kind == target.KindClass {
		key, of = result.KeyScoreAt, result.UnitProbability
	}
	right := m.readRightly(nested.Score[0])
	for _, i := range m.drawTraces(right) {
		unit := fold[i]
		site := m.sites[nested.Choice[unit]]
		t := result.Trace{
			ID: m.cases.ID[i], Right: right[i], Fold: fold[i], Layer: site.Layer, Position: site.Position,
		}
		if y.Leveled() {
			t.Label = int(y.Values[i])
		} else {
			t.Target = &y.Values[i]
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
			row := result.Row{Block: result.Traced, Layer: site.Layer, Position: at, Predictor: result.Probe, Key: key, Unit: of,
				Subset: result.Subset{Column: result.ColumnRow, Value: t.ID}, Estimate: estimate.NotEstimable(1, 1, "the state is not finite")}
			if err := m.dump.ReadFloat64(state, m.dump.LayerIndex(site.Layer), at, m.cases.Rows[i], m.cases.Rows[i]+1); err != nil {
				return err
			}
			if !slices.ContainsFunc(state, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }) {
				score, err := site.curve.Probes[unit].Predict(probe.Dense(1, len(state), state))
				if err != nil {
					return err
				}
				row.Estimate = estimate.Estimate{Value: tracedValue(y, i, score), N: 1, Groups: 1}
			}
			m.result.Table = append(m.result.Table, row)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// tracedValue is what scores of a row say: the probability of its own class, else that
// of label 1 or what is decoded.
func tracedValue(y target.Column, row int, score []float64) float64 {
	if y.Kind == target.KindClass {
		return score[int(y.Values[row])]
	}
	return scoredAs(y, score, 0).score
}

// readRightly tells, for every row, whether its level is predicted, or its number or
// share with no more than the median error.
func (m *merging) readRightly(score []float64) []bool {
	y := m.cases.Target
	right, off := make([]bool, y.Len()), make([]float64, y.Len())
	for i, v := range y.Values {
		s := scoredAs(y, score, i)
		right[i], off[i] = s.prediction == int(v), math.Abs(s.score-v)
	}
	if !y.Leveled() {
		middle := median(off)
		for i, x := range off {
			right[i] = x <= middle
		}
	}
	return right
}

func median(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	return (sorted[(len(x)-1)/2] + sorted[len(x)/2]) / 2
}

// drawTraces draws rows of each quadrant: by whether the probe reads the row rightly,
// and whether the model acted on its label; where the study maps no behaviour, by
// label. Numbers, shares and ordered levels are parted at their median, classes not at
// all. Rows of neither behaviour are in none. The draw goes by the ids of rows and the
// seed.
func (m *merging) drawTraces(right []bool) []int {
	y := m.cases.Target
	middle := median(y.Values)
	var quadrants [4][]int
	for i := range m.cases.ID {
		k := 0
		if !right[i] {
			k = 1
		}
		switch b := m.cases.Behaviour; {
		case y.Kind == target.KindClass:
		case y.Kind != target.KindBinary:
			if y.Values[i] <= middle {
				k += 2
			}
		case b == nil:
			k += 2 * (1 - int(y.Values[i]))
		case b[i] == gap.Neither:
			continue
		case b[i] == int(y.Values[i]):
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
