package solve_test

import (
	"testing"

	"tell/internal/solve"
	"tell/target"
)

func BenchmarkRidge(b *testing.B) {
	x := dumpOf(b, "arithmetic")
	n, _ := x.Dims()
	y := make([]float64, n)
	for i := range y {
		y[i] = float64(i % 7)
	}
	split := everyRow(n)
	for i := 0; i < n; i += 5 {
		split.Train[i] = false
	}
	for b.Loop() {
		err := solve.Ridge{Kind: target.KindNumber}.Fit(b.Context(), x, []solve.Split{split}, [][]float64{y}, solve.Grid("ridge"), func(*solve.Fit) {})
		if err != nil {
			b.Fatal(err)
		}
	}
}
