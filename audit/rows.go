package audit

import (
	"fmt"
	"slices"

	"tell/folds"
	"tell/gap"
)

// minGroups is the number of groups below which cluster intervals should not
// be trusted.
const minGroups = 20

func (a *audit) fewGroups() {
	if n := len(a.cases.GroupNames); n < minGroups {
		a.warn("few-groups",
			fmt.Sprintf("Add items until there are at least %d groups; until then read intervals as too narrow.", minGroups),
			"The rows come from %s only.", counted(n, "group"))
	}
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

func (a *audit) neitherBehaviour() {
	n := 0
	for _, b := range a.cases.Behaviour {
		if b == gap.Neither {
			n++
		}
	}
	if 2*n > len(a.cases.Behaviour) {
		a.warn("behaviour-neither",
			"The gap describes only the remaining rows. See what the model said there, and widen acts_as_0 or acts_as_1 if it is an action after all.",
			"The model acts as if neither %s nor %s were the label on %s.", quoted(a.Target.Names[0]), quoted(a.Target.Names[1]), share(n, len(a.cases.Behaviour)))
	}
}

func (a *audit) oneSidedBehaviour() {
	if a.cases.Behaviour == nil {
		return
	}
	for y, name := range a.Target.Names {
		if !slices.Contains(a.cases.Behaviour, y) {
			a.warn("behaviour-one-sided",
				fmt.Sprintf("Check the expression of decision.acts_as_%d; if it is right, the behaviour distinguishes nothing and there is no gap to measure.", y),
				"The model never acts as if %s were the label.", quoted(name))
		}
	}
}

// behaviourOneLabel finds behaviours that occur with one label only, among rows
// of both labels.
func (a *audit) behaviourOneLabel() {
	var n [2][2]int // by behaviour and label
	for i, b := range a.cases.Behaviour {
		if b != gap.Neither {
			n[b][a.label[i]]++
		}
	}
	var found []string
	var advice string
	for _, only := range gap.OneLabel(n) {
		b, y := only.Behaviour, only.Label
		found = append(found, fmt.Sprintf("as if %s were the label on %s, all of them with the label %s", quoted(a.Target.Names[b]), counted(n[b][y], "row"), quoted(a.Target.Names[y])))
		advice = "Hit rate, matched false alarm and behaviour-matched AUROC are about the other behaviour only: the gap is one-sided."
		if b != y {
			advice = "There the behaviour is always wrong: no matched false alarm can be measured, and behaviour-matched AUROC is about the other behaviour only."
		}
		advice += fmt.Sprintf(" See whether decision.acts_as_%d can hold at all where the label is %s.", b, quoted(a.Target.Names[1-y]))
	}
	if len(found) == 2 {
		advice = "No behaviour has rows of both labels, so nothing shows whether the probe reads more than the coming behaviour. Check the expressions under decision."
	}
	if len(found) > 0 {
		a.warn("behaviour-one-label", advice, "The model acts %s.", List(found))
	}
}

func (a *audit) unmatched() {
	if n := a.cases.Unmatched; n > 0 {
		a.warn("unmatched-activations",
			"They are left out. Add their examples to the table if this was not intended.",
			"No example has the ids of %s of the activations.", counted(n, "row"))
	}
}
