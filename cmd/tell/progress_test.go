package main

import (
	"strings"
	"testing"
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
