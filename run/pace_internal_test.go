package run

import (
	"testing"
	"time"

	"tell/result"
)

// Baselines and parts that were there say nothing about the time that is left.
func TestPace(t *testing.T) {
	site := func(layer int) Cell { return Cell{Layer: layer} }
	text := Cell{Control: result.Text}
	p := paceOf([]Cell{text, site(0), site(1), site(2), site(3), site(4)}, 2)
	for i, c := range []struct {
		cell    Cell
		trained bool
		took    time.Duration
		left    time.Duration
	}{
		{text, true, time.Second, 0},
		{site(0), false, time.Millisecond, 0},
		{site(1), true, 60 * time.Second, 90 * time.Second},
		{site(2), true, 80 * time.Second, 70 * time.Second},
		{site(3), true, 70 * time.Second, 35 * time.Second},
		{site(4), true, 70 * time.Second, 0},
	} {
		p.done(c.cell, c.trained, c.took, func(done int, left time.Duration) {
			if done != i+1 || left != c.left {
				t.Errorf("step %d: %d done, %v left, want %v", i+1, done, left, c.left)
			}
		})
	}
}
