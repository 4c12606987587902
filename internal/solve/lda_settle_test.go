package solve

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// What single precision settles is what double precision gives, and where it settles
// nothing the double precision is taken.
func TestLDAInBothPrecisions(t *testing.T) {
	for _, c := range []struct {
		name        string
		rows, width int
		common      float64 // share of the columns' noise that is the same in all of them
		settles     bool
	}{
		{"more rows", 150, 40, 0.5, true},
		{"fewer rows", 60, 90, 0.5, true},
		{"classes of more rows than columns", 200, 12, 0.9, true},
		{"one direction", 150, 40, 1, false},
		{"one direction, fewer rows", 60, 90, 1, false},
	} {
		rng := rand.New(rand.NewPCG(5, 6))
		data, y := make([]float64, c.rows*c.width), make([]float64, c.rows)
		for i := range y {
			y[i] = float64(i % 3)
			// Of nearly one length, so that rows along one direction are hardly shrunk.
			common := float64(1-i/3%2*2) * (1 + 1e-3*rng.NormFloat64())
			for j := range c.width {
				data[i*c.width+j] = 100 + math.Sin(float64(j)*(y[i]+1)) + math.Sqrt(c.common)*common + math.Sqrt(1-c.common)*rng.NormFloat64()
			}
		}
		x, err := NewDense(c.rows, c.width, data)
		if err != nil {
			t.Fatal(err)
		}
		split := allRows(c.rows)
		split.Train[7] = false
		sc, err := standardise(x, []Split{split})
		if err != nil {
			t.Fatal(err)
		}
		fit := func(single bool) (*classes, bool) {
			all, err := LDA{Levels: 3}.classesOf(operator{x: x, n: c.rows, d: c.width, scale: sc}, []Split{split}, 0, 1, y)
			if err != nil {
				t.Fatal(err)
			}
			done, space := false, new(ldaSpace)
			if single {
				all[0].copied = make([]float32, all[0].m*c.width)
			}
			if err := all[0].shrink(); err != nil {
				t.Fatal(err)
			}
			v := all[0].right(sc.mean)
			if single {
				if done, err = all[0].settle(space, slices.Clone(v)); err != nil {
					t.Fatal(err)
				}
			}
			if err := all[0].solve(space, v); err != nil {
				t.Fatal(err)
			}
			return all[0], done
		}
		want, _ := fit(false)
		got, settles := fit(true)
		if settles != c.settles {
			t.Errorf("%s: single precision settles: %v", c.name, settles)
		}
		largest := 0.0
		for i, m := range want.image {
			largest = max(largest, math.Abs(m-want.image[i%c.rows]))
		}
		for i, m := range want.image {
			base := i % c.rows
			if gap := (got.image[i] - got.image[base]) - (m - want.image[base]); !(math.Abs(gap) <= 1e-6*largest) {
				t.Fatalf("%s: margin %d is %g of the largest away from that of double precision", c.name, i, gap/largest)
			}
		}
	}
}
