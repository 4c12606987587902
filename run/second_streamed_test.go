package run_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A dump of more rows than one block holds gives the same bytes streamed as in
// memory, and both train on the right rows.
func TestSecondBlockOfAStream(t *testing.T) {
	d := readSecond(t, plantSecond(t, 4000, 576, [][]float64{{0.1}, {0.4}}, 4))
	const block = 3584
	if len(d.y) < block+100 {
		t.Fatalf("%d rows, want more than the %d of a block", len(d.y), block)
	}
	t.Run("mass-mean", func(t *testing.T) {
		checkSecondStream(t, d, "mass-mean", naiveMassMean)
	})
	t.Run("logistic", func(t *testing.T) {
		if raceDetector {
			t.Skip("the race detector has seen the stream already, and multiplies slowly")
		}
		checkSecondStream(t, d, "logistic", func(x [][]float64, y []int, train []bool, C float64) []float64 {
			return secondWideFit(t, x, y, train, C)
		})
	})
}

func checkSecondStream(t *testing.T, d secondData, kind string, fit func(x [][]float64, y []int, train []bool, C float64) []float64) {
	const folds, C = 2, 0.001
	yaml := fmt.Sprintf(`
activations: {path: x.npy}
examples: table.jsonl
rows: keep
target: y
group: item
probe: {kind: %s, C: [%v], folds: %d, inner_folds: 2, tol: 1e-12}
controls: {permutations: 1, bootstrap: 100}
seed: 3
`, kind, C, folds)
	resident := runSecond(t, d.dir, yaml, 0)
	streamed := runSecond(t, d.dir, yaml, 1)
	if !bytes.Equal(resident.bytes, streamed.bytes) {
		t.Error("streaming and memory give different bytes")
	}
	for i, row := range streamed.rows {
		if row.row != d.row[i] || row.label != d.y[i] {
			t.Fatalf("row %d is row %d of the dump with label %d, want row %d with %d", i, row.row, row.label, d.row[i], d.y[i])
		}
	}
	for f := range folds {
		c := streamed.choices[f]
		train := make([]bool, len(d.y))
		for i, row := range streamed.rows {
			train[i] = row.fold[0] != f
		}
		p := fit(d.at(c.layer, c.position), d.y, train, C)
		for i, row := range streamed.rows {
			if !train[i] && math.Abs(row.score-p[i]) > 1e-6 {
				t.Fatalf("fold %d, row %d: score %v streamed, %v on the rows as they are in the file", f, i, row.score, p[i])
			}
		}
	}
}

// Rows that take no side are warned of when they are more than half of all.
func TestSecondMostRowsTakeNoSide(t *testing.T) {
	const n = 80
	for _, c := range []struct {
		neither int
		warned  bool
	}{{n/2 - 1, false}, {n / 2, false}, {n/2 + 1, true}, {n - 8, true}} {
		dir := plantSecond(t, n, 3, [][]float64{{1}}, 6)
		var table bytes.Buffer
		for i := range n {
			item, y := i/4, i/4%2
			act := fmt.Sprint(i / 2 % 2)
			if i >= n-c.neither {
				act = "7"
			}
			fmt.Fprintf(&table, `{"y": %d, "act": %s, "item": "item %d"}`+"\n", y, act, item)
		}
		if err := os.WriteFile(filepath.Join(dir, "table.jsonl"), table.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		r := runSecond(t, dir, `
activations: {path: x.npy}
examples: table.jsonl
target: y
group: item
decision: {acts_as_0: act == 0, acts_as_1: act == 1}
probe: {C: [0.1], folds: 2, inner_folds: 2}
controls: {permutations: 0, bootstrap: 100}
`, 0)
		if got := slices.Contains(r.warnings, "behaviour-neither"); got != c.warned {
			t.Errorf("%d of %d rows take no side: warned %v, want %v", c.neither, n, got, c.warned)
		}
	}
}
