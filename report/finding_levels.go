package report

import (
	"fmt"
	"slices"
	"strings"

	"tell/estimate"
	"tell/gap"
	"tell/result"
	"tell/target"
)

// levelSentences say what the model does where a target of several levels is
// decoded: no more than what other shares of the levels would not turn.
func levelSentences(r *result.Result) (further, details []string) {
	g := gapOf(r)
	if len(g) == 0 {
		return nil, nil
	}
	against, hit, alarm := g.Estimate(gap.KeyAgainst), g.Estimate(gap.KeyHitRate), g.Estimate(gap.KeyFalseAlarm)
	h := headlineOf(r)
	switch {
	case against.OK() && h.off(nestedOf(r).Estimate(h.key)) <= 0:
		further = append(further, fmt.Sprintf("Nothing follows from where the probe reads the right %s and the model acts as another, since the probe may be right there by luck.", levelWord(r)))
	case against.OK():
		s := fmt.Sprintf("On %s%% of the %s where the probe reads the right %s, the model acts as another%s",
			points(against.Value, pointsOf(against)), count(against.N, "row", "rows"), levelWord(r), inWords(against, points, pointsOf(against), ""))
		if hit.OK() && alarm.OK() {
			s += fmt.Sprintf("; where the model acts wrongly, the probe reads the right one on %s%%, and it would read that one on %s%% of the rows on which acting so is right",
				points(hit.Value, pointsOf(hit)), points(alarm.Value, pointsOf(alarm)))
		}
		further = append(further, s+".")
	}
	if lead := g.Estimate(gap.KeyMacroAUROCDifference); lead.OK() {
		further = append(further, fmt.Sprintf("The probe's macro AUROC less that of the graded behaviour is %s%s: no threshold changes this. %s",
			signed(lead.Value, digitsOf(lead, 3)), inWords(lead, signed, digitsOf(lead, 3), ""), overZero(lead)))
	} else if kindOf(r) == target.KindClass {
		further = append(further, "The study gives no graded behaviour, so that nothing says how far the model leaned to the class that it did not act as.")
	}
	if lead := g.Estimate(gap.KeyRankGap); lead.OK() {
		probe, acted := g.Estimate(gap.KeySomersProbe), g.Estimate(gap.KeySomersBehaviour)
		s := fmt.Sprintf("The level that the probe predicts has a Somers' D of %s with the target and the level acted on one of %s, a signed rank gap of %s%s. %s",
			number(probe.Value, digitsOf(probe, 2)), number(acted.Value, digitsOf(acted, 2)), signed(lead.Value, digitsOf(lead, 2)), inWords(lead, signed, digitsOf(lead, 2), ""), overZero(lead))
		if off := g.Estimate(gap.KeyOffBehaviour); off.OK() {
			s += fmt.Sprintf(" On average the model acts %s levels off%s, which is no part of it.", signed(off.Value, digitsOf(off, 2)), inWords(off, signed, digitsOf(off, 2), ""))
		}
		further = append(further, s)
	}
	further = append(further, netOfLevels(r)...)
	further = append(further, neitherSentence(r)...)
	details = append(details, countsSentence(g))
	if e := g.Estimate(gap.KeyMatchedAUROC); kindOf(r) == target.KindClass {
		details = append(details, matchedSentence(e))
	}
	if a := r.Data.ActedAs; a != "" {
		details = append(details, fmt.Sprintf("What the model acted as is defined as: %s.", a))
	}
	return further, details
}

// levelWord is what one of the levels is called.
func levelWord(r *result.Result) string {
	if kindOf(r) == target.KindClass {
		return "class"
	}
	return "level"
}

func overZero(e estimate.Estimate) string {
	switch {
	case e.Interval == nil:
		return "There is no interval, so this number alone shows nothing."
	case e.Interval.Low > 0:
		return "Its interval lies above 0."
	case e.Interval.High < 0:
		return "Its interval lies below 0: the behaviour is the better of the two."
	}
	return "Its interval includes 0."
}

// netOfLevels gives the net gap with the range that other shares of the levels
// would give it.
func netOfLevels(r *result.Result) []string {
	g := gapOf(r)
	net := g.Estimate(gap.KeyNet)
	if !net.OK() {
		return []string{"The net gap is not estimable: " + net.Reason + "."}
	}
	probe, acted := g.Estimate(gap.KeyAccuracyProbe), g.Estimate(gap.KeyAccuracyBehaviour)
	s := fmt.Sprintf("The probe is right on %s%% of the %s and the behaviour on %s%%, a net gap of %s points%s",
		points(probe.Value, pointsOf(probe)), count(net.N, "row", "rows"), points(acted.Value, pointsOf(acted)), signedPoints(net.Value, pointsOf(net)), inWords(net, signedPoints, pointsOf(net), ""))
	low, high := labelGap{}, labelGap{}
	for _, l := range labelGaps(r) {
		e := l.rows.Estimate(gap.KeyNet)
		if !e.OK() {
			continue
		}
		if low.name == "" || e.Value < low.rows.Estimate(gap.KeyNet).Value {
			low = l
		}
		if high.name == "" || e.Value > high.rows.Estimate(gap.KeyNet).Value {
			high = l
		}
	}
	if low.name == "" {
		return []string{s + "."}
	}
	at := func(l labelGap) string {
		e := l.rows.Estimate(gap.KeyNet)
		return fmt.Sprintf("%s%s on those of “%s”", signedPoints(e.Value, pointsOf(e)), inWords(e, signedPoints, pointsOf(e), ""), oneLine(l.name, 60))
	}
	s += fmt.Sprintf(": from %s to %s, and with other shares of them anything between.", at(low), at(high))
	if slices.Contains(net.Flags(), gap.BaseRateDependent) {
		is := "may be"
		if off(low.rows.Estimate(gap.KeyNet), 0) < 0 && off(high.rows.Estimate(gap.KeyNet), 0) > 0 {
			is = "is"
		}
		s += " So its sign " + is + " a choice of whoever made these rows, and no finding."
	}
	return []string{s}
}

// A labelGap is the gap on the rows of one label.
type labelGap struct {
	name string
	rows result.Table
}

func labelGaps(r *result.Result) []labelGap { return gapsBy(r, result.LabelSubset) }
func splitGaps(r *result.Result) []labelGap { return gapsBy(r, result.SplitSubset) }

func gapsBy(r *result.Result, column string) []labelGap {
	var list []labelGap
	for _, s := range setsOf(r.Table.In(result.Gap)) {
		if s.on.Column == column {
			list = append(list, labelGap{strings.TrimSpace(s.on.Value), s.rows})
		}
	}
	return list
}
