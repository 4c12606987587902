// Command validity prints the tables of docs/validity.md about conditions, sets
// and dumps.
//
//	go run ./compare/internal/pairs/validity -runs 200
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"tell/compare/internal/pairs"
)

func main() {
	runs := flag.Int("runs", 200, "samples a world")
	draws := flag.Int("bootstrap", 500, "draws of the bootstrap")
	permutations := flag.Int("permutations", 199, "draws of a null")
	seed := flag.Uint64("seed", 1, "where the samples come from")
	only := flag.String("world", "", "only worlds whose name begins with this")
	flag.Parse()
	fmt.Println("| world | line | truth | mean | interval held the truth | too high, too low | p <= .05 | flags |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, w := range slices.Concat(pairs.Conditions(), pairs.Transfers(), pairs.AllDumps()) {
		if !strings.HasPrefix(w.Name, *only) {
			continue
		}
		counts, err := w.Run(context.Background(), *seed<<20, *runs, *draws, *permutations)
		if err != nil {
			fmt.Fprintln(os.Stderr, "validity:", err)
			os.Exit(1)
		}
		for _, c := range counts {
			if c.HasTruth || c.Tests > 0 {
				fmt.Println(row(w.Name, c))
			}
		}
	}
}

func row(world string, c *pairs.Count) string {
	truth, held, p := "", "", ""
	sides := ""
	if c.HasTruth {
		truth = fmt.Sprintf("%.3f", c.Truth)
	}
	if c.Intervals > 0 {
		held = fmt.Sprintf("%.1f%%", 100*c.Rate())
		if c.Intervals < c.Runs {
			held += fmt.Sprintf(" (of %d)", c.Intervals)
		}
		sides = fmt.Sprintf("%d, %d", c.TooHigh, c.TooLow)
	}
	if c.Tests > 0 {
		p = fmt.Sprintf("%.1f%%", 100*c.Rejects())
	}
	var flags []string
	for code, n := range c.Flagged {
		if slices.Contains([]string{"threshold-dependent", "equivalent", "different", "not-shown", "identical", "fieller-complement", "fieller-line"}, code) {
			flags = append(flags, fmt.Sprintf("%s %.1f%%", code, 100*float64(n)/float64(c.Runs)))
		}
	}
	if c.NE > 0 {
		flags = append(flags, fmt.Sprintf("not estimable %.1f%%", 100*float64(c.NE)/float64(c.Runs)))
	}
	slices.Sort(flags)
	line := strings.TrimSpace(c.Predictor + " `" + c.Key + "`")
	if c.Test != "" && c.Train != c.Test && !strings.Contains(c.Test, "-") {
		line += " " + c.Train + " on " + c.Test
	}
	return fmt.Sprintf("| %s | %s | %s | %.3f | %s | %s | %s | %s |", world, line, truth, c.Mean, held, sides, p, strings.Join(flags, ", "))
}
