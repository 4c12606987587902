package solve

import (
	"math"
	"testing"
)

// Permutations take their steps in single precision and come to the optimum of the primal
// in double, which says what its objective is by itself.
func TestPermutationsAreThePrimal(t *testing.T) {
	const n, d = 150, 300 // more rows than a tile
	x := rankDeficient(n, d)
	y := randomLabels(n, manyTargets)
	splits := thirds(n, 3)
	for _, tol := range []float64{1e-8, 1e-12} {
		for _, c := range []float64{1e-6, 1e-3, 1} {
			l := Logistic{Tol: tol}
			want := collect(t, func(visit func(*Fit)) error {
				return Logistic{Tol: 1e-13}.fitPrimal(t.Context(), x, splits, y, []float64{c}, visit)
			})
			got := collect(t, func(visit func(*Fit)) error {
				return ForPermutations(l).Fit(t.Context(), x, splits, y, []float64{c}, visit)
			})
			if len(got) != len(want) || len(got) != len(splits)*len(y) {
				t.Fatalf("C %v: %d fits, by the primal %d", c, len(got), len(want))
			}
			for k, w := range want {
				g := got[k]
				excess := g.Objective/w.Objective - 1
				if g.Status != Converged || excess > tol+1e-12 || excess < -1e-11 {
					t.Errorf("C %v, tol %v, %+v: %s, objective %v, of the primal %v", c, tol, k, g.Status, g.Objective, w.Objective)
				}
				for i, train := range splits[k.split].Train {
					// The objective is quadratic around its optimum.
					if off := math.Abs(g.Margin[i] - w.Margin[i]); !train && off > 50*math.Sqrt(tol)*(1+math.Abs(w.Margin[i])) {
						t.Fatalf("C %v, tol %v, %+v, row %d: margin %v, of the primal %v", c, tol, k, i, g.Margin[i], w.Margin[i])
					}
				}
			}
		}
	}
}

// Where I + cK has more digits than single precision, nothing is rounded.
func TestSingleIsLeftWhereItIsTooCoarse(t *testing.T) {
	const n, d = 20, 30
	x := rankDeficient(n, d)
	split := thirds(n, 1)[0]
	for _, of := range []struct {
		factor, C float64
		single    bool
	}{{1, 1e-2, true}, {1, 1e8, false}, {1e120, 1e-2, false}, {1e-120, 1e-2, false}} {
		scaled := &Dense{n, d, make([]float64, n*d)}
		for i, v := range x.data {
			scaled.data[i] = v * of.factor
		}
		var s dual
		if err := s.take(scaled, unitScaling(1, d), 0, split, 1e-8); err != nil {
			t.Fatal(err)
		}
		if s.toSingle(of.C); (s.single != nil) != of.single {
			t.Errorf("columns times %v, C %v: in single precision %v, expected %v", of.factor, of.C, s.single != nil, of.single)
		}
	}
}
