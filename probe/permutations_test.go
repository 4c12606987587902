package probe

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"tell/folds"
	"tell/target"
)

// Where so many values would be held that targets are drawn and trained in
// several calls, the null is that of one call, observed target and draws.
func TestPermutationsInSeveralCalls(t *testing.T) {
	defer func(n int) { maxPermuted = n }(maxPermuted)
	rng := rand.New(rand.NewPCG(4, 5))
	const n, draws = 90, 70
	for _, d := range []int{6, 110} { // fewer and more columns than rows
		x, y, group, id := make([][]float64, n), make([]int, n), make([]int, n), make([]string, n)
		for i := range x {
			y[i], group[i], id[i], x[i] = rng.IntN(2), i/2, strconv.Itoa(i), make([]float64, d)
			for j := range x[i] {
				x[i][j] = rng.NormFloat64() + float64(y[i])/4
			}
		}
		plan, err := folds.New(id, group, y, 2, folds.Settings{Folds: 5, Inner: 2, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range []string{"logistic", "lda"} {
			var null [2]*Null
			for k, held := range []int{1 << 24, 70 * n} {
				maxPermuted = held
				if null[k], err = Permutations(t.Context(), Slices(x), target.Binary(y), &Settings{Plan: plan, Family: family, Seed: 2}, 0.01, draws); err != nil {
					t.Fatal(err)
				}
			}
			most := math.Abs(null[0].Observed - null[1].Observed)
			for k, a := range null[0].Draws {
				most = max(most, math.Abs(a-null[1].Draws[k]))
			}
			// Columns that are multiplied together may round otherwise: a pair of rows.
			if most > 1.0/(40*40) {
				t.Errorf("%s, %d columns: a statistic differs by %v in several calls", family, d, most)
			}
		}
	}
}
