package probe_test

import (
	"math"
	"testing"

	"tell/internal/kernel"
	"tell/probe"
)

// One layer of the real dump: five folds and all rows, ten values of C.
func BenchmarkLogistic(b *testing.B) {
	kernel.Use()
	x, y := capitals(b, 15)
	splits := foldsAndAll(len(y))
	var C []float64
	for i := range 10 {
		C = append(C, math.Pow(10, -4+float64(i)*8/9))
	}
	permuted := func(n int) [][]int {
		targets := [][]int{y}
		for draw := range n {
			group := make([]int, len(y))
			for i := range group {
				group[i] = i
			}
			targets = append(targets, probe.PermuteLabels(y, group, nil, 1, draw))
		}
		return targets
	}
	for _, bench := range []struct {
		name    string
		targets [][]int
		C       []float64
	}{
		{"target", permuted(0), C},
		{"controls", permuted(99), []float64{0.01}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			fits := 0
			for b.Loop() {
				err := probe.Logistic{}.Fit(b.Context(), x, splits, bench.targets, bench.C, func(*probe.Fit) { fits++ })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(fits)/b.Elapsed().Seconds(), "fits/s")
		})
	}
}
