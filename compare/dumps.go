package compare

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tell/estimate"
	"tell/metric"
)

// Dumps are rows that stand in two dumps, joined by id.
type Dumps struct {
	Names [2]string
	ID    []string // each once
	Group []int
	Label []int // 0 or 1
	// Score is P(label=1) by a probe trained and tested on the states of each
	// dump, out of fold and with the same folds.
	Score [2][]float64
	// Frozen is P(label=1) on the states of the second dump by the probe of the
	// first, trained without the row's group; nil where there is none.
	Frozen []float64
	// Peer is P(label=1) by a probe on the states of another model, out of fold;
	// nil where there is none. Where the second dump is the peer it is Score[1].
	Peer []float64
	// Behaviour is 0, 1, or -1 for neither; nil where none is given.
	Behaviour [2][]int
	// Margin is the difference below which two dumps are alike, 0 for none.
	Margin float64
	// Lost are the ids that stand in one dump alone, see [Join].
	Lost [2][]string
}

// Keys of [Dumps].
const (
	KeyRowsLost      = "rows_lost"
	KeyMargin        = "margin"
	KeyNetGap        = "net_gap"
	KeyNetGapChange  = "net_gap_change"
	KeyPremium       = "premium"
	KeyPremiumDiffer = "premium_behaviours_differ"
)

// Flags of [Dumps]. A difference has one of the first three and, where a margin
// is given, may be both different and equivalent: it is not 0, and smaller than
// the margin.
const (
	// Identical: the two columns are the same on every row, so that the
	// difference is exactly 0.
	Identical = "identical"
	// Different: the interval does not hold 0.
	Different = "different"
	// Equivalent: the 90% interval lies within the margin, so that both
	// one-sided tests at .05 reject a difference as large.
	Equivalent = "equivalent"
	// NotShown: neither a difference nor that there is none.
	NotShown = "not-shown"
)

// DumpsQuantities define the keys of [Dumps].
func DumpsQuantities() []Quantity {
	const (
		net   = "accuracy of the probe less that of the behaviour, on rows whose behaviour is 0 or 1 in both dumps"
		words = ". Equivalence is shown by two one-sided tests at .05: the 90% interval lies within the margin"
		tost  = "Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657"
	)
	with := func(q Quantity) Quantity {
		q.Definition += words
		q.Source = tost
		return q
	}
	list := sourced(
		Quantity{KeyRowsLost, "Rows without a partner", "ids that stand in one dump alone, and are left out", Rows, ""},
		Quantity{KeyMargin, "Margin", "the difference, in AUROC, correlations and shares, within which two dumps are called equivalent, as the study states it", Difference, ""},
		aurocQuantity, accuracyQuantity, matchedQuantity,
		Quantity{KeyNetGap, "Net gap", net, Difference, ""},
		with(aurocChangeQuantity), with(accuracyChangeQuantity),
		with(Quantity{KeyNetGapChange, "Change of the net gap", "net gap of the second dump less that of the first, on paired rows", Difference, ""}),
		with(Quantity{KeyPremium, "Premium over a peer", "AUROC of a probe on the model's own states less that of a probe on another model's states of the same rows", Difference, ""}),
		with(Quantity{KeyPremiumDiffer, "Premium where the behaviours differ", "premium among rows on which the two models' behaviours are 0 or 1 and differ", Difference, ""}),
	)
	return append(list, metricQuantities(func(m metric.Metric) (Quantity, bool) {
		q := Quantity{m.Key + changeSuffix, m.Title + ", change", m.Key + " on the second less that on the first, on paired rows", differenceUnit(m), ""}
		if hasMargin(m) {
			q = with(q)
		}
		return q, true
	})...)
}

// Dumps compares what can be decoded and what is done between two dumps of the
// same rows.
//
// In lines of a frozen probe Train is the first dump and Test the second. The
// p-value of a change of accuracy is that of exchanging the dumps within all rows
// of a group, exactly; other changes have none.
func (d Dumps) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	lines := []Line{lostLine(KeyRowsLost, d.Names, d.Lost, len(d.ID))}
	names := d.Names
	if d.Margin > 0 {
		lines = append(lines, marginLine(names, d.Margin, len(d.ID)))
	}
	still := &block{group: d.Group}
	for k, name := range names {
		d.scored(still, name, name, d.Score[k])
	}
	if d.Frozen != nil {
		d.scored(still, names[0], names[1], d.Frozen)
		m := newMatcher([2][]int{d.Label, d.Label}, [2][]float64{logits(d.Score[0]), logits(d.Frozen)})
		still.one(Line{Train: names[0], Test: names[1], Predictor: probePredictor, Key: KeyAccuracyMatched}, func(w []float64) estimate.Value {
			says, _, reason := m.match(d.Label, w, w)
			if reason != "" {
				return estimate.Value{Reason: reason}
			}
			return says.accuracy(w)
		})
	}
	lines = append(lines, still.estimate(s.Bootstrap)...)
	lines = append(lines, d.decoded(Line{}, d.Score[0], d.Score[1], s)...)
	if d.Frozen != nil {
		lines = append(lines, d.decoded(Line{Train: names[0]}, d.Score[0], d.Frozen, s)...)
	}
	if d.Behaviour[0] != nil {
		lines = append(lines, d.acted(s)...)
	}
	if d.Peer != nil {
		lines = append(lines, d.premiums(s)...)
	}
	return lines, nil
}

func marginLine(names [2]string, margin float64, n int) Line {
	return Line{
		Train: names[0], Test: names[1], Layer: None, Position: None, Key: KeyMargin,
		Estimate: estimate.Estimate{Value: margin, N: n, Method: "stated"},
	}
}

func (d *Dumps) check() error {
	if err := checkJoined(d.Names, d.ID, d.Group, d.Lost, d.Margin); err != nil {
		return err
	}
	if err := checkLevels("label", d.Label, d.ID, 0); err != nil {
		return err
	}
	if (d.Behaviour[0] == nil) != (d.Behaviour[1] == nil) {
		return fmt.Errorf("compare: found a behaviour in one of %s and %s, expected it in both or neither", d.Names[0], d.Names[1])
	}
	for k, name := range d.Names {
		if err := checkScores("probe in "+name, d.Score[k], d.ID); err != nil {
			return err
		}
		if d.Behaviour[k] != nil {
			if err := checkLevels("behaviour in "+name, d.Behaviour[k], d.ID, -1); err != nil {
				return err
			}
		}
	}
	for name, score := range map[string][]float64{"frozen probe": d.Frozen, "peer": d.Peer} {
		if score != nil {
			if err := checkScores(name, score, d.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkJoined reports rows of two dumps that are none, or not one for each id.
func checkJoined(names [2]string, id []string, group []int, lost [2][]string, margin float64) error {
	if len(id) == 0 {
		return fmt.Errorf("compare: %s and %s have no id in common; ids in one alone: %d in %s (%s), %d in %s (%s)",
			names[0], names[1], len(lost[0]), names[0], first(lost[0]), len(lost[1]), names[1], first(lost[1]))
	}
	if err := once("rows of "+names[0]+" and "+names[1], id); err != nil {
		return err
	}
	if len(group) != len(id) {
		return fmt.Errorf("compare: found %d groups for %d rows, expected as many", len(group), len(id))
	}
	if !(margin >= 0) || math.IsInf(margin, 0) {
		return fmt.Errorf("compare: found a margin of %v, expected a positive number, or 0 for none", margin)
	}
	return nil
}

func (d *Dumps) scored(b *block, train, test string, score []float64) {
	l := Line{Train: train, Test: test, Predictor: probePredictor, Key: KeyAUROC}
	b.one(l, metric.NewRanking(d.Label, score).AUROC)
	l.Key = KeyAccuracy
	b.one(l, carried(d.Label, score).accuracy)
}

func (d *Dumps) between() string { return d.Names[1] + "-" + d.Names[0] }

// decoded is the change of what a probe decodes from the first scores to the
// second.
func (d *Dumps) decoded(l Line, from, to []float64, s Settings) []Line {
	l.Test, l.Predictor = d.between(), probePredictor
	l.Key = KeyAUROCChange
	a, b := metric.NewRanking(d.Label, from), metric.NewRanking(d.Label, to)
	auroc := d.change(l, d.Group, slices.Equal(from, to), func(w []float64) estimate.Value {
		return difference(b.AUROC(w), a.AUROC(w))
	}, s)
	l.Key = KeyAccuracyChange
	return []Line{auroc, d.changeOfMean(l, d.Group, slices.Equal(from, to), fallOf(carried(d.Label, to), carried(d.Label, from)), s)}
}

// changeOfMean is a change that is the mean of a whole number of each row.
func (d *Dumps) changeOfMean(l Line, group []int, same bool, x []float64, s Settings) Line {
	l = d.change(l, group, same, func(w []float64) estimate.Value { return metric.Mean(x, w) }, s)
	if l.Estimate.OK() {
		l.Null = signFlip(x, group)
	}
	never := !slices.ContainsFunc(x, func(v float64) bool { return v != 0 })
	if e := &l.Estimate; e.OK() && never && !same {
		// The columns differ and count alike on every row: no draw says more,
		// and what is rarer than this in groups is not excluded.
		e.Warnings = slices.DeleteFunc(e.Warnings, func(w estimate.Warning) bool { return w.Code == NotShown })
		rare := 1 - math.Pow(0.05, 1/float64(e.Groups))
		if rare < d.Margin {
			e.Warn(Equivalent, "no row differs: a row differs in fewer than %.3f of groups, at 95%%, below the margin of %v", rare, d.Margin)
		} else {
			e.Warn(NotShown, "no row differs, but %d groups exclude only that a row differs in %.3f of groups or more, at 95%%", e.Groups, rare)
		}
	}
	return l
}

func (d *Dumps) change(l Line, group []int, same bool, at func(w []float64) estimate.Value, s Settings) Line {
	return changeOf(l, group, same, d.Margin, at, s)
}

// changeOf estimates a difference and says what is shown of it.
func changeOf(l Line, group []int, same bool, margin float64, at func(w []float64) estimate.Value, s Settings) Line {
	b := &block{group: group}
	b.one(l, at)
	l = b.estimate(s.Bootstrap)[0]
	e := &l.Estimate
	if !e.OK() {
		return l
	}
	if same {
		*e = estimate.Estimate{N: e.N, Groups: e.Groups, Method: "exact: the columns are identical"}
		e.Warn(Identical, "the same on all %d rows: the difference is exactly 0", e.N)
		return l
	}
	shown := false
	if e.Excludes(0) {
		shown = true
		e.Warn(Different, "the interval does not hold 0")
	}
	if margin > 0 {
		narrow := s.Bootstrap
		narrow.Level = 0.9
		switch in := b.estimate(narrow)[0].Estimate.Interval; {
		case in == nil:
		case -margin < in.Low && in.High < margin:
			shown = true
			e.Warn(Equivalent, "the 90%% interval, %+.4f to %+.4f, lies within the margin of %v", in.Low, in.High, margin)
		case !shown:
			e.Warn(NotShown, "the interval holds 0, and the 90%% interval, %+.4f to %+.4f, reaches beyond the margin of %v: neither a difference nor equivalence", in.Low, in.High, margin)
			shown = true
		}
	}
	if !shown {
		e.Warn(NotShown, "a difference is not shown, and without a margin nor is equivalence")
		if margin > 0 {
			e.Warnings[len(e.Warnings)-1].Text = "without an interval neither a difference nor equivalence is shown"
		}
	}
	return l
}

// acted is what is done in each dump, and what changes.
func (d *Dumps) acted(s Settings) []Line {
	var sided []int
	var without []string
	for i := range d.ID {
		if d.Behaviour[0][i] >= 0 && d.Behaviour[1][i] >= 0 {
			sided = append(sided, i)
		} else {
			without = append(without, d.ID[i])
		}
	}
	group, label := pick(d.Group, sided), pick(d.Label, sided)
	var says, probe [2]decision
	var gap [2][]float64
	still := &block{group: group}
	for k, name := range d.Names {
		says[k], probe[k] = acted(label, pick(d.Behaviour[k], sided)), carried(label, pick(d.Score[k], sided))
		gap[k] = fallOf(probe[k], says[k])
		still.one(Line{Test: name, Predictor: behaviourPredictor, Key: KeyAccuracy}, says[k].accuracy)
		still.one(Line{Train: name, Test: name, Key: KeyNetGap}, func(w []float64) estimate.Value { return metric.Mean(gap[k], w) })
	}
	lines := still.estimate(s.Bootstrap)
	sameActs := slices.Equal(says[0].says, says[1].says)
	sameScores := slices.Equal(pick(d.Score[0], sided), pick(d.Score[1], sided))
	lines = append(lines,
		d.changeOfMean(Line{Test: d.between(), Predictor: behaviourPredictor, Key: KeyAccuracyChange}, group, sameActs, fallOf(says[1], says[0]), s),
		d.changeOfMean(Line{Test: d.between(), Key: KeyNetGapChange}, group, sameActs && sameScores, minus(gap[1], gap[0]), s))
	if len(without) > 0 {
		for k := range lines {
			lines[k].Estimate.Warn(NeitherLeftOut, "%d of %d rows have a behaviour that is neither in one dump or both and are left out: %s", len(without), len(d.ID), first(without))
		}
	}
	return lines
}

func minus(a, b []float64) []float64 {
	out := slices.Clone(a)
	for i := range out {
		out[i] -= b[i]
	}
	return out
}

// premiums are what the model's own states tell beyond another model's.
func (d *Dumps) premiums(s Settings) []Line {
	of := func(key string, rows []int) Line {
		label := pick(d.Label, rows)
		own, peer := pick(d.Score[0], rows), pick(d.Peer, rows)
		a, b := metric.NewRanking(label, own), metric.NewRanking(label, peer)
		return d.change(Line{Train: d.Names[0], Test: d.Names[0], Predictor: probePredictor, Key: key}, pick(d.Group, rows), slices.Equal(own, peer), func(w []float64) estimate.Value {
			return difference(a.AUROC(w), b.AUROC(w))
		}, s)
	}
	all := make([]int, len(d.ID))
	for i := range all {
		all[i] = i
	}
	lines := []Line{of(KeyPremium, all)}
	if d.Behaviour[0] == nil {
		return lines
	}
	var differ []int
	for i := range d.ID {
		if a, b := d.Behaviour[0][i], d.Behaviour[1][i]; a >= 0 && b >= 0 && a != b {
			differ = append(differ, i)
		}
	}
	return append(lines, of(KeyPremiumDiffer, differ))
}
