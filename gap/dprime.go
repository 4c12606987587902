package gap

import (
	"fmt"

	"tell/estimate"
)

// dPrime is the sensitivity of probe or behaviour: how far the label moves its
// evidence, whatever its readiness to say 1.
type dPrime struct{ of predictor }

func (e dPrime) about() about {
	p := predictors[e.of]
	key := KeyDPrimeProbe
	if e.of == behaviour {
		key = KeyDPrimeBehaviour
	}
	return about{
		key:        key,
		title:      "Sensitivity d' of " + p.words,
		definition: fmt.Sprintf("z(H) - z(F) of %s, z the standard normal quantile, %s; 0 is no sensitivity", p.symbol, correction),
		kind:       Deviations,
	}
}

func (e dPrime) at(v *view) value {
	o, reason := v.observer(e.of)
	return value{x: o.DPrime, n: v.total, reason: reason}
}

func (e dPrime) notes(v *view) []estimate.Warning { return v.extremes(e.of) }

// dPrimeDifference is how much more sensitive the probe is than the behaviour.
type dPrimeDifference struct{}

func (dPrimeDifference) about() about {
	return about{
		key:        KeyDPrimeDifference,
		title:      "Sensitivity d' of the probe minus that of the behaviour",
		definition: KeyDPrimeProbe + " - " + KeyDPrimeBehaviour + ", paired on the same rows; under the equal-variance model no change of criterion or base rate changes it",
		kind:       Deviations,
	}
}

func (dPrimeDifference) at(v *view) value {
	return dPrime{probe}.at(v).minus(dPrime{behaviour}.at(v))
}

func (dPrimeDifference) notes(v *view) []estimate.Warning { return v.extremes(probe, behaviour) }
