package run

import (
	"sync"
	"time"

	"tell/probe"
	"tell/study"
)

// A pace tells how far the cells of a run are, and from the sites that were trained how
// long the others will take. Baselines, and cells whose parts were there, tell nothing
// about sites.
type pace struct {
	tell   func(Step)
	atOnce int

	mu      sync.Mutex
	cells   int // in all
	done    int
	sites   int // not done
	trained int
	took    time.Duration  // by those that were trained
	under   map[Cell]*work // sites in training
	parts   int            // of steps under way, all of them together
}

// work is what a site in training has done.
type work struct {
	done, expected int
	parts          int // of a step
}

// alone is what a probe of the cross-validation takes, where one of the permutations,
// which share their products, takes 1.
const alone = 4

// partsOfStep is how finely a step under way is told.
const partsOfStep = 100

func paceOf(cells []Cell, atOnce int, tell func(Step)) *pace {
	p := &pace{tell: tell, atOnce: atOnce, cells: len(cells), under: map[Cell]*work{}}
	for _, c := range cells {
		if c.Control == "" {
			p.sites++
		}
	}
	return p
}

// begin says that a site is trained, and about how much work that is.
func (p *pace) begin(c Cell, expected int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under[c] = &work{expected: expected}
}

// probe counts a probe of a site in training, and what it takes.
func (p *pace) probe(c Cell, takes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.under[c]
	if w == nil {
		return
	}
	w.done += takes
	if parts := min(partsOfStep, w.done*partsOfStep/w.expected); parts > w.parts {
		p.parts += parts - w.parts
		w.parts = parts
		p.say()
	}
}

// finish counts a cell.
func (p *pace) finish(c Cell, trained bool, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if w := p.under[c]; w != nil {
		p.parts -= w.parts
		delete(p.under, c)
	}
	if c.Control == "" {
		p.sites--
		if trained {
			p.trained++
			p.took += took
		}
	}
	p.say()
}

// say tells how many cells are done and how much time is left: nothing of the latter
// before a site has shown how long it takes.
func (p *pace) say() {
	s := Step{Stage: "cells", Done: p.done, Total: p.cells, Under: float64(p.parts) / partsOfStep}
	if p.trained > 0 && p.sites > 0 {
		left := (float64(p.sites) - s.Under) / float64(min(p.atOnce, p.sites))
		s.Left = time.Duration(float64(p.took) / float64(p.trained) * left)
	}
	p.tell(s)
}

// work is about what the site of a cell takes; splits that leave too few labels are not
// trained.
func (p *plan) work(c Cell) int {
	f := p.source(c.Dump).folds
	n := alone * len(f.Units) * (1 + f.Inner) * len(p.Probe.C)
	if p.describes(c) {
		n += p.Controls.Description * (probe.Portions - 1) * len(p.Probe.C)
	}
	if p.selects(c) {
		n += controlTasks * f.Folds
	}
	n += p.lessons(c) * f.Folds
	if !c.isSite() {
		return n
	}
	n += alone // on all rows
	if p.Controls.Permutations > 0 {
		n += (1 + p.Controls.Permutations) * f.Folds
	}
	if p.Controls.Interval == study.IntervalOfProcedure {
		n += (1 + procedureDraws) * f.Folds
	}
	return n
}
