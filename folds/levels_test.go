package folds

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Labels of several levels keep their counts within every fold and kind of group,
// and the arrangements of any draw are those of the observed labels.
func TestPermuterOfSeveralLevels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "rows")
		label := rapid.SliceOfN(rapid.IntRange(0, 3), n, n).Draw(t, "label")
		group := rapid.SliceOfN(rapid.IntRange(0, 6), n, n).Draw(t, "group")
		fold := make([]int, n)
		for i, g := range group {
			fold[i] = g % 2
		}
		p, err := NewPermuter(label, group, fold, nil)
		if err != nil {
			t.Fatal(err)
		}
		permuted := p.Draw(rapid.Uint64().Draw(t, "seed"), 1)
		q, err := NewPermuter(permuted, group, fold, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p.Arrangements() != q.Arrangements() {
			t.Fatalf("%v arrangements before, %v after", p.Arrangements(), q.Arrangements())
		}
		for i, class := range p.classes {
			before, after := make(map[int]int), make(map[int]int)
			for j, b := range class {
				if kind := q.classes[i][j].kind; kind != b.kind {
					t.Fatalf("group %d of kind %d is of kind %d after the draw", b.group, b.kind, kind)
				}
				if b.kind == evenBlock {
					parts(t, b, label, permuted)
					continue
				}
				for l, k := range b.count {
					before[l] += k
				}
				for l, k := range q.classes[i][j].count {
					after[l] += k
				}
			}
			if !maps.Equal(before, after) {
				t.Fatalf("labels %v became %v", before, after)
			}
		}
	})
}

// parts checks that rows of one label in an even group still share one, and those of
// two do not.
func parts(t *rapid.T, b block, label, permuted []int) {
	to := make(map[int]int)
	for _, u := range b.units {
		row := u.rows[0]
		if was, seen := to[label[row]]; seen && was != permuted[row] {
			t.Fatalf("group %d: the part of label %d was torn apart", b.group, label[row])
		}
		to[label[row]] = permuted[row]
	}
	if !slices.Equal(slices.Sorted(maps.Keys(to)), slices.Sorted(maps.Values(to))) {
		t.Fatalf("group %d: labels became %v", b.group, to)
	}
}

// Every arrangement comes up, and there are as many as is said.
func TestArrangementsOfSeveralLevels(t *testing.T) {
	for _, c := range []struct {
		name         string
		label, group []int
		want         float64
	}{
		{"single rows", []int{0, 1, 2, 2}, []int{0, 1, 2, 3}, 12},
		{"numbers in groups", []int{0, 1, 2, 3}, []int{0, 0, 1, 1}, 8},
		{"three parts of two", []int{0, 0, 1, 1, 2, 2}, []int{0, 0, 0, 0, 0, 0}, 6},
		{"uneven", []int{0, 0, 1, 2}, []int{0, 0, 0, 0}, 12},
		{"constant groups", []int{0, 0, 1, 1, 2, 2}, []int{0, 0, 1, 1, 2, 2}, 6},
	} {
		p, err := NewPermuter(c.label, c.group, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Arrangements(); got != c.want {
			t.Errorf("%s: %v arrangements, want %v", c.name, got, c.want)
		}
		seen := make(map[string]int)
		const draws = 3000
		for b := range draws {
			seen[fmt.Sprint(p.Draw(1, b))]++
		}
		if len(seen) != int(c.want) {
			t.Errorf("%s: %d arrangements drawn, want %v", c.name, len(seen), c.want)
		}
		expected := draws / c.want
		for a, n := range seen {
			if d := float64(n) - expected; d*d > 25*expected {
				t.Errorf("%s: %s drawn %d times, expected about %.0f", c.name, a, n, expected)
			}
		}
	}
}
