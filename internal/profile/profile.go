// Package profile tells where the time of a run goes, by stage: the processor
// time from the profiler of the runtime, whose samples carry the stage that a
// goroutine works on, and the time on the clock.
package profile

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"

	pprofile "github.com/google/pprof/profile"
)

// Stage is what went into one stage.
type Stage struct {
	Name string `json:"stage"`
	// Wall is how long anything was in the stage. Stages of cells that are
	// trained side by side overlap.
	Wall float64 `json:"wall_seconds"`
	// CPU is the processor time of all goroutines.
	CPU float64 `json:"cpu_seconds"`
}

// Profile is where the time went.
type Profile struct {
	// Stages are in the order of the settings, then those that they do not
	// name, then Runtime and Other.
	Stages []Stage `json:"stages"`
	Wall   float64 `json:"wall_seconds"`
	CPU    float64 `json:"cpu_seconds"`
	// Peak is the largest number of bytes that the process had in memory, 0
	// where the system does not tell.
	Peak int64 `json:"peak_bytes,omitempty"`
}

// The stages of what is in none.
const (
	Runtime = "garbage collection"
	Other   = "other"
)

// label is the key of a stage in samples.
const label = "tell.stage"

type key struct{}

// Settings say what stages there are.
type Settings struct {
	// Stages come first in the profile, in this order, and are there even if
	// nothing was in them.
	Stages []string
	// Packages whose processor time is that of a stage, in whatever stage they
	// are called.
	Packages map[string]string
}

// Profiler measures a run. Only one can be at work in a process.
type Profiler struct {
	Settings
	began   time.Time
	samples bytes.Buffer

	mu   sync.Mutex
	wall map[string]*clock
}

// clock adds up the time in which anything is in a stage.
type clock struct {
	in    int
	since time.Time
	sum   time.Duration
}

// Start begins to measure.
func Start(s Settings) (*Profiler, error) {
	p := &Profiler{Settings: s, began: time.Now(), wall: map[string]*clock{}}
	if err := pprof.StartCPUProfile(&p.samples); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return p, nil
}

// Into returns a context that stages are measured in.
func (p *Profiler) Into(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, p)
}

// In runs f as a stage. Goroutines that f starts are in the stage too. The
// processor time of a stage inside another is that of the inner one alone. Where
// nothing is measured, In only calls f.
func In(ctx context.Context, stage string, f func(context.Context) error) (err error) {
	p, on := ctx.Value(key{}).(*Profiler)
	if !on {
		return f(ctx)
	}
	p.enter(stage, 1)
	defer p.enter(stage, -1)
	pprof.Do(ctx, pprof.Labels(label, stage), func(ctx context.Context) { err = f(ctx) })
	return err
}

// enter counts what is in a stage.
func (p *Profiler) enter(stage string, by int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.wall[stage]
	if c == nil {
		c = &clock{}
		p.wall[stage] = c
	}
	now := time.Now()
	if c.in > 0 {
		c.sum += now.Sub(c.since)
	}
	c.in += by
	c.since = now
}

// Stop ends the measurement.
func (p *Profiler) Stop() (*Profile, error) {
	pprof.StopCPUProfile()
	all := &Profile{Wall: time.Since(p.began).Seconds(), Peak: peak()}
	samples, err := pprofile.Parse(&p.samples)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	cpu := map[string]float64{}
	for _, s := range samples.Sample {
		seconds := time.Duration(s.Value[len(s.Value)-1]).Seconds()
		cpu[p.stageOf(s)] += seconds
		all.CPU += seconds
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	names := slices.Clone(p.Settings.Stages)
	var more []string
	for name := range p.wall {
		more = append(more, name)
	}
	for name := range cpu {
		more = append(more, name)
	}
	slices.Sort(more)
	more = slices.DeleteFunc(slices.Compact(more), func(name string) bool {
		return name == Runtime || name == Other || slices.Contains(names, name)
	})
	for _, name := range append(names, more...) {
		s := Stage{Name: name, CPU: cpu[name]}
		if c := p.wall[name]; c != nil {
			s.Wall = c.sum.Seconds()
		}
		all.Stages = append(all.Stages, s)
	}
	for _, name := range []string{Runtime, Other} {
		all.Stages = append(all.Stages, Stage{Name: name, CPU: cpu[name]})
	}
	return all, nil
}

// stageOf is the stage of a sample. The collector's own goroutines have none.
func (p *Profiler) stageOf(s *pprofile.Sample) string {
	for _, l := range s.Location {
		for _, line := range l.Line {
			if line.Function == nil {
				continue
			}
			name := line.Function.Name
			if strings.HasPrefix(name, "runtime.gcBgMarkWorker") {
				return Runtime
			}
			if stage, ok := p.Packages[packageOf(name)]; ok {
				return stage
			}
		}
	}
	if of := s.Label[label]; len(of) > 0 {
		return of[0]
	}
	return Other
}

// packageOf is the import path before the name of a function.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	name, _, _ := strings.Cut(function[slash:], ".")
	return function[:slash] + name
}
