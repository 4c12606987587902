package folds

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// Whatever the units, a draw keeps them whole, keeps every fold's and every
// kind of group's labels, and has the same arrangements as what it came from.
func TestUnitsMoveAsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var label, group, fold, units []int
		for g := range rapid.IntRange(1, 8).Draw(t, "groups") {
			for u := range rapid.IntRange(1, 4).Draw(t, "units") {
				l := rapid.IntRange(0, 1).Draw(t, "label")
				for range rapid.IntRange(1, 3).Draw(t, "rows") {
					label, group, fold, units = append(label, l), append(group, g), append(fold, g%2), append(units, 7-u)
				}
			}
		}
		p, err := NewPermuter(label, group, fold, units)
		if err != nil {
			t.Fatal(err)
		}
		permuted := p.Draw(rapid.Uint64().Draw(t, "seed"), 2)
		q, err := NewPermuter(permuted, group, fold, units)
		if err != nil {
			t.Fatalf("a draw tore a unit apart: %v", err)
		}
		if p.Arrangements() != q.Arrangements() {
			t.Fatalf("%v arrangements before, %v after", p.Arrangements(), q.Arrangements())
		}
		for i, class := range p.classes {
			before, after := 0, 0
			for j, b := range class {
				before += b.count[1]
				after += q.classes[i][j].count[1]
				if q.classes[i][j].kind != b.kind {
					t.Fatalf("group %d is of another kind after the draw", b.group)
				}
			}
			if before != after {
				t.Fatalf("a class of groups has %d rows of label 1 before the draw, %d after", before, after)
			}
		}
	})
}

func TestUnitDrawsAreUniform(t *testing.T) {
	for _, c := range []struct {
		name               string
		label, group, unit []int
		want               float64
	}{
		{"three claims of two wordings, one right", []int{1, 1, 0, 0, 0, 0}, []int{0, 0, 0, 0, 0, 0}, []int{5, 5, 6, 6, 7, 7}, 3},
		{"units of other sizes stay", []int{1, 1, 0, 0, 0}, []int{0, 0, 0, 0, 0}, []int{1, 1, 2, 2, 3}, 2},
		{"blocks of equal shape exchange", []int{1, 1, 0, 1, 0, 0}, []int{0, 0, 0, 1, 1, 1}, []int{1, 1, 2, 1, 2, 2}, 2},
		{"blocks of other shapes do not", []int{1, 1, 0, 1, 0, 0}, []int{0, 0, 0, 1, 1, 1}, []int{1, 1, 2, 1, 2, 3}, 3},
		{"even groups flip", []int{1, 1, 0, 0}, []int{3, 3, 3, 3}, []int{1, 1, 2, 3}, 2},
		{"constant groups of equal shape exchange", []int{1, 1, 1, 0, 0, 0, 0, 0, 0}, []int{1, 1, 1, 2, 2, 2, 3, 3, 3}, []int{1, 1, 2, 1, 2, 2, 1, 1, 1}, 2},
		{"shapes and profiles", []int{1, 0, 0, 1, 1, 0, 1, 0, 0}, []int{1, 1, 1, 2, 2, 2, 3, 3, 3}, []int{1, 2, 3, 1, 2, 3, 1, 2, 3}, 81},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := NewPermuter(c.label, c.group, nil, c.unit)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Arrangements(); got != c.want {
				t.Fatalf("%v arrangements, expected %v", got, c.want)
			}
			const draws = 9000
			seen := make(map[string]int)
			for draw := range draws {
				seen[fmt.Sprint(p.Draw(1, draw))]++
			}
			if float64(len(seen)) != c.want || seen[fmt.Sprint(c.label)] == 0 {
				t.Fatalf("%d arrangements were drawn, expected %v with the observed", len(seen), c.want)
			}
			var chi2 float64
			for _, n := range seen {
				d := float64(n) - draws/c.want
				chi2 += d * d / (draws / c.want)
			}
			if p := (distuv.ChiSquared{K: c.want - 1}).Survival(chi2); p < 1e-3 {
				t.Errorf("the draws are not uniform: %v (chi-squared %.1f, p = %.2g)", seen, chi2, p)
			}
		})
	}
}

// A unit for every row is the same as no units, to the last draw.
func TestUnitsOfOneRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		label, group := drawGroups(t)
		row := make([]int, len(label))
		for i := range row {
			row[i] = i
		}
		p, err := NewPermuter(label, group, nil, row)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Draw(4, 9), PermuteLabels(label, group, nil, 4, 9)) || p.Arrangements() != Arrangements(label, group, nil) {
			t.Fatal("a unit for every row gives other draws than no units")
		}
	})
}

// Draws of reports that are out must not change.
func TestDrawsWithoutUnitsStay(t *testing.T) {
	var label, group, fold []int
	for g := range 60 {
		for i := range 2 + g%5 {
			label, group, fold = append(label, (g*g+i*g+i)/3%2), append(group, 100-g), append(fold, g%4)
		}
	}
	h := fnv.New64a()
	for draw := range 20 {
		fmt.Fprint(h, PermuteLabels(label, group, fold, 8, draw), PermuteLabels(label, group, nil, 8, draw))
	}
	if got, want := h.Sum64(), uint64(0xe7e9c0cbfe9b6d); got != want {
		t.Errorf("the draws have the hash %#x, expected %#x", got, want)
	}
}

func TestUnitWithTwoLabels(t *testing.T) {
	_, err := NewPermuter([]int{0, 1, 1}, []int{4, 4, 4}, nil, []int{2, 3, 2})
	var conflict *UnitError
	if !errors.As(err, &conflict) || conflict.Unit != 2 || conflict.Group != 4 || !strings.Contains(err.Error(), "unit 2 of group 4 has label 0 in row 0 and label 1 in row 2") {
		t.Errorf("error %v", err)
	}
	if _, err := NewPermuter([]int{0, 1}, []int{4, 5}, nil, []int{2, 2}); err != nil {
		t.Errorf("units of different groups are of different rows: %v", err)
	}
}

func TestValidity(t *testing.T) {
	label, group := []int{0, 0, 1, 1, 0}, []int{1, 1, 1, 2, 2}
	p := withoutUnits(label, group, nil)
	if v := p.Validity(); v.Exact || v.Flag != RowsExchanged || v.Uneven != 1 || v.UnevenRows != 3 || !strings.Contains(v.Reason, "in 1 groups") {
		t.Errorf("an uneven group without units: %+v", v)
	}
	p, err := NewPermuter(label, group, nil, []int{1, 1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Validity(); !v.Exact || v.Flag != "" {
		t.Errorf("with units: %+v", v)
	}
	if v := withoutUnits([]int{0, 1, 1, 1}, []int{1, 1, 2, 2}, nil).Validity(); !v.Exact {
		t.Errorf("even and constant groups: %+v", v)
	}
}

func TestNamesClaims(t *testing.T) {
	label, group := []int{1, 1, 0, 0, 0, 0}, []int{1, 1, 1, 1, 1, 1}
	for _, c := range []struct {
		name   string
		column []int
		want   bool
	}{
		{"claims", []int{1, 1, 2, 2, 3, 3}, true},
		{"wordings, which cross claims", []int{1, 2, 1, 2, 1, 2}, false},
		{"the label", []int{1, 1, 0, 0, 0, 0}, false},
		{"rows", []int{1, 2, 3, 4, 5, 6}, false},
		{"one value", []int{1, 1, 1, 1, 1, 1}, false},
	} {
		if got := NamesClaims(label, group, c.column); got != c.want {
			t.Errorf("%s: %v, expected %v", c.name, got, c.want)
		}
	}
}
