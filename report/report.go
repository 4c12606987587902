package report

import (
	"fmt"
	"os"
	"path/filepath"

	"tell/result"
)

// PageFile is the name of the page. The figures are named by what they show:
// layers, positions, gap and calibration, each as .svg and .png.
const PageFile = "report.html"

// Files are the names of the files that [Write] writes; a result need not have
// every figure.
func Files() []string { return append([]string{PageFile}, FigureFiles()...) }

// Write writes the figures and the page to dir, which is created if it does not
// exist.
func Write(dir string, r *result.Result, scores []result.Score) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := WriteFigures(dir, r); err != nil {
		return err
	}
	return WritePage(filepath.Join(dir, PageFile), r, scores)
}
