package report

import (
	"math"
	"sort"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := make([]vg.Length, rapid.IntRange(0, 12).Draw(t, "n"))
		for i := range want {
			want[i] = vg.Length(rapid.Float64Range(-20, 120).Draw(t, "want"))
		}
		const height, low, high = 8, 0, 100
		got := spread(want, height, low, high)
		order := make([]int, len(want))
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(i, j int) bool { return want[order[i]] < want[order[j]] })
		for k, i := range order {
			if got[i] < low-1e-9 || got[i] > high+1e-9 {
				t.Fatalf("label %d stands at %v, outside [%v, %v]", i, got[i], low, high)
			}
			if k > 0 && got[i]-got[order[k-1]] < height-1e-9 {
				t.Fatalf("labels %d and %d stand %v apart, expected %v", order[k-1], i, got[i]-got[order[k-1]], height)
			}
		}
	})
}

func TestSpreadMovesNoMoreThanNeeded(t *testing.T) {
	got := spread([]vg.Length{50, 10, 50, 90}, 10, 0, 100)
	want := []vg.Length{45, 10, 55, 90}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-9 {
			t.Fatalf("found %v, expected %v", got, want)
		}
	}
}
