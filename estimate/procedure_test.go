package estimate

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

func normalDraws(n int, mean, sd float64) []float64 {
	r := rand.New(Source(6, 1))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	m, s := stat.MeanStdDev(x, nil)
	for i := range x {
		x[i] = mean + sd*(x[i]-m)/s
	}
	return x
}

// The interval is the formula of the documentation, written out for numbers.
func TestProcedure(t *testing.T) {
	phi, density := distuv.UnitNormal.Quantile, distuv.UnitNormal.Prob
	z := phi(0.8)
	low := phi(0.75)
	sd := func(mean, sd float64) float64 { return sd / density(phi(mean)) }
	h, a := sd(0.8, 0.02), sd(0.75, 0.04)
	half, whole := math.Sqrt(h*h+(a*a-h*h)/2), a
	stretch := 1 / math.Sqrt(1-(z*z/(low*low)-1)/5)
	noise := 1 / math.Sqrt(0.8)
	const t39 = 2.0226909
	for _, c := range []struct {
		name           string
		r              Retrained
		centre, spread float64
		scale          func(float64) float64
	}{
		{"half of the training", Retrained{Value: 0.8, Observed: 0.8, Held: normalDraws(50, 0.8, 0.02), Anew: normalDraws(50, 0.75, 0.04)}, stretch * z, stretch * half, distuv.UnitNormal.CDF},
		{"C chosen", Retrained{Value: 0.8, Observed: 0.8, Chosen: true, Held: normalDraws(50, 0.8, 0.02), Anew: normalDraws(50, 0.75, 0.04)}, stretch * z, stretch * whole, distuv.UnitNormal.CDF},
		{"another value", Retrained{Value: 0.7, Observed: 0.8, Held: normalDraws(50, 0.8, 0.02), Anew: normalDraws(50, 0.75, 0.04)}, stretch * phi(0.7), stretch * half, distuv.UnitNormal.CDF},
		{"training adds nothing", Retrained{Value: 0.8, Observed: 0.8, Held: normalDraws(50, 0.8, 0.02), Anew: normalDraws(50, 0.8, 0.02)}, z, h, distuv.UnitNormal.CDF},
		{"a direction all noise", Retrained{Value: 0.6, Observed: 0.6, Held: normalDraws(50, 0.6, 0.02), Anew: normalDraws(50, 0.5, 0.02)}, noise * phi(0.6), noise * sd(0.6, 0.02), distuv.UnitNormal.CDF},
		{"below chance", Retrained{Value: 0.45, Observed: 0.45, Held: normalDraws(50, 0.5, 0.02), Anew: normalDraws(50, 0.5, 0.02)}, phi(0.45), sd(0.5, 0.02), distuv.UnitNormal.CDF},
		{"a loss", Retrained{Value: 0.5, Observed: 0.5, Scale: Log, Held: normalDraws(50, 0.5, 0.05), Anew: normalDraws(50, 0.6, 0.06)}, math.Log(0.5) - math.Log(1.2)/5, 0.1, math.Exp},
		{"a loss that doubles and more", Retrained{Value: 0.5, Observed: 0.5, Scale: Log, Held: normalDraws(50, 0.5, 0.05), Anew: normalDraws(50, 2, 0.2)}, math.Log(0.5) - math.Ln2/5, 0.1, math.Exp},
	} {
		c.r.N, c.r.Groups, c.r.Folds = 200, 40, 5
		e := c.r.Procedure(0.95)
		if e.Interval == nil || e.Value != c.r.Value {
			t.Errorf("%s: %+v", c.name, e)
			continue
		}
		wantLow, wantHigh := c.scale(c.centre-t39*c.spread), c.scale(c.centre+t39*c.spread)
		if math.Abs(e.Interval.Low-wantLow) > 1e-6 || math.Abs(e.Interval.High-wantHigh) > 1e-6 {
			t.Errorf("%s: [%v, %v], expected [%v, %v]", c.name, e.Interval.Low, e.Interval.High, wantLow, wantHigh)
		}
	}
}

func TestProcedureWithoutInterval(t *testing.T) {
	nan := slices.Repeat([]float64{math.NaN()}, 30)
	for _, c := range []struct {
		name string
		r    Retrained
		want string
	}{
		{"no value", Retrained{Value: math.NaN(), Groups: 40}, "the value is NaN"},
		{"draws without values", Retrained{Value: 0.7, Observed: 0.7, Held: nan, Anew: nan, Groups: 40}, "30 of 30 bootstrap draws gave no value"},
		{"one group", Retrained{Value: 0.7, Observed: 0.7, Held: normalDraws(30, 0.7, 0.1), Anew: normalDraws(30, 0.7, 0.1), Groups: 1}, "one group"},
		{"perfect", Retrained{Value: 1, Observed: 1, Held: slices.Repeat([]float64{1}, 30), Anew: slices.Repeat([]float64{1}, 30), Groups: 40}, "at the end"},
		{"perfect but for resamples", Retrained{Value: 1, Observed: 1, Held: slices.Repeat([]float64{1}, 30), Anew: normalDraws(30, 0.9, 0.01), Groups: 40}, "at the end"},
	} {
		c.r.Folds = 5
		e := c.r.Procedure(0.95)
		if e.Interval != nil || !strings.Contains(e.Reason+strings.Join(e.Notes(), ";"), c.want) {
			t.Errorf("%s: %+v, want no interval and %q", c.name, e, c.want)
		}
	}
	few := Retrained{Value: 0.7, Observed: 0.7, Held: append(nan[:3:3], normalDraws(30, 0.7, 0.05)...), Anew: append(nan[:3:3], normalDraws(30, 0.7, 0.05)...), Groups: 12, Folds: 5}
	if flags := few.Procedure(0.95).Flags(); !slices.Equal(flags, []string{DrawsLeftOut, FewGroups}) {
		t.Errorf("flags %v", flags)
	}
}

// Weights gives the draws that Estimate works with.
func TestWeightsAreTheDraws(t *testing.T) {
	code := []int{5, 5, 3, 9, 3, 1}
	b := Bootstrap{Seed: 4, Draws: 20, Workers: 1}
	var seen [][]float64
	b.Estimate(code, 1, func(w []float64, out []Value) { seen = append(seen, slices.Clone(w)) })
	for draw := range 20 {
		if w := b.Weights(code, draw); !slices.Equal(w, seen[1+draw]) {
			t.Errorf("draw %d has weights %v, Estimate uses %v", draw, w, seen[1+draw])
		}
	}
}
