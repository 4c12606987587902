package result

import (
	"io"

	"tell/internal/atomicfile"
)

// WriteScores writes scores.csv for people and their spreadsheets: a row for
// each id and repeat, with a column "stratum:NAME" for each declared stratum.
// Every score must carry the same strata in the same order.
//
// Two things keep a text from being the same in CSV everywhere. Carriage
// returns before a line break are left out, since not all CSV readers keep
// them. And a text that a spreadsheet would run, one that begins with =, +, -,
// @, a tab or a carriage return and is no number, gets a single quote before
// it, as does one that begins so behind quotes of its own: to get such a text
// back, take one quote away. tell itself reads [ScoresParquet], where texts
// stand as they are.
func WriteScores(path string, scores []Score) error {
	return atomicfile.Write(path, func(w io.Writer) error { return encodeScores(w, scores) })
}

func encodeScores(w io.Writer, scores []Score) error {
	columns, err := columnsOf(scores)
	if err != nil {
		return err
	}
	return encodeCSV(w, columns, scores)
}
