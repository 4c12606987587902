package compare

import (
	"context"
	"math/rand/v2"

	"tell/estimate"
)

// swapped exchanges the sides on some rows.
func swapped[T any](x [2][]T, swap []bool) [2][]T {
	var out [2][]T
	for k := range out {
		out[k] = make([]T, len(swap))
		for i, s := range swap {
			from := k
			if s {
				from = 1 - k
			}
			out[k][i] = x[from][i]
		}
	}
	return out
}

// exchangeStream keeps these draws apart from those of other purposes.
const exchangeStream = 0x65786368616e6765 // "exchange"

// exchange draws k statistics with the conditions exchanged in a fair half of the
// groups. Draw b has the same coin for a group whatever is computed.
func exchange(ctx context.Context, group []int, s Settings, k int, at func(swap []bool) *block) ([][]float64, error) {
	if s.Permutations == 0 || len(group) == 0 {
		return nil, nil
	}
	code, groups := renumber(group)
	draws := make([][]float64, k)
	swap, coin := make([]bool, len(group)), make([]bool, groups)
	for b := range s.Permutations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rng := rand.New(estimate.Source(s.Seed^exchangeStream, uint64(b)))
		for g := range coin {
			coin[g] = rng.IntN(2) == 1
		}
		for i, g := range code {
			swap[i] = coin[g]
		}
		for j, v := range at(swap).point() {
			if v.Reason == "" {
				draws[j] = append(draws[j], v.X)
			}
		}
	}
	return draws, nil
}
