package gap

import (
	"fmt"
	"tell/estimate"

	"gonum.org/v1/gonum/stat/distuv"
)

// mcnemar is McNemar's exact test of KBA = ABK (McNemar 1947, Psychometrika
// 12:153): given the discordant rows, either kind is equally likely.
type mcnemar struct{}

func (mcnemar) about() about {
	return about{
		key:        KeyMcNemar,
		title:      "McNemar's exact test of the net gap",
		definition: "two-sided exact binomial p-value of KBA = ABK given the number of discordant rows; treats rows as independent",
		kind:       PValue,
		exact:      "exact binomial test",
	}
}

func (mcnemar) at(v *view) value {
	t := v.table()
	n := t.Discordant()
	if n == 0 {
		return value{reason: "probe and behaviour are right on the same rows"}
	}
	return value{x: evenOdds(t.OnlyProbe, n), n: float64(n)}
}

func (mcnemar) notes(v *view) []estimate.Warning {
	rows, groups := len(v.group), countGroups(v.group)
	if groups == rows {
		return nil
	}
	return []estimate.Warning{{Code: estimate.DependentRows, Text: fmt.Sprintf("treats rows as independent, but %d rows are in %d groups: the sign-flip test holds for dependent rows", rows, groups)}}
}

// evenOdds is the two-sided p-value of k successes in n > 0 trials under
// probability 1/2.
func evenOdds(k, n int) float64 {
	k = min(k, n-k)
	return min(1, 2*distuv.Binomial{N: float64(n), P: 0.5}.CDF(float64(k)))
}
