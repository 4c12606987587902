// Command validity counts how often the intervals of two targets, trajectories,
// candidate answers, effort and the ceiling of shares hold the truth of planted worlds, and how often their
// tests reject where there is nothing to find. It prints a Markdown table:
//
//	go run ./compare/internal/answers/validity -sets 200
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"

	"tell/compare/internal/answers"
)

func main() {
	sets := flag.Int("sets", 200, "samples of each world")
	draws := flag.Int("draws", 400, "draws of the bootstrap")
	permutations := flag.Int("permutations", 99, "draws of the nulls")
	only := flag.String("worlds", "", "only worlds whose name begins so")
	seed := flag.Uint64("seed", 1, "where the samples come from")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Println("| world | number | truth | mean | held | too high, too low | no interval | p <= .05 |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, w := range slices.Concat(answers.Worlds(), answers.Cosines(), answers.Efforts(), answers.Ceilings()) {
		if !strings.HasPrefix(w.Name, *only) {
			continue
		}
		lines, err := answers.Try(ctx, w, answers.Settings{Seed: *seed, Draws: *draws, Permutations: *permutations}, *sets, runtime.GOMAXPROCS(0))
		if err != nil {
			log.Fatal(err)
		}
		for _, t := range lines {
			fmt.Println(t)
		}
	}
}
