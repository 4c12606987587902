package gap_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"tell/gap"
)

// How many digits a model's sums have, beside the right ones and those that the probe
// of testdata/arithmetic/digits.yaml predicts: NumPy counts the same.
func TestDigitsAgainstNumPy(t *testing.T) {
	raw, err := os.ReadFile("../testdata/arithmetic/digits_reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Label, Acted, Predicted string
		Values                  map[string]float64
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	d := gap.Levels{Names: []string{"1", "2", "3", "4", "5"}, Ordered: true}
	for i := range c.Label {
		predicted := int(c.Predicted[i] - '1')
		score := make([]float64, len(d.Names))
		score[predicted] = 1
		d.Label, d.Prediction, d.Score = append(d.Label, int(c.Label[i]-'1')), append(d.Prediction, predicted), append(d.Score, score)
		d.Behaviour = append(d.Behaviour, int(c.Acted[i])-'1') // 0 is neither
	}
	r, err := gap.MeasureLevels(d, few)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range c.Values {
		if it, ok := r.Item(key); !ok || !it.Estimate.OK() || !(math.Abs(it.Estimate.Value-want) <= 1e-12) {
			t.Errorf("%s: %v, NumPy gives %v", key, it.Estimate, want)
		}
	}
}
