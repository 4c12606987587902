package solve

import (
	"math"
	"math/rand/v2"
	"testing"
)

// tall has more rows than columns, whose spectrum falls over four orders of
// magnitude, and labels that no weights separate.
func tall(n, d int) (*Dense, []int) {
	rng := rand.New(rand.NewPCG(7, 8))
	mix := make([]float64, d*d)
	for i := range mix {
		mix[i] = rng.NormFloat64()
	}
	data, y := make([]float64, n*d), make([]int, n)
	for i := range n {
		row := data[i*d : (i+1)*d]
		for f := range d {
			z := rng.NormFloat64() * math.Pow(10, -4*float64(f)/float64(d-1))
			for j := range row {
				row[j] += z * mix[f*d+j]
			}
		}
		if row[0]+row[1]+2*rng.NormFloat64() > 0 {
			y[i] = 1
		}
	}
	return &Dense{n, d, data}, y
}

// thirds leaves out one row in three, another for every split.
func thirds(n, splits int) []Split {
	s := make([]Split, splits)
	for k := range s {
		s[k].Train = make([]bool, n)
		for i := range n {
			s[k].Train[i] = i%3 != k
		}
	}
	return s
}

// weightedThirds are thirds whose rows have weights of 0 to 3.
func weightedThirds(n, splits int) []Split {
	weighted := thirds(n, splits)
	for k, s := range weighted {
		weighted[k].Weight = make([]float64, n)
		for i, in := range s.Train {
			if in {
				weighted[k].Weight[i] = float64(i % 4)
			}
		}
	}
	return weighted
}

func TestSingleIsTheOperator(t *testing.T) {
	const n, d, k = 2000, 300, 3 // several chunks
	x, _ := tall(n, d)
	for i := range n {
		x.data[i*d+5] += 1e4 // far from zero
		x.data[i*d+6] = 2
	}
	sc, err := newScaling(x, thirds(n, 4), false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSingle(x, sc, 3)
	if err != nil || s == nil {
		t.Fatal(s, err)
	}
	exact, quick := &operator{x: x, n: n, d: d, scale: sc}, s.twin()
	rng := rand.New(rand.NewPCG(1, 2))
	rows := func(length int, size ...float64) [][]float64 {
		v := make([][]float64, k)
		for c := range v {
			v[c] = make([]float64, length)
			for i := range v[c] {
				v[c][i] = size[c] * rng.NormFloat64()
			}
		}
		return v
	}
	a, w, split := rows(d, 1e-200, 1, 1e200), rows(n, 1e90, 0, 1e-90), []int{0, 1, 2}
	for c := range w {
		for i, in := range thirds(n, 3)[c].Train {
			w[c][i] = math.Abs(w[c][i])
			if !in {
				w[c][i] = 0
			}
		}
	}
	type products struct{ forward, backward, gram, image, sums []float64 }
	multiply := func(m multiplier) products {
		p := products{make([]float64, k*n), make([]float64, k*d), make([]float64, k*d), make([]float64, k*n), make([]float64, k)}
		r := make([]float64, 0, k*n)
		for c := range w {
			r = append(r, w[c]...)
		}
		for range 2 { // scratch is used again
			for _, err := range []error{
				m.forward(p.forward, split, a), m.backward(p.backward, r, split), m.gram(p.gram, p.image, p.sums, split, a, w),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		return p
	}
	want, got := multiply(exact), multiply(quick)
	near := func(name string, length int, got, want []float64) {
		for c := range k {
			g, w := got[c*length:(c+1)*length], want[c*length:(c+1)*length]
			size := largest(w)
			for i := range w {
				if !(math.Abs(g[i]-w[i]) <= 1e-5*size) {
					t.Errorf("%s, column %d, element %d: found %v, expected %v of at most %v", name, c, i, g[i], w[i], size)
					break
				}
			}
		}
	}
	near("forward", n, got.forward, want.forward)
	near("backward", d, got.backward, want.backward)
	near("image", n, got.image, want.image)
	near("gram", d, got.gram, want.gram)
	for c := range k {
		size := largest(want.image[c*n:(c+1)*n]) * largest(w[c]) * n
		if !(math.Abs(got.sums[c]-want.sums[c]) <= 1e-6*size) {
			t.Errorf("sum %d: found %v, expected %v", c, got.sums[c], want.sums[c])
		}
	}
}

// Directions in single precision lead to the same optimum, and where they lack
// digits, as at large C on columns that nearly depend on each other, double
// precision takes over.
func TestSinglePrecisionIsEnoughOrGivenUp(t *testing.T) {
	const n, d = 240, 40
	x, y := tall(n, d)
	splits := thirds(n, 3)
	l := Logistic{Tol: 1e-10}
	fits := func(C []float64, exact bool) (f []*Fit, gaveUp bool) {
		s, err := newPrimal(x, splits, l)
		if err != nil {
			t.Fatal(err)
		}
		if s = s.twin(); exact {
			s.sharpen()
		}
		batch := &newton{Logistic: l, space: s, columns: s.begin(splits, []int{0, 1, 2}, Targets(y), 0, 1)}
		for i := range C {
			batch.start(C, i)
			if err := batch.minimise(t.Context(), C[i]); err != nil {
				t.Fatal(err)
			}
			for _, c := range batch.columns {
				f = append(f, s.fit(c))
			}
		}
		return f, s.quick == s.exact
	}
	for _, test := range []struct {
		C      []float64
		gaveUp bool
	}{
		{[]float64{1e-4, 1e-2, 1}, false},
		{[]float64{1e2, 1e4}, true},
	} {
		want, _ := fits(test.C, true)
		got, gaveUp := fits(test.C, false)
		if gaveUp != test.gaveUp {
			t.Errorf("C %v: double precision %v, expected %v", test.C, gaveUp, test.gaveUp)
		}
		for i := range want {
			if got[i].Status != Converged || math.Abs(got[i].Objective/want[i].Objective-1) > 1e-9 {
				t.Errorf("C %g, split %d: %s at %v, in double precision %s at %v",
					test.C[i/3], i%3, got[i].Status, got[i].Objective, want[i].Status, want[i].Objective)
			}
		}
	}
}
