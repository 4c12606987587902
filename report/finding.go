package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tell/estimate"
	"tell/gap"
	"tell/hidden"
	"tell/result"
)

// A Finding is the result of a study in words.
type Finding struct {
	Headline *Headline // nil if there is no number
	Lead     string    // what the headline says, and what it does not
	Further  []string  // sentences to read with it
}

// A Headline is the main number of a study, ready to print.
type Headline struct {
	Value, Unit string
	Interval    string // with its level; empty if there is none
}

// FindingOf puts a result into words: what is hidden, what is done, and what
// the gap between the two is made of.
func FindingOf(r *result.Result) *Finding {
	f := hiddenFinding(r)
	if len(gapOf(r)) == 0 {
		f.Further = append(f.Further, probeSentence(r), "The study maps no behaviour to the labels, so there is no gap to report.")
		return f
	}
	g := gapOf(r)
	f.Further = append(f.Further, actsAgainst(r)...)
	f.Further = append(f.Further, alarmSentence(g))
	f.Further = append(f.Further, netParagraph(g))
	f.Further = append(f.Further, madeOf(r)...)
	f.Further = append(f.Further, matchedSentence(g.Estimate(gap.KeyMatchedAUROC)))
	f.Further = append(f.Further, oneSided(r)...)
	f.Further = append(f.Further, knownSentence(g)...)
	f.Further = append(f.Further, predictsAct(r)...)
	if n := neitherOf(r).Count("rows"); n > 0 {
		f.Further = append(f.Further, neitherSentence(g, n))
	}
	if a := r.Data.ActsAs; a != nil {
		f.Further = append(f.Further, fmt.Sprintf("Acting as if “%s” is defined as: %s. Acting as if “%s”: %s.", labelName(r, 0), a.Zero, labelName(r, 1), a.One))
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
	if rivals != nil {
		beyond = "everything else that predicts the label here together (" + strings.Join(rivals, ", ") + ")"
	}
	lead := fmt.Sprintf("Beyond %s, a linear probe of the hidden states adds %s bits a row about “%s” or “%s”%s",
		beyond, number(e.Value, digitsOf(e, 3)), labelName(r, 0), labelName(r, 1), inWords(e, number, digitsOf(e, 3), ""))
	if row.Null != nil {
		lead += fmt.Sprintf("; p = %s by sign flips", strings.TrimSuffix(pOfDraws(row.Null.P, r.Protocol.Permutations), "\u00a0†"))
	}
	if auroc := h.Of(result.Probe).Estimate(hidden.KeyAUROC); auroc.OK() {
		lead += fmt.Sprintf(". With it, the AUROC of the rivals changes by %s%s", signed(auroc.Value, digitsOf(auroc, 3)), inWords(auroc, signed, digitsOf(auroc, 3), ""))
	}
	lead += ". " + hiddenVerdict(row)
	f := &Finding{
		Headline: &Headline{Value: signed(e.Value, digitsOf(e, 3)), Unit: "bits a row beyond all rivals", Interval: bracketed(e, signed, digitsOf(e, 3))},
		Lead:     lead,
	}
	if idle != nil {
		f.Further = append(f.Further, fmt.Sprintf("Alone, %s no better than chance, so %s nothing.", does(idle), excludes(idle)))
	}
	for _, w := range e.Warnings {
		if w.Code == hidden.NoGradedBehaviour || w.Code == hidden.NoBehaviour {
			f.Further = append(f.Further, sentence(w.Text))
		}
	}
	return f
}

// hiddenVerdict says whether the rows support that something is hidden: by the
// null and by the interval.
func hiddenVerdict(row result.Row) string {
	e := row.Estimate
	switch {
	case e.Interval == nil:
		return "There is no interval, so this number alone shows nothing."
	case row.Null == nil:
		return "The study asks for no permutations, so there is no test of it."
	case row.Null.P <= 0.05 && e.Interval.Low > 0:
		return "The states hold information about the label that these rivals do not give. This does not show that the model uses it."
	}
	return "These rows do not show that the states hold more about the label than the rivals together."
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

func does(names []string) string {
	if len(names) == 1 {
		return names[0] + " does"
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " do"
}

func excludes(names []string) string {
	if len(names) == 1 {
		return "it excludes"
	}
	return "they exclude"
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

// alarmSentence sets how often the probe contradicts a wrong behaviour beside how
// often it contradicts a right one.
func alarmSentence(g result.Table) string {
	hit, alarm := g.Estimate(gap.KeyHitRate), g.Estimate(gap.KeyFalseAlarm)
	if !hit.OK() || !alarm.OK() {
		return "How often the probe contradicts a right behaviour, beside a wrong one, is not estimable: " + cmp.Or(hit.Reason, alarm.Reason) + "."
	}
	return fmt.Sprintf("The probe contradicts a wrong behaviour on %s%% of the rows%s and, at the same behaviours, a right one on %s%%%s.",
		points(hit.Value, pointsOf(hit)), inWords(hit, points, pointsOf(hit), ""), points(alarm.Value, pointsOf(alarm)), inWords(alarm, points, pointsOf(alarm), ""))
}

// madeOf says how much of the net gap is sensitivity and how much the criterion,
// and where its sign turns.
func madeOf(r *result.Result) []string {
	g := gapOf(r)
	var sentences []string
	sensitivity, criterion := g.Estimate(gap.KeyFromSensitivity), g.Estimate(gap.KeyFromCriterion)
	if sensitivity.OK() && criterion.OK() {
		s := fmt.Sprintf("Of the net gap, %s points come from telling the labels apart better%s and %s points from leaning less to one answer%s.",
			signedPoints(sensitivity.Value, pointsOf(sensitivity)), inWords(sensitivity, signedPoints, pointsOf(sensitivity), ""),
			signedPoints(criterion.Value, pointsOf(criterion)), inWords(criterion, signedPoints, pointsOf(criterion), ""))
		if d := g.Estimate(gap.KeyDPrimeDifference); d.OK() {
			s += fmt.Sprintf(" In d′ the probe and the behaviour differ by %s%s, in the criterion by %s.",
				signed(d.Value, digitsOf(d, 2)), inWords(d, signed, digitsOf(d, 2), ""), signed(g.Estimate(gap.KeyCriterionDifference).Value, 2))
			if slices.Contains(d.Flags(), gap.CriterionUndefined) {
				s += " The behaviour never takes one side under a label, so the number of rows, and not the model, sets these values."
			}
		}
		sentences = append(sentences, s)
	}
	base, root := g.Estimate(gap.KeyBaseRate), g.Estimate(gap.KeyBaseRateRoot)
	if base.OK() {
		s := fmt.Sprintf("The net gap holds at the base rate of these rows, %s%% “%s”.", points(base.Value, 0), labelName(r, 1))
		if root.OK() {
			s += fmt.Sprintf(" Its sign turns at %s%%%s: were one row in twenty of that label, it would be %s points; were all but one in twenty, %s.", points(root.Value, 0), inWords(root, points, 0, ""),
				signedPoints(g.Estimate(gap.KeyNetAt05).Value, 0), signedPoints(g.Estimate(gap.KeyNetAt95).Value, 0))
		} else {
			s += " No other base rate would turn its sign."
		}
		sentences = append(sentences, s)
	}
	return sentences
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
// label.
func predictsAct(r *result.Result) []string {
	var sentences []string
	for y := range 2 {
		e := gapOf(r).Estimate(fmt.Sprintf("%s_y%d", gap.KeyPredictsAct, y))
		if e.OK() {
			sentences = append(sentences, fmt.Sprintf("Among rows of “%s”, the score tells acting by it from acting otherwise with an AUROC of %s%s; at 0.5 what the probe reads does not go with what the model does.",
				labelName(r, y), number(e.Value, digitsOf(e, 3)), inWords(e, number, digitsOf(e, 3), "")))
		}
	}
	return sentences
}

// neitherSentence gives the bounds of the net gap for what the rows without a
// side would have done.
func neitherSentence(g result.Table, n int) string {
	s := fmt.Sprintf("On %s the model acted as neither label. None of these numbers counts them.", count(n, "further row", "further rows"))
	right, wrong := g.Estimate(gap.KeyNeitherRight), g.Estimate(gap.KeyNeitherWrong)
	if right.OK() && wrong.OK() {
		s += fmt.Sprintf(" Taken as right behaviour they would give a net gap of %s points, as wrong behaviour one of %s.",
			signedPoints(right.Value, pointsOf(right)), signedPoints(wrong.Value, pointsOf(wrong)))
	}
	return s
}

func netParagraph(g result.Table) string {
	net, kba := netOf(g), g.Estimate(gap.KeyKBA)
	if !net.OK() {
		return "The net gap between probe and behaviour is not estimable: " + net.Reason + "."
	}
	var b strings.Builder
	probe, behaviour := g.Estimate(gap.KeyAccuracyProbe), g.Estimate(gap.KeyAccuracyBehaviour)
	if probe.OK() && behaviour.OK() {
		fmt.Fprintf(&b, "The probe is right on %s%% of these rows and the behaviour on %s%%, a net gap of %s points%s. ",
			points(probe.Value, pointsOf(probe)), points(behaviour.Value, pointsOf(behaviour)), signedPoints(net.Value, pointsOf(net)), inWords(net, signedPoints, pointsOf(net), ""))
	}
	fmt.Fprintf(&b, "On %s the probe is right where the behaviour is wrong", count(g.Count("only_probe"), "row", "rows"))
	if kba.OK() {
		fmt.Fprintf(&b, " (%s%%%s)", points(kba.Value, pointsOf(kba)), strings.Replace(strings.TrimSuffix(inWords(kba, points, pointsOf(kba), ""), ")"), " (", "; ", 1))
	}
	fmt.Fprintf(&b, "; on %s it is the other way round.", grouped(int64(g.Count("only_behaviour"))))
	return b.String()
}

// actsAgainst says how often the model acts otherwise where the probe is right,
// for the labels where it ever does.
func actsAgainst(r *result.Result) []string {
	var sentences []string
	for y := range 2 {
		e := gapOf(r).Estimate(fmt.Sprintf("%s_y%d", gap.KeyAgainst, y))
		if e.OK() && e.Value > 0 {
			sentences = append(sentences, fmt.Sprintf("On %s%% of the %s where the probe rightly reads “%s”, the model still acts as if “%s”%s.",
				points(e.Value, pointsOf(e)), count(e.N, "row", "rows"), labelName(r, y), labelName(r, 1-y), inWords(e, points, pointsOf(e), "")))
		}
	}
	return sentences
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
