package report

import (
	"fmt"
	"os"
	"path/filepath"

	"tell/study"
)

// Names of the files of a report. The figures are named by what they show:
// layers, positions, gap and calibration, each as .svg and .png.
const (
	ResultsFile = "results.json"
	ScoresFile  = "scores.csv"
	LayersFile  = "layers.csv"
	PageFile    = "report.html"
)

// Files are the names of all files of a report; a result need not fill every
// figure.
func Files() []string {
	return append([]string{PageFile, ResultsFile, ScoresFile, LayersFile}, FigureFiles()...)
}

// Write writes the whole report to dir, which is made if it is not there.
func Write(dir string, r *study.Result, scores []study.Score) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := WriteResults(filepath.Join(dir, ResultsFile), r); err != nil {
		return err
	}
	if err := WriteScores(filepath.Join(dir, ScoresFile), scores); err != nil {
		return err
	}
	if err := WriteLayers(filepath.Join(dir, LayersFile), r); err != nil {
		return err
	}
	if err := WriteFigures(dir, r); err != nil {
		return err
	}
	return WritePage(filepath.Join(dir, PageFile), r, scores)
}
