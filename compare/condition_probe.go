package compare

import (
	"fmt"

	"tell/estimate"
	"tell/metric"
)

// A scoredPair is a predictor with scores in two conditions.
type scoredPair struct {
	names     [2]string
	predictor string
	label     [2][]int
	score     [2][]float64
}

// at is a line about condition k.
func (c scoredPair) at(k int, key string) Line {
	return Line{Train: c.names[0], Test: c.names[k], Predictor: c.predictor, Key: key}
}

// changed is a line about the second condition less the first, fallen the other
// way round.
func (c scoredPair) changed(key string) Line {
	return Line{Train: c.names[0], Test: c.names[1] + "-" + c.names[0], Predictor: c.predictor, Key: key}
}

func (c scoredPair) fallen(key string) Line {
	return Line{Train: c.names[0], Test: c.names[0] + "-" + c.names[1], Predictor: c.predictor, Key: key}
}

func (c scoredPair) matcher() *matcher {
	return newMatcher(c.label, [2][]float64{logits(c.score[0]), logits(c.score[1])})
}

// levels adds what holds in each condition.
func (c scoredPair) levels(b *block) {
	for k := range c.names {
		rank, says := metric.NewRanking(c.label[k], c.score[k]), carried(c.label[k], c.score[k])
		b.add(func(w []float64, out []estimate.Value) {
			out[0] = rank.AUROC(w)
			out[1] = says.accuracy(w)
			says.observed(w, out[2:])
		}, c.at(k, KeyAUROC), c.at(k, KeyAccuracy), c.at(k, KeyHit), c.at(k, KeyAlarm), c.at(k, KeyDPrime), c.at(k, KeyCriterion))
	}
	m := c.matcher()
	b.add(func(w []float64, out []estimate.Value) {
		says, t, reason := m.match(c.label[1], w, w)
		if reason != "" {
			fill(out, reason)
			return
		}
		var seen [4]estimate.Value
		says.observed(w, seen[:])
		out[0], out[1], out[2], out[3] = says.accuracy(w), seen[0], seen[2], estimate.Value{X: expit(t)}
	}, c.at(1, KeyAccuracyMatched), c.at(1, KeyHitMatched), c.at(1, KeyDPrimeMatched), c.at(1, KeyThresholdMatched))
}

// refit adds a probe trained on the second condition.
func (c scoredPair) refit(b *block, score []float64) {
	rank, says, first := metric.NewRanking(c.label[1], score), carried(c.label[1], score), carried(c.label[0], c.score[0])
	l := []Line{c.at(1, KeyAUROCRefit), c.at(1, KeyAccuracyRefit), c.fallen(KeyFallRefit)}
	l[0].Train, l[1].Train = c.names[1], c.names[1]
	b.add(func(w []float64, out []estimate.Value) {
		out[0], out[1] = rank.AUROC(w), says.accuracy(w)
		out[2] = difference(first.accuracy(w), out[1])
	}, l...)
}

// changes adds what differs between the conditions.
func (c scoredPair) changes(b *block) {
	var rank [2]*metric.Ranking
	var says [2]decision
	for k := range rank {
		rank[k], says[k] = metric.NewRanking(c.label[k], c.score[k]), carried(c.label[k], c.score[k])
	}
	m := c.matcher()
	b.add(func(w []float64, out []estimate.Value) {
		var seen [3][4]estimate.Value
		for k := range says {
			says[k].observed(w, seen[k][:])
		}
		accuracy := says[0].accuracy(w)
		out[0] = difference(rank[1].AUROC(w), rank[0].AUROC(w))
		out[1] = difference(accuracy, says[1].accuracy(w))
		out[3] = difference(seen[1][2], seen[0][2])
		out[5] = difference(seen[1][3], seen[0][3])
		if matched, _, reason := m.match(c.label[1], w, w); reason == "" {
			matched.observed(w, seen[2][:])
			out[2] = difference(accuracy, matched.accuracy(w))
			out[4] = difference(seen[2][2], seen[0][2])
		} else {
			fill(out[2:3], reason)
			fill(out[4:5], reason)
		}
	}, c.changed(KeyAUROCChange), c.fallen(KeyFall), c.fallen(KeyFallMatched),
		c.changed(KeyDPrimeChange), c.changed(KeyDPrimeChangeMatched), c.changed(KeyCriterionChange))
	shift := make([]float64, len(c.label[0]))
	for i := range shift {
		shift[i] = logit(c.score[1][i]) - logit(c.score[0][i])
	}
	lines := []Line{c.changed(KeyLogitShift), c.changed(KeyLogitShift), c.changed(KeyLogitShift)}
	for y, value := range []string{"0", "1"} {
		lines[y+1].Column, lines[y+1].Value = "label", value
	}
	b.add(func(w []float64, out []estimate.Value) {
		out[0] = metric.Mean(shift, w)
		for y := range 2 {
			var sum, weight float64
			for i, x := range shift {
				if c.label[0][i] == y && c.label[1][i] == y {
					sum += w[i] * x
					weight += w[i]
				}
			}
			out[y+1] = ratio(sum, weight, fmt.Sprintf("no pair has label %d in both conditions", y))
		}
	}, lines...)
}

func fill(out []estimate.Value, reason string) {
	for k := range out {
		out[k] = estimate.Value{Reason: reason}
	}
}

// decisions are those at 0.5 in each condition, and the matched one in the second,
// empty where there is none.
func (c scoredPair) decisions() (says [2]decision, matched decision) {
	for k := range says {
		says[k] = carried(c.label[k], c.score[k])
	}
	w := ones(len(c.label[0]))
	matched, _, _ = c.matcher().match(c.label[1], w, w)
	return says, matched
}
