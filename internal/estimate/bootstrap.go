package estimate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// Bootstrap holds the settings of a cluster bootstrap. The zero value is ready
// to use.
//
// A draw resamples whole groups with replacement (the cluster bootstrap of
// Field and Welsh 2007, J. R. Statist. Soc. B 69:369; "pairs cluster bootstrap"
// in Cameron, Gelbach and Miller 2008, Rev. Econ. Stat. 90:414), so rows that
// stand in one group stay together and their dependence widens the interval. A
// draw is kept as the weight of each row, the number of times its group was
// drawn. All statistics of a call see the same draws: the interval of a
// difference is that of a paired difference.
type Bootstrap struct {
	Draws   int     // number of draws; 0 means 2000
	Level   float64 // nominal coverage; 0 means 0.95
	Seed    uint64  // draw b depends on Seed and b alone, not on Workers
	Workers int     // concurrent draws; 0 means GOMAXPROCS
}

// A Value is a statistic at one set of weights. If Reason is not empty it says
// why there is no number, and X means nothing.
type Value struct {
	X      float64
	Reason string
}

// Statistics computes every statistic of a run from the weight of each row and
// stores them in out. It is called concurrently and must not keep w or out.
type Statistics func(w []float64, out []Value)

// fewGroups is the number of groups below which intervals carry a warning.
// Cameron, Gelbach and Miller (2008) find over-rejection with 5 to 30 clusters.
const fewGroups = 20

// Estimate computes k statistics on the rows, whose groups are given by any
// integer codes, and an interval for each.
func (b Bootstrap) Estimate(groups []int, k int, f Statistics) []Estimate {
	b = b.withDefaults()
	code, g := dense(groups)
	n := len(groups)

	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	point := make([]Value, k)
	f(w, point)

	var draws [][]float64
	if g > 1 {
		draws = b.draw(code, g, k, f)
	}
	out := make([]Estimate, k)
	for s, v := range point {
		switch {
		case v.Reason != "":
			out[s] = NotEstimable(n, g, v.Reason)
		case math.IsNaN(v.X) || math.IsInf(v.X, 0):
			out[s] = NotEstimable(n, g, fmt.Sprintf("the value is %v", v.X))
		default:
			out[s] = Estimate{Value: v.X, N: n, Groups: g}
			if g > 1 {
				b.addInterval(&out[s], draws[s])
			} else {
				out[s].warn("no interval: all rows stand in one group")
			}
		}
	}
	return out
}

func (e *Estimate) warn(format string, args ...any) {
	e.Warnings = append(e.Warnings, fmt.Sprintf(format, args...))
}

func (b Bootstrap) withDefaults() Bootstrap {
	if b.Draws == 0 {
		b.Draws = 2000
	}
	if b.Level == 0 {
		b.Level = 0.95
	}
	if b.Workers == 0 {
		b.Workers = runtime.GOMAXPROCS(0)
	}
	if b.Draws < 0 || b.Workers < 0 || !(b.Level > 0 && b.Level < 1) {
		panic(fmt.Sprintf("estimate: impossible settings %+v", b))
	}
	return b
}

// dense renames group codes to 0..g-1 in order of appearance.
func dense(groups []int) (code []int, g int) {
	code = make([]int, len(groups))
	seen := make(map[int]int)
	for i, x := range groups {
		c, ok := seen[x]
		if !ok {
			c = len(seen)
			seen[x] = c
		}
		code[i] = c
	}
	return code, len(seen)
}

// draw returns each statistic at each draw, draws[s][d]; NaN where there is no
// value.
func (b Bootstrap) draw(code []int, g, k int, f Statistics) [][]float64 {
	draws := make([][]float64, k)
	for s := range draws {
		draws[s] = make([]float64, b.Draws)
	}
	var next atomic.Int64
	work := func() {
		times := make([]float64, g)
		w := make([]float64, len(code))
		out := make([]Value, k)
		pcg := rand.NewPCG(0, 0)
		r := rand.New(pcg)
		for d := int(next.Add(1)) - 1; d < b.Draws; d = int(next.Add(1)) - 1 {
			pcg.Seed(mix(b.Seed), mix(uint64(d)))
			clear(times)
			for range g {
				times[r.IntN(g)]++
			}
			for i, c := range code {
				w[i] = times[c]
			}
			clear(out)
			f(w, out)
			for s, v := range out {
				draws[s][d] = v.X
				if v.Reason != "" {
					draws[s][d] = math.NaN()
				}
			}
		}
	}
	var wg sync.WaitGroup
	for range b.Workers {
		wg.Go(work)
	}
	wg.Wait()
	return draws
}

// mix is the finalizer of SplitMix64. It keeps the generators of neighbouring
// draws from starting in neighbouring states.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
