package run

import (
	"testing"
	"time"

	"tell/result"
)

// Baselines and parts that were there say nothing about the time that is left, and
// nothing is said before a site is trained. What others have done since counts.
func TestPace(t *testing.T) {
	site := func(layer int) Cell { return Cell{Layer: layer} }
	text := Cell{Control: result.Text}
	var last Step
	p := paceOf([]Cell{text, site(0), site(1), site(2), site(3), site(4)}, 2, func(s Step) { last = s })
	p.say()
	want := func(when string, done int, under float64, left time.Duration) {
		t.Helper()
		if want := (Step{"cells", done, 6, under, left}); last != want {
			t.Errorf("%s: found %+v, want %+v", when, last, want)
		}
	}
	probes := func(c Cell, n int) {
		for range n {
			p.probe(c, 1)
		}
	}
	want("at first", 0, 0, 0)
	p.finish(text, true, time.Second)
	want("text", 1, 0, 0)
	p.finish(site(0), false, time.Millisecond)
	want("a part that was there", 2, 0, 0)
	p.begin(site(1), 400)
	p.begin(site(2), 400)
	p.probe(site(1), 200)
	probes(site(2), 103)
	want("two under way", 2, 0.75, 0)
	p.finish(site(1), true, 60*time.Second)
	want("a site", 3, 0.25, 82500*time.Millisecond)
	probes(site(2), 1000) // more than were expected
	want("all of the second", 3, 1, 60*time.Second)
	p.finish(site(2), true, 80*time.Second)
	want("two sites", 4, 0, 70*time.Second)
	probes(site(2), 100) // after it was done
	p.finish(site(3), true, 70*time.Second)
	want("one left", 5, 0, 70*time.Second)
	p.begin(site(4), 10)
	probes(site(4), 7)
	want("most of it", 5, 0.7, 21*time.Second)
	p.finish(site(4), true, 70*time.Second)
	want("all", 6, 0, 0)
}
