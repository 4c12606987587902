package run_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"tell/folds"
	"tell/internal/solve"
	"tell/result"
	"tell/run"
	"tell/study"
)

// The second computation (second_*_test.go) takes a run as a black box. This
// file alone knows tell, so that the checks survive any change of its insides.

// secondRun is what a run printed, as plain numbers.
type secondRun struct {
	sites     []secondSite
	nested    secondMetrics
	choices   []secondChoice
	baselines map[string]secondBaseline
	rows      []secondRow
	warnings  []string // their codes
	gap       map[string]float64
	compared  map[string]map[int]float64 // scores of a comparison's probe by row of the dump
	bytes     []byte                     // everything printed
}

type secondMetrics struct{ auroc, accuracy, logLoss float64 }

type secondSite struct {
	layer, position              int
	metrics                      secondMetrics
	C                            []float64 // of every unit, repeats before folds
	tested                       bool      // against shuffled labels
	observed, nullMean, nullHigh float64
	p, pMax                      float64
}

type secondChoice struct {
	repeat, fold, layer, position int
	C                             float64
}

type secondBaseline struct{ metrics, difference secondMetrics }

type secondRow struct {
	row                      int   // of the dump
	fold, layer, position    []int // of every repeat
	score, calibrated        float64
	predicted, label, action int
	group                    string
}

// secondNeither is the action of a row that took no side.
const secondNeither = -1

// runSecond runs the study of the given YAML in dir. A memory of 0 keeps every
// matrix in memory; 1 is too little for any, so that all are streamed.
func runSecond(t *testing.T, dir, yaml string, memory int64) secondRun {
	t.Helper()
	path := filepath.Join(dir, "study.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := study.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	r, scores, err := run.Run(t.Context(), s, run.Options{Workers: 2, Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	metrics := func(t result.Table, suffix string) secondMetrics {
		value := func(key string) float64 { return t.Estimate(key + suffix).Value }
		return secondMetrics{value("auroc"), value("accuracy"), value("log_loss")}
	}
	out := secondRun{nested: metrics(r.Table.In(result.Nested), ""), baselines: map[string]secondBaseline{}}
	for _, s := range r.Sites {
		at := r.Table.In(result.Curve).At(s.Layer, s.Position)
		site := secondSite{layer: s.Layer, position: s.Position, metrics: metrics(at, ""), C: s.C}
		if p, tested := at.Find(result.KeyPermuted); tested {
			site.tested, site.observed, site.nullMean, site.p = true, p.Estimate.Value, p.Null.Mean, p.Null.P
			site.nullHigh, site.pMax = at.Estimate(result.KeyNullHigh).Value, at.Estimate(result.KeyPMax).Value
		}
		out.sites = append(out.sites, site)
	}
	for _, c := range r.Choices {
		out.choices = append(out.choices, secondChoice{c.Repeat, c.Fold, c.Layer, c.Position, c.C})
	}
	for _, b := range r.Predictors {
		of := r.Table.In(result.Baseline).Of(b.Name)
		out.baselines[b.Name] = secondBaseline{metrics(of, ""), metrics(of, result.Difference)}
	}
	means := map[string]result.Score{}
	for _, s := range result.Means(scores) {
		means[s.ID] = s
	}
	at := map[string]int{}
	out.compared = map[string]map[int]float64{}
	for _, s := range scores {
		if s.Compared != "" {
			if out.compared[s.Compared] == nil {
				out.compared[s.Compared] = map[int]float64{}
			}
			out.compared[s.Compared][s.Row] += s.Score / secondRepeats
			continue
		}
		i, seen := at[s.ID]
		if !seen {
			i = len(out.rows)
			at[s.ID] = i
			m := means[s.ID]
			out.rows = append(out.rows, secondRow{
				row: s.Row, score: m.Score, calibrated: m.BehaviourScore, predicted: m.Prediction, label: s.Label, action: s.Behaviour, group: s.Group,
			})
		}
		row := &out.rows[i]
		if len(row.fold) != s.Repeat {
			t.Fatalf("row %s: found repeat %d after %d others", s.ID, s.Repeat, len(row.fold))
		}
		row.fold, row.layer, row.position = append(row.fold, s.Fold), append(row.layer, s.Layer), append(row.position, s.Position)
	}
	for _, w := range r.Warnings {
		out.warnings = append(out.warnings, w.Code)
	}
	if r.Data.ActsAs != nil {
		out.gap = map[string]float64{}
		for _, row := range r.Table.In(result.Gap).On(result.Subset{}) {
			out.gap[row.Key] = row.Estimate.Value
		}
	}
	if out.bytes, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	out.bytes = fmt.Appendf(out.bytes, "%+v", scores)
	return out
}

// secondUnit is one outer fold of one repeat; inner is -1 on its test rows.
type secondUnit struct {
	repeat, fold int
	test         []bool
	inner        []int
}

func secondUnits(t *testing.T, label, group []int, k, inner, repeats int, seed uint64) []secondUnit {
	t.Helper()
	var id []string
	for i := range label {
		id = append(id, strconv.Itoa(i))
	}
	plan, err := folds.New(id, group, label, 2, folds.Settings{Folds: k, Inner: inner, Repeats: repeats, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	var units []secondUnit
	for _, u := range plan.Units {
		units = append(units, secondUnit{u.Repeat, u.Fold, u.Test, u.InnerFold})
	}
	return units
}

func secondShuffle(label, group, fold []int, seed uint64, draw int) []int {
	return folds.PermuteLabels(label, group, fold, seed, draw)
}

// secondWideFit gives P(label = 1) of every row by a probe trained on some, for
// matrices too wide for the naive solver.
func secondWideFit(t *testing.T, x [][]float64, y []int, train []bool, C float64) []float64 {
	t.Helper()
	var data []float64
	for _, row := range x {
		data = append(data, row...)
	}
	m, err := solve.NewDense(len(x), len(x[0]), data)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, len(x))
	err = solve.Logistic{Tol: 1e-12}.Fit(t.Context(), m, []solve.Split{{Train: train}}, solve.Targets(y), []float64{C}, func(f *solve.Fit) {
		for i, margin := range f.Margin {
			p[i] = solve.Sigmoid(margin)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
