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
// rows, or as many as rows says. Where value is not 0, a row has one of several values
// at random, which adds that much on a column of its own.
type world struct {
	groups, width, rows           int
	strength, slope, share, value float64
	rate                          float64 // of label 1; 0 means a half
	labels                        design
	given                         []float64 // the labels of the rows, where they are not drawn
}

// A design is how the labels lie in the groups.
type design int

const (
	coins   design = iota // every label is drawn
	byGroup               // a group has one label, which is drawn
	halves                // half of the rows of every group have each label
)

func (d design) String() string { return [...]string{"drawn", "by group", "halves"}[d] }

func (w world) ones() float64 {
	if w.rate == 0 {
		return 0.5
	}
	return w.rate
}

// label draws that of a row, the n-th of its group, of which ranks are a permutation.
func (w world) label(rng *rand.Rand, n int, ranks []int, last int) int {
	switch {
	case w.labels == halves:
		return ranks[n] % 2
	case w.labels == byGroup && n > 0:
		return last
	case w.rate == 0:
		return rng.IntN(2)
	case rng.Float64() < w.rate:
		return 1
	}
	return 0
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
		var ranks []int
		if w.labels == halves {
			ranks = rng.Perm(rows)
		}
		y := 0
		for n := range rows {
			if y = w.label(rng, n, ranks, y); w.given != nil {
				y = int(w.given[len(label)])
			}
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
	t := map[string]float64{"auroc": 0.5, "accuracy": 0.5, "balanced_accuracy": 0.5}
	if sd > 0 {
		t["auroc"] = phi(math.Sqrt2 * apart / sd)
		one, zero := phi((apart+p.Intercept)/sd), phi((apart-p.Intercept)/sd)
		t["accuracy"] = w.ones()*one + (1-w.ones())*zero
		t["balanced_accuracy"] = (one + zero) / 2
	}
	// Losses are means over a grid of normal quantiles.
	const points = 200
	for i := range points {
		z := distuv.UnitNormal.Quantile((float64(i) + 0.5) / points)
		for label, share := range []float64{1 - w.ones(), w.ones()} {
			m := apart + float64(2*label-1)*p.Intercept + sd*z // on the side of the label
			miss := 1 / (1 + math.Exp(m))
			t["log_loss"] += share * math.Log1p(math.Exp(-m)) / points
			t["brier"] += share * miss * miss / points
		}
	}
	return t
}
