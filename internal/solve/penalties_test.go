package solve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"tell/target"
)

// gramOf is the product of random rows whose columns' spreads fall by decay orders of
// magnitude.
func gramOf(rng *rand.Rand, m, n int, decay float64) []float64 {
	x, gram := make([]float64, n*m), make([]float64, m*m)
	for i := range x {
		x[i] = rng.NormFloat64() * math.Pow(10, -decay*float64(i%m)/float64(m))
	}
	syrk(blas.Trans, 1, general(n, m, m, x), 0, gram, m)
	mirror(gram, m)
	return gram
}

func testFactor[T number](t *testing.T, tol float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range []int{1, 2, 15, 16, 17, 33, 47, 48, 49, 96, 97, 300} {
		for _, few := range []bool{false, true} {
			gram := gramOf(rng, m, m+5, 1)
			f := factor[T]{m: m, few: few, upper: make([]T, m*m)}
			for i := range m {
				gram[i*m+i]++
				for j := i; j < m; j++ {
					f.upper[i*m+j] = T(gram[i*m+j])
				}
			}
			if !f.make(48) {
				t.Fatalf("%d rows: no factor", m)
			}
			const k = 3
			right := make([]float64, k*m)
			z := make([]T, k*m)
			for i := range right {
				right[i] = rng.NormFloat64()
				z[i] = T(right[i])
			}
			f.solve(z, k)
			for r := range k {
				for i := range m {
					got := 0.0
					for j := range m {
						got += gram[i*m+j] * float64(z[r*m+j])
					}
					if !(math.Abs(got-right[r*m+i]) <= tol) {
						t.Fatalf("%d rows, few %v: row %d gives %v, expected %v", m, few, i, got, right[r*m+i])
					}
				}
			}
		}
	}
	for _, at := range []int{0, 15, 16, 17, 47, 48, 130} {
		f := factor[T]{m: 131, upper: make([]T, 131*131)}
		for i := range f.m {
			f.upper[i*f.m+i] = 1
		}
		f.upper[at*f.m+at] = -1
		if f.make(48) {
			t.Errorf("a matrix that is not positive in row %d was factored", at)
		}
	}
}

func TestFactorSolves(t *testing.T) {
	t.Run("double", func(t *testing.T) { testFactor[float64](t, 1e-9) })
	t.Run("single", func(t *testing.T) { testFactor[float32](t, 2e-2) })
}

func TestFactorTellsItsLeastEigenvalue(t *testing.T) {
	for _, c := range []struct {
		upper []float32
		least float64
	}{{[]float32{2, 1, 0, 2}, 1}, {[]float32{2, -1, 0, 2}, 1}, {[]float32{1e-5, 0, 0, 3}, 1e-5}} {
		f := factor[float32]{m: 2, few: true, upper: c.upper}
		if !f.make(narrowTile) {
			t.Fatalf("%v: no factor", c.upper)
		}
		if got := f.least(); !(math.Abs(got/c.least-1) <= 1e-3) {
			t.Errorf("%v: found %v, expected %v", c.upper, got, c.least)
		}
	}
}

// Solutions are those of a dense solver, for every alpha, and what they are said to
// exceed the minimum by bounds what they do.
func TestPenaltiesEqualPlainSolutions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		m := rapid.SampledFrom([]int{1, 3, 48, 49, 120}).Draw(t, "rows")
		gram := gramOf(rng, m, rapid.SampledFrom([]int{max(1, m/2), m, 2 * m}).Draw(t, "of"), rapid.SampledFrom([]float64{0, 2, 5}).Draw(t, "decay"))
		size := math.Pow(10, rapid.Float64Range(-30, 30).Draw(t, "magnitude"))
		for i := range gram {
			gram[i] *= size
		}
		var trace float64
		for i := range m {
			trace += gram[i*m+i]
		}
		var alphas []float64
		for range rapid.IntRange(1, 10).Draw(t, "alphas") {
			alphas = append(alphas, trace*1e3*math.Pow(10, -1.2*float64(len(alphas))))
		}
		const k = 2
		b := make([]float64, k*m)
		for i := range b {
			b[i] = rng.NormFloat64()
		}
		s := squares{size: m, gram: gram, dual: rapid.Bool().Draw(t, "dual")}
		var plain []mat.VecDense
		least := make([]float64, len(alphas)*k) // bᵀ(K + alpha I)⁻¹b
		for i, alpha := range alphas {
			a := mat.NewSymDense(m, append([]float64(nil), gram...))
			for j := range m {
				a.SetSym(j, j, a.At(j, j)+alpha)
			}
			var f mat.Cholesky
			if !f.Factorize(a) {
				t.Skip("rounding leaves no factor")
			}
			for c := range k {
				var x mat.VecDense
				right := mat.NewVecDense(m, b[c*m:(c+1)*m])
				if f.SolveVecTo(&x, right) != nil {
					t.Skip("the dense solver is not sure of its digits")
				}
				plain = append(plain, x)
				least[i*k+c] = mat.Dot(right, &x)
			}
		}
		part := rapid.SampledFrom([]float64{1e-6, 1e-10}).Draw(t, "enough")
		got, err := s.solve(b, k, alphas, func(row int, _ []float64) float64 {
			if s.dual {
				return part * dot(b[row%k*m:(row%k+1)*m], b[row%k*m:(row%k+1)*m])
			}
			return part * least[row]
		})
		if err != nil {
			t.Fatal(err)
		}
		for row, x := range plain {
			alpha := alphas[row/k]
			// eᵀ(K + alpha I)e, and in the dual eᵀK(K + alpha I)e.
			e := make([]float64, m)
			for i := range e {
				e[i] = got.a[row*m+i] - x.AtVec(i)
			}
			image := make([]float64, m)
			for i := range image {
				image[i] = dot(gram[i*m:(i+1)*m], e)
			}
			excess, scale := dot(e, image)+alpha*dot(e, e), least[row]
			if s.dual {
				excess, scale = dot(image, image)+alpha*dot(e, image), dot(b[row%k*m:(row%k+1)*m], b[row%k*m:(row%k+1)*m])
			}
			if !(excess <= 2*part*scale) {
				t.Fatalf("alpha %g: the solution exceeds the minimum by %g of %g", alpha, excess, scale)
			}
			if !(excess <= got.short[row]+1e-11*scale) {
				t.Fatalf("alpha %g: the solution exceeds the minimum by %g, more than the %g said", alpha, excess, got.short[row])
			}
		}
	})
}

// One factor serves all alphas far below the smallest eigenvalue, and those within a factor of
// 16 where some eigenvalue is 0. It serves none that outweigh the matrix, and alphas that have no
// factor are left out.
func TestGroupsOfAlphas(t *testing.T) {
	const m = 50
	rng := rand.New(rand.NewPCG(5, 6))
	some := gramOf(rng, m, m/2, 0)
	for i := range some {
		some[i] *= 1e3
	}
	all := slices.Clone(some)
	for i := range m {
		all[i*m+i] += 20
	}
	alphas := []float64{2e4, 5e3, 10, 0.2, 0.1, 0.01}
	for _, c := range []struct {
		name   string
		gram   []float64
		alphas []float64
		groups [][2]int
	}{
		{"some eigenvalues are 0", some, alphas, [][2]int{{4, 6}, {3, 4}, {2, 3}, {1, 2}, {0, 1}}},
		{"the smallest eigenvalue is 20", all, alphas, [][2]int{{2, 6}, {1, 2}, {0, 1}}},
		{"all columns are one", slices.Repeat([]float64{1}, m*m), []float64{1e3, 1e-3, 1e-11, 1e-12}, [][2]int{{1, 2}, {0, 1}}},
	} {
		var p penalties
		if !p.take(c.gram, m) {
			t.Fatal("single precision does not hold the numbers")
		}
		var found [][2]int
		for _, g := range p.groups(c.alphas, m) {
			found = append(found, [2]int{g.lo, g.hi})
			if (g.factor == nil) != (g.lo == 0) {
				t.Errorf("%s: factor %v for alphas from %v on", c.name, g.factor != nil, c.alphas[g.lo])
			}
		}
		if !slices.Equal(found, c.groups) {
			t.Errorf("%s: groups %v, expected %v", c.name, found, c.groups)
		}
	}
}

// worsening is K = 1, which quick products take for other numbers.
type worsening struct{ quick []float64 }

func (w *worsening) condition(live []*penalised) {
	for _, c := range live {
		copy(c.conditioned, c.residual)
	}
}

func (w *worsening) times(quick bool, columns []*penalised, of func(*penalised) []float64) ([]float64, error) {
	if len(columns) == 0 {
		return nil, nil
	}
	times := 1.
	if quick {
		times, w.quick = w.quick[0], w.quick[1:]
	}
	return []float64{times * of(columns[0])[0]}, nil
}

func (w *worsening) bound(c *penalised) float64 { return dot(c.residual, c.residual) }
func (w *worsening) plain() bool                { return true }

// What a solution is said to be short of is that of the last step, not of a better one before.
func TestShortIsOfTheSolutionAtHand(t *testing.T) {
	a, short := []float64{0}, []float64{math.Inf(1)}
	c := newPenalised(0, 1, []float64{1}, a, make([]float64, 3))
	enough := func(int, []float64) float64 { return 1e-12 }
	if err := settlePenalised(&worsening{[]float64{1.1, -0.999}}, []*penalised{c}, short, enough); err != nil {
		t.Fatal(err)
	}
	if left := (1 - 2*a[0]) * (1 - 2*a[0]); !(left <= 1.01*short[0]) {
		t.Errorf("said to be short of %g, but %g is left", short[0], left)
	}
}

// Conjugate gradients alone come to what is enough, whatever the distance between alphas,
// without the factors in double precision that would step in.
func TestConjugateGradientsSuffice(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const m, k = 150, 2
	for _, dual := range []bool{false, true} {
		for _, step := range []float64{2, 10, 1e3} {
			s := squares{size: m, gram: gramOf(rng, m, 2*m, 2), dual: dual}
			alphas, b := []float64{1e3, 1e3 / step, 1e3 / step / step}, make([]float64, k*m)
			for i := range b {
				b[i] = rng.NormFloat64()
			}
			rows := k * len(alphas)
			got := solution{make([]float64, rows*m), make([]float64, rows)}
			for i := range got.short {
				got.short[i] = math.Inf(1)
			}
			if !s.penalties.take(s.gram, m) {
				t.Fatal("single precision does not hold the matrix")
			}
			enough := 1e-10 * dot(b, b) / alphas[2]
			if err := s.conjugate(got, 0, b, k, alphas, func(int, []float64) float64 { return enough }); err != nil {
				t.Fatal(err)
			}
			for row, short := range got.short {
				if !(short <= enough) {
					t.Errorf("dual %v, alphas %g apart, row %d: short of the minimum by %g, expected %g", dual, step, row, short, enough)
				}
			}
		}
	}
}

// Numbers too large to square are not said to be solved.
func TestPenaltiesOfLargeNumbers(t *testing.T) {
	s := squares{size: 2, gram: []float64{2, 1, 1, 2}}
	got, err := s.solve([]float64{1e200, 1e200}, 1, []float64{1, 0.5}, func(int, []float64) float64 { return 1 })
	if err != nil {
		t.Fatal(err)
	}
	for row, short := range got.short {
		if short <= math.MaxFloat64 {
			t.Errorf("row %d: said to be short of the minimum by %g", row, short)
		}
	}
}

// The products of splits that are had from those of all rows are those of their own rows.
func TestSharedProducts(t *testing.T) {
	const n, d = 90, 11
	rng := rand.New(rand.NewPCG(3, 4))
	data := make([]float64, n*d)
	for i := range n {
		for j := range d {
			data[i*d+j] = rng.NormFloat64() + 0.5*data[i*d]
		}
		data[i*d+1] += 1e7    // a mean far from 0
		data[i*d+2] = 0.1     // constant
		data[i*d+3] *= 1e-120 // small
	}
	splits := make([]Split, 6)
	for k := range splits {
		splits[k].Train = make([]bool, n)
		for i := range n {
			splits[k].Train[i] = k == 4 || i%4 != k
		}
	}
	for i := range n {
		splits[5].Train[i] = i < 30 // fewer than are outside
	}
	for _, c := range []struct {
		name   string
		change func(data []float64)
		shares func(k int) bool
	}{
		{"plain", func([]float64) {}, func(k int) bool { return k < 5 }},
		{"constant without one fold", func(data []float64) {
			for i := range n {
				if data[i*d+4] = 3; i%4 == 1 {
					data[i*d+4] = 3 + rng.NormFloat64()
				}
			}
		}, func(k int) bool { return k != 1 && k < 5 }},
		{"all of the spread in one fold", func(data []float64) {
			for i := 2; i < n; i += 4 {
				data[i*d+5] *= 1e6
			}
		}, func(k int) bool { return k != 2 && k < 5 }},
	} {
		values := append([]float64(nil), data...)
		c.change(values)
		x, err := NewDense(n, d, values)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range []bool{false, true} {
			op := centredOperator(t, x, splits, raw)
			sh, err := shareColumns(op, splits)
			if err != nil || sh == nil {
				t.Fatalf("%s: %v, %v", c.name, sh, err)
			}
			for k, split := range splits {
				var own, got squares
				if err := own.take(op, k, split, nil); err != nil {
					t.Fatal(err)
				}
				if err := got.take(op, k, split, sh); err != nil {
					t.Fatal(err)
				}
				if shares, err := sh.take(&got); err != nil || shares != c.shares(k) {
					t.Errorf("%s, split %d: shares %v, %v", c.name, k, shares, err)
				}
				if err := got.take(op, k, split, sh); err != nil {
					t.Fatal(err)
				}
				for i := range d {
					for j := range d {
						size := math.Sqrt(own.gram[i*d+i] * own.gram[j*d+j])
						if diff := math.Abs(own.gram[i*d+j] - got.gram[i*d+j]); !(diff <= 1e-9*size+1e-20) {
							t.Fatalf("%s, raw %v, split %d, columns %d and %d: %v, of the split's own rows %v", c.name, raw, k, i, j, got.gram[i*d+j], own.gram[i*d+j])
						}
					}
				}
			}
		}
	}
}

// Splits that weigh rows, that stand alone, or of which some train on fewer rows than columns
// and some do not share nothing.
func TestSharedProductsNotWorthHaving(t *testing.T) {
	x, err := NewDense(6, 4, make([]float64, 24))
	if err != nil {
		t.Fatal(err)
	}
	all := Split{Train: []bool{true, true, true, true, true, true}}
	heavy := Split{Train: all.Train, Weight: []float64{1, 1, 1, 1, 1, 2}}
	few := Split{Train: []bool{true, true, true, false, false, false}}
	for i, splits := range [][]Split{{all}, {all, heavy}, {all, few}} {
		op := operator{x: x, n: 6, d: 4, scale: unitScaling(len(splits), 4)}
		columns, err := shareColumns(op, splits)
		rows, wrong := shareRows(op, splits, true)
		if columns != nil || rows != nil && rows.near != nil || err != nil || wrong != nil {
			t.Error(fmt.Sprint(i), columns, rows, err, wrong)
		}
	}
	heavy = Split{Train: few.Train, Weight: []float64{1, 1, 2, 0, 0, 0}}
	for i, splits := range [][]Split{{few}, {few, heavy}} {
		if sh, err := shareRows(operator{x: x, n: 6, d: 4, scale: unitScaling(len(splits), 4)}, splits, true); sh == nil || sh.near != nil || err != nil {
			t.Error(fmt.Sprint(i), sh, err)
		}
	}
}

// On fewer rows than columns the solutions of splits that share a copy of the rows are those of
// each split's own products in double precision, whether the copy's own products are shared as
// well, and lie near or not, or each split has its own.
func TestSharedRows(t *testing.T) {
	for _, products := range []bool{true, false} {
		testSharedRows(t, products)
	}
}

func testSharedRows(t *testing.T, products bool) {
	const n, d = 60, 150
	for _, c := range []struct {
		name   string
		change func(row []float64, i int)
		raw    bool
		formed []int // splits that come to form their own products in double precision
		own    []int // and where no products are shared
	}{
		{name: "plain", change: func([]float64, int) {}},
		{name: "raw", change: func(row []float64, i int) { row[1] += 10 }, raw: true},
		{name: "far from 0", change: func(row []float64, i int) { row[1] += 1e7 }},
		{name: "constant without one fold", change: func(row []float64, i int) {
			if row[4] = 3; i%4 == 1 {
				row[4] = 3 + float64(i)
			}
		}},
		{name: "too large for single precision", raw: true, change: func(row []float64, i int) {
			for j := range row {
				row[j] *= 1e25
			}
		}, formed: []int{0, 1, 2, 3, 4}, own: []int{0, 1, 2, 3, 4}},
		{name: "far from each other", change: func(row []float64, i int) {
			for j := range row {
				if (i+j)%4 == 0 { // the columns of one fold each
					row[j] *= 1e6
				}
			}
		}, formed: []int{0, 1, 2, 3}, own: []int{0, 1, 2, 3}},
	} {
		rng := rand.New(rand.NewPCG(3, 4))
		data := make([]float64, n*d)
		y := make([]float64, n)
		for i := range n {
			row := data[i*d : (i+1)*d]
			for j := range row {
				row[j] = rng.NormFloat64() + 0.5*row[0]
			}
			c.change(row, i)
			y[i] = rng.NormFloat64()
		}
		splits := make([]Split, 5)
		for k := range splits {
			splits[k].Train = make([]bool, n)
			for i := range n {
				splits[k].Train[i] = k == 4 || i%4 != k
				if !products {
					splits[k].Weight = append(splits[k].Weight, float64(1+i%3))
				}
			}
		}
		if !products {
			c.formed = c.own
		}
		x, err := NewDense(n, d, data)
		if err != nil {
			t.Fatal(err)
		}
		op := centredOperator(t, x, splits, c.raw)
		sh, err := shareRows(op, splits, products)
		if err != nil || sh == nil {
			t.Fatalf("%s: %v, %v", c.name, sh, err)
		}
		var formed []int
		for k, split := range splits {
			var own, got squares
			if err := own.take(op, k, split, nil); err != nil {
				t.Fatal(err)
			}
			if err := got.take(op, k, split, sh); err != nil {
				t.Fatal(err)
			}
			m := got.size
			trace := 0.
			for i := range m {
				trace += own.gram[i*m+i]
			}
			alphas := []float64{trace, 1e-2 * trace, 1e-4 * trace, 1e-6 * trace, 1e-8 * trace}
			y, _ := Ridge{Kind: target.KindNumber}.centred(split, [][]float64{y})
			b, err := got.right(y, 1)
			if err != nil {
				t.Fatal(err)
			}
			found, err := got.solve(b, 1, alphas, func(int, []float64) float64 { return 4e-16 * dot(b, b) })
			if err != nil {
				t.Fatal(err)
			}
			if !got.byRows() {
				formed = append(formed, k)
			}
			for row, alpha := range alphas {
				a := found.a[row*m : (row+1)*m]
				var left float64 // of the system that the split's own products make
				for i := range m {
					r := b[i] - dot(own.gram[i*m:(i+1)*m], a) - alpha*a[i]
					left += r * r
				}
				if !(left <= 1e-15*dot(b, b)) {
					t.Errorf("%s, split %d, alpha %g: squares of %g left of %g", c.name, k, alpha, left, dot(b, b))
				}
			}
			gotW, gotMargin, err := got.outcome(found.a, len(alphas))
			if err != nil {
				t.Fatal(err)
			}
			wantW, wantMargin, err := own.outcome(found.a, len(alphas))
			if err != nil {
				t.Fatal(err)
			}
			if !floats.EqualApprox(gotW, wantW, 1e-12*floats.Norm(wantW, 2)) || !floats.EqualApprox(gotMargin, wantMargin, 1e-12*floats.Norm(wantMargin, 2)) {
				t.Errorf("%s, split %d: weights or margins are not those of the solution", c.name, k)
			}
		}
		if !slices.Equal(formed, c.formed) {
			t.Errorf("%s: splits %v formed products, expected %v", c.name, formed, c.formed)
		}
	}
}

// centredOperator is what least squares work on: rows that are standardised, or centred
// alone where they are raw.
func centredOperator(t *testing.T, x Design, splits []Split, raw bool) operator {
	t.Helper()
	sc, err := newScaling(x, splits, raw)
	if raw {
		sc, err = centre(x, splits)
	}
	if err != nil {
		t.Fatal(err)
	}
	n, d := x.Dims()
	return operator{x: x, n: n, d: d, scale: sc}
}
