package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progressFlags are the flags of every verb that takes a while.
type progressFlags struct {
	Quiet bool `short:"q" help:"Print no progress."`
}

func (f progressFlags) progress(c *console) *progress {
	p := &progress{w: c.stderr, bars: isTerminal(c.stderr)}
	if f.Quiet {
		p.w = io.Discard
	}
	return p
}

// stages says in words what the stages of a run do; %d is the number of steps.
var stages = map[string]string{
	"cells":   "training probes and baselines (%d)",
	"hashes":  "hashing the input files (%d)",
	"probes":  "training on all rows (layers and positions: %d)",
	"convert": "converting (rows: %d)",
	"scan":    "reading every number (layers and positions: %d)",
	"report":  "writing the report",
}

func describe(stage string, total int) string {
	words, ok := stages[stage]
	switch {
	case !ok:
		return fmt.Sprintf("%s (%d)", stage, total)
	case total == 1 && stage == "report":
		return words
	}
	return fmt.Sprintf(words, total)
}

// progress shows how far a run is: a bar for every stage on a terminal, one
// line for every stage elsewhere.
type progress struct {
	w     io.Writer
	bars  bool
	stage string
	bar   *progressbar.ProgressBar
}

// step records that done of the total steps of a stage are complete.
func (p *progress) step(stage string, done, total int) {
	if stage != p.stage {
		p.begin(stage, total)
	}
	if p.bar != nil {
		p.bar.Set(done) // fails only beyond the total
	}
}

func (p *progress) begin(stage string, total int) {
	p.end()
	p.stage = stage
	if !p.bars {
		fmt.Fprintln(p.w, describe(stage, total))
		return
	}
	p.bar = progressbar.NewOptions(total,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(describe(stage, total)),
		progressbar.OptionSetWidth(20),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetRenderBlankState(true),
	)
}

// end leaves the line of a bar.
func (p *progress) end() {
	if p.bar != nil {
		fmt.Fprintln(p.w)
	}
	p.stage, p.bar = "", nil
}
