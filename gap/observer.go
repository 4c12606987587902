package gap

import "gonum.org/v1/gonum/stat/distuv"

// An Observer is a predictor in signal detection: it holds evidence that is
// normal with standard deviation 1 around DPrime/2 where Y=1 and around
// -DPrime/2 where Y=0, and says 1 above Criterion (equal-variance model; Green
// and Swets 1966; Macmillan and Creelman 2005, chapters 1 and 2). Both numbers
// are in standard deviations of the evidence.
type Observer struct{ DPrime, Criterion float64 }

// Observe is the observer with these rates: DPrime = z(H) - z(F) and
// Criterion = -(z(H) + z(F))/2, infinite where a rate is 0 or 1.
func (r Rates) Observe() Observer {
	h, f := distuv.UnitNormal.Quantile(r.Hit), distuv.UnitNormal.Quantile(r.Alarm)
	return Observer{h - f, -(h + f) / 2}
}

// Rates is the inverse of [Rates.Observe].
func (o Observer) Rates() Rates {
	return Rates{
		Hit:   distuv.UnitNormal.CDF(o.DPrime/2 - o.Criterion),
		Alarm: distuv.UnitNormal.CDF(-o.DPrime/2 - o.Criterion),
	}
}

// Accuracy is how often an observer is right where the share of rows of label 1
// is pi: pi·H + (1-pi)·(1-F).
func (o Observer) Accuracy(pi float64) float64 {
	r := o.Rates()
	return pi*r.Hit + (1-pi)*(1-r.Alarm)
}

// correction is how rates of 0 and 1 are kept finite, in words.
const correction = "with the log-linear correction H=(hits+½)/(n1+1), F=(alarms+½)/(n0+1)"

// Observe takes hits among the rows of label 1 and alarms among those of label 0,
// of any weight, as an observer, with the log-linear correction of both rates
// (Hautus 1995, Behavior Research Methods 27:46), which keeps them off 0 and 1.
func Observe(hits, ones, alarms, zeros float64) Observer {
	return Rates{(hits + 0.5) / (ones + 1), (alarms + 0.5) / (zeros + 1)}.Observe()
}

// observer is probe or behaviour as an observer.
func (v *view) observer(p predictor) (o Observer, reason string) {
	for y, n := range v.ofLabel {
		if n == 0 {
			return Observer{}, oneLabel(y)
		}
	}
	says1 := v.says1[p]
	return Observe(says1[1], v.ofLabel[1], says1[0], v.ofLabel[0]), ""
}
