package probe_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tell/estimate"
	"tell/metric"
	"tell/probe"
	"tell/target"
)

// What a draw gives is what probes give that are trained on copies of the rows.
func TestProcedureTrainsOnTheResample(t *testing.T) {
	const n, d, C = 60, 6, 0.1
	rng := rand.New(rand.NewPCG(5, 0))
	rows, y, group := make([][]float64, n), make([]int, n), make([]int, n)
	for i := range rows {
		y[i], group[i] = rng.IntN(2), i/4
		for range d {
			rows[i] = append(rows[i], rng.NormFloat64()+0.5*float64(y[i]))
		}
	}
	p := plan(t, y, group, 1)
	s := &probe.Settings{Plan: p, Tol: 1e-10}
	r, err := probe.Procedure(t.Context(), probe.Slices(rows), target.Binary(y), s, C, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	if r.Fits != 5*(4+1) || r.NotConverged != 0 {
		t.Errorf("%d probes, %d not converged; expected 25 and 0", r.Fits, r.NotConverged)
	}
	const draw = 2
	w := estimate.Bootstrap{Seed: 3}.Weights(group, draw)
	score := make([]float64, n)
	for _, u := range p.Units {
		var copies, test [][]float64
		var label []int
		for i, row := range rows {
			if u.Test[i] {
				test = append(test, row)
				continue
			}
			for range int(w[i]) {
				copies, label = append(copies, row), append(label, y[i])
			}
		}
		trained, err := probe.Train(t.Context(), probe.Slices(copies), target.Binary(label), &probe.Settings{C: []float64{C}, Folds: 2, Tol: 1e-10})
		if err != nil {
			t.Fatal(err)
		}
		p, err := trained.Predict(probe.Slices(test))
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if u.Test[i] {
				score[i], p = p[0], p[1:]
			}
		}
	}
	for _, m := range r.Measured {
		known, _ := metric.Named(m.Key)
		want, err := known.Value(target.Binary(y), score, w)
		// The probes of draws stop at a looser tolerance.
		if err != nil || math.Abs(m.Anew[draw]-want) > 2e-3 {
			t.Errorf("%s: %v with weights, %v on copies (%v)", m.Key, m.Anew[draw], want, err)
		}
	}
}

func TestProcedureOnPlantedRows(t *testing.T) {
	x, y, group := planted(t, 240, 5, 0.6, 4)
	s := &probe.Settings{Plan: plan(t, y, group, 1), C: []float64{0.1}, Bootstrap: estimate.Bootstrap{Level: 0.9}}
	r, err := probe.Procedure(t.Context(), x, target.Binary(y), s, 0.1, 60, 7)
	if err != nil {
		t.Fatal(err)
	}
	o, err := probe.CrossValidate(t.Context(), x, target.Binary(y), s)
	if err != nil {
		t.Fatal(err)
	}
	plain := o.AUROC()
	e := r.Estimate("auroc")
	if math.Abs(e.Value-plain.Value) > 1e-3 || e.Interval == nil || e.Interval.Level != 0.9 || e.Excludes(e.Value) || e.Groups != 60 || e.N != 240 {
		t.Errorf("AUROC %v (%+v), by cross-validation %v", e, e, plain)
	}
	if e.Interval.High-e.Interval.Low < 0.8*(plain.Interval.High-plain.Interval.Low) {
		t.Errorf("the interval of the procedure %v is narrower than that of these probes %v", e, plain)
	}
	if of := r.EstimateOf("auroc", 0.75); of.Value != 0.75 || of.Interval == nil {
		t.Errorf("around another value: %+v", of)
	}
	if e := r.Estimate("ece"); e.OK() {
		t.Errorf("ECE has the interval %v", e)
	}
	again, err := probe.Procedure(t.Context(), x, target.Binary(y), s, 0.1, 60, 7)
	if err != nil || !slices.Equal(r.Measured[0].Anew, again.Measured[0].Anew) {
		t.Errorf("the same seed gave other draws (%v)", err)
	}
}

// Resamples that leave a fold one label have no value; they are no error.
func TestProcedureWithFewGroups(t *testing.T) {
	x, _, _ := planted(t, 40, 3, 0, 4)
	y, group := make([]int, 40), make([]int, 40)
	for i := range y {
		group[i] = i / 4
		if group[i] < 4 {
			y[i] = 1
		}
	}
	var name []string
	for _, g := range group {
		name = append(name, fmt.Sprint(g))
	}
	s := &probe.Settings{Group: name, Folds: 2, InnerFolds: 2}
	r, err := probe.Procedure(t.Context(), x, target.Binary(y), s, 0.1, 50, 1)
	if err != nil {
		t.Fatal(err)
	}
	missing := 0
	for _, v := range r.Measured[0].Anew {
		if math.IsNaN(v) {
			missing++
		}
	}
	if missing == 0 || missing == 50 {
		t.Errorf("%d of 50 draws have no value, expected some", missing)
	}
	e := r.Estimate("auroc")
	if !slices.Contains(e.Flags(), estimate.NoInterval) && !slices.Contains(e.Flags(), estimate.DrawsLeftOut) {
		t.Errorf("flags %v do not say that draws are missing", e.Flags())
	}
}

func TestProcedureRefuses(t *testing.T) {
	x, y, group := planted(t, 40, 2, 1, 4)
	s := &probe.Settings{Plan: plan(t, y, group, 1)}
	if _, err := probe.Procedure(t.Context(), x, target.Binary(y), s, 0.1, 1, 1); err == nil || !strings.Contains(err.Error(), "found 1 draws") {
		t.Errorf("one draw: error %v", err)
	}
	if _, err := probe.Procedure(t.Context(), x, target.Number(make([]float64, 40)), &probe.Settings{}, 0.1, 9, 1); err == nil {
		t.Error("numbers are resampled")
	}
}
