package estimate

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// clusters are the groups of rows, renamed to 0..n-1 in the order of their numbers,
// so that draws do not depend on the order of rows.
type clusters struct {
	of []int // by row
	n  int
}

func clustersOf(groups []int) clusters {
	c := clusters{of: make([]int, len(groups))}
	at := make(map[int]int)
	for _, g := range groups {
		at[g] = 0
	}
	for k, g := range slices.Sorted(maps.Keys(at)) {
		at[g] = k
	}
	for i, g := range groups {
		c.of[i] = at[g]
	}
	c.n = len(at)
	return c
}

// draw returns each statistic at each bootstrap draw.
func (b Bootstrap) draw(c clusters, k int, f Statistics) [][]float64 {
	return b.weigh(c, b.Draws, k, f, b.resample)
}

// resample sets how often each group is drawn.
func (b Bootstrap) resample(draw int, times []float64) {
	r := rand.New(Source(b.Seed, uint64(draw)))
	clear(times)
	for range times {
		times[r.IntN(len(times))]++
	}
}

// Weights is how often each row counts in one draw: the draw that Estimate
// gives to its statistics under the same number and seed.
func (b Bootstrap) Weights(groups []int, draw int) []float64 {
	c := clustersOf(groups)
	times, w := make([]float64, c.n), make([]float64, len(groups))
	b.resample(draw, times)
	for row, g := range c.of {
		w[row] = times[g]
	}
	return w
}

// maxJackknife bounds the number of times that the jackknife leaves something
// out; of more groups, it leaves out blocks.
const maxJackknife = 200

// jackknife returns each statistic without each group, or block of groups.
func (b Bootstrap) jackknife(c clusters, k int, f Statistics) [][]float64 {
	blocks := min(c.n, maxJackknife)
	return b.weigh(c, blocks, k, f, func(block int, times []float64) {
		for g := range times {
			times[g] = 1
			if g%blocks == block {
				times[g] = 0
			}
		}
	})
}

// weigh returns each statistic at each of count weightings of the groups,
// [statistic][weighting], NaN where it has no value. The function weighting
// fills in how often each group counts.
func (b Bootstrap) weigh(c clusters, count, k int, f Statistics, weighting func(i int, times []float64)) [][]float64 {
	values := make([][]float64, k)
	for s := range values {
		values[s] = make([]float64, count)
	}
	var next atomic.Int64
	work := func() {
		times := make([]float64, c.n)
		w := make([]float64, len(c.of))
		out := make([]Value, k)
		for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
			weighting(i, times)
			for row, g := range c.of {
				w[row] = times[g]
			}
			clear(out)
			f(w, out)
			for s, v := range out {
				values[s][i] = v.X
				if v.Reason != "" {
					values[s][i] = math.NaN()
				}
			}
		}
	}
	var wg sync.WaitGroup
	for range b.Workers {
		wg.Go(work)
	}
	wg.Wait()
	return values
}

// Source returns the generator of stream number k under a seed. Both are mixed
// first, so that nothing depends on how PCG treats neighbouring states.
func Source(seed, k uint64) *rand.PCG {
	return rand.NewPCG(mix(seed), mix(k))
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
