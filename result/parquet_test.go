package result

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/activations"
)

// same compares scores, with NaN equal to itself.
func same(a, b []Score) bool {
	hide := func(scores []Score) []Score {
		hidden := make([]Score, len(scores))
		for i, s := range scores {
			for _, p := range []*float64{&s.Score, &s.TextScore, &s.BehaviourScore} {
				if math.IsNaN(*p) {
					*p = -1
				}
			}
			hidden[i] = s
		}
		return hidden
	}
	return reflect.DeepEqual(hide(a), hide(b))
}

func TestScoresRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), ScoresParquet)
	check := func(t rapid.TB, want []Score) {
		if err := WriteScoresParquet(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadScores(path)
		if err != nil {
			t.Fatal(err)
		}
		if !same(got, want) {
			t.Fatalf("found %+v, expected %+v", got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, drawScores(t)) })
	check(t, madeScores())
}

// What repeats takes next to no room, and the reader bounds what a file may
// unpack to by its size.
func TestManyEqualScores(t *testing.T) {
	scores := make([]Score, 200_000)
	for i := range scores {
		scores[i] = Score{ID: fmt.Sprint(i), Score: 0.5, TextScore: math.NaN(), BehaviourScore: math.NaN(), Group: "one", Text: strings.Repeat("the same prompt ", 20)}
	}
	path := filepath.Join(t.TempDir(), ScoresParquet)
	if err := WriteScoresParquet(path, scores); err != nil {
		t.Fatal(err)
	}
	got, err := ReadScores(path)
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, scores) {
		t.Error("found other scores")
	}
}

func TestParquetGivesTheSameBytes(t *testing.T) {
	write := func() []byte {
		var file bytes.Buffer
		if err := errors.Join(encodeParquet(&file, tableColumns, made().Table), encodeScoresParquet(&file, madeScores())); err != nil {
			t.Fatal(err)
		}
		return file.Bytes()
	}
	first := write()
	for range 5 {
		if !bytes.Equal(first, write()) {
			t.Fatal("found other bytes")
		}
	}
}

func TestParquetOfATable(t *testing.T) {
	path := filepath.Join(t.TempDir(), TableParquet)
	if err := WriteTableParquet(path, made()); err != nil {
		t.Fatal(err)
	}
	table, err := activations.ReadExamples(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := made().Table
	if table.Len() != len(rows) || len(table.Columns()) != len(tableColumns) {
		t.Fatalf("found %d rows of %d columns, expected %d of %d", table.Len(), len(table.Columns()), len(rows), len(tableColumns))
	}
	for k, c := range tableColumnsOf(made().Run()) {
		column := table.Columns()[k]
		if column.Name != c.name {
			t.Fatalf("found the column %q, expected %q", column.Name, c.name)
		}
		for i := range rows {
			var want any
			switch {
			case c.text != nil:
				if text := c.text(&rows[i]); text != "" {
					want = text
				}
			case c.integer != nil:
				if v, ok := c.integer(&rows[i]); ok {
					want = v
				}
			default:
				if v, ok := c.number(&rows[i]); ok {
					want = v
				}
			}
			if got := column.Value(i); got != want {
				t.Errorf("row %d, column %q: found %v, expected %v", i, c.name, got, want)
			}
		}
	}
}

func TestParquetHoldsUTF8(t *testing.T) {
	path := filepath.Join(t.TempDir(), ScoresParquet)
	if err := WriteScoresParquet(path, []Score{{Text: "a\xffb"}}); err != nil {
		t.Fatal(err)
	}
	got, err := ReadScores(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "a\uFFFDb"; got[0].Text != want {
		t.Errorf("found %q, expected %q", got[0].Text, want)
	}
}

func TestWriteRefuses(t *testing.T) {
	for name, change := range map[string]func(r *Row){
		"found value NaN":               func(r *Row) { r.Estimate.Value = math.NaN() },
		"found value +Inf":              func(r *Row) { r.Estimate.Value = math.Inf(1) },
		"found an interval from NaN to": func(r *Row) { r.Estimate.Interval.Low = math.NaN() },
		"found null mean NaN":           func(r *Row) { r.Null = &Null{Mean: math.NaN()} },
		"found p NaN":                   func(r *Row) { r.Null = &Null{P: math.NaN()} },
		"found level 0":                 func(r *Row) { r.Estimate.Interval.Level = 0 },
	} {
		r := made()
		change(&r.Table[0])
		dir := t.TempDir()
		for _, err := range []error{
			WriteJSON(filepath.Join(dir, ResultsFile), r),
			WriteTable(filepath.Join(dir, TableFile), r),
			WriteTableParquet(filepath.Join(dir, TableParquet), r),
		} {
			if err == nil || !strings.Contains(err.Error(), `table, row 0 (curve "auroc"): `+name) {
				t.Errorf("found error %v, expected one with %q", err, name)
			}
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("found %v after a failure, expected nothing", left)
		}
	}
}

func TestWriteScoresRefuses(t *testing.T) {
	template := []StratumValue{{"template", "0"}}
	for name, c := range map[string]struct {
		scores []Score
		want   string
	}{
		"mixed strata":  {[]Score{{ID: "a", Strata: template}, {ID: "b"}}, `score 1 (id "b"): found strata [], expected ["template"]`},
		"stratum twice": {[]Score{{Strata: append(template, template...)}}, `found the stratum "template" twice`},
		"row twice":     {[]Score{{ID: "a", Repeat: 1}, {ID: "a"}, {ID: "a", Repeat: 1}}, `row 2, column "id": found "a" of repeat 1 again after row 0`},
	} {
		for _, err := range []error{encodeScores(new(bytes.Buffer), c.scores), encodeScoresParquet(new(bytes.Buffer), c.scores)} {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: found error %v, expected one with %q", name, err, c.want)
			}
		}
	}
}

func TestReadScoresRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), ScoresParquet)
	put := func(columns []column[Score], scores ...Score) {
		var file bytes.Buffer
		if err := encodeParquet(&file, columns, scores); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	other := func(c column[Score], k int) []column[Score] {
		columns := scoreColumns(nil)
		columns[k] = c
		return columns
	}
	for name, c := range map[string]struct {
		columns []column[Score]
		scores  []Score
		want    string
	}{
		"missing column": {scoreColumns(nil)[1:], nil, `found no column "id"`},
		"unknown column": {other(column[Score]{name: "name", text: func(*Score) string { return "" }}, 0), nil, `found the unknown column "name"`},
		"label":          {scoreColumns(nil), []Score{{}, {ID: "b", Label: -2}}, `row 1, column "label": found int -2, expected a whole number, 0 or more`},
		"behaviour":      {scoreColumns(nil), []Score{{Behaviour: -7}}, `row 0, column "behaviour": found int -7, expected 0, 1, a level or nothing`},
		"row":            {scoreColumns(nil), []Score{{Row: -1}}, `row 0, column "row": found int -1, expected a whole number, 0 or more`},
		"layer":          {scoreColumns(nil), []Score{{Layer: -2}}, `row 0, column "layer": found int -2`},
		"score":          {scoreColumns(nil), []Score{{Score: math.Inf(1)}}, `row 0, column "score": found float +Inf, expected a finite number, or nothing`},
		"infinite":       {scoreColumns(nil), []Score{{TextScore: math.Inf(-1)}}, `row 0, column "text_score": found float -Inf`},
		"type":           {other(column[Score]{name: "row", text: func(*Score) string { return "1" }}, 1), []Score{{}}, `row 0, column "row": found "1", expected a whole number, 0 or more`},
		"null":           {other(column[Score]{name: "id", text: func(*Score) string { return "" }, optional: true}, 0), []Score{{}}, `row 0, column "id": found nothing, expected a text`},
		"predictor":      {other(column[Score]{name: "predictor", text: func(*Score) string { return "text" }}, 5), []Score{{}}, `row 0, column "predictor": found "text", expected "probe"`},
		"row twice":      {scoreColumns(nil), []Score{{}, {}}, `row 1, column "id": found "" of repeat 0 again after row 0`},
	} {
		put(c.columns, c.scores...)
		_, err := ReadScores(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s: found error %v, expected one with %q and the path", name, err, c.want)
		}
	}
	for _, text := range []string{"", "PA", "id,row\na,1\n", "PAR1", "PAR1PAR1PAR1"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadScores(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: found error %v, expected one with the path", text, err)
		}
	}
	if _, err := ReadScores(path + ".none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found error %v for a missing file", err)
	}
}

func FuzzReadScores(f *testing.F) {
	for _, scores := range [][]Score{nil, madeScores()} {
		var file bytes.Buffer
		if err := encodeScoresParquet(&file, scores); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), ScoresParquet)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		scores, err := ReadScores(path)
		if err != nil {
			return
		}
		if err := WriteScoresParquet(path, scores); err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		Means(scores)
		GapData(scores)
	})
}
