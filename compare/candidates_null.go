package compare

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"tell/estimate"
)

// candidateStream keeps the null's random numbers apart from those of other
// purposes under one seed.
const candidateStream = 0x63616e64696461 // "candida"

// test sets K and the gaps against their nulls.
func (c Candidates) test(ctx context.Context, lines []Line, q *questions, probe questionScore, external []questionScore, all *questionScore, combined []float64, s Settings) error {
	if s.Permutations == 0 || !slices.Contains(q.both, true) {
		return nil
	}
	ones := make([]float64, len(q.row))
	for i := range ones {
		ones[i] = 1
	}
	v := q.view(ones, external)
	scores := map[string][]float64{"probe": c.Probe, AllExternal: combined}
	for _, e := range c.External {
		scores[e.Name] = e.Score
	}
	layers := make(map[int][]float64)
	for _, l := range c.Layers {
		layers[l.Layer] = l.Score
	}
	ignorant := false // of the probe, whose own line comes before the gaps
	for k := range lines {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := &lines[k]
		if !l.Estimate.OK() {
			continue
		}
		switch l.Key {
		case KeyK:
			score := scores[l.Predictor]
			if l.Layer != None {
				score = layers[l.Layer]
			}
			if score == nil { // the best of several is none itself
				continue
			}
			draws := c.exchangedRight(q, score, s)
			if l.Predictor == "probe" || l.Predictor == AllExternal {
				for b, x := range draws {
					draws[b] = 0.5 + math.Sqrt2*(x-0.5)
				}
			}
			l.Null = nullOf(l.Estimate.Value, 0.5, draws, false)
			if l.Predictor == "probe" && l.Layer == None {
				ignorant = l.Null.P > 0.05
			}
		case KeyKGap, KeyKStarGap:
			of := kOf
			if l.Key == KeyKStarGap {
				of = starOf
			}
			other := q.bestOf(v, external, of)
			if l.Predictor == AllExternal {
				other = valueOf(of(*all))
			}
			mine := of(probe)
			var again func(i int) float64
			if ignorant {
				mean := shareOf(ones, q.both, valueOf(mine), noBoth).X
				again = func(i int) float64 { return mine[i] - mean }
			}
			l.Null = nullOf(l.Estimate.Value, 0, q.exchangedScores(func(i int) float64 { return mine[i] - other(i) }, again, s), false)
		}
	}
	return nil
}

// exchangedRight is K with right and wrong exchanged within questions.
func (c Candidates) exchangedRight(q *questions, score []float64, s Settings) []float64 {
	draws := make([]float64, s.Permutations)
	right := slices.Clone(c.Right)
	for b := range draws {
		rng := rand.New(estimate.Source(s.Seed^candidateStream, uint64(b)))
		var sum, n float64
		for k, rows := range q.row {
			if !q.both[k] {
				continue
			}
			rng.Shuffle(len(rows), func(i, j int) { right[rows[i]], right[rows[j]] = right[rows[j]], right[rows[i]] })
			x, _ := inOrder(rows, score, func(i int) int { return right[i] })
			sum += x
			n++
		}
		draws[b] = sum / n
	}
	return draws
}

// exchangedScores is the mean difference with its sign flipped in a random half
// of the groups, and, where there is something to add again, the mean of that
// with other flips.
func (q *questions) exchangedScores(difference, again func(i int) float64, s Settings) []float64 {
	var order []int
	sums := make(map[int]*[2]float64)
	var n float64
	for i, both := range q.both {
		if !both {
			continue
		}
		g := q.group[i]
		if sums[g] == nil {
			sums[g] = &[2]float64{}
			order = append(order, g)
		}
		sums[g][0] += difference(i)
		if again != nil {
			sums[g][1] += again(i)
		}
		n++
	}
	draws := make([]float64, s.Permutations)
	for b := range draws {
		rng := rand.New(estimate.Source(s.Seed^candidateStream^1, uint64(b)))
		for _, g := range order {
			for _, sum := range sums[g] {
				draws[b] += (2*float64(rng.IntN(2)) - 1) * sum / n
			}
		}
	}
	return draws
}
