package run

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"tell/activations"
	"tell/audit"
	"tell/internal/profile"
	"tell/internal/solve"
	"tell/probe"
	"tell/result"
	"tell/study"
)

// compute makes the parts of the cells that are not there yet, several at once.
// What a cell gives depends on nothing but itself.
func (p *plan) compute(ctx context.Context, cells []Cell) error {
	defer p.collectSooner()()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.cellsAtOnce())
	p.pace = paceOf(cells, p.cellsAtOnce(), p.step)
	p.pace.say()
	for _, c := range cells {
		g.Go(func() error {
			began := time.Now()
			trained, err := p.make(ctx, c)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", p.Path, c, err)
			}
			p.pace.finish(c, trained, time.Since(began))
			return nil
		})
	}
	return g.Wait()
}

// make makes the part of a cell unless it is there, and reports whether it did.
func (p *plan) make(ctx context.Context, c Cell) (trained bool, err error) {
	has := false
	profile.In(ctx, StageParts, func(context.Context) error { has = p.store.has(c); return nil })
	if has {
		return false, nil
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	var made *part
	switch {
	case c.readsText():
		made, err = staged(ctx, StageBaselines, c, p.textAlong)
	case c.Control == result.Text:
		made, err = staged(ctx, StageBaselines, c, p.textOnly)
	case c.Control == "":
		p.pace.begin(c, p.work(c))
		made, err = p.site(ctx, c)
		if ctx.Err() == nil {
			// A file that was cut short or overwritten may have given any
			// numbers, or an error about its form.
			if changed := p.unchanged(ctx); changed != nil {
				return false, changed
			}
		}
	default:
		made, err = staged(ctx, StageBaselines, c, p.columns)
	}
	if err != nil {
		return false, err
	}
	return true, profile.In(ctx, StageParts, func(context.Context) error { return p.store.put(made) })
}

// site trains the probes of one layer at one position.
func (p *plan) site(ctx context.Context, c Cell) (*part, error) {
	made := &part{Cell: c}
	var err error
	var x probe.Rows
	var health activations.Health
	err = profile.In(ctx, StageReading, func(context.Context) error {
		// The audit looks for copies among the states of the deepest site.
		if sites := p.sites(); c == sites[len(sites)-1] {
			if made.states, err = audit.Fingerprints(p.dump, p.cases.Rows, p.dump.LayerIndex(c.Layer), c.Position); err != nil {
				return err
			}
		}
		x, health, err = p.rows(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	made.Health = health
	if !health.Finite() {
		return made, nil
	}
	if c.Beside != "" {
		if !health.Constant() {
			err = profile.In(ctx, StageComparisons, func(ctx context.Context) error {
				made.cosines, err = p.directions(ctx, c, x)
				return err
			})
		}
		return made, err
	}
	y, only := p.taskOf(c)
	settings := p.settings(c)
	settings.Only = only
	if c.Residual {
		settings.Residualise = p.residual()
	}
	if rows := p.rowsOf(c); rows != nil {
		if settings.Plan, err = p.foldsOf(rows); err != nil {
			return nil, err
		}
		y = y.At(rows)
		settings.Unit, settings.Weight = at(settings.Unit, rows), at(settings.Weight, rows)
	}
	err = profile.In(ctx, StageSolving, func(ctx context.Context) error {
		chosen := *settings
		chosen.Trained = func() { p.pace.probe(c, alone) }
		if made.curve, err = probe.CrossValidate(ctx, x, y, &chosen); err == nil && c.isSite() {
			made.final, err = made.curve.Train(ctx, x)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	p.nameProbes(made)
	if err := p.addControls(ctx, made, x); err != nil || !c.isSite() {
		return made, err
	}
	if !health.Constant() {
		err = profile.In(ctx, StageBootstrap, func(context.Context) error {
			made.measured, err = p.evaluate(made.curve.P())
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if p.Controls.Permutations > 0 && !health.Constant() {
		err = profile.In(ctx, StagePermutations, func(ctx context.Context) error {
			made.null, err = probe.Permutations(ctx, x, p.cases.Target, settings, p.Controls.PermutationC, p.Controls.Permutations)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if p.Controls.Interval == study.IntervalOfProcedure && !health.Constant() {
		err = profile.In(ctx, StageResampling, func(ctx context.Context) error {
			made.resampled, err = probe.Procedure(ctx, x, p.cases.Target, settings, made.final.C, procedureDraws, p.Seed)
			return err
		})
	}
	return made, err
}

// procedureDraws is how often the training rows are resampled for an interval of
// the procedure; docs/validity.md shows the coverage with so many.
const procedureDraws = 100

// nameProbes says at which site the probes of a part were trained.
func (p *plan) nameProbes(made *part) {
	for _, kept := range made.probes() {
		kept.Site = &probe.Site{Layer: made.Layer, Position: made.Position, Name: layerName(p.source(made.Dump).dump, made.Layer)}
	}
}

// layerName is what a dump calls the layer with the given number.
func layerName(d *activations.Dump, number int) string { return d.LayerNames()[d.LayerIndex(number)] }

// rows gives the matrix of a site and the health of its numbers, which decides
// whether it can be trained on.
func (p *plan) rows(c Cell) (probe.Rows, activations.Health, error) {
	from := p.source(c.Dump)
	all, err := from.dump.At(from.dump.LayerIndex(c.Layer), c.Position)
	if err != nil {
		return probe.Rows{}, activations.Health{}, err
	}
	chosen := from.cases.Rows
	if rows := p.rowsOf(c); rows != nil {
		chosen = at(chosen, rows)
	}
	source, err := all.Rows(chosen)
	if err != nil {
		return probe.Rows{}, activations.Health{}, err
	}
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

// resident tells whether the matrix of a site is held in memory while it is
// trained on; otherwise it is streamed.
func (p *plan) resident() bool {
	return p.Memory == 0 || p.siteBytes(true) <= p.Memory
}

// siteBytes is about what a site takes: the solver's vectors, the probes that
// are kept, and its matrix where that is held in memory.
func (p *plan) siteBytes(resident bool) int64 {
	n, d := len(p.cases.Rows), p.width()
	units := len(p.folds.Units)
	levels := len(p.cases.Target.Levels)
	width := solve.Width(p.cases.Target.Kind, levels) // as many outputs, or fewer
	need := max(
		solve.WorkingBytes(p.Probe.Kind, solve.Problem{Rows: n, Columns: d, Splits: units * (1 + p.folds.Inner), Targets: 1, Penalties: len(p.Probe.C), Levels: levels}),
		solve.WorkingBytes(p.Probe.Kind, solve.Problem{Rows: n, Columns: d, Splits: p.folds.Folds, Targets: 1 + p.Controls.Permutations, Penalties: 1, Levels: levels}),
		solve.WorkingBytes(p.Probe.Kind, solve.Problem{Rows: n, Columns: d, Splits: max(1, min(probe.Portions*p.Controls.Description, solve.Together(n, d))), Targets: 1, Penalties: 1, Levels: levels}),
	)
	need += 8 * int64(units) * int64(len(p.Probe.C)) * int64(2*d+width*(d+n))
	if resident {
		need += 8 * int64(n) * int64(d)
	}
	return need
}

// width is that of the widest dump.
func (p *plan) width() int {
	w := p.dump.Shape().Width
	for _, d := range p.dumps {
		w = max(w, d.dump.Shape().Width)
	}
	return w
}

// cellsAtOnce is how many sites fit in memory, at least one.
func (p *plan) cellsAtOnce() int {
	n := p.workers()
	if p.Memory > 0 {
		n = min(n, int(p.Memory/p.siteBytes(p.resident())))
	}
	return max(1, n)
}
