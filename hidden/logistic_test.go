package hidden

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"tell/internal/solve"
)

// The optimum is that of the solver for wide matrices.
func TestRegressionAgreesWithSolve(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n, d = 150, 5
	x := make([][]float64, d)
	row := make([]float64, n*d)
	y := make([]float64, n)
	for i := range n {
		y[i] = float64(rng.IntN(2))
		for j := range d {
			v := rng.NormFloat64() + y[i]*float64(j)/2
			x[j] = append(x[j], v)
			row[i*d+j] = v
		}
	}
	design, err := solve.NewDense(n, d, row)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	C := []float64{1e-4, 0.1, 10, 1e4}
	w := make([]float64, d+1)
	err = solve.Logistic{Tol: 1e-13, Raw: true}.Fit(context.Background(), design, []solve.Split{{Train: all}}, [][]float64{y}, C, func(f *solve.Fit) {
		r := &fitter{model: &logistic{}}
		r.use(x, y)
		r.minimise(f.C, w)
		if got := r.objective(f.C, w); math.Abs(got-f.Objective) > 1e-10*f.Objective {
			t.Errorf("C = %v: objective %v, want %v", f.C, got, f.Objective)
		}
		for j, v := range append(f.Weights, f.Intercept) {
			if math.Abs(w[j]-v) > 1e-5*(1+math.Abs(v)) {
				t.Errorf("C = %v: weight %d is %v, want %v", f.C, j, w[j], v)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
