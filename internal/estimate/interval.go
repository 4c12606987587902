package estimate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// addInterval gives e the expanded percentile interval of its draws (Hesterberg
// 2015, The American Statistician 69:371, section 5.3): the percentile interval
// with its tail probability reduced from α/2 to Φ(-√(g/(g-1)) t(1-α/2, g-1)),
// which makes up for the g groups being treated as the population.
func (b Bootstrap) addInterval(e *Estimate, draws []float64) {
	e.Method = fmt.Sprintf("expanded percentile interval, %d cluster bootstrap draws", b.Draws)
	kept := slices.DeleteFunc(draws, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
	failed := b.Draws - len(kept)
	if 2*failed > b.Draws {
		e.warn("no interval: %d of %d bootstrap draws gave no value", failed, b.Draws)
		return
	}
	slices.Sort(kept)
	if kept[0] == kept[len(kept)-1] {
		e.warn("no interval: every bootstrap draw gave the same value")
		return
	}
	if failed > 0 {
		e.warn("%d of %d bootstrap draws gave no value and are left out", failed, b.Draws)
	}
	if e.Groups < fewGroups {
		e.warn("only %d groups: below about %d the interval is uncertain and often too narrow", e.Groups, fewGroups)
	}
	tail := expandedTail(b.Level, e.Groups)
	e.Interval = &Interval{
		Low:   stat.Quantile(tail, stat.LinInterp, kept, nil),
		High:  stat.Quantile(1-tail, stat.LinInterp, kept, nil),
		Level: b.Level,
	}
}

func expandedTail(level float64, groups int) float64 {
	g := float64(groups)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: g - 1}.Quantile((1 + level) / 2)
	return distuv.UnitNormal.CDF(-math.Sqrt(g/(g-1)) * t)
}
