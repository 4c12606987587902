package solve_test

import (
	"math"
	"testing"

	"tell/internal/solve"
	"tell/target"
)

// The form of ridge for permutations gives the margins of rows outside training that the
// full one gives, on more rows than columns and on fewer, weighted or not.
func TestRidgeOutsideTraining(t *testing.T) {
	for _, c := range []struct {
		name string
		x    *solve.Dense
	}{{"more rows", states(t, 1, 1, 7, "arithmetic", "layers.npy")}, {"fewer rows", dumpOf(t, "taste")}} {
		n, _ := c.x.Dims()
		split, y := everyRow(n), [][]float64{make([]float64, n), make([]float64, n)}
		split.Weight = make([]float64, n)
		for i := range n {
			y[0][i], y[1][i], split.Weight[i] = math.Sin(float64(i)), float64(i%5), 1+float64(i%3)
			if i%4 == 1 {
				split.Train[i], split.Weight[i] = false, 0
			}
		}
		C := []float64{1e-4, 1e-2}
		want := make(map[[2]int][]float64)
		ridge := solve.Ridge{Kind: target.KindNumber, Tol: 1e-14}
		err := ridge.Fit(t.Context(), c.x, []solve.Split{split}, y, C, func(f *solve.Fit) {
			want[[2]int{f.Target, f.CIndex}] = f.Margin
		})
		if err != nil {
			t.Fatal(err)
		}
		fits := 0
		err = solve.ForPermutations(ridge).Fit(t.Context(), c.x, []solve.Split{split}, y, C, func(f *solve.Fit) {
			fits++
			for i, m := range want[[2]int{f.Target, f.CIndex}] {
				if !split.Train[i] && !(math.Abs(f.Margin[i]-m) <= 1e-8*(1+math.Abs(m))) {
					t.Fatalf("%s, target %d, C %g, row %d: margin %v, of the full form %v", c.name, f.Target, f.C, i, f.Margin[i], m)
				}
			}
		})
		if err != nil || fits != 4 {
			t.Errorf("%s: %d fits, %v", c.name, fits, err)
		}
	}
}
