package answers

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"tell/compare"
)

// Efforts are the worlds of effort beside a difficulty.
func Efforts() []World {
	return []World{
		efforts("effort: follows, 60 groups", 60, 0.9, 0.6),
		efforts("effort: does not follow, 60 groups", 60, 0.9, 0),
		efforts("effort: follows a little, 25 groups", 25, 0.7, 0.3),
	}
}

// efforts is a world in which the difficulty, what is decoded of it and the effort
// are normal, at correlations with the difficulty of decoded and spent, and with
// nothing else in common. Everything has a correlation of 0.3 within groups of 4.
// The effort has mean 40 and standard deviation 10.
func efforts(name string, groups int, decoded, spent float64) World {
	const mean, deviation, within = 40, 10, 0.3
	both := decoded * spent // correlation of what is decoded and the effort
	z := distuv.UnitNormal.Quantile(1. / 3)
	low := -3 * distuv.UnitNormal.Prob(z) // mean of the lowest third of a normal
	spearman := func(r float64) float64 { return 6 / math.Pi * math.Asin(r/2) }
	// The rank of the effort has mean Φ(both·x / √(2 - both²)) where x is decoded.
	rank := 3 * quad.Fixed(func(x float64) float64 {
		return distuv.UnitNormal.Prob(x) * distuv.UnitNormal.CDF(both*x/math.Sqrt(2-both*both))
	}, -9, z, 200, nil, 0)
	numbers := []struct {
		key, predictor string
		truth          float64
	}{
		{compare.KeyRankDecoded, "probe", spearman(decoded)},
		{compare.KeyRankEffort, "effort", spearman(spent)},
		{compare.KeyRankLead, "probe", spearman(decoded) - spearman(spent)},
		{compare.KeyConcordEffort, "effort", 0.5 + math.Asin(spent)/math.Pi},
		{compare.KeyEffortEasy, "effort", mean + deviation*both*low},
		{compare.KeyEffortEasyOverAll, "effort", (mean + deviation*both*low) / (mean - deviation*both*low)},
		{compare.KeyRankGapEasy, "effort", rank - 1./6},
		{compare.KeyExcessEasy, "effort", deviation * (both - 1) * low},
	}
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		r := s.rng(number)
		var d compare.Effort
		for g := range groups {
			shared := [3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
			for range 4 {
				draw := func(k int) float64 {
					return math.Sqrt(within)*shared[k] + math.Sqrt(1-within)*r.NormFloat64()
				}
				x := draw(0)
				d.ID, d.Group = append(d.ID, fmt.Sprint(len(d.ID))), append(d.Group, g)
				d.Difficulty = append(d.Difficulty, x)
				d.Decoded = append(d.Decoded, decoded*x+math.Sqrt(1-decoded*decoded)*draw(1))
				d.Effort = append(d.Effort, mean+deviation*(spent*x+math.Sqrt(1-spent*spent)*draw(2)))
			}
		}
		lines, err := d.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		var checks []Check
		for _, n := range numbers {
			ignores := spent == 0 && (n.key == compare.KeyRankGapEasy || n.key == compare.KeyExcessEasy)
			checks = append(checks, find(name, n.key, n.truth, ignores, lines, func(l compare.Line) bool { return l.Key == n.key && l.Predictor == n.predictor }))
		}
		return checks, nil
	}}
}
