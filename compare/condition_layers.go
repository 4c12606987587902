package compare

import (
	"context"
	"fmt"
	"math"

	"tell/estimate"
	"tell/metric"
)

// ConditionLayer is the probe of one layer, trained on the first condition as the
// chosen one is.
type ConditionLayer struct {
	Layer int
	Score [2][]float64
}

func (d *Condition) checkLayers() error {
	seen := make(map[int]bool)
	for _, l := range d.Layers {
		if seen[l.Layer] {
			return fmt.Errorf("compare: found layer %d twice, expected every layer once", l.Layer)
		}
		seen[l.Layer] = true
		for k, name := range d.Names {
			if err := checkScores(fmt.Sprintf("probe of layer %d in %s", l.Layer, name), l.Score[k], d.Pair); err != nil {
				return err
			}
		}
	}
	return nil
}

// layerChanges are how much the AUROC of the probe of every layer changes, and how
// far its accuracy falls, in turn.
func (d *Condition) layerChanges(swap []bool) *block {
	b := &block{group: d.Group}
	for _, l := range d.Layers {
		c := scoredPair{d.Names, probePredictor, d.Label, l.Score}
		if swap != nil {
			c.label, c.score = swapped(c.label, swap), swapped(c.score, swap)
		}
		var rank [2]*metric.Ranking
		var says [2]decision
		for k := range rank {
			rank[k], says[k] = metric.NewRanking(c.label[k], c.score[k]), carried(c.label[k], c.score[k])
		}
		b.one(c.changed(KeyAUROCChange), func(w []float64) estimate.Value { return difference(rank[1].AUROC(w), rank[0].AUROC(w)) })
		b.one(c.fallen(KeyFall), func(w []float64) estimate.Value { return difference(says[0].accuracy(w), says[1].accuracy(w)) })
	}
	return b
}

// byLayer sets the change at every layer against exchanged conditions, by itself
// and by the largest change over all layers.
func (d *Condition) byLayer(ctx context.Context, s Settings) ([]Line, error) {
	if len(d.Layers) == 0 {
		return nil, nil
	}
	lines := d.layerChanges(nil).estimate(s.Bootstrap)
	draws, err := exchange(ctx, d.Group, s, len(lines), d.layerChanges)
	if err != nil {
		return nil, err
	}
	var tested [2][]int // the lines of each change
	for k := range lines {
		l := &lines[k]
		l.Layer = d.Layers[k/2].Layer
		if draws == nil || !l.Estimate.OK() {
			continue
		}
		l.Null = nullOf(l.Estimate.Value, 0, draws[k], false)
		if len(draws[k]) == s.Permutations { // draw b is the same exchange at every layer
			tested[k%2] = append(tested[k%2], k)
		}
	}
	for change, key := range []string{KeyAUROCChangePMax, KeyFallPMax} {
		if len(tested[change]) < 2 {
			continue
		}
		var observed []float64
		var null [][]float64
		for _, k := range tested[change] {
			observed = append(observed, math.Abs(lines[k].Estimate.Value)-rounding)
			var size []float64
			for _, x := range draws[k] {
				size = append(size, math.Abs(x))
			}
			null = append(null, size)
		}
		_, p := estimate.MaxP(observed, null)
		for at, k := range tested[change] {
			l := lines[k]
			l.Key, l.Null = key, nil
			l.Estimate = estimate.Estimate{Value: p[at], N: l.Estimate.N, Groups: l.Estimate.Groups,
				Method: fmt.Sprintf("maximum over %d layers, %d exchanges", len(tested[change]), s.Permutations)}
			lines = append(lines, l)
		}
	}
	return lines, nil
}
