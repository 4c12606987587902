package run_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tell/result"
	"tell/run"
	"tell/study"
)

const tracesKeys = `
activations: {path: x.npy}
examples: table.jsonl
rows: keep
target: y
group: item
decision: {acts_as_0: act == 0, acts_as_1: act == 1}
traces: {rows: 2}
probe: {C: [0.003, 0.1, 3], folds: 3, inner_folds: 3, repeats: 2, tol: 1e-13}
controls: {permutations: 0, bootstrap: 100}
seed: 11
`

func runTraces(t *testing.T, dir, text string, o run.Options) (*result.Result, []result.Score) {
	t.Helper()
	path := filepath.Join(dir, "study.yaml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := study.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	r, scores, err := run.Run(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, scores
}

// The traces of rows, computed once more: the probe of the row's fold at the layer and
// position that the fold chose, on the states of the row at every position.
func TestSecondTraces(t *testing.T) {
	d := readSecond(t, plantSecond(t, 84, 6, [][]float64{{0.35, 0.1}, {0.1, 0.5}}, 2))
	r, scores := runTraces(t, d.dir, tracesKeys, run.Options{Workers: 2})
	units := secondUnits(t, d.y, d.item, 3, 3, 2, 11)
	if len(r.Traces) != 8 {
		t.Fatalf("%d traces, want 2 of each quadrant", len(r.Traces))
	}
	quadrants := map[[2]bool]int{}
	for _, trace := range r.Traces {
		i := -1
		var score result.Score
		for _, s := range scores {
			if s.ID == trace.ID && s.Repeat == 0 {
				score = s
			}
		}
		for k, row := range d.row {
			if row == score.Row {
				i = k
			}
		}
		quadrants[[2]bool{trace.Right, *trace.Behaviour == trace.Label}]++
		if trace.Label != d.y[i] || *trace.Behaviour != d.act[i] || trace.Fold != score.Fold || trace.Layer != score.Layer || trace.Position != score.Position || trace.Right != (score.Prediction == d.y[i]) {
			t.Errorf("%+v: want what the scores say, %+v", trace, score)
		}
		u := units[trace.Fold]
		C := 0.0
		for _, c := range r.Choices {
			if c.Repeat == 0 && c.Fold == trace.Fold {
				C = c.C
			}
		}
		for at := range 2 {
			// The row at this position stands below the rows that train.
			x := append(append([][]float64{}, d.at(trace.Layer, trace.Position)...), d.at(trace.Layer, at)[i])
			y, train := append(append([]int{}, d.y...), 0), make([]bool, len(x))
			for k := range d.y {
				train[k] = !u.test[k]
			}
			want := naiveFit(x, y, train, C)[len(d.y)]
			got := r.Table.In(result.Traced).On(result.Subset{Column: result.ColumnRow, Value: trace.ID}).At(trace.Layer, at).Estimate(result.KeyScoreAt).Value
			if !(math.Abs(got-want) < 1e-6) {
				t.Errorf("row %s, position %d: %v, want %v", trace.ID, at, got, want)
			}
			if at == trace.Position && math.Abs(got-score.Score) > 1e-9 {
				t.Errorf("row %s: %v where it was trained, want its score %v", trace.ID, got, score.Score)
			}
		}
	}
	for q, n := range quadrants {
		if n != 2 {
			t.Errorf("%d rows of quadrant %v, want 2", n, q)
		}
	}
	again, _ := runTraces(t, d.dir, tracesKeys, run.Options{Workers: 1})
	if !reflect.DeepEqual(again.Traces, r.Traces) {
		t.Error("the same study drew other rows")
	}
	plain, _ := runTraces(t, d.dir, strings.Replace(tracesKeys, "decision:", "# decision:", 1), run.Options{Workers: 2})
	labels := map[[2]int]int{}
	for _, trace := range plain.Traces {
		right := 0
		if trace.Right {
			right = 1
		}
		labels[[2]int{trace.Label, right}]++
		if trace.Behaviour != nil {
			t.Error("a behaviour that the study does not map")
		}
	}
	if len(labels) != 4 {
		t.Errorf("rows of label and prediction %v, want some of all four", labels)
	}
}
