package solve_test

import (
	"math/rand/v2"
	"testing"

	"tell/internal/solve"
)

// Six classes on five folds: the target, and with 200 permutations.
func BenchmarkLDA(b *testing.B) {
	x := dumpOf(b, "arithmetic")
	n, _ := x.Dims()
	splits := make([]solve.Split, 5)
	for f := range splits {
		splits[f] = everyRow(n)
		for i := f; i < n; i += 5 {
			splits[f].Train[i] = false
		}
	}
	y := make([]float64, n)
	for i := range y {
		y[i] = float64(i % 6)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	many := [][]float64{y}
	for range 200 {
		drawn := append([]float64(nil), y...)
		rng.Shuffle(n, func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
		many = append(many, drawn)
	}
	for _, bench := range []struct {
		name    string
		family  solve.LDA
		targets [][]float64
	}{
		{"target", solve.LDA{Levels: 6}, many[:1]},
		{"permutations", solve.LDA{Levels: 6, Pooled: true}, many},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				err := bench.family.Fit(b.Context(), x, splits, bench.targets, []float64{1}, func(*solve.Fit) {})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
