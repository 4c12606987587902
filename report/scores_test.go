package report

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/gap"
	"tell/study"
)

func drawScores(t *rapid.T) []study.Score {
	text := rapid.String().Filter(func(s string) bool { return !strings.Contains(s, "\r\n") })
	probability := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Just(math.NaN()))
	strata := rapid.SliceOfNDistinct(text, 0, 3, rapid.ID[string]).Draw(t, "strata")
	scores := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) study.Score {
		s := study.Score{
			ID:              text.Draw(t, "id"),
			Row:             rapid.IntRange(0, math.MaxInt).Draw(t, "row"),
			Split:           text.Draw(t, "split"),
			Layer:           text.Draw(t, "layer"),
			Position:        text.Draw(t, "position"),
			Score:           probability.Draw(t, "score"),
			Predicted:       rapid.IntRange(0, 1).Draw(t, "prediction"),
			Label:           rapid.IntRange(0, 1).Draw(t, "label"),
			Behaviour:       rapid.SampledFrom([]int{0, 1, gap.Neither}).Draw(t, "behaviour"),
			TextScore:       probability.Draw(t, "text score"),
			CalibratedScore: probability.Draw(t, "behaviour score"),
			Group:           text.Draw(t, "group"),
			Condition:       text.Draw(t, "condition"),
			Text:            text.Draw(t, "text"),
			Said:            text.Draw(t, "said"),
		}
		for _, name := range strata {
			s.Strata = append(s.Strata, study.Stratum{Name: name, Value: text.Draw(t, "stratum")})
		}
		return s
	}), 0, 8).Draw(t, "scores")
	return scores
}

func TestScoresRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawScores(t)
		var file, again bytes.Buffer
		if err := encodeScores(&file, want); err != nil {
			t.Fatal(err)
		}
		got, err := readScores(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := encodeScores(&again, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(file.Bytes(), again.Bytes()) {
			t.Fatalf("written:\n%s\nread and written again:\n%s", &file, &again)
		}
		if len(got) != len(want) {
			t.Fatalf("found %d rows, expected %d", len(got), len(want))
		}
		for i := range want {
			hideNaNs(t, &got[i], &want[i])
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("row %d: found %+v, expected %+v", i, got[i], want[i])
			}
		}
	})
}

// hideNaNs checks that both rows lack the same scores and makes them comparable.
func hideNaNs(t *rapid.T, got, want *study.Score) {
	pairs := [][2]*float64{{&got.Score, &want.Score}, {&got.TextScore, &want.TextScore}, {&got.CalibratedScore, &want.CalibratedScore}}
	for _, p := range pairs {
		if math.IsNaN(*p[0]) != math.IsNaN(*p[1]) {
			t.Fatalf("found %v, expected %v", *p[0], *p[1])
		}
		if math.IsNaN(*p[0]) {
			*p[0], *p[1] = 0, 0
		}
	}
}

func TestScoresKeepOneLineBreak(t *testing.T) {
	var file bytes.Buffer
	if err := encodeScores(&file, []study.Score{{Text: "a\r\nb\r\r\nc\n\rd\r"}}); err != nil {
		t.Fatal(err)
	}
	got, err := readScores(&file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "a\nb\nc\n\rd\r"; got[0].Text != want {
		t.Errorf("found %q, expected %q", got[0].Text, want)
	}
}

func TestScoresOfTheRealStudy(t *testing.T) {
	_, scores := capitals(t)
	var got bytes.Buffer
	if err := encodeScores(&got, scores); err != nil {
		t.Fatal(err)
	}
	golden(t, "scores.csv", got.Bytes())
}

func TestWriteScoresRefusesMixedStrata(t *testing.T) {
	scores := []study.Score{
		{ID: "a", Strata: []study.Stratum{{Name: "template", Value: "0"}}},
		{ID: "b"},
	}
	err := encodeScores(new(bytes.Buffer), scores)
	if err == nil || !strings.Contains(err.Error(), `score 1 (id "b")`) {
		t.Errorf("found error %v", err)
	}
}

func TestReadScoresRefuses(t *testing.T) {
	var file bytes.Buffer
	row := study.Score{ID: "a", Text: "two\nlines", Strata: []study.Stratum{{Name: "template", Value: "0"}}}
	if err := encodeScores(&file, []study.Score{row, row}); err != nil {
		t.Fatal(err)
	}
	good := file.String()
	for name, c := range map[string]struct{ file, want string }{
		"empty file":       {"", "empty file, expected a header row"},
		"missing column":   {strings.Replace(good, "id,", "", 1), `missing column "id"`},
		"unknown column":   {strings.Replace(good, "id,", "name,", 1), `unknown column "name"`},
		"column twice":     {strings.Replace(good, "split,", "id,", 1), `column "id" stands twice`},
		"behaviour":        {strings.Replace(good, ",0,0,0,0,0,", ",0,0,0,2,0,", 1), `line 2, column "behaviour": found "2", expected 0, 1 or "neither"`},
		"label":            {strings.Replace(good, ",0,0,0,0,0,", ",0,0,x,0,0,", 1), `line 2, column "label": found "x", expected 0 or 1`},
		"score":            {strings.Replace(good, ",0,0,0,0,0,", ",1.5,0,0,0,0,", 1), `line 2, column "score": found "1.5", expected a probability, or nothing`},
		"after line break": {good[:strings.LastIndex(good, "a,0")] + strings.Replace(good[strings.LastIndex(good, "a,0"):], "a,0", "a,-1", 1), `line 4, column "row": found "-1", expected a row of the dump, 0 or more`},
		"short row":        {good + "a,b\n", "line 6: wrong number of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readScores(strings.NewReader(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("found error %v, expected one with %q", err, c.want)
			}
		})
	}
	if _, err := ReadScores(t.TempDir() + "/none.csv"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found error %v for a missing file", err)
	}
}
