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

// Of other kinds a trace is of what is decoded, or of the row's own class; where the
// probe was trained it is the score of the row.
func TestTracesOfKinds(t *testing.T) {
	d := readSecond(t, plantSecond(t, 84, 6, [][]float64{{0.35, 0.1}, {0.1, 0.5}}, 2))
	for _, c := range []struct{ target, key string }{
		{"{label: y * 2 + act / 4, kind: number}", result.KeyDecodedAt},
		{"{label: 'y == 1 ? 0.75 : (act % 2) / 2', kind: share}", result.KeyDecodedAt},
		{"{label: y + act % 2, kind: ordinal}", result.KeyDecodedAt},
		{`{label: 'y == 1 ? "a" : act == 0 ? "b" : "c"', kind: class}`, result.KeyScoreAt},
	} {
		text := strings.Replace(tracesKeys, "target: y", "target: "+c.target, 1)
		text = strings.Replace(text, "decision:", "# decision:", 1)
		r, scores := runTraces(t, d.dir, text, run.Options{Workers: 2})
		class := c.key == result.KeyScoreAt
		if want := map[bool]int{true: 4, false: 8}[class]; len(r.Traces) != want {
			t.Errorf("%s: %d traces, want %d", c.target, len(r.Traces), want)
		}
		right := 0
		for _, trace := range r.Traces {
			var score result.Score
			for _, s := range scores {
				if s.ID == trace.ID && s.Repeat == 0 {
					score = s
				}
			}
			if trace.Right {
				right++
			}
			if leveled := class || strings.Contains(c.target, "ordinal"); (trace.Target == nil) != leveled {
				t.Errorf("%s: row %s has the number %v", c.target, trace.ID, trace.Target)
			}
			of := r.Table.In(result.Traced).On(result.Subset{Column: result.ColumnRow, Value: trace.ID})
			if len(of) != 2 {
				t.Fatalf("%s: %d positions of row %s, want 2", c.target, len(of), trace.ID)
			}
			got := of.At(trace.Layer, trace.Position).Estimate(c.key).Value
			// Of a class, the score of a row is that of the class it is taken for.
			if !class && math.Abs(got-score.Score) > 1e-6 || class && trace.Right && math.Abs(got-score.Score) > 1e-6 || class && !trace.Right && got > score.Score {
				t.Errorf("%s: row %s is %v where it was trained, want its score %v", c.target, trace.ID, got, score.Score)
			}
		}
		if 2*right != len(r.Traces) {
			t.Errorf("%s: %d of %d rows are read rightly, want half", c.target, right, len(r.Traces))
		}
	}
}
