package audit

import (
	"fmt"
	"math"
	"slices"

	"tell/folds"
	"tell/target"
)

// minGroups is the number of groups below which cluster intervals should not
// be trusted.
const minGroups = 20

// fewGroups judges the number of groups of equal size that are worth as much
// as those of the study: 20 groups of which one holds nearly all rows are one.
func (a *audit) fewGroups() {
	n := len(a.cases.GroupNames)
	rows := make([]int, n)
	for _, g := range a.cases.Group {
		rows[g]++
	}
	worth := equalGroups(rows)
	if worth >= minGroups || n == 0 {
		return
	}
	if math.Round(worth) == float64(n) {
		a.warn("few-groups",
			fmt.Sprintf("Add items until there are at least %d groups; until then read intervals as too narrow.", minGroups),
			"The rows come from %s only.", counted(n, "group"))
		return
	}
	giant, see := "", ""
	if most := slices.Index(rows, slices.Max(rows)); 2*rows[most] > len(a.cases.Group) {
		giant = fmt.Sprintf(" Group %s holds %s.", quoted(a.cases.GroupNames[most]), share(rows[most], len(a.cases.Group)))
		see = " See whether that group is one item, or many under one name."
	}
	a.warn("few-groups",
		fmt.Sprintf("Add items until the groups count as at least %d of equal size; until then read intervals as too narrow.%s", minGroups, see),
		"The rows come from %s of unequal size, which count as %.1f of equal size.%s", counted(n, "group"), worth, giant)
}

// rareLevels tells of classes and ordered levels that some outer folds do not hold.
func (a *audit) rareLevels() {
	if k := a.cases.Target.Kind; k != target.KindClass && k != target.KindOrdinal {
		return
	}
	rows, groups := a.cases.Target.Spread(a.cases.Group)
	var rare []string
	for v, name := range a.cases.Target.Levels {
		if groups[v] < a.Probe.Folds {
			rare = append(rare, fmt.Sprintf("%s (%s in %s)", quoted(name), counted(rows[v], "row"), counted(groups[v], "group")))
		}
	}
	if len(rare) > 0 {
		a.warn("rare-level",
			"Add items of these levels, merge them with others, leave them out with rows, or use fewer folds: what is said of a level rests on its few rows.",
			"Levels with fewer groups than the %d folds, some of which test none of their rows: %s.", a.Probe.Folds, listed(rare))
	}
}

// equalGroups is (sum n)^2 / sum n^2, the number of groups of equal size that
// give a mean over rows as much as these do.
func equalGroups(rows []int) float64 {
	var sum, squares float64
	for _, n := range rows {
		sum += float64(n)
		squares += float64(n) * float64(n)
	}
	return sum * sum / squares
}

func (a *audit) fewArrangements() {
	if a.Fold == nil || a.Controls.Permutations == 0 {
		return
	}
	permuter, err := folds.NewPermuter(a.label, a.cases.Group, a.Fold, a.cases.Unit)
	if err != nil {
		return // the run stops with it
	}
	if v := permuter.Validity(); !v.Exact {
		a.warn(v.Flag,
			"If rows of a group are wordings of one claim, name the column that tells claims apart with unit: then all wordings of a claim move together. If every row is a claim of its own, name a column that differs between all rows.",
			"No valid permutation test is known here: %s.", v.Reason)
	}
	n := permuter.Arrangements()
	if n >= float64(a.Controls.Permutations) {
		return
	}
	a.warn("few-arrangements",
		"Add groups, or use fewer folds: labels are only exchanged between groups of one fold and size.",
		"The labels can be permuted in only %.0f ways, fewer than the %d permutations asked for: no p-value can be below %.2g.",
		n, a.Controls.Permutations, 1/n)
}

func (a *audit) notFinite() {
	var sites []string
	for _, s := range a.Sites {
		h := s.Health
		if h.Finite() {
			continue
		}
		first := ""
		if i := h.FirstNonFinite; i >= 0 && i < len(a.cases.ID) {
			first = ", first in row " + a.cases.ID[i]
		}
		sites = append(sites, fmt.Sprintf("%s (%d NaN, %d infinite%s)", a.siteName(s), h.NaN, h.Inf, first))
	}
	if len(sites) > 0 {
		a.warn("non-finite-states",
			"They are left out of the curve and of the choice. Export the states again; if they were stored as f16, numbers above 65504 became infinite: store bf16 or f32.",
			"Numbers are not finite %s: %s.", a.inSites(len(sites)), listed(sites))
	}
}

func (a *audit) constantStates() {
	var sites []string
	for _, s := range a.Sites {
		if s.Health.Finite() && s.Health.Constant() {
			sites = append(sites, a.siteName(s))
		}
	}
	if len(sites) > 0 {
		a.warn("constant-states",
			"Nothing can be decoded there. This is right for layer 0 where all prompts end in the same token; anywhere else, check the export.",
			"Every row has the same state %s: %s.", a.inSites(len(sites)), listed(sites))
	}
}

// inSites says in how many of the layers, or pairs of layer and position,
// something was found.
func (a *audit) inSites(n int) string {
	if len(a.positions()) > 1 {
		return fmt.Sprintf("at %d of %s of layer and position", n, counted(len(a.Sites), "pair"))
	}
	return fmt.Sprintf("in %d of %s", n, counted(len(a.Sites), "layer"))
}

func (a *audit) siteName(s Site) string {
	if len(a.positions()) > 1 {
		return fmt.Sprintf("layer %d position %d", s.Layer, s.Position)
	}
	return fmt.Sprintf("layer %d", s.Layer)
}

// positions lists the positions that are probed.
func (a *audit) positions() []int {
	var positions []int
	for _, s := range a.Sites {
		positions = append(positions, s.Position)
	}
	slices.Sort(positions)
	return slices.Compact(positions)
}

func (a *audit) answerPositions() {
	var late []string
	for _, p := range a.positions() {
		n := 0
		for _, answer := range a.cases.AnswerPosition {
			if answer >= 0 && p >= answer {
				n++
			}
		}
		if n > 0 {
			late = append(late, fmt.Sprintf("position %d on %s", p, share(n, len(a.cases.Rows))))
		}
	}
	if len(late) > 0 {
		a.warn("answer-positions",
			"A probe there may read the answer that the model has begun to give. Name only earlier positions with positions.",
			"Some probed positions already belong to the answer: %s.", listed(late))
	}
}

func (a *audit) unmatched() {
	if n := a.cases.Unmatched; n > 0 {
		a.warn("unmatched-activations",
			"They are left out. Add their examples to the table if this was not intended.",
			"No example has the ids of %s of the activations.", counted(n, "row"))
	}
}
