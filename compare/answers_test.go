package compare_test

import (
	"context"
	"runtime"
	"testing"

	"tell/compare/internal/answers"
)

// A small version of the table in docs/validity.md: in 20 samples a true 95% is
// at least 75% but once in 3,000.
func TestPlantedAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector")
	}
	const sets = 20
	for _, w := range append(answers.Worlds(), answers.Cosines()[3], answers.Efforts()[0]) {
		tallies, err := answers.Try(context.Background(), w, answers.Settings{Seed: 3, Draws: 100, Permutations: 39}, sets, runtime.GOMAXPROCS(0))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range tallies {
			if l.Estimated == 0 && l.Truth == l.Truth {
				t.Errorf("%s, %s: never estimated", l.World, l.Number)
			}
			if l.Truth == l.Truth && l.Coverage() < 0.75 {
				t.Errorf("%s, %s: %.0f%% of intervals hold %v; mean %.3f", l.World, l.Number, 100*l.Coverage(), l.Truth, l.Mean)
			}
			switch {
			case l.Tested == 0:
			case l.Null && l.Size() > 0.25:
				t.Errorf("%s, %s: %.0f%% of tests reject where there is nothing", l.World, l.Number, 100*l.Size())
			case !l.Null && l.Size() < 0.5:
				t.Errorf("%s, %s: %.0f%% of tests reject", l.World, l.Number, 100*l.Size())
			}
		}
	}
}
