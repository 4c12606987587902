package folds

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func TestAllocateAsScikitLearn(t *testing.T) {
	raw, err := os.ReadFile("../testdata/split/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Cases []struct {
			Name                string
			Label, Group, Folds []int
			K                   int
		}
	}
	if err := json.Unmarshal(raw, &reference); err != nil {
		t.Fatal(err)
	}
	for _, c := range reference.Cases {
		t.Run(c.Name, func(t *testing.T) {
			index, count, err := countGroups(c.Label, 2, c.Group)
			if err != nil {
				t.Fatal(err)
			}
			foldOf, _ := allocate(count, upTo(len(count)), c.K)
			for i, g := range index {
				if foldOf[g] != c.Folds[i] {
					t.Fatalf("row %d of group %d: fold %d, scikit-learn has %d", i, c.Group[i], foldOf[g], c.Folds[i])
				}
			}
		})
	}
}

// drawGroups draws rows whose groups are constant, even or uneven.
func drawGroups(t *rapid.T) (label, group []int) {
	groups := rapid.IntRange(1, 40).Draw(t, "groups")
	for g := range groups {
		size := rapid.IntRange(1, 6).Draw(t, "size")
		share := rapid.SampledFrom([]int{0, 1, 2}).Draw(t, "share")
		for range size {
			y := share
			if share == 2 {
				y = rapid.IntRange(0, 1).Draw(t, "label")
			}
			label = append(label, y)
			group = append(group, g*7-11)
		}
	}
	order := rapid.Permutation(upTo(len(label))).Draw(t, "order")
	shuffledLabel, shuffledGroup := make([]int, len(label)), make([]int, len(label))
	for i, j := range order {
		shuffledLabel[i], shuffledGroup[i] = label[j], group[j]
	}
	return shuffledLabel, shuffledGroup
}

func TestStratifiedKeepGroupsTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		label, group := drawGroups(t)
		k := rapid.IntRange(2, 6).Draw(t, "k")
		seed := rapid.Uint64().Draw(t, "seed")
		folds, err := Stratified(label, 2, group, k, seed)
		if err != nil {
			t.Skip(err)
		}
		again, _ := Stratified(label, 2, group, k, seed)
		if !slices.Equal(folds, again) {
			t.Fatal("the same seed gave other folds")
		}

		foldOf := make(map[int]int)
		train := make([]counts, k)
		for f := range train {
			train[f] = make(counts, 2)
		}
		for i, f := range folds {
			if f < 0 || f >= k {
				t.Fatalf("row %d is in fold %d of %d", i, f, k)
			}
			if was, seen := foldOf[group[i]]; seen && was != f {
				t.Fatalf("group %d is in folds %d and %d", group[i], was, f)
			}
			foldOf[group[i]] = f
			for other := range k {
				if other != f {
					train[other][label[i]]++
				}
			}
		}
		for f, c := range train {
			if c[0] == 0 || c[1] == 0 {
				t.Fatalf("the training part of fold %d has labels %v", f, c)
			}
		}
	})
}

func TestStratifiedBalance(t *testing.T) {
	var label, group []int
	rng := rand.New(rand.NewPCG(1, 1))
	for g := range 200 {
		y := rng.IntN(2)
		for range 3 + rng.IntN(3) {
			label = append(label, y)
			group = append(group, g)
		}
	}
	folds, err := Stratified(label, 2, group, 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	perFold := make([]counts, 5)
	for f := range perFold {
		perFold[f] = make(counts, 2)
	}
	for i, f := range folds {
		perFold[f][label[i]]++
	}
	for f, c := range perFold {
		for y, n := range c {
			if want := sumOf(perFold, 2)[y] / 5; n < want-3 || n > want+3 {
				t.Errorf("fold %d has %d rows with label %d, expected about %d", f, n, y, want)
			}
		}
	}
	other, _ := Stratified(label, 2, group, 5, 4)
	if slices.Equal(folds, other) {
		t.Error("another seed gave the same folds")
	}
}

func TestStratifiedErrors(t *testing.T) {
	for _, c := range []struct {
		name         string
		label, group []int
		k            int
		want         string
	}{
		{"lengths", []int{0, 1}, []int{0}, 2, "2 labels but 1 group numbers"},
		{"one fold", []int{0, 1}, []int{0, 1}, 1, "found 1 folds, expected at least 2"},
		{"no rows", nil, nil, 2, "no rows to split"},
		{"label", []int{0, 2}, []int{0, 1}, 2, "row 1: found label 2, expected 0 to 1"},
		{"few groups", []int{0, 1, 0, 1}, []int{0, 0, 1, 1}, 3, "found 2 groups, expected at least as many as the 3 folds"},
		{"one class", []int{0, 0, 0, 0}, []int{0, 1, 2, 3}, 2, "no row with label 1 is left to train on (0 rows in all)"},
		{"one group with a label", []int{0, 0, 0, 1, 1}, []int{0, 1, 2, 3, 3}, 2, "no row with label 1 is left to train on (2 rows in all)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Stratified(c.label, 2, c.group, c.k, 1)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, expected %q", err, c.want)
			}
		})
	}
}

// nearestNeighbour scores every row by the label of the nearest row of the
// other folds.
func nearestNeighbour(x [][]float64, label, folds []int) []float64 {
	score := make([]float64, len(x))
	for i := range x {
		nearest := math.Inf(1)
		for j := range x {
			if folds[i] == folds[j] {
				continue
			}
			var d float64
			for k := range x[i] {
				d += (x[i][k] - x[j][k]) * (x[i][k] - x[j][k])
			}
			if d < nearest {
				nearest, score[i] = d, float64(label[j])
			}
		}
	}
	return score
}

// rankAUROC is the share of pairs in the right order, ties counting half.
func rankAUROC(label []int, score []float64) float64 {
	var right, pairs float64
	for i := range label {
		for j := range label {
			if label[i] == 1 && label[j] == 0 {
				pairs++
				switch {
				case score[i] > score[j]:
					right++
				case score[i] == score[j]:
					right += 0.5
				}
			}
		}
	}
	return right / pairs
}

// Four near-copies of every item carry its random label. Copies on both sides
// of a split make the label look decodable; grouped folds do not.
func TestParaphrasesNeedGroups(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	var x [][]float64
	var label, group []int
	for g := range 80 {
		y := rng.IntN(2)
		item := [8]float64{}
		for k := range item {
			item[k] = rng.NormFloat64()
		}
		for range 4 {
			row := make([]float64, len(item))
			for k := range row {
				row[k] = item[k] + 0.05*rng.NormFloat64()
			}
			x, label, group = append(x, row), append(label, y), append(group, g)
		}
	}

	var grouped, ungrouped float64
	const repeats = 5
	for seed := range uint64(repeats) {
		folds, err := Stratified(label, 2, group, 5, seed)
		if err != nil {
			t.Fatal(err)
		}
		grouped += rankAUROC(label, nearestNeighbour(x, label, folds)) / repeats
		folds, err = Stratified(label, 2, upTo(len(label)), 5, seed)
		if err != nil {
			t.Fatal(err)
		}
		ungrouped += rankAUROC(label, nearestNeighbour(x, label, folds)) / repeats
	}
	if grouped < 0.4 || grouped > 0.6 {
		t.Errorf("grouped AUROC of random labels is %.3f, expected about 0.5", grouped)
	}
	if ungrouped < 0.98 {
		t.Errorf("ungrouped AUROC of random labels is %.3f, expected about 1", ungrouped)
	}
}

func ExampleStratified() {
	label := []int{0, 1, 0, 1, 0, 1, 0, 1}
	city := []int{0, 0, 1, 1, 2, 2, 3, 3}
	folds, err := Stratified(label, 2, city, 2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(folds)
	// Output: [0 0 1 1 0 0 1 1]
}

func TestPlanCheck(t *testing.T) {
	ids, group, label := []string{"a", "b", "c", "d", "e", "f", "g", "h"}, upTo(8), []int{0, 1, 0, 1, 0, 1, 0, 1}
	made := func() *Plan {
		p, err := New(ids, group, label, 2, Settings{Folds: 2, Inner: 2, Repeats: 2})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	some, err := made().For(ids[2:5])
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Plan{made(), some} {
		if err := p.Check(); err != nil {
			t.Error(err)
		}
	}
	for want, spoil := range map[string]func(*Plan){
		"found 3 group numbers for 8 rows":         func(p *Plan) { p.Group = p.Group[:3] },
		"found 0 units of 2 folds":                 func(p *Plan) { p.Units = nil },
		"found 3 units of 2 folds":                 func(p *Plan) { p.Units = p.Units[:3] },
		"found 4 units of 0 folds":                 func(p *Plan) { p.Folds = 0 },
		"and 0 inner folds":                        func(p *Plan) { p.Inner = 0 },
		"unit 1: found repeat 0, fold 0, expected": func(p *Plan) { p.Units[1] = p.Units[0] },
		"unit 2: found 7 test marks":               func(p *Plan) { p.Units[2].Test = p.Units[2].Test[:7] },
		"unit 0, row 5: found inner fold 9":        func(p *Plan) { p.Units[0].InnerFold[5] = 9 },
		"is tested in": func(p *Plan) {
			for i := range p.Units[1].Test {
				p.Units[1].Test[i], p.Units[1].InnerFold[i] = p.Units[0].Test[i], p.Units[0].InnerFold[i]
			}
		},
	} {
		p := made()
		spoil(p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
	if _, err := New(ids, group, label, 2, Settings{Repeats: -1}); err == nil || !strings.Contains(err.Error(), "found -1 repeats") {
		t.Errorf("-1 repeats: %v", err)
	}
	if _, err := Stratified(label, -1, group, 2, 1); err == nil || !strings.Contains(err.Error(), "found -1 levels") {
		t.Errorf("-1 levels: %v", err)
	}
}
