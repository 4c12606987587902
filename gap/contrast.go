package gap

import "tell/estimate"

// contrast measures the rows of one slice minus those of a reference, on the
// groups that are in both. A draw takes whole groups with their rows of both
// slices, so that the intervals are those of paired differences.
func contrast(d *Data, reference, rows []int, set Settings, list []estimator) Contrast {
	reference, rows = paired(d, reference, rows)
	a, b := newSample(d, reference, sided), newSample(d, rows, sided)
	c := Contrast{Groups: countGroups(a.group), Rows: [2]int{len(a.cell), len(b.cell)}}
	group := append(a.group[:len(a.group):len(a.group)], b.group...)
	differences := set.Bootstrap.Estimate(group, len(list), func(w []float64, out []estimate.Value) {
		from, to := a.view(w[:len(a.cell)]), b.view(w[len(a.cell):])
		for k, e := range list {
			x := to.measure(e).minus(from.measure(e))
			out[k] = estimate.Value{X: x.x, Reason: x.reason}
		}
	})
	for k, e := range list {
		about, est := e.about(), differences[k]
		if c.Groups == 0 {
			est = estimate.NotEstimable(0, 0, "no group has rows with a behaviour in both")
		}
		c.Items = append(c.Items, Item{
			Key:        about.key,
			Title:      about.title + ", difference",
			Definition: "the estimate on the rows of this value minus that on the rows of the first, on the groups that have both",
			Kind:       Difference,
			Estimate:   est,
		})
	}
	return c
}

// Item returns the item with the given key: KeyNet, KeyBeyondText or
// KeyMatchedAUROC.
func (c Contrast) Item(key string) (Item, bool) { return find(c.Items, key) }

// paired keeps the rows with behaviour 0 or 1 of the groups that have such rows
// on both sides.
func paired(d *Data, a, b []int) (fromA, fromB []int) {
	in := func(rows []int) map[int]bool {
		groups := make(map[int]bool)
		for _, i := range rows {
			if d.Behaviour[i] != Neither {
				groups[d.group(i)] = true
			}
		}
		return groups
	}
	keep := func(rows []int, groups map[int]bool) []int {
		var kept []int
		for _, i := range rows {
			if d.Behaviour[i] != Neither && groups[d.group(i)] {
				kept = append(kept, i)
			}
		}
		return kept
	}
	return keep(a, in(b)), keep(b, in(a))
}
