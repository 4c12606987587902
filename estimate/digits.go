package estimate

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Decimals that are printed at least, whatever the draws carry, and at most.
const (
	leastDecimals = 2
	mostDecimals  = 3
)

// carried is how many Monte Carlo standard errors of an end one unit of its last
// decimal holds. With two, two seeds print ends more than one unit apart in 5%
// of cases; the rest is for the error of the error.
const carried = 2.5

// Digits is how many decimals of the ends hold: as many as one unit of the last
// is no less than 2.5 Monte Carlo standard errors of either end, at least 2 and
// at most 3. Where the errors are not known it is 3.
func (i Interval) Digits() int {
	worst := max(i.LowError, i.HighError)
	digits := mostDecimals
	for digits > leastDecimals && carried*worst > math.Pow10(-digits) {
		digits--
	}
	return digits
}

// endError is the Monte Carlo standard error of an end of a BCa interval, the
// quantile of the sorted draws at bcaLevel(z0, z, acceleration), where z0 is the
// normal quantile of below, the share of the draws below the value.
//
// Both the quantile and z0 come from the B draws. To first order the error of
// the end is that of a share,
//
//	δ = l δ₀ - δ₁,  Var δ = (l² p₀(1-p₀) - 2l (min(p₀, p₁) - p₀p₁) + p₁(1-p₁)) / B
//
// over the density of the draws at the end, with p₀ = below, p₁ the level, δ₀
// and δ₁ the errors of the empirical distribution at the value and at the end,
// and l the derivative of the level by below. The density comes from the draws
// within two standard deviations of δ (Serfling 1980, Approximation Theorems of
// Mathematical Statistics, section 2.3.3, for the quantile). The jackknife is
// not random.
func endError(draws []float64, below, z, acceleration float64) float64 {
	level := func(p float64) float64 { return bcaLevel(distuv.UnitNormal.Quantile(p), z, acceleration) }
	n := float64(len(draws))
	step := min(math.Sqrt(below*(1-below)/n), below/2, (1-below)/2)
	slope := (level(below+step) - level(below-step)) / (2 * step)
	p := level(below)
	variance := (slope*slope*below*(1-below) - 2*slope*(min(below, p)-below*p) + p*(1-p)) / n
	// No less than the draws are apart.
	sd := math.Sqrt(max(variance, 0))
	reach := max(2*sd, 1/n)
	low, high := max(p-reach, 0), min(p+reach, 1)
	at := func(p float64) float64 { return stat.Quantile(p, stat.LinInterp, draws, nil) }
	return (at(high) - at(low)) / (high - low) * sd
}
