package compare

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tell/estimate"
	"tell/folds"
	"tell/metric"
)

// Transfer are rows, the sets that they are in, and the scores that a probe
// trained in each set gives them.
//
// A row may be in several sets. Layers that share a stream are sets too: give each
// row once for every layer, with the same group.
type Transfer struct {
	Sets  []string
	ID    []string // of the rows, each once
	Group []int
	In    [][]bool // by set, then row
	Label []int    // 0 or 1
	// Unit tells rows of a group apart that carry one label and move as one under
	// permutation, such as wordings of a claim; nil where every row is its own.
	Unit []int
	// Score[a] is P(label=1) by a probe trained in set a without the row's
	// group, NaN where there is none: such rows are left out of the cells of a.
	Score [][]float64
	// Untrained says, by set, why there is no probe of it, and is empty where there
	// is one; nil where all have one.
	Untrained []string
	// Behaviour is 0, 1, or -1 for neither; nil where none is given.
	Behaviour []int
	// Others are scores from elsewhere, such as those of a text-only predictor,
	// trained and applied like the probe.
	Others []TransferScores
	// FPR is the false-positive rate at which the recall is taken, from the rows
	// of label 0 in the set Control; a negative Control is none.
	FPR     float64
	Control int
	// Paired are sets whose rows belong together, such as a text and its
	// translation: rows of one Pair, which stands once in either; an empty one pairs
	// with nothing.
	Paired [][2]int
	Pair   []string
	// Directions say, for pairs of sets, how the directions of their probes agree.
	Directions []SetDirections
}

// SetDirections are the directions of the probes of two sets, at one layer and
// position.
type SetDirections struct {
	Sets            [2]int
	Layer, Position int
	Cosines         *Cosines
	// Reason says why there are none.
	Reason string
}

// TransferScores are the scores of a named predictor that is trained in each set,
// as those of Transfer are.
type TransferScores struct {
	Name  string
	Score [][]float64
}

// Measure tests the probe of every set on every set. The null of an AUROC
// permutes the labels of the tested rows by group, the scores as they are; its p
// is one-sided.
func (d Transfer) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	var lines []Line
	for b := range d.Sets {
		lines = append(lines, d.behaved(b, s)...)
	}
	for k, p := range append([]TransferScores{{probePredictor, d.Score}}, d.Others...) {
		own := make([]estimate.Estimate, len(d.Sets))
		for b := range d.Sets {
			own[b] = d.own(p, b, s)
		}
		for a := range d.Sets {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			for b := range d.Sets {
				cell, err := d.cell(p, a, b, own[b], s)
				if err != nil {
					return nil, err
				}
				lines = append(lines, cell...)
				if k > 0 {
					lines = append(lines, d.lead(p, a, b, s))
				}
			}
			for _, pair := range d.Paired {
				more, err := d.paired(p, a, pair, s)
				if err != nil {
					return nil, err
				}
				lines = append(lines, more...)
			}
		}
	}
	if d.Behaviour != nil {
		for _, pair := range d.Paired {
			more, err := d.paired(TransferScores{Name: behaviourPredictor}, 0, pair, s)
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
	}
	return append(lines, d.cosines(levelOf(s.Bootstrap))...), nil
}

// rows are those of set b that have a score, and how many have none.
func (d *Transfer) rows(b int, score []float64) (rows []int, without []string) {
	for i, in := range d.In[b] {
		switch {
		case !in:
		case math.IsNaN(score[i]):
			without = append(without, d.ID[i])
		default:
			rows = append(rows, i)
		}
	}
	return rows, without
}

// why explains a cell that has no rows.
func (d *Transfer) why(a, b int, without []string) string {
	switch {
	case len(without) == 0:
		return fmt.Sprintf("set %s is empty", d.Sets[b])
	case d.Untrained != nil && d.Untrained[a] != "":
		return fmt.Sprintf("no probe could be trained on %s: %s", d.Sets[a], d.Untrained[a])
	}
	return fmt.Sprintf("none of the %d rows of set %s has a score of the probe trained in %s, as where they share all groups: %s",
		len(without), d.Sets[b], d.Sets[a], first(without))
}

// behaved is the behaviour on a set.
func (d *Transfer) behaved(b int, s Settings) []Line {
	if d.Behaviour == nil {
		return nil
	}
	var rows []int
	var neither []string
	for i, in := range d.In[b] {
		switch {
		case in && d.Behaviour[i] >= 0:
			rows = append(rows, i)
		case in:
			neither = append(neither, d.ID[i])
		}
	}
	block := &block{group: pick(d.Group, rows)}
	block.one(Line{Test: d.Sets[b], Predictor: behaviourPredictor, Key: KeyAccuracy}, acted(pick(d.Label, rows), pick(d.Behaviour, rows)).accuracy)
	lines := block.estimate(s.Bootstrap)
	exactly(&lines[0].Estimate, levelOf(s.Bootstrap))
	if len(neither) > 0 {
		lines[0].Estimate.Warn(NeitherLeftOut, "%d of %d rows have a behaviour that is neither and are left out: %s", len(neither), len(neither)+len(rows), first(neither))
	}
	return lines
}

// A part is some of the rows of a block.
type part struct {
	rows  []int // of the data
	at    []int // of the block
	label []int
	score []float64
}

// take gives the weights of the part's rows.
func (p part) take(w []float64) []float64 { return pick(w, p.at) }

// parts are sets of rows as one block. A row in several of them stands in it once.
func (d *Transfer) parts(score [][]float64, rows ...[]int) (parts []part, group []int) {
	place := make(map[int]int)
	for k, list := range rows {
		p := part{rows: list, label: pick(d.Label, list), score: pick(score[k], list)}
		for _, i := range list {
			at, ok := place[i]
			if !ok {
				at = len(group)
				place[i] = at
				group = append(group, d.Group[i])
			}
			p.at = append(p.at, at)
		}
		parts = append(parts, p)
	}
	return parts, group
}

func (d *Transfer) cell(p TransferScores, a, b int, own estimate.Estimate, s Settings) ([]Line, error) {
	line := func(key string) Line {
		return Line{Train: d.Sets[a], Test: d.Sets[b], Predictor: p.Name, Layer: None, Position: None, Key: key}
	}
	rows, without := d.rows(b, p.Score[a])
	var lines []Line
	if len(rows) == 0 {
		keys := []string{KeyAUROC, KeyAccuracy, KeyAccuracyMatched, KeyRecovery}
		if d.Control >= 0 {
			keys = append(keys, KeyThresholdAtFPR, KeyRealisedFPR, KeyRecallAtFPR, KeyTestedFPR)
		}
		for _, key := range keys {
			l := line(key)
			l.Estimate = estimate.NotEstimable(0, 0, d.why(a, b, without))
			lines = append(lines, l)
		}
		return lines, nil
	}

	one, group := d.parts([][]float64{p.Score[a]}, rows)
	rank, says := metric.NewRanking(one[0].label, one[0].score), carried(one[0].label, one[0].score)
	still := &block{group: group}
	still.one(line(KeyAUROC), rank.AUROC)
	still.one(line(KeyAccuracy), says.accuracy)
	lines = still.estimate(s.Bootstrap)
	exactly(&lines[1].Estimate, levelOf(s.Bootstrap))
	null, err := d.null(one[0], &lines[0].Estimate, s)
	if err != nil {
		return nil, err
	}
	lines[0].Null = null

	if a == b {
		same := line(KeyAccuracyMatched)
		same.Estimate = lines[1].Estimate
		same.Estimate.Warnings = slices.Clone(same.Estimate.Warnings)
		lines = append(lines, same)
	} else {
		home, _ := d.rows(a, p.Score[a])
		lines = append(lines, d.matched(line(KeyAccuracyMatched), p.Score[a], home, rows, s))
	}
	lines = append(lines, d.recovery(line(KeyRecovery), p, a, b, rows, own, s))
	if d.Control >= 0 {
		lines = append(lines, d.recall(line, p.Score[a], rows, s)...)
	}
	if len(without) > 0 {
		for k := range lines {
			lines[k].Estimate.Warn(RowsWithoutScore, "%d of %d rows of %s have no score of the probe trained in %s and are left out: %s",
				len(without), len(without)+len(rows), d.Sets[b], d.Sets[a], first(without))
		}
	}
	return lines, nil
}

// lead is how much better the probe ranks a set than another predictor does that is
// trained on the same rows.
func (d *Transfer) lead(p TransferScores, a, b int, s Settings) Line {
	l := Line{Train: d.Sets[a], Test: d.Sets[b], Predictor: p.Name, Layer: None, Position: None, Key: KeyAUROCDifference}
	rows, without := d.rows(b, d.Score[a])
	if len(rows) > 0 {
		rows = slices.DeleteFunc(rows, func(i int) bool {
			missing := math.IsNaN(p.Score[a][i])
			if missing {
				without = append(without, d.ID[i])
			}
			return missing
		})
	}
	if len(rows) == 0 {
		l.Estimate = estimate.NotEstimable(0, 0, d.why(a, b, without))
		return l
	}
	label := pick(d.Label, rows)
	probe, other := metric.NewRanking(label, pick(d.Score[a], rows)), metric.NewRanking(label, pick(p.Score[a], rows))
	block := &block{group: pick(d.Group, rows)}
	block.one(l, func(w []float64) estimate.Value { return difference(probe.AUROC(w), other.AUROC(w)) })
	return block.estimate(s.Bootstrap)[0]
}

// null permutes the labels of the tested rows by group.
func (d *Transfer) null(p part, auroc *estimate.Estimate, s Settings) (*Null, error) {
	if !auroc.OK() || s.Permutations == 0 {
		return nil, nil
	}
	var unit []int
	if d.Unit != nil {
		unit = pick(d.Unit, p.rows)
	}
	permuter, err := folds.NewPermuter(p.label, pick(d.Group, p.rows), make([]int, len(p.rows)), unit)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if v := permuter.Validity(); !v.Exact {
		auroc.Warn(v.Flag, "%s", v.Reason)
	}
	if permuter.Arrangements() <= 1 {
		return nil, nil
	}
	// Ranks, ties shared, turn an AUROC into a sum over the rows of label 1.
	position := midranks(p.score)
	var zeros, count float64
	for _, y := range p.label {
		count += float64(y)
		zeros += float64(1 - y)
	}
	draws := make([]float64, s.Permutations)
	for k := range draws {
		sum := 0.0
		for i, y := range permuter.Draw(s.Seed, k) {
			if y == 1 {
				sum += position[i]
			}
		}
		draws[k] = (sum - count*(count+1)/2) / (count * zeros)
	}
	return nullOf(auroc.Value, 0, draws, true), nil
}

// matched is the accuracy on tested rows at the alarm rate that the probe has at
// home.
func (d *Transfer) matched(l Line, score []float64, home, rows []int, s Settings) Line {
	parts, group := d.parts([][]float64{score, score}, home, rows)
	m := newMatcher([2][]int{parts[0].label, parts[1].label}, [2][]float64{logits(parts[0].score), logits(parts[1].score)})
	b := &block{group: group}
	b.one(l, func(w []float64) estimate.Value {
		tested := parts[1].take(w)
		says, _, reason := m.match(parts[1].label, parts[0].take(w), tested)
		if reason != "" {
			return estimate.Value{Reason: reason}
		}
		return says.accuracy(tested)
	})
	l = b.estimate(s.Bootstrap)[0]
	l.Estimate.N = len(rows)
	return l
}

// own is the AUROC of a set's own probe.
func (d *Transfer) own(p TransferScores, b int, s Settings) estimate.Estimate {
	rows, without := d.rows(b, p.Score[b])
	if len(rows) == 0 {
		return estimate.NotEstimable(0, 0, d.why(b, b, without))
	}
	still := &block{group: pick(d.Group, rows)}
	still.one(Line{}, metric.NewRanking(pick(d.Label, rows), pick(p.Score[b], rows)).AUROC)
	return still.estimate(s.Bootstrap)[0].Estimate
}

// recovery sets the AUROC of a's probe on b beside that of b's own.
func (d *Transfer) recovery(l Line, p TransferScores, a, b int, rows []int, own estimate.Estimate, s Settings) Line {
	groups := countGroups(pick(d.Group, rows))
	refuse := func(format string, args ...any) Line {
		l.Estimate = estimate.NotEstimable(len(rows), groups, fmt.Sprintf(format, args...))
		return l
	}
	switch {
	case !own.OK():
		return refuse("%s", own.Reason)
	case own.Interval == nil && own.Value != 1:
		return refuse("the AUROC of the own probe of %s, %.3f, has no interval", d.Sets[b], own.Value)
	case own.Value != 1 && own.Interval.Low <= 0.5:
		return refuse("the interval of the AUROC of the own probe of %s, %.3f to %.3f, does not lie above ½", d.Sets[b], own.Interval.Low, own.Interval.High)
	case a == b:
		l.Estimate = estimate.Estimate{Value: 1, N: len(rows), Groups: groups, Method: "exact: the set's own probe"}
		return l
	}
	native, _ := d.rows(b, p.Score[b])
	parts, group := d.parts([][]float64{p.Score[a], p.Score[b]}, rows, native)
	var rank [2]*metric.Ranking
	for k := range rank {
		rank[k] = metric.NewRanking(parts[k].label, parts[k].score)
	}
	both := &block{group: group}
	both.one(l, func(w []float64) estimate.Value {
		x, y := rank[0].AUROC(parts[0].take(w)), rank[1].AUROC(parts[1].take(w))
		switch v := difference(x, y); {
		case v.Reason != "":
			return v
		case y.X == 0.5:
			return estimate.Value{Reason: "the AUROC of the set's own probe is ½"}
		}
		return estimate.Value{X: (x.X - 0.5) / (y.X - 0.5)}
	})
	l = both.estimate(s.Bootstrap)[0]
	l.Estimate.N = len(rows)
	return l
}

// thresholdAt is the lowest score such that no larger share than rate of the
// scores lies above it.
func thresholdAt(rate float64, score []float64) float64 {
	sorted := slices.Sorted(slices.Values(score))
	allowed := int(math.Floor(rate * float64(len(sorted)) * (1 + 1e-12)))
	return sorted[max(0, len(sorted)-1-allowed)]
}

func (d *Transfer) recall(line func(string) Line, score []float64, rows []int, s Settings) []Line {
	control, _ := d.rows(d.Control, score)
	control = slices.DeleteFunc(control, func(i int) bool { return d.Label[i] == 1 })
	keys := []string{KeyThresholdAtFPR, KeyRealisedFPR, KeyRecallAtFPR, KeyTestedFPR}
	var lines []Line
	if len(control) == 0 {
		for _, key := range keys {
			l := line(key)
			l.Estimate = estimate.NotEstimable(0, 0, fmt.Sprintf("control set %s has no row of label 0 with a score", d.Sets[d.Control]))
			lines = append(lines, l)
		}
		return lines
	}
	t := thresholdAt(d.FPR, pick(score, control))
	l := line(keys[0])
	l.Estimate = estimate.Estimate{Value: t, N: len(control), Groups: countGroups(pick(d.Group, control)), Method: "order statistic of the control rows"}
	lines = append(lines, l)
	for k, key := range keys[1:] {
		among := control
		if k > 0 {
			among = nil
			for _, i := range rows {
				if d.Label[i] == 2-k {
					among = append(among, i)
				}
			}
		}
		above := make([]float64, len(among))
		for j, i := range among {
			if score[i] > t {
				above[j] = 1
			}
		}
		b := &block{group: pick(d.Group, among)}
		b.one(line(key), func(w []float64) estimate.Value {
			if len(above) == 0 {
				return estimate.Value{Reason: fmt.Sprintf("no row has label %d", 2-k)}
			}
			return metric.Mean(above, w)
		})
		found := b.estimate(s.Bootstrap)
		exactly(&found[0].Estimate, levelOf(s.Bootstrap))
		lines = append(lines, found...)
	}
	return lines
}

// paired compares the rows of two sets that belong together, under the probe of a.
func (d *Transfer) paired(p TransferScores, a int, sets [2]int, s Settings) ([]Line, error) {
	names := [2]string{d.Sets[sets[0]], d.Sets[sets[1]]}
	l := Line{Test: names[1] + "-" + names[0], Predictor: p.Name, Layer: None, Position: None}
	scored := p.Score != nil
	var rows [2][]int
	var ids [2][]string
	for k, set := range sets {
		for i, in := range d.In[set] {
			if in && d.Pair[i] != "" && (scored && !math.IsNaN(p.Score[a][i]) || !scored && d.Behaviour[i] >= 0) {
				rows[k], ids[k] = append(rows[k], i), append(ids[k], d.Pair[i])
			}
		}
	}
	joined, err := Join(names, ids)
	if err != nil {
		return nil, err
	}
	if scored {
		l.Train = d.Sets[a]
	}
	lost := lostLine(KeyPairsLost, names, joined.Lost, len(joined.Rows[0]))
	lost.Train, lost.Test, lost.Predictor = l.Train, l.Test, l.Predictor
	var at [2][]int
	for k := range rows {
		at[k] = pick(rows[k], joined.Rows[k])
	}
	// The pairs of a group are drawn together; a pair that spans two groups
	// would tie them.
	group := pick(d.Group, at[0])
	for i, g := range pick(d.Group, at[1]) {
		if g != group[i] {
			return nil, fmt.Errorf("compare: pair %q has its rows %q and %q in different groups, expected them in one",
				d.Pair[at[0][i]], d.ID[at[0][i]], d.ID[at[1][i]])
		}
	}
	if len(group) == 0 {
		lines := []Line{lost}
		reason := fmt.Sprintf("%s and %s have no pair in common", names[0], names[1])
		if scored && d.Untrained != nil && d.Untrained[a] != "" {
			reason = fmt.Sprintf("no probe could be trained on %s: %s", d.Sets[a], d.Untrained[a])
		}
		for _, key := range []string{KeyAUROCChange, KeyAccuracyChange} {
			if l.Key = key; scored || key == KeyAccuracyChange {
				l.Estimate = estimate.NotEstimable(0, 0, reason)
				lines = append(lines, l)
			}
		}
		return lines, nil
	}
	b := &block{group: group}
	var says [2]decision
	var rank [2]*metric.Ranking
	for k := range says {
		label := pick(d.Label, at[k])
		if scored {
			score := pick(p.Score[a], at[k])
			says[k], rank[k] = carried(label, score), metric.NewRanking(label, score)
		} else {
			says[k] = acted(label, pick(d.Behaviour, at[k]))
		}
	}
	accuracy, auroc := l, l
	accuracy.Key, auroc.Key = KeyAccuracyChange, KeyAUROCChange
	if scored {
		b.one(auroc, func(w []float64) estimate.Value { return difference(rank[1].AUROC(w), rank[0].AUROC(w)) })
	}
	b.one(accuracy, func(w []float64) estimate.Value { return difference(says[1].accuracy(w), says[0].accuracy(w)) })
	lines := append([]Line{lost}, b.estimate(s.Bootstrap)...)
	fall := fallOf(says[1], says[0])
	if last := &lines[len(lines)-1]; last.Estimate.OK() {
		last.Null = signFlip(fall, group)
	}
	return lines, nil
}

// cosines are the lines of the directions. The floor of a set is the same beside
// every other, and stands once.
func (d *Transfer) cosines(level float64) []Line {
	var lines []Line
	known := map[string]bool{}
	for _, of := range d.Directions {
		names := [2]string{d.Sets[of.Sets[0]], d.Sets[of.Sets[1]]}
		line := func(k, l int, key string) (Line, int, int) {
			var group []int
			for i, g := range d.Group {
				if d.In[of.Sets[k]][i] || d.In[of.Sets[l]][i] {
					group = append(group, g)
				}
			}
			return Line{Train: names[k], Test: names[l], Layer: of.Layer, Position: of.Position, Predictor: probePredictor, Key: key}, len(group), countGroups(group)
		}
		if of.Cosines == nil {
			l, rows, groups := line(0, 1, Mahalanobis+KeyCosineCorrected)
			l.Estimate = estimate.NotEstimable(rows, groups, of.Reason)
			lines = append(lines, l)
			continue
		}
		for _, l := range of.Cosines.lines(names, level, line) {
			floor := l.Train + "\x00" + l.Key
			if l.Train == l.Test && known[floor] {
				continue
			}
			known[floor] = known[floor] || l.Train == l.Test
			lines = append(lines, l)
		}
	}
	return lines
}
