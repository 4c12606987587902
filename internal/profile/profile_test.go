package profile_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tell/internal/profile"
)

var sink float64

// burn takes at least a tenth of a second of processor time.
func burn() {
	x := 1.0
	for range 60_000_000 {
		x = x*0.9999999 + 1e-9
	}
	sink = x
}

func stage(t *testing.T, p *profile.Profile, name string) profile.Stage {
	t.Helper()
	for _, s := range p.Stages {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no stage %q in %v", name, p.Stages)
	return profile.Stage{}
}

// Processor time goes to the innermost stage, also that of goroutines; the
// time on the clock goes to every stage, once where several are in it.
func TestStages(t *testing.T) {
	p, err := profile.Start(profile.Settings{Stages: []string{"never", "outer"}, Packages: map[string]string{"tell/internal/profile_test.nothing": "never"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := profile.Start(profile.Settings{}); err == nil {
		t.Error("a second profiler was started")
	}
	ctx := p.Into(t.Context())
	failed := errors.New("failed")
	err = profile.In(ctx, "outer", func(ctx context.Context) error {
		var g sync.WaitGroup
		for range 3 {
			g.Go(func() {
				profile.In(ctx, "asleep", func(context.Context) error { time.Sleep(50 * time.Millisecond); return nil })
			})
		}
		g.Wait()
		profile.In(ctx, "inner", func(context.Context) error { g.Go(burn); g.Wait(); return nil })
		profile.In(ctx, "asleep", func(context.Context) error { return nil }) // and not in between
		return failed
	})
	if err != failed {
		t.Errorf("error %v, want that of the stage", err)
	}
	burn()
	all, err := p.Stop()
	if err != nil {
		t.Fatal(err)
	}
	if all.Stages[0].Name != "never" || all.Stages[0] != (profile.Stage{Name: "never"}) || all.Stages[1].Name != "outer" {
		t.Errorf("found %v, expected never and outer first", all.Stages)
	}
	outer, inner, asleep := stage(t, all, "outer"), stage(t, all, "inner"), stage(t, all, "asleep")
	if inner.CPU <= outer.CPU || asleep.CPU > inner.CPU || stage(t, all, profile.Other).CPU == 0 {
		t.Errorf("processor time %v", all.Stages)
	}
	if asleep.Wall < 0.05 || asleep.Wall > outer.Wall-inner.Wall || inner.Wall == 0 || all.Wall < outer.Wall {
		t.Errorf("time on the clock %v of %v", all.Stages, all.Wall)
	}
	var sum float64
	seen := map[string]bool{}
	for _, s := range all.Stages {
		if seen[s.Name] {
			t.Errorf("%s is there twice", s.Name)
		}
		seen[s.Name] = true
		sum += s.CPU
	}
	if d := sum - all.CPU; d > 1e-9 || d < -1e-9 {
		t.Errorf("stages of %v s, expected %v", sum, all.CPU)
	}
}

// Where nothing is measured the stage is only run.
func TestOff(t *testing.T) {
	ran := false
	if err := profile.In(t.Context(), "any", func(context.Context) error { ran = true; return nil }); err != nil || !ran {
		t.Errorf("ran %v, error %v", ran, err)
	}
}

// What a package does is of its stage, whichever it is called in.
func TestPackages(t *testing.T) {
	p, err := profile.Start(profile.Settings{Packages: map[string]string{"tell/internal/profile_test": "own"}})
	if err != nil {
		t.Fatal(err)
	}
	profile.In(p.Into(t.Context()), "outer", func(context.Context) error { burn(); return nil })
	all, err := p.Stop()
	if err != nil {
		t.Fatal(err)
	}
	if own, outer := stage(t, all, "own").CPU, stage(t, all, "outer").CPU; own == 0 || outer > own {
		t.Errorf("found %v s of the package and %v s of the stage it was called in", own, outer)
	}
}
