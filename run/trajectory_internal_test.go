package run

import (
	"math"
	"testing"

	"tell/folds"
	"tell/study"
)

// A row is scored by the labels of the training rows alone.
func TestShareOfOnes(t *testing.T) {
	ids, group := []string{"a", "b", "c", "d", "e", "f"}, []int{0, 1, 2, 3, 4, 5}
	p, err := folds.New(ids, group, make([]int, 6), 1, folds.Settings{Folds: 3, Inner: 2, Repeats: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	label := []float64{1, 1, 1, 0, 0, 1}
	got := shareOfOnes(p, label)
	for i := range label {
		var want float64
		for _, u := range p.Units {
			if !u.Test[i] {
				continue
			}
			ones := 1.0
			for j, in := range u.Train() {
				if in {
					ones += label[j]
				}
			}
			want += ones / 6 / 2 // four training rows and two added, over two repeats
		}
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("row %d: found %v, expected %v", i, got[i], want)
		}
	}
}

func TestRowsAt(t *testing.T) {
	p := &plan{cases: &study.Cases{}}
	if p.rowsAt(7) != nil {
		t.Error("rows are left out where all have as many positions")
	}
	p.cases.Counts = []int{2, 1, 3}
	for position, want := range [][]int{nil, {0, 2}, {2}, {}} {
		got := p.rowsAt(position)
		if len(got) != len(want) || (got == nil) != (want == nil) {
			t.Errorf("position %d: found %v, expected %v", position, got, want)
		}
		for k := range want {
			if got[k] != want[k] {
				t.Errorf("position %d: found %v, expected %v", position, got, want)
			}
		}
	}
}
