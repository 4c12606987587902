package compare

import (
	"cmp"
	"context"
)

// ExchangeDraws gives the changes of the probe between the conditions and their
// draws under exchange, by key. A statistic without a value on some draw is left
// out.
func ExchangeDraws(ctx context.Context, d Condition, s Settings) (observed map[string]float64, draws map[string][]float64, err error) {
	if err := cmp.Or(s.check(ctx), d.check()); err != nil {
		return nil, nil, err
	}
	c := scoredPair{d.Names, probePredictor, d.Label, d.Score}
	b := &block{group: d.Group}
	c.changes(b)
	point := b.point()
	all, err := exchange(ctx, d.Group, s, len(point), func(swap []bool) *block {
		b := &block{group: d.Group}
		scoredPair{c.names, c.predictor, swapped(c.label, swap), swapped(c.score, swap)}.changes(b)
		return b
	})
	if err != nil {
		return nil, nil, err
	}
	observed, draws = make(map[string]float64), make(map[string][]float64)
	k := 0
	for _, st := range b.stats {
		for _, l := range st.lines {
			if l.Column == "" && point[k].Reason == "" && all != nil && len(all[k]) == s.Permutations {
				observed[l.Key], draws[l.Key] = point[k].X, all[k]
			}
			k++
		}
	}
	return observed, draws, nil
}
