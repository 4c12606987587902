package main

import (
	"fmt"
	"maps"
	"slices"

	"tell/estimate"
	"tell/gap"
	"tell/gap/planted"
)

// levelWorlds are populations of several levels.
func levelWorlds() []struct {
	title string
	planted.Levels
} {
	small := planted.Classes(3)
	small.Groups = 30
	return []struct {
		title string
		planted.Levels
	}{
		{"3 classes, 80 groups of 6", planted.Classes(3)},
		{"3 classes, 30 groups of 6", small},
		{"6 classes, 80 groups of 6", planted.Classes(6)},
		{"4 ordered levels, 80 groups of 6", planted.Ladder(4)},
		{"6 ordered levels, 80 groups of 6", planted.Ladder(6)},
	}
}

// levelTables prints one line for each world and number: on all rows, and the net
// gap on the rows of each label.
func levelTables(runs, draws int) error {
	fmt.Print("\n### Several levels\n\n| world | number | truth | mean | samples with an interval | hold the truth |\n|---|---|---|---|---|---|\n")
	for _, w := range levelWorlds() {
		truth := w.Truth()
		for y := range w.Label {
			for key, x := range w.OfLabel(y) {
				truth[fmt.Sprintf("%s, label %d", key, y)] = x
			}
		}
		type tally struct {
			mean            float64
			intervals, held int
		}
		of := map[string]*tally{}
		for key := range truth {
			of[key] = &tally{}
		}
		for seed := range uint64(runs) {
			r, err := gap.MeasureLevels(w.Draw(seed), gap.Settings{Bootstrap: estimate.Bootstrap{Draws: draws, Seed: seed}})
			if err != nil {
				return err
			}
			add := func(suffix string, items []gap.Item) {
				for _, it := range items {
					key, e := it.Key+suffix, it.Estimate
					t, ok := of[key]
					if !ok || !e.OK() {
						continue
					}
					t.mean += e.Value / float64(runs)
					if e.Interval != nil {
						t.intervals++
						if !e.Excludes(truth[key]) {
							t.held++
						}
					}
				}
			}
			add("", r.Items)
			for y, l := range r.ByLabel {
				add(fmt.Sprintf(", label %d", y), l.Items)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(truth)) {
			t := of[key]
			fmt.Printf("| %s | `%s` | %.3f | %.3f | %d of %d | %s |\n", w.title, key, truth[key]+0, t.mean, t.intervals, runs, percent(t.held, t.intervals))
		}
	}
	return nil
}
