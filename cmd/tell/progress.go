package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"tell/run"
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
// line for every stage elsewhere. A bar says each second how long its stage has
// taken, and how much is left where the run knows.
type progress struct {
	w     io.Writer
	bars  bool
	stage string

	mu    sync.Mutex // of what follows, which a clock reads as well
	bar   *progressbar.ProgressBar
	words string
	done  string // of steps under way
	began time.Time
	due   time.Time // zero where nothing is known
	stop  chan struct{}
}

// fine is how many parts of a step a bar shows.
const fine = 100

// step records that done of the total steps of a stage are complete.
func (p *progress) step(stage string, done, total int) {
	p.follow(run.Step{Stage: stage, Done: done, Total: total})
}

// follow records how far a run is.
func (p *progress) follow(s run.Step) {
	if s.Stage != p.stage {
		p.begin(s.Stage, s.Total)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil {
		return
	}
	p.due = time.Time{}
	if s.Left > 0 {
		p.due = time.Now().Add(s.Left)
	}
	p.done = ""
	if s.Under > 0 {
		p.done = fmt.Sprintf(", %.2f done", float64(s.Done)+s.Under)
	}
	p.bar.Set(int((float64(s.Done) + s.Under) * fine)) // fails only beyond the total
	p.tick()
}

func (p *progress) begin(stage string, total int) {
	p.end()
	p.stage = stage
	if !p.bars {
		fmt.Fprintln(p.w, describe(stage, total))
		return
	}
	p.words, p.done, p.began, p.stop = describe(stage, total), "", time.Now(), make(chan struct{})
	p.bar = progressbar.NewOptions(total*fine,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(p.words),
		progressbar.OptionSetWidth(20),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetRenderBlankState(true),
	)
	go func(stop <-chan struct{}) {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
				p.mu.Lock()
				if p.stop == stop {
					p.tick()
				}
				p.mu.Unlock()
			}
		}
	}(p.stop)
}

// tick writes the bar with the time.
func (p *progress) tick() {
	p.bar.Describe(p.words + p.done + clock(time.Since(p.began), time.Until(p.due)))
}

// clock says how long a stage has taken and what is left, in words.
func clock(took, left time.Duration) string {
	if took < time.Second {
		return ""
	}
	words := ", " + took.Truncate(time.Second).String()
	switch {
	case left >= time.Minute:
		words += fmt.Sprintf(", about %s left", strings.TrimSuffix(left.Round(time.Minute).String(), "0s"))
	case left > 0:
		words += ", under 1m left"
	}
	return words
}

// end leaves the line of a bar.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		close(p.stop)
		fmt.Fprintln(p.w)
	}
	p.stage, p.bar, p.stop = "", nil, nil
}
