// Command validity counts how often package hidden claims that a probe adds to
// its rivals, over draws of planted worlds, and prints a Markdown table:
//
//	go run ./hidden/internal/validity -draws 200
//	go run ./hidden/internal/validity -levels -draws 200
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"tell/estimate"
	"tell/gap/planted"
	"tell/hidden"
	"tell/hidden/internal/firstlevel"
	"tell/target"
)

type world struct {
	name, short string
	planted.States
}

var worlds = []world{
	{"i: two cues and the behaviour", "i", planted.OnlyRivals()},
	{"ii: own log-odds, given", "ii", planted.OwnLogOdds(true)},
	{"ii: own log-odds, withheld", "iiw", planted.OwnLogOdds(false)},
	{"iii: independent knowledge", "iii", planted.KnowsApart()},
	{"iv: 10% positives, noise", "iv", planted.Rare(false)},
	{"iv: 10% positives, knowledge", "ivk", planted.Rare(true)},
	{"v: a peer knows the same", "v", planted.PeerKnows()},
	{"labels by group, noise", "g", planted.LabelledGroups()},
}

// size is what a world is tried at beside its own parameters.
type size struct {
	name string
	set  func(*planted.States)
}

var sizes = []size{
	{"96 x 6", func(*planted.States) {}},
	{"40 x 6", func(w *planted.States) { w.Groups = 40 }},
	{"96 x 4", func(w *planted.States) { w.PerGroup = 4 }},
	{"40 x 4", func(w *planted.States) { w.Groups, w.PerGroup = 40, 4 }},
	{"96 x 6, right 65%", func(w *planted.States) { right(w, 0.65) }},
	{"96 x 6, right 90%", func(w *planted.States) { right(w, 0.9) }},
	{"96 x 6, 40 columns of noise", func(w *planted.States) { w.Noise = 40 }},
}

func right(w *planted.States, p float64) { w.CueRight, w.BehaviourRight, w.KnowledgeRight = p, p, p }

func main() {
	draws := flag.Int("draws", 200, "samples of each world")
	permutations := flag.Int("permutations", 59, "draws of the null")
	bootstrap := flag.Int("bootstrap", 400, "draws of the bootstrap")
	only := flag.String("worlds", "", "comma-separated `worlds`, such as i,iii; default all")
	at := flag.String("sizes", "", "comma-separated numbers of `sizes` from 0; default all")
	seed := flag.Uint64("seed", 1, "of the first sample")
	levels := flag.Bool("levels", false, "worlds of classes and of ordered levels")
	flag.Parse()
	fmt.Println("| world | groups x rows | truth, bits | mean, bits | mean null | interval holds it | p <= .05 | interval > 0 | claims |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	line := func(world, size string, truth float64, draw func(seed uint64) (hidden.Data, error)) {
		t, err := try(draw, truth, *draws, *permutations, *bootstrap, *seed)
		if err != nil {
			log.Fatalf("%s, %s: %v", world, size, err)
		}
		n := float64(*draws)
		fmt.Printf("| %s | %s | %.3f | %.3f | %.3f | %.1f%% | %.1f%% | %.1f%% | %.1f%% |\n", world, size, truth,
			t.value/n, t.null/n, 100*t.held/n, 100*t.small/n, 100*t.above/n, 100*t.found/n)
	}
	if *levels {
		for _, w := range levelWorlds() {
			line(w.name, fmt.Sprintf("%d x %d", w.Groups, w.PerGroup), w.Truth(), w.Draw)
		}
		return
	}
	for _, w := range worlds {
		for k, s := range sizes {
			if *only != "" && !listed(*only, w.short) || *at != "" && !listed(*at, fmt.Sprint(k)) {
				continue
			}
			population := w.States
			s.set(&population)
			line(w.name, s.name, population.Truth().Information, func(seed uint64) (hidden.Data, error) { return firstlevel.Planted(population, seed, 1) })
		}
	}
}

type levelWorld struct {
	name string
	firstlevel.Levels
}

// levelWorlds are three classes and four ordered levels, whose states hold the cue,
// the behaviour and noise, or knowledge beside them.
func levelWorlds() []levelWorld {
	var list []levelWorld
	for _, of := range []struct {
		name   string
		kind   target.Kind
		levels int
	}{{"3 classes", target.KindClass, 3}, {"4 ordered levels", target.KindOrdinal, 4}} {
		w := firstlevel.Levels{Kind: of.kind, Levels: of.levels, Groups: 40, PerGroup: 6, CueRight: 0.6, BehaviourRight: 0.6, KnowledgeRight: 0.6, Noise: 20, KnowsNothing: true}
		list = append(list, levelWorld{of.name + ": cue and behaviour, 20 columns of noise", w})
		w.Noise, w.KnowsNothing = 3, false
		list = append(list, levelWorld{of.name + ": independent knowledge", w})
	}
	return list
}

func listed(list, name string) bool {
	for _, s := range strings.Split(list, ",") {
		if s == name {
			return true
		}
	}
	return false
}

// tally sums over samples.
type tally struct{ value, null, held, small, above, found float64 }

func try(draw func(seed uint64) (hidden.Data, error), truth float64, draws, permutations, bootstrap int, seed uint64) (tally, error) {
	first := min(9, permutations)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	results := make([]*hidden.Result, draws)
	for i := range results {
		g.Go(func() error {
			d, err := draw(seed + uint64(i))
			if err != nil {
				return err
			}
			measure := hidden.Settings{
				Permutations: first, Seed: uint64(i), Bootstrap: estimate.Bootstrap{Draws: bootstrap, Seed: uint64(i), Workers: 1},
			}
			results[i], err = hidden.Measure(context.Background(), d, measure)
			if err != nil {
				return err
			}
			// The draws of the first are among those of all: if they are large
			// often enough, p is above .05 whatever the others are.
			atLeast := results[i].Information.Null.P * float64(first+1)
			if atLeast > 0.05*float64(permutations+1)+1e-9 {
				return nil
			}
			measure.Permutations = permutations
			results[i], err = hidden.Measure(context.Background(), d, measure)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return tally{}, err
	}
	var t tally
	for _, r := range results {
		e, null := r.Information.Estimate, r.Information.Null
		t.value += e.Value
		t.null += null.Mean
		add(&t.held, e.Interval != nil && !e.Excludes(truth))
		add(&t.small, null.P <= 0.05+1e-12)
		add(&t.above, e.Interval != nil && e.Interval.Low > 0)
		add(&t.found, r.Found())
	}
	return t, nil
}

func add(n *float64, yes bool) {
	if yes {
		*n++
	}
}
