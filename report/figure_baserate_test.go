package report

import (
	"math"
	"testing"

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
