package report

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"tell/estimate"
	"tell/gap"
	"tell/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// capitals is a study of real hidden states: 576 prompts about 96 cities, 31
// layers, behaviour mapped, one stratum.
func capitals(t testing.TB) (*result.Result, []result.Score) {
	t.Helper()
	data, err := os.ReadFile("testdata/results.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(result.Result)
	if err := json.Unmarshal(data, r); err != nil {
		t.Fatal(err)
	}
	return r, readScores(t, "testdata/scores.csv")
}

// readScores reads a table of scores, without the checks of a real reader.
func readScores(t testing.TB, path string) []result.Score {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var scores []result.Score
	for _, record := range records[1:] {
		cell := func(name string) string { return record[slices.Index(records[0], name)] }
		whole := func(name string) int {
			n, err := strconv.Atoi(cell(name))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		share := func(name string) float64 {
			if cell(name) == "" {
				return math.NaN()
			}
			x, err := strconv.ParseFloat(cell(name), 64)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		s := result.Score{
			ID: cell("id"), Row: whole("row"), Repeat: whole("repeat"), Fold: whole("fold"),
			Layer: whole("layer"), Position: whole("position"),
			Score: share("score"), Prediction: whole("prediction"), Label: whole("label"), Behaviour: gap.Neither,
			TextScore: share("text_score"), BehaviourScore: share("behaviour_score"),
			Group: cell("group"), Condition: cell("condition"), Text: cell("text"), Said: cell("said"),
		}
		if cell("behaviour") != "neither" {
			s.Behaviour = whole("behaviour")
		}
		for i, name := range records[0] {
			if name, ok := strings.CutPrefix(name, "stratum:"); ok {
				s.Strata = append(s.Strata, result.Stratum{Name: name, Value: record[i]})
			}
		}
		scores = append(scores, s)
	}
	return scores
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
