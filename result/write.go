package result

import (
	"os"
	"path/filepath"
)

// The files of a run that hold its numbers.
const (
	ResultsFile   = "results.json"
	TableFile     = "results.csv"
	TableParquet  = "results.parquet"
	ScoresFile    = "scores.csv"
	ScoresParquet = "scores.parquet"
)

// Files lists the files of a run that hold its numbers.
func Files() []string {
	return []string{ResultsFile, TableFile, TableParquet, ScoresFile, ScoresParquet}
}

// Write writes the results and the scores to dir, which is created if it does
// not exist.
func Write(dir string, r *Result, scores []Score) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := WriteTables(dir, r); err != nil {
		return err
	}
	if err := WriteScores(filepath.Join(dir, ScoresFile), scores); err != nil {
		return err
	}
	return WriteScoresParquet(filepath.Join(dir, ScoresParquet), scores)
}

// WriteTables writes the results, and the table in every form, to dir.
func WriteTables(dir string, r *Result) error {
	if err := WriteJSON(filepath.Join(dir, ResultsFile), r); err != nil {
		return err
	}
	if err := WriteTable(filepath.Join(dir, TableFile), r); err != nil {
		return err
	}
	return WriteTableParquet(filepath.Join(dir, TableParquet), r)
}
