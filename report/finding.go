package report

import (
	"fmt"
	"math"
	"strings"

	"tell/estimate"
	"tell/gap"
	"tell/study"
)

// A Finding is what a study comes to, in words.
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
func FindingOf(r *study.Result) *Finding {
	if r.Gap == nil {
		return probeFinding(r)
	}
	return gapFinding(r)
}

// probeFinding is what can be said without a behaviour.
func probeFinding(r *study.Result) *Finding {
	const apart = "The study maps no behaviour to the labels, so there is no gap to report."
	e := study.MetricNamed("auroc", r.Nested.Metrics)
	if !e.OK() {
		return &Finding{Lead: "How well the probe reads the label is not estimable: " + e.Reason + ". " + apart}
	}
	lead := fmt.Sprintf("On %s, none of which the probe was fitted or chosen on, a linear probe of the hidden states ranks a row of “%s” above a row of “%s” with an AUROC of %s%s; 0.5 is chance.",
		rowsInGroups(r, e), labelName(r, 1), labelName(r, 0), number(e.Value, 3), inWords(e, number, 3, 1, ""))
	return &Finding{
		Headline: &Headline{Value: number(e.Value, 3), Unit: "AUROC", Interval: bracketed(e, number, 3, 1)},
		Lead:     lead + " " + against(e, 0.5, "chance"),
		Further:  []string{apart},
	}
}

func gapFinding(r *study.Result) *Finding {
	g := r.Gap
	headline := g.Headline()
	f := &Finding{}
	if headline.OK() {
		f.Headline = &Headline{Value: signed(100*headline.Value, 1), Unit: "percentage points hidden beyond text", Interval: bracketed(headline, signed, 1, 100)}
		f.Lead = headlineSentence(r, headline)
	} else {
		if net := g.Net(); net.OK() {
			f.Headline = &Headline{Value: signed(100*net.Value, 1), Unit: "percentage points net gap", Interval: bracketed(net, signed, 1, 100)}
		}
		f.Lead = "The hidden-beyond-text gap is not estimable: " + headline.Reason + "."
	}
	f.Further = append(f.Further, netParagraph(g))
	f.Further = append(f.Further, actsAgainst(r)...)
	for _, w := range headline.Warnings {
		if why, ok := strings.CutPrefix(w, "no interval: "); ok {
			w = "the hidden-beyond-text gap has no interval: " + why
		}
		f.Further = append(f.Further, sentence(w))
	}
	f.Further = append(f.Further, matchedSentence(g.MatchedAUROC()))
	f.Further = append(f.Further, oneSided(r)...)
	if g.Neither.N > 0 {
		f.Further = append(f.Further, fmt.Sprintf("On %s the model acted as neither label. They stand apart and enter none of these numbers.", count(g.Neither.N, "further row", "further rows")))
	}
	if a := r.Data.ActsAs; a != nil {
		f.Further = append(f.Further, fmt.Sprintf("Acting as if “%s” is defined as: %s. Acting as if “%s”: %s.", labelName(r, 0), a.Zero, labelName(r, 1), a.One))
	}
	return f
}

func headlineSentence(r *study.Result, e estimate.Estimate) string {
	var compared string
	switch size := math.Abs(e.Value); {
	case points(size) == "0.0":
		compared = "as accurate as"
	case e.Value > 0:
		compared = points(size) + " percentage points more accurate than"
	default:
		compared = points(size) + " percentage points less accurate than"
	}
	s := fmt.Sprintf("On %s the model took a side: it acted as if “%s” or as if “%s”. In telling which of the two holds, a linear probe of its hidden states is %s the better of two predictors that see no hidden state: one knows only what the model did, the other only the text of the prompt%s.",
		rowsInGroups(r, e), labelName(r, 0), labelName(r, 1), compared, inWords(e, signed, 1, 100, " points"))
	switch {
	case e.Interval == nil:
		return s + " There is no interval, so this number alone shows nothing."
	case !e.Excludes(0):
		return s + " The interval includes zero: these rows do not show that the hidden states hold more about the label than behaviour and text give away."
	case e.Value > 0:
		return s + " The interval excludes zero: the hidden states hold the label in a linearly decodable form beyond what these two predictors find. It does not show that the model uses it."
	}
	return s + " The interval excludes zero: on these rows the probe finds less than behaviour or text gives away."
}

func netParagraph(g *gap.Result) string {
	net, kba := g.Net(), g.KBA()
	if !net.OK() {
		return "The net gap between probe and behaviour is not estimable: " + net.Reason + "."
	}
	var b strings.Builder
	probe, probeKnown := g.Item(gap.KeyAccuracyProbe)
	behaviour, behaviourKnown := g.Item(gap.KeyAccuracyBehaviour)
	if probeKnown && behaviourKnown && probe.Estimate.OK() && behaviour.Estimate.OK() {
		fmt.Fprintf(&b, "The probe is right on %s%% of these rows and the behaviour on %s%%, a net gap of %s points%s. ",
			points(probe.Estimate.Value), points(behaviour.Estimate.Value), signed(100*net.Value, 1), inWords(net, signed, 1, 100, ""))
	}
	fmt.Fprintf(&b, "On %s the probe is right where the behaviour is wrong", count(g.Table.OnlyProbe, "row", "rows"))
	if kba.OK() {
		fmt.Fprintf(&b, " (%s%%%s)", points(kba.Value), strings.Replace(strings.TrimSuffix(inWords(kba, number, 1, 100, ""), ")"), " (", "; ", 1))
	}
	fmt.Fprintf(&b, "; on %s it is the other way round.", grouped(int64(g.Table.OnlyBehaviour)))
	return b.String()
}

// actsAgainst says how often the model acts otherwise where the probe is right,
// for the labels where it ever does.
func actsAgainst(r *study.Result) []string {
	var sentences []string
	for y := range 2 {
		it, known := r.Gap.Item(fmt.Sprintf("%s_y%d", gap.KeyAgainst, y))
		if e := it.Estimate; known && e.OK() && e.Value > 0 {
			sentences = append(sentences, fmt.Sprintf("On %s%% of the %s where the probe rightly reads “%s”, the model acts as if “%s” all the same%s.",
				points(e.Value), count(e.N, "row", "rows"), labelName(r, y), labelName(r, 1-y), inWords(e, number, 1, 100, "")))
		}
	}
	return sentences
}

func matchedSentence(e estimate.Estimate) string {
	if !e.OK() {
		return "Whether the probe only reads the coming behaviour is not estimable: " + e.Reason + "."
	}
	return fmt.Sprintf("Among rows of equal behaviour the probe's AUROC is %s%s; 0.5 would mean that it only reads the coming behaviour. %s",
		number(e.Value, 3), inWords(e, number, 3, 1, ""), against(e, 0.5, "0.5"))
}

// oneSided says which behaviours occur with one label only, where both labels
// occur.
func oneSided(r *study.Result) []string {
	var sentences []string
	for _, only := range gap.OneLabel(r.Gap.Behaviours) {
		sentences = append(sentences, oneSide(r, only.Behaviour, only.Label))
	}
	if len(sentences) == 2 {
		return []string{"Each behaviour occurs with one label only, so that behaviour and label cannot be told apart."}
	}
	return sentences
}

// oneSide says what it means that behaviour b occurs with label y only.
func oneSide(r *study.Result, b, y int) string {
	here, elsewhere := r.Gap.Behaviours[b], r.Gap.Behaviours[1-b]
	beginning, verdict := "On all", "wrong."
	if b == y {
		beginning, verdict = "The gap is one-sided: on all", "right. There the probe cannot know better."
	}
	return fmt.Sprintf("%s %s on which the model acted as if “%s”, that was %s The AUROC among rows of equal behaviour is about the %s alone on which the model acted as if “%s”.",
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

func rowsInGroups(r *study.Result, e estimate.Estimate) string {
	rows := count(e.N, "held-out row", "held-out rows")
	if e.Groups == 0 {
		return rows
	}
	return rows + inGroups(r.Data, e.Groups)
}

// inWords is the interval in brackets with its level: " (95% interval +14.7 to
// +25.6 points)". The bounds are multiplied by scale.
func inWords(e estimate.Estimate, format func(float64, int) string, digits int, scale float64, unit string) string {
	if e.Interval == nil {
		return ""
	}
	return fmt.Sprintf(" (%s interval %s to %s%s)", level(e.Interval.Level), format(scale*e.Interval.Low, digits), format(scale*e.Interval.High, digits), unit)
}

// bracketed is the interval with its level, for display beside a number.
func bracketed(e estimate.Estimate, format func(float64, int) string, digits int, scale float64) string {
	if e.Interval == nil {
		return ""
	}
	return fmt.Sprintf("%s interval [%s, %s]", level(e.Interval.Level), format(scale*e.Interval.Low, digits), format(scale*e.Interval.High, digits))
}

// labelName is what the study calls label 0 or 1.
func labelName(r *study.Result, label int) string {
	if name := oneLine(r.Data.LabelNames[label], 60); name != "" {
		return name
	}
	return fmt.Sprintf("label %d", label)
}
