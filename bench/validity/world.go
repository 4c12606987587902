package main

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/probe"
	"tell/target"
)

// world is a population of groups of rows: a row of group g and label y is
//
//	x = (2y-1) (strength e + slope v_g) + √share u_g + √(1-share) ε
//
// with e a fixed direction, and v_g, u_g, ε standard normal. Groups have 4 to 6
// rows, or as many as rows says, whose labels are fair coins. Where value is not 0, a
// row has one of several values at random, which adds that much on a column of its own.
type world struct {
	groups, width, rows           int
	strength, slope, share, value float64
}

// sample is a data set.
type sample struct {
	x     probe.Rows
	y     target.Column
	group []int
	names []string
	value []string
}

func (w world) draw(seed, number uint64) sample {
	rng := rand.New(estimate.Source(seed, number))
	normal := func() []float64 {
		v := make([]float64, w.width)
		for j := range v {
			v[j] = rng.NormFloat64()
		}
		return v
	}
	var s sample
	var data []float64
	var label []int
	for g := range w.groups {
		slope, shared := normal(), normal()
		rows := w.rows
		if rows == 0 {
			rows = 4 + rng.IntN(3)
		}
		for range rows {
			y := rng.IntN(2)
			x := normal()
			floats.Scale(math.Sqrt(1-w.share), x)
			floats.AddScaled(x, math.Sqrt(w.share), shared)
			floats.AddScaled(x, float64(2*y-1)*w.slope, slope)
			x[0] += float64(2*y-1) * w.strength
			if w.value != 0 {
				v := rng.IntN(values)
				x[1+v] += w.value
				s.value = append(s.value, string(rune('0'+v)))
			}
			data, label = append(data, x...), append(label, y)
			s.group, s.names = append(s.group, g), append(s.names, string(rune('a'+g)))
		}
	}
	s.y = target.Binary(label)
	s.x = probe.Dense(len(label), w.width, data)
	return s
}

// truth is what a probe has in the population: given the label, its margins are
// normal, between rows of different groups independent.
func (w world) truth(p *probe.Probe) map[string]float64 {
	sd := floats.Norm(p.Weights, 2) * math.Sqrt(1+w.slope*w.slope)
	apart := w.strength * p.Weights[0]
	phi := distuv.UnitNormal.CDF
	t := map[string]float64{"auroc": 0.5, "accuracy": 0.5}
	if sd > 0 {
		t["auroc"] = phi(math.Sqrt2 * apart / sd)
		t["accuracy"] = (phi((apart+p.Intercept)/sd) + phi((apart-p.Intercept)/sd)) / 2
	}
	t["balanced_accuracy"] = t["accuracy"]
	// Losses are means over a grid of normal quantiles.
	const points = 200
	for i := range points {
		z := distuv.UnitNormal.Quantile((float64(i) + 0.5) / points)
		for _, sign := range []float64{-1, 1} {
			m := apart + sign*p.Intercept + sd*z // on the side of the label
			miss := 1 / (1 + math.Exp(m))
			t["log_loss"] += math.Log1p(math.Exp(-m)) / (2 * points)
			t["brier"] += miss * miss / (2 * points)
		}
	}
	return t
}
