package gap

import (
	"fmt"
	"sort"
)

// smallest is the smallest net gap that the discordant rows could have shown.
type smallest struct{}

func (smallest) about() about {
	return about{
		key:        KeySmallest,
		title:      "Smallest gap that could have been shown",
		definition: "smallest |KBA - ABK| for which McNemar's exact p-value is at most 0.05, given the number of discordant rows; treats rows as independent",
		kind:       Share,
		exact:      "exact binomial test",
	}
}

func (smallest) at(v *view) value {
	n := v.table().Discordant()
	if evenOdds(0, n) > 0.05 {
		return value{reason: fmt.Sprintf("only %d rows are discordant, and no split of fewer than 6 has p ≤ 0.05", n)}
	}
	// The p-value grows with the rarer kind k up to n/2.
	k := sort.Search(n/2+1, func(k int) bool { return evenOdds(k, n) > 0.05 }) - 1
	return value{x: float64(n-2*k) / v.total, n: float64(n)}
}
