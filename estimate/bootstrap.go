package estimate

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
)

// Bootstrap holds the settings of a cluster bootstrap. The zero value is ready
// to use.
//
// A draw resamples whole groups with replacement (the cluster bootstrap of
// Field and Welsh 2007, J. R. Statist. Soc. B 69:369; "pairs cluster bootstrap"
// in Cameron, Gelbach and Miller 2008, Rev. Econ. Stat. 90:414), so rows
// of one group stay together and their dependence widens the interval. A
// draw is kept as the weight of each row, the number of times its group was
// drawn. All statistics of a call see the same draws: the interval of a
// difference is that of a paired difference.
//
// Intervals are BCa, bias-corrected and accelerated (Efron 1987, J. Am. Statist.
// Assoc. 82:171), with the acceleration from a jackknife over groups and the tails
// expanded for the number of groups (Hesterberg 2015, Am. Statist. 69:371). An
// interval that the draws do not determine is left out, with a warning.
//
// A negative number of draws or workers and a level outside of 0 to 1 panic.
type Bootstrap struct {
	Draws   int     // number of draws; 0 means 2000
	Level   float64 // nominal coverage, between 0 and 1; 0 means 0.95
	Seed    uint64  // draw b depends on Seed and b alone, not on Workers
	Workers int     // concurrent draws; 0 means GOMAXPROCS
}

// A Value is a statistic at one set of weights. If Reason is not empty it says
// why there is no number, and X means nothing.
type Value struct {
	X      float64
	Reason string
}

// Minus is the difference to another value, which has no number where either has none.
func (v Value) Minus(other Value) Value {
	return Value{X: v.X - other.X, Reason: cmp.Or(v.Reason, other.Reason)}
}

// Statistics computes every statistic of a call from the weight of each row and
// stores them in out, one element for each statistic. It is called concurrently
// and must not keep w or out.
type Statistics func(w []float64, out []Value)

// fewGroups is the number of groups below which intervals carry a warning.
// Cameron, Gelbach and Miller (2008) find over-rejection with 5 to 30 clusters.
const fewGroups = 20

// Check reports settings that no bootstrap can have.
func (b Bootstrap) Check() error {
	switch {
	case b.Draws < 0:
		return fmt.Errorf("bootstrap: found %d draws, expected 0 or more", b.Draws)
	case b.Workers < 0:
		return fmt.Errorf("bootstrap: found %d workers, expected 0 or more", b.Workers)
	case b.Level != 0 && !(b.Level > 0 && b.Level < 1):
		return fmt.Errorf("bootstrap: found level %v, expected one between 0 and 1, such as 0.95", b.Level)
	}
	return nil
}

// Estimate computes k statistics and an interval for each. groups has one number
// for every row, equal for the rows of a group; draws go by the order of the numbers,
// which [Numbered] takes from names. The values
// are those of weight 1 for every row. Rows of a single group have no interval. It panics
// with settings that Check refuses.
func (b Bootstrap) Estimate(groups []int, k int, f Statistics) []Estimate {
	b = b.withDefaults()
	c := clustersOf(groups)
	point := make([]Value, k)
	f(ones(len(groups)), point)
	var draws, jackknife [][]float64
	if c.n > 1 {
		draws = b.draw(c, k, f)
		jackknife = b.jackknife(c, k, f)
	}
	out := make([]Estimate, k)
	for s, v := range point {
		switch {
		case v.Reason != "":
			out[s] = NotEstimable(len(groups), c.n, v.Reason)
		case math.IsNaN(v.X) || math.IsInf(v.X, 0):
			out[s] = NotEstimable(len(groups), c.n, fmt.Sprintf("the value is %v", v.X))
		default:
			out[s] = Estimate{Value: v.X, N: len(groups), Groups: c.n}
			if c.n > 1 {
				b.addInterval(&out[s], draws[s], jackknife[s])
			} else {
				out[s].Warn(NoInterval, "no interval: all rows are in one group")
			}
		}
	}
	return out
}

func (b Bootstrap) withDefaults() Bootstrap {
	if err := b.Check(); err != nil {
		panic("estimate: " + err.Error())
	}
	if b.Draws == 0 {
		b.Draws = 2000
	}
	if b.Level == 0 {
		b.Level = 0.95
	}
	if b.Workers == 0 {
		b.Workers = runtime.GOMAXPROCS(0)
	}
	return b
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}
