package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat"

	"tell/compare"
	"tell/estimate"
	"tell/folds"
	"tell/probe"
)

// savings counts how often the interval of bits saved holds what codes of other data
// sets save on average, in worlds other than those that its width was settled on.
type savings struct {
	sets, draws int
	seed        uint64
}

// A coded world is one whose labels are coded in a number of orders by probes of every C.
type coded struct {
	world
	orders int
	C      []float64
}

func codedWorlds() []coded {
	grid := []float64{1e-4, 1e-3, 1e-2, 1e-1, 1}
	at := []float64{fixedC}
	return []coded{
		{world{groups: 20, rows: 6, width: 10, strength: 1, slope: 0.3, share: 0.3}, 5, at},
		{world{groups: 24, rows: 4, width: 50, strength: 0.8, slope: 0, share: 0.6}, 5, grid},
		{world{groups: 30, rows: 12, width: 10, strength: 0.5, slope: 0.6, share: 0.5}, 5, at},
		{world{groups: 60, rows: 8, width: 50, strength: 0.6, slope: 0.3, share: 0.3}, 5, grid},
		{world{groups: 60, rows: 1, width: 10, strength: 1, slope: 0.3, share: 0}, 5, at},
		{world{groups: 100, rows: 3, width: 30, strength: 0.8, slope: 0.3, share: 0.3}, 2, grid},
		{world{groups: 100, rows: 3, width: 30, strength: 0.8, slope: 0.3, share: 0.3}, 10, grid},
		{world{groups: 160, rows: 2, width: 10, strength: 1.5, slope: 0.3, share: 0.3}, 5, at},
		{world{groups: 48, rows: 4, width: 20, strength: 1, slope: 0.3, share: 0.3, rate: 0.2}, 5, grid},
		{world{groups: 96, rows: 4, width: 20, strength: 0, slope: 0.3, share: 0.3, rate: 0.2}, 5, grid},
		{world{groups: 48, rows: 6, width: 20, strength: 1, slope: 0.3, share: 0.3, labels: halves}, 5, grid},
		{world{groups: 48, rows: 4, width: 20, strength: 1, slope: 0.3, share: 0.3, labels: byGroup}, 5, grid},
		{world{groups: 96, rows: 4, width: 20, strength: 0, slope: 0, share: 0.5, labels: byGroup}, 5, at},
		{world{groups: 48, rows: 4, width: 200, strength: 2, slope: 0.3, share: 0.3}, 5, grid},
	}
}

func (v savings) table(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "%d data sets a line, %d draws, seed %d\n\n", v.sets, v.draws, v.seed)
	fmt.Fprintln(out, "| groups x rows | columns | strength | labels | of label 1 | orders | values of C | bits saved, mean (sd) | width | held | too high, too low |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|---|")
	for _, w := range codedWorlds() {
		if err := v.line(ctx, out, w); err != nil {
			return err
		}
	}
	return nil
}

func (v savings) line(ctx context.Context, out io.Writer, w coded) error {
	leads := make([]estimate.Estimate, v.sets)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for n := range leads {
		g.Go(func() (err error) {
			leads[n], err = v.lead(ctx, w, n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	v.count(out, w, leads)
	return nil
}

// count takes the mean over the data sets for the truth: no row of a data set is coded by
// a probe that saw it, so that the mean is right.
func (v savings) count(out io.Writer, w coded, leads []estimate.Estimate) {
	var values []float64
	for _, e := range leads {
		values = append(values, e.Value)
	}
	mean, sd := stat.MeanStdDev(values, nil)
	var h held
	for _, e := range leads {
		h.add(e, mean)
	}
	fmt.Fprintf(out, "| %d x %d | %d | %.1f | %s | %.0f%% | %d | %d | %.3f (%.3f) | %.3f | %.1f%% | %s |\n",
		w.groups, w.rows, w.width, w.strength, w.labels, 100*w.ones(), w.orders, len(w.C), mean, sd, h.meanWidth(), h.share(), h.misses())
}

func (v savings) lead(ctx context.Context, w coded, number int) (estimate.Estimate, error) {
	s := w.draw(v.seed, uint64(number))
	settings := controls{}.settings(s, number)
	settings.C = w.C
	d, err := probe.Describe(ctx, s.x, s.y, settings, w.orders)
	if err != nil {
		return estimate.Estimate{}, err
	}
	coding := probe.CodingOf(&folds.Plan{Group: s.group}, settings.Seed, w.orders)
	lines, err := compare.Description{Levels: 2, Group: s.group, Shares: coding.Shares(s.y),
		Codes: []compare.Code{{Predictor: "probe", Layer: compare.None, Position: compare.None, Bits: d.Bits}}}.Measure(ctx, controls{draws: v.draws}.compare(number))
	return of(lines, compare.KeyDescriptionLead, ""), err
}
