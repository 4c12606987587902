package solve

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A column that varies in other splits alone is constant, and one that hardly varies has the
// spread that its own rows have, whatever the mean elsewhere.
func TestStandardiseEachSplitAlone(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n, d, other = 40, 3, 17
	data := make([]float64, n*d)
	for i := range n {
		data[i*d], data[i*d+1], data[i*d+2] = 3, 5+1e-9*rng.NormFloat64(), rng.NormFloat64()
	}
	data[other*d], data[other*d+1] = 4, 1e6
	x, err := NewDense(n, d, data)
	if err != nil {
		t.Fatal(err)
	}
	splits := []Split{allRows(n), allRows(n), allRows(n)}
	splits[1].Train[other] = false
	splits[2].Train[other], splits[2].Weight = false, slices.Repeat([]float64{2}, n)
	together, err := standardise(x, splits)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range splits {
		_, scale := together.of(i, d)
		for j := range d {
			var mean, square, count float64
			for _, row := range s.rows() {
				mean += data[row*d+j]
				count++
			}
			mean /= count
			for _, row := range s.rows() {
				square += (data[row*d+j] - mean) * (data[row*d+j] - mean)
			}
			want := math.Sqrt(square / count)
			if i > 0 && j == 0 {
				want = 1
			}
			if !(math.Abs(scale[j]/want-1) <= 1e-6) {
				t.Errorf("split %d, column %d: scale %v, expected %v", i, j, scale[j], want)
			}
		}
	}
}
