package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tell/gap"
	"tell/study"
)

// neither is how scores.csv writes gap.Neither.
const neither = "neither"

// StratumPrefix marks a column of scores.csv that holds a declared stratum.
const StratumPrefix = "stratum:"

var lineBreak = regexp.MustCompile(`\r+\n`)

// A scoreColumn is one fixed column of scores.csv: how a row is written there
// and how it is read back. parse reports what it expected when it refuses.
type scoreColumn struct {
	name   string
	format func(s *study.Score) string
	parse  func(s *study.Score, text string) (expected string)
}

// scoreColumns are the fixed columns, in order. The strata stand before "text".
var scoreColumns = []scoreColumn{
	textColumn("id", func(s *study.Score) *string { return &s.ID }),
	{"row", func(s *study.Score) string { return strconv.Itoa(s.Row) }, func(s *study.Score, text string) string {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return "a row of the dump, 0 or more"
		}
		s.Row = n
		return ""
	}},
	textColumn("split", func(s *study.Score) *string { return &s.Split }),
	textColumn("layer", func(s *study.Score) *string { return &s.Layer }),
	textColumn("position", func(s *study.Score) *string { return &s.Position }),
	probabilityColumn("score", func(s *study.Score) *float64 { return &s.Score }),
	binaryColumn("prediction", func(s *study.Score) *int { return &s.Predicted }),
	binaryColumn("label", func(s *study.Score) *int { return &s.Label }),
	{"behaviour", func(s *study.Score) string { return behaviourText(s.Behaviour) }, func(s *study.Score, text string) string {
		if text == neither {
			s.Behaviour = gap.Neither
			return ""
		}
		if parseBinary(&s.Behaviour, text) != "" {
			return `0, 1 or "neither"`
		}
		return ""
	}},
	probabilityColumn("text_score", func(s *study.Score) *float64 { return &s.TextScore }),
	probabilityColumn("behaviour_score", func(s *study.Score) *float64 { return &s.CalibratedScore }),
	textColumn("group", func(s *study.Score) *string { return &s.Group }),
	textColumn("condition", func(s *study.Score) *string { return &s.Condition }),
	textColumn("text", func(s *study.Score) *string { return &s.Text }),
	textColumn("said", func(s *study.Score) *string { return &s.Said }),
}

func textColumn(name string, field func(*study.Score) *string) scoreColumn {
	return scoreColumn{name,
		func(s *study.Score) string { return *field(s) },
		func(s *study.Score, text string) string { *field(s) = text; return "" }}
}

func binaryColumn(name string, field func(*study.Score) *int) scoreColumn {
	return scoreColumn{name,
		func(s *study.Score) string { return strconv.Itoa(*field(s)) },
		func(s *study.Score, text string) string { return parseBinary(field(s), text) }}
}

func parseBinary(dst *int, text string) (expected string) {
	switch text {
	case "0":
		*dst = 0
	case "1":
		*dst = 1
	default:
		return "0 or 1"
	}
	return ""
}

func probabilityColumn(name string, field func(*study.Score) *float64) scoreColumn {
	return scoreColumn{name,
		func(s *study.Score) string { return formatFloat(*field(s)) },
		func(s *study.Score, text string) string {
			p, err := parseFloat(text)
			if err != nil || p < 0 || p > 1 {
				return "a probability, or nothing"
			}
			*field(s) = p
			return ""
		}}
}

func behaviourText(b int) string {
	if b == gap.Neither {
		return neither
	}
	return strconv.Itoa(b)
}

// formatFloat writes the shortest decimal that reads back as x, and nothing
// for NaN.
func formatFloat(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func parseFloat(text string) (float64, error) {
	if text == "" {
		return math.NaN(), nil
	}
	return strconv.ParseFloat(text, 64)
}

// WriteScores writes scores.csv: a row for each example, with a column
// "stratum:NAME" for each declared stratum. Every row must carry the same
// strata in the same order. Carriage returns before a line break are left out
// of every text, since readers of CSV keep them or not as they please.
func WriteScores(path string, scores []study.Score) error {
	return writeFile(path, func(w io.Writer) error { return encodeScores(w, scores) })
}

func encodeScores(w io.Writer, scores []study.Score) error {
	var strata []string
	if len(scores) > 0 {
		strata = stratumNames(&scores[0])
	}
	out := csv.NewWriter(w)
	if err := out.Write(scoreHeader(strata)); err != nil {
		return err
	}
	for i := range scores {
		s := &scores[i]
		if names := stratumNames(s); !slices.Equal(names, strata) {
			return fmt.Errorf("score %d (id %q): found strata %q, expected %q as in the first", i, s.ID, names, strata)
		}
		if err := out.Write(scoreRecord(s)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func stratumNames(s *study.Score) []string {
	names := make([]string, len(s.Strata))
	for i, st := range s.Strata {
		names[i] = st.Name
	}
	return names
}

func scoreHeader(strata []string) []string {
	var header []string
	for _, c := range scoreColumns {
		if c.name == "text" {
			for _, name := range strata {
				header = append(header, StratumPrefix+name)
			}
		}
		header = append(header, c.name)
	}
	return header
}

func scoreRecord(s *study.Score) []string {
	var record []string
	for _, c := range scoreColumns {
		if c.name == "text" {
			for _, st := range s.Strata {
				record = append(record, st.Value)
			}
		}
		record = append(record, c.format(s))
	}
	for i, field := range record {
		record[i] = lineBreak.ReplaceAllLiteralString(field, "\n")
	}
	return record
}

// ReadScores reads what [WriteScores] wrote. The columns may stand in any
// order; an unknown or missing one is an error, and so is a value that the
// column cannot hold.
func ReadScores(path string) ([]study.Score, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	defer f.Close()
	scores, err := readScores(f)
	if err != nil {
		return nil, fmt.Errorf("report: %s: %w", path, err)
	}
	return scores, nil
}

func readScores(r io.Reader) ([]study.Score, error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("empty file, expected a header row")
	}
	if err != nil {
		return nil, err
	}
	columns, err := matchColumns(header)
	if err != nil {
		return nil, err
	}
	var scores []study.Score
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return scores, nil
		}
		if err != nil {
			return nil, err
		}
		var s study.Score
		for i, field := range record {
			if expected := columns[i].parse(&s, field); expected != "" {
				line, _ := in.FieldPos(i)
				return nil, fmt.Errorf("line %d, column %q: found %q, expected %s", line, header[i], field, expected)
			}
		}
		scores = append(scores, s)
	}
}

func matchColumns(header []string) ([]scoreColumn, error) {
	columns := make([]scoreColumn, len(header))
	seen := make(map[string]bool)
	for i, name := range header {
		if seen[name] {
			return nil, fmt.Errorf("column %q stands twice in the header", name)
		}
		seen[name] = true
		if stratum, ok := strings.CutPrefix(name, StratumPrefix); ok {
			columns[i] = stratumColumn(stratum)
			continue
		}
		k := slices.IndexFunc(scoreColumns, func(c scoreColumn) bool { return c.name == name })
		if k < 0 {
			return nil, fmt.Errorf("unknown column %q", name)
		}
		columns[i] = scoreColumns[k]
	}
	for _, c := range scoreColumns {
		if !seen[c.name] {
			return nil, fmt.Errorf("missing column %q", c.name)
		}
	}
	return columns, nil
}

func stratumColumn(name string) scoreColumn {
	return scoreColumn{name: StratumPrefix + name, parse: func(s *study.Score, text string) string {
		s.Strata = append(s.Strata, study.Stratum{Name: name, Value: text})
		return ""
	}}
}
