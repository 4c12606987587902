package gap

import (
	"fmt"

	"tell/estimate"
)

// criterion is the readiness of probe or behaviour to say 0, whatever its
// sensitivity.
type criterion struct{ of predictor }

func (e criterion) about() about {
	p := predictors[e.of]
	key := KeyCriterionProbe
	if e.of == behaviour {
		key = KeyCriterionBehaviour
	}
	return about{
		key:   key,
		title: "Criterion of " + p.words,
		definition: fmt.Sprintf("-(z(H) + z(F))/2 of %s, z the standard normal quantile, %s; 0 is no bias, above 0 it says 0 too readily, below 0 it says 1 too readily",
			p.symbol, correction),
		kind: Deviations,
	}
}

func (e criterion) at(v *view) value {
	o, reason := v.observer(e.of)
	return value{x: o.Criterion, n: v.total, reason: reason}
}

func (e criterion) notes(v *view) []estimate.Warning { return v.extremes(e.of) }

// criterionDifference is how much readier the behaviour is to act as if the
// label were 0 than the probe is to say so, with the sign of probe minus
// behaviour.
type criterionDifference struct{}

func (criterionDifference) about() about {
	return about{
		key:        KeyCriterionDifference,
		title:      "Criterion of the probe minus that of the behaviour",
		definition: KeyCriterionProbe + " - " + KeyCriterionBehaviour + ", paired on the same rows; below 0 where the behaviour is the readier to act as if the label were 0",
		kind:       Deviations,
	}
}

func (criterionDifference) at(v *view) value {
	return criterion{probe}.at(v).minus(criterion{behaviour}.at(v))
}

func (criterionDifference) notes(v *view) []estimate.Warning { return v.extremes(probe, behaviour) }
