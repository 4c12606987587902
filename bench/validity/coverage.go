package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"gonum.org/v1/gonum/stat"

	"tell/estimate"
	"tell/metric"
	"tell/probe"
)

// coverage redraws data sets and counts how often an interval holds the
// population value of the procedure: what a probe trained on as many rows does
// in the population, on average over data sets.
type coverage struct {
	sets, draws           int
	seed                  uint64
	nested                bool
	onlyGroups, onlyWidth int
	onlyAUROC             float64
	slope, share          float64
}

// fixedC is the C where it is not chosen.
const fixedC = 0.01

var keys = []string{"auroc", "accuracy", "balanced_accuracy", "log_loss", "brier"}

func (c coverage) table(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "%d data sets a line, %d draws retrained, nested C: %v, slope %v, share %v, seed %d\n\n", c.sets, c.draws, c.nested, c.slope, c.share, c.seed)
	fmt.Fprintln(out, "| groups | columns | metric | in the population | observed, mean (sd) | these probes: held | the procedure: held | too high, too low | width, these | width, procedure | probes trained |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|---|")
	for _, groups := range []int{40, 96} {
		for _, width := range []int{20, 100} {
			for _, auroc := range []float64{0.7, 0.9} {
				if c.onlyGroups != 0 && c.onlyGroups != groups || c.onlyWidth != 0 && c.onlyWidth != width || c.onlyAUROC != 0 && c.onlyAUROC != auroc {
					continue
				}
				if err := c.line(ctx, out, world{groups: groups, width: width, slope: c.slope, share: c.share}, auroc); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c coverage) settings(s sample, number int) *probe.Settings {
	set := &probe.Settings{Group: s.names, C: []float64{fixedC}, Seed: uint64(number), Tol: 1e-6}
	set.Bootstrap = estimate.Bootstrap{Seed: uint64(number), Draws: 1000}
	if c.nested {
		set.C = []float64{1e-4, 1e-3, 1e-2, 1e-1, 1}
	}
	return set
}

// Data sets that truth and strength are found on have streams of their own.
const (
	truthStream = 1 << 32
	tuneStream  = 2 << 32
)

// population is the mean of each metric over new data sets.
func (c coverage) population(ctx context.Context, w world, stream uint64, sets int) (map[string]float64, error) {
	mean := make(map[string]float64)
	for i := range sets {
		s := w.draw(c.seed, stream+uint64(i))
		p, err := probe.Train(ctx, s.x, s.y, c.settings(s, i))
		if err != nil {
			return nil, err
		}
		for key, v := range w.truth(p) {
			mean[key] += v / float64(sets)
		}
	}
	return mean, nil
}

// tuned gives the world the strength at which the procedure has the AUROC.
func (c coverage) tuned(ctx context.Context, w world, auroc float64) (world, error) {
	fixed := c
	fixed.nested = false
	low, high := 0.0, 4.0
	for range 8 {
		w.strength = (low + high) / 2
		is, err := fixed.population(ctx, w, tuneStream, 20)
		if err != nil {
			return w, err
		}
		if is["auroc"] < auroc {
			low = w.strength
		} else {
			high = w.strength
		}
	}
	return w, nil
}

// tally is what is counted for one metric.
type tally struct {
	observed         []float64
	these, procedure held
}

// held counts intervals by where they lie.
type held struct {
	n, missing, high, low int
	width                 float64
}

func (h *held) add(e estimate.Estimate, truth float64) {
	h.n++
	switch {
	case e.Interval == nil:
		h.missing++
		return
	case e.Interval.Low > truth:
		h.high++
	case e.Interval.High < truth:
		h.low++
	}
	h.width += e.Interval.High - e.Interval.Low
}

// share is how many of a hundred intervals held the truth; one that is missing did not.
func (h *held) share() float64 { return h.hundred(h.n - h.missing - h.high - h.low) }

// misses are the shares that lay above and below the truth.
func (h *held) misses() string {
	return fmt.Sprintf("%.1f%%, %.1f%%", h.hundred(h.high), h.hundred(h.low))
}

func (h *held) hundred(n int) float64 { return 100 * float64(n) / float64(h.n) }

func (h *held) meanWidth() float64 { return h.width / float64(h.n-h.missing) }

func (c coverage) line(ctx context.Context, out io.Writer, w world, auroc float64) error {
	w, err := c.tuned(ctx, w, auroc)
	if err != nil {
		return err
	}
	truth, err := c.population(ctx, w, truthStream, max(300, c.sets))
	if err != nil {
		return err
	}
	tallies := make([]tally, len(keys))
	var plainFits, fits int
	for i := range c.sets {
		s := w.draw(c.seed, uint64(i))
		settings := c.settings(s, i)
		o, err := probe.CrossValidate(ctx, s.x, s.y, settings)
		if err != nil {
			return err
		}
		plain, err := o.Metrics()
		if err != nil {
			return err
		}
		chosen := slices.Sorted(slices.Values(o.C))[len(o.C)/2]
		r, err := probe.Procedure(ctx, s.x, s.y, settings, chosen, c.draws, uint64(i))
		if err != nil {
			return err
		}
		plainFits, fits = o.Fits, r.Fits
		for k, key := range keys {
			e, t := metric.Of(key, plain), &tallies[k]
			t.observed = append(t.observed, e.Value)
			t.these.add(e, truth[key])
			if c.nested {
				t.procedure.add(r.EstimateOf(key, e.Value), truth[key])
			} else {
				t.procedure.add(r.Estimate(key), truth[key])
			}
		}
	}
	for k, t := range tallies {
		mean, sd := stat.MeanStdDev(t.observed, nil)
		fmt.Fprintf(out, "| %d | %d | %s | %.3f | %.3f (%.3f) | %.1f%% | %.1f%% | %s | %.3f | %.3f | %d and %d |\n",
			w.groups, w.width, keys[k], truth[keys[k]], mean, sd, t.these.share(), t.procedure.share(), t.procedure.misses(),
			t.these.meanWidth(), t.procedure.meanWidth(), plainFits, fits)
	}
	return nil
}
