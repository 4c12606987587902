// Package answers makes up two targets, trajectories and candidate answers whose
// truth is known, and holds what package compare makes of them against it.
package answers

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"tell/compare"
	"tell/estimate"
)

// Check is a number beside its truth.
type Check struct {
	World, Number string
	// Truth is NaN where only the test is of interest.
	Truth    float64
	Estimate estimate.Estimate
	// P is NaN where there is no test. Null says that there is nothing to find.
	P    float64
	Null bool
}

// Settings are those of a sample.
type Settings struct {
	Seed                uint64
	Draws, Permutations int
}

// World is a population that samples are drawn from.
type World struct {
	Name   string
	Sample func(ctx context.Context, s Settings, number int) ([]Check, error)
}

// Worlds are all of them.
func Worlds() []World {
	return []World{
		candidates("candidates: probe 1.5, scorers 0.8 and 0.3", 80, 1.5, 0.8, 0.3),
		candidates("candidates: probe and scorer alike", 80, 0.8, 0.8, 0.2),
		candidates("candidates: all know everything but 40 questions", 40, 2.5, 1, 0),
		ignorant(80),
		ignorant(30),
		decisions(100),
		decisions(40),
		unordered(60),
		twoTargets("targets: one latent", 240, 1, 1, true),
		twoTargets("targets: cosine 0.5", 240, 1, 0.5, false),
		twoTargets("targets: independent", 240, 1, 0, false),
		twoTargets("targets: independent, 600 rows", 600, 1, 0, false),
		twoTargets("targets: states hold nothing", 240, 0, 0, false),
		twoTargets("targets: weak and one latent", 240, 0.3, 1, true),
		layers(240),
	}
}

func (s Settings) compare(number int) compare.Settings {
	return compare.Settings{Bootstrap: estimate.Bootstrap{Draws: s.Draws, Seed: uint64(number)}, Permutations: s.Permutations, Seed: uint64(number)}
}

func (s Settings) rng(number int) *rand.Rand {
	return rand.New(estimate.Source(s.Seed, uint64(number)))
}

// find makes a check of the line that the function picks.
func find(world, number string, truth float64, null bool, lines []compare.Line, is func(compare.Line) bool) Check {
	for _, l := range lines {
		if is(l) {
			c := Check{World: world, Number: number, Truth: truth, Estimate: l.Estimate, P: math.NaN(), Null: null}
			if l.Null != nil {
				c.P = l.Null.P
			}
			return c
		}
	}
	return Check{World: world, Number: number, Truth: truth, Estimate: estimate.NotEstimable(0, 0, "no such line"), P: math.NaN(), Null: null}
}

func whole(predictor, key string) func(compare.Line) bool {
	return func(l compare.Line) bool {
		return l.Predictor == predictor && l.Key == key && l.Layer == compare.None && l.Position == compare.None && l.Column == ""
	}
}

// ruled integrates f over the real line.
func ruled(f func(x float64) float64) float64 { return quad.Fixed(f, -9, 9, 400, nil, 0) }

var phi, density = distuv.UnitNormal.CDF, distuv.UnitNormal.Prob

// candidates are questions of 2 right and 3 wrong answers whose scores are
// strength*right + noise. The model says the first right and two wrong ones with
// probability 0.9, else three wrong ones, one of them greedily: 60% of the
// greedy answers are right.
func candidates(name string, n int, probe float64, external ...float64) World {
	const rights, wrongs = 2, 3
	star := func(strength float64) float64 { // the smallest of the right ones is above all wrong ones
		return ruled(func(x float64) float64 {
			return wrongs * density(x) * math.Pow(phi(x), wrongs-1) * math.Pow(1-phi(x-strength), rights)
		})
	}
	k := func(strength float64) float64 { return phi(strength / math.Sqrt2) }
	choice := func(strength float64) float64 { // the right one is above all wrong ones
		return ruled(func(x float64) float64 { return density(x-strength) * math.Pow(phi(x), 2) })
	}
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		rng := s.rng(number)
		var c compare.Candidates
		strengths := append([]float64{probe}, external...)
		scores := make([][]float64, len(strengths))
		for q := range n {
			said, greedy := rng.Float64() < 0.9, rng.Float64() < 2./3
			for a := range rights + wrongs {
				right := 0
				if a < rights {
					right = 1
				}
				c.Question, c.Fold, c.Right = append(c.Question, q), append(c.Fold, q%5), append(c.Right, right)
				c.Said = append(c.Said, a == 0 && said || a == 2 || a == 3 || a == 4 && !said)
				c.Greedy = append(c.Greedy, a == 0 && said && greedy || a == 2 && !(said && greedy))
				for j, strength := range strengths {
					scores[j] = append(scores[j], strength*float64(right)+rng.NormFloat64())
				}
			}
		}
		c.Probe = scores[0]
		for j, score := range scores[1:] {
			c.External = append(c.External, compare.Scorer{Name: fmt.Sprint("scorer ", j), Score: score})
		}
		lines, err := c.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		best := 0.0
		for _, e := range external {
			best = max(best, e)
		}
		// The choice is among what was said; without a right one it is wrong.
		accuracy := 0.9 * choice(probe)
		alike := probe == best
		return []Check{
			find(name, "K", k(probe), false, lines, whole("probe", compare.KeyK)),
			find(name, "K*", star(probe), false, lines, whole("probe", compare.KeyKStar)),
			find(name, "K, best external", k(best), false, lines, whole(compare.BestExternal, compare.KeyK)),
			find(name, "gap of K, best external", k(probe)-k(best), alike, lines, whole(compare.BestExternal, compare.KeyKGap)),
			find(name, "gap of K*, best external", star(probe)-star(best), alike, lines, whole(compare.BestExternal, compare.KeyKStarGap)),
			find(name, "relative gap of K", (k(probe)-k(best))/k(best), false, lines, whole(compare.BestExternal, compare.KeyKRelativeGap)),
			find(name, "knows and never said", 0.1*star(probe), false, lines, whole("probe", compare.KeyKnowsNeverSaid)),
			find(name, "choice accuracy", accuracy, false, lines, whole("probe", compare.KeyChoiceAccuracy)),
			find(name, "choice gain", accuracy-0.6, false, lines, whole("probe", compare.KeyChoiceGain)),
		}, nil
	}}
}

// ignorant are questions whose states hold nothing, 20 columns of noise, read by
// a probe that was trained on other folds; and a scorer of noise.
func ignorant(n int) World {
	name := fmt.Sprintf("candidates: states hold nothing, %d questions", n)
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		rng := s.rng(number)
		var c compare.Candidates
		var x [][]float64
		var noise []float64
		for q := range n {
			for a := range 5 {
				right := 0
				if a < 2 {
					right = 1
				}
				c.Question, c.Fold, c.Right = append(c.Question, q), append(c.Fold, q%5), append(c.Right, right)
				x, noise = append(x, normal(rng, 20)), append(noise, rng.NormFloat64())
			}
		}
		c.Probe = outOfFold(x, c.Right, c.Fold)
		c.External = []compare.Scorer{{Name: "noise", Score: noise}}
		lines, err := c.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		return []Check{
			find(name, "K of a trained probe", math.NaN(), true, lines, whole("probe", compare.KeyK)),
			find(name, "K of a scorer", 0.5, true, lines, whole("noise", compare.KeyK)),
			find(name, "gap of K", math.NaN(), true, lines, whole(compare.BestExternal, compare.KeyKGap)),
		}, nil
	}}
}

func normal(rng *rand.Rand, width int) []float64 {
	x := make([]float64, width)
	for j := range x {
		x[j] = rng.NormFloat64()
	}
	return x
}

// direction is the difference of the means of the labels on the rows that keep
// says.
func direction(x [][]float64, label []int, keep func(i int) bool) (w []float64, intercept float64) {
	width := len(x[0])
	mean := [2][]float64{make([]float64, width), make([]float64, width)}
	var n [2]float64
	for i, row := range x {
		if keep(i) {
			floats.Add(mean[label[i]], row)
			n[label[i]]++
		}
	}
	for k := range mean {
		floats.Scale(1/max(n[k], 1), mean[k])
	}
	w = make([]float64, width)
	floats.SubTo(w, mean[1], mean[0])
	floats.Add(mean[0], mean[1])
	return w, -floats.Dot(w, mean[0]) / 2
}

// outOfFold is P(label = 1) by the direction of the other folds.
func outOfFold(x [][]float64, label, fold []int) []float64 {
	p := make([]float64, len(x))
	done := make(map[int]bool)
	for _, f := range fold {
		if done[f] {
			continue
		}
		done[f] = true
		w, intercept := direction(x, label, func(i int) bool { return fold[i] != f })
		for i, row := range x {
			if fold[i] == f {
				p[i] = 1 / (1 + math.Exp(-floats.Dot(w, row)-intercept))
			}
		}
	}
	return p
}
