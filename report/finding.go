package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/estimate"
	"tell/gap"
	"tell/hidden"
	"tell/result"
)

// A Finding is the result of a study in words.
type Finding struct {
	Headline *Headline // nil if there is no number
	Lead     string    // what is hidden, and what is done
	Further  []string  // what the number must be read with
	Details  []string  // what else the rows say
}

// A Headline is the main number of a study, ready to print.
type Headline struct {
	Value, Unit string
	Interval    string // with its level; empty if there is none
}

// FindingOf puts a result into words: what is hidden, what is done, and what
// the gap between the two is made of. No number carries a verdict that another
// threshold, base rate or decision map would reverse.
func FindingOf(r *result.Result) *Finding {
	if !isBinary(r) {
		return decodedFinding(r)
	}
	f := hiddenFinding(r)
	g := gapOf(r)
	if len(g) == 0 {
		f.Further = append(f.Further, probeSentence(r), "The study maps no behaviour to the labels, so there is no gap to report.")
		return f
	}
	var done string
	var others []string
	more := [][]string{gradedSentence(g), predictsAct(r)}
	if w, constant := warningOf(r, "majority-probe"); constant {
		// Where the model answers the rarer label, a constant has a gap as well.
		done = w.Message + " So no gap is claimed."
	} else {
		done, others = actsAgainst(r)
		if e := nestedOf(r).Estimate("auroc"); done != "" && e.OK() && offHalf(e) <= 0 {
			others = append([]string{done}, others...)
			done = "The probe is not shown to read the label, so that nothing follows from where it is right and the model acts against it."
		}
		more = [][]string{gradedSentence(g), madeOf(r), neitherSentence(r), knownSentence(g), predictsAct(r)}
	}
	if done != "" {
		f.Lead += " " + done
	}
	for _, m := range more {
		f.Further = append(f.Further, m...)
	}
	f.Details = append(f.Details, probeSentence(r), countsSentence(g))
	f.Details = append(f.Details, others...)
	f.Details = append(f.Details, matchedSentence(g.Estimate(gap.KeyMatchedAUROC)))
	f.Details = append(f.Details, oneSided(r)...)
	if a := r.Data.ActsAs; a != nil {
		f.Details = append(f.Details, fmt.Sprintf("Acting as if “%s” is defined as: %s. Acting as if “%s”: %s.", labelName(r, 0), a.Zero, labelName(r, 1), a.One))
	}
	return f
}

// hiddenFinding says what the probe adds to all its rivals together.
func hiddenFinding(r *result.Result) *Finding {
	h := r.Table.In(result.Hidden)
	row, _ := h.Of(result.Probe).Find(hidden.KeyInformation)
	e := row.Estimate
	if row.Key == "" || !e.OK() {
		reason := e.Reason
		if row.Key == "" {
			reason = "the results hold none"
		}
		return &Finding{Lead: "What the probe adds to its rivals is not estimable: " + reason + "."}
	}
	rivals, idle := rivalsOf(r)
	beyond := "nothing but the share of each label, as the study gives no rival"
	switch n := len(rivals); {
	case n == 1:
		beyond = rivals[0]
	case n > 1:
		beyond = strings.Join(rivals[:n-1], ", ") + " and " + rivals[n-1] + " together"
	}
	about := fmt.Sprintf("“%s” or “%s”", labelName(r, 0), labelName(r, 1))
	if !isBinary(r) {
		about = fmt.Sprintf("“%s”", oneLine(r.Data.Target, 60))
	}
	lead := fmt.Sprintf("Beyond %s, a linear probe of the hidden states adds %s bits a row about %s%s",
		beyond, number(e.Value, digitsOf(e, 3)), about, inWords(e, number, digitsOf(e, 3), ""))
	if row.Null != nil {
		lead += fmt.Sprintf(", p = %s by %s", strings.TrimSuffix(pOfDraws(row.Null.P, r.Protocol.Permutations), "\u00a0†"), count(r.Protocol.Permutations, "sign flip", "sign flips"))
	}
	auroc := h.Of(result.Probe).Estimate(hidden.KeyAUROC)
	if auroc.OK() {
		lead += fmt.Sprintf(", and changes their %s by %s%s", hiddenWordsOf(r).auroc, signed(auroc.Value, digitsOf(auroc, 3)), inWords(auroc, signed, digitsOf(auroc, 3), ""))
	}
	lead += ": " + hiddenVerdict(row, auroc, r.Protocol.Permutations, len(rivals))
	f := &Finding{
		Headline: &Headline{Value: signed(e.Value, digitsOf(e, 3)), Unit: "bits a row beyond all rivals", Interval: bracketed(e, signed, digitsOf(e, 3))},
		Lead:     lead,
	}
	if idle != nil {
		f.Further = append(f.Further, fmt.Sprintf("Rivals that do no better than chance alone: %s. A lead over them means nothing.", strings.Join(idle, ", ")))
	}
	for _, w := range e.Warnings {
		if w.Code == hidden.NoGradedBehaviour || w.Code == hidden.NoBehaviour {
			f.Further = append(f.Further, sentence(w.Text))
		}
	}
	return f
}

// hiddenVerdict says whether the rows support that something is hidden. The null
// tests whether the probe adds anything, the interval is of what it adds, and
// both must speak for it, see [hidden.Result.Found].
func hiddenVerdict(row result.Row, auroc estimate.Estimate, draws, rivals int) string {
	e := row.Estimate
	switch {
	case e.Interval == nil:
		return "there is no interval, so this number alone shows nothing."
	case row.Null == nil:
		return "the study asks for no permutations, so there is no test of it."
	}
	const not = "these rows do not show that the states hold more about the label than these rivals do."
	if slices.Contains(e.Flags(), hidden.RivalIsLabel) {
		return "but a rival tells the labels apart without an error, so that nothing can be added but how sure of them a regression is: " + not
	}
	if auroc.Interval != nil && auroc.Interval.High < 0 {
		return "but with the probe they are told apart less well, so that what is gained is how sure of them a regression is: " + not
	}
	alpha := 1 - e.Interval.Level + 1e-12
	small, above := row.Null.P <= alpha, e.Interval.Low > 0
	switch {
	case above && 1/float64(draws+1) > alpha:
		return fmt.Sprintf("with %s no p can be %s or less, so there is no test of it; ask for more permutations.", count(draws, "sign flip", "sign flips"), strconv.FormatFloat(alpha, 'g', 2, 64))
	case small && above && rivals == 0:
		return "the label can be read from the states, and without a rival nothing says that it is hidden."
	case small && above:
		return "the states hold information about the label that these rivals do not give, which does not show that the model uses it."
	case small:
		return "the test finds something, but the interval of what these probes gain on further groups holds 0, and only both together count: " + not
	case above:
		return "the interval lies above 0, but the test finds too little, and only both together count: " + not
	}
	return not
}

// rivalsOf names the rivals, and those among them that do no better than chance.
func rivalsOf(r *result.Result) (all, idle []string) {
	for _, row := range r.Table.In(result.Hidden) {
		if row.Key != result.KeyAlone || row.Predictor == result.Probe {
			continue
		}
		name := rivalName(row.Predictor)
		all = append(all, name)
		if slices.Contains(row.Estimate.Flags(), hidden.ControlWithoutPower) {
			idle = append(idle, name)
		}
	}
	return all, idle
}

// rivalName is what a sentence calls a rival; a name that the study gives stays
// as it is.
func rivalName(name string) string {
	if title, ok := baselineTitles[name]; ok {
		return lowerFirst(title)
	}
	return name
}

// probeSentence says how well the probe reads the label, beside the best rival.
func probeSentence(r *result.Result) string {
	e := nestedOf(r).Estimate("auroc")
	if !e.OK() {
		return "How well the probe reads the label is not estimable: " + e.Reason + "."
	}
	s := fmt.Sprintf("On %s, none of which the probe was fitted or chosen on, it ranks a row of “%s” above a row of “%s” with an AUROC of %s%s; 0.5 is chance.",
		rowsInGroups(r, e), labelName(r, 1), labelName(r, 0), number(e.Value, digitsOf(e, 3)), inWords(e, number, digitsOf(e, 3), ""))
	var best result.Row
	for _, row := range r.Table.In(result.Hidden) {
		if row.Key == result.KeyLead && row.Estimate.OK() && (best.Key == "" || row.Estimate.Value < best.Estimate.Value) {
			best = row
		}
	}
	if best.Key == "" {
		return s
	}
	return s + fmt.Sprintf(" Its lead over the best rival, %s, or chance is %s%s.", rivalName(best.Predictor),
		signed(best.Estimate.Value, digitsOf(best.Estimate, 3)), inWords(best.Estimate, signed, digitsOf(best.Estimate, 3), ""))
}

// madeOf says how much of the net gap is sensitivity and how much the criterion,
// and what it would be at other base rates.
func madeOf(r *result.Result) []string {
	g := gapOf(r)
	net := netOf(g)
	if !net.OK() {
		return []string{"The net gap between probe and behaviour is not estimable: " + net.Reason + "."}
	}
	probe, behaviour := g.Estimate(gap.KeyAccuracyProbe), g.Estimate(gap.KeyAccuracyBehaviour)
	s := "Probe and behaviour differ by a net gap"
	if probe.OK() && behaviour.OK() {
		s = fmt.Sprintf("Where the model took a side, the probe is right on %s%% of the rows and the behaviour on %s%%: a net gap", points(probe.Value, pointsOf(probe)), points(behaviour.Value, pointsOf(behaviour)))
	}
	s += fmt.Sprintf(" of %s points%s.", signedPoints(net.Value, pointsOf(net)), inWords(net, signedPoints, pointsOf(net), ""))
	sensitivity, criterion := g.Estimate(gap.KeyFromSensitivity), g.Estimate(gap.KeyFromCriterion)
	if sensitivity.OK() && criterion.OK() {
		s += fmt.Sprintf(" Of it, %s points come from how well each tells the labels apart%s and %s from how far each leans to one answer%s.",
			signedPoints(sensitivity.Value, pointsOf(sensitivity)), inWords(sensitivity, signedPoints, pointsOf(sensitivity), ""),
			signedPoints(criterion.Value, pointsOf(criterion)), inWords(criterion, signedPoints, pointsOf(criterion), ""))
		switch flags := g.Estimate(gap.KeyDPrimeDifference).Flags(); {
		case slices.Contains(flags, gap.CriterionUndefined):
			s += " The behaviour never takes one side under a label, so the number of rows, and not the model, sets these parts."
		case slices.Contains(flags, gap.FewRows):
			s += " Under one label there are fewer than 10 rows of one of the two answers, so these intervals are too narrow."
		}
	}
	sentences := []string{s}
	base, root := g.Estimate(gap.KeyBaseRate), g.Estimate(gap.KeyBaseRateRoot)
	at05, at95 := g.Estimate(gap.KeyNetAt05), g.Estimate(gap.KeyNetAt95)
	if base.OK() && at05.OK() && at95.OK() {
		s := fmt.Sprintf("That is with “%s” on %s%% of the rows; with 1 row in 20 the net gap would be %s points, with 19 in 20 %s", labelName(r, 1), points(base.Value, 0),
			signedPoints(at05.Value, 0), signedPoints(at95.Value, 0))
		if root.OK() {
			s += fmt.Sprintf(", and its sign turns at %s%%%s.", points(root.Value, 0), inWords(root, points, 0, ""))
		} else {
			s += ", and no share turns its sign."
		}
		sentences = append(sentences, s)
	}
	return sentences
}

// gradedSentence sets the probe against the graded behaviour, where no threshold
// matters.
func gradedSentence(g result.Table) []string {
	probe, behaviour, difference := g.Estimate(gap.KeyAUROCProbe), g.Estimate(gap.KeyAUROCBehaviour), g.Estimate(gap.KeyAUROCDifference)
	if !behaviour.OK() || !difference.OK() {
		return nil
	}
	return []string{fmt.Sprintf("Without any threshold, the AUROC of the probe is %s and that of the graded behaviour %s, a difference of %s%s.",
		number(probe.Value, digitsOf(probe, 3)), number(behaviour.Value, digitsOf(behaviour, 3)), signed(difference.Value, digitsOf(difference, 3)), inWords(difference, signed, digitsOf(difference, 3), ""))}
}

// knownSentence says how often the model acts against what it is known to know.
func knownSentence(g result.Table) []string {
	known, rest := g.Estimate(gap.KeyAgainstKnown), g.Estimate(gap.KeyAgainstUnknown)
	if !known.OK() {
		return nil
	}
	s := fmt.Sprintf("Where the model is known to know, it acts against a right probe on %s%% of the rows%s",
		points(known.Value, pointsOf(known)), inWords(known, points, pointsOf(known), ""))
	if rest.OK() {
		s += fmt.Sprintf(", elsewhere on %s%%%s", points(rest.Value, pointsOf(rest)), inWords(rest, points, pointsOf(rest), ""))
	}
	return []string{s + "."}
}

// predictsAct says whether the probe's score goes with the act among rows of one
// label, where there are enough of both acts.
func predictsAct(r *result.Result) []string {
	var parts []string
	for y := range 2 {
		e := gapOf(r).Estimate(fmt.Sprintf("%s_y%d", gap.KeyPredictsAct, y))
		if e.OK() && !slices.Contains(e.Flags(), gap.FewRows) {
			parts = append(parts, fmt.Sprintf("%s%s among rows of “%s”", number(e.Value, digitsOf(e, 3)), inWords(e, number, digitsOf(e, 3), ""), labelName(r, y)))
		}
	}
	if parts == nil {
		return nil
	}
	return []string{"The score tells acting by the label from acting against it with an AUROC of " + strings.Join(parts, " and of ") + "; at 0.5 it does not go with the act."}
}

// neitherSentence gives the bounds of the net gap for what the rows without a
// side would have done.
func neitherSentence(r *result.Result) []string {
	n := neitherOf(r).Count("rows")
	if n == 0 {
		return nil
	}
	s := fmt.Sprintf("On %s the model took neither side, and no number of the gap counts them", count(n, "further row", "further rows"))
	g := gapOf(r)
	right, wrong := g.Estimate(gap.KeyNeitherRight), g.Estimate(gap.KeyNeitherWrong)
	if right.OK() && wrong.OK() {
		s += fmt.Sprintf(": taken as right behaviour they would make the net gap %s points, as wrong behaviour %s",
			signedPoints(right.Value, pointsOf(right)), signedPoints(wrong.Value, pointsOf(wrong)))
	}
	return []string{s + "."}
}

// countsSentence counts the rows on which one of probe and behaviour is right.
func countsSentence(g result.Table) string {
	kba := g.Estimate(gap.KeyKBA)
	s := fmt.Sprintf("On %s the probe is right where the behaviour is wrong", count(g.Count("only_probe"), "row", "rows"))
	if kba.OK() {
		s += fmt.Sprintf(" (%s%%%s)", points(kba.Value, pointsOf(kba)), strings.Replace(strings.TrimSuffix(inWords(kba, points, pointsOf(kba), ""), ")"), " (", "; ", 1))
	}
	return s + fmt.Sprintf("; on %s it is the other way round.", grouped(int64(g.Count("only_behaviour"))))
}

// actsAgainst says how often the model acts otherwise where the probe is right,
// with its matched false alarm: first for the label where it does so on more
// rows, then for the other.
func actsAgainst(r *result.Result) (done string, others []string) {
	g := gapOf(r)
	most := 0.0
	for y := range 2 {
		e := g.Estimate(fmt.Sprintf("%s_y%d", gap.KeyAgainst, y))
		if !e.OK() || e.Value == 0 {
			continue
		}
		s := fmt.Sprintf("On %s%% of the %s where the probe rightly reads “%s”, the model acts as if “%s”%s",
			points(e.Value, pointsOf(e)), count(e.N, "row", "rows"), labelName(r, y), labelName(r, 1-y), inWords(e, points, pointsOf(e), ""))
		hit, alarm := g.Estimate(fmt.Sprintf("%s_b%d", gap.KeyHitRate, 1-y)), g.Estimate(fmt.Sprintf("%s_b%d", gap.KeyFalseAlarm, 1-y))
		switch {
		case hit.OK() && alarm.OK():
			s += fmt.Sprintf("; when it acts so, the probe contradicts it on %s%% of the rows where that is wrong and on %s%% of those where it is right.",
				points(hit.Value, pointsOf(hit)), points(alarm.Value, pointsOf(alarm)))
		default:
			s += "; how often the probe contradicts it where it is right is not estimable: " + cmp.Or(alarm.Reason, hit.Reason) + "."
		}
		if rows := e.Value * float64(e.N); rows > most {
			most = rows
			if done != "" {
				others = append(others, done)
			}
			done = s
			continue
		}
		others = append(others, s)
	}
	return done, others
}

func matchedSentence(e estimate.Estimate) string {
	if !e.OK() {
		return "Whether the probe only reads the coming behaviour is not estimable: " + e.Reason + "."
	}
	return fmt.Sprintf("Among rows of equal behaviour the probe's AUROC is %s%s; 0.5 would mean that it only reads the coming behaviour. %s",
		number(e.Value, digitsOf(e, 3)), inWords(e, number, digitsOf(e, 3), ""), against(e, 0.5, "0.5"))
}

// oneSided says which behaviours occur with one label only, where both labels
// occur.
func oneSided(r *result.Result) []string {
	var sentences []string
	for _, only := range gap.OneLabel(behavioursOf(r)) {
		sentences = append(sentences, oneSide(r, only.Behaviour, only.Label))
	}
	if len(sentences) == 2 {
		return []string{"Each behaviour occurs with only one label, so behaviour and label cannot be told apart."}
	}
	return sentences
}

// oneSide says what it means that behaviour b occurs with label y only.
func oneSide(r *result.Result, b, y int) string {
	rows := behavioursOf(r)
	here, elsewhere := rows[b], rows[1-b]
	beginning, verdict := "On ", "wrong."
	if b == y {
		beginning, verdict = "The gap is one-sided: on ", "right. There the probe cannot know better."
	}
	return fmt.Sprintf("%s on which the model acted as if “%s”, that was %s The AUROC among rows of equal behaviour rests only on the %s on which the model acted as if “%s”.",
		beginning+every(here[0]+here[1], "row", "rows"), labelName(r, b), verdict, count(elsewhere[0]+elsewhere[1], "row", "rows"), labelName(r, 1-b))
}

// every is "all 71 rows", or "the only row".
func every(n int, one, many string) string {
	if n == 1 {
		return "the only " + one
	}
	return "all " + count(n, one, many)
}

// against says on which side of a reference value the interval lies.
func against(e estimate.Estimate, reference float64, name string) string {
	switch {
	case e.Interval == nil:
		return "There is no interval, so this number alone shows nothing."
	case e.Interval.Low > reference:
		return "The interval lies above " + name + "."
	case e.Interval.High < reference:
		return "The interval lies below " + name + "."
	}
	return "The interval includes " + name + "."
}

func rowsInGroups(r *result.Result, e estimate.Estimate) string {
	rows := count(e.N, "held-out row", "held-out rows")
	if e.Groups == 0 {
		return rows
	}
	return rows + inGroups(r.Data, e.Groups)
}

// inWords is the interval in brackets with its level: " (95% interval +14.7 to
// +25.6 points)".
func inWords(e estimate.Estimate, format func(float64, int) string, digits int, unit string) string {
	if e.Interval == nil {
		return ""
	}
	return fmt.Sprintf(" (%s interval %s to %s%s)", level(e.Interval.Level), format(e.Interval.Low, digits), format(e.Interval.High, digits), unit)
}

// bracketed is the interval with its level, for display beside a number.
func bracketed(e estimate.Estimate, format func(float64, int) string, digits int) string {
	if e.Interval == nil {
		return ""
	}
	return fmt.Sprintf("%s interval [%s, %s]", level(e.Interval.Level), format(e.Interval.Low, digits), format(e.Interval.High, digits))
}

// labelName is what the study calls a label.
func labelName(r *result.Result, label int) string {
	if names := r.Data.LabelNames; label < len(names) && oneLine(names[label], 60) != "" {
		return oneLine(names[label], 60)
	}
	return fmt.Sprintf("label %d", label)
}
