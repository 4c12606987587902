package solve

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/integrate/quad"
)

// likelihoods are one of each kind with a target on n rows: levels that repeat, and shares
// with 0 and 1 among them.
func likelihoods(n int) map[string]struct {
	likelihood
	y [][]float64
} {
	level, share := make([]float64, n), make([]float64, n)
	for i := range n {
		level[i], share[i] = float64(i*i%7%3), float64(i*i%11)/10
	}
	return map[string]struct {
		likelihood
		y [][]float64
	}{
		"softmax": {softmaxLoss{3}, [][]float64{level, rotated(level)}},
		"ordered": {orderedLoss{3}, [][]float64{level, rotated(level)}},
		"share":   {shareLoss{}, [][]float64{share, rotated(share)}},
	}
}

func rotated(x []float64) []float64 { return append(slices.Clone(x[5:]), x[:5]...) }

// repeated is rankDeficient with rows that occur twice, whatever their labels are.
func repeated(n, d int) *Dense {
	x := rankDeficient(n, d)
	for i := n - 6; i < n; i++ {
		copy(x.data[i*d:(i+1)*d], x.data[(i-20)*d:])
	}
	return x
}

// steep has rows whose columns are combinations of as many numbers, of falling variance.
func steep(n, d int) *Dense {
	rng := rand.New(rand.NewPCG(7, 8))
	a, b := make([]float64, n*n), make([]float64, n*d)
	for i := range a {
		a[i] = rng.NormFloat64() / math.Pow(float64(1+i%n), 0.75)
	}
	for i := range b {
		b[i] = rng.NormFloat64()
	}
	x := &Dense{n, d, make([]float64, n*d)}
	gemm(blas.NoTrans, blas.NoTrans, 1, general(n, n, n, a), general(n, d, d, b), 0, general(n, d, d, x.data))
	return x
}

// The coordinates of the rows lead to the probes of the primal, whose excess is at most its
// bound, and alone unless equal rows have other labels.
func TestReducedIsThePrimal(t *testing.T) {
	const n, d = 50, 110
	x := repeated(n, d)
	weighted := weightedThirds(n, 3)
	grid := []float64{1e-3, 1e-1, 10}
	for _, of := range []struct {
		name   string
		splits []Split
		raw    bool
	}{{"standardised", thirds(n, 3), false}, {"weighted", weighted, false}, {"raw", thirds(n, 3), true}} {
		for name, l := range likelihoods(n) {
			name = of.name + ", " + name
			want := collect(t, func(visit func(*Fit)) error {
				return glm{Logistic{Tol: 1e-12, Raw: of.raw}, l}.fitPrimal(t.Context(), x, of.splits, l.y, grid, visit)
			})
			const tol = 1e-8
			g := glm{Logistic{Tol: tol, Raw: of.raw}, l}
			got := collect(t, func(visit func(*Fit)) error {
				return g.fitReduced(t.Context(), x, of.splits, l.y, grid, visit)
			})
			if len(got) != len(want) || len(got) != len(of.splits)*len(l.y)*len(grid) {
				t.Fatalf("%s: %d fits, by the primal %d", name, len(got), len(want))
			}
			for k, w := range want {
				g, q := got[k], l.outputs()
				if g.Status != Converged || g.Objective-w.Objective > g.Excess+1e-11*w.Objective || g.Objective < w.Objective*(1-1e-9) || g.C != w.C {
					t.Errorf("%s, %+v: %s at %v, C %v, bound %v, primal %v, C %v", name, k, g.Status, g.Objective, g.C, g.Excess, w.Objective, w.C)
				}
				alike := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Abs(b) }
				if !slices.EqualFunc(g.Mean, w.Mean, alike) || !slices.EqualFunc(g.Scale, w.Scale, alike) {
					t.Errorf("%s, %+v: not the standardisation of the split", name, k)
				}
				for o := range q {
					b := g.Intercept
					if q > 1 {
						b = g.Intercepts[o]
					}
					for i := range n {
						at := o*n + i
						margin := b + dot(g.Weights[o*d:(o+1)*d], x.data[i*d:(i+1)*d])
						if off := math.Abs(g.Margin[at] - w.Margin[at]); off > 3e-3*(1+math.Abs(w.Margin[at])) || math.Abs(g.Margin[at]-margin) > 1e-7*(1+math.Abs(margin)) {
							t.Fatalf("%s, %+v, output %d, row %d: margin %v, from the weights %v, primal %v", name, k, o, i, g.Margin[at], margin, w.Margin[at])
						}
					}
				}
			}
			if !of.raw {
				checkReducedAlone(t, name, g, rankDeficient(n, d), of.splits, l.y, append(grid, 1e3))
			}
		}
	}
}

// checkReducedAlone fails where something is left to the primal.
func checkReducedAlone(t *testing.T, name string, g glm, x Design, splits []Split, y [][]float64, grid []float64) {
	t.Helper()
	sc, err := newScaling(x, splits, g.Raw)
	if err != nil {
		t.Fatal(err)
	}
	for i, split := range splits {
		batch := make([]reduced, 1)
		if err := batch[0].take(x, sc, i, split, g.Logistic, g.outputs() == 1); err != nil {
			t.Fatal(err)
		}
		done, err := g.fitSpaces(t.Context(), batch, y, 0, len(y), grid, func(*Fit) {})
		if err != nil || done != len(grid) {
			t.Errorf("%s, split %d: %d of %d values of C, %v", name, i, done, len(grid), err)
		}
	}
}

// countedLoss counts steps: one expansion for each of Newton, one bend for each of
// conjugate gradients, and values.
type countedLoss struct {
	likelihood
	expanded, bent, valued *atomic.Int64 // of splits side by side
}

func (l countedLoss) expand(d rowsOfOne, margin, parameters, r, diagonal []float64, c *curvature) {
	l.expanded.Add(1)
	l.likelihood.expand(d, margin, parameters, r, diagonal, c)
}

func (l countedLoss) bend(d rowsOfOne, c *curvature, image, by []float64) {
	l.bent.Add(1)
	l.likelihood.bend(d, c, image, by)
}

func (l countedLoss) value(d rowsOfOne, margin, parameters []float64) float64 {
	l.valued.Add(1)
	return l.likelihood.value(d, margin, parameters)
}

// A fit takes few steps and no more losses than these need.
func TestLikelihoodsTakeFewSteps(t *testing.T) {
	const n, d = 150, 310 // more rows in a split than the leading subspace has
	x := steep(n, d)
	grid := []float64{1e-3, 1e-2, 1e-1, 1, 10, 1e2, 1e3}
	splits := thirds(n, 3)
	for name, most := range map[string]struct{ expanded, bent float64 }{"softmax": {6, 15}, "ordered": {6, 12}, "share": {6.5, 9.5}} {
		var l countedLoss
		of := likelihoods(n)[name]
		l.likelihood, l.expanded, l.bent, l.valued = of.likelihood, new(atomic.Int64), new(atomic.Int64), new(atomic.Int64)
		fits := 0.
		err := glm{Logistic{}, l}.fitReduced(t.Context(), x, splits, of.y[:1], grid, func(*Fit) { fits++ })
		if err != nil {
			t.Fatal(err)
		}
		expanded, bent, valued := float64(l.expanded.Load())/fits, float64(l.bent.Load())/fits, float64(l.valued.Load())/fits
		if expanded > most.expanded || bent > most.bent || valued > 1.25*expanded {
			t.Errorf("%s: %.1f expansions, %.1f products and %.1f losses a fit", name, expanded, bent, valued)
		}
	}
}

// Constant columns and numbers too large to square have no coordinates, and compressed rows
// no columns; at a C so large that the Gram matrix has no digits left for it, what is said
// comes from the primal.
func TestReducedLeavesWhatItCannotStandFor(t *testing.T) {
	const n, d = 50, 110
	splits := thirds(n, 3)
	for _, value := range []float64{3, 1e200} {
		x := rankDeficient(n, d)
		for i := range x.data {
			if value == 3 {
				x.data[i] = value
			} else {
				x.data[i] *= value
			}
		}
		sc, err := newScaling(x, splits, true)
		if value == 3 {
			sc, err = newScaling(x, splits, false)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := new(reduced).take(x, sc, 0, splits[0], Logistic{}, false); !errors.Is(err, errRounded) {
			t.Errorf("%v: error %v, expected %v", value, err, errRounded)
		}
	}
	// Shares that differ on equal rows, at a C for which the Gram matrix has no digits left.
	g, y, x := glm{Logistic{}, shareLoss{}}, likelihoods(n)["share"].y, repeated(n, d)
	grid := []float64{1, 1e11}
	got := collect(t, func(visit func(*Fit)) error {
		return g.fitReduced(t.Context(), x, splits, y, grid, visit)
	})
	want := collect(t, func(visit func(*Fit)) error {
		return g.fitPrimal(t.Context(), x, splits[:2], y, grid[1:], visit) // the splits that are abreast
	})
	if len(got) != len(splits)*len(y)*len(grid) {
		t.Fatalf("%d of %d fits", len(got), len(splits)*len(y)*len(grid))
	}
	for k, w := range want {
		k.c = 1
		if g := got[k]; g.C != grid[1] || g.Objective != w.Objective || !slices.Equal(g.Weights, w.Weights) {
			t.Errorf("%+v: objective %v at C %v, primal %v", k, g.Objective, g.C, w.Objective)
		}
	}

	sparse := &Sparse{Rows: n, Cols: d, Indptr: []int{0}}
	for i := range n {
		sparse.Indices = append(sparse.Indices, int32(i%7), int32(10+i%5))
		sparse.Values = append(sparse.Values, 1, float64(i%3))
		sparse.Indptr = append(sparse.Indptr, len(sparse.Values))
	}
	g.Raw = true
	got = collect(t, func(visit func(*Fit)) error { return g.fitReduced(t.Context(), sparse, splits, y, grid[:1], visit) })
	want = collect(t, func(visit func(*Fit)) error { return g.fitPrimal(t.Context(), sparse, splits, y, grid[:1], visit) })
	if len(got) != len(splits)*len(y) {
		t.Fatalf("%d of %d fits", len(got), len(splits)*len(y))
	}
	for k, w := range want {
		if got[k].Objective != w.Objective {
			t.Errorf("compressed rows, %+v: objective %v, primal %v", k, got[k].Objective, w.Objective)
		}
	}
}

// On constant columns a probe says how often every class is, for more targets than are
// trained on together.
func TestLikelihoodsOfConstantColumns(t *testing.T) {
	const n, d, targets, levels = 24, 60, 90, 3
	x := &Dense{n, d, slices.Repeat([]float64{3}, n*d)}
	splits := thirds(n, 3)
	rng := rand.New(rand.NewPCG(1, 2))
	y := make([][]float64, targets)
	for k := range y {
		y[k] = make([]float64, n)
		for i := range y[k] {
			y[k][i] = float64((i + i/3) % levels)
		}
		for range 6 {
			y[k][rng.IntN(n)] = float64(rng.IntN(levels))
		}
	}
	got := collect(t, func(visit func(*Fit)) error {
		return Multinomial{Levels: levels}.Fit(t.Context(), x, splits, y, []float64{1}, visit)
	})
	if len(got) != len(splits)*targets {
		t.Fatalf("%d of %d fits", len(got), len(splits)*targets)
	}
	for at, f := range got {
		count, p := make([]float64, levels), make([]float64, levels)
		rows := splits[at.split].rows()
		for _, row := range rows {
			count[int(y[at.target][row])] += 1 / float64(len(rows))
		}
		softmax(p, f.Intercepts)
		for k := range p {
			if math.Abs(p[k]-count[k]) > 1e-12 {
				t.Fatalf("%+v: probabilities %v, expected %v", at, p, count)
			}
		}
	}
}

// Losses and residuals have digits enough for a step to be seen at large C.
func TestLikelihoodsAtLargeC(t *testing.T) {
	const n, d = 40, 120
	x, split := steep(n, d), allRows(n)
	split.Weight = slices.Repeat([]float64{1000}, n)
	share, level := make([]float64, n), make([]float64, n)
	for i := range n {
		share[i], level[i] = float64(i*i%7)/4, float64(i%3)
		share[i] = min(share[i], 1)
	}
	grid := []float64{1, 10, 1e2, 1e3, 1e4, 1e5}
	for _, of := range []struct {
		g glm
		y []float64
	}{{glm{Logistic{Tol: 1e-11}, shareLoss{}}, share}, {glm{Logistic{Tol: 1e-12}, softmaxLoss{3}}, level}} {
		checkReducedAlone(t, "large C", of.g, x, []Split{split}, [][]float64{of.y}, grid)
	}
}

// Rows few enough are reduced, whatever calls for it.
func TestWhatIsReduced(t *testing.T) {
	for _, c := range []struct {
		n, d, fits int
		want       bool
	}{{300, 600, 10, true}, {301, 600, 10, false}, {300, 600, 8, true}, {300, 600, 7, false}, {1024, 4096, 10, true}, {1025, 4096, 10, false}} {
		if suitsReduced(c.n, c.d, c.fits) != c.want {
			t.Errorf("%d x %d, %d fits: expected %v", c.n, c.d, c.fits, c.want)
		}
	}
	const n, d = 40, 120
	x, splits, grid := steep(n, d), thirds(n, 3), []float64{1e-2, 1, 10}
	l := likelihoods(n)["softmax"]
	g := glm{Logistic{}, l}
	got := collect(t, func(visit func(*Fit)) error { return g.Fit(t.Context(), x, splits, l.y, grid, visit) })
	for at, w := range collect(t, func(visit func(*Fit)) error { return g.fitReduced(t.Context(), x, splits, l.y, grid, visit) }) {
		if !slices.Equal(got[at].Weights, w.Weights) {
			t.Errorf("%+v: not the weights of the reduction", at)
		}
	}
}

// Losses keep their digits where they are small: the divergence of a share is the integral
// of its derivative, and the loss of a class the sum of the other classes.
func TestSmallLossesKeepTheirDigits(t *testing.T) {
	for _, s := range []float64{1e-3, 0.1, 0.5, 0.8, 0.999} {
		for _, x := range []float64{-30, -3, -1.001, -0.999, -0.3, -0.09, -0.0101, -0.0099, -1e-4, -1e-8, 1e-8, 1e-4, 0.0099, 0.0101, 0.3, 0.999, 1.001, 3} {
			slope := func(at float64) float64 { return s * (1 - s) * math.Expm1(at) / (1 + s*math.Expm1(at)) }
			want := 0.0
			for k := range 8 {
				want += quad.Fixed(slope, min(x, 0)+float64(k)*math.Abs(x)/8, min(x, 0)+float64(k+1)*math.Abs(x)/8, 20, nil, 0)
			}
			if x < 0 {
				want = -want
			}
			rounding := 1e-12 + 4e-15/math.Abs(x)
			if got := divergence(s, math.Log(s/(1-s))+x); math.Abs(got/want-1) > rounding {
				t.Errorf("share %v, %v off its margin: %v, expected %v", s, x, got, want)
			}
		}
	}
	for _, c := range []struct{ s, m, want float64 }{
		{1, 40, math.Exp(-40)}, {0, -40, math.Exp(-40)}, {1, -40, 40}, {0, 40, 40}, {0.5, 0, 0},
	} {
		if got := divergence(c.s, c.m); math.Abs(got-c.want) > 1e-14*c.want {
			t.Errorf("share %v at %v: %v, expected %v", c.s, c.m, got, c.want)
		}
	}
	for _, c := range []struct {
		margin []float64
		y      int
		want   float64
	}{
		{[]float64{45, 5, 5}, 0, 2 * math.Exp(-40)}, {[]float64{5, 45, 4}, 1, math.Exp(-40) + math.Exp(-41)},
		{[]float64{800, 0, 0}, 2, 800}, {[]float64{0, 0, 0}, 1, math.Log(3)}, {[]float64{2, 1, 0}, 2, math.Log(math.Exp(2) + math.E + 1)},
	} {
		if got := classLoss(c.margin, c.y); math.Abs(got-c.want) > 1e-14*c.want {
			t.Errorf("class %d at %v: %v, expected %v", c.y, c.margin, got, c.want)
		}
	}
}
