// Package estimate holds the type of every number that tell reports: a value
// with its interval, what it was computed from, and what a reader must be told
// about it. Intervals come from a bootstrap over groups of rows (see
// [Bootstrap]).
package estimate

import (
	"fmt"
	"math"
)

// An Interval is a confidence interval.
type Interval struct {
	Low, High float64
	Level     float64 // nominal coverage, 0.95 for a 95% interval
	// LowError and HighError are the Monte Carlo standard errors of the ends:
	// how far they move from one seed to another. 0 where nothing was drawn, or
	// where it is not known.
	LowError, HighError float64
}

// An Estimate is a number computed from rows, or the reason why those rows give
// no number.
type Estimate struct {
	Value    float64   // NaN if not estimable
	Interval *Interval // nil if there is none; Warnings or Method then say why
	N        int       // rows used
	Groups   int       // groups of those rows
	Method   string    // how the interval, or an exact value, was computed
	Reason   string    // why there is no value; empty if there is one
	Warnings []Warning // what a reader must know without the number being withheld
}

// A Warning is what must be said beside a number.
type Warning struct {
	Code string `json:"code"` // stable, such as "few-groups"
	Text string `json:"text"`
}

// String is the text of the warning.
func (w Warning) String() string { return w.Text }

// The codes of warnings.
const (
	// NoInterval: the rows give a value but do not determine an interval.
	NoInterval = "no-interval"
	// Biased: nearly all bootstrap draws lie on one side of the value.
	Biased = "biased"
	// FewGroups: with so few groups intervals are often too narrow.
	FewGroups = "few-groups"
	// DrawsLeftOut: some bootstrap draws gave no value.
	DrawsLeftOut = "draws-left-out"
	// SmallSampleECE: a calibration error of few rows is too high on average.
	SmallSampleECE = "biased-in-small-samples"
	// SameAsNetGap: hidden beyond text is the net gap, since no rival is better
	// than the behaviour.
	SameAsNetGap = "same-as-net-gap"
	// DependentRows: a test that treats rows as independent, though some are in
	// one group.
	DependentRows = "dependent-rows"
)

// Flags lists the codes of the warnings.
func (e Estimate) Flags() []string {
	var codes []string
	for _, w := range e.Warnings {
		codes = append(codes, w.Code)
	}
	return codes
}

// Notes lists the texts of the warnings.
func (e Estimate) Notes() []string {
	var texts []string
	for _, w := range e.Warnings {
		texts = append(texts, w.Text)
	}
	return texts
}

// Warn adds a warning. format and args are those of [fmt.Sprintf].
func (e *Estimate) Warn(code, format string, args ...any) {
	e.Warnings = append(e.Warnings, Warning{code, fmt.Sprintf(format, args...)})
}

// NotEstimable returns the Estimate of a quantity that n rows do not determine.
func NotEstimable(n, groups int, reason string) Estimate {
	return Estimate{Value: math.NaN(), N: n, Groups: groups, Reason: reason}
}

// OK reports whether there is a value.
func (e Estimate) OK() bool { return e.Reason == "" }

// Excludes reports whether the estimate has an interval and x lies outside it.
func (e Estimate) Excludes(x float64) bool {
	return e.Interval != nil && (x < e.Interval.Low || x > e.Interval.High)
}

// String gives the value with its interval, "0.942 [0.921, 0.960]", or
// "not estimable: " and the reason. No more decimals are given than the draws
// carry.
func (e Estimate) String() string { return e.text("") }

// Signed is String with the sign always shown, as differences are printed:
// "+0.284 [+0.213, +0.352]".
func (e Estimate) Signed() string { return e.text("+") }

func (e Estimate) text(sign string) string {
	number := fmt.Sprintf("%%%s.%df", sign, e.decimals())
	switch {
	case !e.OK():
		return "not estimable: " + e.Reason
	case e.Interval == nil:
		return fmt.Sprintf(number, e.Value)
	}
	return fmt.Sprintf(number+" ["+number+", "+number+"]", e.Value, e.Interval.Low, e.Interval.High)
}

// decimals is how many of them are printed.
func (e Estimate) decimals() int {
	if e.Interval == nil {
		return mostDecimals
	}
	return e.Interval.Digits()
}
