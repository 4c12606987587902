package solve_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"tell/internal/solve"
	"tell/target"
)

// Ridge is the plain solution of its normal equations in every split, whatever the shape,
// with columns that are constant, doubled or far from 0, rows that are doubled, weights,
// and any number of penalties.
func TestRidgeEqualsNormalEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n, d := rapid.SampledFrom([]int{12, 30, 50}).Draw(t, "rows"), rapid.SampledFrom([]int{1, 9, 20, 30, 45}).Draw(t, "columns")
		data, y := make([]float64, n*d), make([]float64, n)
		kind := make([]int, d)
		for j := range kind {
			kind[j] = rng.IntN(6)
		}
		for i := range n {
			for j := range d {
				v := rng.NormFloat64()
				switch kind[j] {
				case 0:
					v = 0.3
				case 1:
					v = data[i*d]
				case 2:
					v += 1e3
				case 3:
					v *= 1e-9
				}
				data[i*d+j] = v
			}
			if i%5 == 4 {
				copy(data[i*d:(i+1)*d], data[(i-1)*d:i*d])
			}
			y[i] = data[i*d+d-1] + rng.NormFloat64()
		}
		x, err := solve.NewDense(n, d, data)
		if err != nil {
			t.Fatal(err)
		}
		weighted := rapid.Bool().Draw(t, "weighted")
		splits := make([]solve.Split, 4)
		for k := range splits {
			splits[k].Train = make([]bool, n)
			if weighted {
				splits[k].Weight = make([]float64, n)
			}
			for i := range n {
				splits[k].Train[i] = i%3 != k
				if weighted {
					splits[k].Weight[i] = float64(1 + i%2)
				}
			}
		}
		low := rapid.Float64Range(-9, -4).Draw(t, "smallest")
		var C []float64
		for i := range rapid.SampledFrom([]int{1, 2, 7, 10}).Draw(t, "penalties") {
			C = append(C, math.Pow(10, low+0.8*float64(i)))
		}
		fits := 0
		err = solve.Ridge{Kind: target.KindNumber}.Fit(t.Context(), x, splits, [][]float64{y}, C, func(f *solve.Fit) {
			fits++
			if f.Status != solve.Converged {
				t.Errorf("split %d, C %g: %s, excess %g of %g", f.Split, f.C, f.Status, f.Excess, f.Objective)
			}
			want, objective := normalEquations(data, d, y, splits[f.Split], f.C)
			if !(math.Abs(f.Objective/objective-1) <= 1e-6) {
				t.Fatalf("split %d, C %g: objective %v, expected %v", f.Split, f.C, f.Objective, objective)
			}
			for i, m := range f.Margin {
				if !(math.Abs(m-want[i]) <= 1e-3*(1+math.Abs(want[i]))) {
					t.Fatalf("split %d, C %g, row %d: margin %v, expected %v", f.Split, f.C, i, m, want[i])
				}
			}
		})
		if err != nil || fits != len(splits)*len(C) {
			t.Fatalf("%d fits, %v", fits, err)
		}
	})
}

// What was trained before leaves no trace in a fit, be it of numbers that overflow.
func TestRidgeHasNoMemory(t *testing.T) {
	const n = 70
	fit := func(d, folds int, size float64) (numbers []float64) {
		rng := rand.New(rand.NewPCG(9, uint64(d)))
		data, y := make([]float64, n*d), make([]float64, n)
		for i := range data {
			data[i] = size * rng.NormFloat64()
		}
		for i := range y {
			y[i] = data[i*d]/size + rng.NormFloat64()
		}
		x, err := solve.NewDense(n, d, data)
		if err != nil {
			t.Fatal(err)
		}
		splits := make([]solve.Split, folds)
		for k := range splits {
			splits[k] = everyRow(n)
			for i := range n {
				splits[k].Train[i] = i%(folds+1) != k
			}
		}
		err = solve.Ridge{Kind: target.KindNumber, Raw: true}.Fit(t.Context(), x, splits, [][]float64{y}, []float64{1e-3, 1}, func(f *solve.Fit) {
			numbers = append(append(append(numbers, f.Objective, f.Excess, f.Intercept), f.Weights...), f.Margin...)
		})
		if err != nil {
			t.Fatal(err)
		}
		return numbers
	}
	for _, d := range []int{40, 150} {
		for _, folds := range []int{1, 3} {
			first := fit(d, folds, 1)
			for _, size := range []float64{1e30, 1e200, 1e-200} {
				fit(190-d, 2, size)
				fit(d, 2, size)
				if again := fit(d, folds, 1); !slices.Equal(again, first) {
					t.Errorf("%d columns, %d folds: another fit after numbers of %g", d, folds, size)
				}
			}
		}
	}
}

// normalEquations returns the margins of all rows and the objective.
func normalEquations(data []float64, d int, y []float64, split solve.Split, c float64) (margin []float64, objective float64) {
	n := len(y)
	weight, total, meanY := make([]float64, n), 0.0, 0.0
	for i := range n {
		if split.Train[i] {
			weight[i] = 1
			if split.Weight != nil {
				weight[i] = split.Weight[i]
			}
		}
		total += weight[i]
		meanY += weight[i] * y[i]
	}
	meanY /= total
	z := mat.NewDense(n, d, nil)
	for j := range d {
		var mean, square float64
		for i := range n {
			mean += weight[i] * data[i*d+j] / total
		}
		for i := range n {
			square += weight[i] * (data[i*d+j] - mean) * (data[i*d+j] - mean) / total
		}
		scale := math.Sqrt(square)
		if scale <= 1e-14*math.Abs(mean) {
			scale = 1
		}
		for i := range n {
			z.Set(i, j, (data[i*d+j]-mean)/scale)
		}
	}
	a, b := mat.NewSymDense(d, nil), mat.NewVecDense(d, nil)
	for j := range d {
		a.SetSym(j, j, 1/(2*c))
	}
	for i := range n {
		a.SymRankOne(a, weight[i], z.RowView(i))
		b.AddScaledVec(b, weight[i]*(y[i]-meanY), z.RowView(i))
	}
	var f mat.Cholesky
	f.Factorize(a)
	var w mat.VecDense
	_ = f.SolveVecTo(&w, b)
	objective = mat.Dot(&w, &w) / 2
	margin = make([]float64, n)
	for i := range n {
		margin[i] = meanY + mat.Dot(z.RowView(i), &w)
		objective += c * weight[i] * (y[i] - margin[i]) * (y[i] - margin[i])
	}
	return margin, objective
}

// Splits that are trained together on fewer rows than columns, or on hardly more, give what
// each alone gives, in full and in the form for permutations.
func TestRidgeOnSharedRows(t *testing.T) {
	const n = 120
	for _, d := range []int{170, 100} {
		rng := rand.New(rand.NewPCG(7, 8))
		data, y := make([]float64, n*d), make([]float64, n)
		for i := range n {
			for j := range d {
				data[i*d+j] = 3 + rng.NormFloat64()*float64(1+j%9) + data[i*d]
			}
			y[i] = data[i*d+1] + rng.NormFloat64()
		}
		x, err := solve.NewDense(n, d, data)
		if err != nil {
			t.Fatal(err)
		}
		splits := make([]solve.Split, 4)
		for k := range splits {
			splits[k] = everyRow(n)
			for i := range n {
				splits[k].Train[i] = i%4 != k || k == 3
			}
		}
		ridge := solve.Ridge{Kind: target.KindNumber}
		fit := func(family solve.Family, splits []solve.Split, c float64) (fits []*solve.Fit) {
			err := family.Fit(t.Context(), x, splits, [][]float64{y}, []float64{c}, func(f *solve.Fit) {
				if fits = append(fits, f); f.Status != solve.Converged {
					t.Errorf("%d columns, split %d, C %g: %s", d, f.Split, f.C, f.Status)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			return fits
		}
		for _, c := range []float64{1e-6, 1e-3, 1} {
			outside := fit(solve.ForPermutations(ridge), splits, c)
			for k, f := range fit(ridge, splits, c) {
				alone := fit(ridge, splits[k:k+1], c)[0]
				if !(math.Abs(f.Objective/alone.Objective-1) <= 1e-8) {
					t.Errorf("%d columns, split %d, C %g: objective %v, alone %v", d, k, c, f.Objective, alone.Objective)
				}
				for i, m := range alone.Margin {
					if !(math.Abs(f.Margin[i]-m) <= 1e-4) || !splits[k].Train[i] && !(math.Abs(outside[k].Margin[i]-m) <= 1e-4) {
						t.Fatalf("%d columns, split %d, C %g, row %d: margins %v and %v, alone %v", d, k, c, i, f.Margin[i], outside[k].Margin[i], m)
					}
				}
			}
		}
	}
}
