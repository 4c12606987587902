// Command validity measures whether the intervals and tests of tell hold what
// they say, on made-up data whose truth is known, and prints the tables of
// docs/validity.md.
//
//	go run ./bench/validity coverage   intervals, on redrawn data sets
//	go run ./bench/validity size       permutation tests without an effect
//	go run ./bench/validity controls   description length, learning curves, selectivity
//	go run ./bench/validity bits       bits saved, in other worlds
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "validity:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string, w io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("found no table, expected coverage, size, controls or bits")
	}
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	sets := f.Int("sets", 200, "data sets for each line of the table")
	draws := f.Int("draws", 200, "draws of the procedure, or permutations")
	seed := f.Uint64("seed", 1, "where the data sets come from")
	groups := f.Int("groups", 0, "only lines with so many groups; 0 for all")
	width := f.Int("width", 0, "only lines with so many columns; 0 for all")
	auroc := f.Float64("auroc", 0, "only lines of that AUROC, .7 or .9; 0 for all")
	slope := f.Float64("slope", 0.3, "how much the direction of the label differs between groups")
	share := f.Float64("share", 0.3, "the share of the noise that rows of a group have in common")
	nested := f.Bool("nested", false, "choose C in every fold instead of fixing it")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "coverage":
		return coverage{sets: *sets, draws: *draws, seed: *seed, nested: *nested, onlyGroups: *groups, onlyWidth: *width, onlyAUROC: *auroc, slope: *slope, share: *share}.table(ctx, w)
	case "size":
		return size{sets: *sets, draws: *draws, seed: *seed}.table(w)
	case "controls":
		return controls{sets: *sets, draws: *draws, groups: cmp.Or(*groups, 40), width: *width, seed: *seed}.table(ctx, w)
	case "bits":
		return savings{sets: *sets, draws: *draws, seed: *seed}.table(ctx, w)
	}
	return fmt.Errorf("found table %q, expected coverage, size, controls or bits", args[0])
}
