package result

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCSVOfATable(t *testing.T) {
	var file bytes.Buffer
	if err := EncodeTable(&file, made()); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/results.csv", file.Bytes())
	const header = "block,target,train,test,dump,layer,position,predictor,subset,key,value,low,high,level,n,groups,null_mean,p,unit,flags,reason,run\n"
	if !strings.HasPrefix(file.String(), header) {
		t.Errorf("found the header %.200s", &file)
	}
}

func TestCSVOfScores(t *testing.T) {
	var file bytes.Buffer
	if err := encodeScores(&file, madeScores()); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/scores.csv", file.Bytes())
	const header = "id,row,compared,repeat,fold,predictor,layer,position,score,prediction,label,value,behaviour,text_score,behaviour_score,graded,knows,rivals_score,gain,group,condition,stratum:template,stratum:a b,text,said,run\n"
	if !strings.HasPrefix(file.String(), header) {
		t.Errorf("found the header %.200s", &file)
	}
}

var quoted = regexp.MustCompile(`^'+[=+\-@\t\r]`)

// asWritten takes back what inert does.
func asWritten(cell string) string {
	if quoted.MatchString(cell) {
		return cell[1:]
	}
	return cell
}

func TestNoTextIsRunBySpreadsheets(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+A1": "'+A1", "-A1": "'-A1", "@SUM(1)": "'@SUM(1)", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"-": "'-", "'=1": "''=1", "''=1": "'''=1", "-1+2": "'-1+2", "-1-cmd|x": "'-1-cmd|x",
		"": "", "plain": "plain", "'quoted'": "'quoted'", "-1": "-1", "+2.5e-3": "+2.5e-3", "a=1": "a=1",
	} {
		if got := inert(text); got != want {
			t.Errorf("%q: found %q, expected %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("'=+-@\t\r1e.x")), 0, 6, -1)).Draw(t, "text")
		cell := inert(text)
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			if _, err := strconv.ParseFloat(cell, 64); err != nil {
				t.Fatalf("%q: found %q, which begins a formula", text, cell)
			}
		}
		if back := asWritten(cell); back != text {
			t.Fatalf("found %q, expected %q", back, text)
		}
	})
}

func TestCSVKeepsOneLineBreak(t *testing.T) {
	var file bytes.Buffer
	if err := encodeScores(&file, []Score{{Text: "a\r\nb\r\r\nc\n\rd\r"}}); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := records[1][slices.Index(records[0], "text")], "a\nb\nc\n\rd\r"; got != want {
		t.Errorf("found %q, expected %q", got, want)
	}
}

func TestCSVHoldsWhatIsInTheTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := Table(rapid.SliceOfN(rapid.Custom(drawRow), 0, 5).Draw(t, "table"))
		var file bytes.Buffer
		if err := EncodeTable(&file, &Result{Table: table}); err != nil {
			t.Fatal(err)
		}
		holds(t, &file, tableColumns, table)
	})
}

func TestCSVHoldsWhatIsInTheScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := drawScores(t)
		var file bytes.Buffer
		if err := encodeScores(&file, scores); err != nil {
			t.Fatal(err)
		}
		columns, err := columnsOf(scores)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, &file, columns, scores)
	})
}

// holds reads a CSV and compares every cell with the value that it stands for.
func holds[R any](t *rapid.T, file *bytes.Buffer, columns []column[R], rows []R) {
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != len(rows)+1 {
		t.Fatalf("found %d records, expected %d and the header", len(records), len(rows))
	}
	for i := range rows {
		for k, c := range columns {
			cell, ok := records[i+1][k], false
			switch {
			case c.text != nil:
				ok = asWritten(cell) == lineBreak.ReplaceAllString(c.text(&rows[i]), "\n")
			case c.integer != nil:
				v, there := c.integer(&rows[i])
				n, err := strconv.Atoi(cell)
				ok = there && err == nil && n == v || !there && cell == c.absent
			default:
				v, there := c.number(&rows[i])
				x, err := strconv.ParseFloat(cell, 64)
				ok = there && err == nil && x == v || !there && cell == ""
			}
			if !ok {
				t.Fatalf("row %d, column %q: found %q for %+v", i, c.name, cell, rows[i])
			}
		}
	}
}
