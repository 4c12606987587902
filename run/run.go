// Package run does what a study asks for. A run is a grid of cells, such as one
// layer at one position; what a cell leaves is a part, a file where the options
// name a folder for them. A run that was killed goes on from its parts, and
// parts made on several machines are merged to the same bytes as those of one.
package run

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"tell/estimate"
	"tell/gap"
	"tell/internal/profile"
	"tell/result"
	"tell/study"
)

// Options are settings of a run that are not in its study file. None of them
// changes a number: on one instruction set, the bytes of the result are the
// same for any number of workers and any memory. Another instruction set adds
// in another order, so that between processors last digits may differ.
type Options struct {
	// Workers is how many cells are trained at once. Zero means one for each
	// processor.
	Workers int
	// Memory bounds the bytes that the cells in training hold together. Zero
	// means no bound but Workers.
	Memory int64
	// Parts is the folder for the parts. Empty keeps them in memory.
	Parts string
	// Progress, when not nil, is told how far a run is. It is called from one
	// goroutine at a time.
	Progress func(Step)

	sharing bool // with others that make other parts
}

// A Step says how many of the steps of a stage are done.
type Step struct {
	Stage       string
	Done, Total int
	// Under is how much of the steps under way is done, in steps: 1.5 where half is
	// done of each of three.
	Under float64
	// Left is about how long the rest of the stage takes, zero where nothing is
	// known of it yet.
	Left time.Duration
}

func (o Options) progress(stage string, done, total int) {
	o.step(Step{Stage: stage, Done: done, Total: total})
}

func (o Options) step(s Step) {
	if o.Progress != nil {
		o.Progress(s)
	}
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// Run does everything that a study asks for.
func Run(ctx context.Context, s *study.Study, o Options) (*result.Result, []result.Score, error) {
	return withGap(Fit(ctx, s, o))(ctx, s)
}

// Fit trains the probes and the baselines of a study and scores every row out
// of fold. The result has no gap yet. Parts that fit the study are used; others
// are made anew.
func Fit(ctx context.Context, s *study.Study, o Options) (*result.Result, []result.Score, error) {
	p, err := newPlan(ctx, s, o)
	if err != nil {
		return nil, nil, err
	}
	defer p.close()
	if err := p.compute(ctx, p.cells); err != nil {
		return nil, nil, err
	}
	r, scores, err := p.merge(ctx)
	if err != nil {
		return nil, nil, err
	}
	return r, scores, p.store.removeOthers(p.cells)
}

// Share makes the parts of share i of n, counted from 1, in the folder that the
// options name.
func Share(ctx context.Context, s *study.Study, o Options, i, n int) error {
	switch {
	case o.Parts == "":
		return fmt.Errorf("%s: no folder for the parts", s.Path)
	case i < 1 || i > n:
		return fmt.Errorf("%s: found share %d of %d, expected one from 1 to the number of shares", s.Path, i, n)
	}
	o.sharing = true
	p, err := newPlan(ctx, s, o)
	if err != nil {
		return err
	}
	defer p.close()
	return p.compute(ctx, p.share(i, n))
}

// Merge makes of the parts in the folder that the options name what Run makes
// of the study. A part that is missing, damaged, or made for another plan is an
// error.
func Merge(ctx context.Context, s *study.Study, o Options) (*result.Result, []result.Score, error) {
	p, err := newPlan(ctx, s, o)
	if err != nil {
		return nil, nil, err
	}
	defer p.close()
	if err := profile.In(ctx, StageParts, func(context.Context) error { return p.store.complete(p.cells) }); err != nil {
		return nil, nil, err
	}
	r, scores, err := p.merge(ctx)
	if err == nil {
		err = removeHashes(o.Parts)
	}
	return withGap(r, scores, err)(ctx, s)
}

// withGap adds the gap to what a fit gave.
func withGap(r *result.Result, scores []result.Score, err error) func(context.Context, *study.Study) (*result.Result, []result.Score, error) {
	return func(ctx context.Context, s *study.Study) (*result.Result, []result.Score, error) {
		if err != nil {
			return nil, nil, err
		}
		err := profile.In(ctx, StageBootstrap, func(context.Context) error {
			_, err := Gap(r, scores)
			return err
		})
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", s.Path, err)
		}
		return r, scores, nil
	}
}

// Gap measures the action-commitment gap on out-of-fold scores and puts it into
// the result. A study that maps no behaviour has no gap.
func Gap(r *result.Result, scores []result.Score) (*gap.Result, error) {
	if r.Data.ActsAs == nil {
		return nil, nil
	}
	g, err := gap.Measure(result.GapData(scores), gap.Settings{Bootstrap: estimate.Bootstrap{
		Draws: r.Protocol.Bootstrap,
		Level: r.Protocol.Level,
		Seed:  r.Protocol.Seed,
	}})
	if err != nil {
		return nil, err
	}
	var kept result.Table
	for _, row := range r.Table {
		if row.Block != result.Gap && row.Block != result.Slice && row.Block != result.Contrast {
			kept = append(kept, row)
		}
	}
	r.Table = append(kept, result.GapRows(g)...)
	for _, w := range g.Warnings {
		r.Warnings = slices.DeleteFunc(r.Warnings, func(old result.Warning) bool { return old.Code == w.Code })
		r.Warnings = append(r.Warnings, result.Warning{Code: w.Code, Message: w.Text})
	}
	return g, nil
}
