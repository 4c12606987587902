package compare

import (
	"context"
	"fmt"
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
