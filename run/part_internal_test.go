package run

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"tell/activations"
	"tell/estimate"
	"tell/metric"
	"tell/probe"
	"tell/target"
)

// Everything that a part holds comes back from its file, in its place.
func TestPartComesBackWhole(t *testing.T) {
	cell := Cell{Layer: 3, Position: 1, Family: "logistic"}
	next := 0.0
	numbers := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			next++
			x[i] = next / 1024
		}
		return x
	}
	kept := func(C float64, status string) *probe.Probe {
		return &probe.Probe{
			Kind: target.KindBinary, Family: cell.Family, C: C, Weights: numbers(2), Intercept: numbers(1)[0], Mean: numbers(2), Scale: numbers(2),
			Levels: []string{"right", "wrong"}, Status: status, Site: &probe.Site{Layer: 3, Position: 1},
		}
	}
	curve := &probe.OutOfFold{
		Loss: numbers(4), C: []float64{0.01, 1, 100, 1}, Grid: []float64{0.01, 1, 100}, TestLoss: numbers(3),
		Width: 1, Score: [][]float64{numbers(5), numbers(5)}, Inner: [][]float64{numbers(5), numbers(5), numbers(5), numbers(5)}, Fits: 12, NotConverged: 7,
	}
	for i, C := range curve.C {
		curve.Probes = append(curve.Probes, kept(C, []string{"converged", "stopped", "converged", "stalled"}[i]))
	}
	in := activations.NewInspector(2)
	in.Add([]float64{1, 2, 3, 4})
	for name, want := range map[string]*part{
		"site": {
			Cell: cell, Health: in.Health(), curve: curve, final: kept(100, "stopped"),
			measured: []metric.Measured{
				{Key: "auroc", Estimate: estimate.Estimate{Value: 1. / 3, Interval: &estimate.Interval{Low: 0.1, High: 2. / 3, Level: 0.95, LowError: 1e-17}, N: 5, Groups: 2, Method: "bootstrap", Warnings: []estimate.Warning{{Code: estimate.FewGroups, Text: "two"}}}},
				{Key: "ece", Estimate: estimate.Estimate{Value: -0.25, N: 5}},
			},
			null: &probe.Null{Key: "auroc", Observed: 0.75, Draws: numbers(3)}, states: []uint64{1, math.MaxUint64, 3, 4, 5},
			bits: [][]float64{numbers(5), numbers(5)}, lessons: []probe.Lesson{{Part: 4, Groups: 1.5, Score: numbers(5)}, {Part: 2, Groups: 3}},
			tasks:     &probe.Tasks{Right: numbers(5), ByTask: [][]float64{numbers(3), numbers(3)}},
			resampled: &probe.Resampled{Measured: []probe.ResampledMetric{{Key: "auroc", Retrained: estimate.Retrained{Value: 0.7, Observed: 0.7, Held: numbers(3), Anew: numbers(3)}}}},
		},
		"baseline": {
			Cell: Cell{Control: "text", Family: "logistic"},
			curve: &probe.OutOfFold{
				Loss: numbers(4), C: numbers(4), Grid: numbers(3), TestLoss: numbers(3), Width: 1, Score: [][]float64{numbers(5)}, Inner: [][]float64{numbers(5), numbers(5), numbers(5), numbers(5)}, Fits: 3,
			},
		},
		"nothing": {Cell: cell, Health: activations.Health{NaN: 1, FirstNonFinite: 2}},
	} {
		var b bytes.Buffer
		if err := encodePart(&b, want, origin{Plan: "plan"}); err != nil {
			t.Fatal(err)
		}
		got, err := decodePart(b.Bytes(), want.Cell, origin{Plan: "plan"})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: found %+v, want %+v", name, got, want)
		}
		if _, err := decodePart(b.Bytes(), want.Cell, origin{Plan: "another plan"}); err == nil {
			t.Errorf("%s: taken for a part of another plan", name)
		}
	}
}
