package report

import (
	"bytes"
	"strings"
	"testing"

	"tell/estimate"
	"tell/study"
)

func TestLayersOfTheRealStudy(t *testing.T) {
	r, _ := capitals(t)
	var got bytes.Buffer
	if err := encodeLayers(&got, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "layers.csv", got.Bytes())
}

func TestLayersLeaveUnknownNumbersEmpty(t *testing.T) {
	r := &study.Result{Sites: []study.Site{
		{Layer: 3, Position: 1, Metrics: []study.Metric{{Name: "auroc", Estimate: estimate.NotEstimable(4, 2, "one class")}}, NotConverged: 2},
		{Layer: 4, Position: 1, Metrics: []study.Metric{{Name: "brier", Estimate: estimate.Estimate{Value: 0.25}}},
			Permutation: &study.Permutation{P: 0.5, PMax: 1, NullMean: 0.5, NullHigh: 0.625}},
	}}
	var got bytes.Buffer
	if err := encodeLayers(&got, r); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"layer,position,auroc,auroc_low,auroc_high,brier,brier_low,brier_high,p,p_max,null_mean,null_high,not_converged",
		"3,1,,,,,,,,,,,2",
		"4,1,,,,0.25,,,0.5,1,0.5,0.625,0",
		"",
	}, "\n")
	if got.String() != want {
		t.Errorf("found\n%s\nexpected\n%s", &got, want)
	}
}
