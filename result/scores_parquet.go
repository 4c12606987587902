package result

import (
	"fmt"
	"io"
	"os"
	"strings"

	"tell/activations"
	"tell/internal/atomicfile"
)

// WriteScoresParquet writes scores.parquet: the columns of scores.csv with their
// types, and texts as they are. It is what [ReadScores] reads.
func WriteScoresParquet(path string, scores []Score) error {
	return atomicfile.Write(path, func(w io.Writer) error { return encodeScoresParquet(w, scores) })
}

func encodeScoresParquet(w io.Writer, scores []Score) error {
	columns, err := columnsOf(scores)
	if err != nil {
		return err
	}
	return encodeParquet(w, columns, scores)
}

// ReadScores reads what [WriteScoresParquet] wrote. The columns may be in any
// order; an unknown or missing one is an error, but for that of the run, and so
// is a value that the column cannot hold.
//
// It reads through the tables of package activations, where arrow-go's reader is
// bounded against lengths that the file cannot back. A second such reader would
// be the worse dependency.
func ReadScores(path string) ([]Score, error) {
	if err := checkMagic(path); err != nil {
		return nil, err
	}
	table, err := activations.ReadExamples(path)
	if err != nil {
		return nil, err
	}
	scores, err := scoresOf(table)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return scores, nil
}

func checkMagic(path string) error {
	const magic = "PAR1"
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if string(head[:n]) != magic {
		return fmt.Errorf("%s: found %q at the start, expected %q: a Parquet file", path, head[:n], magic)
	}
	return nil
}

func scoresOf(table *activations.Examples) ([]Score, error) {
	var strata []string
	known := map[string]bool{}
	for _, c := range scoreColumns(nil) {
		known[c.name] = true
	}
	for _, c := range table.Columns() {
		name, stratum := strings.CutPrefix(c.Name, StratumPrefix)
		switch {
		case stratum:
			strata = append(strata, name)
		case !known[c.Name]:
			return nil, fmt.Errorf("found the unknown column %q, expected those of %s", c.Name, ScoresParquet)
		}
	}
	scores := make([]Score, table.Len())
	for _, c := range scoreColumns(strata) {
		from, ok := table.Column(c.name)
		if !ok && (c.name == comparedColumn || c.name == runName || c.name == valueColumn.name) { // written before there were such columns
			continue
		}
		if !ok {
			return nil, fmt.Errorf("found no column %q, expected it", c.name)
		}
		for i := range scores {
			if expected := c.set(&scores[i], from.Value(i)); expected != "" {
				return nil, fmt.Errorf("row %d, column %q: found %s, expected %s", i, c.name, found(from, i), expected)
			}
		}
	}
	return scores, checkUnique(scores)
}

func found(c *activations.Column, i int) string {
	switch {
	case c.IsNull(i):
		return "nothing"
	case c.Kind == activations.String:
		return fmt.Sprintf("%q", c.String(i))
	}
	return fmt.Sprintf("%s %s", c.Kind, c.String(i))
}
