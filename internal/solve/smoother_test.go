package solve_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tell/internal/solve"
	"tell/target"
)

// Permutations in single precision are what double precision gives, which weights of 1 make
// them take: on more rows than columns and fewer, of a target that the columns give away and
// of noise, on columns that are nearly collinear, and where alpha is too small for it.
func TestRidgePermutationsInSinglePrecision(t *testing.T) {
	for _, c := range []struct {
		name string
		x    *solve.Dense
	}{
		{"more rows", dumpOf(t, "arithmetic")},
		{"few columns", states(t, 1, 1, 7, "arithmetic", "layers.npy")},
		{"fewer rows", dumpOf(t, "taste")},
		{"collinear", collinear(t, 300, 40)},
		{"an outlier", withOutlier(t, collinear(t, 300, 40))},
	} {
		n, d := c.x.Dims()
		rng := rand.New(rand.NewPCG(1, 2))
		away := make([]float64, n)
		direction := make([]float64, d)
		direction[0], direction[1] = 1, -1
		_ = c.x.Pass(func(b solve.Block) { b.Forward(away, direction, 1) })
		noise := make([]float64, n)
		for i := range noise {
			noise[i] = 1e3 + rng.NormFloat64()
		}
		targets := [][]float64{away, noise}
		for range 3 {
			drawn := slices.Clone(away)
			rng.Shuffle(n, func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
			targets = append(targets, drawn)
		}
		targets = append(targets, away)
		splits, weighted := make([]solve.Split, 4), make([]solve.Split, 4)
		for k := range splits {
			splits[k] = everyRow(n)
			for i := range n {
				splits[k].Train[i] = (i*7)%4 != k || k == 3
			}
			weighted[k] = splits[k]
			weighted[k].Weight = slices.Repeat([]float64{1}, n)
		}
		for _, C := range [][]float64{{1e-5, 1e-3}, {1e-2}, {1e3}} {
			want := make(map[[3]int][]float64)
			family := solve.ForPermutations(solve.Ridge{Kind: target.KindNumber})
			for _, run := range [][]solve.Split{weighted, splits} {
				err := family.Fit(t.Context(), c.x, run, targets, C, func(f *solve.Fit) {
					key := [3]int{f.Split, f.Target, f.CIndex}
					exact, ok := want[key]
					if !ok {
						want[key] = f.Margin
						return
					}
					var out, missed []float64
					for i := range n {
						if !splits[f.Split].Train[i] {
							out, missed = append(out, exact[i]), append(missed, f.Margin[i]-exact[i])
						}
					}
					if miss, spread := rootMeanSquare(missed, 0), rootMeanSquare(out, meanOf(out)); !(miss <= 1e-4*spread) {
						t.Errorf("%s, C %g, split %d, target %d: margins miss those of double precision by %.2g, spread %.2g", c.name, f.C, f.Split, f.Target, miss, spread)
					}
					if want[key] = f.Margin; f.Target == 5 && !slices.Equal(f.Margin, want[[3]int{f.Split, 0, f.CIndex}]) {
						t.Errorf("%s, C %g, split %d: the same target twice does not tie", c.name, f.C, f.Split)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// collinear are columns that differ by a thousandth of what they have in common.
func collinear(t *testing.T, n, d int) *solve.Dense {
	rng := rand.New(rand.NewPCG(5, 6))
	data := make([]float64, n*d)
	for i := range n {
		common := rng.NormFloat64()
		for j := range d {
			data[i*d+j] = 5 + common + 1e-3*rng.NormFloat64()
		}
	}
	x, err := solve.NewDense(n, d, data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// withOutlier has a row a million times as far out in a column.
func withOutlier(t *testing.T, x *solve.Dense) *solve.Dense {
	n, d := x.Dims()
	data, column := make([]float64, n*d), make([]float64, n)
	for j := range d {
		one := make([]float64, d)
		one[j] = 1
		_ = x.Pass(func(b solve.Block) { b.Forward(column, one, 1) })
		for i, v := range column {
			data[i*d+j] = v
		}
	}
	data[4*d+2] *= 1e6
	out, err := solve.NewDense(n, d, data)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func meanOf(x []float64) (mean float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	return mean
}

func rootMeanSquare(x []float64, about float64) (square float64) {
	for _, v := range x {
		square += (v - about) * (v - about) / float64(len(x))
	}
	return math.Sqrt(square)
}
