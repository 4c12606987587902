package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"tell/estimate"
	"tell/folds"
	"tell/metric"
)

// size counts how often a permutation test rejects at .05 where the features
// know nothing of the labels.
type size struct {
	sets, draws int
	seed        uint64
}

// claim is rows that word one claim.
type claim struct{ rows, label int }

// designs are ways for labels to lie in groups.
var designs = []struct {
	name   string
	claims func(rng *rand.Rand) []claim
}{
	{"uneven: 1 or 2 of 3 claims are right, 3 wordings each", func(rng *rand.Rand) []claim {
		return []claim{{3, 1}, {3, 0}, {3, rng.IntN(2)}}
	}},
	{"uneven: 1 of 4 claims is right, 3 wordings each", func(*rand.Rand) []claim {
		return []claim{{3, 1}, {3, 0}, {3, 0}, {3, 0}}
	}},
	{"uneven: 2 of 5 claims are right, 3 wordings each", func(*rand.Rand) []claim {
		return []claim{{3, 1}, {3, 1}, {3, 0}, {3, 0}, {3, 0}}
	}},
	{"uneven: claims of 1 to 3 wordings", func(rng *rand.Rand) []claim {
		return []claim{{3, 1}, {3, 0}, {2, rng.IntN(2)}, {2, 0}, {1, rng.IntN(2)}}
	}},
	{"uneven: single rows", func(rng *rand.Rand) []claim {
		return []claim{{1, 1}, {1, 0}, {1, 0}, {1, 0}}
	}},
	{"even: 2 of 4 claims are right, 3 wordings each", func(*rand.Rand) []claim {
		return []claim{{3, 1}, {3, 1}, {3, 0}, {3, 0}}
	}},
	{"even: one claim in 3 wordings against 3 claims", func(*rand.Rand) []claim {
		return []claim{{3, 0}, {1, 1}, {1, 1}, {1, 1}}
	}},
	{"constant: one claim in 4 wordings", func(rng *rand.Rand) []claim {
		return []claim{{4, rng.IntN(2)}}
	}},
}

func (s size) table(out io.Writer) error {
	fmt.Fprintf(out, "%d data sets of 40 groups a line, %d permutations, seed %d\n\n", s.sets, s.draws, s.seed)
	fmt.Fprintln(out, "| groups | p <= .05 with units | p <= .05 without | said of the test without units |")
	fmt.Fprintln(out, "|---|---|---|---|")
	for _, d := range designs {
		var rejected [2]int
		var v folds.Validity
		for i := range s.sets {
			for k := range rejected {
				p, validity, err := s.test(d.claims, uint64(i), k == 0)
				if err != nil {
					return err
				}
				if p <= 0.05 {
					rejected[k]++
				}
				v = validity
			}
		}
		said := "holds"
		if !v.Exact {
			said = v.Flag
		}
		n := float64(s.sets)
		fmt.Fprintf(out, "| %s | %.1f%% | %.1f%% | %s |\n", d.name, 100*float64(rejected[0])/n, 100*float64(rejected[1])/n, said)
	}
	return nil
}

// test draws a data set of four columns, in which rows share their group's and
// their claim's numbers, and gives the p-value of the pooled AUROC of mass-mean
// scores.
func (s size) test(claims func(*rand.Rand) []claim, number uint64, withUnits bool) (float64, folds.Validity, error) {
	const groups, width, k = 40, 4, 5
	var none folds.Validity
	rng := rand.New(estimate.Source(s.seed, number))
	normal := func() (v [width]float64) {
		for j := range v {
			v[j] = rng.NormFloat64()
		}
		return v
	}
	var data []float64
	var label, group, unit []int
	for g := range groups {
		shared := normal()
		for u, c := range claims(rng) {
			own := normal()
			for range c.rows {
				noise := normal()
				for j := range width {
					data = append(data, shared[j]+own[j]+0.2*noise[j])
				}
				label, group, unit = append(label, c.label), append(group, g), append(unit, u)
			}
		}
	}
	fold, err := folds.Stratified(label, 2, group, k, number)
	if err != nil {
		return 0, none, err
	}
	if !withUnits {
		unit = nil
	}
	permuter, err := folds.NewPermuter(label, group, fold, unit)
	if err != nil {
		return 0, none, err
	}
	labels := [][]int{label}
	for b := range s.draws {
		labels = append(labels, permuter.Draw(number, b))
	}
	score := make([][]float64, len(labels))
	for b, y := range labels {
		score[b] = make([]float64, len(y))
		for f := range k {
			massMean(score[b], data, width, y, fold, f)
		}
	}
	observed, atLeast := math.NaN(), 0
	for b, y := range labels {
		v, err := metric.AUROC(y, score[b])
		if err != nil {
			return 0, none, err
		}
		if b == 0 {
			observed = v
		}
		if v >= observed {
			atLeast++
		}
	}
	return float64(atLeast) / float64(len(labels)), permuter.Validity(), nil
}

// massMean scores the rows of a fold along the difference between the means of
// the labels in the other folds, from halfway between them.
func massMean(score, data []float64, width int, y, fold []int, f int) {
	var count [2]float64
	mean := [2][]float64{make([]float64, width), make([]float64, width)}
	for i, l := range y {
		if fold[i] != f {
			count[l]++
			floats.Add(mean[l], data[i*width:(i+1)*width])
		}
	}
	floats.Scale(1/count[0], mean[0])
	floats.Scale(1/count[1], mean[1])
	for i := range y {
		if fold[i] != f {
			continue
		}
		for j, x := range data[i*width : (i+1)*width] {
			score[i] += (x - (mean[0][j]+mean[1][j])/2) * (mean[1][j] - mean[0][j])
		}
	}
}
