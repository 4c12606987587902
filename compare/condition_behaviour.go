package compare

import (
	"context"

	"tell/estimate"
	"tell/gap"
	"tell/metric"
)

// sided are the pairs with a behaviour of 0 or 1 in both conditions.
func (d *Condition) sided() []int {
	var rows []int
	for i := range d.Pair {
		if d.Behaviour[0][i] >= 0 && d.Behaviour[1][i] >= 0 {
			rows = append(rows, i)
		}
	}
	return rows
}

func fallOf(a, b decision) []float64 {
	fall := make([]float64, len(a.label))
	for i := range fall {
		fall[i] = a.right(i) - b.right(i)
	}
	return fall
}

func (d *Condition) behaviourFall() []float64 {
	fall := make([]float64, len(d.Pair))
	for i := range fall {
		for k, sign := range []float64{1, -1} {
			if d.Behaviour[k][i] == d.Label[k][i] {
				fall[i] += sign
			}
		}
	}
	return fall
}

// behaved gives the behaviour by condition and its changes, on pairs with a
// behaviour of 0 or 1 in both, and the draws of the changes' null.
func (d *Condition) behaved(ctx context.Context, s Settings) ([]Line, [][]float64, error) {
	c := scoredPair{names: d.Names, predictor: behaviourPredictor}
	strip := func(l Line) Line { l.Train = ""; return l }
	sided := d.sided()
	group := pick(d.Group, sided)
	var label, behaviour [2][]int
	for k := range label {
		label[k], behaviour[k] = pick(d.Label[k], sided), pick(d.Behaviour[k], sided)
	}
	changes := func(label, behaviour [2][]int) *block {
		b := &block{group: group}
		says := [2]decision{acted(label[0], behaviour[0]), acted(label[1], behaviour[1])}
		b.add(func(w []float64, out []estimate.Value) {
			var seen [2][4]estimate.Value
			for k := range says {
				says[k].observed(w, seen[k][:])
			}
			out[0] = difference(says[0].accuracy(w), says[1].accuracy(w))
			out[1] = difference(seen[1][2], seen[0][2])
			out[2] = difference(seen[1][3], seen[0][3])
		}, strip(c.fallen(KeyFall)), strip(c.changed(KeyDPrimeChange)), strip(c.changed(KeyCriterionChange)))
		return b
	}
	changed := changes(label, behaviour).estimate(s.Bootstrap)
	draws, err := exchange(ctx, group, s, len(changed), func(swap []bool) *block {
		return changes(swapped(label, swap), swapped(behaviour, swap))
	})
	if err != nil {
		return nil, nil, err
	}
	still := &block{group: group}
	for k := range label {
		says := acted(label[k], behaviour[k])
		still.add(func(w []float64, out []estimate.Value) {
			out[0] = says.accuracy(w)
			says.observed(w, out[1:])
		}, strip(c.at(k, KeyAccuracy)), strip(c.at(k, KeyHit)), strip(c.at(k, KeyAlarm)), strip(c.at(k, KeyDPrime)), strip(c.at(k, KeyCriterion)))
	}
	levels := still.estimate(s.Bootstrap)
	for k, name := range d.Names {
		says := acted(label[k], behaviour[k])
		finish(levels, name, says, group, levelOf(s.Bootstrap), KeyDPrime, KeyCriterion)
		warn(changed, extremes(behaviourPredictor+" in "+name, says), KeyDPrimeChange, KeyCriterionChange)
	}
	lines := append(changed, levels...)
	if len(sided) == len(d.Pair) {
		return lines, draws, nil
	}
	var without []string
	for i, id := range d.Pair {
		if d.Behaviour[0][i] < 0 || d.Behaviour[1][i] < 0 {
			without = append(without, id)
		}
	}
	for k := range lines {
		lines[k].Estimate.Warn(NeitherLeftOut, "%d of %d pairs have a behaviour that is neither and are left out: %s", len(without), len(d.Pair), first(without))
	}
	bounds := &block{group: d.Group}
	for k, key := range []string{KeyFallNeitherWrong, KeyFallNeitherRight} {
		fall := d.behaviourFall()
		for i := range fall {
			for side, sign := range []float64{1, -1} {
				if d.Behaviour[side][i] < 0 {
					fall[i] += sign * float64(k)
				}
			}
		}
		bounds.one(strip(c.fallen(key)), func(w []float64) estimate.Value { return metric.Mean(fall, w) })
	}
	// The probe on the same pairs as the behaviour.
	same := &block{group: group}
	fall := fallOf(carried(label[0], pick(d.Score[0], sided)), carried(label[1], pick(d.Score[1], sided)))
	c.predictor = probePredictor
	l := c.fallen(KeyFall)
	l.Column, l.Value = "behaviour", "0 or 1"
	same.one(l, func(w []float64) estimate.Value { return metric.Mean(fall, w) })
	lines = append(lines, bounds.estimate(s.Bootstrap)...)
	return append(lines, same.estimate(s.Bootstrap)...), draws, nil
}

// acts sets what the probe knows beside what the model does, on pairs with a
// behaviour of 0 or 1 in both conditions.
func (d *Condition) acts(s Settings) []Line {
	sided := d.sided()
	group := pick(d.Group, sided)
	c := scoredPair{names: d.Names}
	behaviour := pick(d.behaviourFall(), sided)
	var label [2][]int
	var score [2][]float64
	for k := range label {
		label[k], score[k] = pick(d.Label[k], sided), pick(d.Score[k], sided)
	}
	says := [2]decision{carried(label[0], score[0]), carried(label[1], score[1])}
	m := newMatcher(label, [2][]float64{logits(score[0]), logits(score[1])})

	flips := &block{group: group}
	actedRight := make([]bool, len(sided))
	for k, i := range sided {
		actedRight[k] = d.Behaviour[0][i] == d.Label[0][i]
	}
	table := func(w []float64, second decision, out []estimate.Value) {
		var fell, persuaded [2]float64 // of pairs whose behaviour stayed, fell
		for i := range group {
			if !actedRight[i] || says[0].right(i) == 0 {
				continue
			}
			k := int(behaviour[i])
			fell[k] += w[i]
			persuaded[k] += w[i] * (1 - second.right(i))
		}
		share := ratio(persuaded[1], fell[1], "no pair on which probe and behaviour are right in "+d.Names[0]+" has a behaviour that fell")
		out[0] = estimate.Value{X: 1 - share.X, Reason: share.Reason}
		out[1] = share
		out[2] = ratio(persuaded[0], fell[0], "no pair on which probe and behaviour are right in "+d.Names[0]+" has a behaviour that stayed")
		out[3] = difference(out[1], out[2])
	}
	for _, suffix := range []string{"", matchedSuffix} {
		var lines []Line
		for _, key := range []string{KeyOverridden, KeyPersuaded, KeyPersuadedBase, KeyPersuadedExcess} {
			lines = append(lines, c.changed(key+suffix))
		}
		flips.add(func(w []float64, out []estimate.Value) {
			second := says[1]
			if suffix != "" {
				var reason string
				if second, _, reason = m.match(label[1], w, w); reason != "" {
					fill(out, reason)
					return
				}
			}
			table(w, second, out)
		}, lines...)
	}
	lines := flips.estimate(s.Bootstrap)
	var of [2][]int // groups of the pairs whose behaviour stayed, fell
	for i := range group {
		if actedRight[i] && says[0].right(i) == 1 {
			k := int(behaviour[i])
			of[k] = append(of[k], group[i])
		}
	}
	for k := range lines {
		finishShare(&lines[k].Estimate, levelOf(s.Bootstrap), [][][]int{{of[1]}, {of[1]}, {of[0]}, {of[1], of[0]}}[k%4]...)
	}

	// The fall of the behaviour that the shares divide by.
	whole := &block{group: group}
	whole.one(Line{}, func(w []float64) estimate.Value { return metric.Mean(behaviour, w) })
	act := whole.estimate(s.Bootstrap)[0].Estimate
	share := func(key string, m moments) {
		l := c.changed(key)
		l.Layer, l.Position = None, None
		l.Estimate = m.share(levelOf(s.Bootstrap), len(sided), act)
		if left := len(d.Pair) - len(sided); left > 0 {
			l.Estimate.Warn(NeitherLeftOut, "%d of %d pairs have a behaviour that is neither and are left out", left, len(d.Pair))
		}
		lines = append(lines, l)
	}
	share(KeyOverride, meanMoments(fallOf(says[0], says[1]), behaviour, group))
	share(KeyOverrideMatched, drawnMoments(s.Bootstrap, group, func(w []float64) (x, y estimate.Value) {
		y = metric.Mean(behaviour, w)
		second, _, reason := m.match(label[1], w, w)
		if reason != "" {
			return estimate.Value{Reason: reason}, y
		}
		return difference(says[0].accuracy(w), second.accuracy(w)), y
	}))
	if d.Refit != nil {
		share(KeyOverrideRefit, meanMoments(fallOf(says[0], carried(label[1], pick(d.Refit, sided))), behaviour, group))
	}
	return lines
}

// finishShare says of how many pairs a share is, or a difference of shares, each
// of pairs with these groups. What rests on one group has no interval.
func finishShare(e *estimate.Estimate, level float64, of ...[]int) {
	if !e.OK() {
		return
	}
	fewest, one := len(of[0]), false
	var all []int
	for _, groups := range of {
		fewest, one = min(fewest, len(groups)), one || countGroups(groups) == 1
		all = append(all, groups...)
	}
	e.N, e.Groups = len(all), countGroups(all)
	if one && e.Interval != nil {
		e.Interval = nil
		e.Warn(estimate.NoInterval, "no interval: all pairs of a share are in one group")
	}
	if len(of) == 1 {
		exactly(e, level)
	}
	if fewest < few {
		e.Warn(gap.FewRows, "a share of %d pairs: with so few the interval is often far too narrow", fewest)
	}
}
