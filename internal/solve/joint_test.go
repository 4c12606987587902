package solve

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"tell/target"
)

// jointProblem are rows whose columns' spreads fall by decay orders of magnitude, and folds.
// Rows that no fold trains on are not all at the end.
func jointProblem(rng *rand.Rand, n, d, folds int, decay float64) (*Dense, []Split, []float64) {
	data, y := make([]float64, n*d), make([]float64, n)
	mix := make([]float64, d*d)
	for i := range mix {
		mix[i] = rng.NormFloat64()
	}
	for i := range n {
		for l := range d {
			v := rng.NormFloat64() * math.Pow(10, -decay*float64(l)/float64(d))
			axpy(v, mix[l*d:(l+1)*d], data[i*d:(i+1)*d])
		}
		y[i] = data[i*d] + rng.NormFloat64()
	}
	splits := make([]Split, folds+1)
	for k := range splits {
		splits[k].Train = make([]bool, n)
		for i := range n {
			splits[k].Train[i] = i%folds != k && i%17 != 3
		}
	}
	x, err := NewDense(n, d, data)
	if err != nil {
		panic(err)
	}
	return x, splits, y
}

func jointOf(x *Dense, splits []Split) (*joint, error) {
	measured, unit := withUnion(splits, x.rows)
	sc, err := standardise(x, measured)
	if err != nil {
		return nil, err
	}
	return newJoint(operator{x: x, n: x.rows, d: x.cols, scale: sc}, splits, unit)
}

// ownSquares are the products of a split's own standardised columns, plus alpha on the diagonal.
func ownSquares(j *joint, split int, alpha float64) *mat.SymDense {
	d := j.op.d
	mean, scale := j.op.scale.of(split, d)
	a, z := mat.NewSymDense(d, nil), mat.NewVecDense(d, nil)
	for row, trains := range j.splits[split].trains {
		if trains == 0 {
			continue
		}
		for k := range d {
			z.SetVec(k, (j.op.x.(*Dense).data[row*d+k]-mean[k])/scale[k])
		}
		a.SymRankOne(a, 1, z)
	}
	for k := range d {
		a.SetSym(k, k, a.At(k, k)+alpha)
	}
	return a
}

// What preconditions a split is the inverse of its own equations, but for single precision and
// for the scales in the penalty.
func TestJointLevelIsOfItsSplit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const d = 40
	x, splits, _ := jointProblem(rng, 60, d, 4, 1)
	j, err := jointOf(x, splits)
	if err != nil {
		t.Fatal(err)
	}
	const shift = 0.01
	f, ok := j.penalties.factor(0, shift, d)
	if !ok {
		t.Fatal("single precision leaves no factor")
	}
	l := j.level(f, shift, nil)
	for split := range splits {
		own := ownSquares(j, split, 0)
		for k := range d {
			own.SetSym(k, k, own.At(k, k)+shift/(j.splits[split].scale[k]*j.splits[split].scale[k]))
		}
		c := &penalised{level: l, factor: l.factor, scale: j.splits[split].scale, split: split, residual: make([]float64, d), conditioned: make([]float64, d)}
		for k := range d {
			c.residual[k] = rng.NormFloat64()
		}
		j.condition([]*penalised{c})
		var back mat.VecDense
		back.MulVec(own, mat.NewVecDense(d, c.conditioned))
		for k := range d {
			if got := back.AtVec(k) / j.penalties.mean; !(math.Abs(got-c.residual[k]) <= 2e-2) {
				t.Errorf("split %d, column %d: %v comes back as %v", split, k, c.residual[k], got)
			}
		}
	}
}

// From some shift on the rows that a split lacks are kept where the level before left enough of
// them, and what that left bounds the excess.
func TestJointLevelKeepsRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const d = 40
	x, splits, _ := jointProblem(rng, 60, d, 4, 1)
	few := Split{Train: slices.Clone(splits[4].Train)} // fewer than columns
	for i, at := 0, 0; at < 20; i++ {
		if few.Train[i] {
			few.Train[i] = false
			at++
		}
	}
	j, err := jointOf(x, append(splits, few))
	if err != nil {
		t.Fatal(err)
	}
	trace := j.penalties.mean * d
	var before *level
	for _, c := range []struct {
		shift float64 // over the trace
		kept  []bool
	}{
		{1e-9, []bool{false, false, false, false, false, false}},
		{1e-8, []bool{false, false, false, false, false, false}},
		{1e-2, []bool{true, true, true, true, true, false}},
		{1e-1, []bool{true, true, true, true, true, true}},
	} {
		f, ok := j.penalties.factor(0, c.shift*trace, d)
		if !ok {
			t.Fatal("single precision leaves no factor")
		}
		l := j.level(f, c.shift*trace, before)
		for i, r := range l.splits {
			if i == 4 {
				continue // lacks none
			}
			if kept := r.rows == 0; kept != c.kept[i] {
				t.Errorf("shift %g, split %d: rows kept %v, expected %v", c.shift, i, kept, c.kept[i])
			}
			left := 1.
			if r.rows == 0 {
				if left = r.least; left != before.splits[i].least || left >= 1 {
					t.Errorf("shift %g, split %d: %v left, before %v", c.shift, i, left, before.splits[i].least)
				}
			}
			p := &penalised{level: l, factor: f, split: i, alpha: 1e300, product: j.penalties.mean}
			if got := j.bound(p); !(math.Abs(got*left/rounded-1) <= 1e-12) {
				t.Errorf("shift %g, split %d: bound %v with %v left", c.shift, i, got, left)
			}
		}
		before = l
	}
}

// Splits that are solved in one loop have the solutions of a dense solver, and are short of them by
// no more than they say: with few rows more than columns, rows that a split lacks may be all that
// there is in their direction.
func TestJointEqualsPlainSolutions(t *testing.T) {
	solved := 0
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		d := rapid.SampledFrom([]int{3, 30, 70}).Draw(t, "columns")
		n := d + rapid.SampledFrom([]int{12, 100}).Draw(t, "more rows")
		folds := rapid.SampledFrom([]int{3, 5}).Draw(t, "folds")
		x, splits, y := jointProblem(rng, n, d, folds, rapid.SampledFrom([]float64{0, 1, 2}).Draw(t, "decay"))
		j, err := jointOf(x, splits)
		if err != nil {
			t.Fatal(err)
		}
		alphas := []float64{1e5, 1e3, 30, 1, 0.1, 0.01}
		b := make([]float64, len(splits)*d)
		of, masked := make([]int, len(splits)), make([]float64, len(splits)*n)
		for i := range splits {
			of[i] = i
			multiply(masked[i*n:(i+1)*n], y, j.splits[i].trains)
		}
		if err := j.op.backward(b, masked, of); err != nil {
			t.Fatal(err)
		}
		part := rapid.SampledFrom([]float64{1e-6, 1e-9}).Draw(t, "enough")
		limit := func(row int, a []float64) float64 {
			at := row / len(alphas) * d
			return part * dot(a, b[at:at+d])
		}
		got, err := j.solve(b, 1, alphas, limit)
		if err != nil {
			t.Fatal(err)
		}
		for row, short := range got.short {
			split, alpha, a := row/len(alphas), alphas[row%len(alphas)], got.a[row*d:(row+1)*d]
			if math.IsInf(short, 1) {
				continue // left to a factor of its own
			}
			own := ownSquares(j, split, alpha)
			var f mat.Cholesky
			if !f.Factorize(own) {
				continue
			}
			var want, image mat.VecDense
			right := mat.NewVecDense(d, b[split*d:(split+1)*d])
			if f.SolveVecTo(&want, right) != nil {
				continue
			}
			e := mat.NewVecDense(d, nil)
			e.SubVec(mat.NewVecDense(d, a), &want)
			image.MulVec(own, e)
			scale := mat.Dot(right, &want)
			if excess := mat.Dot(e, &image); !(excess <= short+1e-11*scale) {
				t.Fatalf("split %d, alpha %g: the solution exceeds the minimum by %g of %g, more than the %g said", split, alpha, excess, scale, short)
			}
			if short <= limit(row, a) {
				solved++
			}
		}
	})
	if solved == 0 {
		t.Error("nothing was solved")
	}
}

// A whole fit takes this way, and leaves to each split's own factors only what it must.
func TestRidgeFitsJointly(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n, d = 400, 60
	x, splits, y := jointProblem(rng, n, d, 5, 1)
	C := []float64{1e-6, 1e-3, 0.1, 1}
	other := make([]float64, n)
	for i := range other {
		other[i] = rng.NormFloat64()
	}
	targets := [][]float64{y, other}
	if !suitsJoint(splits, n, d, len(targets)*len(C)) {
		t.Fatal("the problem does not suit")
	}
	ridge := Ridge{Kind: target.KindNumber}
	fits := map[[3]int]*Fit{}
	j, err := jointOf(x, splits)
	if err != nil {
		t.Fatal(err)
	}
	left, err := ridge.fitJointly(j, splits, targets, C, func(f *Fit) { fits[[3]int{f.Split, f.Target, f.CIndex}] = f })
	if err != nil || len(left) > 0 || len(fits) != len(splits)*len(targets)*len(C) {
		t.Fatalf("%d fits, splits %v left, %v", len(fits), left, err)
	}
	for key, f := range fits {
		// A split alone is solved by its own products.
		err := ridge.Fit(t.Context(), x, splits[key[0]:key[0]+1], targets[key[1]:key[1]+1], C[key[2]:key[2]+1], func(alone *Fit) {
			if !(math.Abs(f.Objective/alone.Objective-1) <= 1e-9) || f.Status != Converged || f.C != alone.C {
				t.Errorf("split, target, C %v: objective %v, %s; alone %v", key, f.Objective, f.Status, alone.Objective)
			}
			if !(math.Abs(f.Intercept-alone.Intercept) <= 1e-4) {
				t.Errorf("split, target, C %v: intercept %v, alone %v", key, f.Intercept, alone.Intercept)
			}
			for i, m := range alone.Margin {
				if !(math.Abs(f.Margin[i]-m) <= 1e-4) {
					t.Fatalf("split, target, C %v, row %d: margin %v, alone %v", key, i, f.Margin[i], m)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A column that varies in one fold alone is left to that fold's own factor.
func TestRidgeLeavesWhatSplitsDoNotShare(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n, d = 200, 20
	x, splits, y := jointProblem(rng, n, d, 4, 0)
	for i := range n {
		x.data[i*d+3] = 5
		if i%4 == 1 {
			x.data[i*d+3] += 1e6 * rng.NormFloat64()
		}
	}
	C := []float64{1e-3, 1}
	err := Ridge{Kind: target.KindNumber}.Fit(t.Context(), x, splits, [][]float64{y}, C, func(f *Fit) {
		err := Ridge{Kind: target.KindNumber}.Fit(t.Context(), x, splits[f.Split:f.Split+1], [][]float64{y}, []float64{f.C}, func(alone *Fit) {
			if f.Status != Converged || !(math.Abs(f.Objective/alone.Objective-1) <= 1e-8) {
				t.Errorf("split %d, C %g: %s, objective %v, alone %v", f.Split, f.C, f.Status, f.Objective, alone.Objective)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
