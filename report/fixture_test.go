package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"tell/study"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// capitals is a study of real hidden states: 576 prompts about 96 cities, 31
// layers, behaviour mapped, one stratum.
func capitals(t testing.TB) (*study.Result, []study.Score) {
	t.Helper()
	r, err := ReadResults("testdata/results.json")
	if err != nil {
		t.Fatal(err)
	}
	scores, err := ReadScores("testdata/scores.csv")
	if err != nil {
		t.Fatal(err)
	}
	return r, scores
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
