package gap

import "tell/estimate"

// The accuracy of an observer depends on its sensitivity d and its criterion c.
// From the behaviour's pair to the probe's there are two ways, over (d of the
// probe, c of the behaviour) and over (d of the behaviour, c of the probe), and
// each part of the gap is the mean of its steps on the two: the Shapley value
// (Shapley 1953; as a decomposition Shorrocks 2013, Journal of Economic
// Inequality 11:99), the one that adds up, gives 0 to what does not differ and
// treats both alike.

// Decompose splits the difference in accuracy of two observers, probe minus
// behaviour, at a share pi of rows of label 1. The two parts sum to
// probe.Accuracy(pi) - behaviour.Accuracy(pi).
func Decompose(pi float64, probe, behaviour Observer) (fromSensitivity, fromCriterion float64) {
	at := func(d, c Observer) float64 { return Observer{d.DPrime, c.Criterion}.Accuracy(pi) }
	pp, pb, bp, bb := at(probe, probe), at(probe, behaviour), at(behaviour, probe), at(behaviour, behaviour)
	return ((pb - bb) + (pp - bp)) / 2, ((bp - bb) + (pp - pb)) / 2
}

func (v *view) decompose() (fromSensitivity, fromCriterion value) {
	p, reason := v.observer(probe)
	if reason != "" {
		return value{reason: reason}, value{reason: reason}
	}
	b, _ := v.observer(behaviour)
	s, c := Decompose(v.ofLabel[1]/v.total, p, b)
	return value{x: s, n: v.total}, value{x: c, n: v.total}
}

// fromSensitivity is the part of the net gap by which the probe is the more
// sensitive.
type fromSensitivity struct{}

func (fromSensitivity) about() about {
	return about{
		key:   KeyFromSensitivity,
		title: "Part of the net gap from sensitivity",
		definition: "½[A(d_p,c_b) - A(d_b,c_b)] + ½[A(d_p,c_p) - A(d_b,c_p)], with A(d,c) = π·Φ(d/2-c) + (1-π)·Φ(d/2+c) the accuracy of an equal-variance observer at the base rate π of these rows, " +
			"and d and c the corrected d' and criterion of probe (p) and behaviour (b); with the part from the criterion it sums to the net gap at the corrected rates",
		kind: Difference,
	}
}

func (fromSensitivity) at(v *view) value {
	x, _ := v.decompose()
	return x
}

func (fromSensitivity) notes(v *view) []estimate.Warning { return v.extremes(probe, behaviour) }

// fromCriterion is the part of the net gap by which the behaviour is the more
// biased.
type fromCriterion struct{}

func (fromCriterion) about() about {
	return about{
		key:   KeyFromCriterion,
		title: "Part of the net gap from the criterion",
		definition: "½[A(d_b,c_p) - A(d_b,c_b)] + ½[A(d_p,c_p) - A(d_p,c_b)], with the symbols of " + KeyFromSensitivity +
			": what would be gained by moving the behaviour's threshold, and shows no knowledge that is not acted on",
		kind: Difference,
	}
}

func (fromCriterion) at(v *view) value {
	_, x := v.decompose()
	return x
}

func (fromCriterion) notes(v *view) []estimate.Warning { return v.extremes(probe, behaviour) }
