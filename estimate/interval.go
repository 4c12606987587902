package estimate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// addInterval gives e its BCa interval (bias-corrected and accelerated; Efron
// 1987, JASA 82:171; Efron and Tibshirani 1993, An Introduction to the
// Bootstrap, chapter 14), with the acceleration from a jackknife over groups and
// the tails expanded for the number of groups (expandedTail).
func (b Bootstrap) addInterval(e *Estimate, draws, jackknife []float64) {
	e.Method = fmt.Sprintf("expanded BCa, %d cluster bootstrap draws", b.Draws)
	draws = finite(draws)
	failed := b.Draws - len(draws)
	if 2*failed > b.Draws {
		e.Warn(NoInterval, "no interval: %d of %d bootstrap draws gave no value", failed, b.Draws)
		return
	}
	slices.Sort(draws)
	if draws[0] == draws[len(draws)-1] {
		e.Warn(NoInterval, "no interval: every bootstrap draw gave the same value")
		return
	}
	below := shareBelow(draws, e.Value)
	if below == 0 || below == 1 {
		e.Warn(NoInterval, "no interval: all bootstrap draws lie on one side of the value")
		return
	}
	a := acceleration(finite(jackknife))
	z0 := distuv.UnitNormal.Quantile(below)
	z := distuv.UnitNormal.Quantile(expandedTail(b.Level, e.Groups))
	interval := Interval{
		Low:       stat.Quantile(bcaLevel(z0, z, a), stat.LinInterp, draws, nil),
		High:      stat.Quantile(bcaLevel(z0, -z, a), stat.LinInterp, draws, nil),
		Level:     b.Level,
		LowError:  endError(draws, below, z, a),
		HighError: endError(draws, below, -z, a),
	}
	if e.Value < interval.Low || e.Value > interval.High {
		e.Warn(NoInterval, "no interval: %.1f%% of bootstrap draws lie below the value, which is too biased in samples of this size", 100*below)
		return
	}
	e.Interval = &interval
	if failed > 0 {
		e.Warn(DrawsLeftOut, "%d of %d bootstrap draws gave no value and are left out", failed, b.Draws)
	}
	if e.Groups < fewGroups {
		e.Warn(FewGroups, "only %d groups: below about %d the interval is uncertain and often too narrow", e.Groups, fewGroups)
	}
	if below < 0.1 || below > 0.9 {
		e.Warn(Biased, "%.0f%% of bootstrap draws lie below the value: it is biased in samples of this size, and its interval is approximate", 100*below)
	}
}

// Widen makes room for an error that the draws do not show and that is independent of
// theirs, whose variance was estimated with so many degrees of freedom. An end moves to
// the root of the sum of squares of its own distance from the value and of that of the
// error's own Student interval (Howe 1974, JASA 69:789; Zou and Donner 2008, Stat. Med.
// 27:1693). Unlike one quantile for the sum of both variances, this gets no
// narrower where a variance of one or two degrees happens to be small. Ends lie between low and
// high.
func (e *Estimate) Widen(variance, degrees, low, high float64) {
	if e.Interval == nil || !(variance > 0) {
		return
	}
	i := *e.Interval
	reach := math.Sqrt(variance) * distuv.StudentsT{Sigma: 1, Nu: degrees}.Quantile((1+i.Level)/2)
	down, up := math.Hypot(e.Value-i.Low, reach), math.Hypot(i.High-e.Value, reach)
	i.LowError *= (e.Value - i.Low) / down
	i.HighError *= (i.High - e.Value) / up
	i.Low, i.High = max(low, e.Value-down), min(high, e.Value+up)
	e.Interval = &i
	e.Method += fmt.Sprintf(", widened by a Student interval of %g df", degrees)
}

func finite(x []float64) []float64 {
	return slices.DeleteFunc(x, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// shareBelow is the share of the sorted draws below x, those equal to x counted
// half.
func shareBelow(draws []float64, x float64) float64 {
	less, _ := slices.BinarySearch(draws, x)
	equal := 0
	for less+equal < len(draws) && draws[less+equal] == x {
		equal++
	}
	return (float64(less) + float64(equal)/2) / float64(len(draws))
}

// acceleration is Efron and Tibshirani (1993), equation 14.15, from values with
// one group left out each. It has no unit, so deviations are taken in units of
// the largest, whose powers neither underflow nor overflow.
func acceleration(jackknife []float64) float64 {
	mean := stat.Mean(jackknife, nil)
	var largest, squares, cubes float64
	for _, x := range jackknife {
		largest = max(largest, math.Abs(mean-x))
	}
	if largest == 0 || math.IsInf(largest, 0) {
		return 0
	}
	for _, x := range jackknife {
		d := (mean - x) / largest
		squares += d * d
		cubes += d * d * d
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

// bcaLevel is the quantile of the draws at which an interval with bias
// correction z0 and acceleration a ends, for the normal quantile z.
func bcaLevel(z0, z, a float64) float64 {
	if math.IsInf(z, 0) {
		return distuv.UnitNormal.CDF(z)
	}
	shrink := 1 - a*(z0+z)
	if shrink <= 0 {
		return distuv.UnitNormal.CDF(math.Inf(int(math.Copysign(1, z0+z))))
	}
	return distuv.UnitNormal.CDF(z0 + (z0+z)/shrink)
}

// expandedTail is the tail probability Φ(-√(g/(g-1)) t), with t the quantile of
// Student's distribution of g-1 degrees of freedom that belongs to level. It
// makes up for the g groups being treated as the population (Hesterberg 2015,
// The American Statistician 69:371, "expanded percentile" interval).
func expandedTail(level float64, groups int) float64 {
	g := float64(groups)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: g - 1}.Quantile((1 + level) / 2)
	return distuv.UnitNormal.CDF(-math.Sqrt(g/(g-1)) * t)
}
