package answers

import (
	"context"
	"math"
	"math/rand/v2"

	"tell/compare"
)

const (
	width    = 20
	perGroup = 4
)

// labels are two labels of every row. Of one latent, both are noisy copies of
// it, wrong on 15% of the rows; else they are independent.
func labels(rng *rand.Rand, n int, same bool) (label [2][]int, latent []int) {
	for range n {
		z := rng.IntN(2)
		latent = append(latent, z)
		for k := range label {
			y := rng.IntN(2)
			if same {
				y = z
				if rng.Float64() < 0.15 {
					y = 1 - z
				}
			}
			label[k] = append(label[k], y)
		}
	}
	return label, latent
}

func sign(y int) float64 { return float64(2*y - 1) }

// twoTargets are rows of 20 columns of noise in groups of 4. Of one latent, that
// stands in the first column. Else the first label stands in the first column
// and the second in a direction at the cosine to it. A strength of 0 is states that hold
// nothing.
func twoTargets(name string, n int, strength, cosine float64, same bool) World {
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		rng := s.rng(number)
		label, latent := labels(rng, n, same)
		t := compare.Targets{Names: [2]string{"know", "act"}, Label: label}
		var x [][]float64
		for i := range n {
			row := normal(rng, width)
			if same {
				row[0] += strength * sign(latent[i])
			} else {
				row[0] += strength * (sign(label[0][i]) + cosine*sign(label[1][i]))
				row[1] += strength * math.Sqrt(1-cosine*cosine) * sign(label[1][i])
			}
			x = append(x, row)
			t.Group, t.Fold = append(t.Group, i/perGroup), append(t.Fold, i/perGroup%5)
		}
		var layer compare.TargetLayer
		for k := range label {
			layer.Score[k] = outOfFold(x, label[k], t.Fold)
		}
		t.Layers = []compare.TargetLayer{layer}
		lines, err := t.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		is := func(key string) func(compare.Line) bool {
			return func(l compare.Line) bool { return l.Key == key }
		}
		return []Check{
			find(name, "difference of AUROC", 0, true, lines, is(compare.KeyTargetAUROCDifference)),
			find(name, "separation", math.NaN(), same || strength == 0, lines, is(compare.KeySeparation)),
		}, nil
	}}
}

// layers are two labels at 6 layers: the first is held from layer 2 on, the
// second from layer 4, and a fifth of that a layer before. Layers share most of
// their noise, as those of one stream do.
func layers(n int) World {
	const name = "targets: read from layers 2 and 4"
	strength := [2][]float64{{0, 0.2, 1, 1, 1, 1}, {0, 0, 0, 0.2, 1, 1}}
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		rng := s.rng(number)
		label, _ := labels(rng, n, false)
		t := compare.Targets{Names: [2]string{"know", "act"}, Label: label}
		var shared [][]float64
		for i := range n {
			shared = append(shared, normal(rng, width))
			t.Group, t.Fold = append(t.Group, i/perGroup), append(t.Fold, i/perGroup%5)
		}
		for l := range strength[0] {
			layer := compare.TargetLayer{Layer: l}
			var x [][]float64
			for i := range n {
				row := normal(rng, width)
				for j := range row {
					row[j] = math.Sqrt(0.95)*shared[i][j] + math.Sqrt(0.05)*row[j]
				}
				for k := range label {
					row[k] += strength[k][l] * sign(label[k][i])
				}
				x = append(x, row)
			}
			for k := range label {
				layer.Score[k] = outOfFold(x, label[k], t.Fold)
			}
			t.Layers = append(t.Layers, layer)
		}
		lines, err := t.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		reached := func(target string) func(compare.Line) bool {
			return func(l compare.Line) bool { return l.Key == compare.KeyLayerReached && l.Train == target }
		}
		return []Check{
			find(name, "layer reached, first", 2, false, lines, reached("know")),
			find(name, "layer reached, second", 4, false, lines, reached("act")),
			find(name, "layer lag", 2, false, lines, whole("probe", compare.KeyLayerLag)),
		}, nil
	}}
}
