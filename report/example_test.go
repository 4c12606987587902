package report_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"tell/report"
)

// The figures and the page are made anew from the files of an earlier run.
func ExampleWrite() {
	results, err := report.ReadResults("testdata/results.json")
	if err != nil {
		log.Fatal(err)
	}
	scores, err := report.ReadScores("testdata/scores.csv")
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := report.Write(dir, results, scores); err != nil {
		log.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// calibration.png
	// calibration.svg
	// gap.png
	// gap.svg
	// layers.csv
	// layers.png
	// layers.svg
	// report.html
	// results.json
	// scores.csv
}

func ExampleReadScores() {
	scores, err := report.ReadScores("testdata/scores.csv")
	if err != nil {
		log.Fatal(err)
	}
	known := 0
	for _, s := range scores {
		if s.Predicted == s.Label && s.Behaviour == 1-s.Label {
			known++
		}
	}
	fmt.Printf("%d of %d rows know but do not act\n", known, len(scores))
	// Output: 127 of 576 rows know but do not act
}
