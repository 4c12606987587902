package solve_test

import (
	"math"
	"testing"

	"tell/internal/solve"
)

// One layer of the real dump: five folds and all rows, ten values of C.
func BenchmarkLogistic(b *testing.B) {
	x, y := capitals(b, 15)
	splits := foldsAndAll(len(y))
	var C []float64
	for i := range 10 {
		C = append(C, math.Pow(10, -4+float64(i)*8/9))
	}
	for _, bench := range []struct {
		name    string
		targets [][]float64
		C       []float64
	}{
		{"target", solve.Targets(y), C},
		{"controls", shuffled(y, 100), []float64{0.01}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			fits := 0
			for b.Loop() {
				err := solve.Logistic{}.Fit(b.Context(), x, splits, bench.targets, bench.C, func(*solve.Fit) { fits++ })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(fits)/b.Elapsed().Seconds(), "fits/s")
		})
	}
}
