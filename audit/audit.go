// Package audit looks for what makes the numbers of a study mean something else
// than they seem to.
package audit

import (
	"fmt"

	"tell/activations"
	"tell/result"
	"tell/study"
	"tell/target"
)

// Evidence is what an audit looks at beside the cases. What is nil is not
// looked at.
type Evidence struct {
	// Sites holds the health of every layer and position that is probed, over
	// the rows of the cases.
	Sites []Site
	// States identifies the hidden state of every case: equal states have
	// equal numbers. See Fingerprints.
	States []uint64
	// Fold is the outer fold of every case within which labels are permuted.
	Fold []int
	// Baselines are the estimates of what the probe is set against.
	Baselines result.Table
	// Curve and Nested are the estimates of the probe, site by site and with
	// the site chosen inside.
	Curve, Nested result.Table
}

// Site is the health of one layer at one position.
type Site struct {
	Layer, Position int
	Health          activations.Health
}

// Audit looks for reasons why the numbers of a study may not mean what
// they seem to: copies on both sides of a split, labels that a surface column
// gives away, layers that hold no numbers to learn from. A warning stops
// nothing; it says what was found and what to do.
func Audit(s *study.Study, c *study.Cases, e Evidence) []result.Warning {
	a := &audit{Study: s, cases: c, label: c.Target.Ints(), Evidence: e}
	for _, check := range []struct {
		look func(*audit)
		// binary is true of what is about labels 0 and 1.
		binary bool
	}{
		{(*audit).groupsMissing, false},
		{(*audit).missingTexts, false},
		{(*audit).longTexts, false},
		{(*audit).textNotUTF8, false},
		{(*audit).duplicateTexts, false},
		{(*audit).duplicateStates, false},
		{(*audit).paraphrases, false},
		{(*audit).fewGroups, false},
		{(*audit).rareLevels, false},
		{(*audit).fewArrangements, true},
		{(*audit).surfaceLabels, false},
		{(*audit).labelInSpan, false},
		{(*audit).oneClass, true},
		{(*audit).notFinite, false},
		{(*audit).constantStates, false},
		{(*audit).narrowStates, false},
		{(*audit).answerPositions, false},
		{(*audit).neitherBehaviour, true},
		{(*audit).missingScores, false},
		{(*audit).difficultyTurned, false},
		{(*audit).oneSidedBehaviour, true},
		{(*audit).behaviourOneAnswer, true},
		{(*audit).decisionUnreachable, true},
		{(*audit).behaviourOneLabel, true},
		{(*audit).baselinesBelowChance, true},
		{(*audit).majorityProbe, true},
		{(*audit).statesHoldTheLabel, true},
		{(*audit).embeddingReadsLabel, true},
		{(*audit).nullOffCentre, true},
		{(*audit).unmatched, false},
	} {
		if !check.binary || c.Target.Kind == target.KindBinary {
			check.look(a)
		}
	}
	return a.warnings
}

type audit struct {
	*study.Study
	Evidence
	cases    *study.Cases
	label    []int
	warnings []result.Warning
}

func (a *audit) warn(code, advice, format string, args ...any) {
	a.warnings = append(a.warnings, result.Warning{Code: code, Message: fmt.Sprintf(format, args...), Advice: advice})
}

// share writes a count among n with its percentage.
func share(count, n int) string {
	return fmt.Sprintf("%d of %d rows (%.0f%%)", count, n, 100*float64(count)/float64(n))
}
