package answers

import (
	"context"
	"fmt"
	"math"

	"golang.org/x/sync/errgroup"
)

// Tally is how a number fared over samples.
type Tally struct {
	World, Number              string
	Truth                      float64 // the mean, where samples have their own
	Null                       bool
	Samples, Estimated         int
	Mean                       float64
	Held, High, Low, NoBracket int
	Tested, Rejected           int
}

// Try tallies the checks of samples of a world.
func Try(ctx context.Context, w World, s Settings, sets, workers int) ([]Tally, error) {
	all := make([][]Check, sets)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for n := range sets {
		g.Go(func() (err error) {
			all[n], err = w.Sample(ctx, s, n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("%s: %w", w.Name, err)
	}
	tallies := make([]Tally, len(all[0]))
	for _, checks := range all {
		for k, c := range checks {
			t := &tallies[k]
			t.World, t.Number, t.Null = c.World, c.Number, c.Null
			t.add(c)
		}
	}
	for k := range tallies {
		tallies[k].Mean /= float64(tallies[k].Estimated)
	}
	return tallies, nil
}

func (t *Tally) add(c Check) {
	t.Samples++
	t.Truth += (c.Truth - t.Truth) / float64(t.Samples)
	if !math.IsNaN(c.P) {
		t.Tested++
		if c.P <= 0.05+1e-9 {
			t.Rejected++
		}
	}
	if !c.Estimate.OK() {
		t.NoBracket++
		return
	}
	t.Estimated++
	t.Mean += c.Estimate.Value
	// A truth that is a sum is not held against the last digit.
	const slack = 1e-9
	switch in := c.Estimate.Interval; {
	case in == nil:
		t.NoBracket++
	case in.Low > c.Truth+slack:
		t.High++
	case in.High < c.Truth-slack:
		t.Low++
	default:
		t.Held++
	}
}

// Coverage is the share of intervals that hold the truth.
func (t Tally) Coverage() float64 { return float64(t.Held) / float64(t.Samples-t.NoBracket) }

// Size is the share of tests that reject.
func (t Tally) Size() float64 { return float64(t.Rejected) / float64(t.Tested) }

// String is a line of a Markdown table.
func (t Tally) String() string {
	percent := func(k, n int) string { return fmt.Sprintf("%.1f%%", 100*float64(k)/float64(n)) }
	truth, held, sides, size := "", "", "", ""
	if n := t.Samples - t.NoBracket; !math.IsNaN(t.Truth) {
		truth = fmt.Sprintf("%.3f", t.Truth)
		if n > 0 {
			held, sides = percent(t.Held, n), percent(t.High, n)+", "+percent(t.Low, n)
		}
	}
	if t.Tested > 0 {
		size = percent(t.Rejected, t.Tested)
		if t.Null {
			size += " (nothing to find)"
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %.3f | %s | %s | %d | %s |", t.World, t.Number, truth, t.Mean, held, sides, t.NoBracket, size)
}
