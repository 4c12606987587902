package answers

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"tell/compare"
)

// As a run halves groups and leaves them out.
const (
	halvings = 20
	blocks   = 8
	outer    = 5
)

// Cosines are worlds of directions at a known angle, some of them hardly
// determined by their rows.
func Cosines() []World {
	return []World{
		cosines("cosines: 20 columns, cosine 0.5", 20, [2]float64{1, 1}, 0.5),
		cosines("cosines: 200 columns, cosine 0.5", 200, [2]float64{1, 1}, 0.5),
		cosines("cosines: 60 columns, the second weaker, cosine 1", 60, [2]float64{1, 0.5}, 1),
		cosines("cosines: 60 columns, the second weaker, cosine 0", 60, [2]float64{1, 0.5}, 0),
		cosines("cosines: 60 columns, the second weak, cosine 0.5", 60, [2]float64{1, 0.4}, 0.5),
		cosines("cosines: 60 columns, both weak, cosine 0.7", 60, [2]float64{0.5, 0.4}, 0.7),
	}
}

// cosines are 60 groups of 4 rows of noise with two independent labels, each of a
// strength on a direction of its own. Directions are differences of means, which
// are right in the mean, so that the cosine of the weights is that of the
// directions, and the correlation of their margins that in the covariance of the
// columns: I + a²uu' + b²vv'.
func cosines(name string, columns int, strength [2]float64, cosine float64) World {
	a, b := strength[0]*strength[0], strength[1]*strength[1]
	margins := cosine * (1 + a + b) / math.Sqrt((1+a+b*cosine*cosine)*(1+a*cosine*cosine+b))
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		const groups = 60
		rng := s.rng(number)
		label, _ := labels(rng, groups*perGroup, false)
		t := compare.Targets{Names: [2]string{"know", "act"}, Label: label}
		var x [][]float64
		for i := range groups * perGroup {
			row := normal(rng, columns)
			y, z := strength[0]*sign(label[0][i]), strength[1]*sign(label[1][i])
			row[0] += y + cosine*z
			row[1] += math.Sqrt(1-cosine*cosine) * z
			x = append(x, row)
			t.Group, t.Fold = append(t.Group, i/perGroup), append(t.Fold, i/perGroup%outer)
		}
		var layer compare.TargetLayer
		for k := range label {
			layer.Score[k] = outOfFold(x, label[k], t.Fold)
		}
		seed := rng.Uint64()
		var weights, along compare.Directions
		for left := range 1 + blocks {
			w, m := halve(seed, x, t, left-1)
			if left == 0 {
				weights.Halvings, along.Halvings = w, m
				continue
			}
			weights.LeftOut, along.LeftOut = append(weights.LeftOut, w), append(along.LeftOut, m)
		}
		var err error
		if layer.Cosines, err = weights.Cosines(); err != nil {
			return nil, err
		}
		in, err := along.Cosines()
		if err != nil {
			return nil, err
		}
		layer.Cosines.Mahalanobis = &in.Plain
		t.Layers = []compare.TargetLayer{layer}
		s.Permutations = 0
		lines, err := t.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		is := func(key string) func(compare.Line) bool {
			return func(l compare.Line) bool { return l.Key == key }
		}
		return []Check{
			find(name, "corrected cosine", cosine, false, lines, is(compare.KeyCosineCorrected)),
			find(name, "corrected Mahalanobis cosine", margins, false, lines, is(compare.Mahalanobis+compare.KeyCosineCorrected)),
		}, nil
	}}
}

// halve is the directions of both labels from random halves of the groups of all
// folds but one, and their margins in that fold, without a block of groups, or
// without none.
func halve(seed uint64, x [][]float64, t compare.Targets, without int) (weights, margins []compare.Halving) {
	rng := rand.New(rand.NewPCG(seed, 0))
	groups := t.Group[len(t.Group)-1] + 1
	block := rng.Perm(groups)
	for h := range halvings {
		half := rng.Perm(groups)
		in := func(i int) bool { return block[t.Group[i]]%blocks != without }
		var w, m compare.Halving
		for k := range w {
			for side := range w[k] {
				w[k][side], _ = direction(x, t.Label[k], func(i int) bool {
					return in(i) && t.Fold[i] != h%outer && half[t.Group[i]]%2 == side
				})
				for i, row := range x {
					if in(i) && t.Fold[i] == h%outer {
						m[k][side] = append(m[k][side], floats.Dot(w[k][side], row))
					}
				}
				floats.AddConst(-stat.Mean(m[k][side], nil), m[k][side])
			}
		}
		weights, margins = append(weights, w), append(margins, m)
	}
	return weights, margins
}
