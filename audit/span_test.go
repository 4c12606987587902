package audit

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// The share of the label that columns tell is scikit-learn's R².
func TestSpanAgainstScikitLearn(t *testing.T) {
	var c struct {
		Y    []float64
		Z    [][]float64
		Told float64
	}
	data, err := os.ReadFile("../testdata/controls/reference.json")
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	told, err := explained(c.Y, c.Z)
	if err != nil || math.Abs(told-c.Told) > 1e-10 {
		t.Errorf("found %v, want %v (%v)", told, c.Told, err)
	}
}
