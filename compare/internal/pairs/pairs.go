// Package pairs draws conditions, sets and dumps whose truth is known in closed
// form, and counts how often the intervals and tests of compare hold what they say.
package pairs

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/compare"
	"tell/estimate"
)

// A World is a population.
type World struct {
	Name string
	// Lines estimates on one sample of it.
	Lines func(ctx context.Context, rng *rand.Rand, s compare.Settings) ([]compare.Line, error)
	// Truth is the population's value of a line, given all lines of the sample,
	// which say what threshold was taken. False where it is not known.
	Truth func(l compare.Line, all []compare.Line) (float64, bool)
	// Null tells whether the null of a line is true; nil where none is.
	Null func(l compare.Line) bool
}

// A Count is over samples.
type Count struct {
	Predictor, Key, Train, Test string
	Runs, Intervals, Held, NE   int
	Flagged                     map[string]int
	Tests, Rejected             int
	Truth, Mean                 float64
	TooHigh, TooLow             int
	HasTruth                    bool
}

// Rate is the share of the intervals that hold the truth.
func (c *Count) Rate() float64 { return float64(c.Held) / float64(c.Intervals) }

// Rejects is the share of the tests with p <= .05.
func (c *Count) Rejects() float64 { return float64(c.Rejected) / float64(c.Tests) }

// Run draws samples with seeds from first on and counts by line.
func (w World) Run(ctx context.Context, first uint64, runs, draws, permutations int) ([]*Count, error) {
	var list []*Count
	at := make(map[[4]string]*Count)
	for k := range uint64(runs) {
		seed := first + k
		s := compare.Settings{Bootstrap: estimate.Bootstrap{Draws: draws, Seed: seed}, Permutations: permutations, Seed: seed}
		lines, err := w.Lines(ctx, rand.New(estimate.Source(seed, 1)), s)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if l.Column != "" && l.Column != "dose" {
				continue
			}
			id := [4]string{l.Predictor, l.Key, l.Train, l.Test + l.Value}
			c := at[id]
			if c == nil {
				c = &Count{Predictor: l.Predictor, Key: l.Key, Train: l.Train, Test: l.Test, Flagged: make(map[string]int)}
				at[id] = c
				list = append(list, c)
			}
			c.add(l, lines, w)
		}
	}
	return list, nil
}

func (c *Count) add(l compare.Line, all []compare.Line, w World) {
	c.Runs++
	for _, code := range l.Estimate.Flags() {
		c.Flagged[code]++
	}
	if !l.Estimate.OK() {
		c.NE++
		return
	}
	c.Mean += (l.Estimate.Value - c.Mean) / float64(c.Runs-c.NE)
	if truth, ok := w.Truth(l, all); ok {
		c.HasTruth = true
		c.Truth += (truth - c.Truth) / float64(c.Runs-c.NE)
		if in := l.Estimate.Interval; in != nil {
			c.Intervals++
			switch {
			case truth < in.Low:
				c.TooHigh++
			case truth > in.High:
				c.TooLow++
			default:
				c.Held++
			}
		}
	}
	if l.Null != nil && w.Null != nil && w.Null(l) {
		c.Tests++
		if l.Null.P <= 0.05 {
			c.Rejected++
		}
	}
}

func phi(x float64) float64 { return distuv.UnitNormal.CDF(x) }

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func sign(y int) float64 { return float64(2*y - 1) }

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
