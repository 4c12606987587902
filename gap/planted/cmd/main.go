// Command cmd prints how often the intervals of package gap hold the truth in
// planted populations, as the tables of docs/validity.md:
//
//	go run ./gap/planted/cmd -runs 200
//	go run ./gap/planted/cmd -levels -runs 200
//
// An interval at level 0.95 should hold it in about 95% of the samples. A sample
// is flagged at an estimate that carries corrected-bound or few-rows.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"

	"tell/estimate"
	"tell/gap"
	"tell/gap/planted"
)

type world struct {
	title string
	planted.Population
}

func worlds() []world {
	sized := func(w planted.Observers, groups int) planted.Observers { w.Groups = groups; return w }
	differing := planted.EqualSensitivity(1, 0.6)
	differing.Probe, differing.WhenKnown = gap.Observer{DPrime: 2, Criterion: -0.2}, gap.Observer{DPrime: 2.2, Criterion: 0.1}
	differing.LabelOne, differing.NeitherShare, differing.Groups = 0.35, 0.2, 100
	return []world{
		{"observers of d' 1.5, criteria 0 and 1, 80 groups of 6", planted.EqualSensitivity(1.5, 1)},
		{"observers of d' 1.5, criteria 0 and 1.66, 80 groups of 6", planted.EqualSensitivity(1.5, 1.66)},
		{"observers of d' 1.5, criteria 0 and 1.66, 400 groups of 6", sized(planted.EqualSensitivity(1.5, 1.66), 400)},
		{"observers of d' 2.5, criteria 0 and 1.66, 80 groups of 6", planted.EqualSensitivity(2.5, 1.66)},
		{"observers of d' 2.5, criteria 0 and 1.66, 800 groups of 6", sized(planted.EqualSensitivity(2.5, 1.66), 800)},
		{"observers that differ in d' and criterion, 35% of label 1, 20% neither, 100 groups of 6", differing},
		{"a probe that reads the label, 80 groups of 6", planted.Knowing()},
		{"a probe that reads the behaviour, 80 groups of 6", planted.BehaviourReading()},
	}
}

var keys = []string{
	gap.KeyNet, gap.KeyNeitherWrong, gap.KeyNeitherRight, gap.KeyAUROCProbe, gap.KeyAUROCBehaviour, gap.KeyAUROCDifference,
	gap.KeyDPrimeProbe, gap.KeyDPrimeBehaviour, gap.KeyDPrimeDifference,
	gap.KeyCriterionProbe, gap.KeyCriterionBehaviour, gap.KeyCriterionDifference, gap.KeyFromSensitivity, gap.KeyFromCriterion,
	gap.KeyNetAt05, gap.KeyNetAt95, gap.KeyBaseRateRoot,
	gap.KeyAgainstKnown, gap.KeyAgainstUnknown, gap.KeyAgainstDifference, gap.KeyPredictsAct + "_y0", gap.KeyPredictsAct + "_y1",
}

func main() {
	runs := flag.Int("runs", 200, "samples of each population")
	draws := flag.Int("draws", 1000, "bootstrap draws for each sample")
	levels := flag.Bool("levels", false, "the populations of several levels, in place of labels 0 and 1")
	flag.Parse()
	if *levels {
		if err := levelTables(*runs, *draws); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	for _, w := range worlds() {
		if err := table(w, *runs, *draws); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func table(w world, runs, draws int) error {
	truth := w.Truth()
	type tally struct{ flagged, clear, held int }
	tallies := map[string]*tally{}
	for _, key := range keys {
		tallies[key] = &tally{}
	}
	counts, err := planted.Coverage(w, runs, func(d gap.Data, seed uint64) (map[string]*estimate.Interval, error) {
		r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: draws, Seed: seed}})
		if err != nil {
			return nil, err
		}
		intervals := map[string]*estimate.Interval{}
		for _, it := range r.Items {
			e := it.Estimate
			intervals[it.Key] = e.Interval
			t := tallies[it.Key]
			switch {
			case t == nil || e.Interval == nil:
			case slices.Contains(e.Flags(), gap.CorrectedBound) || slices.Contains(e.Flags(), gap.FewRows):
				t.flagged++
			default:
				t.clear++
				if !e.Excludes(truth[it.Key]) {
					t.held++
				}
			}
		}
		return intervals, nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("\n### %s\n\n| key | truth | samples with an interval | hold the truth | flagged | hold the truth, without flag |\n|---|---|---|---|---|---|\n", w.title)
	for _, key := range keys {
		if c, ok := counts[key]; ok {
			t := tallies[key]
			fmt.Printf("| `%s` | %.3f | %d of %d | %s | %d | %s |\n", key, truth[key]+0, c.Intervals, c.Runs, percent(c.Held, c.Intervals), t.flagged, percent(t.held, t.clear))
		}
	}
	return nil
}

func percent(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}
