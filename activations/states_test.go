package activations

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestStates(t *testing.T) {
	for _, spec := range []Spec{
		{Paths: []string{formatsFile("padded_right.arrow")}},
		{Paths: []string{formatsFile("padded_right.arrow")}, Position: "-2:"},
		{Paths: []string{formatsFile("request-*.safetensors")}, Axes: []Axis{Position, Layer, Width}, Position: "mean"},
	} {
		d := open(t, spec)
		shape := d.Shape()
		rapid.Check(t, func(r *rapid.T) {
			layer, position := rapid.IntRange(0, shape.Layers-1).Draw(r, "layer"), rapid.IntRange(0, shape.Positions-1).Draw(r, "position")
			whole := make([]float64, shape.Rows*shape.Width)
			s, err := d.At(layer, position)
			if err != nil {
				r.Fatal(err)
			}
			if err := d.ReadFloat64(whole, layer, position, 0, shape.Rows); err != nil {
				r.Fatal(err)
			}
			rows := make([]int, shape.Rows)
			for i := range rows {
				rows[i] = i
			}
			for range rapid.IntRange(0, 2).Draw(r, "choices") {
				picked := rapid.SliceOfN(rapid.IntRange(0, len(rows)-1), 1, 8).Draw(r, "rows")
				if s, err = s.Rows(picked); err != nil {
					r.Fatal(err)
				}
				next := make([]int, len(picked))
				for i, row := range picked {
					next[i] = rows[row]
				}
				rows = next
			}
			if n, cols := s.Dims(); n != len(rows) || cols != shape.Width {
				r.Fatalf("%d x %d, want %d x %d", n, cols, len(rows), shape.Width)
			}
			lo := rapid.IntRange(0, len(rows)).Draw(r, "lo")
			hi := rapid.IntRange(lo, len(rows)).Draw(r, "hi")
			got := make([]float64, (hi-lo)*shape.Width)
			if err := s.ReadRows(got, lo, hi); err != nil {
				r.Fatal(err)
			}
			for i, row := range rows[lo:hi] {
				if !slices.Equal(got[i*shape.Width:(i+1)*shape.Width], whole[row*shape.Width:(row+1)*shape.Width]) {
					r.Fatalf("row %d, which is row %d of the dump: %v", lo+i, row, got[i*shape.Width:(i+1)*shape.Width])
				}
			}
		})
	}
}

func TestStatesRefused(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("padded_right.arrow")}}) // 5 x 3 x 6 x 4
	for _, at := range [][2]int{{-1, 0}, {3, 0}, {0, -1}, {0, 6}} {
		if _, err := d.At(at[0], at[1]); err == nil {
			t.Errorf("layer %d, position %d: taken", at[0], at[1])
		}
	}
	s, err := d.At(2, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]int{{-1}, {5}, {0, 5}} {
		if _, err := s.Rows(rows); err == nil {
			t.Errorf("rows %v: taken", rows)
		}
	}
	two, err := s.Rows([]int{4, 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Rows([]int{2}); err == nil {
		t.Error("the third of two rows: taken")
	}
	none, err := s.Rows(nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := none.Dims(); n != 0 {
		t.Errorf("%d rows, want none", n)
	}
	dst := make([]float64, 8)
	for _, test := range []struct{ size, lo, hi int }{{8, 0, 1}, {4, 0, 2}, {8, -1, 1}, {8, 1, 3}, {0, 2, 1}} {
		if err := two.ReadRows(dst[:test.size], test.lo, test.hi); err == nil {
			t.Errorf("rows %d to %d into %d numbers: read", test.lo, test.hi, test.size)
		}
	}
	if err := none.ReadRows(nil, 0, 0); err != nil {
		t.Error(err)
	}
}

// Rows that follow each other are read with one call, in the order of the dump.
func TestStatesRuns(t *testing.T) {
	for _, test := range []struct {
		rows []int
		want []run
	}{
		{[]int{3}, []run{{0, 1}}}, {[]int{3, 4, 5}, []run{{0, 3}}}, {[]int{3, 4, 6}, []run{{0, 2}, {2, 3}}},
		{[]int{3, 3}, []run{{0, 1}, {1, 2}}}, {[]int{3, 2}, []run{{1, 2}, {0, 1}}}, {[]int{7, 8, 1, 2}, []run{{2, 4}, {0, 2}}},
	} {
		if got := runs(test.rows); !slices.Equal(got, test.want) {
			t.Errorf("%v: %v, want %v", test.rows, got, test.want)
		}
	}
}
