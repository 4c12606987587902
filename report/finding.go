package report

import (
	"fmt"
	"math"
	"strings"

	"tell/estimate"
	"tell/gap"
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

// FindingOf puts a result into words: the gap, or without a behaviour, how well
// the probe reads the label.
func FindingOf(r *result.Result) *Finding {
	if len(gapOf(r)) == 0 {
		return probeFinding(r)
	}
	return gapFinding(r)
}

// probeFinding is what can be said without a behaviour.
func probeFinding(r *result.Result) *Finding {
	const apart = "The study maps no behaviour to the labels, so there is no gap to report."
	e := nestedOf(r).Estimate("auroc")
	if !e.OK() {
		return &Finding{Lead: "How well the probe reads the label is not estimable: " + e.Reason + ". " + apart}
	}
	lead := fmt.Sprintf("On %s, none of which the probe was fitted or chosen on, a linear probe of the hidden states ranks a row of “%s” above a row of “%s” with an AUROC of %s%s; 0.5 is chance.",
		rowsInGroups(r, e), labelName(r, 1), labelName(r, 0), number(e.Value, 3), inWords(e, number, 3, ""))
	return &Finding{
		Headline: &Headline{Value: number(e.Value, 3), Unit: "AUROC", Interval: bracketed(e, number, 3)},
		Lead:     lead + " " + against(e, 0.5, "chance"),
		Further:  []string{apart},
	}
}

func gapFinding(r *result.Result) *Finding {
	g := gapOf(r)
	headline := beyondOf(g)
	f := &Finding{}
	if headline.OK() {
		f.Headline = &Headline{Value: signedPoints(headline.Value, 1), Unit: "percentage points hidden beyond text", Interval: bracketed(headline, signedPoints, 1)}
		f.Lead = headlineSentence(r, headline)
	} else {
		if net := netOf(g); net.OK() {
			f.Headline = &Headline{Value: signedPoints(net.Value, 1), Unit: "percentage points net gap", Interval: bracketed(net, signedPoints, 1)}
		}
		f.Lead = "The hidden-beyond-text gap is not estimable: " + headline.Reason + "."
	}
	f.Further = append(f.Further, netParagraph(g))
	f.Further = append(f.Further, actsAgainst(r)...)
	for _, w := range headline.Warnings {
		text := w.Text
		if w.Code == estimate.NoInterval {
			text = "the hidden-beyond-text gap has " + text
		}
		f.Further = append(f.Further, sentence(text))
	}
	f.Further = append(f.Further, matchedSentence(g.Estimate(gap.KeyMatchedAUROC)))
	f.Further = append(f.Further, oneSided(r)...)
	if n := neitherOf(r).Count("rows"); n > 0 {
		f.Further = append(f.Further, fmt.Sprintf("On %s the model acted as neither label. None of these numbers counts them.", count(n, "further row", "further rows")))
	}
	if a := r.Data.ActsAs; a != nil {
		f.Further = append(f.Further, fmt.Sprintf("Acting as if “%s” is defined as: %s. Acting as if “%s”: %s.", labelName(r, 0), a.Zero, labelName(r, 1), a.One))
	}
	return f
}

func headlineSentence(r *result.Result, e estimate.Estimate) string {
	var compared string
	switch size := math.Abs(e.Value); {
	case points(size, 1) == "0.0":
		compared = "as accurate as"
	case e.Value > 0:
		compared = points(size, 1) + " percentage points more accurate than"
	default:
		compared = points(size, 1) + " percentage points less accurate than"
	}
	s := fmt.Sprintf("On %s the model took a side: it acted as if “%s” or as if “%s”. In telling which of the two is true, a linear probe of its hidden states is %s the better of two predictors that see no hidden state: one sees only what the model did, the other only the text of the prompt%s.",
		rowsInGroups(r, e), labelName(r, 0), labelName(r, 1), compared, inWords(e, signedPoints, 1, " points"))
	switch {
	case e.Interval == nil:
		return s + " There is no interval, so this number alone shows nothing."
	case !e.Excludes(0):
		return s + " The interval includes zero: these rows do not show that the hidden states tell more about the label than behaviour and text do."
	case e.Value > 0:
		return s + " The interval excludes zero: a linear probe reads more about the label from the hidden states than these two predictors find without them. This does not show that the model uses it."
	}
	return s + " The interval excludes zero: on these rows the probe finds less about the label than behaviour or text tells."
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
			points(probe.Value, 1), points(behaviour.Value, 1), signedPoints(net.Value, 1), inWords(net, signedPoints, 1, ""))
	}
	fmt.Fprintf(&b, "On %s the probe is right where the behaviour is wrong", count(g.Count("only_probe"), "row", "rows"))
	if kba.OK() {
		fmt.Fprintf(&b, " (%s%%%s)", points(kba.Value, 1), strings.Replace(strings.TrimSuffix(inWords(kba, points, 1, ""), ")"), " (", "; ", 1))
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
				points(e.Value, 1), count(e.N, "row", "rows"), labelName(r, y), labelName(r, 1-y), inWords(e, points, 1, "")))
		}
	}
	return sentences
}

func matchedSentence(e estimate.Estimate) string {
	if !e.OK() {
		return "Whether the probe only reads the coming behaviour is not estimable: " + e.Reason + "."
	}
	return fmt.Sprintf("Among rows of equal behaviour the probe's AUROC is %s%s; 0.5 would mean that it only reads the coming behaviour. %s",
		number(e.Value, 3), inWords(e, number, 3, ""), against(e, 0.5, "0.5"))
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
	beginning, verdict := "On all", "wrong."
	if b == y {
		beginning, verdict = "The gap is one-sided: on all", "right. There the probe cannot know better."
	}
	return fmt.Sprintf("%s %s on which the model acted as if “%s”, that was %s The AUROC among rows of equal behaviour rests only on the %s on which the model acted as if “%s”.",
		beginning, count(here[0]+here[1], "row", "rows"), labelName(r, b), verdict, count(elsewhere[0]+elsewhere[1], "row", "rows"), labelName(r, 1-b))
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
