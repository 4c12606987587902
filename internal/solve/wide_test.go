package solve

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// One Gram matrix for all splits leads to the probes of the primal, in double precision.
func TestWideIsThePrimal(t *testing.T) {
	const n, d = 90, 150
	x := rankDeficient(n, d)
	y := randomLabels(n, 2)
	splits := thirds(n, 3)
	weighted := weightedThirds(n, 3)
	grid := []float64{1e-6, 1e-3, 1, 1e2} // at the last one it hands over
	for _, of := range []struct {
		name   string
		splits []Split
		raw    bool
	}{{"standardised", splits, false}, {"weighted", weighted, false}, {"raw", splits, true}} {
		for _, tol := range []float64{1e-8, 1e-11} {
			want := collect(t, func(visit func(*Fit)) error {
				return Logistic{Tol: 1e-13, Raw: of.raw}.fitPrimal(t.Context(), x, of.splits, y, grid, visit)
			})
			got := collect(t, func(visit func(*Fit)) error {
				return Logistic{Tol: tol, Raw: of.raw}.fitWide(t.Context(), x, of.splits, y, grid, visit)
			})
			if len(got) != len(want) || len(got) != len(of.splits)*len(y)*len(grid) {
				t.Fatalf("%s: %d fits, by the primal %d", of.name, len(got), len(want))
			}
			for k, w := range want {
				g := got[k]
				excess := g.Objective/w.Objective - 1
				if g.Status != Converged || excess > tol+1e-12 || excess < -1e-11 || g.C != w.C {
					t.Errorf("%s, tol %v, %+v: %s at %v, C %v, primal %v, C %v", of.name, tol, k, g.Status, g.Objective, g.C, w.Objective, w.C)
				}
				if !slices.Equal(g.Mean, w.Mean) || !slices.Equal(g.Scale, w.Scale) {
					t.Errorf("%s, %+v: not the standardisation of the split", of.name, k)
				}
				for i := range n {
					margin := g.Intercept + dot(g.Weights, x.data[i*d:(i+1)*d])
					if off := math.Abs(g.Margin[i] - w.Margin[i]); off > 50*math.Sqrt(tol)*(1+math.Abs(w.Margin[i])) || math.Abs(g.Margin[i]-margin) > 1e-8*(1+math.Abs(margin)) {
						t.Fatalf("%s, tol %v, %+v, row %d: margin %v, from the weights %v, primal %v", of.name, tol, k, i, g.Margin[i], margin, w.Margin[i])
					}
				}
			}
		}
	}
}

// It needs no help at C that studies ask for, few steps, and no bound below the excess.
func TestWideConvergesAlone(t *testing.T) {
	const n, d = 90, 150
	x := rankDeficient(n, d)
	y := randomLabels(n, 1)
	splits := thirds(n, 3)
	l := Logistic{}
	s, err := newWide(x, splits, l)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Max(s.ratio) < 1.05 {
		t.Fatalf("ratios %v, expected splits whose scales differ", s.ratio)
	}
	grid := []float64{1e-4, 1e-2, 1}
	best := collect(t, func(visit func(*Fit)) error {
		return Logistic{Tol: 1e-13}.fitPrimal(t.Context(), x, splits, y, grid, visit)
	})
	batch := &newton{Logistic: l, space: s}
	for i, split := range splits {
		batch.columns = append(batch.columns, newColumn(i, 0, split.signs(y[0]), nil, n))
	}
	for j, C := range grid {
		batch.start(grid, j)
		if err := batch.minimise(t.Context(), C); err != nil {
			t.Fatal(err)
		}
		for _, c := range batch.columns {
			excess := c.objective - best[task{c.split, 0, j}].Objective
			if c.status != Converged || c.iterations > 8 || excess > c.excess {
				t.Errorf("C %v, split %d: %s after %d steps, %v above the optimum, bound %v", C, c.split, c.status, c.iterations, excess, c.excess)
			}
		}
	}
}

// A column that hardly varies in one split, numbers out of the range of single precision
// and nothing but constants are left to the primal.
func TestWideLeavesWhatItCannotStandFor(t *testing.T) {
	const n, d = 90, 150
	splits := thirds(n, 3)
	y := randomLabels(n, 1)
	for name, change := range map[string]func(row, column int, v float64) float64{
		"scale": func(row, column int, v float64) float64 {
			if column == 5 && row%3 == 1 {
				return 100 * v
			}
			return v
		},
		"large":    func(_, _ int, v float64) float64 { return 1e120 * v },
		"constant": func(_, _ int, _ float64) float64 { return 3 },
	} {
		x := rankDeficient(n, d)
		for i, v := range x.data {
			x.data[i] = change(i/d, i%d, v)
		}
		l := Logistic{Raw: name == "large"}
		if _, err := newWide(x, splits, l); !errors.Is(err, errUnalike) {
			t.Errorf("%s: error %v, expected %v", name, err, errUnalike)
		}
		if name == "large" {
			continue
		}
		fits := collect(t, func(visit func(*Fit)) error { return l.Fit(t.Context(), x, splits, y, []float64{1e-2, 1}, visit) })
		for k, f := range fits {
			if f.Status != Converged {
				t.Errorf("%s, %+v: %s", name, k, f.Status)
			}
		}
	}
}

// A few fits, or of as many rows as columns, would not pay for the Gram matrix.
func TestWideIsForManyFits(t *testing.T) {
	for _, of := range []struct {
		rows, columns, C int
		wide             bool
	}{{45, 60, 11, true}, {45, 60, 10, false}, {46, 60, 11, false}} {
		x := rankDeficient(of.rows, of.columns)
		y := randomLabels(of.rows, 1)
		splits := thirds(of.rows, 3)
		var grid []float64
		for i := range of.C {
			grid = append(grid, 1e-4*float64(1+i))
		}
		var l Logistic
		path := l.fitPrimal
		if of.wide {
			path = l.fitWide
		}
		want := collect(t, func(visit func(*Fit)) error { return path(t.Context(), x, splits, y, grid, visit) })
		got := collect(t, func(visit func(*Fit)) error { return l.Fit(t.Context(), x, splits, y, grid, visit) })
		for k, w := range want {
			if got[k].Objective != w.Objective {
				t.Errorf("%+v, %+v: objective %v, expected %v", of, k, got[k].Objective, w.Objective)
			}
		}
	}
}

// The splits' columns are about the means of all rows, as K is, which bounds nothing else,
// however far their own lie; and it comes to the optimum by itself.
func TestWideHasOneCentre(t *testing.T) {
	const n, d = 90, 150
	x := rankDeficient(n, d)
	for j := range d {
		spread := 0. // about a row
		for i := range n {
			spread += math.Abs(x.data[i*d+j]-x.data[j]) / n
		}
		for i := range n {
			x.data[i*d+j] += spread * float64(i%3) / 3
		}
	}
	y := randomLabels(n, 1)
	splits := thirds(n, 3)
	s, err := newWide(x, splits, Logistic{})
	if err != nil {
		t.Fatal(err)
	}
	for k := range splits {
		if mean, _ := s.op.scale.of(k, d); !slices.Equal(mean, s.op.scale.mean[len(splits)*d:]) {
			t.Errorf("split %d is not about the means of all rows", k)
		}
		if slices.Equal(s.means[k*d:(k+1)*d], s.op.scale.mean[len(splits)*d:]) {
			t.Errorf("split %d has lost its own means", k)
		}
	}
	batch := &newton{space: s}
	for i, split := range splits {
		batch.columns = append(batch.columns, newColumn(i, 0, split.signs(y[0]), nil, n))
	}
	batch.start([]float64{1}, 0)
	if err := batch.minimise(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range batch.columns {
		if c.status != Converged || c.iterations > 12 {
			t.Errorf("split %d: %s after %d steps", c.split, c.status, c.iterations)
		}
	}
}

// A matrix that is read in blocks of memory that is used again gives the bytes of one that
// stays.
func TestWideOfAStream(t *testing.T) {
	const n, d = 200, 9000
	if BlockRows(d) >= n {
		t.Fatal("the matrix is one block")
	}
	x := rankDeficient(n, d)
	y := randomLabels(n, 1)
	fits := func(x Design) map[task]Fit {
		return collect(t, func(visit func(*Fit)) error {
			return Logistic{}.fitWide(t.Context(), x, thirds(n, 2), y, []float64{1e-3}, visit)
		})
	}
	streamed := fits(lent{x})
	for k, f := range fits(x) {
		if s := streamed[k]; !slices.Equal(s.Weights, f.Weights) || !slices.Equal(s.Margin, f.Margin) || s.Intercept != f.Intercept {
			t.Errorf("%+v: not the bytes of the matrix in memory", k)
		}
	}
}

// lent gives its blocks in memory that it spoils after each visit.
type lent struct{ *Dense }

func (x lent) Pass(visit func(Block)) error {
	return x.Dense.Pass(func(b Block) {
		own := b.(DenseBlock)
		own.Data = slices.Clone(own.Data)
		visit(own)
		for i := range own.Data {
			own.Data[i] = math.NaN()
		}
	})
}
