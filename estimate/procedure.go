package estimate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Scale is what a statistic is measured on, so that its errors are symmetric
// and a learning curve has a known form.
type Scale int

// The scales.
const (
	// Probit is the normal quantile of a statistic from 0 to 1 that is better
	// when higher, such as AUROC or accuracy.
	Probit Scale = iota
	// Log is the logarithm of a positive statistic that is better when lower,
	// such as a loss.
	Log
)

// to takes x to the scale, from takes it back, and slope is the derivative of
// to.
func (s Scale) to(x float64) float64 {
	if s == Log {
		return math.Log(x)
	}
	return distuv.UnitNormal.Quantile(x)
}

func (s Scale) from(x float64) float64 {
	if s == Log {
		return math.Exp(x)
	}
	return distuv.UnitNormal.CDF(x)
}

func (s Scale) slope(x float64) float64 {
	if s == Log {
		return 1 / x
	}
	return 1 / distuv.UnitNormal.Prob(distuv.UnitNormal.Quantile(x))
}

// Retrained is what a metric of out-of-fold scores becomes on resampled groups.
type Retrained struct {
	// Value is the metric that the interval is for, Observed that of the probes
	// that the draws train again, where the value comes from others, such as
	// those whose C was chosen in every fold.
	Value, Observed float64
	// Chosen says that the value is of probes whose C was chosen, which the
	// draws do not do anew.
	Chosen bool
	// Held and Anew are its draws, under the same resamples: of the scores as
	// they are, and of probes that were trained again on the resample. Draws
	// without a value are NaN.
	Held, Anew []float64
	// N and Groups are of the rows, Folds is the number of outer folds.
	N, Groups, Folds int
	Scale            Scale
}

// Procedure gives the value an interval for the procedure: for what a probe
// trained on as many rows does in the population, on average over data sets. On
// the scale, with t the quantile of Student's distribution of Groups-1 degrees
// of freedom, it is
//
//	centre ± t s,  s² = stretch² (held + max(0, anew - held)/2)
//
// held and anew are the variances of the draws. A resample weighs its rows
// unequally, 0 to 5 times or so; what is trained on it is as uncertain as on
// half of the rows, (Σw)²/Σw² (Kish 1965, Survey Sampling, section 11.7). What
// training adds to the variance goes with one over the rows, so that half of
// what it adds in the resamples is what it adds in data sets. Choosing C in the
// folds adds what draws at one C do not show; for such a value the whole of what
// training adds in the resamples is taken, not half.
//
// The same reckoning moves the centre. Of F folds the value is that of probes
// trained on n(F-1)/F rows, and the mean of anew is that of half as many. The
// learning curve through both, taken to n rows, is a step of 1/F of their
// distance in one over the rows. For a linear direction found in noise the
// quantile z of AUROC has 1/z² linear in 1/n (z = Δ/√(1 + k/n); Raudys and Young
// 2004, J. Multivariate Anal. 89:1), so that
//
//	centre = stretch z,  stretch = 1 / √(1 - (r-1)/F)
//	r = (z of observed / z of anew)², held to 1 <= r <= 2
//
// where 2 is that of a direction all noise; at or below 1/2 nothing moves. The
// logarithm of a loss takes the step as it is, of at most log 2 / F, and no
// stretch.
//
// Other than the intervals of Bates, Hastie and Tibshirani (2024, JASA 119),
// which need hundreds of nested cross-validations and a mean over rows, it costs
// draws x folds probes and serves AUROC.
func (r Retrained) Procedure(level float64) Estimate {
	if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		return NotEstimable(r.N, r.Groups, fmt.Sprintf("the value is %v", r.Value))
	}
	draws := len(r.Anew)
	e := Estimate{Value: r.Value, N: r.N, Groups: r.Groups, Method: fmt.Sprintf("procedure, %d cluster bootstrap draws retrained", draws)}
	var held, anew []float64
	for b, x := range r.Anew {
		if !math.IsNaN(x) && !math.IsNaN(r.Held[b]) {
			held, anew = append(held, r.Held[b]), append(anew, x)
		}
	}
	failed := draws - len(anew)
	if 2*failed > draws || len(anew) < 2 {
		e.Warn(NoInterval, "no interval: %d of %d bootstrap draws gave no value", failed, draws)
		return e
	}
	if r.Groups < 2 {
		e.Warn(NoInterval, "no interval: all rows are in one group")
		return e
	}
	at := r.Scale.to(r.Value)
	centre, stretch := r.centre(at, stat.Mean(anew, nil))
	sd := stretch * r.spread(held, anew)
	if !(sd > 0) || math.IsInf(sd, 0) || math.IsInf(centre, 0) || math.IsNaN(centre) {
		e.Warn(NoInterval, "no interval: the value or its draws lie at the end of what they can be")
		return e
	}
	half := sd * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(r.Groups - 1)}.Quantile((1+level)/2)
	e.Interval = &Interval{Low: r.Scale.from(centre - half), High: r.Scale.from(centre + half), Level: level}
	// A standard deviation of B draws has an error of 1/√(2B) of itself.
	moves := half / math.Sqrt(2*float64(len(anew)))
	e.Interval.LowError, e.Interval.HighError = moves/r.Scale.slope(e.Interval.Low), moves/r.Scale.slope(e.Interval.High)
	if e.Excludes(r.Value) {
		e.Warn(Biased, "the interval is for probes trained on all rows and does not hold the value, which is that of probes trained on fewer")
	}
	if failed > 0 {
		e.Warn(DrawsLeftOut, "%d of %d bootstrap draws gave no value and are left out", failed, draws)
	}
	if r.Groups < fewGroups {
		e.Warn(FewGroups, "only %d groups: below about %d the interval is uncertain and often too narrow", r.Groups, fewGroups)
	}
	return e
}

// centre takes the value, which is at on the scale, to as many rows as there
// are, along the learning curve through the observed one and the mean of the
// draws, and returns what it stretches errors by.
func (r Retrained) centre(at, anew float64) (centre, stretch float64) {
	observed, below := r.Scale.to(r.Observed), r.Scale.to(anew)
	step := 1 / float64(r.Folds)
	if r.Scale == Log {
		return at - step*min(max(below-observed, 0), math.Ln2), 1
	}
	if at <= 0 || observed <= 0 {
		return at, 1
	}
	ratio := 2.0
	if below > 0 {
		ratio = min(max(observed*observed/(below*below), 1), 2)
	}
	stretch = 1 / math.Sqrt(1-step*(ratio-1))
	return at * stretch, stretch
}

// spread is the standard deviation of the procedure's value on the scale. That
// of each kind of draws is taken to the scale at their mean, which draws at the
// very ends of it do not harm.
func (r Retrained) spread(held, anew []float64) float64 {
	variance := func(x []float64) float64 {
		mean, sd := stat.MeanStdDev(x, nil)
		if sd == 0 {
			return 0
		}
		sd *= r.Scale.slope(mean)
		return sd * sd
	}
	h, a := variance(held), variance(anew)
	if r.Chosen {
		return math.Sqrt(max(h, a))
	}
	return math.Sqrt(h + max(0, a-h)/2)
}
