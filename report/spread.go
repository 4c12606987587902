package report

import (
	"sort"

	"gonum.org/v1/plot/vg"
)

// spread moves the centres of labels apart until neighbours are at least
// height from one another, each as near as possible to its wanted place.
// Labels that touch move as one block about their mean (pool adjacent
// violators). The result keeps the order of want and lies within [low, high]
// if there is room for all.
func spread(want []vg.Length, height, low, high vg.Length) []vg.Length {
	order := make([]int, len(want))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return want[order[i]] < want[order[j]] })

	// With z[k] = want - k·height the task is the monotone fit of z.
	type block struct {
		sum   vg.Length
		count int
	}
	var blocks []block
	for k, i := range order {
		blocks = append(blocks, block{want[i] - vg.Length(k)*height, 1})
		for n := len(blocks); n > 1; n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			if a.sum/vg.Length(a.count) <= b.sum/vg.Length(b.count) {
				break
			}
			blocks = append(blocks[:n-2], block{a.sum + b.sum, a.count + b.count})
		}
	}
	ceiling := high - vg.Length(len(want)-1)*height
	placed := make([]vg.Length, len(want))
	k := 0
	for _, b := range blocks {
		z := max(low, min(ceiling, b.sum/vg.Length(b.count)))
		for range b.count {
			placed[order[k]] = z + vg.Length(k)*height
			k++
		}
	}
	return placed
}
