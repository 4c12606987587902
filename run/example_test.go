package run_test

import (
	"context"
	"fmt"
	"os"

	"tell/result"
	"tell/run"
	"tell/study"
)

// A run of two layers, shortened. A run that is given the
// same folder of parts again goes on from what is there.
func Example() {
	s, err := study.Load("../testdata/capitals/study.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Layers, s.Probe.C, s.Text = []int{4, 18}, study.Grid{0.01}, ""
	s.Controls.Permutations, s.Controls.Bootstrap = 0, 200
	parts, err := os.MkdirTemp("", "parts")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(parts)

	r, scores, err := run.Run(context.Background(), s, run.Options{Parts: parts})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("AUROC of the nested probe:", r.Table.In(result.Nested).Estimate("auroc"))
	fmt.Println("net gap:", r.Table.In(result.Gap).Estimate("net_gap").Signed())
	fmt.Printf("%s: fold %d chose layer %d\n", scores[0].ID, scores[0].Fold, scores[0].Layer)
	// Output:
	// AUROC of the nested probe: 0.95 [0.91, 0.98]
	// net gap: +0.19 [+0.14, +0.24]
	// Accra-0: fold 4 chose layer 18
}
