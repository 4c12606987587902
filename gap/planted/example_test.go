package planted_test

import (
	"fmt"

	"tell/estimate"
	"tell/gap"
	"tell/gap/planted"
)

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
