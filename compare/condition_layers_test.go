package compare

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"tell/estimate"
)

// The p over all layers counts the exchanges whose largest change, up or down, at any
// layer reaches the one observed. The change is a fall at one layer, a rise at
// another, and small at the third.
func TestLargestChangeOverLayers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	d := Condition{Names: [2]string{"n", "p"}}
	d.Layers = []ConditionLayer{{Layer: 3}, {Layer: 7}, {Layer: 8}}
	signal := [][2]float64{{2, 0.5}, {0.5, 1.5}, {1, 1.2}} // of each layer and condition
	for g := range 7 {                                     // 128 exchanges: many draws are the observed change, or its opposite
		for i := range 6 {
			d.Pair, d.Group = append(d.Pair, strconv.Itoa(6*g+i)), append(d.Group, g)
			for k := range 2 {
				d.Label[k] = append(d.Label[k], i%2)
				for l := range d.Layers {
					margin := signal[l][k]*float64(2*(i%2)-1) + rng.NormFloat64()
					d.Layers[l].Score[k] = append(d.Layers[l].Score[k], 1/(1+math.Exp(-margin)))
				}
			}
		}
	}
	s := Settings{Bootstrap: estimate.Bootstrap{Draws: 20, Level: 0.95}, Permutations: 299, Seed: 4}
	lines, err := d.byLayer(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	draws, err := exchange(t.Context(), d.Group, s, 6, d.layerChanges)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 12 || lines[0].Estimate.Value > -0.05 || lines[2].Estimate.Value < 0.05 {
		t.Fatalf("found %v, want 6 changes, the first a fall of the AUROC and the second a rise, and a p over all layers of each", lines)
	}
	for change, key := range []string{KeyAUROCChangePMax, KeyFallPMax} {
		for l := range 3 {
			observed, all := lines[2*l+change], lines[6+3*change+l]
			reached := 1
			for b := range s.Permutations {
				largest := 0.0
				for other := range 3 {
					largest = max(largest, math.Abs(draws[2*other+change][b]))
				}
				if largest > math.Abs(observed.Estimate.Value)-1e-9 {
					reached++
				}
			}
			if want := float64(reached) / 300; all.Key != key || all.Layer != d.Layers[l].Layer || all.Estimate.Value != want {
				t.Errorf("%s of layer %d: found %s of layer %d, %v, want %v", key, d.Layers[l].Layer, all.Key, all.Layer, all.Estimate.Value, want)
			}
		}
	}
}
