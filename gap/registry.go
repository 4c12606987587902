package gap

import "slices"

// Keys of the items, for [Summary.Item]. A key that exists for one behaviour
// alone carries the suffix "_b0" or "_b1", one for one label "_y0" or "_y1".
const (
	KeyAccuracyProbe            = "accuracy_probe"
	KeyAccuracyBehaviour        = "accuracy_behaviour"
	KeyKBA                      = "kba"
	KeyABK                      = "abk"
	KeyNet                      = "net_gap"
	KeyMcNemar                  = "mcnemar_p"
	KeySignFlip                 = "sign_flip_p"
	KeySmallest                 = "smallest_gap"
	KeyKBABalanced              = "kba_balanced"
	KeyABKBalanced              = "abk_balanced"
	KeyNetBalanced              = "net_gap_balanced"
	KeyHitRate                  = "hit_rate"
	KeyFalseAlarm               = "false_alarm"
	KeyHitExcess                = "hit_rate_minus_false_alarm"
	KeyAgainst                  = "acts_against"
	KeyAccuracyCalibrated       = "accuracy_calibrated"
	KeyCalibratedMinusBehaviour = "calibrated_minus_behaviour"
	KeyProbeMinusCalibrated     = "probe_minus_calibrated"
	KeyAccuracyText             = "accuracy_text"
	KeyProbeMinusText           = "probe_minus_text"
	KeyBeyondText               = "hidden_beyond_text"
	KeyMatchedAUROC             = "matched_auroc"
)

// An estimator is one quantity of the gap.
type estimator interface {
	about() about
	at(v *view) value
}

// about describes an estimator to a reader of the report.
type about struct {
	key, title, definition string
	kind                   Kind
	exact                  string // method of a value that has no interval; empty: resampled by group
}

// registry lists every estimator in the order of the report.
var registry = []estimator{
	accuracy{behaviour}, accuracy{probe},
	kba{}, abk{}, net{}, mcnemar{}, signFlip{}, smallest{},
	balanced{balancedKBA}, balanced{balancedABK}, balanced{balancedNet},
	hitRate{anyBehaviour}, falseAlarm{anyBehaviour}, hitExcess{anyBehaviour},
	hitRate{0}, falseAlarm{0}, hitExcess{0},
	hitRate{1}, falseAlarm{1}, hitExcess{1},
	against{anyLabel}, against{0}, against{1},
	accuracy{calibrated}, step{calibrated, behaviour}, step{probe, calibrated},
	accuracy{text}, step{probe, text}, beyondText{},
	matchedAUROC{anyBehaviour}, matchedAUROC{0}, matchedAUROC{1},
}

// perContrast lists the estimators whose differences between slices are taken.
var perContrast = []estimator{net{}, beyondText{}, matchedAUROC{anyBehaviour}}

// perSlice lists the estimators of a condition or a value of a stratum.
var perSlice = []estimator{
	accuracy{behaviour}, accuracy{probe},
	kba{}, abk{}, net{}, mcnemar{}, signFlip{}, smallest{},
	hitExcess{anyBehaviour}, beyondText{}, matchedAUROC{anyBehaviour},
}

// A Quantity describes one of the estimates of a gap.
type Quantity struct {
	Key, Title, Definition string
	Kind                   Kind
	// Slice and Contrast say whether it is also estimated for each condition
	// and value of a stratum, and as a difference between two of them.
	Slice, Contrast bool
}

// Quantities lists what [Measure] estimates, in the order of the report.
func Quantities() []Quantity {
	in := func(list []estimator, key string) bool {
		return slices.ContainsFunc(list, func(e estimator) bool { return e.about().key == key })
	}
	list := make([]Quantity, len(registry))
	for k, e := range registry {
		a := e.about()
		list[k] = Quantity{a.key, a.title, a.definition, a.kind, in(perSlice, a.key), in(perContrast, a.key)}
	}
	return list
}
