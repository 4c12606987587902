package run_test

import (
	"encoding/json"
	"slices"
	"testing"

	"tell/run"
)

// The bar moves while a site is trained, up to the whole of it and never back, and
// changes no number.
func TestProgressWithinASite(t *testing.T) {
	s := toy(t, nil, "")
	s.Controls.Description, s.Controls.Selectivity, s.Controls.Learning, s.Controls.Interval = 2, "act", true, "procedure"
	of := func(o run.Options) (string, []run.Step) {
		var steps []run.Step
		o.Progress = func(s run.Step) {
			if s.Stage == "cells" {
				steps = append(steps, s)
			}
		}
		r, _ := runs(t, s, o)
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw), steps
	}
	without, _ := runs(t, s, run.Options{Workers: 1})
	want, err := json.Marshal(without)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 3} {
		got, steps := of(run.Options{Workers: workers})
		if got != string(want) {
			t.Errorf("%d workers: another result where progress is told", workers)
		}
		if first := steps[0]; first != (run.Step{Stage: "cells", Total: first.Total}) {
			t.Errorf("%d workers: found %+v at first", workers, first)
		}
		if last := steps[len(steps)-1]; last.Done != last.Total || last.Under != 0 || last.Left != 0 {
			t.Errorf("%d workers: found %+v at last", workers, last)
		}
		before := 0.0
		for i, step := range steps {
			done := float64(step.Done) + step.Under
			if done < before-1e-9 || done > float64(step.Total) {
				t.Fatalf("%d workers: found %v of %d after %v", workers, done, step.Total, before)
			}
			before = done
			if workers == 1 && i > 0 && step.Done > steps[i-1].Done && steps[i-1].Under > 0 && steps[i-1].Under < 0.9 {
				t.Errorf("a site was done after %v of it", steps[i-1].Under)
			}
		}
		if moves := len(slices.CompactFunc(steps, func(a, b run.Step) bool { return a.Done == b.Done && a.Under == b.Under })); moves < 50 {
			t.Errorf("%d workers: the bar moved %d times", workers, moves)
		}
	}
}
