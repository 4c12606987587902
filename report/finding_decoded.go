package report

import (
	"fmt"
	"slices"
	"strings"

	"tell/compare"
	"tell/estimate"
	"tell/gap"
	"tell/hidden"
	"tell/result"
)

// decodedFinding is about a target that is not of labels 0 and 1: how well it is
// decoded, what else decodes it, and whether the effort goes with it.
func decodedFinding(r *result.Result) *Finding {
	h := headlineOf(r)
	e := nestedOf(r).Estimate(h.key)
	what := oneLine(r.Data.Target, 60)
	if !e.OK() {
		return &Finding{Lead: fmt.Sprintf("How well “%s” can be decoded is not estimable: %s.", what, e.Reason)}
	}
	f := &Finding{
		Headline: &Headline{Value: number(e.Value, digitsOf(e, 2)), Unit: h.short + " of what is decoded", Interval: bracketed(e, number, digitsOf(e, 2))},
		Lead: fmt.Sprintf("On %s, none of which the probe was fitted or chosen on, it decodes “%s” with a %s of %s%s; %g is chance.",
			rowsInGroups(r, e), what, h.short, number(e.Value, digitsOf(e, 2)), inWords(e, number, digitsOf(e, 2), ""), h.chance),
	}
	if h.off(e) <= 0 {
		f.Lead += " These rows do not show that it can be decoded."
	}
	if s := rivalSentence(r, h); s != "" {
		f.Lead += " " + s
	}
	// The difficulty may be nothing but the length of the prompt.
	if w, ok := warningOf(r, "surface-label"); ok {
		f.Lead += " " + w.Message
	}
	if len(r.Table.In(result.Hidden)) > 0 {
		h := hiddenFinding(r)
		f.Further = append([]string{h.Lead}, h.Further...)
	}
	further, details := levelSentences(r)
	f.Further, f.Details = append(f.Further, further...), details
	if effort := r.Table.In(result.Effort); len(effort) > 0 {
		f.Further = append(f.Further, effortSentence(effort, r)...)
	}
	if s := disagreementSentence(r); s != "" {
		f.Further = append(f.Further, s)
	}
	return f
}

// rivalSentence sets the probe beside the best of its rivals, and says when the
// rows do not show that it reads more.
func rivalSentence(r *result.Result, h headline) string {
	name, best := bestRival(r, h)
	if name == "" {
		return "No rival was given, such as the length of the prompt: it may be no more than that."
	}
	lead := baselineOf(r, name).Estimate(h.key + result.Difference)
	s := fmt.Sprintf("The best rival, %s, has %s", rivalName(name), number(best.Value, digitsOf(best, 2)))
	const nothingMore = ": these rows do not show that the states say more of it than that rival does."
	if best.Value < h.chance { // a lead over less than nothing is no lead
		switch {
		case h.off(nestedOf(r).Estimate(h.key)) <= 0:
			return s + ", below chance."
		case lead.Interval == nil || lead.Interval.Low <= 0:
			return s + ", below chance" + nothingMore
		}
		return s + ", below chance, so that the probe stands beside chance alone."
	}
	if lead.OK() {
		s += fmt.Sprintf("; probe minus rival is %s%s", signed(lead.Value, digitsOf(lead, 2)), inWords(lead, signed, digitsOf(lead, 2), ""))
	}
	if r.Table.In(result.Hidden).Estimate(hidden.KeyInformation).OK() {
		return s + "." // all rivals together say more, see hiddenFinding
	}
	const shown = 0.005 // what is less shows as 0.00, and may be no more than how ties fall
	if lead.Interval != nil && lead.Interval.High < -shown {
		return s + ": that rival reads more of it than the probe does."
	}
	if lead.Interval == nil || lead.Interval.Low <= 0 {
		return s + nothingMore
	}
	probe := nestedOf(r).Estimate(h.key)
	if best.Value-h.chance >= 0.9*(probe.Value-h.chance) {
		return s + fmt.Sprintf(": more, but at least 9/10 of it is what %s already %s.", rivalName(name), give(name))
	}
	return s + "."
}

// bestRival is the one with the largest metric, and that metric; it has no name where
// there is none. A residualised probe reads the states too, and is no rival.
func bestRival(r *result.Result, h headline) (name string, best estimate.Estimate) {
	for _, b := range r.Predictors {
		e := baselineOf(r, b.Name).Estimate(h.key)
		if b.Name != result.Majority && b.Name != result.Residualised && e.OK() && (name == "" || e.Value > best.Value) {
			name, best = b.Name, e
		}
	}
	return name, best
}

func give(rival string) string {
	if rival == result.Nuisance || rival == result.Embedding {
		return "give"
	}
	return "gives"
}

// effortSentence says whether the model spends more on what is harder.
func effortSentence(t result.Table, r *result.Result) []string {
	effort, lead := t.Estimate(compare.KeyRankEffort), t.Estimate(compare.KeyRankLead)
	if !effort.OK() {
		return []string{"Whether the effort goes with it is not estimable: " + effort.Reason + "."}
	}
	s := fmt.Sprintf("The rank correlation of the effort with it is %s%s", number(effort.Value, digitsOf(effort, 2)), inWords(effort, number, digitsOf(effort, 2), ""))
	w, turned := warningOf(r, "difficulty-turned")
	if lead.OK() && !turned {
		s += fmt.Sprintf("; that of what is decoded, less this, is %s%s", signed(lead.Value, digitsOf(lead, 2)), inWords(lead, signed, digitsOf(lead, 2), ""))
	}
	list := []string{s + "."}
	if turned {
		return append(list, w.Message+" Nothing is said of easy and hard rows.")
	}
	easy, hard, over := t.Estimate(compare.KeyEffortEasy), t.Estimate(compare.KeyEffortHard), t.Estimate(compare.KeyEffortEasyOverAll)
	right := ""
	if r.Data.Right != "" {
		right = " and the model is right"
	}
	few := slices.Contains(easy.Flags(), gap.FewRows)
	switch {
	case few:
		list = append(list, fmt.Sprintf("The probe reads a row as among the easiest third%s on %s only, too few to say what is spent on what is easy.", right, count(easy.N, "row", "rows")))
	case easy.OK():
		s := fmt.Sprintf("Where the probe reads a row as among the easiest third (the lowest in “%s”)%s, on %s, it spends %s on average",
			oneLine(r.Data.Target, 60), right, count(easy.N, "row", "rows"), number(easy.Value, 1))
		if hard.OK() {
			s += ", on the hardest third " + number(hard.Value, 1)
		}
		if over.OK() {
			s += fmt.Sprintf(": a ratio of %s%s. At 1 it would spend as much on what is easy", number(over.Value, 2), inWords(over, number, 2, ""))
		}
		list = append(list, s+".")
	}
	if !few {
		list = append(list, excessSentence(t, r.Protocol)...)
	}
	if slices.Contains(effort.Flags(), compare.Censored) {
		pairs := t.Estimate(compare.KeyConcordEffort)
		s := fmt.Sprintf("On %s%% of the rows the effort was cut off, so that the true one is larger.", points(t.Estimate(compare.KeyCensored).Value, 0))
		if pairs.OK() {
			s += fmt.Sprintf(" Of the pairs of rows that can be compared all the same, the harder one took more in %s%%%s.", points(pairs.Value, 0), inWords(pairs, points, 0, ""))
		}
		list = append(list, s)
	}
	return list
}

// excessSentence sets the excess on what the probe reads as easy beside that on what
// the best of the rivals does, with their difference, and that of efforts that follow nothing:
// any that does not follow what is decoded to the row is in excess.
func excessSentence(t result.Table, by result.Protocol) []string {
	own := t.Of("effort").Estimate(compare.KeyExcessEasy)
	if !own.OK() {
		return nil
	}
	s := fmt.Sprintf("On those easy rows the effort is %s%s over one that follows what is decoded", signed(own.Value, digitsOf(own, 1)), inWords(own, signed, digitsOf(own, 1), ""))
	name, best := "", 0.0
	for _, row := range t {
		if row.Key == compare.KeyExcessEasy && row.Predictor == "effort" && row.Null != nil {
			s += fmt.Sprintf(", where the efforts of other rows, which follow nothing, give %s (p = %s for an excess below these)", signed(row.Null.Mean, digitsOf(own, 1)), strings.TrimSuffix(pOfDraws(row.Null.P, by.Permutations), "\u00a0†"))
			switch least := 1 / float64(by.Permutations+1); {
			case least > 1-by.Level+1e-12:
				s += ": with so few draws no smaller excess could be shown"
			case row.Null.P > 1-by.Level+1e-12:
				s += ": no smaller excess than theirs is shown"
			}
		}
		if row.Key == compare.KeyRankDecoded && row.Predictor != result.Probe && row.Predictor != result.Residualised && row.Estimate.OK() && (name == "" || row.Estimate.Value > best) {
			name, best = row.Predictor, row.Estimate.Value
		}
	}
	rival, over := t.Of(name).Estimate(compare.KeyExcessEasy), t.Of(name).Estimate(compare.KeyExcessOverRival)
	if name == "" || !rival.OK() || slices.Contains(rival.Flags(), gap.FewRows) {
		return []string{s + "."}
	}
	s += fmt.Sprintf("; on those that %s %s as easy, it is %s%s", rivalName(name), readVerb(name), signed(rival.Value, digitsOf(rival, 1)), inWords(rival, signed, digitsOf(rival, 1), ""))
	if over.OK() {
		s += fmt.Sprintf(", a difference of %s%s", signed(over.Value, digitsOf(over, 1)), inWords(over, signed, digitsOf(over, 1), ""))
		if in := over.Interval; in != nil && in.Low <= 0 && in.High >= 0 {
			s += fmt.Sprintf(", so that it may be an excess over what %s %s as much as over what is decoded", rivalName(name), give(name))
		}
	}
	return []string{s + "."}
}

func readVerb(rival string) string {
	if give(rival) == "give" {
		return "read"
	}
	return "reads"
}
