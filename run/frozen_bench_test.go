package run_test

import (
	"context"
	"testing"

	"tell/activations"
	"tell/probe"
	"tell/target"
)

// What it costs to apply kept probes to every layer of a dump, beside reading it.
func BenchmarkFrozen(b *testing.B) {
	d, err := activations.Open(activations.Spec{Paths: []string{"../testdata/capitals/hidden_states.npy"}})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	shape := d.Shape()
	y := make([]int, shape.Rows)
	for i := range y {
		y[i] = i % 2
	}
	var kept []*probe.Probe
	var states []*activations.States
	for layer := range shape.Layers {
		x, err := d.At(layer, 0)
		if err != nil {
			b.Fatal(err)
		}
		states = append(states, x)
		p, err := probe.Train(context.Background(), probe.Read(x), target.Binary(y), &probe.Settings{Family: "mass-mean"})
		if err != nil {
			b.Fatal(err)
		}
		kept = append(kept, p)
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			for _, x := range states {
				if n, _ := probe.Read(x).Dims(); n != shape.Rows {
					b.Fatal("not read")
				}
			}
		}
	})
	b.Run("apply", func(b *testing.B) {
		for b.Loop() {
			for layer, p := range kept {
				if _, err := p.Predict(probe.Read(states[layer])); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
