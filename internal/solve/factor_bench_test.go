package solve

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func benchmarkFactor[T number](b *testing.B, name string, tile int, few bool) {
	for _, m := range []int{192, 576, 1600} {
		rng := rand.New(rand.NewPCG(1, 2))
		gram := gramOf(rng, m, m+5, 1)
		matrix := make([]T, m*m)
		for i, v := range gram {
			matrix[i] = T(v)
		}
		for i := range m {
			matrix[i*m+i]++
		}
		f := factor[T]{m: m, few: few, upper: make([]T, m*m)}
		again := func() {
			for i := range m {
				copy(f.upper[i*m+i:(i+1)*m], matrix[i*m+i:(i+1)*m])
			}
			if !f.make(tile) {
				b.Fatal("no factor")
			}
		}
		again()
		b.Run(fmt.Sprintf("%s/make/%d", name, m), func(b *testing.B) {
			for b.Loop() {
				again()
			}
			b.ReportMetric(float64(m*m*m)/3*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
		})
		for _, k := range []int{6, 10, 40, 256} {
			z := make([]T, k*m)
			for i := range z {
				z[i] = T(rng.NormFloat64())
			}
			kept := slices.Clone(z)
			b.Run(fmt.Sprintf("%s/solve/%d/%d", name, m, k), func(b *testing.B) {
				for b.Loop() {
					copy(z, kept)
					f.solve(z, k)
				}
				b.ReportMetric(2*float64(m*m*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
			})
		}
	}
}

func BenchmarkFactor(b *testing.B) {
	benchmarkFactor[float32](b, "single,few", narrowTile, true)
	benchmarkFactor[float32](b, "single", singleTile, false)
	benchmarkFactor[float64](b, "double", wideTile, false)
}
