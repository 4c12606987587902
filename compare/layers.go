package compare

import (
	"context"
	"fmt"

	"tell/metric"
)

// Layers are the scores that the probes of several layers give to the states
// of one layer, where all live in one space, as those of a residual stream do.
type Layers struct {
	Group []int
	Label []int // 0 or 1
	// Tested is the layer whose states are scored, at a position.
	Tested, Position int
	// Trained are the layers of the probes, and Score, for each, P(label=1) by
	// the probe that was trained without the row's group.
	Trained []int
	Score   [][]float64
}

// LayersQuantities define the keys of [Layers].
func LayersQuantities() []Quantity { return []Quantity{aurocQuantity, accuracyQuantity} }

// Measure estimates how the probes of several layers do on one. Train and Test of
// a line name the layers.
func (d Layers) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	b := &block{group: d.Group}
	for k, trained := range d.Trained {
		l := Line{Train: layerName(trained), Test: layerName(d.Tested), Predictor: probePredictor}
		ranked := metric.NewRanking(d.Label, d.Score[k])
		says := carried(d.Label, d.Score[k])
		auroc, accuracy := l, l
		auroc.Key, accuracy.Key = KeyAUROC, KeyAccuracy
		b.one(auroc, ranked.AUROC)
		b.one(accuracy, says.accuracy)
	}
	lines := b.estimate(s.Bootstrap)
	for i := range lines {
		lines[i].Layer, lines[i].Position = d.Tested, d.Position
	}
	return lines, nil
}

func layerName(layer int) string { return fmt.Sprintf("layer %d", layer) }

func (d Layers) check() error {
	n := len(d.Label)
	if n == 0 {
		return fmt.Errorf("compare: layers: found no rows")
	}
	if len(d.Group) != n {
		return fmt.Errorf("compare: layers: found %d groups for %d labels, expected as many", len(d.Group), n)
	}
	if len(d.Score) != len(d.Trained) || len(d.Trained) == 0 {
		return fmt.Errorf("compare: layers: found scores of %d layers, expected those of %d, at least one", len(d.Score), len(d.Trained))
	}
	for k, score := range d.Score {
		if len(score) != n {
			return fmt.Errorf("compare: layer %d: found %d scores for %d labels, expected as many", d.Trained[k], len(score), n)
		}
		for i, p := range score {
			if !(p >= 0 && p <= 1) {
				return fmt.Errorf("compare: layer %d, row %d: found the score %v, expected P(label=1)", d.Trained[k], i, p)
			}
		}
	}
	for i, y := range d.Label {
		if y != 0 && y != 1 {
			return fmt.Errorf("compare: layers: row %d: found label %d, expected 0 or 1", i, y)
		}
	}
	return nil
}
