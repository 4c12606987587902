package solve

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Margins from whitened rows are those of double precision, whether products and factor are
// made in single precision or not, and where that is settled in double precision nearly to
// the last digit.
func TestLDAFromWhitenedRows(t *testing.T) {
	for _, c := range []struct {
		name        string
		rows, width int
		common      float64 // share of the columns' noise that is the same in all of them
		quick       bool
		double      bool // products are made in double precision
	}{
		{"single", 160, 90, 0.3, true, false},
		{"single, fewer rows than columns", 110, 130, 0.3, true, false},
		{"products of wide spectrum", 420, 350, 0.998, true, true},
		{"slight shrinkage", 900, 20, 0.9, false, false},
		{"few rows", 50, 90, 0.3, false, false},
	} {
		rng := rand.New(rand.NewPCG(8, 9))
		data := make([]float64, c.rows*c.width)
		targets := make([][]float64, 4)
		for i := range c.rows {
			common := math.Sqrt(c.common/2) * rng.ExpFloat64() * float64(3*rng.IntN(2)-1)
			for j := range c.width {
				data[i*c.width+j] = common + math.Sqrt(1-c.common)*rng.NormFloat64()
			}
			for k := range targets {
				targets[k] = append(targets[k], float64(rng.IntN(3)))
			}
		}
		x, err := NewDense(c.rows, c.width, data)
		if err != nil {
			t.Fatal(err)
		}
		split := allRows(c.rows)
		for i := 0; i < c.rows; i += 7 {
			split.Train[i] = false
		}
		sc, err := standardise(x, []Split{split})
		if err != nil {
			t.Fatal(err)
		}
		batch := func() *ldaBatch {
			op := operator{x: x, n: c.rows, d: c.width, scale: sc}
			b := &ldaBatch{LDA: LDA{Levels: 3}, squares: &squares{op: op, rows: split.rows()}, all: make([]float64, 3*c.rows), targets: targets}
			b.shared = func() (*shared, error) { return nil, nil }
			b.countShares()
			return b
		}
		margins := func(b *ldaBatch, multiply func() error) (all [][]float64) {
			if err := multiply(); err != nil {
				t.Fatal(err)
			}
			for k := range targets {
				f, _ := b.fit(k)
				all = append(all, slices.Clone(f.Margin))
			}
			return all
		}
		single, double := batch(), batch()
		quick, err := single.takeSingle(split, fewestQuick)
		if err != nil || quick != c.quick || (single.gram != nil) != c.double {
			t.Errorf("%s: single precision %v, products in double precision %v, %v", c.name, quick, single.gram != nil, err)
		}
		if few, err := batch().takeSingle(split, fewestQuick-1); few || err != nil {
			t.Errorf("%s: few columns are made in single precision, %v", c.name, err)
		}
		if !quick {
			continue
		}
		if err := double.takeDouble(split); err != nil {
			t.Fatal(err)
		}
		want := margins(double, double.multiply)
		compare := func(name string, got [][]float64, enough float64) {
			for k := range targets {
				var gap, all float64
				for i := range 2 * c.rows {
					base := i % c.rows
					a, b := got[k][c.rows+i]-got[k][base], want[k][c.rows+i]-want[k][base]
					gap += (a - b) * (a - b)
					all += b * b
				}
				if !(math.Sqrt(gap/all) <= enough) {
					t.Errorf("%s, %s: target %d is %g of its spread away", c.name, name, k, math.Sqrt(gap/all))
				}
			}
		}
		compare("whitened rows", margins(single, single.multiplySingle), 1e-4)
		compare("settled", margins(single, func() error { return single.multiplySettled(split) }), 1e-7)
	}
}
