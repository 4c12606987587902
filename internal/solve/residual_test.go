package solve

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// controls are the figures of testdata/controls.
type controls struct {
	X        [][]float64
	Y        []int
	Z        [][]float64
	Weight   []float64
	Train    []bool
	Residual map[string]struct {
		X     [][]float64
		Score [][]float64
	}
}

func readControls(t *testing.T) (c controls) {
	t.Helper()
	data, err := os.ReadFile("../../testdata/controls/reference.json")
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func denseOf(t *testing.T, rows [][]float64) *Dense {
	t.Helper()
	var data []float64
	for _, row := range rows {
		data = append(data, row...)
	}
	x, err := NewDense(len(rows), len(rows[0]), data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// notDense hides that a design is in memory, and passes it in blocks.
type notDense struct{ of *Dense }

func (x notDense) Dims() (n, d int) { return x.of.Dims() }

func (x notDense) Pass(visit func(Block)) error {
	n, d := x.Dims()
	for lo := 0; lo < n; lo += 50 {
		hi := min(lo+50, n)
		visit(DenseBlock{Lo: lo, Rows: hi - lo, Total: n, Cols: d, Data: x.of.data[lo*d : hi*d]})
	}
	return nil
}

// A regression on dependent columns is scikit-learn's, with weights and without, and a
// probe of what it leaves as well. A column of nothing but the regressors is constant.
func TestResidualAgainstScikitLearn(t *testing.T) {
	c := readControls(t)
	x := denseOf(t, c.X)
	for name, want := range c.Residual {
		split := Split{Train: c.Train}
		if name == "weighted" {
			split.Weight = c.Weight
		}
		got, err := Residual(x, c.Z, split)
		if err != nil {
			t.Fatal(err)
		}
		offset := make([]float64, x.cols) // the means, which stay
		for i, row := range want.X {
			for j, v := range row {
				at := got.(*Dense).data[i*x.cols+j]
				if i == 0 {
					offset[j] = at - v
				}
				if math.Abs(at-v-offset[j]) > 1e-9 {
					t.Fatalf("%s, row %d, column %d: %v, want %v", name, i, j, at-offset[j], v)
				}
			}
		}
		err = Logistic{Tol: 1e-13}.Fit(t.Context(), got, []Split{split}, Targets(c.Y), []float64{0.1, 10}, func(f *Fit) {
			for i, v := range want.Score[f.CIndex] {
				if s := Sigmoid(f.Margin[i]); math.Abs(s-v) > 1e-6 {
					t.Fatalf("%s, C %v, row %d: %v, want %v", name, f.C, i, s, v)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		streamed, err := Residual(notDense{x}, c.Z, split)
		if err != nil {
			t.Fatal(err)
		}
		var data []float64
		if err := streamed.Pass(func(b Block) { data = append(data, b.(DenseBlock).Data...) }); err != nil {
			t.Fatal(err)
		}
		for i, v := range got.(*Dense).data {
			if math.Abs(v-data[i]) > 1e-12 {
				t.Fatalf("%s, number %d: streamed %v, in memory %v", name, i, data[i], v)
			}
		}
	}
}

// A column that is constant on the training rows takes nothing away, whatever its mean is by rounding.
func TestResidualOnAConstantColumn(t *testing.T) {
	c := readControls(t)
	for _, row := range c.X {
		for j := range row {
			row[j] += 100 // far from zero, as columns of states are
		}
	}
	c.Train[0] = false
	x, split := denseOf(t, c.X), Split{Train: c.Train, Weight: c.Weight}
	want, err := Residual(x, c.Z[:1], split)
	if err != nil {
		t.Fatal(err)
	}
	for _, constant := range []float64{0.1, 20, 1e9 / 3} {
		column := make([]float64, len(c.X))
		for i := range column {
			if column[i] = constant; !c.Train[i] {
				column[i] = -7
			}
		}
		got, err := Residual(x, [][]float64{column, c.Z[0]}, split)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range want.(*Dense).data {
			if found := got.(*Dense).data[i]; math.Abs(found-v) > 1e-8 {
				t.Fatalf("constant %v, row %d, column %d: %v, want %v", constant, i/x.cols, i%x.cols, found, v)
			}
		}
	}
}

func TestResidualRefuses(t *testing.T) {
	x := denseOf(t, [][]float64{{1}, {2}, {4}})
	all := Split{Train: []bool{true, true, true}}
	for want, z := range map[string][][]float64{
		"found no columns to regress out":                              nil,
		"found 2 numbers to regress out, expected 3, one for each row": {{1, 2}},
	} {
		if _, err := Residual(x, z, all); err == nil || err.Error() != want {
			t.Errorf("found %v, want %s", err, want)
		}
	}
	// What does not vary on the training rows takes nothing away.
	got, err := Residual(x, [][]float64{{5, 5, 9}}, Split{Train: []bool{true, true, false}})
	if err != nil || got.(*Dense).data[2] != 4 {
		t.Errorf("found %v, %v", got, err)
	}
	if _, err := Residual(&Sparse{Rows: 3, Cols: 1, Indptr: []int{0, 0, 0, 0}}, [][]float64{{1, 2, 3}}, all); err == nil {
		t.Error("residualised a sparse matrix")
	}
}
