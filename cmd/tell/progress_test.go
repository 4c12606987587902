package main

import (
	"strings"
	"testing"
	"time"

	"tell/run"
)

func steps(p *progress) {
	for done := range 3 {
		p.step("cells", done, 2)
	}
	p.step("hashes", 0, 1)
	p.step("hashes", 1, 1)
	p.step("something new", 0, 4)
	p.end()
}

func TestProgressLines(t *testing.T) {
	var b strings.Builder
	steps(&progress{w: &b})
	const want = "training probes and baselines (2)\nhashing the input files (1)\nsomething new (4)\n"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgressBars(t *testing.T) {
	var b strings.Builder
	steps(&progress{w: &b, bars: true})
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want one for each stage: %q", len(lines), lines)
	}
	for i, want := range []string{"training probes and baselines (2) 100%", "hashing the input files (1) 100%", "something new (4)   0%"} {
		bars := strings.Split(lines[i], "\r")
		if last := bars[len(bars)-1]; !strings.HasPrefix(last, want) {
			t.Errorf("line %d ends as %q, want %q", i, last, want)
		}
	}
}

// A bar moves while no step is done yet.
func TestProgressWithinAStep(t *testing.T) {
	var b strings.Builder
	p := &progress{w: &b, bars: true}
	for _, under := range []float64{0, 0.5, 1.25} {
		p.follow(run.Step{Stage: "cells", Total: 4, Under: under})
	}
	p.end()
	bars := strings.Split(strings.TrimSpace(b.String()), "\r")
	if last := bars[len(bars)-1]; !strings.Contains(last, "(4), 1.25 done  31%") {
		t.Errorf("the bar ends as %q, want 1.25 done and 31%%", last)
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		took, left time.Duration
		want       string
	}{
		{900 * time.Millisecond, time.Hour, ""},
		{90 * time.Second, -time.Hour, ", 1m30s"},
		{90*time.Second + 400*time.Millisecond, 20 * time.Second, ", 1m30s, under 1m left"},
		{2 * time.Hour, 61*time.Minute + 20*time.Second, ", 2h0m0s, about 1h1m left"},
	} {
		if got := clock(c.took, c.left); got != c.want {
			t.Errorf("%v and %v: %q, want %q", c.took, c.left, got, c.want)
		}
	}
}
