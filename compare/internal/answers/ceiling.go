package answers

import (
	"context"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/compare"
	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// Ceilings are worlds of judgements whose true shares are known. In the first four
// they have a beta distribution, as the estimator takes them to have; in the others
// they have not.
func Ceilings() []World {
	beta := func(a, b float64) func(u float64) float64 { return distuv.Beta{Alpha: a, Beta: b}.Quantile }
	five := func(int) float64 { return 5 }
	uneven := func(i int) float64 { return []float64{1, 2, 3, 5, 12}[i%5] }
	return []World{
		ceiling("ceiling: 60 groups, 5 judges", 60, 0.3, five, beta(1.5, 1)),
		ceiling("ceiling: 25 groups, 5 judges", 25, 0.3, five, beta(1.5, 1)),
		ceiling("ceiling: 60 groups, 1 to 12 judges", 60, 0.3, uneven, beta(0.6, 0.9)),
		ceiling("ceiling: little disagreement, 3 judges", 60, 0.3, func(int) float64 { return 3 }, beta(0.2, 0.3)),
		ceiling("ceiling: two kinds of rows, 5 judges", 60, 0.3, five, func(u float64) float64 {
			if u < 0.5 {
				return 0.1
			}
			return 0.6
		}),
		ceiling("ceiling: logits are normal, 1 to 12 judges", 60, 0.3, uneven, func(u float64) float64 {
			return 1 / (1 + math.Exp(-0.5-1.5*distuv.UnitNormal.Quantile(u)))
		}),
	}
}

// ceiling is a world of groups of 4 rows. True shares are what the function makes of
// a uniform number, whose normal quantiles have a correlation within groups. The truth
// of the ceiling is what one who knows these shares scores on the very rows, that of
// the variance the one of the population.
func ceiling(name string, groups int, within float64, judges func(row int) float64, share func(u float64) float64) World {
	const points = 20000
	var mean, differ float64
	for i := range points {
		p := share((float64(i) + 0.5) / points)
		mean += p / points
		differ += p * (1 - p) / points
	}
	beyond := 1 - differ/(mean*(1-mean))
	return World{name, func(ctx context.Context, s Settings, number int) ([]Check, error) {
		source := estimate.Source(s.Seed, uint64(number))
		rng := s.rng(number)
		var d compare.Disagreement
		var known, shares, n []float64
		for g := range groups {
			shared := rng.NormFloat64()
			for range 4 {
				p := share(phi(math.Sqrt(within)*shared + math.Sqrt(1-within)*rng.NormFloat64()))
				many := judges(len(known))
				yes := distuv.Binomial{N: many, P: p, Src: source}.Rand()
				known, shares, n = append(known, p), append(shares, yes/many), append(n, many)
				d.Group, d.Fold = append(d.Group, g), append(d.Fold, g%5)
			}
		}
		d.Target = target.Share(shares, n)
		lines, err := d.Measure(ctx, s.compare(number))
		if err != nil {
			return nil, err
		}
		checks := []Check{find(name, compare.KeySharedVariance, beyond, false, lines, func(l compare.Line) bool { return l.Key == compare.KeySharedVariance })}
		for _, m := range metric.For(target.KindShare) {
			truth, err := m.Value(d.Target, known, nil)
			if err != nil {
				truth = math.NaN()
			}
			checks = append(checks, find(name, m.Key, truth, false, lines, whole(compare.Ceiling, m.Key)))
		}
		return checks, nil
	}}
}
