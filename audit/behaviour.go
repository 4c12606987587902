package audit

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"tell/gap"
	"tell/metric"
	"tell/study"
)

const (
	// decidedRows is the number of rows with a label and a behaviour from which
	// it is no accident that one behaviour is missing among them.
	decidedRows = 20
	// oneAnswer is the share of rows with a behaviour from which it is a
	// constant.
	oneAnswer = 0.95
)

// behaviours counts the rows that act by behaviour, then by label.
func (a *audit) behaviours() (n [2][2]int) {
	for i, b := range a.cases.Behaviour {
		if b != gap.Neither {
			n[b][a.label[i]]++
		}
	}
	return n
}

// decided counts the rows of each behaviour.
func decided(n [2][2]int) (of [2]int, all int) {
	for b := range n {
		of[b] = n[b][0] + n[b][1]
	}
	return of, of[0] + of[1]
}

// isOneAnswer says whether nearly all rows that act, but not all, act one way.
func isOneAnswer(n [2][2]int) bool {
	of, all := decided(n)
	return min(of[0], of[1]) > 0 && float64(max(of[0], of[1])) >= oneAnswer*float64(all)
}

// unreachable finds the one behaviour that occurs with one label only, though
// many rows of the other label act. Where that holds of both behaviours they
// are the label, and where nearly all rows act one way it may be an accident.
func unreachable(n [2][2]int) (only gap.Only, ok bool) {
	found := gap.OneLabel(n)
	if len(found) != 1 || isOneAnswer(n) {
		return only, false
	}
	only = found[0]
	return only, n[1-only.Behaviour][1-only.Label] >= decidedRows
}

// decisionUnreachable finds a side of the decision map that never holds on the
// rows of a label.
func (a *audit) decisionUnreachable() {
	n := a.behaviours()
	only, ok := unreachable(n)
	if !ok {
		return
	}
	b, without := only.Behaviour, 1-only.Label
	right := 100
	if without == b {
		right = 0
	}
	a.warn("decision-unreachable",
		oneLabelAdvice(only)+" Write a map whose sides can both hold at either label, or read the gap at each label by itself.",
		"acts_as_%d is never true where the label is %s (%s that act). If it cannot be true there, the behaviour's %d%% on them is a property of the map.",
		b, quoted(a.Target.Names[without]), counted(n[1-b][without], "row"), right)
}

// oneLabelAdvice says which numbers are missing or one-sided where a behaviour
// occurs with one label only.
func oneLabelAdvice(only gap.Only) string {
	if only.Behaviour != only.Label {
		return "Where that behaviour occurs it is always wrong: no matched false alarm can be measured, and behaviour-matched AUROC is about the other behaviour only."
	}
	return "Hit rate, matched false alarm and behaviour-matched AUROC are about the other behaviour only: the gap is one-sided."
}

// behaviourOneAnswer finds a behaviour that is nearly a constant.
func (a *audit) behaviourOneAnswer() {
	n := a.behaviours()
	if !isOneAnswer(n) {
		return
	}
	of, all := decided(n)
	b := 0
	if of[1] > of[0] {
		b = 1
	}
	right := 100 * float64(n[b][b]) / float64(of[b])
	a.warn("behaviour-one-answer",
		"The behaviour is a constant, and a gap against a constant is the base rate of the labels: another share of labels gives another gap. "+
			"Claim no gap from it; use a graded behaviour (decision.score), or prompts on which the model acts both ways.",
		"The model acts as if %s were the label on %s that act: it is right on %.0f%% of them because that share carries this label.",
		quoted(a.Target.Names[b]), share(of[b], all), right)
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
// of both labels, unless decisionUnreachable has said so.
func (a *audit) behaviourOneLabel() {
	n := a.behaviours()
	if _, said := unreachable(n); said {
		return
	}
	var found []string
	var advice string
	for _, only := range gap.OneLabel(n) {
		b, y := only.Behaviour, only.Label
		found = append(found, fmt.Sprintf("as if %s were the label on %s, all of them with the label %s", quoted(a.Target.Names[b]), counted(n[b][y], "row"), quoted(a.Target.Names[y])))
		advice = oneLabelAdvice(only)
		advice += fmt.Sprintf(" See whether decision.acts_as_%d can hold at all where the label is %s.", b, quoted(a.Target.Names[1-y]))
	}
	if len(found) == 2 {
		advice = "No behaviour has rows of both labels, so nothing shows whether the probe reads more than the coming behaviour. Check the expressions under decision."
	}
	if len(found) > 0 {
		a.warn("behaviour-one-label", advice, "The model acts %s.", List(found))
	}
}

// missingScores finds rows on which a graded behaviour or a named score is no
// number. A table may hold NaN and infinities there, which are read as nothing.
func (a *audit) missingScores() {
	scores := []study.Scorer{{Name: "decision.score", Score: a.cases.Graded}}
	for _, s := range a.cases.Scorers {
		scores = append(scores, study.Scorer{Name: "the baseline " + s.Name, Score: s.Score})
	}
	const made = "If the table holds NaN or Infinity there, see what made it."
	for _, s := range scores {
		if n, ids := a.missing(s.Score); n > 0 {
			a.warn("score-missing", "These rows are left out of its AUROC, and as a rival it has its mean there and a mark that it is missing. "+made, "%s is no number on %s.", s.Name, ids)
		}
	}
	if n, ids := a.missing(a.cases.Effort); n > 0 {
		a.warn("effort-missing", "These rows are left out of all that is said of the effort. "+made, "decision.effort is no number on %s.", ids)
	}
}

// difficultyTurned finds a difficulty that is larger where the model is right more often, as
// a rate of success is: easy and hard would change places. It is to be seen in more than
// what as many groups give by luck.
func (a *audit) difficultyTurned() {
	const fewest, turned, errors = 10, 0.6, 3
	if a.cases.Effort == nil || a.cases.Right == nil {
		return
	}
	var right []int
	var difficulty []float64
	groups := [2]map[int]bool{{}, {}}
	for i, is := range a.cases.Right {
		if is >= 0 {
			right, difficulty = append(right, is), append(difficulty, a.cases.Target.Values[i])
			groups[is][a.cases.Group[i]] = true
		}
	}
	wrongs, rights := float64(len(groups[0])), float64(len(groups[1]))
	auroc, err := metric.AUROC(right, difficulty)
	// The standard error of an AUROC of 0.5 (Mann and Whitney 1947).
	byLuck := math.Sqrt((wrongs + rights + 1) / (12 * wrongs * rights))
	if err != nil || min(wrongs, rights) < fewest || auroc < turned || auroc < 0.5+errors*byLuck {
		return
	}
	a.warn("difficulty-turned", "Let the target grow with difficulty: of a rate of success write label: 1 - success_rate, with kind: number.",
		"The model is right more often where the target is larger, as a rate of success is: its AUROC for right answers is %s.", strconv.FormatFloat(auroc, 'f', 2, 64))
}

// missing counts the rows on which a column states no number, and lists them.
func (a *audit) missing(x []float64) (n int, rows string) {
	var ids []string
	for i, v := range x {
		if math.IsNaN(v) {
			ids = append(ids, a.cases.ID[i])
		}
	}
	return len(ids), fmt.Sprintf("%s: %s", share(len(ids), len(x)), listed(ids))
}
