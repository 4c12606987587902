package compare

import (
	"context"
	"fmt"

	"tell/metric"
	"tell/target"
)

// Layers are the scores that the probes of several layers give to the states
// of one layer, where all live in one space, as those of a residual stream do.
type Layers struct {
	Group  []int
	Target target.Column
	// Tested is the layer whose states are scored, at a position.
	Tested, Position int
	// Trained are the layers of the probes, and Score, for each, what the probe that
	// was trained without the row's group gives, as [metric.Evaluate] takes it.
	Trained []int
	Score   [][]float64
}

// LayersQuantities define the keys of [Layers].
func LayersQuantities() []Quantity {
	list := []Quantity{aurocQuantity, accuracyQuantity}
	for _, k := range target.Kinds() {
		if m, _ := metric.Headline(k); k != target.KindBinary {
			list = append(list, Quantity{m.Key, m.Title, m.Definition, m.Unit, "metric"})
		}
	}
	return list
}

// Measure estimates how the probes of several layers do on one, by the metric that
// the kind of target is first judged by, and by the accuracy of labels 0 and 1. Train
// and Test of a line name the layers.
func (d Layers) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	head, _ := metric.Headline(d.Target.Kind)
	metrics := []metric.Metric{head}
	if d.Target.Kind == target.KindBinary {
		accuracy, _ := metric.Named(KeyAccuracy)
		metrics = append(metrics, accuracy)
	}
	b := &block{group: d.Group}
	for k, trained := range d.Trained {
		for _, m := range metrics {
			at, err := m.On(d.Target, d.Score[k])
			if err != nil {
				return nil, fmt.Errorf("compare: layer %d on layer %d: %w", trained, d.Tested, err)
			}
			b.one(Line{Train: layerName(trained), Test: layerName(d.Tested), Predictor: probePredictor, Key: m.Key}, at)
		}
	}
	lines := b.estimate(s.Bootstrap)
	for i := range lines {
		lines[i].Layer, lines[i].Position = d.Tested, d.Position
	}
	return lines, nil
}

func layerName(layer int) string { return fmt.Sprintf("layer %d", layer) }

func (d Layers) check() error {
	n := d.Target.Len()
	if n == 0 {
		return fmt.Errorf("compare: layers: found no rows")
	}
	if len(d.Group) != n {
		return fmt.Errorf("compare: layers: found %d groups for %d labels, expected as many", len(d.Group), n)
	}
	if len(d.Score) != len(d.Trained) || len(d.Trained) == 0 {
		return fmt.Errorf("compare: layers: found scores of %d layers, expected those of %d, at least one", len(d.Score), len(d.Trained))
	}
	return nil
}
