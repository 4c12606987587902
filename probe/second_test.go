package probe_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"tell/folds"
	"tell/internal/solve"
	"tell/probe"
	"tell/target"
)

// The inner loss of a unit is the mean over the rows that its inner folds
// validate, here from one fit at a time. The groups are of unequal size, so that
// units differ in their number of training rows and a sum is no multiple of it.
func TestInnerLossIsAMean(t *testing.T) {
	const n, d, k, inner, repeats = 110, 4, 3, 3, 2
	grid := []float64{0.01, 1}
	rng := rand.New(rand.NewPCG(6, 6))
	data, y, group := make([]float64, n*d), make([]int, n), make([]int, n)
	for i := range n {
		group[i], y[i] = int(math.Sqrt(float64(i))), rng.IntN(2)
		for j := range d {
			data[i*d+j] = rng.NormFloat64() + 0.4*float64(y[i])
		}
	}
	x, err := solve.NewDense(n, d, data)
	if err != nil {
		t.Fatal(err)
	}
	var id []string
	for i := range n {
		id = append(id, strconv.Itoa(i))
	}
	p, err := folds.New(id, group, y, 2, folds.Settings{Folds: k, Inner: inner, Repeats: repeats, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	o, err := probe.CrossValidate(t.Context(), probe.Dense(n, d, data), target.Binary(y), &probe.Settings{Plan: p, C: grid, Tol: 1e-13})
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[int]bool{}
	for at, u := range p.Units {
		best, bestC := math.Inf(1), 0.0
		var bestInner []float64
		for _, C := range grid {
			var loss float64
			rows := 0
			validated := make([]float64, n)
			for f := range inner {
				train := make([]bool, n)
				for i := range n {
					train[i] = !u.Test[i] && u.InnerFold[i] != f
				}
				score := fitAlone(t, x, y, train, C)
				for i := range n {
					if u.InnerFold[i] == f {
						rows++
						validated[i] = score[i]
						loss -= math.Log(1 - math.Abs(float64(y[i])-score[i]))
					}
				}
			}
			sizes[rows] = true
			if loss /= float64(rows); loss < best {
				best, bestC, bestInner = loss, C, validated
			}
		}
		for i, margin := range o.Inner[at] {
			want := bestInner[i]
			if u.Test[i] && margin != 0 || !u.Test[i] && math.Abs(1/(1+math.Exp(-margin))-want) > 1e-6 {
				t.Errorf("repeat %d, fold %d, row %d: inner margin %v, one fit at a time gives P = %v", u.Repeat, u.Fold, i, margin, want)
			}
		}
		if math.Abs(o.Loss[at]-best) > 1e-6 || o.C[at] != bestC {
			t.Errorf("repeat %d, fold %d: loss %v at C = %v, one fit at a time %v at %v", u.Repeat, u.Fold, o.Loss[at], o.C[at], best, bestC)
		}
	}
	if len(sizes) < 2 {
		t.Error("all units have as many training rows")
	}
}

// fitAlone gives P(label = 1) of every row by one probe.
func fitAlone(t *testing.T, x *solve.Dense, y []int, train []bool, C float64) []float64 {
	t.Helper()
	var score []float64
	err := solve.Logistic{Tol: 1e-13}.Fit(t.Context(), x, []solve.Split{{Train: train}}, solve.Targets(y), []float64{C}, func(f *solve.Fit) {
		for _, m := range f.Margin {
			score = append(score, solve.Sigmoid(m))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return score
}
