package compare

import (
	"context"
	"fmt"
	"slices"

	"tell/estimate"
	"tell/gap"
	"tell/metric"
)

// Condition are pairs of rows of one item under two conditions. Row i of
// either condition is of Pair[i].
type Condition struct {
	Names [2]string // of the conditions; the probe is trained on the first
	// Pair names the pairs, each once.
	Pair  []string
	Group []int
	Label [2][]int // 0 or 1
	// Behaviour is 0, 1, or -1 for neither; nil where none is given.
	Behaviour [2][]int
	// Score is P(label=1) by a probe trained on rows of the first condition in
	// other groups.
	Score [2][]float64
	// Refit is P(label=1) on the second condition by a probe trained there, out
	// of fold; nil where there is none.
	Refit []float64
	// Layers are the probes of single layers, for the change at each of them; there
	// may be none.
	Layers []ConditionLayer
	// Others are scores from elsewhere, such as those of a text-only predictor,
	// trained and applied like the probe.
	Others []ConditionScores
	// Lost are the pairs that have a row in one condition alone, see [Join].
	Lost [2][]string
}

// ConditionScores are the scores of a named predictor in both conditions.
type ConditionScores struct {
	Name  string
	Score [2][]float64
}

// Measure estimates the changes. Accuracies are at three
// thresholds: the one carried, the one matched by alarm rate, and that of a
// probe refitted on the second condition. Where the first two lead to different
// conclusions both lines have the flag [ThresholdDependent]: a shift of the
// log-odds that keeps the order of the rows moves the accuracy at the threshold
// carried, and not the other.
//
// p-values are those of exchanging the conditions within all pairs of a group,
// by a fair coin for each group.
func (d Condition) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	lines := []Line{lostLine(KeyPairsLost, d.Names, d.Lost, len(d.Pair))}
	add := func(more []Line, draws [][]float64) {
		for k := range draws {
			if more[k].Estimate.OK() {
				more[k].Null = nullOf(more[k].Estimate.Value, 0, draws[k], false)
			}
		}
		lines = append(lines, more...)
	}
	predictors := append([]ConditionScores{{probePredictor, d.Score}}, d.Others...)
	for k, p := range predictors {
		c := scoredPair{d.Names, p.Name, d.Label, p.Score}
		still := &block{group: d.Group}
		c.levels(still)
		if k == 0 && d.Refit != nil {
			c.refit(still, d.Refit)
		}
		levels := still.estimate(s.Bootstrap)
		says, matched := c.decisions()
		for k, name := range d.Names {
			finish(levels, name, says[k], d.Group, levelOf(s.Bootstrap), KeyDPrime, KeyCriterion)
		}
		change := &block{group: d.Group}
		c.changes(change)
		changed := change.estimate(s.Bootstrap)
		for k, name := range d.Names {
			warn(changed, extremes(p.Name+" in "+name, says[k]), KeyDPrimeChange, KeyCriterionChange)
		}
		if matched.label != nil {
			notes := extremes(p.Name+" in "+d.Names[1]+" at the matched threshold", matched)
			warn(levels, notes, KeyDPrimeMatched)
			warn(changed, append(extremes(p.Name+" in "+d.Names[0], says[0]), notes...), KeyDPrimeChangeMatched)
		}
		add(levels, nil)
		draws, err := exchange(ctx, d.Group, s, len(changed), func(swap []bool) *block {
			b := &block{group: d.Group}
			scoredPair{c.names, c.predictor, swapped(c.label, swap), swapped(c.score, swap)}.changes(b)
			return b
		})
		if err != nil {
			return nil, err
		}
		add(changed, draws)
		exact(lines, p.Name, KeyFall, fallOf(carried(d.Label[0], p.Score[0]), carried(d.Label[1], p.Score[1])), d.Group)
	}
	if d.Behaviour[0] != nil {
		more, draws, err := d.behaved(ctx, s)
		if err != nil {
			return nil, err
		}
		add(more, draws)
		sided := d.sided()
		exact(lines, behaviourPredictor, KeyFall, pick(d.behaviourFall(), sided), pick(d.Group, sided))
		lines = append(lines, d.acts(s)...)
	}
	compareThresholds(lines)
	layers, err := d.byLayer(ctx, s)
	return append(lines, layers...), err
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

// finish says of how many rows a rate in a condition is, gives one of 0 or 1 an
// interval, and warns where d' and criterion rest on few rows.
func finish(lines []Line, test string, d decision, group []int, level float64, about ...string) {
	var rows [2][]int
	for i, y := range d.label {
		rows[y] = append(rows[y], i)
	}
	for k := range lines {
		l := &lines[k]
		if l.Test != test {
			continue
		}
		switch l.Key {
		case KeyHit, KeyAlarm:
			if l.Estimate.OK() {
				of := rows[1]
				if l.Key == KeyAlarm {
					of = rows[0]
				}
				l.Estimate.N, l.Estimate.Groups = len(of), countGroups(pick(group, of))
				exactly(&l.Estimate, level)
			}
		case KeyAccuracy:
			exactly(&l.Estimate, level)
		}
		if slices.Contains(about, l.Key) {
			warn(lines[k:k+1], extremes(l.Predictor+" in "+test, d), l.Key)
		}
	}
}

// warn adds warnings to the estimates of some keys.
func warn(lines []Line, notes []estimate.Warning, keys ...string) {
	for k := range lines {
		if e := &lines[k].Estimate; e.OK() && slices.Contains(keys, lines[k].Key) {
			e.Warnings = append(e.Warnings, notes...)
		}
	}
}

// few is the number of rows below which a bootstrap says little of a share.
const few = 10

// extremes says where a rate is near 0 or 1, or at it, as the gap does of its own
// d' and criterion.
func extremes(what string, d decision) (notes []estimate.Warning) {
	says, of := d.rates(ones(len(d.label)))
	for y, n := range of {
		rarer, k := 0, n-says[y]
		if says[y] < k {
			rarer, k = 1, says[y]
		}
		switch {
		case n == 0 || k >= few:
		case k > 0:
			notes = append(notes, estimate.Warning{Code: gap.FewRows, Text: fmt.Sprintf("%s says %d on %.3g of %.0f rows of label %d: with so few the interval is often far too narrow", what, rarer, k, n, y)})
		default:
			notes = append(notes, estimate.Warning{Code: gap.CorrectedBound, Text: fmt.Sprintf("%s says %d on none of %.0f rows of label %d: the correction, and not the rate, keeps this number finite", what, rarer, n, y)})
		}
	}
	return notes
}

// exact gives a line the p-value of all exchanges.
func exact(lines []Line, predictor, key string, fall []float64, group []int) {
	for k := range lines {
		if l := &lines[k]; l.Predictor == predictor && l.Key == key && l.Column == "" && l.Estimate.OK() {
			l.Null = signFlip(fall, group)
		}
	}
}

func (d *Condition) check() error {
	n := len(d.Pair)
	if n == 0 {
		return fmt.Errorf("compare: %s and %s have no pair in common; rows without a partner: %d in %s, %d in %s",
			d.Names[0], d.Names[1], len(d.Lost[0]), d.Names[0], len(d.Lost[1]), d.Names[1])
	}
	if err := once("pairs of "+d.Names[0]+" and "+d.Names[1], d.Pair); err != nil {
		return err
	}
	if len(d.Group) != n {
		return fmt.Errorf("compare: found %d groups for %d pairs, expected as many", len(d.Group), n)
	}
	if (d.Behaviour[0] == nil) != (d.Behaviour[1] == nil) {
		return fmt.Errorf("compare: found a behaviour in one of %s and %s, expected it in both or neither", d.Names[0], d.Names[1])
	}
	names := map[string]bool{"": true, behaviourPredictor: true}
	for _, p := range append([]ConditionScores{{probePredictor, d.Score}}, d.Others...) {
		if names[p.Name] {
			return fmt.Errorf("compare: found a predictor named %q, expected a name that is not empty, taken or %q", p.Name, behaviourPredictor)
		}
		names[p.Name] = true
		for k, name := range d.Names {
			if err := checkScores(p.Name+" in "+name, p.Score[k], d.Pair); err != nil {
				return err
			}
		}
	}
	if d.Refit != nil {
		if err := checkScores("the probe refitted in "+d.Names[1], d.Refit, d.Pair); err != nil {
			return err
		}
	}
	if err := d.checkLayers(); err != nil {
		return err
	}
	for k, name := range d.Names {
		if err := checkLevels("label in "+name, d.Label[k], d.Pair, 0); err != nil {
			return err
		}
		if d.Behaviour[k] != nil {
			if err := checkLevels("behaviour in "+name, d.Behaviour[k], d.Pair, -1); err != nil {
				return err
			}
		}
	}
	return nil
}

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

// compareThresholds flags the lines whose conclusions differ between the
// threshold carried and the matched one.
func compareThresholds(lines []Line) {
	at := map[string][]float64{KeyFall: {0}, KeyDPrimeChange: {0}, KeyPersuadedExcess: {0}, KeyOverride: {0, 1}}
	for i := range lines {
		a := &lines[i]
		for j := range lines {
			b := &lines[j]
			if b.Key != a.Key+matchedSuffix || a.Column+b.Column != "" || a.Predictor != b.Predictor || a.Test != b.Test {
				continue
			}
			if !a.Estimate.OK() || !b.Estimate.OK() {
				continue
			}
			for _, x := range at[a.Key] {
				if side(a.Estimate, x) != side(b.Estimate, x) {
					text := fmt.Sprintf("%s and %s lead to different conclusions about %v (%s; %s): no verdict", a.Key, b.Key, x, a.Estimate, b.Estimate)
					a.Estimate.Warn(ThresholdDependent, "%s", text)
					b.Estimate.Warn(ThresholdDependent, "%s", text)
					break
				}
			}
		}
	}
}
