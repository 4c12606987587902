package run

import (
	"context"
	"fmt"

	"tell/compare"
	"tell/estimate"
	"tell/result"
	"tell/study"
)

// A comparer does one kind of comparison: a file of this package and a line in
// comparers.
type comparer struct {
	kind string
	// lay says what item i of the study has to have trained.
	lay func(p *plan, i int) error
	// lines measures it.
	lines func(ctx context.Context, m *merging, i int) ([]compare.Line, error)
}

var comparers = []comparer{conditionComparer, transferComparer, dumpsComparer, targetsComparer, trajectoryComparer, candidatesComparer, layersComparer}

// comparing makes a comparer from functions over what its items ask for.
func comparing[T any](kind string, lay func(p *plan, i int, of *T) error, lines func(ctx context.Context, m *merging, i int, of *T) ([]compare.Line, error)) comparer {
	of := func(s *study.Study, i int) *T { return s.Compare[i].Of.(*T) }
	return comparer{
		kind: kind,
		lay:  func(p *plan, i int) error { return lay(p, i, of(p.Study, i)) },
		lines: func(ctx context.Context, m *merging, i int) ([]compare.Line, error) {
			return lines(ctx, m, i, of(m.Study, i))
		},
	}
}

func comparerOf(kind string) comparer {
	for _, c := range comparers {
		if c.kind == kind {
			return c
		}
	}
	panic("run: no comparer of kind " + kind)
}

// compare measures every comparison of the study.
func (m *merging) compare(ctx context.Context) error {
	for i, c := range m.Compare {
		lines, err := comparerOf(c.Kind).lines(ctx, m, i)
		if err != nil {
			return fmt.Errorf("compare[%d]: %w", i, err)
		}
		m.result.Table = append(m.result.Table, result.ComparedRows(result.Block(c.Kind), lines)...)
	}
	return nil
}

func (m *merging) compareSettings() compare.Settings {
	return compare.Settings{Bootstrap: m.bootstrap(), Permutations: m.Controls.Permutations, Seed: m.Seed}
}

// columnsOf is what the study evaluated for item i.
func columnsOf[C any](m *plan, i int) C {
	c, _ := m.cases.Compared[i].(C)
	return c
}

// cannot is the line of a comparison whose probe cannot be trained.
func cannot(names [2]string, n int, reason string) []compare.Line {
	return []compare.Line{{
		Train: names[0], Test: names[1], Layer: compare.None, Position: compare.None, Predictor: result.Probe, Key: "auroc",
		Estimate: estimate.NotEstimable(n, 0, reason),
	}}
}

// at picks rows of a column; nil of nil.
func at[T any](x []T, rows []int) []T {
	if x == nil {
		return nil
	}
	picked := make([]T, len(rows))
	for i, row := range rows {
		picked[i] = x[row]
	}
	return picked
}
