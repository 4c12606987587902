package report_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"tell/estimate"
	"tell/report"
	"tell/result"
)

// A result without behaviour and without scores is still a page.
func ExampleWrite() {
	auroc := estimate.Estimate{Value: 0.9, N: 80, Groups: 20, Interval: &estimate.Interval{Low: 0.8, High: 0.95, Level: 0.95}}
	r := &result.Result{
		Schema: result.Schema,
		Name:   "Is the claim true?",
		Data:   result.Data{Used: 80, Groups: 20, Group: "city", Layers: 1, Positions: 1, LabelNames: []string{"false", "true"}},
		Sites:  []result.Site{{Layer: 0, Position: 0}},
		Table: result.Table{
			{Block: result.Curve, Predictor: result.Probe, Key: "auroc", Estimate: auroc},
			{Block: result.Hidden, Layer: result.None, Position: result.None, Predictor: result.Probe, Key: "hidden_information", Unit: result.UnitBits, Estimate: auroc},
			{Block: result.Nested, Layer: result.None, Position: result.None, Predictor: result.Probe, Key: "auroc", Estimate: auroc},
		},
	}
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := report.Write(dir, r, nil); err != nil {
		log.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	fmt.Println(report.FindingOf(r).Headline.Interval)
	// Output:
	// finding.png
	// finding.svg
	// layers.png
	// layers.svg
	// report.html
	// 95% interval [+0.800, +0.950]
}
