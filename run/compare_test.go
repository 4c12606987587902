package run

import (
	"testing"

	"tell/result"
	"tell/study"
)

// Every kind of comparison that a study may ask for is done, and has a block.
func TestEveryKindOfComparison(t *testing.T) {
	blocks := map[result.Block]bool{}
	for _, b := range result.Comparisons() {
		blocks[b] = true
	}
	for _, kind := range study.ComparisonKinds() {
		if comparerOf(kind).lines == nil {
			t.Errorf("%s: nothing measures it", kind)
		}
		if !blocks[result.Block(kind)] {
			t.Errorf("%s: found no block of results", kind)
		}
	}
	if got, want := len(comparers), len(study.ComparisonKinds()); got != want || len(blocks) != want+6 {
		t.Errorf("found %d comparers and %d blocks for %d kinds, the effort, the disagreement and four controls", got, len(blocks), want)
	}
}
