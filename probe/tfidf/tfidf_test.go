package tfidf

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tell/internal/solve"
)

type block struct {
	Terms       []string
	IDF         []float64
	Train, Test [][][2]float64
}

type reference struct {
	Train, Test []string
	Cases       []struct {
		MinDF int   `json:"min_df"`
		Word  block `json:"word"`
		Char  block `json:"char_wb"`
	}
}

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile("../../testdata/tfidf/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAsScikitLearn(t *testing.T) {
	r := readReference(t)
	for _, c := range r.Cases {
		t.Run(fmt.Sprintf("min_df %d", c.MinDF), func(t *testing.T) {
			v, err := Fit(r.Train, Settings{MinDF: c.MinDF})
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Concat(c.Word.Terms, c.Char.Terms)
			if got := v.Terms(); !slices.Equal(got, want) {
				t.Fatalf("terms differ: %q here, %q in scikit-learn", without(got, want), without(want, got))
			}
			for i, idf := range slices.Concat(v.blocks[0].idf, v.blocks[1].idf) {
				if wanted := slices.Concat(c.Word.IDF, c.Char.IDF)[i]; math.Abs(idf-wanted) > 1e-12 {
					t.Errorf("idf of %q is %v, scikit-learn has %v", want[i], idf, wanted)
				}
			}
			compare(t, v.Transform(r.Train), c.Word.Train, c.Char.Train, len(c.Word.Terms))
			compare(t, v.Transform(r.Test), c.Word.Test, c.Char.Test, len(c.Word.Terms))
		})
	}
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

func compare(t *testing.T, m *Matrix, word, char [][][2]float64, firstChar int) {
	t.Helper()
	if m.Rows != len(word) {
		t.Fatalf("%d rows, expected %d", m.Rows, len(word))
	}
	for i := range m.Rows {
		lo, hi := m.Indptr[i], m.Indptr[i+1]
		columns, values := m.Indices[lo:hi], m.Values[lo:hi]
		want := slices.Clone(word[i])
		for _, e := range char[i] {
			want = append(want, [2]float64{e[0] + float64(firstChar), e[1]})
		}
		if len(columns) != len(want) {
			t.Fatalf("row %d has %d entries, scikit-learn has %d", i, len(columns), len(want))
		}
		for e, j := range columns {
			if float64(j) != want[e][0] || math.Abs(values[e]-want[e][1]) > 1e-12 {
				t.Fatalf("row %d has %v in column %d, scikit-learn has %v in column %v", i, values[e], j, want[e][1], want[e][0])
			}
		}
	}
}

func TestNothingToLearn(t *testing.T) {
	for _, c := range []struct {
		texts []string
		minDF int
		want  string
	}{
		{nil, 0, "no words"},
		{[]string{"", " \t"}, 1, "no words"},
		{[]string{"one two", "three"}, 3, "at least 3 of the 2 training texts"},
	} {
		_, err := Fit(c.texts, Settings{MinDF: c.minDF})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q with MinDF %d: %v, expected %q", c.texts, c.minDF, err, c.want)
		}
	}
}

func TestProductsEqualDense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[ab ]{0,6}`), 1, 6).Draw(t, "texts")
		v, err := Fit(append(texts, "ab"), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		m := v.Transform(texts)
		d, err := dense(m)
		if err != nil {
			t.Fatal(err)
		}

		k := rapid.IntRange(1, 3).Draw(t, "k")
		number := rapid.Float64Range(-2, 2)
		a := rapid.SliceOfN(number, k*m.Cols, k*m.Cols).Draw(t, "a")
		r := rapid.SliceOfN(number, k*m.Rows, k*m.Rows).Draw(t, "r")
		products := func(x solve.Design) []float64 {
			forward, backward := make([]float64, k*m.Rows), make([]float64, k*m.Cols)
			backward[0] = 1
			if err := x.Pass(func(b solve.Block) {
				b.Forward(forward, a, k)
				b.Backward(backward, r, k)
			}); err != nil {
				t.Fatal(err)
			}
			return append(forward, backward...)
		}
		want := products(d)
		for i, x := range products(sparse(m)) {
			if math.Abs(x-want[i]) > 1e-12 {
				t.Fatalf("product %d is %v, the dense matrix gives %v", i, x, want[i])
			}
		}
	})
}

func sparse(m *Matrix) *solve.Sparse {
	return &solve.Sparse{Rows: m.Rows, Cols: m.Cols, Indptr: m.Indptr, Indices: m.Indices, Values: m.Values}
}

func dense(m *Matrix) (*solve.Dense, error) {
	data := make([]float64, m.Rows*m.Cols)
	for i := range m.Rows {
		lo, hi := m.Indptr[i], m.Indptr[i+1]
		columns, values := m.Indices[lo:hi], m.Values[lo:hi]
		for e, j := range columns {
			data[i*m.Cols+int(j)] = values[e]
		}
	}
	return solve.NewDense(m.Rows, m.Cols, data)
}

// So many more columns than rows, or so many targets, have a dense matrix
// trained on otherwise.
func TestProbesEqualDense(t *testing.T) {
	const rows = 12
	var texts []string
	var train []bool
	targets := make([][]int, 20)
	for i := range rows {
		texts = append(texts, fmt.Sprintf("Which country is the city of number %d in, and is it %q?", i*i*i, strings.Repeat("ab", i)))
		train = append(train, i%4 > 0)
		for t := range targets {
			targets[t] = append(targets[t], (i+t)/(1+t%3)%2)
		}
	}
	v, err := Fit(texts, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	m := v.Transform(texts)
	d, err := dense(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, len(targets)} {
		objectives := func(x solve.Design) []float64 {
			got := make([]float64, n)
			err := solve.Logistic{Raw: true}.Fit(t.Context(), x, []solve.Split{{Train: train}}, solve.Targets(targets[:n]...), []float64{1}, func(f *solve.Fit) {
				got[f.Target] = f.Objective
			})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		want := objectives(d)
		for i, f := range objectives(sparse(m)) {
			if math.Abs(f/want[i]-1) > 1e-7 {
				t.Errorf("%d targets, target %d: objective %v, the dense matrix gives %v", n, i, f, want[i])
			}
		}
	}
}

// A text that is too long is cut at a character, and counted.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("ä", MaxText) // two bytes each
	if text, cut := begin("a" + long); !cut || len(text) != MaxText-1 || !strings.HasSuffix(text, "ä") {
		t.Errorf("%d bytes, cut is %v", len(text), cut)
	}
	if text, cut := begin(long[:MaxText]); cut || len(text) != MaxText {
		t.Errorf("%d bytes, cut is %v", len(text), cut)
	}
	if text, cut := begin(strings.Repeat("\x80", MaxText+9)); !cut || len(text) < MaxText-utf8.UTFMax {
		t.Errorf("%d bytes, cut is %v", len(text), cut)
	}
	words := strings.Repeat("some words ", MaxText) // 11 bytes each
	v, err := Fit([]string{"short one", words + "last"}, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if v.Cut() != 1 || slices.Contains(v.Terms(), "last") || !slices.Contains(v.Terms(), "some words") {
		t.Errorf("%d texts are cut, %d terms", v.Cut(), len(v.Terms()))
	}
	whole, begun := v.Transform([]string{words + "short"}), v.Transform([]string{words[:MaxText]})
	if whole.Cut != 1 || begun.Cut != 0 || !slices.Equal(whole.Indices, begun.Indices) || !slices.Equal(whole.Values, begun.Values) {
		t.Errorf("%d and %d texts are cut", whole.Cut, begun.Cut)
	}
}

func FuzzTransform(f *testing.F) {
	for _, text := range []string{"Which country is Paris in?", "ΟΔΟΣ İ", "\xff\xfe", "a\x1cb  c"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, train, test string) {
		v, err := Fit([]string{train}, Settings{})
		if err != nil {
			return
		}
		m := v.Transform([]string{train, test})
		for i := range m.Rows {
			lo, hi := m.Indptr[i], m.Indptr[i+1]
			columns, values := m.Indices[lo:hi], m.Values[lo:hi]
			if !slices.IsSorted(columns) || len(slices.Compact(slices.Clone(columns))) != len(columns) {
				t.Fatalf("columns of row %d do not ascend: %v", i, columns)
			}
			for e, x := range values {
				if !(x > 0 && x <= 1+1e-12) || int(columns[e]) >= m.Cols {
					t.Fatalf("row %d has %v in column %d of %d", i, x, columns[e], m.Cols)
				}
			}
		}
	})
}

func ExampleFit() {
	v, err := Fit([]string{"in Rome", "in Lima"}, Settings{MinDF: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := v.Transform([]string{"In or near Oslo?"})
	for e, j := range m.Indices {
		fmt.Printf("%q %.3f\n", v.Terms()[j], m.Values[e])
	}
	// Output:
	// "in" 1.000
	// " i" 0.408
	// " in" 0.408
	// " in " 0.408
	// "in" 0.408
	// "in " 0.408
	// "n " 0.408
}
