package target

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var nan = math.NaN()

// same compares values, NaN equal to itself.
func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || x != x && y != y })
}

func ordinal(t *testing.T, name, order []string) Column {
	t.Helper()
	c, err := Ordinal(name, order)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestColumns(t *testing.T) {
	for _, c := range []struct {
		name    string
		column  Column
		kind    Kind
		values  []float64
		levels  []string
		leveled bool
	}{
		{"binary", Binary([]int{1, 0, 1}), KindBinary, []float64{1, 0, 1}, []string{"0", "1"}, true},
		{"booleans", Bools([]bool{true, false}), KindBinary, []float64{1, 0}, []string{"0", "1"}, true},
		{"classes", Classes([]string{"lie", "", "err", "lie"}), KindClass, []float64{1, nan, 0, 1}, []string{"err", "lie"}, true},
		{"classes, none stated", Classes([]string{"", ""}), KindClass, []float64{nan, nan}, nil, true},
		{"ordinal", ordinal(t, []string{"high", "", "low"}, []string{"low", "middle", "high"}), KindOrdinal, []float64{2, nan, 0}, []string{"low", "middle", "high"}, true},
		{"number", Number([]float64{-1.5, nan, 3e9}), KindNumber, []float64{-1.5, nan, 3e9}, nil, false},
		{"share", Share([]float64{0, 0.25, 1, nan}, []float64{4, 4, 1, 0}), KindShare, []float64{0, 0.25, 1, nan}, nil, false},
		{"share of unknown counts", Share([]float64{0.5}, nil), KindShare, []float64{0.5}, nil, false},
		{"empty", Binary(nil), KindBinary, nil, []string{"0", "1"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.column.Check(); err != nil {
				t.Fatal(err)
			}
			if c.column.Kind != c.kind || c.column.Leveled() != c.leveled || c.column.Len() != len(c.values) {
				t.Errorf("kind %s, leveled %v, %d rows", c.column.Kind, c.column.Leveled(), c.column.Len())
			}
			if !same(c.column.Values, c.values) {
				t.Errorf("values %v, want %v", c.column.Values, c.values)
			}
			if !slices.Equal(c.column.Levels, c.levels) {
				t.Errorf("levels %q, want %q", c.column.Levels, c.levels)
			}
			for i, x := range c.values {
				if c.column.Stated(i) == math.IsNaN(x) {
					t.Errorf("row %d: stated %v", i, c.column.Stated(i))
				}
			}
		})
	}
}

func TestInts(t *testing.T) {
	if got := Classes([]string{"b", "", "a"}).Ints(); !slices.Equal(got, []int{1, -1, 0}) {
		t.Errorf("found %v", got)
	}
}

// Every kind is listed once, and a column of it is checked by it.
func TestKinds(t *testing.T) {
	want := []Kind{KindBinary, KindClass, KindOrdinal, KindNumber, KindShare}
	if got := Kinds(); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func TestCheckRefuses(t *testing.T) {
	levels := []string{"a", "b"}
	for _, c := range []struct {
		name   string
		column Column
		words  []string
	}{
		{"no kind", Column{Values: []float64{1}}, []string{`kind ""`, "binary"}},
		{"unknown kind", Column{Kind: "rank"}, []string{`kind "rank"`}},
		{"label 2", Binary([]int{0, 1, 2}), []string{"row 2", "found 2", "0 or 1"}},
		{"label between", Column{Kind: KindBinary, Values: []float64{0.5}, Levels: levels}, []string{"row 0", "0.5"}},
		{"binary with one level", Column{Kind: KindBinary, Levels: levels[:1]}, []string{"found 1 levels", "expected 2"}},
		{"class out of range", Column{Kind: KindClass, Values: []float64{0, 2}, Levels: levels}, []string{"row 1", "found 2", "0 to 1"}},
		{"class below 0", Column{Kind: KindClass, Values: []float64{-1}, Levels: levels}, []string{"row 0", "-1"}},
		{"class between", Column{Kind: KindOrdinal, Values: []float64{nan, 0.5}, Levels: levels}, []string{"row 1", "0.5"}},
		{"class infinite", Column{Kind: KindClass, Values: []float64{math.Inf(1)}, Levels: levels}, []string{"row 0", "+Inf"}},
		{"number infinite", Number([]float64{nan, math.Inf(-1)}), []string{"row 1", "-Inf", "finite"}},
		{"share above 1", Share([]float64{1, 1.25}, nil), []string{"row 1", "1.25", "0 to 1"}},
		{"share below 0", Share([]float64{-0.1}, nil), []string{"row 0", "-0.1"}},
		{"count below 0", Share([]float64{0, 1}, []float64{3, -1}), []string{"row 1", "-1 judgements"}},
		{"count not a number", Share([]float64{0}, []float64{nan}), []string{"row 0", "NaN judgements"}},
		{"counts of other rows", Share([]float64{0, 1}, []float64{3}), []string{"1 counts for 2 values"}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, c.column.Check(), c.words) })
	}
}

func TestOrdinalRefuses(t *testing.T) {
	for _, c := range []struct {
		name        string
		names, list []string
		words       []string
	}{
		{"a level that the order lacks", []string{"low", "middel"}, []string{"low", "middle"}, []string{"row 1", `"middel"`, `"middle"`}},
		{"a level twice", nil, []string{"low", "high", "low"}, []string{`"low"`, "number 2"}},
		{"an empty level", nil, []string{"low", ""}, []string{`""`, "number 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Ordinal(c.names, c.list)
			refused(t, err, c.words)
		})
	}
}

func refused(t *testing.T, err error, words []string) {
	t.Helper()
	if err == nil {
		t.Fatal("not refused")
	}
	for _, w := range append(words, "target:") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// A column of rows is the column's values there, whatever the rows, and shares
// no memory with it.
func TestAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		c := Share(make([]float64, n), make([]float64, n))
		for i := range n {
			c.Values[i], c.N[i] = float64(i)/8, float64(i)
		}
		if rapid.Bool().Draw(t, "no counts") {
			c.N = nil
		}
		rows := rapid.SliceOf(rapid.IntRange(0, n-1)).Draw(t, "rows")
		at := c.At(rows)
		if at.Len() != len(rows) || at.Kind != c.Kind || (at.N == nil) != (c.N == nil) {
			t.Fatalf("found %+v", at)
		}
		for i, row := range rows {
			if at.Values[i] != c.Values[row] || c.N != nil && at.N[i] != c.N[row] {
				t.Fatalf("row %d: found %v", i, at)
			}
			at.Values[i] = -1
		}
		if c.Values[0] != 0 {
			t.Fatal("the column itself was changed")
		}
	})
	c := Classes([]string{"a", "b", "c"})
	if got := c.At([]int{2}); !reflect.DeepEqual(got.Levels, c.Levels) || got.Values[0] != 2 {
		t.Errorf("found %+v", got)
	}
}

// Of a small share, what the rest adds is not lost in 1.
func TestEntropy(t *testing.T) {
	for share, want := range map[float64]float64{
		0: 0, 1: 0, 0.5: math.Ln2, 0.25: 2*math.Ln2 - 0.75*math.Log(3), 1e-20: 1e-20 * (1 + 20*math.Ln10),
	} {
		if got := Entropy(share); math.Abs(got-want) > 1e-15*want {
			t.Errorf("share %v: found %v, want %v", share, got, want)
		}
	}
	if got := Entropy(nan); got != 0 {
		t.Errorf("no share: found %v", got)
	}
}
