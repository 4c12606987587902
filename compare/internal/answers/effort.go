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
		efforts("effort: follows, 60 groups", 60, 0.9, 0.6, 0.8, 1),
		efforts("effort: does not follow, 60 groups", 60, 0.9, 0, 0.8, 1),
		efforts("effort: follows a little, 25 groups", 25, 0.7, 0.3, 0.5, 1),
		efforts("effort: 39% cut off, 60 groups", 60, 0.9, 0.6, 0.8, 0.61),
		efforts("effort: the rival reads as much, 60 groups", 60, 0.9, 0.3, 0.9, 1),
	}
}

// efforts is a world in which the difficulty, what is decoded of it, what a rival reads
// and the effort are normal, at correlations with the difficulty of decoded, rival and
// spent, and with nothing else in common. Everything has a correlation of 0.3 within
// groups of 4. The effort has mean 40 and standard deviation 10, and is cut off
// beyond its quantile whole.
func efforts(name string, groups int, decoded, spent, rival, whole float64) World {
	const mean, deviation, within = 40, 10, 0.3
	both := decoded * spent // correlation of what is decoded and the effort
	z := distuv.UnitNormal.Quantile(1. / 3)
	low := -3 * distuv.UnitNormal.Prob(z) // mean of the lowest third of a normal
	spearman := func(r float64) float64 { return 6 / math.Pi * math.Asin(r/2) }
	// The rank of the effort has mean Φ(both·x / √(2 - both²)) where x is decoded.
	rank := 3 * quad.Fixed(func(x float64) float64 {
		return distuv.UnitNormal.Prob(x) * distuv.UnitNormal.CDF(both*x/math.Sqrt(2-both*both))
	}, -9, z, 200, nil, 0)
	pairs := func(r float64) float64 { return 0.5 + math.Asin(r)/math.Pi }
	type number struct {
		key, predictor string
		truth          float64
	}
	numbers := []number{
		{compare.KeyRankDecoded, "probe", spearman(decoded)},
		{compare.KeyRankOverRival, "rival", spearman(decoded) - spearman(rival)},
		{compare.KeyConcordOverRival, "rival", pairs(decoded) - pairs(rival)},
	}
	limit := math.Inf(1)
	if whole < 1 {
		c := distuv.UnitNormal.Quantile(whole)
		limit = mean + deviation*c
		read, took := ofComparable(decoded, spent, c)
		numbers = append(numbers,
			number{compare.KeyConcordEffort, "effort", took},
			number{compare.KeyConcordLead, "probe", read - took},
			number{compare.KeyEffortEasy, "effort", mean + deviation*3*quad.Fixed(func(x float64) float64 {
				m, sd := both*x, math.Sqrt(1-both*both)
				z := (c - m) / sd
				return distuv.UnitNormal.Prob(x) * (m*distuv.UnitNormal.CDF(z) - sd*distuv.UnitNormal.Prob(z) + c*distuv.UnitNormal.Survival(z))
			}, -9, z, 200, nil, 0)})
	} else {
		numbers = append(numbers,
			number{compare.KeyRankEffort, "effort", spearman(spent)},
			number{compare.KeyRankLead, "probe", spearman(decoded) - spearman(spent)},
			number{compare.KeyConcordEffort, "effort", pairs(spent)},
			number{compare.KeyConcordLead, "probe", pairs(decoded) - pairs(spent)},
			number{compare.KeyEffortEasy, "effort", mean + deviation*both*low},
			number{compare.KeyEffortEasyOverAll, "effort", (mean + deviation*both*low) / (mean - deviation*both*low)},
			number{compare.KeyRankGapEasy, "effort", rank - 1./6},
			number{compare.KeyExcessEasy, "effort", deviation * (both - 1) * low},
			number{compare.KeyExcessOverRival, "rival", deviation * spent * (decoded - rival) * low})
	}
	return World{name, func(ctx context.Context, s Settings, sample int) ([]Check, error) {
		r := s.rng(sample)
		d := compare.Effort{Rivals: []compare.EffortRival{{Name: "rival"}}}
		for g := range groups {
			shared := [4]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
			for range 4 {
				draw := func(k int) float64 {
					return math.Sqrt(within)*shared[k] + math.Sqrt(1-within)*r.NormFloat64()
				}
				x := draw(0)
				d.ID, d.Group = append(d.ID, fmt.Sprint(len(d.ID))), append(d.Group, g)
				d.Difficulty = append(d.Difficulty, x)
				d.Decoded = append(d.Decoded, decoded*x+math.Sqrt(1-decoded*decoded)*draw(1))
				e := mean + deviation*(spent*x+math.Sqrt(1-spent*spent)*draw(2))
				d.Effort, d.Censored = append(d.Effort, min(e, limit)), append(d.Censored, e > limit)
				d.Rivals[0].Decoded = append(d.Rivals[0].Decoded, rival*x+math.Sqrt(1-rival*rival)*draw(3))
			}
		}
		lines, err := d.Measure(ctx, s.compare(sample))
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

// ofComparable are the shares of the comparable pairs that are decoded, and spent, in
// order, where normal efforts are cut off at c. Both rest on the difference of the
// efforts alone, which has density φ(Δ/√2) Φ(√2 (c + Δ/2)) among them.
func ofComparable(decoded, spent, c float64) (read, took float64) {
	n := distuv.UnitNormal
	over := func(f func(by float64) float64) float64 {
		return quad.Fixed(func(by float64) float64 {
			return f(by) * n.Prob(by/math.Sqrt2) * n.CDF(math.Sqrt2*(c+by/2))
		}, 0, 12, 100, nil, 0)
	}
	sd := math.Sqrt(2 * (1 - spent*spent)) // of the difference in difficulty, where that of the efforts is given
	all := over(func(float64) float64 { return 1 })
	took = over(func(by float64) float64 { return n.CDF(spent * by / sd) })
	read = over(func(by float64) float64 {
		return quad.Fixed(func(z float64) float64 {
			return n.Prob(z) * n.CDF(math.Abs(spent*by+sd*z)*decoded/math.Sqrt(2*(1-decoded*decoded)))
		}, -9, 9, 400, nil, 0)
	})
	return read / all, took / all
}
