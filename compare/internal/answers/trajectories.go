package answers

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"tell/compare"
)

// An answer of decisions is recorded at 8 to 16 positions.
const recorded = 16

// oneAnswer draws when an answer is decided and stated, and its last position.
// Answers of a group share a hardness in 0 to 1. An answer is decided at a
// uniform position of 0 to 8+16*hardness, and stated 1 to 10 positions later;
// what is past the last position is not seen.
func oneAnswer(rng *rand.Rand, hardness float64) (decided, stated, last int) {
	decided = int(rng.Float64() * (8 + 16*hardness))
	return decided, decided + 1 + rng.IntN(10), recorded/2 - 1 + rng.IntN(recorded/2+1)
}

// decisions are n groups of 3 answers. A probe is at most 0.7 sure before the
// decision, on either side, and 0.85 to 0.99 sure of the final answer from then
// on, so that at a precision of 0.99 the decision is what it sees.
func decisions(n int) World {
	name := fmt.Sprintf("trajectory: %d groups of 3 answers", n)
	// The truth is that of a large sample of times.
	const size = 2_000_000
	rng := rand.New(rand.NewPCG(7, 7))
	var left [recorded]float64
	var waste, late, saved, tokens float64
	for range size {
		d, s, last := oneAnswer(rng, rng.Float64())
		for p := range left {
			if d > p {
				left[p] += 1. / size
			}
		}
		saved += float64(max(0, last-d))
		tokens += float64(last)
		if s <= last {
			late++
			waste += float64(s-d) / float64(s)
		}
	}
	median := 0
	for left[median] > 0.5 {
		median++
	}
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		rng := s.rng(number)
		t := compare.Trajectory{Precision: 0.99, Taus: []float64{0.8}}
		for g := range n {
			hardness := rng.Float64()
			for range 3 {
				d, st, last := oneAnswer(rng, hardness)
				final := rng.IntN(2)
				score := make([]float64, last+1)
				for p := range score {
					score[p] = 0.3 + 0.4*rng.Float64()
					if p >= d {
						score[p] = 0.85 + 0.14*rng.Float64()
						if final == 0 {
							score[p] = 1 - score[p]
						}
					}
				}
				if st > last {
					st = -1
				}
				t.Group, t.Fold = append(t.Group, g), append(t.Fold, g%5)
				t.Final, t.Stated = append(t.Final, final), append(t.Stated, st)
				t.Probe.Score = append(t.Probe.Score, score)
			}
		}
		lines, err := t.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		at := func(p int) func(compare.Line) bool {
			return func(l compare.Line) bool {
				return l.Predictor == "probe" && l.Key == compare.KeyUndecided && l.Position == p
			}
		}
		byTau := func(key string) func(compare.Line) bool {
			return func(l compare.Line) bool { return l.Key == key && l.Column == compare.ColumnTau }
		}
		return []Check{
			find(name, "undecided at 3", left[3], false, lines, at(3)),
			find(name, "undecided at 8", left[8], false, lines, at(8)),
			find(name, "undecided at 14", left[14], false, lines, at(14)),
			find(name, "median of decision", float64(median), false, lines, whole("probe", compare.KeyDecidedMedian)),
			find(name, "waste", waste/late, false, lines, whole("probe", compare.KeyWaste)),
			find(name, "saved at tau 0.8", saved/tokens, false, lines, byTau(compare.KeySaved)),
		}, nil
	}}
}

// unordered are n groups of 3 answers whose scores have no order in the
// positions: each is on the side of the final answer with probability 0.7,
// however sure. Shuffled positions and random stops are like the real ones.
func unordered(n int) World {
	name := fmt.Sprintf("trajectory: no order, %d groups of 3 answers", n)
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		rng := s.rng(number)
		t := compare.Trajectory{Precision: 0.65, Taus: []float64{0.9}}
		for g := range n {
			for range 3 {
				final := rng.IntN(2)
				score := make([]float64, 8+rng.IntN(8))
				for p := range score {
					sure := 0.5 + 0.45*rng.Float64()
					score[p] = sure
					if (rng.Float64() < 0.7) != (final == 1) {
						score[p] = 1 - sure
					}
				}
				t.Group, t.Fold = append(t.Group, g), append(t.Fold, g%5)
				t.Final, t.Stated = append(t.Final, final), append(t.Stated, 4+rng.IntN(4))
				t.Probe.Score = append(t.Probe.Score, score)
			}
		}
		lines, err := t.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		return []Check{
			find(name, "waste against shuffled positions", math.NaN(), true, lines, whole("probe", compare.KeyWaste)),
			find(name, "agreement against random stops, tau 0.9", math.NaN(), true, lines, func(l compare.Line) bool {
				return l.Key == compare.KeyAgreement && l.Column == compare.ColumnTau
			}),
		}, nil
	}}
}
