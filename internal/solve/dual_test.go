package solve

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// rankDeficient has fewer rows than columns, directions of very different
// length, two equal columns, a constant one and one whose mean dwarfs its
// spread.
func rankDeficient(n, d int) *Dense {
	const rank = 8
	rng := rand.New(rand.NewPCG(3, 4))
	directions := make([]float64, rank*d)
	for i := range directions {
		directions[i] = 5 * rng.NormFloat64()
	}
	data := make([]float64, n*d)
	for i := range n {
		row := data[i*d : (i+1)*d]
		for f := range rank {
			z := rng.NormFloat64()
			for j := range row {
				row[j] += z * directions[f*d+j]
			}
		}
		for j := range row {
			row[j] += rng.NormFloat64() / float64(1+j)
		}
		row[1], row[2], row[3] = row[0], 7, 1e3+row[3]
	}
	return &Dense{n, d, data}
}

func randomLabels(n, targets int) [][]float64 {
	rng := rand.New(rand.NewPCG(5, 6))
	y := make([][]int, targets)
	for t := range y {
		y[t] = make([]int, n)
		for i := range y[t] {
			y[t][i] = rng.IntN(2)
		}
	}
	return Targets(y...)
}

type task struct{ split, target, c int }

func collect(t *testing.T, fit func(visit func(*Fit)) error) map[task]Fit {
	t.Helper()
	got := make(map[task]Fit)
	err := fit(func(f *Fit) {
		kept := *f
		kept.Weights, kept.Margin = slices.Clone(f.Weights), slices.Clone(f.Margin)
		got[task{f.Split, f.Target, f.CIndex}] = kept
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// The dual gives the probes of the primal, on every row and at every C: at the
// largest ones it hands over to the primal.
func TestDualIsThePrimal(t *testing.T) {
	const n, d = 70, 150
	x := rankDeficient(n, d)
	y := randomLabels(n, 20)
	splits := thirds(n, 3)
	grid := []float64{1e-6, 1e-3, 1, 1e4}
	for _, raw := range []bool{false, true} {
		l := Logistic{Tol: 1e-9, Raw: raw}
		want := collect(t, func(visit func(*Fit)) error { return l.fitPrimal(t.Context(), x, splits, y, grid, visit) })
		got := collect(t, func(visit func(*Fit)) error { return l.fitDual(t.Context(), x, splits, y, grid, visit) })
		if len(got) != len(want) || len(want) != len(splits)*len(y)*len(grid) {
			t.Fatalf("raw %v: %d fits by the dual, %d by the primal", raw, len(got), len(want))
		}
		for k, w := range want {
			g := got[k]
			if g.Status != Converged || math.Abs(g.Objective/w.Objective-1) > 1e-8 {
				t.Errorf("raw %v, %+v: %s at %v, primal %s at %v", raw, k, g.Status, g.Objective, w.Status, w.Objective)
			}
			for i := range n {
				margin := g.Intercept + dot(g.Weights, x.data[i*d:(i+1)*d])
				if math.Abs(g.Margin[i]-w.Margin[i]) > 1e-3*(1+math.Abs(w.Margin[i])) || math.Abs(g.Margin[i]-margin) > 1e-6*(1+math.Abs(margin)) {
					t.Fatalf("raw %v, %+v, row %d: margin %v, from the weights %v, primal %v", raw, k, i, g.Margin[i], margin, w.Margin[i])
				}
			}
		}
	}
}

// At moderate C the dual needs no help and few steps, nor does it for permutations in
// single precision.
func TestDualConvergesAlone(t *testing.T) {
	const n, d = 70, 150
	x := rankDeficient(n, d)
	y := randomLabels(n, 20)
	split := thirds(n, 1)[0]
	sc, err := newScaling(x, []Split{split}, false)
	if err != nil {
		t.Fatal(err)
	}
	grid := []float64{1e-6, 1e-4, 1e-2}
	for _, outside := range []bool{false, true} {
		spaces := []dual{{outside: outside}}
		l := Logistic{Tol: 1e-10}
		if err := spaces[0].take(x, sc, 0, split, l.Tol); err != nil {
			t.Fatal(err)
		}
		if outside {
			spaces[0].toSingle(grid[len(grid)-1])
		}
		most := 0
		done, err := l.fitSpaces(t.Context(), spaces, y, 0, len(y), grid, func(f *Fit) { most = max(most, f.Iterations) })
		if done != len(grid) || err != nil || most > 4 {
			t.Errorf("permutations %v: %d of %d values of C, error %v, at most %d Newton steps, expected 4 or fewer", outside, done, len(grid), err, most)
		}
	}
}

func TestDualOfConstantColumns(t *testing.T) {
	const n, d = 20, 30
	x := &Dense{n, d, slices.Repeat([]float64{3}, n*d)}
	y := randomLabels(n, manyTargets)
	all := []Split{{Train: slices.Repeat([]bool{true}, n)}}
	fits := collect(t, func(visit func(*Fit)) error {
		return Logistic{}.Fit(t.Context(), x, all, y, []float64{1e-4, 1e4}, visit)
	})
	for k, f := range fits {
		ones := 0.
		for _, v := range y[k.target] {
			ones += float64(v)
		}
		if want := math.Log(ones / (n - ones)); f.Status != Converged || math.Abs(f.Margin[0]-want) > 1e-6 {
			t.Errorf("%+v: %s, margin %v, expected the log odds %v", k, f.Status, f.Margin[0], want)
		}
	}
}

// Numbers too large to square are left to the primal.
func TestDualGivesUp(t *testing.T) {
	const n, d = 20, 30
	x := rankDeficient(n, d)
	for i := range x.data {
		x.data[i] *= 1e160
	}
	y := randomLabels(n, 1)
	all := Split{Train: slices.Repeat([]bool{true}, n)}
	spaces := make([]dual, 1)
	if err := spaces[0].take(x, unitScaling(1, d), 0, all, 1e-8); err != nil {
		t.Fatal(err)
	}
	done, err := Logistic{}.fitSpaces(t.Context(), spaces, y, 0, 1, []float64{1}, func(f *Fit) { t.Errorf("%s", f.Status) })
	if done != 0 || err != nil {
		t.Errorf("%d values of C, error %v, expected 0 and no error", done, err)
	}
}

func TestShiftedSolves(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, m := range []int{1, 2, 63, 64, 65, 130} {
		const k, c, stride = 3, 0.37, 140
		root := make([]float64, m*m)
		for i := range root {
			root[i] = rng.NormFloat64()
		}
		gram := make([]float64, m*stride)
		for i := range m {
			for j := range m {
				gram[i*stride+j] = dot(root[i*m:(i+1)*m], root[j*m:(j+1)*m])
			}
		}
		want := make([]float64, k*m)
		for i := range want {
			want[i] = rng.NormFloat64()
		}
		z := slices.Clone(want)
		var s shifted
		s.make(gram, stride, m, c)
		s.solve(z, k)
		for i := range k {
			row := z[i*m : (i+1)*m]
			for j := range m {
				got := row[j] + s.c*dot(gram[j*stride:j*stride+m], row)
				if math.Abs(got-want[i*m+j]) > 1e-8 {
					t.Fatalf("m %d, row %d, column %d: found %v, expected %v", m, i, j, got, want[i*m+j])
				}
			}
		}
		if s.c != c {
			t.Errorf("m %d: c = %v, expected %v", m, s.c, c)
		}
	}
}
