package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"tell/estimate"
	"tell/gap"
)

// The line is the closed form of the net gap, through the net gap of the rows at
// their own base rate and through zero at the root.
func TestBaseRateFigureIsTheNetGap(t *testing.T) {
	r, _ := capitals(t)
	g := gapOf(r)
	d := drawBaseRate(r)
	if d == nil {
		t.Fatal("no figure")
	}
	p := &baseRatePlot{}
	for key, to := range map[string]*float64{gap.KeyHitBehaviour: &p.hit[0], gap.KeyHitProbe: &p.hit[1], gap.KeyAlarmBehaviour: &p.alarm[0], gap.KeyAlarmProbe: &p.alarm[1]} {
		*to = g.Estimate(key).Value
	}
	for share, want := range map[float64]float64{
		g.Estimate(gap.KeyBaseRate).Value: netOf(g).Value, g.Estimate(gap.KeyBaseRateRoot).Value: 0,
		0.05: g.Estimate(gap.KeyNetAt05).Value, 0.95: g.Estimate(gap.KeyNetAt95).Value,
	} {
		if got := p.at(share); math.Abs(got-want) > 1e-12 {
			t.Errorf("net gap at %v is %v, want %v", share, got, want)
		}
	}
	holds(t, d.alt, "at the share of these rows, 45%, +20", "Its sign turns at 15%.")
	setGap(r, gap.KeyBaseRateRoot, func(e *estimate.Estimate) { *e = estimate.NotEstimable(4, 2, "no root") })
	holds(t, drawBaseRate(r).alt, "It has one sign at every share.")
	setGap(r, gap.KeyHitProbe, func(e *estimate.Estimate) { e.Value = 7 })
	if drawBaseRate(r) != nil {
		t.Error("a rate of 7 is drawn")
	}
}

// On a phone the words about these rows leave the bottom to the sides of zero where zero is
// near it.
func TestBaseRateWordsOnAPhone(t *testing.T) {
	p := &baseRatePlot{one: "wrong", base: 0.5, hit: [2]float64{0.51, 0.92}, alarm: [2]float64{0.09, 0.11}, net: estimate.Estimate{Value: 0.19}}
	p.setAxis()
	svg := string((&drawing{size: func(w vg.Length) (vg.Length, vg.Length) { return w, 180 }, paint: p.paint}).svg(narrow))
	height := func(words string) float64 {
		found := regexp.MustCompile(`y="-([0-9.]+)"[^<]*>` + words).FindStringSubmatch(svg)
		if found == nil {
			t.Fatalf("found no %q in the figure", words)
		}
		y, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	if rows, side := height("these rows"), height("behaviour right"); math.Abs(rows-side) < 9 {
		t.Errorf("found the words at heights %v and %v, expected them apart", rows, side)
	}
}

// No bar is drawn over the legend of the calibration.
func TestCalibrationLegendIsAboveTheBars(t *testing.T) {
	r, _ := capitals(t)
	before, _, ok := strings.Cut(string(drawCalibration(r).svg(wide)), "score = observed share")
	if want := len(calibrationOf(r)); !ok || strings.Count(before, "fill:none;stroke:#0072B2") != want {
		t.Errorf("found %d bars before the legend, expected %d", strings.Count(before, "fill:none;stroke:#0072B2"), want)
	}
}
