package run

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"tell/activations"
	"tell/audit"
	"tell/internal/solve"
	"tell/probe"
	"tell/result"
)

// compute makes the parts of the cells that are not there yet, several at once.
// What a cell gives depends on nothing but itself.
func (p *plan) compute(ctx context.Context, cells []Cell) error {
	const stage = "cells"
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.cellsAtOnce())
	var mu sync.Mutex
	done := 0
	p.progress(stage, 0, len(cells))
	for _, c := range cells {
		g.Go(func() error {
			if err := p.make(ctx, c); err != nil {
				return fmt.Errorf("%s: %s: %w", p.Path, c, err)
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			p.progress(stage, done, len(cells))
			return nil
		})
	}
	return g.Wait()
}

// make makes the part of a cell unless it is there.
func (p *plan) make(ctx context.Context, c Cell) error {
	if p.store.has(c) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var made *part
	var err error
	switch c.Control {
	case result.Text:
		made, err = p.textOnly(ctx, c)
	case result.Nuisance:
		made, err = p.nuisance(ctx, c)
	default:
		made, err = p.site(ctx, c)
	}
	if err != nil {
		return err
	}
	return p.store.put(made)
}

// site trains the probes of one layer at one position.
func (p *plan) site(ctx context.Context, c Cell) (*part, error) {
	made := &part{Cell: c}
	var err error
	// The audit looks for copies among the states of the deepest site.
	if sites := p.sites(); c == sites[len(sites)-1] {
		if made.states, err = audit.Fingerprints(p.dump, p.cases.Rows, c.Layer, c.Position); err != nil {
			return nil, err
		}
	}
	x, health, err := p.rows(c)
	if err != nil {
		return nil, err
	}
	made.Health = health
	if !health.Finite() {
		return made, nil
	}
	o, err := probe.CrossValidate(ctx, x, p.cases.Target, p.settings())
	if err != nil {
		return nil, err
	}
	made.curve = o
	if made.final, err = o.Train(ctx, x); err != nil {
		return nil, err
	}
	for _, kept := range made.probes() {
		kept.Site = &probe.Site{Layer: c.Layer, Position: c.Position, Name: p.dump.LayerNames()[c.Layer]}
	}
	if p.Controls.Permutations > 0 && !health.Constant() {
		made.null, err = probe.Permutations(ctx, x, p.cases.Target, p.settings(), p.Controls.PermutationC, p.Controls.Permutations)
	}
	return made, err
}

// rows gives the matrix of a site and the health of its numbers, which decides
// whether it can be trained on.
func (p *plan) rows(c Cell) (probe.Rows, activations.Health, error) {
	source := states{p.dump, p.cases.Rows, c.Layer, c.Position}
	n, d := source.Dims()
	in := activations.NewInspector(d)
	if !p.resident() {
		step := min(n, solve.BlockRows(d))
		block := make([]float64, step*d)
		for lo := 0; lo < n; lo += step {
			hi := min(lo+step, n)
			if err := source.ReadRows(block[:(hi-lo)*d], lo, hi); err != nil {
				return probe.Rows{}, activations.Health{}, err
			}
			in.Add(block[:(hi-lo)*d])
		}
		return probe.Stream(source), in.Health(), nil
	}
	data := make([]float64, n*d)
	if err := source.ReadRows(data, 0, n); err != nil {
		return probe.Rows{}, activations.Health{}, err
	}
	in.Add(data)
	health := in.Health()
	if !health.Finite() {
		return probe.Rows{}, health, nil
	}
	return probe.Dense(n, d, data), health, nil
}

// states is some rows of a dump at one site.
type states struct {
	dump            *activations.Dump
	rows            []int // of the dump
	layer, position int
}

// Dims implements probe.Reader.
func (s states) Dims() (rows, cols int) { return len(s.rows), s.dump.Shape().Width }

// ReadRows implements probe.Reader. Rows that follow one another in the dump are
// read at once.
func (s states) ReadRows(dst []float64, lo, hi int) error {
	width, rows := s.dump.Shape().Width, s.rows[lo:hi]
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j] == rows[j-1]+1 {
			j++
		}
		if err := s.dump.ReadFloat64(dst[i*width:j*width], s.layer, s.position, rows[i], rows[j-1]+1); err != nil {
			return err
		}
		i = j
	}
	return nil
}

// rowsBytes is what the rows used of one site take in memory.
func (p *plan) rowsBytes() int64 {
	return 8 * int64(len(p.cases.Rows)) * int64(p.dump.Shape().Width)
}

// resident tells whether the matrix of a site is held in memory while it is
// trained on; otherwise it is streamed.
func (p *plan) resident() bool {
	return p.Memory == 0 || p.siteBytes(true) <= p.Memory
}

// siteBytes is about what a site takes: the solver's vectors, the probes that
// are kept, and its matrix where that is held in memory.
func (p *plan) siteBytes(resident bool) int64 {
	n, d := len(p.cases.Rows), p.dump.Shape().Width
	units := len(p.folds.Units)
	need := max(
		solve.WorkingBytes(n, d, units*(1+p.folds.Inner), 1),
		solve.WorkingBytes(n, d, p.folds.Folds, 1+p.Controls.Permutations),
	)
	need += 3 * 8 * int64(units) * int64(len(p.Probe.C)) * int64(d)
	if resident {
		need += p.rowsBytes()
	}
	return need
}

// cellsAtOnce is how many sites fit in memory, at least one.
func (p *plan) cellsAtOnce() int {
	n := p.workers()
	if p.Memory > 0 {
		n = min(n, int(p.Memory/p.siteBytes(p.resident())))
	}
	return max(1, n)
}
