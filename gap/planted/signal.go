package planted

import (
	"gonum.org/v1/gonum/stat/distuv"

	"tell/gap"
)

// signalTruth is what follows from the rates of probe and behaviour, the share
// of rows of label 1 and that of rows whose behaviour is withheld at random.
// It is written out here and takes no formula from package gap.
func signalTruth(pi, neither float64, p, b gap.Rates) map[string]float64 {
	z, phi := distuv.UnitNormal.Quantile, distuv.UnitNormal.CDF
	dp, db := z(p.Hit)-z(p.Alarm), z(b.Hit)-z(b.Alarm)
	cp, cb := -(z(p.Hit)+z(p.Alarm))/2, -(z(b.Hit)+z(b.Alarm))/2
	accuracy := func(d, c float64) float64 { return pi*phi(d/2-c) + (1-pi)*phi(d/2+c) }
	right := func(pi float64, r gap.Rates) float64 { return pi*r.Hit + (1-pi)*(1-r.Alarm) }
	truth := map[string]float64{
		gap.KeyHitProbe: p.Hit, gap.KeyAlarmProbe: p.Alarm, gap.KeyHitBehaviour: b.Hit, gap.KeyAlarmBehaviour: b.Alarm,
		gap.KeyDPrimeProbe: dp, gap.KeyDPrimeBehaviour: db, gap.KeyDPrimeDifference: dp - db,
		gap.KeyCriterionProbe: cp, gap.KeyCriterionBehaviour: cb, gap.KeyCriterionDifference: cp - cb,
		gap.KeyFromSensitivity: (accuracy(dp, cb) - accuracy(db, cb) + accuracy(dp, cp) - accuracy(db, cp)) / 2,
		gap.KeyFromCriterion:   (accuracy(db, cp) - accuracy(db, cb) + accuracy(dp, cp) - accuracy(dp, cb)) / 2,
		gap.KeyBaseRate:        pi,
		gap.KeyNeitherWrong:    right(pi, p) - (1-neither)*right(pi, b),
		gap.KeyNeitherRight:    right(pi, p) - (1-neither)*right(pi, b) - neither,
	}
	for key, pi := range map[string]float64{gap.KeyNetAt05: 0.05, gap.KeyNetAt25: 0.25, gap.KeyNetAt50: 0.5, gap.KeyNetAt75: 0.75, gap.KeyNetAt95: 0.95} {
		truth[key] = right(pi, p) - right(pi, b)
	}
	// The net gap is b.Alarm - p.Alarm without rows of label 1 and p.Hit - b.Hit
	// without rows of label 0, and straight between.
	if at0, at1 := b.Alarm-p.Alarm, p.Hit-b.Hit; at0*at1 < 0 {
		truth[gap.KeyBaseRateRoot] = at0 / (at0 - at1)
	}
	return truth
}
