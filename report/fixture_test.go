package report

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"tell/estimate"
	"tell/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// capitals is a study of real hidden states: 576 prompts about 96 cities, 31
// layers, behaviour mapped, one stratum.
func capitals(t testing.TB) (*result.Result, []result.Score) {
	t.Helper()
	r, err := result.ReadJSON("testdata/results.json")
	if err != nil {
		t.Fatal(err)
	}
	scores, err := result.ReadScores("testdata/scores.parquet")
	if err != nil {
		t.Fatal(err)
	}
	return r, scores
}

// edit calls change with every row of the table.
func edit(r *result.Result, change func(row *result.Row)) {
	for i := range r.Table {
		change(&r.Table[i])
	}
}

// drop takes rows out of the table.
func drop(r *result.Result, which func(row result.Row) bool) {
	r.Table = slices.DeleteFunc(r.Table, which)
}

// setGap changes one estimate of the gap on all rows.
func setGap(r *result.Result, key string, change func(e *estimate.Estimate)) {
	edit(r, func(row *result.Row) {
		if row.Block == result.Gap && row.Subset == (result.Subset{}) && row.Key == key {
			change(&row.Estimate)
		}
	})
}

// ofBehaviour reports whether a row is about what the model did.
func ofBehaviour(row result.Row) bool {
	return row.Block == result.Gap || row.Block == result.Slice || row.Block == result.Contrast
}

// golden compares got with a file of testdata, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(path, want, "found", got); d != nil {
		t.Errorf("%s", d)
	}
}
