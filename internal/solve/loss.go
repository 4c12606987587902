package solve

import "math"

// LogisticLoss is log(1+exp(-m)) for the margin m on the side of the label.
func LogisticLoss(m float64) float64 {
	return math.Log1p(math.Exp(-math.Abs(m))) + max(0, -m)
}

// lossSum adds up logistic losses with one logarithm for many of them, that of
// the product of what they are the logarithms of. Small ones, whose digits
// would be lost beside 1, are added as the series of log(1+e).
type lossSum struct {
	total, product float64
}

func newLossSum() lossSum { return lossSum{product: 1} }

func (s *lossSum) add(m float64) {
	const (
		small = 1. / 1024
		large = 0x1p1000
	)
	if m < 0 {
		s.total -= m
		m = -m
	}
	e := math.Exp(-m)
	if e < small {
		s.total += e * (1 - e*(1./2-e*(1./3-e*(1./4-e/5))))
		return
	}
	s.product *= 1 + e
	if s.product > large {
		s.total, s.product = s.sum(), 1
	}
}

func (s *lossSum) sum() float64 { return s.total + math.Log(s.product) }

// Sigmoid is 1/(1+exp(-m)), the probability that belongs to a margin.
func Sigmoid(m float64) float64 {
	if m >= 0 {
		return 1 / (1 + math.Exp(-m))
	}
	e := math.Exp(m)
	return e / (1 + e)
}
