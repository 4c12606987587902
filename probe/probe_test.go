package probe_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"tell/estimate"
	"tell/folds"
	"tell/probe"
	"tell/target"
)

// reader is a stranger's source of rows.
type reader struct {
	rows [][]float64
	fail error
}

func (r reader) Dims() (rows, cols int) { return len(r.rows), len(r.rows[0]) }

func (r reader) ReadRows(dst []float64, lo, hi int) error {
	for _, row := range r.rows[lo:hi] {
		dst = dst[copy(dst, row):]
	}
	return r.fail
}

// All kinds of rows with the same numbers give the same probe.
func TestRowsOfEveryKind(t *testing.T) {
	x, y, _ := questions()
	var flat []float64
	for _, row := range x {
		flat = append(flat, row...)
	}
	dense := mat.NewDense(len(x), len(x[0]), flat)
	wide := mat.NewDense(len(x), len(x[0])+2, nil)
	wide.Slice(0, len(x), 0, len(x[0])).(*mat.Dense).Copy(dense)
	train := func(r probe.Rows) *probe.Probe {
		p, err := probe.Train(t.Context(), r, target.Binary(y), &probe.Settings{C: []float64{0.1, 10}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	want := train(probe.Slices(x))
	for name, r := range map[string]probe.Rows{
		"Matrix": probe.Matrix(dense), "Matrix with gaps": probe.Matrix(wide.Slice(0, len(x), 0, len(x[0]))),
		"Matrix by At": probe.Matrix(onlyAt{dense}), "Dense": probe.Dense(len(x), len(x[0]), flat),
		"Read": probe.Read(reader{rows: x}), "Stream": probe.Stream(reader{rows: x}),
	} {
		if got := train(r); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: probe %+v, want %+v", name, got, want)
		}
	}
}

// claim is a reader that says how many rows and columns it has, and no more.
type claim [2]int

func (c claim) Dims() (rows, cols int)                   { return c[0], c[1] }
func (c claim) ReadRows(dst []float64, lo, hi int) error { return nil }

// onlyAt hides how a matrix is kept.
type onlyAt struct{ mat.Matrix }

func TestRowsThatAreWrong(t *testing.T) {
	broken := errors.New("broken disk")
	x, y, _ := questions()
	bad := [][]float64{{1, 2}, {3, math.NaN()}}
	for _, c := range []struct {
		name string
		rows probe.Rows
		want string
	}{
		{"none", probe.Rows{}, "found no rows"},
		{"no slices", probe.Slices(nil), "found no rows"},
		{"ragged", probe.Slices([][]float64{{1, 2}, {3}}), "row 1: found 1 numbers, expected 2 as in row 0"},
		{"NaN", probe.Slices(bad), "row 1, column 1: found NaN, expected a finite number"},
		{"infinite stream", probe.Stream(reader{rows: [][]float64{{1}, {math.Inf(1)}}}), "row 1, column 0: found +Inf, expected a finite number"},
		{"dense", probe.Dense(2, 3, make([]float64, 5)), "found 5 numbers for 2 x 3"},
		{"read", probe.Read(reader{rows: x, fail: broken}), "broken disk"},
		{"stream", probe.Stream(reader{rows: x, fail: broken}), "broken disk"},
		{"labels", probe.Slices(x[:9]), "found 60 labels for 9 rows"},
		{"sparse", probe.Sparse(2, 2, []int{0, 1}, []int32{0}, []float64{1}), "row pointers"},
		{"no matrix", probe.Matrix(nil), "found no matrix"},
		{"no reader", probe.Read(nil), "found no reader"},
		{"no reader to stream", probe.Stream(nil), "found no reader"},
		{"too many to read", probe.Read(claim{math.MaxInt, 2}), "expected fewer"},
		{"too wide to stream", probe.Stream(claim{2, math.MaxInt / 2}), "expected fewer"},
		{"too many for dense", probe.Dense(math.MaxInt/2+1, 4, nil), "found 0 numbers"},
		{"sparse, standardised", probe.Sparse(2, 2, []int{0, 1, 2}, []int32{0, 1}, []float64{1, 1}), "cannot be standardised"},
		{"sparse column", probe.Sparse(1, 2, []int{0, 1}, []int32{2}, []float64{1}), "expected ascending ones below 2"},
	} {
		label := y
		if n, _ := c.rows.Dims(); n <= 2 && n > 0 {
			label = []int{0, 1}
		}
		_, err := probe.Train(t.Context(), c.rows, target.Binary(label), &probe.Settings{C: []float64{1}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	x, y, city := questions()
	missing := target.Binary(y)
	missing.Values[4] = math.NaN()
	for _, c := range []struct {
		name string
		y    target.Column
		s    *probe.Settings
		want string
	}{
		{"label", target.Binary(append([]int{2}, y[1:]...)), nil, "row 0: found 2, expected label 0 or 1"},
		{"no label", missing, nil, "row 4 has no label; leave such rows out"},
		{"family", target.Binary(y), &probe.Settings{Family: "forest"}, `found "forest", expected one of logistic, mass-mean`},
		{"kind", target.Number(make([]float64, 60)), &probe.Settings{Family: "logistic"}, "a logistic probe cannot be trained on a target of kind number"},
		{"C", target.Binary(y), &probe.Settings{C: []float64{-1}}, "found C = -1"},
		{"no C", target.Binary(y), &probe.Settings{C: []float64{}}, "found no C"},
		{"group", target.Binary(y), &probe.Settings{Group: city[:7]}, "found 7 groups for 60 rows"},
		{"ids", target.Binary(y), &probe.Settings{ID: city}, `found id "city 0" in rows 0 and 1`},
		{"folds", target.Binary(y), &probe.Settings{Group: city, Folds: 21}, "found 20 groups, expected at least as many as the 21 folds"},
		{"repeats", target.Binary(y), &probe.Settings{Repeats: -1}, "found -1 repeats, expected at least 1"},
		{"tolerance", target.Binary(y), &probe.Settings{Tol: math.NaN()}, "found tolerance NaN, expected a finite number above 0"},
		{"negative tolerance", target.Binary(y), &probe.Settings{Tol: -1}, "found tolerance -1"},
		{"level", target.Binary(y), &probe.Settings{Bootstrap: estimate.Bootstrap{Level: 95}}, "found level 95, expected one between 0 and 1"},
		{"plan without units", target.Binary(y), &probe.Settings{Plan: &folds.Plan{IDs: make([]string, 60), Group: make([]int, 60), Folds: 5, Inner: 5}}, "found 0 units of 5 folds"},
		{"plan", target.Binary(y), &probe.Settings{Plan: &folds.Plan{IDs: []string{"a"}}}, "found folds of 1 rows for 60 rows"},
	} {
		_, err := probe.CrossValidate(t.Context(), probe.Slices(x), c.y, c.s)
		_, trained := probe.Train(t.Context(), probe.Slices(x), c.y, c.s)
		for _, err := range []error{err, trained} {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
			}
		}
	}
}

// The probes that are kept are those that scored.
func TestKeptProbesScoreTheirTestRows(t *testing.T) {
	x, y, city := questions()
	for _, family := range probe.FamiliesFor(target.KindBinary) {
		o, err := probe.CrossValidate(t.Context(), probe.Slices(x), target.Binary(y), &probe.Settings{Family: family, Group: city, Repeats: 2, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		for k, u := range o.Plan.Units {
			p := o.Probes[k]
			score, err := p.Predict(probe.Slices(x))
			if err != nil || p.C != o.C[k] || p.Status != "converged" {
				t.Fatalf("%s, unit %d: C = %v, %v, status %q, %v", family, k, p.C, o.C[k], p.Status, err)
			}
			for i, test := range u.Test {
				if test && math.Abs(score[i]-o.Score[u.Repeat][i]) > 1e-12 {
					t.Errorf("%s, unit %d, row %d: the kept probe gives %v, the score is %v", family, k, i, score[i], o.Score[u.Repeat][i])
				}
			}
			// Standardisation is that of the training rows.
			var sum, squares, n float64
			for i, test := range u.Test {
				if !test {
					sum, squares, n = sum+x[i][2], squares+x[i][2]*x[i][2], n+1
				}
			}
			mean := sum / n
			if math.Abs(p.Mean[2]-mean) > 1e-9 || math.Abs(p.Scale[2]-math.Sqrt(squares/n-mean*mean)) > 1e-9 {
				t.Errorf("%s, unit %d: mean %v and scale %v, want %v", family, k, p.Mean[2], p.Scale[2], mean)
			}
		}
	}
}

// Train and the probe that cross-validation trains on all rows are the same,
// with the C of the smallest loss on test rows.
func TestTrainAfterCrossValidation(t *testing.T) {
	x, y, city := questions()
	s := &probe.Settings{Group: city, C: []float64{10, 0.001, 0.1}, Tol: 1e-13}
	o, err := probe.CrossValidate(t.Context(), probe.Slices(x), target.Binary(y), s)
	if err != nil {
		t.Fatal(err)
	}
	a, err := o.Train(t.Context(), probe.Slices(x))
	if err != nil {
		t.Fatal(err)
	}
	b, err := probe.Train(t.Context(), probe.Slices(x), target.Binary(y), s)
	if err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%+v after cross-validation, %+v alone (%v)", a, b, err)
	}
	// By hand: one C at a time, the mean log loss of the out-of-fold scores.
	best, bestC := math.Inf(1), 0.0
	for i, C := range o.Grid {
		one, err := probe.CrossValidate(t.Context(), probe.Slices(x), target.Binary(y), &probe.Settings{Group: city, C: []float64{C}, Tol: 1e-13})
		if err != nil {
			t.Fatal(err)
		}
		var loss float64
		for row, p := range one.P() {
			loss -= math.Log(1-math.Abs(float64(y[row])-p)) / float64(len(y))
		}
		if math.Abs(loss-o.TestLoss[i]) > 1e-6 {
			t.Errorf("C = %v: loss %v, want %v", C, o.TestLoss[i], loss)
		}
		if loss < best {
			best, bestC = loss, C
		}
	}
	if a.C != bestC {
		t.Errorf("C = %v, want %v", a.C, bestC)
	}
}

func TestProbeFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 5).Draw(t, "width")
		numbers := func(name string) []float64 {
			return rapid.SliceOfN(rapid.Float64Range(-1e300, 1e300), d, d).Draw(t, name)
		}
		k := rapid.IntRange(2, 4).Draw(t, "levels")
		p := &probe.Probe{
			Kind:   rapid.SampledFrom(target.Kinds()).Draw(t, "kind"),
			Family: rapid.SampledFrom(probe.Families()).Draw(t, "family"), C: rapid.Float64Range(1e-9, 1e9).Draw(t, "C"),
			Weights: numbers("weights"), Intercept: numbers("intercept")[0], Mean: numbers("mean"), Scale: numbers("scale"),
			Levels: []string{rapid.String().Draw(t, "level"), "wrong"}, Status: "converged",
		}
		switch p.Kind {
		case target.KindClass:
			p.Levels = rapid.SliceOfN(rapid.String(), k, k).Draw(t, "classes")
			p.Intercept, p.Intercepts, p.Weights = 0, rapid.SliceOfN(rapid.Float64(), k, k).Draw(t, "intercepts"), nil
			for range k {
				p.Weights = append(p.Weights, numbers("weights")...)
			}
		case target.KindOrdinal:
			p.Levels = rapid.SliceOfN(rapid.String(), k, k).Draw(t, "classes")
			p.Cuts = slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Float64(), k-1, k-1).Draw(t, "cuts")))
		}
		if rapid.Bool().Draw(t, "site") {
			p.Site = &probe.Site{Layer: rapid.IntRange(0, 99).Draw(t, "layer"), Position: 1, Name: "blocks.3"}
		}
		dir, err := os.MkdirTemp("", "probe")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "probe.safetensors")
		if err := p.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		back, err := probe.ReadFile(path)
		if err != nil || !reflect.DeepEqual(back, p) {
			t.Fatalf("%+v came back as %+v (%v)", p, back, err)
		}
	})
}

func TestProbeFileThatIsWrong(t *testing.T) {
	p := &probe.Probe{Family: "logistic", C: 1, Weights: []float64{1, 2}, Mean: []float64{0, 0}, Scale: []float64{1, 1}, Levels: []string{"0", "1"}}
	var good bytes.Buffer
	if err := p.Write(&good); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "probe.safetensors")
	for name, data := range map[string][]byte{
		"cut off": good.Bytes()[:good.Len()-1], "empty": nil,
		"a changed weight": append(good.Bytes()[:good.Len()-1:good.Len()-1], 9),
		"another format":   bytes.Replace(good.Bytes(), []byte("tell/probe/1"), []byte("tell/probe/9"), 1),
	} {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := probe.ReadFile(path); err == nil || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s: error %v, want one that names the file", name, err)
		}
	}
	if _, err := p.Predict(probe.Slices([][]float64{{1, 2, 3}})); err == nil || !strings.Contains(err.Error(), "found rows of 3 numbers, expected 2") {
		t.Errorf("rows of another width: %v", err)
	}
	p.Weights[1] = math.Inf(1)
	if err := p.WriteFile(path + "x"); err == nil || !strings.Contains(err.Error(), "weights[1]: found +Inf") {
		t.Errorf("an infinite weight: %v", err)
	}
	if _, err := os.Stat(path + "x"); err == nil {
		t.Error("a file is left of a probe that could not be written")
	}
}
