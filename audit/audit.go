package study

import (
	"fmt"

	"tell/activations"
)

// Evidence is what an audit looks at beside the cases. What is nil is not
// looked at.
type Evidence struct {
	// Sites holds the health of every layer and position that is probed, over
	// the rows of the cases.
	Sites []SiteHealth
	// States identifies the hidden state of every case: equal states have
	// equal numbers. See Fingerprints.
	States []uint64
	// Fold is the outer fold of every case within which labels are permuted.
	Fold []int
	// Baselines are what the probe is set against.
	Baselines []Baseline
}

// SiteHealth is the health of one layer at one position.
type SiteHealth struct {
	Layer, Position int
	Health          activations.Health
}

// Audit looks for what makes the numbers of a study mean something else than
// they seem to: copies on both sides of a split, labels that a surface column
// gives away, layers that hold no numbers to learn from. A warning stops
// nothing; it says what was found and what to do.
func Audit(s *Study, c *Cases, e Evidence) []Warning {
	a := &audit{Study: s, cases: c, Evidence: e}
	for _, check := range []func(*audit){
		(*audit).groupsMissing,
		(*audit).missingTexts,
		(*audit).duplicateTexts,
		(*audit).duplicateStates,
		(*audit).paraphrases,
		(*audit).fewGroups,
		(*audit).fewArrangements,
		(*audit).surfaceLabels,
		(*audit).oneClass,
		(*audit).notFinite,
		(*audit).constantStates,
		(*audit).answerPositions,
		(*audit).neitherBehaviour,
		(*audit).oneSidedBehaviour,
		(*audit).behaviourOneLabel,
		(*audit).baselinesBelowChance,
		(*audit).unmatched,
	} {
		check(a)
	}
	return a.warnings
}

type audit struct {
	*Study
	Evidence
	cases    *Cases
	warnings []Warning
}

func (a *audit) warn(code, advice, format string, args ...any) {
	a.warnings = append(a.warnings, Warning{Code: code, Message: fmt.Sprintf(format, args...), Advice: advice})
}

// share writes a count among n with its percentage.
func share(count, n int) string {
	return fmt.Sprintf("%d of %d rows (%.0f%%)", count, n, 100*float64(count)/float64(n))
}
