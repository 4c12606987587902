package planted_test

import (
	"fmt"

	"tell/estimate"
	"tell/gap"
	"tell/gap/planted"
)

// An estimator of another tool on a world of hidden states: the accuracy of a
// reader of the states minus that of the better of two rivals. It claims a gap
// where the states hold what both rivals hold together, and nothing else.
func ExampleStates() {
	w := planted.OnlyRivals()
	s := w.Draw(1)
	var reader, cue, behaviour float64
	for i, y := range s.Label {
		sum := 0.0
		for _, x := range s.States[i][:w.Cues+1] { // the columns after these are noise
			sum += x
		}
		n := float64(len(s.Label))
		if (sum > 0) == (y == 1) {
			reader += 1 / n
		}
		if (s.Cues[i][0] > 0) == (y == 1) {
			cue += 1 / n
		}
		if s.Behaviour[i] == y {
			behaviour += 1 / n
		}
	}
	fmt.Printf("over the better rival: %+.2f\n", reader-max(cue, behaviour))
	fmt.Printf("beyond both together: %.2f bits\n", w.Truth().Information)
	// Output:
	// over the better rival: +0.07
	// beyond both together: 0.00 bits
}

// A probe that reads a cue in the prompt looks as if it knew what the model
// does not act on, until it is held against the text.
func ExampleWorld() {
	w := planted.PromptCue()
	r, err := gap.Measure(w.Draw(1), gap.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	truth := w.Truth()
	fmt.Printf("net gap: %s, truth %+.3f\n", r.Net().Signed(), truth[gap.KeyNet])
	fmt.Printf("hidden beyond text: %s, truth %+.3f\n", r.Headline().Signed(), truth[gap.KeyBeyondText])
	// Output:
	// net gap: +0.24 [+0.17, +0.30], truth +0.222
	// hidden beyond text: +0.00 [-0.03, +0.04], truth +0.000
}
